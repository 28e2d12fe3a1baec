/**
 * Making the fixes that diagnostics offer. One fix can uncover or undo another, so the formula is judged again after each round; a round
 * applies every fix that does not overlap an earlier one.
 */
import type { Diagnostic, TextEdit } from "../../src/language/diagnostics/diagnostic.ts";
import { Source } from "../../src/language/source.ts";

/** More rounds than any formula needs; the guard against two fixes that undo each other. */
const ROUNDS_MAX = 10;

/** The formula after all fixes that `judge` offers, and what was done, in order. A leading byte order mark is dropped. */
export function fixed(
  source: Source,
  judge: (source: Source) => readonly Diagnostic[],
): { readonly source: Source; readonly titles: readonly string[] } {
  const titles: string[] = [];
  let current = source;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const edits: TextEdit[] = [];
    for (const { fix } of judge(current)) {
      if (fix === undefined || overlaps(edits, fix.edits)) continue;
      edits.push(...fix.edits);
      titles.push(fix.title);
    }
    if (edits.length === 0) break;
    current = new Source(edited(current.text, edits), source.name);
  }
  return { source: current, titles };
}

function overlaps(edits: readonly TextEdit[], more: readonly TextEdit[]): boolean {
  return more.some((one) => edits.some((other) => one.start <= other.end && other.start <= one.end));
}

/** The text after edits that do not overlap, in any order. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  for (const edit of [...edits].sort((a, b) => b.start - a.start))
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  return result;
}
