/**
 * What of a world has to be written: between two commits it listens to every event, and then makes one row of each entity that changed, however
 * often it did. The world marks entities (`markChanged`); events tell what marks do not: which parts are new, and what is gone.
 */
import { idKey } from "../limits.ts";
import type { Job, SpecialRun } from "../job.ts";
import type { ComputeNode } from "../node.ts";
import { ComputeNode as Node } from "../node.ts";
import { Job as JobEntity } from "../job.ts";
import { JobSchedule } from "../jobSchedule.ts";
import { Pool } from "../pool.ts";
import type { Event } from "../protocol/events.ts";
import { Task } from "../task.ts";
import type { EventListener, World } from "../world.ts";
import { jobRow, jobScheduleRow, specialKey, specialRow } from "./rows/jobs.ts";
import { nodeRow, startTaskRow } from "./rows/nodes.ts";
import { nodeKey } from "./rows/places.ts";
import { poolRow } from "./rows/pools.ts";
import { MadeTexts, stateText } from "./rows/tasks.ts";
import { worldRow } from "./rows/world.ts";
import type { RowChange, RunRow, SampleRow, Table, TaskChange, WorldChanges } from "./tables.ts";
import { toText } from "./text.ts";

/** Listens to a world from one commit to the next; `take` then gives the rows to write, and it begins anew. */
export class ChangeCollector implements EventListener {
  private readonly world: World;
  private readonly made = new MadeTexts();
  private poolsGone: string[] = [];
  private jobsGone: string[] = [];
  private removals: RowChange[] = [];
  private runs: RunRow[] = [];
  /** Tasks whose spec is new. */
  private readonly specs = new Set<Task>();
  private readonly specials = new Set<SpecialRun>();
  private readonly startTasks = new Set<ComputeNode>();
  /** Pools and jobs whose tallies changed. */
  private readonly tallies = new Set<Pool | Job>();
  private readonly forgotten = new Map<string, RowChange>();

  /** Of a world with `trackChanges`; the caller makes it the world's listener, and nobody else may take the world's changes. */
  constructor(world: World) {
    this.world = world;
  }

  note(event: Event): void {
    switch (event.kind) {
      case "TaskAdded":
        this.specs.add(event.task);
        this.tallies.add(event.task.job);
        return;
      case "TaskChanged":
        this.specs.add(event.task);
        return;
      case "TaskPlaced":
      case "TaskStarted":
        if (event.task.job.spec.preparation !== undefined) this.noteRan(event.task);
        return;
      case "TaskCompleted": {
        const pool = event.task.job.pool ?? event.task.node?.pool;
        if (pool !== undefined) this.tallies.add(pool);
        return;
      }
      case "TaskReactivated":
      case "TaskRemoved":
        if (event.task.job.dependencies !== undefined) this.noteForgotten(event.task);
        return;
      case "SpecialStarted":
      case "SpecialRetried":
      case "SpecialEnded":
      case "SpecialLapsed":
      case "SpecialPostponed":
        this.specials.add(event.run);
        return;
      case "NodeStateChanged":
      case "StartTaskStarted":
      case "StartTaskCompleted":
        if (event.node.startTask !== undefined) this.startTasks.add(event.node);
        return;
      case "NodeRemoved":
        this.remove("node", nodeKey(event.node));
        this.remove("startTask", nodeKey(event.node));
        return;
      case "AutoScaleEvaluated": {
        const { pool, record } = event;
        const kept = this.world.settings.autoScaleRunsKept;
        this.runs.push({ pool: pool.key, number: pool.evaluationNumber, body: toText(record), kept });
        return;
      }
      case "PoolRemoved":
        this.poolsGone.push(event.pool.key);
        this.runs = this.runs.filter(({ pool }) => pool !== event.pool.key);
        return;
      case "JobRemoved":
        this.jobsGone.push(event.job.key);
        for (const [key, { key: row }] of this.forgotten) if (row.startsWith(`${event.job.key}/`)) this.forgotten.delete(key);
        return;
      case "JobScheduleRemoved":
        this.remove("jobSchedule", event.schedule.key);
        return;
      default:
    }
  }

