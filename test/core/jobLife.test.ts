/** Rules of jobs: adding, changing, disabling, ending (J-01 to J-45, P-200 to P-203). */
import { describe, expect, it } from "vitest";
import type { AddJobSpec } from "../../runtime/core/protocol/commands.ts";
import { Cluster, MINUTE } from "./cluster.ts";
import { addJob, addTasks, job, MANAGER, PREPARATION, RELEASE, states, TASK } from "./jobs.ts";

function ready(nodes = 1): Cluster {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: nodes });
  return cluster;
}

const add = (cluster: Cluster, spec: Partial<AddJobSpec>) =>
  cluster.refused({ kind: "AddJob", spec: { id: "j", poolId: "p", ...spec } });

describe("adding jobs", () => {
  it("J-01 to J-04, J-66, J-69: what a job may not be is refused with its code", () => {
    const cluster = ready();
    addJob(cluster, { id: "there" });
    const { poolId: _, ...noPool } = { poolId: "p" };
    expect(cluster.refused({ kind: "AddJob", spec: { id: "j", ...noPool } })).toBe("InvalidPropertyValue");
    expect(add(cluster, { id: "THERE" })).toBe("JobExists");
    expect(add(cluster, { id: "a:b" })).toBe("InvalidPropertyValue");
    for (const priority of [-1001, 1001, 0.5, Number.NaN]) expect(add(cluster, { priority })).toBe("OutOfRangePriority");
    expect(add(cluster, { release: RELEASE })).toBe("InvalidPropertyValue");
    expect(add(cluster, { preparation: PREPARATION, release: { ...RELEASE, maxWallClockMs: 15 * MINUTE + 1 } })).toBe(
      "InvalidPropertyValue",
    );
    expect(add(cluster, { preparation: PREPARATION, release: { ...RELEASE, id: "JobPreparation" } })).toBe(
      "TaskIdSameAsJobPreparationTask",
    );
    expect(add(cluster, { jobManager: { ...MANAGER, id: "jobpreparation" }, preparation: PREPARATION })).toBe(
      "TaskIdSameAsJobPreparationTask",
    );
    expect(add(cluster, { jobManager: { ...MANAGER, requiredSlots: 0 } })).toBe("InvalidPropertyValue");
    expect(add(cluster, { preparation: PREPARATION, release: { ...RELEASE, maxWallClockMs: 15 * MINUTE } })).toBeUndefined();
    for (const [id, code] of [
      ["JOBPREPARATION", "TaskIdSameAsJobPreparationTask"],
      ["jobrelease", "TaskIdSameAsJobReleaseTask"],
    ])
      expect(cluster.refused({ kind: "AddTask", jobId: "j", id, spec: TASK })).toBe(code);
  });

  it("J-05, L-12: active jobs are limited, completed ones are free", () => {
    const cluster = new Cluster({ quotas: { activeJobsAndSchedules: 2 } });
    addJob(cluster, { id: "a" });
    addJob(cluster, { id: "b" });
    expect(add(cluster, { id: "c" })).toBe("ActiveJobAndScheduleQuotaReached");
    cluster.ok({ kind: "TerminateJob", jobId: "a" });
    expect(add(cluster, { id: "c" })).toBeUndefined();
  });
});

