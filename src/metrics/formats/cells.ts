/**
 * Cells of a CSV row, read in place. The common shapes (`2026-01-05T08:00:00Z`, `12`, `3.75`) are read digit by digit, exactly; whatever
 * looks different goes the slow and strict way: a pattern, then the language's own reader.
 */
import { daysFromCivil, daysInMonth, floorDivide, parseInstant, TICKS_PER_SECOND } from "../../base/time.ts";

/** A missing sample. */
export const MISSING: number = Number.NaN;

/** An instant as whole seconds since 1970 and ticks of 100 ns within the second: both exact doubles. */
export interface CellTime {
  seconds: number;
  fractionTicks: number;
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const ZONED = /T.*(?:Z|[+-]\d\d:\d\d)$/;
/** Up to 15 digits are an exact double, and so is their quotient by a power of ten up to 10^15, correctly rounded. */
const DIGITS_MAX = 15;
const POWERS = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, i) => 10 ** i);

/** The number in a cell; NaN when the cell is empty or holds no decimal number, an infinity when the number is too large. */
export function cellNumber(text: string, from: number, to: number): number {
  let value = 0;
  let digits = 0;
  let point = -1;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      value = value * 10 + (code - 48);
      digits++;
    } else if (code === 46 && point < 0) point = digits;
    else return cellNumberText(text.slice(from, to));
  }
  if (digits === 0 || digits > DIGITS_MAX) return cellNumberText(text.slice(from, to));
  return point < 0 ? value : value / POWERS[digits - point];
}

/** As `cellNumber`, for a cell that is a string already. */
export function cellNumberText(cell: string): number {
  const trimmed = cell.trim();
  return NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
}

/** Reads a time into `time`; says what is wrong: no zone, or no time at all (rule 8.26 has the forms). */
export function cellTime(text: string, from: number, to: number, time: CellTime): "" | "zone" | "form" {
  if (to - from === 20 && readPlainTime(text, from, time)) return "";
  const cell = text.slice(from, to).trim();
  const instant = parseInstant(cell);
  if (instant === undefined) return "form";
  if (!ZONED.test(cell) && !cell.endsWith("GMT")) return "zone";
  const seconds = floorDivide(instant, TICKS_PER_SECOND);
  time.seconds = Number(seconds);
  time.fractionTicks = Number(instant - seconds * TICKS_PER_SECOND);
  return "";
}

/** Exactly `YYYY-MM-DDThh:mm:ssZ` with a real date. */
function readPlainTime(text: string, at: number, time: CellTime): boolean {
  const year = twoDigits(text, at) * 100 + twoDigits(text, at + 2);
  const month = twoDigits(text, at + 5);
  const day = twoDigits(text, at + 8);
  const hour = twoDigits(text, at + 11);
  const minute = twoDigits(text, at + 14);
  const second = twoDigits(text, at + 17);
  const marks =
    text.charCodeAt(at + 4) === 45 &&
    text.charCodeAt(at + 7) === 45 &&
    text.charCodeAt(at + 10) === 84 &&
    text.charCodeAt(at + 13) === 58 &&
    text.charCodeAt(at + 16) === 58 &&
    text.charCodeAt(at + 19) === 90;
  const real =
    marks &&
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59;
  if (!real) return false;
  time.seconds = daysFromCivil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  time.fractionTicks = 0;
  return true;
}

/** Two decimal digits; NaN, which fails every comparison, for anything else. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
