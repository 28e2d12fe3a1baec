/** The world's own row: its instant, its counters and the account's quotas. Settings are the program's and are given anew at every start. */
import type { Quotas } from "../../settings.ts";
import type { World } from "../../world.ts";

/** The instant, the counters and the quotas of a world. */
export interface WorldRow {
  readonly now: number;
  /** Attempts ever made: no id of one is given twice (T-25). */
  readonly attempts: number;
  readonly specials: number;
  /** Auto pools ever made (P-200). */
  readonly pools: number;
  readonly quotas: Quotas;
}

/** The row of a world as it stands. */
export function worldRow(world: World): WorldRow {
  return {
    now: world.now,
    attempts: world.attempts.made,
    specials: world.specialSequence,
    pools: world.poolSequence,
    quotas: world.quotas,
  };
}