describe("changing jobs", () => {
  it("J-07, J-08: PUT returns absent properties to defaults, PATCH keeps them, terminatejob is not taken back", () => {
    const cluster = ready();
    const one = addJob(cluster, { priority: 5, maxWallClockMs: MINUTE, maxTaskRetryCount: 3, opaque: { name: "x" } });
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { priority: 6 } });
    expect([one.priority, one.spec.maxWallClockMs, one.spec.maxTaskRetryCount]).toEqual([6, MINUTE, 3]);
    cluster.ok({ kind: "UpdateJob", jobId: "j", properties: { maxTaskRetryCount: 1 } });
    expect([one.priority, one.spec.maxWallClockMs, one.spec.maxTaskRetryCount, one.spec.opaque]).toEqual([
      0,
      undefined,
      1,
      undefined,
    ]);
    addTasks(cluster, ["a"]);
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { onAllTasksComplete: "terminatejob" } });
    expect(cluster.refused({ kind: "PatchJob", jobId: "j", properties: { onAllTasksComplete: "noaction" } })).toBe(
      "InvalidPropertyValue",
    );
    expect(cluster.refused({ kind: "UpdateJob", jobId: "j", properties: {} })).toBe("InvalidPropertyValue");
    cluster.advance(2 * MINUTE);
    expect(one.state).toBe("active");
  });

  it("J-09: another pool only while disabled; its waiting tasks then run there", () => {
    const cluster = ready(0);
    cluster.readyPool({ id: "q", targetDedicatedNodes: 1 });
    addJob(cluster);
    const [a] = addTasks(cluster, ["a"]);
    expect(cluster.refused({ kind: "PatchJob", jobId: "j", properties: { poolId: "q" } })).toBe(
      "OperationInvalidForCurrentState",
    );
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "requeue" });
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { poolId: "q" } });
    cluster.ok({ kind: "EnableJob", jobId: "j" });
    expect(a.node?.pool.id).toBe("q");
  });

  it("J-11: lastModified moves with the job, not with its tasks", () => {
    const cluster = ready();
    const one = addJob(cluster);
    const before = [one.lastModifiedAt, one.changeNumber];
    cluster.now += MINUTE;
    addTasks(cluster, ["a"]);
    cluster.endTask("j", "a");
    expect([one.lastModifiedAt, one.changeNumber]).toEqual(before);
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { priority: 1 } });
    expect([one.lastModifiedAt, one.changeNumber]).toEqual([cluster.now, 2]);
  });
});

describe("disabling", () => {
  it.each([
    ["requeue", "disabling", "running", "disabled", "active"],
    ["terminate", "disabling", "completed", "disabled", "completed"],
    ["wait", "disabling", "running", "disabling", "running"],
  ] as const)("J-20: %s: job %s and task %s at once, then %s and %s", (disableTasks, job1, task1, job2, task2) => {
    const cluster = ready();
    const one = addJob(cluster);
    const [a, b] = addTasks(cluster, ["a", "b"]);
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks });
    expect([one.state, a.state]).toEqual([job1, task1]);
    cluster.serve(["KillTask"]);
    expect([one.state, a.state, b.state]).toEqual([job2, task2, "active"]);
    if (disableTasks === "wait") cluster.endTask("j", "a");
    expect(one.state).toBe("disabled");
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "wait" });
    cluster.ok({ kind: "EnableJob", jobId: "j" });
    expect([one.state, disableTasks === "requeue" ? a.state : b.state]).toEqual(["active", "running"]);
    expect(cluster.refused({ kind: "EnableJob", jobId: "j" })).toBe("OperationInvalidForCurrentState");
  });

  it("J-20: disable again with another option holds for what still runs", () => {
    const cluster = ready();
    const one = addJob(cluster);
    addTasks(cluster, ["a"]);
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "wait" });
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "requeue" });
    cluster.serve(["KillTask"]);
    expect([one.state, states(cluster)]).toEqual(["disabled", ["active"]]);
  });

  it("4.10: tasks of a disabled job are not ready, unless the setting counts them", () => {
    for (const countDisabledJobs of [false, true]) {
      const cluster = new Cluster({ settings: { countDisabledJobs } });
      const pool = cluster.addPool();
      addJob(cluster);
      addTasks(cluster, ["a", "b"]);
      expect(pool.tasks.active).toBe(2);
      cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "wait" });
      expect(pool.tasks.active).toBe(countDisabledJobs ? 2 : 0);
      cluster.ok({ kind: "TerminateJob", jobId: "j" });
      expect(pool.tasks.active).toBe(0);
    }
  });
});

