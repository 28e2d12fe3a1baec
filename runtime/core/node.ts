/**
 * A compute node: its state, its task slots, what runs on it, and what is still to happen before it may leave, reboot or go offline (P-80 to
 * P-134). `schedulingState` is apart from `state` (P-91); draining is a mark, not a state (P-55).
 */
import type { DeallocationOption } from "../../src/language/values/value.ts";
import { Machine, type TransitionRow } from "./machine.ts";

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

const LIVE: readonly NodeState[] = ["creating", "starting", "waitingforstarttask", "starttaskfailed", "idle", "running", "offline", "rebooting", "reimaging", "unusable"];

const each = (from: readonly NodeState[], trigger: string, to: NodeState | "(none)", rule: string): TransitionRow<NodeState>[] =>
  from.filter((state) => state !== to).map((state) => ({ from: state, trigger, to, rule }));

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
    { name: "upgradingos", meaning: "its image is being upgraded" },
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
    ...each(["idle", "running", "offline", "starttaskfailed", "unusable"], "reimage, option honoured", "reimaging", "14"),
    { from: "reimaging", trigger: "node agent started", to: "starting", rule: "14" },
    ...each([...LIVE, "preempted", "unknown", "upgradingos"], "chosen for removal, option honoured", "leavingpool", "15"),
    { from: "leavingpool", trigger: "released", to: "(none)", rule: "15" },
    ...each([...LIVE, "unknown"], "low-priority capacity reclaimed", "preempted", "16"),
    { from: "preempted", trigger: "replacement found", to: "creating", rule: "17" },
    ...each(LIVE, "heartbeat lost", "unknown", "18"),
    ...(["starting", "waitingforstarttask", "starttaskfailed", "idle", "running", "offline", "unusable"] as const).map((to) => ({
      from: "unknown" as const,
      trigger: "heartbeat back",
      to,
      rule: "19",
    })),
    { from: "unknown", trigger: "recovery reboot", to: "rebooting", rule: "19" },
    ...each(["idle", "running", "offline", "waitingforstarttask", "starttaskfailed"], "disk full, or the network blocks it", "unusable", "20"),
    ...each(["idle", "running", "offline", "starttaskfailed"], "pool OS upgrade reaches the node", "upgradingos", "22"),
    { from: "upgradingos", trigger: "image upgraded", to: "reimaging", rule: "22" },
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
  failure: string | undefined;
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


export type { DeallocationOption } from "../../src/language/values/value.ts";
