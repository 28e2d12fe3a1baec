/**
 * What became of a sample that was handed to a series. A refusal is an answer, not an exception: samples come from files and agents, and
 * one bad sample must not stop the rest. Every outcome is one shared frozen object, so that recording allocates nothing.
 */

/** The sample is kept; `replaced` when its slot held one already, `offGrid` when its time was moved to the nearest slot. */
export interface SampleAccepted {
  readonly accepted: true;
  readonly replaced: boolean;
  readonly offGrid: boolean;
}

/** The sample is not kept. `reason` is for programs, `message` for people. */
export interface SampleRefused {
  readonly accepted: false;
  readonly reason: "not-finite" | "older-than-retention" | "out-of-range";
  readonly message: string;
}

export type RecordOutcome = SampleAccepted | SampleRefused;

const accepted = (replaced: boolean, offGrid: boolean): SampleAccepted => Object.freeze({ accepted: true, replaced, offGrid });
const refused = (reason: SampleRefused["reason"], message: string): SampleRefused =>
  Object.freeze({ accepted: false, reason, message });

export const RECORDED = accepted(false, false);
export const RECORDED_OFF_GRID = accepted(false, true);
export const REPLACED = accepted(true, false);
export const REPLACED_OFF_GRID = accepted(true, true);

/** NaN and the infinities are no samples; a missing sample is simply not recorded. */
export const NOT_FINITE = refused("not-finite", "a sample must be a finite number");
/** The sample is older than the series keeps, counted back from its newest sample. */
export const OLDER_THAN_RETENTION = refused("older-than-retention", "the sample is older than the history kept");
/** Times are exact within 2^53 ticks (28 years) of the store's first sample; further away they would not be. */
export const OUT_OF_RANGE = refused("out-of-range", "the sample is more than 28 years away from the first one");
