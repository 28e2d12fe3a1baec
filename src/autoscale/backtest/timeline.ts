/**
 * The evaluations of a back-test: when they happen, and where each formula's answers go. Evaluations lie on the grid start + n x interval
 * (rule 6.2). Answers are columns, a number a step, because histories are long.
 */
import { evaluationIntervalMs } from "../../base/limits.ts";
import {
  INSTANT_MAX,
  INSTANT_MIN,
  instantText,
  parseDuration,
  parseInstant,
  TICKS_PER_MS,
  type Ticks,
} from "../../base/time.ts";
import type { MetricStore } from "../../metrics/index.ts";

/** Most evaluations of one back-test; a longer one is a mistake in its options. */
const STEPS_MAX = 50_000_000;

/** When a back-test evaluates. Step i is at `from + i x interval`, the last one at `to` or less than an interval before it. */
export interface Timeline {
  readonly from: Ticks;
  readonly to: Ticks;
  /** Ticks between two evaluations, a whole number. */
  readonly interval: number;
  readonly steps: number;
}

/** The stretch of a history to evaluate over; everything but the store has a default. */
export interface TimelineOptions {
  readonly store: MetricStore;
  /** First and last instant, ticks or ISO 8601 text; default the oldest and the newest sample in the store. `to` itself is evaluated if it lies on the grid. */
  readonly from?: Ticks | string;
  readonly to?: Ticks | string;
  /** Ticks or an ISO 8601 duration; default 15 minutes (rule 6.1). The service takes 5 minutes to 168 hours; a back-test any above 0. */
  readonly interval?: Ticks | string;
}

/** The instant of a step. */
export function instantOfStep(timeline: Timeline, step: number): Ticks {
  return timeline.from + BigInt(timeline.interval) * BigInt(step);
}

/** RangeError for options that cannot be: no samples and no instants, `to` before `from`, an interval that is none. */
export function timelineOf(options: TimelineOptions): Timeline {
  const from = instant("from", options.from, options.store.firstSampleTime());
  const to = instant("to", options.to, options.store.lastSampleTime());
  const interval = typeof options.interval === "string" ? parseDuration(options.interval) : options.interval;
  if (interval === undefined && options.interval !== undefined)
    throw new RangeError(`interval: not an ISO 8601 duration: ${String(options.interval).slice(0, 80)}`);
  const ticks = interval ?? BigInt(evaluationIntervalMs.value) * TICKS_PER_MS;
  if (ticks <= 0n || ticks > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError("interval: must be above 0 and at most 28 years");
  if (to < from) throw new RangeError(wrongEnds(options, from, to));
  const steps = (to - from) / ticks + 1n;
  if (steps > BigInt(STEPS_MAX))
    throw new RangeError(`a back-test of ${steps} evaluations is too long: at most ${STEPS_MAX}; choose a longer interval`);
  return { from, to, interval: Number(ticks), steps: Number(steps) };
}

/** Names the end that was given, not the one that the history gave. */
function wrongEnds(options: TimelineOptions, from: Ticks, to: Ticks): string {
  if (options.to === undefined) return `from: must not lie after the newest sample, ${instantText(to)}`;
  if (options.from === undefined) return `to: must not lie before the oldest sample, ${instantText(from)}`;
  return "to: must not lie before from";
}

function instant(name: string, given: Ticks | string | undefined, otherwise: Ticks | undefined): Ticks {
  const found = typeof given === "string" ? parseInstant(given) : (given ?? otherwise);
  if (found === undefined) {
    throw new RangeError(
      given === undefined
        ? `${name}: the store has no samples, so the instant must be given`
        : `${name}: not a time: ${String(given).slice(0, 80)}`,
    );
  }
  if (found < INSTANT_MIN || found > INSTANT_MAX) throw new RangeError(`${name}: must lie in the years 0001 to 9999`);
  return found;
}

/** How a step ended, as stored in `failed`; 0 is well. Codes of rule 6.9. */
export const failureCodes = ["", "InsufficientSampleData", "AutoScalingFormulaEvaluationError"] as const;
/** Places in `failureCodes`. */
export const INSUFFICIENT = 1;
/** The other place in `failureCodes`. */
export const EVALUATION_ERROR = 2;

/** One formula's answers: a place a step, filled from the front; targets fit into 31 bits (rule 8.25). Targets are those after the step; a failed step keeps the former (rule 6.10). */
export interface TargetColumns {
  readonly targetDedicated: Int32Array;
  readonly targetLowPriority: Int32Array;
  /** 0 for a run that went well, else an index into `failureCodes`. */
  readonly failed: Uint8Array;
}

/** Columns for so many steps, all zero. */
export function targetColumns(steps: number): TargetColumns {
  return { targetDedicated: new Int32Array(steps), targetLowPriority: new Int32Array(steps), failed: new Uint8Array(steps) };
}
