/**
 * A node's two rows: one for what changes with every task it runs, kept short, and one for its start task. What its attempts and special runs tell
 * (slots, managers, emptiness) is in neither, nor are retained directories, which the tasks' rows tell.
 */
import { ComputeNode, type Drain, type NodeError, type NodeState, type StartTaskInfo, type StartTaskSpec } from "../../node.ts";
import type { Pool } from "../../pool.ts";

/** What is as it is for most nodes is left out. */
export interface NodeRow {
  /** Its id, place and allocation; 1 for a dedicated one. */
  readonly i: string;
  readonly p: number;
  readonly c: number;
  readonly d?: 1;
  /** State, since when, and the number of the change. */
  readonly s: NodeState;
  readonly t: number;
  readonly n: number;
  /** Last boot. */
  readonly b?: number;
  /** Scheduling is disabled. */
  readonly x?: 1;
  readonly drain?: Drain;
  readonly before?: NodeState;
  readonly awaitsUpgrade?: 1;
  readonly awaitsReplacement?: 1;
  readonly errors?: readonly NodeError[];
  readonly wipedAt?: number;
  /** Tasks run, and of these succeeded. */
  readonly r?: number;
  readonly k?: number;
  /** Recent tasks, newest last: key of the job, sequence number and instant of creation, in turn. */
  readonly q?: readonly (string | number)[];
}

/** The start task that a node has run, or is running, and how that went. */
export interface StartTaskRow {
  readonly spec: StartTaskSpec;
  readonly info?: StartTaskInfo;
}

const flag = (is: boolean): 1 | undefined => (is ? 1 : undefined);

/** The row of a node as it stands. */
export function nodeRow(node: ComputeNode): NodeRow {
  return {
    i: node.id,
    p: node.place,
    c: node.allocationAt,
    d: flag(node.isDedicated),
    s: node.state,
    t: node.stateTransitionAt,
    n: node.stateNumber,
    b: node.lastBootAt,
    x: flag(node.schedulingState === "disabled"),
    drain: node.drain,
    before: node.stateBeforeUnknown,
    awaitsUpgrade: flag(node.awaitsUpgrade),
    awaitsReplacement: flag(node.awaitsReplacement),
    errors: node.errors.length > 0 ? node.errors : undefined,
    wipedAt: node.wipedAt,
    r: node.totalTasksRun || undefined,
    k: node.totalTasksSucceeded || undefined,
    q: recentOf(node),
  } as NodeRow;
}

function recentOf(node: ComputeNode): (string | number)[] | undefined {
  if (node.recentTasks.length === 0) return undefined;
  const recent: (string | number)[] = [];
  for (const task of node.recentTasks) if (!task.gone) recent.push(task.job.key, task.sequence, task.creationAt);
  return recent.length === 0 ? undefined : recent;
}

/** The node of a row, not yet in its pool's maps and counts, without its recent tasks. */
export function nodeOf(pool: Pool, row: NodeRow): ComputeNode {
  const node = new ComputeNode(pool, row.i, row.p, row.d === 1, row.c);
  node.state = row.s;
  node.stateTransitionAt = row.t;
  node.stateNumber = row.n;
  node.lastBootAt = row.b;
  node.schedulingState = row.x === 1 ? "disabled" : "enabled";
  node.drain = row.drain;
  node.stateBeforeUnknown = row.before;
  node.awaitsUpgrade = row.awaitsUpgrade === 1;
  node.awaitsReplacement = row.awaitsReplacement === 1;
  node.errors = row.errors ?? [];
  node.wipedAt = row.wipedAt;
  node.totalTasksRun = row.r ?? 0;
  node.totalTasksSucceeded = row.k ?? 0;
  return node;
}

/** The row of a node's start task; undefined when it has none. */
export function startTaskRow(node: ComputeNode): StartTaskRow | undefined {
  if (node.startTask === undefined) return undefined;
  return { spec: node.startTask, ...(node.startTaskInfo === undefined ? {} : { info: node.startTaskInfo }) };
}

/** Gives the node the start task of its row. */
export function readStartTask(node: ComputeNode, { spec, info }: StartTaskRow): void {
  node.startTask = spec;
  if (info === undefined) return;
  node.startTaskInfo = {
    state: info.state,
    startAt: info.startAt,
    endAt: info.endAt,
    exitCode: info.exitCode,
    failure: info.failure,
    retryCount: info.retryCount,
    lastRetryAt: info.lastRetryAt,
    result: info.result,
  };
}
