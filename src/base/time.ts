/**
 * Time as the language sees it: a count of ticks of 100 ns, an exact bigint. An instant counts from 1970-01-01T00:00:00Z, in UTC, on
 * the proleptic Gregorian calendar, without leap seconds. Rules 2.3 to 2.6, 6.13, 8.8, 8.26, 8.28. The calendar arithmetic works on
 * whole days, so it needs no Date and is exact for the years 0001 to 9999.
 */

export type Ticks = bigint;

export const TICKS_PER_MS = 10_000n;
export const TICKS_PER_SECOND = 10_000_000n;
export const TICKS_PER_MINUTE = 600_000_000n;
export const TICKS_PER_HOUR = 36_000_000_000n;
export const TICKS_PER_DAY = 864_000_000_000n;

/** First and last tick of the years 0001 and 9999. */
export const INSTANT_MIN: Ticks = BigInt(daysFromCivil(1, 1, 1)) * TICKS_PER_DAY;
export const INSTANT_MAX: Ticks = BigInt(daysFromCivil(10000, 1, 1)) * TICKS_PER_DAY - 1n;

/** Calendar fields of an instant in UTC; month and day from 1, weekday 0 (Sunday) to 6 (Saturday), fractionTicks 0 to 9,999,999. */
export interface CalendarFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fractionTicks: number;
}

/** Whole days from 1970-01-01 to the given date (algorithm: Howard Hinnant, public domain). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Quotient rounded towards minus infinity; bigint division truncates. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

export function calendarFields(instant: Ticks): CalendarFields {
  const days = Number(floorDivide(instant, TICKS_PER_DAY));
  const rest = Number(instant - BigInt(days) * TICKS_PER_DAY);
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const seconds = Math.floor(rest / 1e7);
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    fractionTicks: rest - seconds * 1e7,
  };
}

/** Ticks of a date and time given in UTC; the caller has checked the ranges. */
export function instantFromFields(fields: Omit<CalendarFields, "weekday">): Ticks {
  const seconds = fields.hour * 3600 + fields.minute * 60 + fields.second;
  return (
    BigInt(daysFromCivil(fields.year, fields.month, fields.day)) * TICKS_PER_DAY +
    BigInt(seconds) * TICKS_PER_SECOND +
    BigInt(fields.fractionTicks)
  );
}

const pad = (value: number, width: number) => String(value).padStart(width, "0");

/** `2016-10-13T19:18:47.805Z`: milliseconds cut, not rounded (rules 6.13, 8.27). */
export function instantText(instant: Ticks): string {
  const f = calendarFields(instant);
  const ms = Math.floor(f.fractionTicks / 10_000);
  return `${pad(f.year, 4)}-${pad(f.month, 2)}-${pad(f.day, 2)}T${pad(f.hour, 2)}:${pad(f.minute, 2)}:${pad(f.second, 2)}.${pad(ms, 3)}Z`;
}

/** ISO 8601 with all seven fraction digits where they are not zero, for machines that must not lose ticks. */
export function instantTextExact(instant: Ticks): string {
  const f = calendarFields(instant);
  const fraction = f.fractionTicks === 0 ? "" : `.${pad(f.fractionTicks, 7).replace(/0+$/, "")}`;
  return `${pad(f.year, 4)}-${pad(f.month, 2)}-${pad(f.day, 2)}T${pad(f.hour, 2)}:${pad(f.minute, 2)}:${pad(f.second, 2)}${fraction}Z`;
}

/** `[-][d.]hh:mm:ss[.fffffff]`, the constant form of .NET's TimeSpan (rule 8.8). */
export function intervalText(interval: Ticks): string {
  const size = interval < 0n ? -interval : interval;
  const days = size / TICKS_PER_DAY;
  const seconds = Number((size % TICKS_PER_DAY) / TICKS_PER_SECOND);
  const fraction = Number(size % TICKS_PER_SECOND);
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return `${interval < 0n ? "-" : ""}${days === 0n ? "" : `${days}.`}${clock}${fraction === 0 ? "" : `.${pad(fraction, 7)}`}`;
}

