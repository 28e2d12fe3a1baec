/**
 * Entity tags: `0x` and sixteen digits at most, of the instant of the last change in ticks of 100 ns since the year 1, as the service makes them. Changes
 * within one millisecond are told apart by the number of the change, so no two versions of an entity share a tag. The same string goes into header and body.
 */
import type { Job } from "../../core/job.ts";
import type { JobSchedule } from "../../core/jobSchedule.ts";
import type { Pool } from "../../core/pool.ts";
import type { Task } from "../../core/task.ts";

/** Milliseconds from 0001-01-01 to 1970-01-01. */
const EPOCH_MS = 62_135_596_800_000;

/** Tag and time of the last change of an entity. */
export interface Version {
  readonly eTag: string;
  /** Milliseconds since 1970. */
  readonly lastModifiedAt: number;
}

/** The tag of the n-th version of something, made at an instant. */
export function entityTag(at: number, changeNumber: number): string {
  const ticks = BigInt(Math.floor(at) + EPOCH_MS) * 10_000n + BigInt(changeNumber % 10_000);
  return `0x${ticks.toString(16).toUpperCase()}`;
}

/** Version of a pool, job or schedule: moves with its own properties, not with what happens to its nodes, jobs or tasks (P-24, J-11). */
export function versionOf(entity: Pool | Job | JobSchedule): Version {
  return { eTag: entityTag(entity.lastModifiedAt, entity.changeNumber), lastModifiedAt: entity.lastModifiedAt };
}

/** Version of a task: moves with an update of its constraints, not with its state. */
export function taskVersion(task: Task): Version {
  const lastModifiedAt = task.spec.modifiedAt ?? task.creationAt;
  return { eTag: entityTag(lastModifiedAt, task.spec.changeNumber ?? 1), lastModifiedAt };
}
