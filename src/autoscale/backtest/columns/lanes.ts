/**
 * What became of each step of a block while its columns were computed, and which steps a part of a formula is about. A step whose answer the
 * columns cannot give, or give only in part, is marked to be run again alone; so the columns need to know every common case and no rare one.
 */
import { EVALUATION_ERROR, INSUFFICIENT } from "../timeline.ts";
import { BLOCK } from "./column.ts";

/** A step that went well so far, one that failed (as in `TargetColumns.failed`), one to run again alone. */
export const WELL = 0;
export { EVALUATION_ERROR, INSUFFICIENT };
/** To be run again alone. */
export const AGAIN = 3;

/** Steps that a branch is about: 1 for those that take it; undefined for all. */
export type Mask = Uint8Array | undefined;

/** The fate of each step. The first mark of a step stays: what a run does after it failed does not matter. */
export class Fates {
  readonly fates: Uint8Array = new Uint8Array(BLOCK);
  /** False while all steps went well. */
  isMarked = false;
  /** Steps in the block. */
  count = 0;

  begin(count: number): void {
    this.count = count;
    if (this.isMarked) this.fates.fill(WELL);
    this.isMarked = false;
  }

  /** Marks every step of the mask. */
  mark(mask: Mask, fate: number): void {
    for (let i = 0; i < this.count; i++) if (mask === undefined || mask[i] === 1) this.markStep(i, fate);
  }

  markStep(step: number, fate: number): void {
    if (this.fates[step] !== WELL) return;
    this.fates[step] = fate;
    this.isMarked = true;
  }
}
