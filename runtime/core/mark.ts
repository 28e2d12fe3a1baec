/**
 * A number in place of a text: pools, nodes, jobs and kinds of events are named in every event that is hashed, and mixing one number costs less than
 * reading an id letter by letter a million times. The same text has the same mark on every machine; two texts can share one, so nothing may be
 * found by it.
 */

/** 32 bits of FNV-1a over the text's UTF-16 units. */
export function markOf(text: string): number {
  let mark = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) mark = Math.imul(mark ^ text.charCodeAt(i), 0x01000193);
  return mark;
}
