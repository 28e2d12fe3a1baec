/**
 * A task: its states, and the counters of the three ways to come back: retry, requeue and recovery (T-01 to T-60). The preparation and release tasks of a job are not tasks in this sense; a job manager is.
 */
import type { Attempt } from "./attempt.ts";
import type { Job } from "./job.ts";
import { Machine } from "./machine.ts";
import type { ComputeNode } from "./node.ts";
import type { Lane } from "./schedule/lane.ts";
import type { Subtasks } from "./subtasks.ts";
import type { DependencyAction, FailureInfo, TaskOutcome } from "./taskOutcome.ts";
import type { TaskSpec } from "./taskSpec.ts";
import { TaskTimes } from "./taskTimes.ts";

export type TaskState = "active" | "preparing" | "running" | "completed";

export const taskMachine = new Machine<TaskState>(
  "task",
  [
    { name: "active", meaning: "waits for a slot, or for other tasks" },
    { name: "preparing", meaning: "placed; the job preparation task runs on its node" },
    { name: "running", meaning: "placed; its files are fetched or its process runs" },
    { name: "completed", meaning: "over, with success or failure" },
  ],
  [
    { from: "(none)", trigger: "added", to: "active", rule: "T-01" },
    { from: "active", trigger: "placed, preparation needed on the node", to: "preparing", rule: "J-61" },
    { from: "active", trigger: "placed, no preparation pending", to: "running", rule: "T-10" },
    { from: "preparing", trigger: "preparation succeeded", to: "running", rule: "J-61" },
    { from: "preparing", trigger: "preparation failed, node lost, requeued", to: "active", rule: "J-61" },
    {
      from: "running",
      trigger: "exit 0 and uploads fine; out of retries; preprocessing or upload error; time limit; ended",
      to: "completed",
      rule: "T-25",
    },
    { from: "running", trigger: "retry, requeue or recovery", to: "active", rule: "T-25" },
    { from: "active", trigger: "terminated, or its job ended", to: "completed", rule: "T-13" },
    { from: "preparing", trigger: "terminated, or its job ended", to: "completed", rule: "T-13" },
    { from: "completed", trigger: "reactivated after a failure", to: "active", rule: "T-15" },
    ...(["active", "preparing", "running", "completed"] as const).map((from) => ({
      from,
      trigger: "deleted",
      to: "(none)" as const,
      rule: "T-14",
    })),
  ],
);

/** Who made the task: a person or program, or the service for a job's manager (J-50). */
export type TaskKind = "user" | "manager";

/** What most tasks never have: waits for others, comebacks (T-25), subtasks (T-53). */
class Trouble {
  openDependencies = 0;
  passedOver = false;
  retryCount = 0;
  lastRetryAt: number | undefined = undefined;
  requeueCount = 0;
  lastRequeueAt: number | undefined = undefined;
  recoveryCount = 0;
  /** The last comeback of any kind. */
  activeAt: number | undefined = undefined;
  subtasks: Subtasks | undefined = undefined;
}

/** Bits of a task, and where the place of its previous state in `STATES` begins. */
const MANAGER = 1;
const QUEUED = 2;
const CHANGED = 4;
const GONE = 8;
const STATE_SHIFT = 4;
const STATES: readonly (TaskState | undefined)[] = [undefined, "active", "preparing", "running", "completed"];

/** Place in STATES; compared one by one, since it is asked of every task. */
function placeOf(state: TaskState | undefined): number {
  if (state === "active") return 1;
  if (state === "running") return 3;
  return STATES.indexOf(state);
}

/**
 * One task. There may be a million, and a million small objects are what a garbage collector is slowest at. So: fixed fields, no arrays or maps of
 * its own, what is asked for in a shared spec, the usual outcome in a shared object, yes and no in bits, and what few tasks have in an object of its own. Written by
 * `apply` alone.
 */
export class Task {
  readonly job: Job;
  readonly id: string;
  /** Order of addition within the job, from 1: who comes first among those that fit (J-33). */
  readonly sequence: number;
  /** Replaced by an update of its constraints (T-06). */
  spec: TaskSpec;
  private readonly times: TaskTimes;
  state: TaskState = "active";

  /** The run that holds slots now. A task whose attempt is being killed is not ready before that has ended. */
  attempt: Attempt | undefined = undefined;
  /** Attempts made so far; the running one is the last. */
  attemptCount = 0;
  /** Where it runs or last ran (T-12). May be gone. */
  node: ComputeNode | undefined = undefined;
  /** The lane of its job's ready tasks where it stands or stood: a task's shape never changes. */
  lane: Lane | undefined = undefined;
  /** Undefined while it is not completed. */
  outcome: TaskOutcome | undefined = undefined;
  /** Undefined for nearly every task. */
  private trouble: Trouble | undefined = undefined;
  /** What is true or false of it, a bit each; above them its previous state. */
  private bits = 0;

  constructor(job: Job, id: string, sequence: number, kind: TaskKind, spec: TaskSpec, creationAt: number) {
    this.job = job;
    this.id = id;
    this.sequence = sequence;
    if (kind === "manager") this.bits = MANAGER;
    this.spec = spec;
    this.times = TaskTimes.of(job.times, sequence);
    this.times.created(sequence, creationAt);
    job.times = this.times;
  }

