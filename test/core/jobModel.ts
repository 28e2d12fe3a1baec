/**
 * Random clients and random trouble for jobs, tasks and schedules. An action is three small numbers; what it means depends on the world as it is,
 * so every list of actions can be run. `Cluster` checks every invariant after every step.
 */
import fc from "fast-check";
import { expect } from "vitest";
import type { ComputeNode } from "../../runtime/core/node.ts";
import type { AddJobSpec } from "../../runtime/core/protocol/commands.ts";
import type { Effect, Report } from "../../runtime/core/protocol.ts";
import type { Task } from "../../runtime/core/task.ts";
import type { TaskSpec } from "../../runtime/core/taskSpec.ts";
import { answers, Cluster, MINUTE } from "./cluster.ts";

export type Action = readonly [what: number, which: number, how: number];

const number = fc.nat({ max: 999 });
export const workActions: fc.Arbitrary<Action[]> = fc.array(fc.tuple(number, number, number), {
  minLength: 20,
  maxLength: 150,
  size: "max",
});

const JOBS = ["j1", "j2", "j3", "s:job-1", "s:job-2"];
const pick = <T>(list: readonly T[], by: number): T | undefined => (list.length === 0 ? undefined : list[by % list.length]);

function taskSpec(how: number): TaskSpec {
  const retries = [undefined, 0, 1, -1, 2][how % 5];
  return {
    commandLine: "run",
    requiredSlots: [1, 1, 1, 2, 4, 9][how % 6],
    maxTaskRetryCount: retries,
    maxWallClockMs: undefined,
    retentionMs: how % 3 === 0 ? MINUTE : undefined,
    ...(how % 7 === 0 ? { multiInstance: { numberOfInstances: 1 + (how % 3) } } : {}),
    ...(how % 4 === 0
      ? { dependsOn: { taskIds: how % 8 === 0 ? [`${how % 12}`] : [], taskIdRanges: [{ start: how % 6, end: (how % 6) + 2 }] } }
      : {}),
    ...(how % 11 === 0 ? { affinityId: `TVM:tvm-${how % 5}` } : {}),
    ...(how % 13 === 0
      ? { exitConditions: { exitCodes: [{ code: 1, options: { jobAction: "disable", dependencyAction: "satisfy" } }] } }
      : {}),
  };
}

function jobSpec(id: string, how: number): AddJobSpec {
  const manager = how % 5 === 0;
  const prepares = how % 3 === 0;
  return {
    id,
    priority: [0, 0, 5, -5][how % 4],
    maxParallelTasks: [-1, -1, 2, -1, 1][how % 5],
    ...(how % 17 === 0
      ? {
          autoPool: {
            idPrefix: "auto",
            lifetime: "job",
            keepAlive: how % 2 === 0,
            pool: { vmSize: "small", coresPerNode: 2, taskSlotsPerNode: 2, targetDedicatedNodes: 2 },
          },
        }
      : { poolId: how % 6 === 0 ? "q" : "p" }),
    maxTaskRetryCount: how % 3,
    onTaskFailure: how % 2 === 0 ? "performexitoptionsjobaction" : "noaction",
    usesTaskDependencies: true,
    ...(how % 19 === 0 ? { maxWallClockMs: 10 * MINUTE } : {}),
    ...(manager
      ? {
          jobManager: {
            ...taskSpec(1),
            id: "manager",
            killJobOnCompletion: how % 2 === 0,
            runExclusive: how % 10 === 0,
            allowLowPriorityNode: how % 4 !== 0,
          },
        }
      : {}),
    ...(prepares
      ? {
          preparation: {
            id: "jobpreparation",
            commandLine: "prepare",
            maxTaskRetryCount: how % 2,
            maxWallClockMs: undefined,
            waitForSuccess: how % 4 !== 0,
            rerunOnNodeRebootAfterSuccess: how % 5 !== 0,
          },
          release: { id: "jobrelease", commandLine: "release", maxWallClockMs: MINUTE },
        }
      : {}),
  };
}

