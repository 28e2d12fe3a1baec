/** An event as it is stored: the JSON text of `[at, row]`, the row as `eventRow` makes it. */
import { eventRow } from "../eventFields.ts";
import type { Event } from "../protocol/events.ts";

/** `at` in milliseconds since 1970 UTC. */
export function eventText(at: number, event: Event): string {
  return JSON.stringify([at, eventRow(event)]);
}
