/** What the parts of restoring share: rows that were read, and how trouble with one of them is told. */
import type { Job } from "../job.ts";
import type { JobSchedule } from "../jobSchedule.ts";
import type { ComputeNode } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { JobRow, JobScheduleRow } from "./rows/jobs.ts";
import type { NodeRow } from "./rows/nodes.ts";
import type { PoolRow } from "./rows/pools.ts";
import { RestoreError } from "./restoreError.ts";
import type { Table } from "./tables.ts";

export { RestoreError } from "./restoreError.ts";

/** Rows that are needed a second time, when what they name is there. */
export interface ReadRows {
  readonly pools: Map<Pool, PoolRow>;
  readonly schedules: Map<JobSchedule, JobScheduleRow>;
  readonly jobs: Map<Job, JobRow>;
  readonly nodes: Map<ComputeNode, NodeRow>;
  /** Instant of the newest sample. */
  readonly sampledAt: Map<Pool, number>;
}

/** Runs `read`; whatever goes wrong in it is told with the row's place. */
export function reading<T>(table: Table | "world" | "task" | "run" | "sample", key: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RestoreError ? error : new RestoreError(table, key, error);
  }
}
