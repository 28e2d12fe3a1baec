/**
 * GetSample and GetSamplePercent as every executor means them: arguments to a window, and the verdict on its percentage (rules 5.1 to 5.10, 8.2,
 * 8.29). The cursor belongs to the environment; here is only what the language adds.
 */
import type { Ticks } from "../../base/time.ts";
import type { SampleCursor } from "../environment.ts";
import { Fault } from "../values/fault.ts";
import { doubleText } from "../values/text.ts";
import { type Timeinterval, Timestamp, type Value } from "../values/value.ts";

/** How long before `now` an end of a window lies, in ticks as a double; a timeinterval is that already (rule 5.4). */
export function ticksBefore(value: Value, now: Ticks): number {
  return Number(value instanceof Timestamp ? now - value.ticks : (value as Timeinterval).ticks);
}

/** Aims the cursor at the samples between two ends, in either order (rule 5.3). */
export function aimBetween(cursor: SampleCursor, a: number, b: number): void {
  if (a >= b) cursor.before(a, b);
  else cursor.before(b, a);
}

/** Aims the cursor at the most recent samples: the count is cut to a whole number, below 1 or NaN means none (rule 8.29). */
export function aimLast(cursor: SampleCursor, count: number): void {
  const whole = Math.trunc(count);
  cursor.last(whole >= 1 ? whole : 0);
}

/** Fails the run when fewer samples exist than wanted; compared unrounded, printed with R rounded, halves up (rules 5.7, 5.8, 8.29). */
export function checkPercent(cursor: SampleCursor, metric: string, wanted: number): void {
  if (cursor.percent < wanted) throw insufficientData(cursor.percent, metric, wanted);
}

function insufficientData(received: number, metric: string, wanted: number): Fault {
  return new Fault("insufficient-data", { metric, wanted: doubleText(wanted), received: String(Math.floor(received + 0.5)) });
}