/** The reports to an effect, sometimes unhappy ones. */
function reportsTo(effect: Effect, how: number): Report[] {
  const usual = answers(effect);
  const exitCode = [0, 0, 0, 1, 2][how % 5];
  if (effect.kind === "RunTask") {
    const attempt = effect.attempt.id;
    if (how % 9 === 8) return [{ kind: "TaskEnded", attempt, cause: "preprocessing", exitCode: undefined, failure: undefined }];
    if (how % 9 === 7) return [{ kind: "TaskEnded", attempt, cause: "timeLimit", exitCode: undefined, failure: undefined }];
    return [{ kind: "TaskEnded", attempt, cause: "exit", exitCode, failure: undefined }];
  }
  return usual.map((report) =>
    report.kind === "PreparationEnded" || report.kind === "ReleaseEnded"
      ? { ...report, exitCode: how % 4 === 3 ? 1 : 0 }
      : report,
  );
}

export class Work {
  readonly cluster = new Cluster({ events: "keep" });

  constructor(how: number) {
    const pool = { coresPerNode: 4, vmSize: "small", targetDedicatedNodes: 2, targetLowPriorityNodes: 1 };
    this.cluster.readyPool({ ...pool, id: "p", taskSlotsPerNode: 4, configuration: "cloudService" });
    this.cluster.readyPool({ ...pool, id: "q", taskSlotsPerNode: 1, enableInterNodeCommunication: true, nodeFillType: "pack" });
    for (const [i, id] of ["j1", "j2"].entries()) {
      this.cluster.do({ kind: "AddJob", spec: jobSpec(id, how + i) });
      this.addTasks(id, 3, how);
    }
  }

  do([what, which, how]: Action): void {
    const { cluster } = this;
    const job = pick(JOBS, which)!;
    const task = pick([...(cluster.world.job(job)?.tasks.values() ?? [])], how)?.id ?? "none";
    const node = this.node(which);
    const at = { poolId: node?.pool.id ?? "p", nodeId: node?.id ?? "none" };
    const option = (["requeue", "terminate", "taskcompletion", "retaineddata"] as const)[how % 4];
    switch (what % 32) {
      case 0:
        if (which % 5 < 3) cluster.do({ kind: "AddJob", spec: jobSpec(job, how) });
        else this.addSchedule(how);
        return;
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        return void this.addTasks(job, which, how);
      case 6:
        return void cluster.do({ kind: "TerminateTask", jobId: job, taskId: task });
      case 7:
        return void cluster.do({ kind: "DeleteTask", jobId: job, taskId: task });
      case 8:
        return void cluster.do({ kind: "ReactivateTask", jobId: job, taskId: task });
      case 9:
        return void cluster.do({
          kind: "DisableJob",
          jobId: job,
          disableTasks: (["requeue", "terminate", "wait"] as const)[how % 3],
        });
      case 10:
      case 11:
        return void cluster.do({ kind: "EnableJob", jobId: job });
      case 12:
        return void (how % 5 === 0 && cluster.do({ kind: "TerminateJob", jobId: job }));
      case 13:
        return void (how % 5 === 0 && cluster.do({ kind: "DeleteJob", jobId: job }));
      case 14:
        return void cluster.do({
          kind: "PatchJob",
          jobId: job,
          properties: [
            { priority: how % 7, maxParallelTasks: (how % 4) - 1 || -1 },
            { poolId: "q" },
            { onAllTasksComplete: "terminatejob" as const },
          ][how % 3],
        });
      case 15:
        return void cluster.do({ kind: "NodePreempted", ...at });
      case 16:
        return void cluster.do({ kind: how % 2 === 0 ? "NodeLost" : "NodeRecovered", ...at });
      case 17:
        return void cluster.do({
          kind: "NodeUnusable",
          ...at,
          errors: how % 2 === 0 ? [] : [{ code: "DiskFull", message: "no room" }],
        });
      case 18:
        return void cluster.do({ kind: "RebootNode", ...at, nodeRebootOption: option });
      case 19:
        return void cluster.do({ kind: "ReimageNode", ...at, nodeReimageOption: option });
      case 20:
        return void cluster.do({
          kind: "ResizePool",
          poolId: at.poolId,
          targetDedicatedNodes: how % 4,
          nodeDeallocationOption: option,
        });
      case 21:
        if (how % 2 === 0) cluster.do({ kind: "DisableScheduling", ...at, nodeDisableSchedulingOption: option });
        else cluster.do({ kind: "EnableScheduling", ...at });
        return;
      case 22:
        cluster.advance(how * 1000);
        return;
      case 23:
        return void this.schedule(how);
      default:
        this.answer(which, how);
    }
  }

