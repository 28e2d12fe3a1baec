/**
 * The tasks of the crash test and what can be read from them afterwards. Each task holds a lock of its own for as long as one of its processes lives, so
 * that a second run beside the first shows whatever either of them managed to write, and notes its start and end in one file for all:
 *
 *     start <task id> <nanoseconds> <node>        end <task id> <nanoseconds>        twice <task id>
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NewTask } from "./signed.ts";

/** What becomes of a task: it comes to its own end, or would run for ever and is terminated or deleted by request. */
export type Fate = "exit" | "terminated" | "deleted";

/** What a task is meant to do. */
export interface Plan {
  readonly id: string;
  readonly exitCode: number;
  readonly sleepMs: number;
  readonly fate: Fate;
}

/** One run of a task as it noted it itself, milliseconds since 1970; without an end it was ended from outside. */
export interface NotedRun {
  readonly startedAt: number;
  readonly node: string;
  endedAt: number | undefined;
}

/** What all tasks noted. */
export interface Notes {
  readonly runs: ReadonlyMap<string, readonly NotedRun[]>;
  /** Ids of tasks of which two runs were alive at once. */
  readonly twice: readonly string[];
}

const FILE_BYTES = 3000;
/** Seconds: what an endless task sleeps, and how its process is known by its command line. */
export const ENDLESS = 612;

/** `notes` is the directory of the marks; no path in it has a space. */
export function taskOf(plan: Plan, notes: string): NewTask {
  const id = plan.id;
  const script = [
    // Before anything else: the less time passes between the start of the process and its mark, the sharper is the judgement.
    `echo start ${id} $(date +%s%N) $AZ_BATCH_NODE_ID >>${notes}/marks`,
    `exec 9>>${notes}/${id}.lock`,
    `flock -n 9 || echo twice ${id} >>${notes}/marks`,
    `echo out ${id}`,
    `echo error ${id} >&2`,
    `head -c ${FILE_BYTES} /dev/zero | tr "\\0" x >content.txt`,
    plan.fate !== "exit" ? `sleep ${ENDLESS}` : `sleep ${(plan.sleepMs / 1000).toFixed(3)}`,
    `echo end ${id} $(date +%s%N) >>${notes}/marks`,
    `exit ${plan.exitCode}`,
  ];
  return { id, commandLine: `/bin/sh -c '${script.join("; ")}'` };
}

/** What the files of a task that ran to its end hold, by the path that the file operations take. */
export function filesOf(plan: Plan): readonly (readonly [path: string, content: string])[] {
  return [
    ["stdout.txt", `out ${plan.id}\n`],
    ["stderr.txt", `error ${plan.id}\n`],
    ["wd/content.txt", "x".repeat(FILE_BYTES)],
  ];
}

/** Reads the marks. A run's end belongs to the latest start of its task, which is right as long as there is no `twice`. */
export function readNotes(notes: string): Notes {
  const runs = new Map<string, NotedRun[]>();
  const twice: string[] = [];
  for (const line of readFileSync(join(notes, "marks"), "utf8").trimEnd().split("\n")) {
    const [what, id, time, node] = line.split(" ");
    const ofTask = runs.get(id) ?? [];
    if (what === "start") {
      runs.set(id, ofTask);
      ofTask.push({ startedAt: Number(time) / 1e6, node, endedAt: undefined });
    } else if (what === "end") {
      const latest = ofTask.at(-1);
      if (latest === undefined) throw new Error(`the marks have an end of ${id} without a start`);
      latest.endedAt = Number(time) / 1e6;
    } else if (what === "twice") twice.push(id);
    else throw new Error(`the marks have a line that no task wrote: ${line}`);
  }
  return { runs, twice };
}

/** A task as the service shows it. */
export interface ShownTask {
  readonly id: string;
  readonly state: string;
  readonly executionInfo?: {
    readonly exitCode?: number;
    readonly result?: string;
    readonly failureInfo?: { readonly code: string };
    readonly retryCount?: number;
    readonly requeueCount?: number;
  };
}

/** Something was done at some moment of this time that makes running tasks run again: the agent killed, a requeue asked for. */
export interface Reason {
  readonly from: number;
  readonly to: number;
}

/** Moments, milliseconds since 1970, that explain what tasks noted. */
export interface Moments {
  readonly reasons: readonly Reason[];
  /** Whether a requeue was ever asked for: then tasks may count some. */
  readonly requeued: boolean;
  /** When the service had answered that it ends this task. */
  readonly endedAt: number | undefined;
}

/** What is wrong with a task, in sentences; empty when all is well. */
export function judge(plan: Plan, shown: ShownTask | undefined, runs: readonly NotedRun[], moments: Moments): string[] {
  const wrong = runs.flatMap((run, i) => (i === 0 ? [] : judgeAgain(plan, runs[i - 1], run, moments.reasons)));
  const { endedAt } = moments;
  if (endedAt !== undefined)
    for (const { startedAt } of runs)
      if (startedAt > endedAt + ENDING_MS) wrong.push(`${plan.id} started ${startedAt - endedAt} ms after it was ended`);
  if (plan.fate === "deleted") return shown === undefined ? wrong : [...wrong, `${plan.id} was deleted and is ${shown.state}`];
  if (shown === undefined) return [...wrong, `${plan.id} was acknowledged and is gone`];
  const { executionInfo: info, state } = shown;
  if (state !== "completed") wrong.push(`${plan.id} is ${state}`);
  if (info?.retryCount) wrong.push(`${plan.id} has ${info.retryCount} retries`);
  if (info?.requeueCount && !moments.requeued) wrong.push(`${plan.id} has ${info.requeueCount} requeues`);
  if (plan.fate === "terminated") {
    if (info?.failureInfo?.code !== "TaskEnded") wrong.push(`${plan.id} was ended by request and says ${JSON.stringify(info)}`);
    return wrong;
  }
  if (runs.at(-1)?.endedAt === undefined)
    wrong.push(`${plan.id} never came to its end: ${JSON.stringify(runs)} ${JSON.stringify(shown)}`);
  if (info?.exitCode !== plan.exitCode)
    wrong.push(`${plan.id} should have exit code ${plan.exitCode}: ${JSON.stringify(info)}`);
  const result = plan.exitCode === 0 ? "success" : "failure";
  if (info?.result?.toLowerCase() !== result) wrong.push(`${plan.id} should be a ${result}: ${JSON.stringify(info)}`);
  return wrong;
}

function judgeAgain(plan: Plan, before: NotedRun, run: NotedRun, reasons: readonly Reason[]): string[] {
  const wrong: string[] = [];
  if (before.endedAt !== undefined && before.endedAt > run.startedAt) wrong.push(`${plan.id} ran twice at once`);
  // A process that had just been started when the agent died writes its first line a little later.
  if (!reasons.some(({ from, to }) => before.startedAt - STARTING_MS <= to && from <= run.startedAt + 1)) {
    const known = JSON.stringify(reasons);
    wrong.push(`${plan.id} ran again at ${run.startedAt} after ${before.startedAt}, and nothing happened between: ${known}`);
  }
  return wrong;
}

/** From the start of a process to its first line, on a busy machine. */
const STARTING_MS = 1500;
/** A process that was being started when its task was ended may still write its first line. */
const ENDING_MS = 2000;
