/** Instants and durations of entities as wire texts; undefined stays undefined where nothing has happened yet, and is "no limit" where none was set. */
import { durationText, instantText } from "../times.ts";

/** ISO 8601 in UTC of milliseconds since 1970. */
export function instant(at: number): string;
export function instant(at: number | undefined): string | undefined;
export function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : instantText(at);
}

/** ISO 8601 of milliseconds; undefined and Infinity are no limit. */
export function duration(ms: number | undefined): string {
  return durationText(ms ?? Number.POSITIVE_INFINITY);
}
