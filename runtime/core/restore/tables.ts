/**
 * The shape in which a world is stored: tables of JSON texts. What changes often is kept apart from what is large and hardly ever changes, so that
 * a step rewrites few bytes. The texts are made in `rows/*.ts` and read again by `restore.ts`; a store moves them and looks into none.
 *
 * | table | key | body |
 * |---|---|---|
 * | `pool` | pool | properties, targets, resize, requests, autoscale settings |
 * | `node` | pool/node | state, drain, counters |
 * | `startTask` | pool/node | start task it ran, and how that went |
 * | `jobSchedule` | schedule | properties, due time |
 * | `job` | job | properties, state |
 * | `special` | job/kind/pool/node/allocation | the latest preparation or release run there |
 * | `forgotten` | job/task | a task that once satisfied its dependants and does not any more (T-43) |
 * | `tally` | p/pool, j/job | numbers that change with every task: finished tasks, the last sequence number |
 *
 * Keys are ids without case (L-20). Rows of a pool or job go when it goes.
 */

/** Tables of key and body, in the order in which they are read. */
export const tables = ["pool", "node", "startTask", "jobSchedule", "job", "special", "forgotten", "tally"] as const;

/** Name of a table of key and body. */
export type Table = (typeof tables)[number];

/** A row that is new, replaced (its place in the order of the table stays) or, without a body, removed. */
export interface RowChange {
  readonly table: Table;
  readonly key: string;
  readonly body: string | undefined;
}

/** A task's row. `made` is what never or hardly ever changes and is only given when it did; no `state`: the row goes. */
export interface TaskChange {
  /** Key of its job. */
  readonly job: string;
  /** Its sequence number in the job. */
  readonly number: number;
  readonly made: string | undefined;
  readonly state: string | undefined;
}

/** One autoscale run of a pool; of older numbers only `kept` stay. */
export interface RunRow {
  readonly pool: string;
  readonly number: number;
  readonly body: string;
  readonly kept: number;
}

/** One sample of every metric of a pool, `[name, value, …]`; samples before `keptFrom` are not needed any more. */
export interface SampleRow {
  readonly pool: string;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly values: string;
  readonly keptFrom: number;
}

/** What of a world changed, to be written in this order. */
export interface WorldChanges {
  /** Counters of the whole world. */
  readonly world: string;
  /** Pools that are gone, with all rows under `pool/`, their runs, samples and tallies. */
  readonly poolsGone: readonly string[];
  /** Jobs that are gone, with their tasks, special runs, tallies. */
  readonly jobsGone: readonly string[];
  /** Removals stand before everything else. */
  readonly rows: readonly RowChange[];
  readonly tasks: readonly TaskChange[];
  readonly runs: readonly RunRow[];
  readonly samples: readonly SampleRow[];
}

/** A task's row as it is read. */
export interface TaskRow {
  readonly job: string;
  readonly number: number;
  readonly made: string;
  readonly state: string;
}

/**
 * A whole world as it is read: rows of each table in the order in which they were first written, tasks by job and number. What can be walked may be
 * read from the store only then: before its next commit.
 */
export interface StoredWorld {
  readonly world: string;
  readonly rows: Readonly<Record<Table, readonly { readonly key: string; readonly body: string }[]>>;
  readonly tasks: Iterable<TaskRow>;
  /** By pool and number. */
  readonly runs: Iterable<{ readonly pool: string; readonly body: string }>;
  /** By pool and instant. */
  readonly samples: Iterable<{ readonly pool: string; readonly at: number; readonly values: string }>;
}
