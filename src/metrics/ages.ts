/**
 * Lengths of time before a `now`, measured once in sample periods and used at every `now`. A window (now - older, now - newer] turns
 * into slot numbers by whole-number arithmetic on doubles:
 *
 *     slot x period <= now - age      <=>      slot <= nowSlot - age.slots - (nowRest < age.rest ? 1 : 0)
 *
 * where now = nowSlot x period + nowRest. Where all ages are whole periods there is nothing to carry, and small integers do.
 */

/** Slots within the first are near; ages are cut at the second. What is near minus what is near minus an age is a small integer. */
const NEAR_MAX = 2 ** 27;
const AGE_MAX = 2 ** 29;

/** Whether a slot lies so near the epoch that small integers do; false for NaN. */
export function isNear(slot: number): boolean {
  return slot > -NEAR_MAX && slot < NEAR_MAX;
}

/** Whole periods in an age in ticks, which may be infinite or negative. */
export function slotsOfAge(age: number, period: number): number {
  return Number.isFinite(age) ? Math.floor(age / period) : age;
}

/** The rest to `slotsOfAge`, in [0, period). */
export function restOfAge(age: number, period: number): number {
  return Number.isFinite(age) ? age - Math.floor(age / period) * period : 0;
}

/** One length of time. */
export class Age {
  readonly slots: number = Number.NaN;
  readonly rest: number = Number.NaN;
  /** `slots` cut to what small integers hold: beyond it a window ends behind any sample. */
  readonly steps: number = 0;

  constructor(age: number, period: number) {
    this.slots = slotsOfAge(age, period);
    this.rest = restOfAge(age, period);
    this.steps = Math.max(-AGE_MAX, Math.min(AGE_MAX, this.slots)) | 0;
  }
}

/** The two ends of a window, shared by all who ask for the same one. */
export class Span {
  readonly older: number = Number.NaN;
  readonly newer: number = Number.NaN;
  /** True when both ends, the delay and the history are whole numbers of periods; then oldest and newest hold. */
  readonly isWhole: boolean = false;
  /** Steps back from the slot of `now` to the last one before the window, and to its last one, as far as samples are visible. */
  readonly oldest: number = 0;
  readonly newest: number = 0;
  /** How many slots the window has, at least 1 (rule 5.18). */
  readonly wantedSlots: number = Number.NaN;
  readonly olderAge: Age;
  readonly newerAge: Age;

  constructor(older: number, newer: number, period: number, delay: Age, history: Age) {
    this.older = older;
    this.newer = newer;
    this.olderAge = new Age(older, period);
    this.newerAge = new Age(newer, period);
    this.isWhole = this.olderAge.rest === 0 && this.newerAge.rest === 0 && delay.rest === 0 && history.rest === 0;
    this.oldest = Math.min(this.olderAge.steps, history.steps);
    this.newest = Math.max(this.newerAge.steps, delay.steps);
    this.wantedSlots = Math.max(1, Math.floor((older - newer) / period));
  }
}
