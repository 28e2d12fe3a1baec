/**
 * A task's row, in two texts: what it was made with, which may be kilobytes and is written once, and its state with the attempt that holds slots,
 * which is written at every change and kept short.
 */
import { Attempt, type KillIntent } from "../../attempt.ts";
import type { Job } from "../../job.ts";
import type { Subtask, Subtasks } from "../../subtasks.ts";
import { Task, type TaskState } from "../../task.ts";
import { type DependencyAction, type FailureInfo, outcomeOf } from "../../taskOutcome.ts";
import type { TaskSpec } from "../../taskSpec.ts";
import { fromText, toText } from "../text.ts";
import { nameOf, type NodeFinder, type NodeName } from "./places.ts";

/** Id, instant of creation, spec, and 1 for a job manager. */
type MadeRow = readonly [id: string, creationAt: number, spec: TaskSpec, isManager?: 1];

/** What is as it is for most tasks is left out. */
interface TaskStateRow {
  /** State, the one before, and of a task that came back when it became active. */
  readonly s: TaskState;
  readonly p?: TaskState;
  readonly t?: number;
  /** Attempts made; the node of the last. */
  readonly c?: number;
  readonly n?: NodeName;
  readonly a?: AttemptRow;
  /** Start and end. */
  readonly b?: number;
  readonly e?: number;
  /** How it ended: well (1), or what its dependants do, exit code, failure. */
  readonly r?: 1;
  readonly d?: DependencyAction;
  readonly x?: number;
  readonly f?: FailureInfo;
  readonly retryCount?: number;
  readonly lastRetryAt?: number;
  readonly requeueCount?: number;
  readonly lastRequeueAt?: number;
  readonly recoveryCount?: number;
  /** Parents it waits for. */
  readonly o?: number;
  readonly passedOver?: 1;
  /** Start and end of its subtasks, then node, exit code and failure of each. */
  readonly u?: SubtasksRow;
  /** The task is removed, its attempt has not ended yet. */
  readonly gone?: 1;
}

type SubtasksRow = readonly [
  startAt: number,
  endAt: number,
  ...(readonly [node: NodeName, exitCode: number | null, failure: FailureInfo | null])[],
];

/** The attempt that holds slots. */
interface AttemptRow {
  readonly i: number;
  /** Slots on each node; placed at. */
  readonly s: number;
  readonly c: number;
  readonly k?: KillIntent;
  readonly preparing?: 1;
  /** Node, or nodes of a group, primary first; of these lost ones. Left out: the task's node. */
  readonly node?: NodeName;
  readonly group?: readonly NodeName[];
  readonly lost?: readonly NodeName[];
  readonly failure?: FailureInfo;
}

/** Makes the text of what tasks were made with. Tasks of a collection may share one spec: its text is made once for all that come one after the other. */
export class MadeTexts {
  private spec: TaskSpec | undefined;
  private text = "";

  of({ id, creationAt, spec, kind }: Task): string {
    if (spec !== this.spec) {
      this.text = toText(spec);
      this.spec = spec;
    }
    // The spec is last but for the mark, so that a reader can cut it out without reading it.
    return `[${JSON.stringify(id)},${creationAt},${this.text}${kind === "manager" ? ",1" : ""}]`;
  }
}

const flag = (is: boolean): 1 | undefined => (is ? 1 : undefined);

/** The second text of a task: its state, as short as it can be, since it is written at every change. */
export function stateText(task: Task): string {
  const { attempt, node, outcome, state, stateTransitionAt } = task;
  const well = outcome !== undefined && outcome === outcomeOf(0, undefined, "satisfy");
  const row = {
    s: state,
    p: task.previousState,
    t: state === "active" && stateTransitionAt !== task.creationAt ? stateTransitionAt : undefined,
    c: task.attemptCount || undefined,
    n: node === undefined ? undefined : nameOf(node),
    a: attempt === undefined ? undefined : attemptRow(attempt),
    b: task.startAt,
    e: task.endAt,
    r: flag(well),
    d: well ? undefined : outcome?.dependencyAction,
    x: well ? undefined : outcome?.exitCode,
    f: outcome?.failure,
    retryCount: task.retryCount || undefined,
    lastRetryAt: task.lastRetryAt,
    requeueCount: task.requeueCount || undefined,
    lastRequeueAt: task.lastRequeueAt,
    recoveryCount: task.recoveryCount || undefined,
    o: task.openDependencies || undefined,
    passedOver: flag(task.passedOver),
    u: task.subtasks === undefined ? undefined : subtasksRow(task.subtasks),
    gone: flag(task.gone),
  };
  return JSON.stringify(row satisfies { readonly [name in keyof Required<TaskStateRow>]: unknown });
}

