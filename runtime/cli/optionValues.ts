/**
 * Option values as people type them: times, durations, counts. Each reader either gives the value or refuses with what is wrong and how
 * it is written right; the names are those of commander's argument parsers.
 */
import { InvalidArgumentError } from "commander";
import { targetMax } from "../../src/base/limits.ts";
import { parseDuration, parseInstant, type Ticks } from "../../src/base/time.ts";

/** An instant: ISO 8601 (no zone means UTC) or RFC 1123, in ticks. */
export function timeOption(text: string): Ticks {
  const instant = parseInstant(text.trim());
  if (instant !== undefined) return instant;
  const loose = looseTime(text.trim());
  throw new InvalidArgumentError(loose === undefined ? "Write it as 2026-01-31T08:00:00Z." : `Did you mean ${loose}?`);
}

/** The usual slips: a blank for the T, no colon in the offset, small letters, more than seven fraction digits. */
function looseTime(text: string): string | undefined {
  const repaired = text
    .toUpperCase()
    .replace(/^(\d{4})\/(\d\d)\/(\d\d)/, "$1-$2-$3")
    .replace(/^(\d{4}-\d\d-\d\d)[ _]+(\d)/, "$1T$2")
    .replace(/(\.\d{7})\d+/, "$1")
    .replace(/ *UTC$| *GMT$| +Z$/, "Z")
    .replace(/ *([+-]\d\d):?(\d\d)$/, "$1:$2")
    .replace(/T(\d\d)(Z|[+-]|$)/, "T$1:00$2");
  return parseInstant(repaired) === undefined ? undefined : repaired;
}

/** A duration that is longer than nothing, in ticks. */
export function positiveDurationOption(text: string): Ticks {
  const meant = looseDuration(text.trim());
  if ((parseDuration((meant ?? text).trim().slice(0, 40)) ?? 1n) <= 0n)
    throw new InvalidArgumentError("It must be longer than nothing, such as PT5S.");
  return durationOption(text);
}

/** A duration of zero or more, ISO 8601, in ticks. */
export function durationOption(text: string): Ticks {
  const ticks = text.length > 40 ? undefined : parseDuration(text.trim());
  if (ticks === undefined) {
    const loose = looseDuration(text.trim());
    throw new InvalidArgumentError(
      loose === undefined ? "Write it as an ISO 8601 duration: PT30S, PT5M, PT1H30M, P1D." : `Did you mean ${loose}?`,
    );
  }
  if (ticks < 0n) throw new InvalidArgumentError("It must not be negative.");
  return ticks;
}

const UNITS: Readonly<Record<string, string>> = {
  s: "PT#S",
  sec: "PT#S",
  second: "PT#S",
  m: "PT#M",
  min: "PT#M",
  minute: "PT#M",
  h: "PT#H",
  hour: "PT#H",
  d: "P#D",
  day: "P#D",
};

/** `5m`, `5 min`, `90 seconds`, `5M`, `PT5m` and a bare number of seconds. */
function looseDuration(text: string): string | undefined {
  if (/^p/i.test(text) && parseDuration(text.toUpperCase()) !== undefined) return text.toUpperCase();
  const match = /^(\d{1,9}) ?([a-z]*)$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  const unit = match[2] === "" ? "s" : match[2].length > 1 ? match[2].replace(/s$/, "") : match[2];
  return Object.hasOwn(UNITS, unit) ? UNITS[unit].replace("#", match[1]) : undefined;
}

/** A number of nodes that a pool can have. */
export function nodesOption(text: string): number {
  return wholeNumber(text, 0, targetMax.value);
}

/** How many nodes a machine or a cluster holds: there must be room for one. */
export function hostedNodesOption(text: string): number {
  return wholeNumber(text, 1, targetMax.value);
}

/** Task slots of a node: the service allows 1 to 256. */
export function slotsOption(text: string): number {
  return wholeNumber(text, 1, 256);
}

/** A seed for `rand()`. */
export function seedOption(text: string): number {
  return wholeNumber(text, 0, 4294967295);
}

