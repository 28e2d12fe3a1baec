/**
 * Keys that stand twice in one object of a JSON text. JSON.parse keeps the last of them and says nothing, so a history that was put together by
 * hand would lose a series in silence. The text has been parsed already and is right JSON; only strings and brackets have to be looked at, and
 * the numbers between them, which are nearly all of a history, are passed over by the search for the next bracket.
 */

/** A key that came before in the same object. */
export interface RepeatedKey {
  /** The keys that lead to the object, outermost first: none for the document's own keys. */
  readonly path: readonly string[];
  readonly key: string;
  /** The line of the second one, from 1. */
  readonly line: number;
}

/** Objects are looked into so deep: the document, its "series", and each series. */
const DEPTH_MAX = 3;
const MARKS = /["{}[\]]/g;

/** The keys that come a second time, in text order. `text` must be JSON; at most `most` are given back. */
export function repeatedKeys(text: string, most = 100): RepeatedKey[] {
  const found: RepeatedKey[] = [];
  const marks = new RegExp(MARKS);
  // The keys seen in each open object; undefined for a list. Deeper ones are counted, not kept, so that depth costs nothing.
  const open: (Set<string> | undefined)[] = [];
  const path: string[] = [];
  let depth = 0;
  let line = 1;
  let linesTo = 0;
  for (let mark = marks.exec(text); mark !== null && found.length < most; mark = marks.exec(text)) {
    const at = mark.index;
    if (mark[0] === '"') {
      const end = stringEnd(text, at);
      marks.lastIndex = end;
      const keys = depth <= DEPTH_MAX ? open[depth - 1] : undefined;
      if (keys === undefined || !isKey(text, end)) continue;
      const key = JSON.parse(text.slice(at, end)) as string;
      if (keys.has(key)) {
        for (let next = text.indexOf("\n", linesTo); next >= 0 && next < at; next = text.indexOf("\n", linesTo)) {
          line++;
          linesTo = next + 1;
        }
        found.push({ path: path.slice(0, depth - 1), key, line });
      }
      keys.add(key);
      path[depth - 1] = key;
    } else if (mark[0] === "{" || mark[0] === "[") {
      if (depth < DEPTH_MAX) open[depth] = mark[0] === "{" ? new Set() : undefined;
      depth++;
    } else depth--;
  }
  return found;
}

/** The offset behind the string's closing quote. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 92) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** Whether a colon follows, which only a key has. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (text.charCodeAt(at) <= 32) at++;
  return text.charCodeAt(at) === 58;
}
