/**
 * Plain data as JSON text and back, with nothing lost that a spec may hold: JSON has no Infinity (a retention time may be that). Such a number
 * becomes a string that begins with U+0001, and a string that begins so is given one more; both are so rare that finding out is one search.
 */
const MARK = "\u0001";
const MARK_IN_JSON = "\\u0001";

/** The text of plain data: objects, arrays, strings, numbers, booleans, null. What is undefined is left out. */
export function toText(value: unknown): string {
  const text = JSON.stringify(value);
  // A number that JSON cannot say has become null there.
  return text.includes("null") || text.includes(MARK_IN_JSON) ? JSON.stringify(value, marked) : text;
}

/** The data of a text that `toText` made. Throws SyntaxError for another. */
export function fromText(text: string): unknown {
  return text.includes(MARK_IN_JSON) ? JSON.parse(text, unmarked) : JSON.parse(text);
}

function marked(_name: string, value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : MARK + String(value);
  return typeof value === "string" && value.startsWith(MARK) ? MARK + value : value;
}

function unmarked(_name: string, value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith(MARK)) return value;
  const rest = value.slice(1);
  return rest.startsWith(MARK) ? rest : Number(rest);
}
