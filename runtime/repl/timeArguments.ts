/**
 * Times, durations and whole numbers as people type them behind a command: ISO 8601 as everywhere in Weir, and the short forms that fingers
 * prefer, `15m`, `1h30m`, `+1h`, `first`.
 */
import {
  INSTANT_MAX,
  INSTANT_MIN,
  parseDuration,
  parseInstant,
  TICKS_PER_DAY,
  TICKS_PER_HOUR,
  TICKS_PER_MINUTE,
  TICKS_PER_SECOND,
} from "../../src/base/time.ts";
import type { Ticks } from "../../src/base/time.ts";
import type { MetricStore } from "../../src/metrics/index.ts";

const UNITS: Readonly<Record<string, Ticks>> = {
  s: TICKS_PER_SECOND,
  m: TICKS_PER_MINUTE,
  h: TICKS_PER_HOUR,
  d: TICKS_PER_DAY,
};
const SHORT_FORM = /^(?:\d{1,9}[smhd])+$/;

/** `PT15M` or `15m`, `1h30m`, `2d`, in ticks, without a sign; undefined for anything else. */
export function durationArgument(text: string): Ticks | undefined {
  if (!SHORT_FORM.test(text)) return text.startsWith("-") || text.length > 64 ? undefined : parseDuration(text);
  let ticks = 0n;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhd])/g)) ticks += BigInt(count) * UNITS[unit];
  return ticks;
}

/**
 * An instant: ISO 8601 or RFC 1123, `first` or `last` (sample of the store), or `+15m`, `-PT1H` from `now`. A text for the user where it is
 * none of these or has no instant.
 */
export function timeArgument(text: string, now: Ticks, store: MetricStore): Ticks | string {
  if (text === "first" || text === "last") {
    return (
      (text === "first" ? store.firstSampleTime() : store.lastSampleTime()) ??
      "there are no samples yet: load some with :metrics FILE"
    );
  }
  const step = /^[+-]/.test(text) ? durationArgument(text.slice(1)) : undefined;
  const instant = step === undefined ? parseInstant(text) : now + (text[0] === "-" ? -step : step);
  if (instant === undefined) return "not a time: write 2026-01-05T08:00:00Z, 2026-01-05, first, last, +15m or -PT1H";
  return instant < INSTANT_MIN || instant > INSTANT_MAX ? "that time lies outside the years 0001 to 9999" : instant;
}

/** A whole number from 0 to `most`, digits only; undefined for anything else. */
export function countArgument(text: string, most: number): number | undefined {
  if (!/^\d{1,16}$/.test(text)) return undefined;
  const count = Number(text);
  return count <= most ? count : undefined;
}
