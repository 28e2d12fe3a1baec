/**
 * Parameter tables: a case with `each:` stands for as many cases as it has rows. `<name>` in a text of the case is the row's value; a text that is
 * nothing but `<name>` becomes the value itself, so that a number stays a number. Angle brackets because YAML gives braces a meaning of their own.
 */
import { nearest } from "../../src/base/table.ts";
import type { Path, TestDocument } from "./document.ts";
import { type TestProblems, visible } from "./problem.ts";

/** One row: names and values. */
type Row = Readonly<Record<string, unknown>>;

/** A case with one row put in; `row` counts from 1, undefined for a case without `each:`. */
export interface ExpandedCase {
  readonly value: Readonly<Record<string, unknown>>;
  readonly row: number | undefined;
}

const PLACEHOLDER = /<(\w+)>/g;
const ROWS_MAX = 10_000;

/** The cases that one entry of `cases:` stands for; empty after a problem. */
export function expandCase(
  given: Readonly<Record<string, unknown>>,
  path: Path,
  document: TestDocument,
  problems: TestProblems,
): ExpandedCase[] {
  const { each, ...template } = given;
  if (each === undefined) return [{ value: given, row: undefined }];
  const wrong = (at: Path, message: string) =>
    problems.add(document.place([...path, "each", ...at]), message, "write rows such as - { pending: 12, nodes: 3 }");
  if (!Array.isArray(each) || each.length === 0 || each.length > ROWS_MAX) {
    wrong([], Array.isArray(each) ? `"each" must have 1 to ${ROWS_MAX} rows` : '"each" is no list of rows');
    return [];
  }
  const rows: Row[] = [];
  each.forEach((row: unknown, i) => {
    if (typeof row !== "object" || row === null || Array.isArray(row))
      wrong([i], `row ${i + 1} of "each" is no map of names to values`);
    else rows.push(row as Row);
    for (const [name, value] of Object.entries(row ?? {}))
      if (typeof value === "object" && value !== null)
        wrong([i, name], `"${visible(name)}" in row ${i + 1} is no single value`);
  });
  if (rows.length < each.length) return [];
  if (!judgeNames(rows, template, path, document, problems)) return [];
  return rows.map((row, i) => {
    const value = filled(template, row) as Record<string, unknown>;
    // A name that is nothing but `<count>` is still a text.
    if (typeof value.name === "number" || typeof value.name === "boolean") value.name = String(value.name);
    if (value.name === template.name && typeof value.name === "string") value.name = `${value.name} (${rowText(row)})`;
    return { value, row: i + 1 };
  });
}

/** A copy of a value with the row put in; keys are filled too. */
function filled(value: unknown, row: Row): unknown {
  if (typeof value === "string") {
    const whole = /^<(\w+)>$/.exec(value);
    if (whole !== null && Object.hasOwn(row, whole[1])) return row[whole[1]];
    return value.replace(PLACEHOLDER, (text, name: string) => (Object.hasOwn(row, name) ? String(row[name]) : text));
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, row));
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value)) {
    const name = String(filled(key, row));
    // As a key of the file it would have been refused; a row must not bring it in.
    copy[name === "__proto__" ? key : name] = filled(inner, row);
  }
  return copy;
}

/** Reports names that a row lacks or that no row has, else those that the case never uses; true when there are none of the first two. */
function judgeNames(
  rows: readonly Row[],
  template: unknown,
  path: Path,
  document: TestDocument,
  problems: TestProblems,
): boolean {
  const known = new Set(rows.flatMap((row) => Object.keys(row)));
  let ok = true;
  rows.forEach((row, i) => {
    for (const name of known) {
      if (Object.hasOwn(row, name)) continue;
      ok = false;
      const message = `row ${i + 1} of "each" has no "${visible(name)}"`;
      problems.add(document.place([...path, "each", i]), message, "give every row the same names");
    }
  });
  const used = new Set<string>();
  for (const { name, at } of placeholders(template, path)) {
    used.add(name);
    // `a <b> c` in the text of a formula is two comparisons.
    if (known.has(name) || at.includes("formulaText")) continue;
    ok = false;
    const meant = nearest(name, known);
    const remedy = meant === undefined ? `known are ${[...known].join(", ")}` : `did you mean <${meant}>?`;
    problems.add(document.place(at), `no row of "each" has a value named <${name}>`, remedy);
  }
  if (!ok) return false;
  for (const name of known) {
    const remedy = `write <${visible(name)}> where its value belongs, or leave it out`;
    if (!used.has(name))
      problems.add(document.place([...path, "each"]), `"${visible(name)}" is used nowhere in the case`, remedy);
  }
  return true;
}

/** Every `<name>` of a value, in keys and texts, with its path. */
function* placeholders(value: unknown, at: Path): Generator<{ readonly name: string; readonly at: Path }> {
  if (typeof value === "string") for (const [, name] of value.matchAll(PLACEHOLDER)) yield { name, at };
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* placeholders(item, [...at, i]);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield* placeholders(key, [...at, key]);
      yield* placeholders(inner, [...at, key]);
    }
  }
}

function rowText(row: Row): string {
  return Object.entries(row)
    .map(([name, value]) => `${visible(name)}=${visible(String(value))}`)
    .join(", ");
}
