/**
 * Whether a text reads a variable: what decides if an older assignment may be forgotten. Works on tokens, like everything in src/editor.
 */
import { Source } from "../../src/language/source.ts";
import { uses } from "../../src/editor/navigate.ts";

/** True if the variable of this name is read somewhere in the text; assigning it is no reading. */
export function readsName(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const found = uses(new Source(text), at);
    if (found.some((use) => use.access === "read" && text.slice(use.start, use.end) === name)) return true;
  }
  return false;
}
