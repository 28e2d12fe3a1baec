/**
 * What the schema refuses, in the words of the file: which key, what stands there, what belongs there, and for a key that is not known the one that
 * was probably meant or the place where it belongs. The JSON Schema is the one description that all messages are made of.
 */
import type * as z from "zod";
import { nearest } from "../../src/base/table.ts";
import { inWords } from "../../src/metrics/formats/problems.ts";
import type { Path, TestDocument } from "./document.ts";
import type { TestProblems } from "./problem.ts";
import { type JsonSchema, testJsonSchema } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/** Turns issues into problems. `base` leads from the root of the file to the value that was judged; `value` is that value. */
export function reportIssues(
  issues: readonly Issue[],
  base: Path,
  value: unknown,
  document: TestDocument,
  problems: TestProblems,
): void {
  for (const issue of issues) report(issue, [...base, ...issue.path], valueAt(value, issue.path), document, problems);
}

function report(issue: Issue, path: Path, value: unknown, document: TestDocument, problems: TestProblems): void {
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) problems.add(document.placeOfKey([...path, key]), ...unknownKey(key, path));
    return;
  }
  if (issue.code === "invalid_union") {
    // The branch whose type fits is the one that was meant; its own issues say more than "none fits".
    const meant = issue.errors.find(
      (branch) => branch.length > 0 && branch.every((item) => item.path.length > 0 || item.code !== "invalid_type"),
    );
    if (meant !== undefined) {
      for (const inner of meant)
        report(inner as Issue, [...path, ...inner.path], valueAt(value, inner.path), document, problems);
      return;
    }
  }
  const key = keyOf(path);
  const schema = schemaAt(path);
  const wanted = schema?.description;
  const shape = path.length === 0 ? "write formula: and cases: as in samples/tests" : undefined;
  const remedy = wanted === undefined ? shape : `write ${wanted}`;
  if (value === undefined) {
    problems.add(document.place(path), `"${key}" is missing`, remedy);
    return;
  }
  const what = value === null ? "has no value" : `is ${given(value)}`;
  const indented = value === null && path.length > 0 && hasKeys(schema) ? "; indent what belongs to it by two blanks" : "";
  problems.add(document.place(path), `"${key}" ${what}`, remedy === undefined ? undefined : `${remedy}${indented}`);
}

function unknownKey(key: string, path: Path): [string, string] {
  const known = keysAt(path);
  const where = path.length === 0 ? "a test file" : `"${keyOf(path)}"`;
  const message = `${where} has no key "${key.slice(0, 60)}"`;
  const meant = nearest(key, known);
  if (meant !== undefined) return [message, `did you mean "${meant}"?`];
  const homes = homesOf(key, root, "the file", new Set());
  if (homes.size > 0) return [message, `it belongs to ${[...homes].join(" or ")}; check the indentation`];
  const far = nearest(key, allKeys(root, new Set()));
  if (far !== undefined)
    return [message, `did you mean "${far}"? It belongs to ${[...homesOf(far, root, "the file", new Set())].join(" or ")}`];
  return [message, `known are ${known.join(", ")}`];
}

const root = testJsonSchema({ placeholders: false });

/** The schema at a path of the file; undefined where there is none. */
function schemaAt(path: Path): JsonSchema | undefined {
  let schema: JsonSchema | undefined = root;
  for (const step of path) {
    if (schema === undefined) return undefined;
    const choices: readonly JsonSchema[] = schema.anyOf ?? [schema];
    let next: JsonSchema | undefined;
    for (const choice of choices) next ??= typeof step === "number" ? choice.items : propertyOf(choice, String(step));
    schema = next;
  }
  return schema;
}

function propertyOf(schema: JsonSchema, key: string): JsonSchema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

function keysAt(path: Path): string[] {
  const schema = schemaAt(path);
  return (schema?.anyOf ?? (schema === undefined ? [] : [schema])).flatMap((choice) => Object.keys(choice.properties ?? {}));
}

function hasKeys(schema: JsonSchema | undefined): boolean {
  return (schema?.anyOf ?? [schema]).some(
    (choice) => choice?.properties !== undefined || choice?.additionalProperties !== undefined,
  );
}

/** The maps that know a key: `expect`, `pool`, … */
function homesOf(key: string, schema: JsonSchema, name: string, homes: Set<string>): Set<string> {
  for (const choice of schema.anyOf ?? [schema]) {
    const properties = choice.properties ?? {};
    if (Object.hasOwn(properties, key)) homes.add(name);
    for (const [inner, of] of Object.entries(properties)) homesOf(key, of, inner === "cases" ? "a case" : `"${inner}"`, homes);
    if (choice.items !== undefined) homesOf(key, choice.items, name === `"steps"` ? "a step" : name, homes);
  }
  return homes;
}

function allKeys(schema: JsonSchema, keys: Set<string>): Set<string> {
  for (const choice of schema.anyOf ?? [schema]) {
    for (const [key, of] of Object.entries(choice.properties ?? {})) {
      keys.add(key);
      allKeys(of, keys);
    }
    if (choice.items !== undefined) allKeys(choice.items, keys);
  }
  return keys;
}

/** The last name on a path; an entry of a list is named by the list. */
function keyOf(path: Path): string {
  const named = path.findLast((step) => typeof step === "string");
  if (named === undefined) return "the file";
  if (typeof path[path.length - 1] !== "number") return String(named);
  const entry = Number(path[path.length - 1]) + 1;
  return named === "cases" ? `case ${entry}` : named === "steps" ? `step ${entry}` : `${String(named)}, entry ${entry}`;
}

function given(value: unknown): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return "a map";
  return inWords(value);
}

/** The value at a path; undefined where there is nothing. */
export function valueAt(value: unknown, path: Path): unknown {
  let current: unknown = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[step];
  }
  return current;
}
