/**
 * What samples and statistics of samples are called in a sentence: "the last 6 samples of $PendingTasks", "the average of …". The reader is
 * someone whose pool has the wrong size; so names are the formula's own, and times are lengths before the evaluation.
 */
import type { WindowRead } from "./windows.ts";
import { counted, durationInWords, nth, ordinal, percentText, stretchInWords } from "./texts.ts";

/** The samples of a window: `the last 6 samples of $M`, `the 5 samples of $M in the last 30 minutes`. */
export function windowNoun(window: WindowRead): string {
  const { metric, found } = window;
  if (window.kind === "last") {
    if (found === 0) return window.asked === 0 ? `none of the samples of ${metric}` : `no visible samples of ${metric}`;
    if (found === 1) return window.asked === 1 ? `the latest sample of ${metric}` : `the only sample of ${metric}`;
    return found === window.asked ? `the last ${found} samples of ${metric}` : `the only ${found} samples of ${metric}`;
  }
  const stretch = stretchNoun(window);
  if (found === 0) return `no samples of ${metric} ${stretch}`;
  return found === 1 ? `the only sample of ${metric} ${stretch}` : `the ${found} samples of ${metric} ${stretch}`;
}

/** `in the last 30 minutes`, `from 1 hour to 30 minutes ago`. */
function stretchNoun(window: WindowRead): string {
  const older = window.older ?? 0;
  const newer = window.newer ?? 0;
  if (newer < 0) return `from ${window.from} to ${window.to}`;
  if (newer === 0) return older === 0 ? "in no time at all" : `in the last ${stretchInWords(older)}`;
  return `from ${durationInWords(older)} to ${durationInWords(newer)} ago`;
}

/** `5 of 6 samples of $M exist in the last 30 minutes`, with `only` where that is too few. */
export function shareNoun(window: WindowRead, tooFew: boolean): string {
  const { found, slots, metric } = window;
  const whole = Math.max(slots ?? 0, found);
  if (found === 0) return `none of the ${counted(whole, "expected sample")} of ${metric} ${stretchNoun(window)} exists`;
  const exist = found === 1 ? "exists" : "exist";
  return `${tooFew ? "only " : ""}${found} of ${counted(whole, "expected sample")} of ${metric} ${stretchNoun(window)} ${exist}`;
}

/** `83.3% of 6 expected samples…` for the percentage of a window. */
export function percentNoun(window: WindowRead): string {
  return `the share of samples of ${window.metric} that exist ${stretchNoun(window)} (${percentText(window.percent ?? 0)}%, ${window.found} of ${window.slots})`;
}

const statistics: Readonly<Record<string, string>> = Object.freeze({
  avg: "the average of",
  sum: "the sum of",
  min: "the smallest of",
  max: "the largest of",
  len: "the number of values in",
  range: "the range of",
  norm: "the Euclidean length of",
  std: "the standard deviation of",
});

/** Whether `statisticNoun` has words for a function of one list. */
export function isStatistic(name: string): boolean {
  return Object.hasOwn(statistics, name);
}

/** `the average of …`, for a function of a list; of a single sample most statistics are the sample itself. */
export function statisticNoun(name: string, what: string, count: number): string {
  return count === 1 && ["avg", "sum", "min", "max"].includes(name) ? what : `${statistics[name]} ${what}`;
}

/** `the 95th percentile of …`. */
export function percentileNoun(percentage: number, what: string): string {
  return `the ${nth(percentage)} percentile of ${what}`;
}

/** What `val` picks. */
export function elementNoun(index: number, what: string): string {
  const whole = Math.trunc(index);
  return whole >= 0 && whole < 9 ? `the ${ordinal(whole)} of ${what}` : `element ${whole} of ${what}`;
}

/** `rounded up from`, … for the rounding functions; undefined for others. */
export function roundingNoun(name: string): string | undefined {
  return name === "ceil"
    ? "rounded up from"
    : name === "floor"
      ? "rounded down from"
      : name === "round"
        ? "rounded from"
        : undefined;
}
