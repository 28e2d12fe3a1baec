/**
 * Why a task is not running, as data: the first reason is the one that has to go first. Also why it may be long in running. Reads only.
 */
import { instancesOf, shapeOf } from "../apply/readiness.ts";
import type { Job } from "../job.ts";
import type { Pool } from "../pool.ts";
import { canEverFit } from "../schedule/fit.ts";
import type { Shape } from "../schedule/lane.ts";
import type { Task } from "../task.ts";
import type { Reason } from "./pools.ts";

export type TaskReasonCode =
  | "completed"
  | "running"
  | "preparing"
  | "ending"
  | "job-not-active"
  | "depends-on"
  | "waits-for-manager"
  | "job-full"
  | "no-pool"
  | "pool-being-deleted"
  | "needs-inter-node-pool"
  | "more-slots-than-a-node-has"
  | "no-nodes"
  | "no-usable-nodes"
  | "preparation-failed"
  | "dedicated-nodes-only"
  | "needs-empty-node"
  | "needs-more-nodes"
  | "no-free-slots"
  | "behind-others";

export type TaskReason = Reason<TaskReasonCode>;
type Because = (code: TaskReasonCode, text: string, values?: TaskReason["values"]) => void;

/** Why the task is where it is; never empty. */
export function explainTask(task: Task): TaskReason[] {
  const reasons: TaskReason[] = [];
  const because: Because = (code, text, values = {}) => reasons.push({ code, text, values });
  if (!placed(task, because)) {
    waits(task, because);
    pool(task, because);
  }
  return reasons;
}

function placed(task: Task, because: Because): boolean {
  const node = task.node?.id ?? "";
  switch (task.state) {
    case "completed":
      because("completed", `it is completed with ${task.result}`, {
        result: task.result ?? "",
        failure: task.failure?.code ?? "",
      });
      return true;
    case "running":
      if (task.attempt?.kill === undefined) because("running", `it runs on ${node}`, { node });
      else because("ending", `it is being ended on ${node}`, { node });
      return true;
    case "preparing":
      because("preparing", `it waits for the job preparation task on ${node}`, { node });
      return true;
    default:
      if (task.attempt !== undefined) because("ending", `its earlier run on ${node} has still to end`, { node });
      return false;
  }
}

/** What keeps it from being ready. */
function waits(task: Task, because: Because): void {
  const job = task.job;
  if (job.state !== "active") because("job-not-active", `its job ${job.id} is ${job.state}`, { job: job.id, state: job.state });
  if (task.openDependencies > 0) {
    const open = job.dependencies?.openOf(task, job.tasks, 3) ?? [];
    const text = `it depends on tasks that are not satisfied: ${open.join(", ")}`;
    because("depends-on", text, { open: task.openDependencies, first: open[0] ?? "", ...blocked(job, open[0]) });
  }
  if (job.ready.held && task !== job.manager) because("waits-for-manager", "the job manager task is placed first");
  if (job.ready.full && task !== job.manager) {
    const most = job.spec.maxParallelTasks ?? -1;
    because(
      "job-full",
      `its job ${job.id} may run ${most === 1 ? "one task" : `${most} tasks`} at one time (maxParallelTasks), and so many run`,
      { maxParallelTasks: most },
    );
  }
}

/** A parent that is completed and blocks will never satisfy: its dependants wait for ever (T-41). */
function blocked(job: Job, id: string | undefined): TaskReason["values"] {
  const parent = id === undefined ? undefined : job.task(id);
  if (parent === undefined) return { parent: "missing" };
  return { parent: parent.state === "completed" ? "blocks for ever" : parent.state };
}

/** What the pool lacks. */
function pool(task: Task, because: Because): void {
  const job = task.job;
  const bound = job.pool;
  if (bound === undefined) {
    because("no-pool", `there is no pool ${job.poolId ?? "yet"}`, { pool: job.poolId ?? "" });
    return;
  }
  if (bound.state === "deleting") because("pool-being-deleted", `pool ${bound.id} is being deleted`, { pool: bound.id });
  const shape = shapeOf(task);
  const slotsPerNode = bound.spec.taskSlotsPerNode;
  if (!canEverFit(bound, shape)) {
    const values = { wanted: shape.slots, slotsPerNode };
    if (shape.slots > slotsPerNode)
      because(
        "more-slots-than-a-node-has",
        `it needs ${shape.slots} slots and a node has ${slotsPerNode}: it can never run here`,
        values,
      );
    else
      because(
        "needs-inter-node-pool",
        "it needs a pool with inter-node communication and one task per node: it can never run here",
      );
    return;
  }
  if (bound.nodes.size === 0) {
    because("no-nodes", `pool ${bound.id} has no nodes`, { pool: bound.id });
    return;
  }
  if (task.queued) nodes(bound, task, shape, because);
}

function nodes(bound: Pool, task: Task, shape: Shape, because: Because): void {
  const usable = [...bound.nodes.values()].filter((node) => node.schedulable);
  const values = { usable: usable.length, nodes: bound.nodes.size };
  if (usable.length === 0) {
    because("no-usable-nodes", `none of the ${bound.nodes.size} nodes takes tasks`, values);
    return;
  }
  const allowed = usable.filter((node) => task.job.excluded?.has(node) !== true);
  if (allowed.length < usable.length) {
    const failed = usable.length - allowed.length;
    because("preparation-failed", `the job preparation task failed on ${failed} of ${usable.length} nodes`, {
      failed,
      usable: usable.length,
    });
  }
  const kind = shape.dedicatedOnly ? allowed.filter((node) => node.isDedicated) : allowed;
  if (shape.dedicatedOnly && kind.length === 0)
    because("dedicated-nodes-only", "it runs on dedicated nodes only, and none is usable");
  const wanted = shape.exclusive ? bound.spec.taskSlotsPerNode : shape.slots;
  const fitting = kind.filter((node) => node.slots - node.usedSlots >= wanted).length;
  const instances = instancesOf(task);
  if (fitting >= instances) because("behind-others", "it has its turn when this step ends", { fitting });
  else if (shape.exclusive) because("needs-empty-node", "it runs alone on a node, and none is empty", { usable: kind.length });
  else if (instances > 1)
    because("needs-more-nodes", `it needs ${instances} free nodes at once, ${fitting} are`, {
      wanted: instances,
      free: fitting,
    });
  else
    because("no-free-slots", `no usable node has ${wanted} free slots`, {
      wanted,
      usable: kind.length,
      ahead: ahead(bound, task),
    });
}

/** Ready tasks of the pool with a higher priority: they go first (J-30). */
function ahead(bound: Pool, task: Task): number {
  let count = 0;
  for (const level of bound.queue.levels) {
    if (level.priority <= task.job.priority) break;
    for (const ring of level.rings) for (let lane = ring.first; lane !== undefined; lane = lane.next) count += lane.size;
  }
  return count;
}
