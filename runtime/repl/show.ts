/**
 * Values on the screen. A double is shown as the service prints it, six digits, with the exact number beside it where that says less than is
 * there; long vectors are cut in the middle; control characters cannot reach the terminal.
 */
import { doubleText, valueText } from "../../src/language/values/text.ts";
import { type Type, typeOf, type Value } from "../../src/language/values/value.ts";
import type { Paint } from "./paint.ts";

const VECTOR_HEAD = 24;
const VECTOR_TAIL = 4;

/** `x = 5  double`, or `5  double` for a bare expression. */
export function valueLine(name: string | undefined, value: Value, paint: Paint): string {
  const type =
    value instanceof Float64Array
      ? `doubleVec, ${value.length} element${value.length === 1 ? "" : "s"}`
      : typeWords(typeOf(value));
  const exact = exactText(value);
  const note = exact === undefined ? type : `${type}, exactly ${exact}`;
  return `${name === undefined ? "" : `${paint("name", name)} = `}${paint("value", shortText(value))}  ${paint("quiet", note)}`;
}

/** A type as sessions name it. */
export function typeWords(type: Type | undefined): string {
  if (type === undefined) return "no type: it fails wherever it is reached";
  if (type === "none") return "no value: it ends the evaluation";
  return type === "any" ? "depends on a condition" : type;
}

/** A value on one line. */
export function shortText(value: Value): string {
  if (typeof value === "string") return `"${visible(value)}"`;
  if (!(value instanceof Float64Array) || value.length <= VECTOR_HEAD + VECTOR_TAIL) return valueText(value);
  const head = Array.from(value.subarray(0, VECTOR_HEAD), doubleText).join(",");
  const tail = Array.from(value.subarray(value.length - VECTOR_TAIL), doubleText).join(",");
  return `[${head}, … ${value.length - VECTOR_HEAD - VECTOR_TAIL} more …, ${tail}]`;
}

/** Text of any origin as it may be shown: no control characters, no marks that turn the writing direction. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "·");
}

function exactText(value: Value): string | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Number(doubleText(value)) === value ? undefined : String(value);
}

/** A text as lines of at most `width` columns, broken at blanks. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
