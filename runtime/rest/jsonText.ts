/**
 * A request's body as JSON. The engine's parser does the work; when it refuses, a scan of our own finds the place, because the engine's messages do not
 * always tell it and repeat the caller's text.
 */
import { BatchError } from "./errors.ts";

/** Parses a text; throws InvalidRequestBody with line and column of the first mistake. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const at = mistakeAt(text);
    const before = text.slice(0, at);
    const line = before.split("\n").length;
    const column = at - before.lastIndexOf("\n");
    const what = at >= text.length ? "it ends too early" : "something else was expected here";
    throw new BatchError("InvalidRequestBody", `the request's body is not JSON: line ${line}, column ${column}: ${what}`, [
      { key: "Reason", value: `line ${line}, column ${column}: ${what}` },
    ]);
  }
}

const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Offset of the first character that no JSON text could have there; the text's length when it is cut off. A loop with a stack of its own. */
export function mistakeAt(text: string): number {
  const open: ("{" | "[")[] = [];
  let at = 0;
  const skip = (form: RegExp): boolean => {
    form.lastIndex = at;
    if (!form.test(text) || form.lastIndex === at) return false;
    at = form.lastIndex;
    return true;
  };
  let expected: "value" | "valueOrEnd" | "name" | "nameOrEnd" | "after" = "value";
  for (;;) {
    skip(SPACE);
    if (at >= text.length) return text.length;
    const character = text[at];
    if (expected === "after") {
      const container = open.at(-1);
      if (container === undefined) return at;
      if (character === (container === "{" ? "}" : "]")) {
        open.pop();
        at++;
      } else if (character === ",") {
        at++;
        expected = container === "{" ? "name" : "value";
      } else return at;
    } else if (expected === "name" || expected === "nameOrEnd") {
      if (character === "}" && expected === "nameOrEnd") {
        open.pop();
        at++;
        expected = "after";
        continue;
      }
      if (!skip(STRING)) return unclosed(text, at);
      skip(SPACE);
      if (text[at] !== ":") return at;
      at++;
      expected = "value";
    } else if (character === "]" && expected === "valueOrEnd") {
      open.pop();
      at++;
      expected = "after";
    } else if (character === "{" || character === "[") {
      open.push(character);
      at++;
      expected = character === "{" ? "nameOrEnd" : "valueOrEnd";
    } else {
      if (!skip(STRING) && !skip(NUMBER) && !skip(WORD)) return unclosed(text, at);
      expected = "after";
    }
  }
}

/** A string that is never closed is a mistake at the text's end, or at the character that may not stand in it. */
function unclosed(text: string, at: number): number {
  if (text[at] !== '"') return at;
  for (let i = at + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20) return i;
    if (unit === 0x5c) {
      if (!/^\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/.test(text.slice(i, i + 6))) return i + 6 > text.length ? text.length : i;
      i++;
    }
  }
  return text.length;
}
