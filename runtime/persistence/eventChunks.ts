/** Reading kept events: one text of many events per commit, opened only where it is asked for. */
import type { EventChunk, StoredEvent } from "./persistence.ts";

/** Events from number `from` on, at most `max`, of chunks in order. */
export function eventsOf(
  chunks: Iterable<Pick<EventChunk, "first" | "count" | "json">>,
  from: number,
  max: number,
): StoredEvent[] {
  const found: StoredEvent[] = [];
  for (const { first, count, json } of chunks) {
    if (first + count <= from) continue;
    const events = JSON.parse(json) as [at: number, row: { kind: string }][];
    for (let i = Math.max(0, from - first); i < events.length; i++) {
      if (found.length >= max) return found;
      const [at, row] = events[i];
      found.push({ number: first + i, at, ...row });
    }
  }
  return found;
}