function subtasksRow({ startAt, endAt, ended }: Subtasks): SubtasksRow {
  return [
    startAt,
    endAt,
    ...ended.map(({ node, exitCode, failure }) => [nameOf(node), exitCode ?? null, failure ?? null] as const),
  ];
}

function subtasksAt([startAt, endAt, ...ended]: SubtasksRow, nodes: NodeFinder): Subtasks {
  const subtask = ([node, exitCode, failure]: (typeof ended)[number]): Subtask => ({
    node: nodes.find(node),
    exitCode: exitCode ?? undefined,
    failure: failure ?? undefined,
  });
  return { startAt, endAt, ended: ended.map(subtask) };
}

function attemptRow(attempt: Attempt): AttemptRow {
  const { group, node, task, lostNodes } = attempt;
  return {
    i: attempt.id,
    s: attempt.slots,
    c: attempt.placedAt,
    k: attempt.kill,
    preparing: flag(attempt.preparing),
    node: node === task.node ? undefined : nameOf(node),
    group: group?.map(nameOf),
    lost: lostNodes?.map(nameOf),
    failure: attempt.failure,
  } as AttemptRow;
}

/** Reads tasks. Equal specs that come one after the other become one object again. */
export class TaskReader {
  private readonly nodes: NodeFinder;
  private textBefore: string | undefined;
  private specBefore: TaskSpec | undefined;

  constructor(nodes: NodeFinder) {
    this.nodes = nodes;
  }

  /** The task of a row, in no map or queue yet. */
  read(job: Job, number: number, made: string, state: string): Task {
    const [id, creationAt, spec, isManager] = this.made(made);
    return withState(new Task(job, id, number, isManager === 1 ? "manager" : "user", spec, creationAt), state, this.nodes);
  }

  private made(made: string): MadeRow {
    // An id has no comma, so the spec begins behind the second one.
    const begin = made.indexOf(",", made.indexOf(",") + 1) + 1;
    const text = made.slice(begin);
    if (text === this.textBefore && this.specBefore !== undefined) {
      const [id, creationAt] = JSON.parse(`${made.slice(0, begin - 1)}]`) as [string, number];
      return [id, creationAt, this.specBefore];
    }
    const row = fromText(made) as MadeRow;
    // A manager's text ends with its mark; there is one in a job, and nobody shares its spec.
    this.textBefore = row[3] === 1 ? undefined : text;
    this.specBefore = row[2];
    return row;
  }
}

function withState(task: Task, state: string, nodes: NodeFinder): Task {
  const row = JSON.parse(state) as TaskStateRow;
  task.state = row.s;
  if (row.t !== undefined) task.stateTransitionAt = row.t;
  task.previousState = row.p;
  task.attemptCount = row.c ?? 0;
  if (row.n !== undefined) task.node = nodes.find(row.n);
  task.startAt = row.b;
  task.endAt = row.e;
  if (row.r === 1) task.outcome = outcomeOf(0, undefined, "satisfy");
  else if (row.d !== undefined) task.outcome = outcomeOf(row.x, row.f, row.d);
  task.retryCount = row.retryCount ?? 0;
  task.lastRetryAt = row.lastRetryAt;
  task.requeueCount = row.requeueCount ?? 0;
  task.lastRequeueAt = row.lastRequeueAt;
  task.recoveryCount = row.recoveryCount ?? 0;
  task.openDependencies = row.o ?? 0;
  task.passedOver = row.passedOver === 1;
  if (row.u !== undefined) task.subtasks = subtasksAt(row.u, nodes);
  task.gone = row.gone === 1;
  if (row.a !== undefined) task.attempt = attemptOf(task, row.a, nodes);
  return task;
}

function attemptOf(task: Task, row: AttemptRow, nodes: NodeFinder): Attempt {
  const group = row.group?.map((name) => nodes.find(name));
  const node = row.node === undefined ? task.node! : nodes.find(row.node);
  const attempt = new Attempt(row.i, task, node, group, row.s, row.c);
  attempt.kill = row.k;
  attempt.preparing = row.preparing === 1;
  attempt.failure = row.failure;
  attempt.lostNodes = row.lost?.map((name) => nodes.find(name));
  return attempt;
}
