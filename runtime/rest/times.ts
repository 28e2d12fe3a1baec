/**
 * Durations and instants between the wire's texts and milliseconds. On the wire a duration is ISO 8601 with up to seven fraction digits of a second, an
 * instant ISO 8601 in UTC with trailing zeros cut, and in headers RFC 1123 (L-31). Inside, both are milliseconds as a double, which holds an instant of
 * our century to a quarter of a microsecond.
 */
import { parse } from "tinyduration";
import { parseInstant, TICKS_PER_MS } from "../../src/base/time.ts";

/** What the service writes for "no limit": the longest time span there is. */
export const NO_LIMIT_TEXT = "P10675199DT2H48M5.4775807S";

/** Whole milliseconds in it; a longer duration does not exist. */
const DURATION_MS_MAX = 922_337_203_685_477;

const DURATION_FORM =
  /^P(?=[\dT])(\d{1,9}Y)?(\d{1,9}M)?(\d{1,9}W)?(\d{1,9}D)?(T(?=\d)(\d{1,12}H)?(\d{1,12}M)?(\d{1,15}(\.\d{1,7})?S)?)?$/;

// The same few durations come with every task of a collection.
const known = new Map<string, number>();
const KNOWN_MAX = 1000;

/**
 * Milliseconds of a duration; Infinity for the service's "no limit"; undefined for what is no duration, is negative or longer than there can be.
 * A year counts 365 days and a month 30, as in the service: `P3Y6M4D` is 1279 days.
 */
export function parseDurationMs(text: string): number | undefined {
  if (text === NO_LIMIT_TEXT) return Number.POSITIVE_INFINITY;
  const before = known.get(text);
  if (before !== undefined) return before;
  // The package takes any text with a duration somewhere in it: the form is ours to check.
  if (!DURATION_FORM.test(text)) return undefined;
  const { years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0 } = parse(text);
  const ms =
    (years * 365 + months * 30 + weeks * 7 + days) * 86_400_000 + hours * 3_600_000 + minutes * 60_000 + seconds * 1000;
  if (ms > DURATION_MS_MAX) return undefined;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, ms);
  return ms;
}

/** Seconds with up to seven fraction digits, trailing zeros cut. */
function secondsText(seconds: number, fractionTicks: number): string {
  return fractionTicks === 0 ? `${seconds}` : `${seconds}.${String(fractionTicks).padStart(7, "0").replace(/0+$/, "")}`;
}

/** The duration's text in days, hours, minutes and seconds; Infinity is "no limit". Milliseconds are not negative. */
export function durationText(ms: number): string {
  if (ms >= DURATION_MS_MAX) return NO_LIMIT_TEXT;
  let seconds = Math.floor(ms / 1000);
  let ticks = Math.round((ms - seconds * 1000) * 1e4);
  if (ticks >= 1e7) {
    seconds++;
    ticks = 0;
  }
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = secondsText(seconds % 60, ticks);
  const clock = `${hours === 0 ? "" : `${hours}H`}${minutes === 0 ? "" : `${minutes}M`}${rest === "0" ? "" : `${rest}S`}`;
  if (days === 0 && clock === "") return "PT0S";
  return `P${days === 0 ? "" : `${days}D`}${clock === "" ? "" : `T${clock}`}`;
}

/** Milliseconds since 1970 of an ISO 8601 or RFC 1123 text; without a zone it is UTC; undefined for anything else, and for days that do not exist. */
export function parseInstantMs(text: string): number | undefined {
  if (text.length > 64) return undefined;
  const ticks = parseInstant(text);
  if (ticks === undefined) return undefined;
  const ms = ticks / TICKS_PER_MS;
  return Number(ms) + Number(ticks - ms * TICKS_PER_MS) / 1e4;
}

// Many instants of a page fall into the same second, and making a Date's text is the dear part.
let lastSecond = Number.NaN;
let lastText = "";

/** The instant's text for a body: `2026-01-05T08:00:00.1234567Z`, trailing zeros cut. Of the years 1 to 9999. */
export function instantText(at: number): string {
  let second = Math.floor(at / 1000);
  let ticks = Math.round((at - second * 1000) * 1e4);
  if (ticks >= 1e7) {
    second++;
    ticks = 0;
  }
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, 19);
  }
  if (ticks === 0) return `${lastText}Z`;
  return `${lastText}.${String(ticks).padStart(7, "0").replace(/0+$/, "")}Z`;
}

/** The instant's text for a header: `Mon, 05 Jan 2026 08:00:00 GMT`; the fraction of its second is lost. */
export function headerTime(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toUTCString();
}