  /** Answers one waiting effect. */
  answer(which: number, how: number): void {
    const pending = this.cluster.pending;
    if (pending.length === 0) return;
    const [effect] = pending.splice(which % pending.length, 1);
    for (const report of reportsTo(effect, how)) this.cluster.do(report);
  }

  /** Calm: everything asked for is answered happily, silent nodes are heard of, and whatever got lost is told again, until nothing moves. */
  settle(): void {
    const { cluster } = this;
    for (let round = 0; round < 200; round++) {
      const effects = cluster.pending.splice(0);
      for (const effect of effects) for (const report of answers(effect)) cluster.do(report);
      const told = this.nodes().filter((node) => this.comeUp(node)).length;
      if (effects.length + told === 0) return;
    }
    throw new Error("work without end");
  }

  /** Tells of a node what it is waited for; whether there was anything to tell. */
  private comeUp(node: ComputeNode): boolean {
    const at = { poolId: node.pool.id, nodeId: node.id };
    switch (node.state) {
      case "unknown":
        this.cluster.do({ kind: "NodeRecovered", ...at });
        return true;
      case "creating":
      case "rebooting":
      case "reimaging":
        this.cluster.do({ kind: "NodeStarted", ...at });
        this.cluster.do({ kind: "NodeReady", ...at });
        return true;
      case "starting":
        this.cluster.do({ kind: "NodeReady", ...at });
        return true;
      default:
        return false;
    }
  }

  tasks(): Task[] {
    return [...this.cluster.world.jobs.values()].flatMap((job) => [...job.tasks.values()]);
  }

  private nodes(): ComputeNode[] {
    return [...this.cluster.world.pools.values()].flatMap((pool) => [...pool.nodes.values()]);
  }

  private node(which: number): ComputeNode | undefined {
    return pick(this.nodes(), which);
  }

  private addTasks(jobId: string, which: number, how: number): void {
    const tasks = Array.from({ length: 1 + (which % 4) }, (_, i) => ({ id: `${(how + i) % 14}`, spec: taskSpec(how + i) }));
    const { answer, refusal } = this.cluster.do({ kind: "AddTasks", jobId, tasks });
    if (refusal === undefined) expect(answer).toHaveLength(tasks.length);
  }

  private addSchedule(how: number): void {
    const { id: _id, ...jobSpecification } = {
      priority: 0,
      maxWallClockMs: undefined,
      maxTaskRetryCount: 0,
      onAllTasksComplete: "noaction",
      onTaskFailure: "noaction",
      usesTaskDependencies: true,
      ...jobSpec("x", how),
    } as const;
    const schedule = {
      doNotRunUntil: undefined,
      doNotRunAfter: how % 3 === 0 ? this.cluster.now + 20 * MINUTE : undefined,
      startWindowMs: how % 4 === 0 ? 2 * MINUTE : undefined,
      recurrenceIntervalMs: how % 2 === 0 ? 5 * MINUTE : undefined,
    };
    this.cluster.do({ kind: "AddJobSchedule", spec: { id: "s", schedule, jobSpecification } });
  }

  private schedule(how: number): void {
    const kinds = ["DisableJobSchedule", "EnableJobSchedule", "TerminateJobSchedule", "DeleteJobSchedule"] as const;
    const kind = kinds[how % 10] ?? "EnableJobSchedule";
    this.cluster.do({ kind, jobScheduleId: "s" });
  }
}

export function runWork(actions: readonly Action[]): Work {
  const work = new Work(actions[0]?.[2] ?? 0);
  for (const action of actions) work.do(action);
  return work;
}

/** What has to hold once all is calm: nothing runs, nothing is on its way for ever, and every slot is free. */
export function expectGoodWork(actions: readonly Action[]): void {
  const work = runWork(actions);
  work.settle();
  const { world } = work.cluster;
  expect(world.attempts.size).toBe(0);
  for (const job of world.jobs.values()) expect(["disabling", "enabling", "terminating", "deleting"]).not.toContain(job.state);
  for (const pool of world.pools.values())
    for (const node of pool.nodes.values()) expect([node.usedSlots, node.specials]).toEqual([0, 0]);
}