/** How many warnings are let pass. */
export function countOption(text: string): number {
  return wholeNumber(text, 0, Number.MAX_SAFE_INTEGER);
}

/** How many of something of which there must be one. */
export function countFromOneOption(text: string): number {
  return wholeNumber(text, 1, Number.MAX_SAFE_INTEGER);
}

/** How many seeds each point of a search is run with. */
export function seedsOption(text: string): number {
  return wholeNumber(text, 1, 1000);
}

/** Where to listen: `host:port`, `[::1]:port` or a port of this machine. */
export function listenOption(text: string): { host: string; port: number } {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[\w.-]+):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) throw new InvalidArgumentError("Write it as 127.0.0.1:8123, or 8123.");
  return { host: (match[1] ?? "127.0.0.1").replace(/^\[|\]$/g, ""), port };
}

/** How many times as fast time passes: from a hundredth to a hundred thousand. */
export function scaleOption(text: string): number {
  const scale = /^\d{1,6}(\.\d{1,4})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(scale >= 0.01 && scale <= 100_000)) throw new InvalidArgumentError("It must be a number from 0.01 to 100000.");
  return scale;
}

/** Threads of a search. */
export function jobsOption(text: string): number {
  return wholeNumber(text, 1, 256);
}

/** When a simulation ends: `drained`, or after a length of time. */
export function untilOption(text: string): "drained" | Ticks {
  if (text.trim() === "drained") return "drained";
  try {
    return positiveDurationOption(text);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError) || error.message.startsWith("Did")) throw error;
    throw new InvalidArgumentError("Write drained, or an ISO 8601 duration: PT12H, P1D.");
  }
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = /^[+-]?\d{1,20}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  return value;
}

/** `theirs=$Ours`, once or more: what a metric of another system stands for. */
export function mapOption(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const at = text.lastIndexOf("=");
  if (at <= 0 || !/^\$[A-Za-z]\w*$/.test(text.slice(at + 1)))
    throw new InvalidArgumentError("Write it as name=$Metric, such as queue_length=$PendingTasks (in quotes).");
  return new Map([...before, [text.slice(0, at), text.slice(at + 1)]]);
}

/** `name=5..50/5` or `name=1,5,15`, once or more; gives ranges as the comments of a formula have them: `name 5..50 step 5`. */
export function rangeOption(text: string, before: readonly string[] = []): readonly string[] {
  const match = /^\s*([A-Za-z_]\w*)\s*[= ]\s*(-?[\d.,\s-]+?)(?:\s*(?:\/|step)\s*([\d.]+))?\s*$/.exec(
    text.length > 4000 ? "" : text,
  );
  if (match === null) throw new InvalidArgumentError("Write it as maxNodes=5..50/5, or window=1,5,15.");
  const [, name, values, step] = match;
  return [...before, `${name} ${values.trim()}${step === undefined ? "" : ` step ${step}`}`];
}

const SIZE_UNITS_MB: Readonly<Record<string, number>> = { mb: 1, gb: 1024, tb: 1024 * 1024 };

/** An amount of storage in megabytes, at least one: `500MB`, `20GB`. */
export function megabytesOption(text: string): number {
  const match = /^(\d{1,9}) ?([mgt]b)$/i.exec(text.trim());
  const megabytes = match === null ? 0 : Number(match[1]) * SIZE_UNITS_MB[match[2].toLowerCase()];
  if (megabytes < 1) throw new InvalidArgumentError("Write it as 500MB or 20GB.");
  return megabytes;
}

/** The largest number that a user can have; the one above means none. */
const USER_NUMBER_MAX = 4_294_967_294;

/** Two numbers of users, first and last: `70000-79999`. */
export function userNumbersOption(text: string): [number, number] {
  const match = /^(\d{1,10})-(\d{1,10})$/.exec(text.trim());
  const [first, last] = match === null ? [0, 0] : [Number(match[1]), Number(match[2])];
  if (first < 1 || last < first || last > USER_NUMBER_MAX)
    throw new InvalidArgumentError("Write the first and the last number of users that nobody has, as 70000-79999.");
  return [first, last];
}
