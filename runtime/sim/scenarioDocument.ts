/**
 * The text of a scenario file, YAML or JSON, as plain values with the place of each. Hostile files are met here: nesting and aliases are limited,
 * and the result holds no prototype that a key could reach.
 */
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** What is wrong with a scenario, at a place of its file; lines and columns count from 1. */
export interface ScenarioProblem {
  readonly line: number;
  readonly column: number;
  /** Keys and indexes with dots: `pool.node.boot`. Empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

export interface ScenarioDocument {
  readonly value: unknown;
  problem(path: readonly PropertyKey[], message: string, atKey?: string): ScenarioProblem;
}

const ALIASES_MAX = 100;
const TEXT_MAX = 1_000_000;

/** Reads a file; a problem instead of a document when it is no YAML. */
export function readScenarioDocument(text: string): ScenarioDocument | ScenarioProblem {
  const counter = new LineCounter();
  const placeAt = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const wrong = (offset: number, message: string): ScenarioProblem => ({ ...placeAt(offset), path: "", message });
  if (text.length > TEXT_MAX)
    return wrong(0, `the file is too long for a scenario: more than ${TEXT_MAX.toLocaleString("en-US")} characters`);
  try {
    const document = parseDocument(text.replace(/^\uFEFF/, ""), { lineCounter: counter, prettyErrors: false, version: "1.2" });
    const error = document.errors[0];
    if (error !== undefined) return wrong(error.pos[0], `not YAML: ${visible(error.message.split("\n")[0])}`);
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return {
      value,
      problem: (path, message, atKey) => ({
        ...placeAt(offsetOf(document, path, atKey)),
        path: path.map(String).join("."),
        message: visible(message),
      }),
    };
  } catch (error) {
    // The parser recurses, and resolving aliases gives up at a limit; both are the file's fault.
    if (error instanceof RangeError) return wrong(0, "the file nests too deeply");
    if (error instanceof ReferenceError) return wrong(0, "the file has too many aliases");
    throw error;
  }
}

/** Where the value at a path begins, or its key `atKey`; of a path that is not there, the nearest part that is. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], atKey: string | undefined): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of atKey === undefined ? path : [...path, atKey]) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) break;
      offset = (pair.key as { range?: [number, number, number] | null }).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = (node as { range?: [number, number, number] | null } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** Foreign text as one visible line of bounded length. */
export function visible(text: string): string {
  return text.slice(0, 300).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "·");
}