describe("ending", () => {
  it("J-25, J-26, J-21: running tasks are ended, waiting ones stay active for ever, and nothing is accepted any more", () => {
    const cluster = ready();
    const one = addJob(cluster);
    addTasks(cluster, ["a", "b"]);
    cluster.ok({ kind: "TerminateJob", jobId: "j", terminateReason: "enough" });
    expect([one.state, states(cluster)]).toEqual(["terminating", ["completed", "active"]]);
    expect(cluster.refused({ kind: "TerminateJob", jobId: "j" })).toBe("JobBeingTerminated");
    cluster.serve(["KillTask"]);
    expect([one.state, one.terminateReason, states(cluster)]).toEqual(["completed", "enough", ["completed", "active"]]);
    for (const command of [
      { kind: "AddTask", jobId: "j", id: "c", spec: TASK },
      { kind: "EnableJob", jobId: "j" },
      { kind: "PatchJob", jobId: "j", properties: {} },
      { kind: "ReactivateTask", jobId: "j", taskId: "a" },
    ] as const)
      expect(cluster.refused(command), command.kind).toBe("JobCompleted");
  });

  it("J-26: a setting ends waiting tasks too", () => {
    const cluster = new Cluster({ settings: { terminateJobEndsActiveTasks: true } });
    cluster.addPool();
    addJob(cluster);
    addTasks(cluster, ["a", "b"]);
    cluster.ok({ kind: "TerminateJob", jobId: "j" });
    expect([job(cluster).state, states(cluster)]).toEqual(["completed", ["completed", "completed"]]);
  });

  it("J-27: delete ends what runs, then record and files are gone and the id is free", () => {
    const cluster = ready();
    const one = addJob(cluster);
    const [a] = addTasks(cluster, ["a", "b"]);
    cluster.ok({ kind: "DeleteJob", jobId: "j" });
    expect([one.state, a.state]).toEqual(["deleting", "completed"]);
    expect(cluster.refused({ kind: "DeleteJob", jobId: "j" })).toBe("JobBeingDeleted");
    cluster.serve(["KillTask"]);
    expect([one.gone, a.gone, cluster.world.job("j")]).toEqual([true, true, undefined]);
    expect(cluster.take("RemoveJobFiles").map(({ node }) => node.id)).toEqual(["tvm-1"]);
    addJob(cluster);
  });

  it("P-57: deleting the job ends the retention that a node waits for", () => {
    const cluster = ready();
    addJob(cluster);
    addTasks(cluster, ["a"], { retentionMs: Number.POSITIVE_INFINITY });
    cluster.endTask("j", "a");
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 0, nodeDeallocationOption: "retaineddata" });
    cluster.advance(MINUTE);
    expect(cluster.node("tvm-1").state).toBe("idle");
    cluster.ok({ kind: "DeleteJob", jobId: "j" });
    expect(cluster.node("tvm-1").state).toBe("leavingpool");
  });

  it("P-57, T-15: reactivating the task ends the retention that a node waits for", () => {
    const cluster = ready();
    addJob(cluster);
    addTasks(cluster, ["a"], { retentionMs: Number.POSITIVE_INFINITY });
    cluster.endTask("j", "a", 1);
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 0, nodeDeallocationOption: "retaineddata" });
    cluster.advance(MINUTE);
    expect(cluster.node("tvm-1").state).toBe("idle");
    cluster.ok({ kind: "ReactivateTask", jobId: "j", taskId: "a" });
    expect(cluster.node("tvm-1").state).toBe("leavingpool");
  });

  it("J-40: the time limit counts from creation, disabled or not", () => {
    const cluster = ready();
    const one = addJob(cluster, { maxWallClockMs: 10 * MINUTE });
    addTasks(cluster, ["a"]);
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "wait" });
    cluster.advance(10 * MINUTE - 1);
    expect(one.state).toBe("disabling");
    cluster.advance(1);
    expect([one.state, one.terminateReason]).toEqual(["terminating", "MaxWallClockTimeExpiry"]);
  });

  it("J-42: terminatejob fires on the last completion, on the removal of the last open task, and at once on an empty job", () => {
    const cluster = ready(2);
    addJob(cluster, { id: "empty", onAllTasksComplete: "terminatejob" });
    expect(job(cluster, "empty").state).toBe("completed");
    addJob(cluster);
    addTasks(cluster, ["a", "b", "c"]);
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { onAllTasksComplete: "terminatejob" } });
    cluster.endTask("j", "a");
    cluster.endTask("j", "b", 1);
    expect(job(cluster).state).toBe("active");
    cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "c" });
    cluster.serve(["KillTask"]);
    expect([job(cluster).state, job(cluster).terminateReason]).toEqual(["completed", "AllTasksComplete"]);
  });

  it("J-43: tasks blocked by a failed dependency keep the job from being complete", () => {
    const cluster = ready();
    addJob(cluster, { usesTaskDependencies: true });
    addTasks(cluster, ["a"]);
    addTasks(cluster, ["b"], { dependsOn: { taskIds: ["a"], taskIdRanges: [] } });
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { onAllTasksComplete: "terminatejob" } });
    cluster.endTask("j", "a", 1);
    expect([job(cluster).state, states(cluster)]).toEqual(["active", ["completed", "active"]]);
  });

  it("J-44, J-45, T-35: exit actions hold only where the job asks for them; without conditions the first failure terminates it", () => {
    for (const [onTaskFailure, jobAction, expected, reason] of [
      ["noaction", undefined, "active", undefined],
      ["performexitoptionsjobaction", undefined, "completed", "TaskFailed"],
      ["performexitoptionsjobaction", "none", "active", undefined],
      ["performexitoptionsjobaction", "disable", "disabled", undefined],
    ] as const) {
      const cluster = ready(2);
      addJob(cluster, { onTaskFailure });
      addTasks(cluster, ["a"], jobAction === undefined ? {} : { exitConditions: { default: { jobAction } } });
      addTasks(cluster, ["b"]);
      cluster.endTask("j", "a", 1);
      cluster.serve(["KillTask"]);
      expect([job(cluster).state, job(cluster).terminateReason]).toEqual([expected, reason]);
    }
  });
});