/** ISO 8601 duration of an interval: `PT5M`, `-P1DT2H`, `PT0.0000001S`, `PT0S`. */
export function durationText(interval: Ticks): string {
  if (interval === 0n) return "PT0S";
  const size = interval < 0n ? -interval : interval;
  const days = size / TICKS_PER_DAY;
  const seconds = Number((size % TICKS_PER_DAY) / TICKS_PER_SECOND);
  const fraction = Number(size % TICKS_PER_SECOND);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${seconds % 60}${fraction === 0 ? "" : `.${pad(fraction, 7).replace(/0+$/, "")}`}`;
  const clock = `${hours === 0 ? "" : `${hours}H`}${minutes === 0 ? "" : `${minutes}M`}${rest === "0" ? "" : `${rest}S`}`;
  return `${interval < 0n ? "-" : ""}P${days === 0n ? "" : `${days}D`}${clock === "" ? "" : `T${clock}`}`;
}

const TIME_FORM = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const RFC_FORM = /^([A-Z][a-z]{2}), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Reads a time text in exactly the forms of rule 8.26 (W3C-DTF profile of ISO 8601, or RFC 1123), no offset meaning UTC; undefined for
 * anything else, dates that do not exist and instants outside the years 0001 to 9999 included.
 */
export function parseInstant(text: string): Ticks | undefined {
  const iso = TIME_FORM.exec(text);
  if (iso) {
    const [, year, month = "01", day = "01", hour = "00", minute = "00", second = "00", fraction = "", zone = "Z"] = iso;
    const local = checkedInstant(+year, +month, +day, +hour, +minute, +second, +fraction.padEnd(7, "0"), +year > 0 ? 1 : 0);
    if (local === undefined) return undefined;
    if (zone === "Z") return local;
    const offset = +zone.slice(1, 3) * 60 + +zone.slice(4, 6);
    if (+zone.slice(4, 6) > 59 || offset > 14 * 60) return undefined;
    const instant = local + BigInt(zone[0] === "+" ? -offset : offset) * TICKS_PER_MINUTE;
    return instant < INSTANT_MIN || instant > INSTANT_MAX ? undefined : instant;
  }
  const rfc = RFC_FORM.exec(text);
  if (rfc) {
    const [, weekday, day, month, year, hour, minute, second] = rfc;
    const instant = checkedInstant(+year, MONTHS.indexOf(month) + 1, +day, +hour, +minute, +second, 0, +year > 0 ? 1 : 0);
    return instant !== undefined && WEEKDAYS[calendarFields(instant).weekday] === weekday ? instant : undefined;
  }
  return undefined;
}

function checkedInstant(
  y: number,
  mo: number,
  d: number,
  h: number,
  mi: number,
  s: number,
  fraction: number,
  yearMin: number,
): Ticks | undefined {
  if (yearMin === 0 || mo < 1 || mo > 12 || d < 1 || d > daysInMonth(y, mo) || h > 23 || mi > 59 || s > 59) return undefined;
  return instantFromFields({ year: y, month: mo, day: d, hour: h, minute: mi, second: s, fractionTicks: fraction });
}

const DURATION_FORM = /^([+-])?P(?=[\dT])(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,7}))?S)?)?$/;

/**
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds (`PT5M`, `P1DT2H`, `PT0.5S`); undefined for anything else.
 * Years and months have no fixed length and are refused.
 */
export function parseDuration(text: string): Ticks | undefined {
  const match = DURATION_FORM.exec(text);
  if (match === null) return undefined;
  const [, sign, weeks = "0", days = "0", hours = "0", minutes = "0", seconds = "0", fraction = ""] = match;
  const whole = ((BigInt(weeks) * 7n + BigInt(days)) * 24n + BigInt(hours)) * 60n + BigInt(minutes);
  const size = (whole * 60n + BigInt(seconds)) * TICKS_PER_SECOND + BigInt(fraction.padEnd(7, "0"));
  return sign === "-" ? -size : size;
}
