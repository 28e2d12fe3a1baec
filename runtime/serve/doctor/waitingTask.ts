/**
 * The last link: of the tasks that wait, the one that says most, why it waits, and what to do.
 *
 * A task that waits for ever is worth more than one whose turn comes, and a job that somebody disabled is looked at last: it waits because it was told to.
 * A few tasks of each job are looked at, since those behind them mostly wait for the same.
 */
import { explainTask, type TaskReason, type TaskReasonCode } from "../../core/explain/tasks.ts";
import type { Pool } from "../../core/pool.ts";
import type { Task } from "../../core/task.ts";
import type { World } from "../../core/world.ts";
import type { Verdict } from "./diagnosis.ts";

const TASKS_OF_A_JOB = 20;
const TASKS = 200;

/** Reasons that go away by themselves; of a pool without nodes the links before this one say what is wrong. */
const PASSING: ReadonlySet<TaskReasonCode> = new Set<TaskReasonCode>([
  "behind-others",
  "no-free-slots",
  "ending",
  "waits-for-manager",
  "preparing",
  "needs-empty-node",
  "job-full",
  "no-nodes",
  "no-usable-nodes",
]);

/** Examines the tasks that wait; undefined: none does. */
export function waitingTask(pool: Pool, world: World): Verdict | undefined {
  let found: { readonly rank: number; readonly verdict: Verdict } | undefined;
  for (const task of candidates(pool, world)) {
    const verdict = verdictOf(task);
    const rank = task.job.state !== "active" ? 1 : verdict.status === "broken" ? 3 : 2;
    if (found === undefined || rank > found.rank) found = { rank, verdict };
    if (rank === 3) break;
  }
  return found?.verdict;
}

/** Tasks that wait, those of the job with the highest priority first. */
function* candidates(pool: Pool, world: World): Generator<Task> {
  const jobs = [...(world.jobsByPool.get(pool.key) ?? [])].filter(({ counts }) => counts.active > 0);
  let left = TASKS;
  for (const job of jobs.sort((a, b) => b.priority - a.priority)) {
    let ofJob = TASKS_OF_A_JOB;
    for (const task of job.tasks.values()) {
      if (task.state !== "active") continue;
      yield task;
      if (--left === 0) return;
      if (--ofJob === 0) break;
    }
  }
}

function verdictOf(task: Task): Verdict {
  const reason = weightiest(explainTask(task));
  const { text, remedy } =
    reason.code === "depends-on" ? dependency(reason, task) : { text: reason.text, remedy: remedyFor(reason) };
  return {
    status: passes(reason) ? "waiting" : "broken",
    text: `task ${task.id} of job ${task.job.id} waits: ${text}`,
    ...(remedy === undefined ? {} : { remedy }),
    evidence: { ...reason.values, task: task.id, job: task.job.id, reason: reason.code },
  };
}

/** A preparation task that failed on some of the nodes leaves the others. */
function weightiest(reasons: readonly TaskReason[]): TaskReason {
  const [first, second] = reasons;
  const isPartial = first.code === "preparation-failed" && Number(first.values.failed) < Number(first.values.usable);
  return isPartial && second !== undefined ? second : first;
}

function passes({ code, values }: TaskReason): boolean {
  if (code === "depends-on") return values.parent !== "blocks for ever" && values.parent !== "missing";
  return PASSING.has(code);
}

/** T-41: what became of the first task that it depends on. */
function dependency({ values, text }: TaskReason, task: Task): { text: string; remedy?: string } {
  const first = String(values.first);
  if (values.parent === "missing")
    return {
      text: `it depends on task ${first}, and the job has no such task`,
      remedy: `add task ${first} to job ${task.job.id}`,
    };
  if (values.parent === "blocks for ever")
    return {
      text: `it depends on task ${first}, which is completed and does not satisfy its dependants`,
      remedy: `reactivate task ${first}, or add it with exitConditions whose dependencyAction is satisfy`,
    };
  return { text };
}

function remedyFor({ code, values }: TaskReason): string | undefined {
  switch (code) {
    case "job-not-active":
      return values.state === "disabled" ? `enable job ${values.job}` : undefined;
    case "no-pool":
      return "add that pool, or give the job another one";
    case "needs-inter-node-pool":
      return "use a pool with enableInterNodeCommunication true and taskSlotsPerNode 1";
    case "more-slots-than-a-node-has":
      return `ask for at most ${values.slotsPerNode} requiredSlots, or use a pool with a larger taskSlotsPerNode`;
    case "needs-more-nodes":
      return `give the pool at least ${values.wanted} nodes, or wait until tasks on them end`;
    case "dedicated-nodes-only":
      return "give the pool a dedicated node, or set allowLowPriorityNode on the job manager task";
    case "preparation-failed":
      return "read stderr.txt of the job preparation task, which the job's preparation status names with its node";
    default:
      return undefined;
  }
}
