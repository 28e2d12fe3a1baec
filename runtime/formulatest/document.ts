/**
 * The text of a test file as plain values, and the place of each of them. YAML's own errors become ours, in the words of someone who mistyped a
 * line; values are built here and not by the library, so that names such as `__proto__`, endless nesting and aliases that multiply stay harmless.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { type Place, type TestProblems, visible } from "./problem.ts";

/** Steps from the root of the file to a value: keys and indexes. */
export type Path = readonly PropertyKey[];

/** A test file that is YAML. */
export interface TestDocument {
  /** Maps without a prototype, arrays, and scalars. */
  readonly value: unknown;
  /** Where the value at a path begins; of a path that is not there, the nearest part that is. */
  place(path: Path): Place;
  /** Where the key at the end of a path stands. */
  placeOfKey(path: Path): Place;
}

const DEPTH_MAX = 32;
/** Values in one file, aliases counted as often as they are used. */
const VALUES_MAX = 100_000;

/** What to do about each kind of YAML error; the kinds that are not here have no better remedy than their message. */
const REMEDIES: Readonly<Record<string, string>> = {
  BAD_INDENT: "check the indentation: entries of one list or map start in the same column",
  TAB_AS_INDENT: "indent with blanks, not with tabs",
  DUPLICATE_KEY: "keep one of the two",
  MISSING_CHAR: "a key ends with a colon and a blank; quotes and brackets are closed",
  BLOCK_AS_IMPLICIT_KEY: "check the indentation, or put quotes around a text that holds a colon",
  MULTILINE_IMPLICIT_KEY: "a key ends with a colon and a blank; check the indentation",
  BAD_SCALAR_START: "put the text in quotes",
  UNEXPECTED_TOKEN: "put the text in quotes, or check brackets and commas",
  BAD_DQ_ESCAPE: "write the text in single quotes, where a backslash is just a backslash",
  MULTIPLE_DOCS: "a test file is one document: remove the --- line",
  BAD_ALIAS: "put a text that begins with * in quotes",
};

/** Reads YAML (JSON is YAML). Undefined after problems. */
export function readDocument(given: string, problems: TestProblems): TestDocument | undefined {
  const text = given.replace(/^\uFEFF/, "");
  const counter = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true, version: "1.2" });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.add({ line: 1, column: 1 }, "the file nests too deeply", "a test file needs no more than a few levels");
    return undefined;
  }
  reportErrors(document.errors, text, placeAt, problems);
  if (problems.any) return undefined;
  const resolve = (node: unknown): Node | undefined =>
    isAlias(node) ? (node as Alias).resolve(document) : (node as Node | undefined);
  const value = new Builder(resolve, problems, placeAt).value(document.contents, 0);
  if (problems.any) return undefined;
  const root = document.contents as Node | null;
  const startOf = (node: Node | null | undefined): number => node?.range?.[0] ?? 0;
  const find = (path: Path): { start: number; key: number } => {
    let node: Node | undefined = root ?? undefined;
    let start = startOf(root);
    let key = start;
    for (const step of path) {
      // Not across an alias: what is written there stands elsewhere in the file, and the place of use says more.
      if (isMap(node)) {
        const pair = (node as YAMLMap<Node, Node | null>).items.find((item) => keyText(item.key) === String(step));
        if (pair === undefined) break;
        key = startOf(pair.key);
        // A value that is not there has no place of its own: the key has.
        start = pair.value === null || (isScalar(pair.value) && pair.value.value === null) ? key : startOf(pair.value);
        node = pair.value ?? undefined;
      } else if (isSeq(node)) {
        node = node.items[Number(step)] as Node | undefined;
        if (node === undefined) break;
        start = startOf(node);
        key = start;
      } else break;
    }
    return { start, key };
  };
  return { value, place: (path) => placeAt(find(path).start), placeOfKey: (path) => placeAt(find(path).key) };
}

/** The first error says what to mend, those after it mostly follow from it; keys that occur twice have nothing to do with each other. */
function reportErrors(
  errors: readonly YAMLError[],
  text: string,
  placeAt: (offset: number) => Place,
  problems: TestProblems,
): void {
  const shown = errors.filter((error, i) => i === 0 || (error.code === "DUPLICATE_KEY" && errors[0].code === "DUPLICATE_KEY"));
  for (const { code, message, pos } of shown) {
    const isMisplaced = /^(All mapping items|Sequence item without)/.test(message);
    const words = isMisplaced
      ? "this line does not stand in the column of the entries around it"
      : `not YAML: ${firstLine(message)}`;
    const blanks = isMisplaced ? (/^[ \t]*/.exec(text.slice(pos[0], pos[0] + 200))?.[0].length ?? 0) : 0;
    problems.add(placeAt(pos[0] + blanks), words, REMEDIES[isMisplaced ? "BAD_INDENT" : code]);
  }
}

/** Makes values of nodes. */
class Builder {
  private readonly resolve: (node: unknown) => Node | undefined;
  private readonly problems: TestProblems;
  private readonly placeAt: (offset: number) => Place;
  private count = 0;

  constructor(resolve: Builder["resolve"], problems: TestProblems, placeAt: Builder["placeAt"]) {
    this.resolve = resolve;
    this.problems = problems;
    this.placeAt = placeAt;
  }

  value(given: unknown, depth: number): unknown {
    const node = this.resolve(given);
    const place = this.placeAt((given as Node | null)?.range?.[0] ?? 0);
    if (depth > DEPTH_MAX || ++this.count > VALUES_MAX) {
      this.problems.add(place, depth > DEPTH_MAX ? "the file nests too deeply" : "the file holds too many values");
      return undefined;
    }
    if (isScalar(node)) {
      // 0x12 is a number in YAML, but twelve times 0 in sample notation; no one writes nodes in base 16.
      return node.format === "HEX" || node.format === "OCT" ? (node.source ?? "") : node.value;
    }
    if (isSeq(node)) {
      const list: unknown[] = [];
      for (const item of node.items) list.push(this.problems.any ? undefined : this.value(item, depth + 1));
      return list;
    }
    if (isMap(node)) {
      const map = Object.create(null) as Record<string, unknown>;
      for (const item of (node as YAMLMap<Node, Node | null>).items) {
        const key = keyText(item.key);
        if (key === undefined || key === "__proto__") {
          this.problems.add(
            this.placeAt(item.key?.range?.[0] ?? 0),
            "this cannot be a key",
            "a key is a plain name; put values such as <name> in quotes",
          );
        } else if (!this.problems.any) map[key] = this.value(item.value, depth + 1);
      }
      return map;
    }
    return null;
  }
}

function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return key.value === null ? "" : String(key.value);
}

function firstLine(message: string): string {
  const line = visible(message.split("\n")[0]).replace(/:$/, "");
  return `${line.slice(0, 1).toLowerCase()}${line.slice(1, 200)}`;
}
