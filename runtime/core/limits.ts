/**
 * Fixed, documented limits of the service's entities, with unit and rule. What an account or this project may choose is in `settings.ts`;
 * limits of formulas are in `src/base/limits.ts`.
 */
import type { Limit } from "../../src/base/limits.ts";

const limit = (value: number, unit: string, source: string): Limit =>
  Object.freeze({ value, unit, source, sure: "documented" });

/** Longest id of a pool, job, schedule or task (L-20). */
export const idLengthMax = limit(64, "characters", "L-20");
/** Longest prefix of an auto pool's id (P-200). */
export const autoPoolPrefixLengthMax = limit(20, "characters", "P-200");
/** Most slots of a node, and slots per core of its size (P-10). */
export const slotsPerNodeMax = limit(256, "slots", "P-10");
export const slotsPerCoreMax = limit(4, "slots", "P-10");
/** Most nodes named by one remove call (P-49). */
export const removeNodesMax = limit(100, "nodes", "P-49");
/** Most tasks in one add-collection call (T-02). */
export const taskCollectionMax = limit(100, "tasks", "T-02");
/** Smallest and largest priority of a job (J-03). */
export const priorityMin = limit(-1000, "priority", "J-03");
export const priorityMax = limit(1000, "priority", "J-03");
/** Longest run of a release task (J-66). */
export const releaseWallClockMsMax = limit(900_000, "milliseconds", "J-66");
/** Characters of all ids a task depends on (T-44). */
export const dependencyIdsLengthMax = limit(64_000, "characters", "T-44");
/** Most id ranges a task may depend on (T-44). The number is assumed; the code is documented. */
export const dependencyRangesMax = limit(1000, "ranges", "T-44");
/** Smallest recurrence interval and start window (S-04). */
export const recurrenceMsMin = limit(60_000, "milliseconds", "S-04");

/**
 * Whether a text may be an id: letters, digits, hyphen, underscore, 1 to 64 of them (L-20). A loop over the characters: it is asked of every task,
 * and costs a fraction of what a regular expression does.
 */
export function isId(text: unknown): text is string {
  if (typeof text !== "string" || text.length === 0 || text.length > idLengthMax.value) return false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const letter = (unit | 32) >= 97 && (unit | 32) <= 122;
    const digit = unit >= 48 && unit <= 57;
    if (!letter && !digit && unit !== 45 && unit !== 95) return false;
  }
  return true;
}

/** Ids are compared without case (L-20): the form under which maps keep them. A text that is no id has none, and is found under none. */
export function idKey(id: string): string {
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    if (unit >= 65 && unit <= 90) return id.toLowerCase();
  }
  return id;
}
