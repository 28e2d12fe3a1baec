/** Tasks, attempts, special runs: what they tell of nodes, jobs and pools, who waits for whom, and who queues where. */
import { isFull, refreshJobQueue, refreshReady } from "../apply/readiness.ts";
import type { Attempt } from "../attempt.ts";
import type { Job } from "../job.ts";
import { idKey } from "../limits.ts";
import { Dependencies } from "../schedule/dependencies.ts";
import type { Task } from "../task.ts";
import type { World } from "../world.ts";
import { type ReadRows, reading } from "./reading.ts";
import { RestoreError } from "./restoreError.ts";
import { type SpecialRow, specialOf } from "./rows/jobs.ts";
import type { NodeFinder } from "./rows/places.ts";
import { TaskReader } from "./rows/tasks.ts";
import type { StoredWorld } from "./tables.ts";
import { fromText } from "./text.ts";

/** Preparation and release runs, in the order of their ids. */
export function restoreSpecials(world: World, stored: StoredWorld, nodes: NodeFinder): void {
  const read = stored.rows.special.map(({ key, body }) =>
    reading("special", key, () => {
      const job = world.jobs.get(key.slice(0, key.indexOf("/")));
      if (job === undefined) throw new Error("there is no such job");
      const row = fromText(body) as SpecialRow;
      return { row, run: specialOf(job, row, nodes) };
    }),
  );
  for (const { row, run } of read.sort((a, b) => a.run.id - b.run.id)) {
    const { job, node } = run;
    (run.kind === "preparation" ? job.preparations : job.releases).set(node, run);
    if (row.excludes === true) {
      job.excluded ??= new Set();
      job.excluded.add(node);
    }
    if (!node.gone) {
      let here = world.specialsByNode.get(node);
      if (here === undefined) world.specialsByNode.set(node, (here = new Set()));
      here.add(run);
    }
    if (run.state !== "running") continue;
    world.specials.set(run.id, run);
    job.specialsUnderWay++;
    if (!run.awaitsNode) node.specials++;
  }
}

/** Makes the tasks of every job and what follows from them. Attempts found in the rows are added to `attempts`. Throws RestoreError with the row's key. */
export function restoreTasks(world: World, stored: StoredWorld, rows: ReadRows, nodes: NodeFinder, attempts: Attempt[]): void {
  const reader = new TaskReader(nodes);
  /** By job, the latest instant at which a task of it was placed. */
  const servedAt = new Map<Job, number>();
  const recent = recentTasks(rows);
  for (const { job: key, number, made, state } of stored.tasks) {
    reading("task", `${key}/${number}`, () => {
      const job = world.jobs.get(key);
      if (job === undefined) throw new Error("there is no such job");
      const task = reader.read(job, number, made, state);
      if (task.attempt !== undefined) hold(task.attempt, attempts);
      if (task.gone) return;
      job.tasks.set(idKey(task.id), task);
      count(task);
      if (recent.has(`${key}/${number}`)) recent.set(`${key}/${number}`, task);
      if (task.kind === "manager") job.manager = task;
      const placedAt = task.attempt?.placedAt ?? task.startAt;
      if (placedAt !== undefined && !(placedAt <= servedAt.get(job)!)) servedAt.set(job, placedAt);
    });
  }
  const forgotten = forgottenOf(stored);
  for (const job of world.jobs.values()) {
    depend(job, forgotten.get(job.key));
    // Others wait until the manager has had its first turn (J-51).
    job.ready.held = job.manager?.state === "active" && job.manager.previousState === undefined;
    job.ready.full = isFull(job);
    for (const task of job.tasks.values()) makeReady(world, task);
  }
  for (const pool of world.pools.values()) for (const node of pool.nodes.values()) node.attempts.sort(byPlacement);
  bind(world, rows, servedAt);
  for (const [node, { q }] of rows.nodes) {
    for (let i = 0; q !== undefined && i < q.length; i += 3) {
      const task = recent.get(`${q[i]}/${q[i + 1]}`);
      // It may be of a job that was made anew under the id of the one that is meant.
      if (task?.creationAt === q[i + 2] && task !== undefined) node.noteRecent(task, world.settings.recentTasksKept);
    }
  }
}