describe("auto pools", () => {
  const autoPool = (keepAlive = false, pool: object = {}) =>
    ({
      idPrefix: "auto",
      lifetime: "job",
      keepAlive,
      pool: { vmSize: "small", coresPerNode: 1, targetDedicatedNodes: 1, ...pool },
    }) as const;

  it("P-200 to P-202: made with the job, gone with it unless kept alive", () => {
    for (const keepAlive of [false, true]) {
      const cluster = new Cluster();
      const one = addJob(cluster, { autoPool: autoPool(keepAlive) });
      const [a] = addTasks(cluster, ["a"]);
      cluster.serve();
      expect([one.poolId, a.state]).toEqual(["auto_1", "running"]);
      cluster.ok({ kind: "TerminateJob", jobId: "j" });
      cluster.serve();
      expect([one.state, one.poolId, cluster.world.pools.size]).toEqual(["completed", "auto_1", keepAlive ? 1 : 0]);
    }
  });

  it("P-203: a pool that cannot be made completes the job with the reason", () => {
    for (const [pool, quota, code] of [
      [{}, 0, "AutoPoolCreationFailedWithQuotaReached"],
      [
        { targetDedicatedNodes: undefined, enableAutoScale: true, autoScaleFormula: "$x = ;" },
        1,
        "InvalidAutoScaleFormulaInAutoPool",
      ],
      [{ taskSlotsPerNode: 99 }, 1, "InvalidAutoPoolSettings"],
    ] as const) {
      const cluster = new Cluster({ quotas: { pools: quota, activeJobsAndSchedules: 9 } });
      const one = addJob(cluster, { autoPool: autoPool(false, pool) });
      expect([one.state, one.schedulingError?.code]).toEqual(["completed", code]);
    }
  });

  it("P-201, P-202: a lifetime of a schedule is not for a plain job; of an auto pool only keepAlive changes", () => {
    const cluster = new Cluster();
    expect(add(cluster, { poolId: undefined as never, autoPool: { ...autoPool(), lifetime: "jobschedule" } })).toBe(
      "InvalidPropertyValue",
    );
    const one = addJob(cluster, { autoPool: autoPool() });
    expect(cluster.refused({ kind: "PatchJob", jobId: "j", properties: { poolId: "p" } })).toBe("InvalidPropertyValue");
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { keepAlive: true } });
    expect(one.spec.autoPool?.keepAlive).toBe(true);
  });
});