  get kind(): TaskKind {
    return (this.bits & MANAGER) !== 0 ? "manager" : "user";
  }

  /** Stands in its job's lane of ready tasks. */
  get queued(): boolean {
    return (this.bits & QUEUED) !== 0;
  }

  set queued(on: boolean) {
    this.bits = on ? this.bits | QUEUED : this.bits & ~QUEUED;
  }

  /** The entity changed since the host last took the changes. */
  get changed(): boolean {
    return (this.bits & CHANGED) !== 0;
  }

  set changed(on: boolean) {
    this.bits = on ? this.bits | CHANGED : this.bits & ~CHANGED;
  }

  /** It was removed; whoever still holds the task must not use it. */
  get gone(): boolean {
    return (this.bits & GONE) !== 0;
  }

  set gone(on: boolean) {
    this.bits = on ? this.bits | GONE : this.bits & ~GONE;
  }

  /** Undefined for one that was never in another. */
  get previousState(): TaskState | undefined {
    return STATES[this.bits >> STATE_SHIFT];
  }

  set previousState(state: TaskState | undefined) {
    this.bits = (this.bits & ((1 << STATE_SHIFT) - 1)) | (placeOf(state) << STATE_SHIFT);
  }

  get creationAt(): number {
    return this.times.creationAt(this.sequence);
  }

  /** Last entry into running, renewed by every attempt (T-10). */
  get startAt(): number | undefined {
    const at = this.times.startAt(this.sequence);
    return Number.isNaN(at) ? undefined : at;
  }

  set startAt(at: number | undefined) {
    this.times.started(this.sequence, at ?? Number.NaN);
  }

  get endAt(): number | undefined {
    const at = this.times.endAt(this.sequence);
    return Number.isNaN(at) ? undefined : at;
  }

  set endAt(at: number | undefined) {
    this.times.ended(this.sequence, at ?? Number.NaN);
  }

  get result(): TaskOutcome["result"] | undefined {
    return this.outcome?.result;
  }

  get exitCode(): number | undefined {
    return this.outcome?.exitCode;
  }

  get failure(): FailureInfo | undefined {
    return this.outcome?.failure;
  }

  get dependencyAction(): DependencyAction | undefined {
    return this.outcome?.dependencyAction;
  }

  /** When it came to its present state: every state but active has an instant of its own. */
  get stateTransitionAt(): number {
    switch (this.state) {
      case "completed":
        return this.endAt ?? this.creationAt;
      case "running":
        return this.startAt ?? this.creationAt;
      case "preparing":
        return this.attempt?.placedAt ?? this.creationAt;
      default:
        return this.trouble?.activeAt ?? this.creationAt;
    }
  }

  /** Of an active task that was something else before. */
  set stateTransitionAt(at: number) {
    if (this.state === "active" && at !== this.stateTransitionAt) this.troubled().activeAt = at;
  }

  get retryCount(): number {
    return this.trouble?.retryCount ?? 0;
  }

  set retryCount(count: number) {
    if (count !== this.retryCount) this.troubled().retryCount = count;
  }

  get lastRetryAt(): number | undefined {
    return this.trouble?.lastRetryAt;
  }

  set lastRetryAt(at: number | undefined) {
    if (at !== this.lastRetryAt) this.troubled().lastRetryAt = at;
  }

  get requeueCount(): number {
    return this.trouble?.requeueCount ?? 0;
  }

  set requeueCount(count: number) {
    if (count !== this.requeueCount) this.troubled().requeueCount = count;
  }

  get lastRequeueAt(): number | undefined {
    return this.trouble?.lastRequeueAt;
  }

  set lastRequeueAt(at: number | undefined) {
    if (at !== this.lastRequeueAt) this.troubled().lastRequeueAt = at;
  }

  /** Comebacks after node trouble or preemption; shown only in events (T-25). */
  get recoveryCount(): number {
    return this.trouble?.recoveryCount ?? 0;
  }

  set recoveryCount(count: number) {
    if (count !== this.recoveryCount) this.troubled().recoveryCount = count;
  }

  /** Parents not yet satisfied; above 0 it is not ready (T-41, T-46). */
  get openDependencies(): number {
    return this.trouble?.openDependencies ?? 0;
  }

  set openDependencies(open: number) {
    if (open !== this.openDependencies) this.troubled().openDependencies = open;
  }

  /** Its being passed over was told since it last became ready (P-134). */
  get passedOver(): boolean {
    return this.trouble?.passedOver ?? false;
  }

  set passedOver(told: boolean) {
    if (told !== this.passedOver) this.troubled().passedOver = told;
  }

  /** Of a multi-instance task whose group has given back its nodes: how its other instances went in the last run that began (T-53). */
  get subtasks(): Subtasks | undefined {
    return this.trouble?.subtasks;
  }

  set subtasks(subtasks: Subtasks | undefined) {
    if (subtasks !== this.subtasks) this.troubled().subtasks = subtasks;
  }

  private troubled(): Trouble {
    this.trouble ??= new Trouble();
    return this.trouble;
  }
}