/** The attempt holds its slots again, on each of its nodes that was not lost. */
function hold(attempt: Attempt, attempts: Attempt[]): void {
  attempts.push(attempt);
  attempt.task.job.liveAttempts++;
  if (attempt.task.kind === "manager") attempt.task.job.liveManagers++;
  for (const node of attempt.group ?? [attempt.node]) {
    if (attempt.lostNodes?.includes(node) === true) continue;
    if (node.gone) throw new Error(`its attempt holds slots on node ${node.id}, which is gone`);
    node.attempts.push(attempt);
    node.usedSlots += attempt.slots;
    if (attempt.task.kind === "manager") node.managers++;
  }
}

const byPlacement = (a: Attempt, b: Attempt) => a.placedAt - b.placedAt || a.id - b.id;

function count(task: Task): void {
  const { counts } = task.job;
  counts[task.state]++;
  if (task.result === "success") counts.succeeded++;
  if (task.result === "failure") counts.failed++;
  if (task.sequence > task.job.taskSequence) task.job.taskSequence = task.sequence;
  if (task.state === "running" || task.state === "preparing") task.node!.pool.tasks.running++;
}

/** By job: sequence numbers of tasks that went on by tasks which satisfy nobody any more. */
function forgottenOf(stored: StoredWorld): Map<string, Map<string, number>> {
  const byJob = new Map<string, Map<string, number>>();
  for (const { key, body } of stored.rows.forgotten) {
    const slash = key.indexOf("/");
    const job = key.slice(0, slash);
    const of = byJob.get(job) ?? new Map<string, number>();
    byJob.set(job, of.set(key.slice(slash + 1), Number(body)));
  }
  return byJob;
}

/** Who waits for whom is found out anew; waits that were over stay over. */
function depend(job: Job, forgotten: ReadonlyMap<string, number> | undefined): void {
  if (forgotten !== undefined) job.dependencies = dependenciesOf(job, forgotten);
  for (const task of job.tasks.values()) {
    if (task.spec.dependsOn === undefined) continue;
    job.dependencies ??= dependenciesOf(job, forgotten);
    if (task.openDependencies > 0) task.openDependencies = job.dependencies.reenter(task, job.tasks);
    if (task.openDependencies > 0 && task.state === "active") job.counts.blocked++;
  }
}

function dependenciesOf(job: Job, forgotten: ReadonlyMap<string, number> | undefined): Dependencies {
  const dependencies = new Dependencies(job.tasks.values());
  for (const [key, sequence] of forgotten ?? []) dependencies.forgotten.set(key, sequence);
  return dependencies;
}

function makeReady(world: World, task: Task): void {
  const passedOver = task.passedOver;
  refreshReady(world, task);
  task.passedOver = passedOver;
}

/** Jobs join their pools' queues; whoever was served longest ago goes first. */
function bind(world: World, rows: ReadRows, servedAt: ReadonlyMap<Job, number>): void {
  const served = (job: Job) => servedAt.get(job) ?? Number.NEGATIVE_INFINITY;
  const jobs = [...world.jobs.values()].sort((a, b) => (served(a) < served(b) ? -1 : served(a) > served(b) ? 1 : 0));
  for (const job of jobs) {
    if (rows.jobs.get(job)?.bound === true) {
      job.pool = job.poolKey === undefined ? undefined : world.pools.get(job.poolKey);
      if (job.pool === undefined)
        throw new RestoreError("job", job.key, new Error(`it is bound to pool ${job.poolId}, which is not there`));
    }
    refreshJobQueue(world, job);
  }
}

/** Tasks that nodes name as recent, by key of the job and sequence number; those that are there are filled in as they are read. */
function recentTasks(rows: ReadRows): Map<string, Task | undefined> {
  const recent = new Map<string, Task | undefined>();
  for (const { q } of rows.nodes.values())
    for (let i = 0; q !== undefined && i < q.length; i += 3) recent.set(`${q[i]}/${q[i + 1]}`, undefined);
  return recent;
}
