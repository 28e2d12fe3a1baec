/**
 * Times as columns of doubles: a timestamp is its ticks after the back-test's first step, a timeinterval its ticks. Whole numbers up to 2^53 are
 * exact, 28 years either way; a step whose times go further is run again alone, where they are exact at any size (rule 8.28).
 */
import { floorDivide, TICKS_PER_DAY, type Ticks } from "../../../base/time.ts";
import { memberValue } from "../../../language/builtins/index.ts";
import type { MemberInstruction } from "../../../language/ir.ts";
import type { Semantics } from "../../../language/semantics.ts";
import { Timeinterval, type Timestamp } from "../../../language/values/value.ts";
import type { Column } from "./column.ts";
import { AGAIN, type Fates, type Mask } from "./lanes.ts";

const EXACT_MAX = Number.MAX_SAFE_INTEGER;
const DAY = Number(TICKS_PER_DAY);

/** A constant as a column holds it; undefined where that would not be exact. */
export function timeAsDouble(value: Timestamp | Timeinterval, from: Ticks): number | undefined {
  const ticks = value instanceof Timeinterval ? value.ticks : value.ticks - from;
  return ticks >= -BigInt(EXACT_MAX) && ticks <= BigInt(EXACT_MAX) ? Number(ticks) : undefined;
}

/** Marks the steps whose time is no longer exact, NaN included. */
export function guardTimes(column: Column, fates: Fates, mask: Mask): void {
  if (column.isUniform) {
    if (!(Math.abs(column.uniform) <= EXACT_MAX)) fates.mark(mask, AGAIN);
    return;
  }
  const lanes = column.lanes(fates.count);
  for (let i = 0; i < fates.count; i++) {
    if (!(Math.abs(lanes[i]) <= EXACT_MAX) && (mask === undefined || mask[i] === 1)) fates.markStep(i, AGAIN);
  }
}

/** Rounds to whole ticks, halves away from zero (rule 8.28). */
export function roundTimes(column: Column, count: number): void {
  if (column.isUniform) {
    column.setUniform(nearestTick(column.uniform));
    return;
  }
  const from = column.lanes(count);
  const to = column.write();
  for (let i = 0; i < count; i++) to[i] = nearestTick(from[i]);
}

function nearestTick(exact: number): number {
  const whole = Math.trunc(exact);
  return Math.abs(exact - whole) >= 0.5 ? whole + Math.sign(exact) : whole;
}

const units: Readonly<Partial<Record<MemberInstruction["member"], readonly [size: number, count: number]>>> = {
  hour: [36e9, 24],
  minute: [6e8, 60],
  second: [1e7, 60],
};

/** dst ← this member of the timestamps, in UTC. The calendar is asked once a day; hours, minutes and seconds are plain division. */
export function timeMember(
  dst: Column,
  timestamps: Column,
  member: MemberInstruction["member"],
  from: Ticks,
  semantics: Semantics,
  count: number,
): void {
  const firstDay = floorDivide(from, TICKS_PER_DAY);
  const inFirstDay = Number(from - firstDay * TICKS_PER_DAY);
  const ticks = timestamps.lanes(count);
  const to = dst.write();
  const unit = units[member];
  let knownDay = Number.NaN;
  let ofDay = 0;
  for (let i = 0; i < count; i++) {
    const since = inFirstDay + ticks[i];
    let day = Math.floor(since / DAY);
    let inDay = since - day * DAY;
    // The quotient is rounded before it is floored.
    if (inDay < 0) {
      day--;
      inDay += DAY;
    } else if (inDay >= DAY) {
      day++;
      inDay -= DAY;
    }
    if (Number.isNaN(day)) to[i] = Number.NaN;
    else if (unit !== undefined) to[i] = Math.floor(inDay / unit[0]) % unit[1];
    else {
      if (day !== knownDay) {
        ofDay = memberValue(member, (firstDay + BigInt(day)) * TICKS_PER_DAY, semantics);
        knownDay = day;
      }
      to[i] = ofDay;
    }
  }
}
