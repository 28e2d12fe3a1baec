/**
 * A compute node: its state, its task slots, what runs on it, and what is still to happen before it may leave, reboot or go offline (P-80 to
 * P-134). `schedulingState` is apart from `state` (P-91); draining is a mark, not a state (P-55).
 */
import type { DeallocationOption } from "../../src/language/values/value.ts";
import type { Attempt } from "./attempt.ts";
import { Machine, type TransitionRow } from "./machine.ts";
import { markOf } from "./mark.ts";
import type { Pool } from "./pool.ts";
import type { Task } from "./task.ts";
import type { FailureInfo } from "./taskOutcome.ts";

export type NodeState =
  | "creating"
  | "starting"
  | "waitingforstarttask"
  | "starttaskfailed"
  | "idle"
  | "running"
  | "offline"
  | "rebooting"
  | "reimaging"
  | "leavingpool"
  | "preempted"
  | "unusable"
  | "unknown"
  | "upgradingos";

const LIVE: readonly NodeState[] = [
  "creating",
  "starting",
  "waitingforstarttask",
  "starttaskfailed",
  "idle",
  "running",
  "offline",
  "rebooting",
  "reimaging",
  "unusable",
];

const each = (
  from: readonly NodeState[],
  trigger: string,
  to: NodeState | "(none)",
  rule: string,
): TransitionRow<NodeState>[] => from.filter((state) => state !== to).map((state) => ({ from: state, trigger, to, rule }));

/** Rows carry the number of the transition table in section 8 of the pool rules. */
export const nodeMachine = new Machine<NodeState>(
  "node",
  [
    { name: "creating", meaning: "machine obtained, not yet joining" },
    { name: "starting", meaning: "the node agent comes up: directories, users, certificates, packages" },
    { name: "waitingforstarttask", meaning: "the start task runs and its success is waited for" },
    { name: "starttaskfailed", meaning: "the start task is out of retries and its success was waited for" },
    { name: "idle", meaning: "nothing runs, the start task does not count" },
    { name: "running", meaning: "one or more tasks run" },
    { name: "offline", meaning: "scheduling is disabled and nothing runs" },
    { name: "rebooting", meaning: "it reboots; its disk stays" },
    { name: "reimaging", meaning: "it is made anew; its disk is wiped" },
    { name: "leavingpool", meaning: "it is being removed" },
    { name: "preempted", meaning: "low-priority capacity was taken away" },
    { name: "unusable", meaning: "errors make it unfit" },
    { name: "unknown", meaning: "contact is lost, its real state is not known" },
    { name: "upgradingos", meaning: "later service versions; counted, never entered here" },
  ],
  [
    { from: "(none)", trigger: "allocation succeeded", to: "creating", rule: "1" },
    { from: "creating", trigger: "node agent started", to: "starting", rule: "2" },
    { from: "starting", trigger: "boot done, start task to wait for", to: "waitingforstarttask", rule: "3" },
    { from: "starting", trigger: "boot done, nothing to wait for", to: "idle", rule: "4" },
    { from: "starting", trigger: "package, container or certificate failed", to: "unusable", rule: "5" },
    { from: "waitingforstarttask", trigger: "start task exit 0", to: "idle", rule: "6" },
    { from: "waitingforstarttask", trigger: "start task out of retries or not startable", to: "starttaskfailed", rule: "7" },
    { from: "idle", trigger: "first task assigned", to: "running", rule: "8" },
    { from: "running", trigger: "last task ended", to: "idle", rule: "9" },
    { from: "idle", trigger: "scheduling disabled", to: "offline", rule: "10" },
    { from: "running", trigger: "scheduling disabled, tasks ended", to: "offline", rule: "11" },
    { from: "offline", trigger: "scheduling enabled", to: "idle", rule: "12" },
    { from: "starting", trigger: "boot done while scheduling is disabled", to: "offline", rule: "P-91" },
    { from: "waitingforstarttask", trigger: "start task exit 0 while scheduling is disabled", to: "offline", rule: "P-91" },
    ...each(["idle", "running", "offline", "starttaskfailed", "unusable"], "reboot, option honoured", "rebooting", "13"),
    { from: "rebooting", trigger: "node agent started", to: "starting", rule: "13" },
    ...each(
      ["idle", "running", "offline", "starttaskfailed", "unusable"],
      "reimage or OS upgrade, option honoured",
      "reimaging",
      "14, 22",
    ),
    { from: "reimaging", trigger: "node agent started", to: "starting", rule: "14" },
    ...each([...LIVE, "preempted", "unknown"], "chosen for removal, option honoured", "leavingpool", "15"),
    { from: "leavingpool", trigger: "released", to: "(none)", rule: "15" },
    { from: "leavingpool", trigger: "could not be released", to: "unusable", rule: "RemoveNodesFailed" },
    ...each([...LIVE, "unknown"], "low-priority capacity reclaimed", "preempted", "16"),
    { from: "preempted", trigger: "replacement found", to: "creating", rule: "17" },
    ...each(LIVE, "heartbeat lost", "unknown", "18"),
    ...(["starting", "waitingforstarttask", "starttaskfailed", "idle", "running", "offline", "unusable"] as const).map(
      (to) => ({
        from: "unknown" as const,
        trigger: "heartbeat back",
        to,
        rule: "19",
      }),
    ),
    { from: "unknown", trigger: "recovery reboot", to: "rebooting", rule: "19" },
    { from: "unusable", trigger: "service recovery attempt", to: "rebooting", rule: "21" },
    ...each(
      ["idle", "running", "offline", "waitingforstarttask", "starttaskfailed"],
      "disk full, or the network blocks it",
      "unusable",
      "20",
    ),
  ],
);

