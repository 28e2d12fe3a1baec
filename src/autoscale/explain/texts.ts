/**
 * Pieces of English for explanations: expressions as written, values, durations, ordinals, lists. Words only; nothing here decides anything.
 */
import { TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND } from "../../base/time.ts";
import type { Source, Span } from "../../language/source.ts";
import { doubleText, valueText } from "../../language/values/text.ts";
import type { Value } from "../../language/values/value.ts";

/** An expression as it was written, on one line, without comments, cut to about `most` characters. */
export function writtenText(source: Source, span: Span, most = 64): string {
  const text = source.text
    .slice(span.start, span.end)
    .replace(/"[^"\r\n]*"|\/\/[^\r\n]*|\s+/g, (piece) => (piece[0] === '"' ? piece : " "))
    .replace(/ {2,}/g, " ")
    .trim();
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

/** A value for a sentence: as `results` prints it, a long vector as its count. */
export function shownValue(value: Value): string {
  if (!(value instanceof Float64Array)) return valueText(value);
  if (value.length === 0) return "nothing";
  return value.length <= 3 ? Array.from(value, doubleText).join(", ") : `${value.length} values`;
}

const units: readonly (readonly [string, number])[] = [
  ["day", Number(TICKS_PER_DAY)],
  ["hour", Number(TICKS_PER_HOUR)],
  ["minute", Number(TICKS_PER_MINUTE)],
  ["second", Number(TICKS_PER_SECOND)],
];

/** `90 seconds`, `15 minutes`, `1 hour`, `2 days`: in the largest unit that is whole, else in seconds. */
export function durationInWords(ticks: number): string {
  for (const [unit, size] of units) {
    if (ticks !== 0 && ticks % size === 0) return counted(ticks / size, unit);
  }
  return `${doubleText(ticks / Number(TICKS_PER_SECOND))} seconds`;
}

/** A length of time after `the last`: `hour`, `30 minutes`. */
export function stretchInWords(ticks: number): string {
  return durationInWords(ticks).replace(/^1 /, "");
}

/** `just now`, `5 minutes ago`. */
export function agoInWords(ticks: number): string {
  return ticks === 0 ? "just now" : `${durationInWords(ticks)} ago`;
}

/** `1 sample`, `6 samples`, `no samples`. */
export function counted(count: number, noun: string): string {
  return `${count === 0 ? "no" : doubleText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];

/** `first` to `ninth`, then `10th`, … for an index from 0. */
export function ordinal(index: number): string {
  return ordinals[index] ?? nth(index + 1);
}

/** `1st`, `2nd`, `95th`. */
export function nth(number: number): string {
  const tens = number % 100;
  const ending = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${doubleText(number)}${Number.isInteger(number) ? ending : "th"}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[], conjunction = "and"): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} ${conjunction} ${parts[parts.length - 1]}`;
}

/** Most of a percentage that a person wants to read: `83.3`. */
export function percentText(percent: number): string {
  return String(Math.round(percent * 10) / 10);
}
