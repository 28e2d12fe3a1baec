/**
 * The comments of a text, found without parsing it: a quote hides everything up to the next one on its line, `//` outside strings begins a
 * comment that ends with the line (rules 1.4, 1.9, 1.15). Works on any text, also one that is refused.
 */
import type { Source, Span } from "../source.ts";

/** A comment with its two slashes; the line end behind it is not part of it. */
export interface Comment extends Span {
  /** What stands behind the slashes, as written. */
  readonly text: string;
}

// A whole string, a comment, or a string that its line leaves open: whichever begins first.
const STRING_OR_COMMENT = /"[^"\r\n]*"|\/\/([^\r\n]*)|"[^"\r\n]*/g;

/** All comments in text order. */
export function comments(source: Source): Comment[] {
  const found: Comment[] = [];
  for (const match of source.text.matchAll(STRING_OR_COMMENT)) {
    if (match[1] !== undefined) found.push({ text: match[1], start: match.index, end: match.index + match[0].length });
  }
  return found;
}