  /** All that changed since it was last asked, as texts. */
  take(): WorldChanges {
    const { world } = this;
    const rows = this.removals;
    const tasks: TaskChange[] = [];
    for (const entity of world.takeChanged()) {
      if (entity instanceof Task) this.task(entity, tasks);
      else if (entity.gone) continue;
      else if (entity instanceof Node)
        rows.push({ table: "node", key: nodeKey(entity), body: JSON.stringify(nodeRow(entity)) });
      else if (entity instanceof Pool) rows.push({ table: "pool", key: entity.key, body: toText(poolRow(entity)) });
      else if (entity instanceof JobEntity) rows.push({ table: "job", key: entity.key, body: toText(jobRow(entity)) });
      else if (entity instanceof JobSchedule)
        rows.push({ table: "jobSchedule", key: entity.key, body: toText(jobScheduleRow(entity)) });
    }
    this.others(rows);
    const changes: WorldChanges = {
      world: toText(worldRow(world)),
      poolsGone: this.poolsGone,
      jobsGone: this.jobsGone,
      rows,
      tasks,
      runs: this.runs,
      samples: this.samples(),
    };
    this.poolsGone = [];
    this.jobsGone = [];
    this.removals = [];
    this.runs = [];
    return changes;
  }

  private task(task: Task, to: TaskChange[]): void {
    const { job, sequence: number } = task;
    if (job.gone) return;
    const isNew = this.specs.delete(task);
    // A removed task is remembered for as long as its attempt holds slots.
    const stays = !task.gone || task.attempt !== undefined;
    to.push({
      job: job.key,
      number,
      made: isNew && stays ? this.made.of(task) : undefined,
      state: stays ? stateText(task) : undefined,
    });
  }

  private others(rows: RowChange[]): void {
    for (const node of this.startTasks) {
      if (node.gone) continue;
      rows.push({ table: "startTask", key: nodeKey(node), body: toText(startTaskRow(node)) });
    }
    for (const run of this.specials) {
      if (run.job.gone || latest(run) !== run) continue;
      rows.push({ table: "special", key: specialKey(run), body: toText(specialRow(run)) });
    }
    for (const row of this.forgotten.values()) rows.push(row);
    for (const owner of this.tallies) if (!owner.gone) rows.push(tally(owner));
    this.startTasks.clear();
    this.specials.clear();
    this.forgotten.clear();
    this.tallies.clear();
    this.specs.clear();
  }

  private samples(): SampleRow[] {
    return this.world.sampled.splice(0).flatMap(({ pool, at, values }) => {
      if (pool.gone) return [];
      const keptFrom = at - (pool.store?.retention ?? 0) / 10_000;
      return [{ pool: pool.key, at, values: JSON.stringify(values), keptFrom }];
    });
  }

  private remove(table: Table, key: string): void {
    this.removals.push({ table, key, body: undefined });
  }

  /** A release task is due on the nodes where it was placed: their preparations' rows say so (J-65). */
  private noteRan(task: Task): void {
    const attempt = task.attempt;
    if (attempt === undefined) return;
    for (const node of attempt.group ?? [attempt.node]) {
      const run = task.job.preparations.get(node);
      if (run !== undefined) this.specials.add(run);
    }
  }

  private noteForgotten(task: Task): void {
    const { job } = task;
    const key = idKey(task.id);
    const sequence = job.dependencies?.forgotten.get(key);
    if (sequence === undefined) return;
    this.forgotten.set(`${job.key}/${key}`, { table: "forgotten", key: `${job.key}/${key}`, body: String(sequence) });
  }
}

function latest(run: SpecialRun): SpecialRun | undefined {
  return (run.kind === "preparation" ? run.job.preparations : run.job.releases).get(run.node);
}

/** Numbers that change with every task of a pool or job. */
export function tally(owner: Pool | Job): RowChange {
  if (owner instanceof Pool)
    return { table: "tally", key: `p/${owner.key}`, body: `[${owner.tasks.succeeded},${owner.tasks.failed}]` };
  return { table: "tally", key: `j/${owner.key}`, body: `[${owner.taskSequence}]` };
}