/** The pool's start task (P-100 to P-110). */
export interface StartTaskSpec {
  readonly commandLine: string;
  /** -1 endless, 0 none (P-103). */
  readonly maxTaskRetryCount: number;
  readonly waitForSuccess: boolean;
  readonly opaque?: unknown;
}

/** What the start task did on a node (P-105). */
export interface StartTaskInfo {
  state: "running" | "completed";
  startAt: number;
  endAt: number | undefined;
  exitCode: number | undefined;
  /** Why it could not be started or its files not be fetched; none for a plain exit, whatever its code (P-102). */
  failure: FailureInfo | undefined;
  retryCount: number;
  lastRetryAt: number | undefined;
  result: "success" | "failure" | undefined;
}

/** Why a node takes no new tasks while it still runs some (P-55), and what happens when it is empty. */
export interface Drain {
  readonly option: DeallocationOption;
  readonly purpose: "leave" | "reboot" | "reimage" | "disable" | "upgrade";
  readonly since: number;
  /** For `leave`: why this node and not another, in a sentence (P-47). */
  readonly reason: string;
}

/** Whether a node in this state may take tasks at all (P-130); draining and disabled scheduling forbid it too. */
export function takesTasks(state: NodeState): boolean {
  return state === "idle" || state === "running";
}

/** One error entry of an unusable node (P-94). */
export interface NodeError {
  readonly code: string;
  readonly message: string;
}

/**
 * One node. Its record exists from the allocation to the release (P-34, P-50). Written by `apply` alone.
 * Occupancy: `attempts` hold slots; `specials` counts job preparation and release tasks that run here and hold none of their own (P-132).
 */
export class ComputeNode {
  readonly pool: Pool;
  readonly id: string;
  /** Stands for the id in the digest. */
  readonly mark: number;
  /** Place in the pool's tables of nodes, reused lowest first after a node is gone; ties in placement go to the lowest (P-131). */
  readonly place: number;
  readonly isDedicated: boolean;
  state: NodeState = "creating";
  stateTransitionAt: number;
  /** Stamped once, also for a replaced low-priority node (P-82, P-90). */
  readonly allocationAt: number;
  lastBootAt: number | undefined = undefined;
  schedulingState: "enabled" | "disabled" = "enabled";
  drain: Drain | undefined = undefined;
  /** The state to come back to when contact is found again (row 19). */
  stateBeforeUnknown: NodeState | undefined = undefined;
  /** The pool's OS upgrade has still to reach it (P-125). */
  awaitsUpgrade = false;
  /** The start task it ran or runs (P-109), and how that went. */
  startTask: StartTaskSpec | undefined = undefined;
  startTaskInfo: StartTaskInfo | undefined = undefined;
  errors: readonly NodeError[] = [];
  /** Preempted, and a replacement was asked for (P-82). */
  awaitsReplacement = false;
  /** Order of node state changes, so that a timer knows whether its state still lasts. */
  stateNumber = 0;

  readonly slots: number;
  usedSlots = 0;
  /** In no order; each at most once. */
  readonly attempts: Attempt[] = [];
  specials = 0;
  /** A job manager runs here: such a node is the last to leave (P-46). */
  managers = 0;

  totalTasksRun = 0;
  totalTasksSucceeded = 0;
  /** The last tasks that ran here; once there are as many as are kept, `oldestRecent` is where the next one is written. */
  private recent: Task[] = [];
  private oldestRecent = 0;
  /** Tasks whose directory may still be kept here (T-87); entries may be stale, `retainedUntil` judges each. Empty until anybody asks. */
  retained: Task[] = [];
  /** When the disk was last wiped; undefined: never since the allocation. */
  wipedAt: number | undefined = undefined;
  /** Length of `retained` at which its stale entries are dropped. */
  retainedTidyAt = 64;
  /** The entity changed since the host last took the changes. */
  changed = false;
  /** The record is removed; whoever still holds the node must not use it. */
  gone = false;

  constructor(pool: Pool, id: string, place: number, isDedicated: boolean, allocationAt: number) {
    this.pool = pool;
    this.id = id;
    this.mark = markOf(id);
    this.place = place;
    this.isDedicated = isDedicated;
    this.slots = pool.spec.taskSlotsPerNode;
    this.allocationAt = allocationAt;
    this.stateTransitionAt = allocationAt;
  }

  /** May take a task now: state, scheduling state and drain all allow it. */
  get schedulable(): boolean {
    return takesTasks(this.state) && this.schedulingState === "enabled" && this.drain === undefined;
  }

  /** Newest last (P-93). */
  get recentTasks(): readonly Task[] {
    return [...this.recent.slice(this.oldestRecent), ...this.recent.slice(0, this.oldestRecent)];
  }

  /** A task has run here; the `kept` newest are remembered, each once. */
  noteRecent(task: Task, kept: number): void {
    // A task that ran once cannot be among them yet, and most run once.
    if (task.attemptCount > 1 && this.recent.includes(task)) {
      this.recent = this.recentTasks.filter((other) => other !== task);
      this.oldestRecent = 0;
    }
    if (this.recent.length < kept) this.recent.push(task);
    else if (kept > 0) {
      this.recent[this.oldestRecent] = task;
      this.oldestRecent = this.oldestRecent + 1 < kept ? this.oldestRecent + 1 : 0;
    }
  }

  /** Nothing runs here, the start task apart (P-59). */
  get empty(): boolean {
    return this.attempts.length === 0 && this.specials === 0;
  }
}

export type { DeallocationOption } from "../../src/language/values/value.ts";
