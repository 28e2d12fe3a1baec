/** Rules of tasks: adding, ending, coming back (T-01 to T-31). */
import { describe, expect, it } from "vitest";
import { TIME_LIMIT_EXIT_CODE } from "../../runtime/core/taskOutcome.ts";
import { Cluster, MINUTE, START } from "./cluster.ts";
import { addJob, addTasks, job, states, TASK, task } from "./jobs.ts";

function ready(nodes = 1, slots = 1): Cluster {
  const cluster = new Cluster();
  cluster.readyPool({ coresPerNode: 4, targetDedicatedNodes: nodes, taskSlotsPerNode: slots });
  return cluster;
}

describe("adding tasks", () => {
  it("T-01: ids are unique without case, of allowed characters, and a command line is required", () => {
    const cluster = ready();
    addJob(cluster);
    addTasks(cluster, ["Task-1"]);
    const add = (id: string, spec: object = TASK) =>
      cluster.refused({ kind: "AddTask", jobId: "j", id, spec: spec as typeof TASK });
    expect(add("TASK-1")).toBe("TaskExists");
    for (const id of ["", "a b", "a/b", "x".repeat(65), "ä", "\u0000"]) expect(add(id)).toBe("InvalidPropertyValue");
    expect(add("b", { ...TASK, commandLine: "" })).toBe("MissingRequiredProperty");
    expect(add("b", { ...TASK, requiredSlots: 0 })).toBe("InvalidPropertyValue");
    expect(add("b", { ...TASK, maxTaskRetryCount: -2 })).toBe("InvalidConstraintValue");
    for (const id of ["constructor", "__proto__", "x".repeat(64)]) expect(add(id)).toBeUndefined();
  });

  it("T-02: a collection gives one result per task, takes 100, and adds what is good beside what is not", () => {
    const cluster = ready();
    addJob(cluster);
    const tasks = ["a", "A", "b"].map((id) => ({ id, spec: TASK }));
    const { answer } = cluster.ok({ kind: "AddTasks", jobId: "j", tasks });
    expect((answer as ({ code: string } | undefined)[]).map((refusal) => refusal?.code)).toEqual([
      undefined,
      "TaskExists",
      undefined,
    ]);
    const many = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `t${i}`, spec: TASK }));
    expect(cluster.refused({ kind: "AddTasks", jobId: "j", tasks: many(101) })).toBe("InvalidPropertyValue");
    expect(cluster.refused({ kind: "AddTasks", jobId: "j", tasks: many(100) })).toBeUndefined();
    expect(cluster.refused({ kind: "AddTasks", jobId: "none", tasks: [] })).toBe("JobNotFound");
  });

  it("T-04, T-05: dependencies and job actions need a job that was added for them", () => {
    const cluster = ready();
    addJob(cluster);
    const spec = { ...TASK, dependsOn: { taskIds: ["a"], taskIdRanges: [] } };
    expect(cluster.refused({ kind: "AddTask", jobId: "j", id: "a", spec })).toBe("TaskDependenciesNotSpecifiedOnJob");
    const exits = { ...TASK, exitConditions: { default: { jobAction: "terminate" as const } } };
    expect(cluster.refused({ kind: "AddTask", jobId: "j", id: "a", spec: exits })).toBe("InvalidPropertyValue");
  });

  it("T-44: long lists of ids and of ranges are refused with codes of their own", () => {
    const cluster = ready();
    addJob(cluster, { usesTaskDependencies: true });
    const add = (taskIds: string[], ranges: number) => {
      const dependsOn = { taskIds, taskIdRanges: Array.from({ length: ranges }, (_, i) => ({ start: i, end: i })) };
      return cluster.refused({ kind: "AddTask", jobId: "j", id: `t${taskIds.length}-${ranges}`, spec: { ...TASK, dependsOn } });
    };
    expect(
      add(
        Array.from({ length: 1000 }, () => "x".repeat(64)),
        0,
      ),
    ).toBeUndefined();
    expect(
      add(
        Array.from({ length: 1001 }, () => "x".repeat(64)),
        0,
      ),
    ).toBe("TaskDependencyListTooLong");
    expect(add([], 1000)).toBeUndefined();
    expect(add([], 1001)).toBe("TaskDependencyRangesTooLong");
  });
});

describe("the end of a run", () => {
  it("T-10, T-25: exit 0 completes with success; times and node are kept", () => {
    const cluster = ready();
    addJob(cluster);
    const [a] = addTasks(cluster, ["a"]);
    expect([a.state, a.startAt, a.node?.id]).toEqual(["running", START, "tvm-1"]);
    cluster.now += MINUTE;
    cluster.endTask("j", "a");
    expect([a.state, a.result, a.exitCode, a.failure, a.endAt]).toEqual(["completed", "success", 0, undefined, START + MINUTE]);
    expect(a.previousState).toBe("running");
    expect(job(cluster).counts).toMatchObject({ completed: 1, succeeded: 1, failed: 0, running: 0 });
  });

  it.each([
    [undefined, 0, 1],
    [undefined, 2, 3],
    [3, 0, 4],
    [0, 5, 1],
  ])("T-26: own retries %s and the job's %s make %s runs of a task that keeps failing", (own, ofJob, runs) => {
    const cluster = ready();
    addJob(cluster, { maxTaskRetryCount: ofJob });
    const [a] = addTasks(cluster, ["a"], { maxTaskRetryCount: own });
    for (let run = 1; run < runs; run++) {
      cluster.endTask("j", "a", 1);
      expect([a.state, a.retryCount]).toEqual(["running", run]);
    }
    cluster.endTask("j", "a", 7);
    expect([a.state, a.exitCode, a.failure?.code, a.attemptCount]).toEqual(["completed", 7, "FailureExitCode", runs]);
  });

  it("T-26: -1 retries for ever", () => {
    const cluster = ready();
    addJob(cluster);
    const [a] = addTasks(cluster, ["a"], { maxTaskRetryCount: -1 });
    for (let run = 0; run < 50; run++) cluster.endTask("j", "a", 1);
    expect([a.state, a.retryCount]).toEqual(["running", 50]);
  });

  it("T-30, T-31: time limits, preprocessing and upload errors are not retried", () => {
    const cluster = ready();
    addJob(cluster, { maxTaskRetryCount: -1 });
    for (const [cause, exitCode, code] of [
      ["timeLimit", TIME_LIMIT_EXIT_CODE, "TaskEnded"],
      ["preprocessing", undefined, "BlobNotFound"],
      ["upload", 0, "FileUploadMiscError"],
    ] as const) {
      const [one] = addTasks(cluster, [cause]);
      const failure = cause === "timeLimit" ? undefined : ({ category: "UserError", code, message: "" } as const);
      cluster.do({ kind: "TaskEnded", attempt: one.attempt!.id, cause, exitCode: cause === "upload" ? 0 : undefined, failure });
      expect([one.state, one.result, one.exitCode, one.failure?.code]).toEqual(["completed", "failure", exitCode, code]);
    }
    expect(task(cluster, "timeLimit").failure?.category).toBe("ServerError");
  });

  it("T-25: a report of an attempt that is over, or never was, is stale and changes nothing", () => {
    const cluster = ready();
    addJob(cluster, { maxTaskRetryCount: 1 });
    const [a] = addTasks(cluster, ["a"]);
    const old = a.attempt!.id;
    cluster.endTask("j", "a", 1);
    for (const attempt of [old, -1, 0.5, Number.NaN, 2 ** 60]) {
      const { events } = cluster.do({ kind: "TaskEnded", attempt, cause: "exit", exitCode: 0, failure: undefined });
      expect(events.map(({ kind }) => kind)).toEqual(["StaleReport"]);
    }
    expect(a.state).toBe("running");
  });
});

describe("ending tasks by request", () => {
  it("T-13: terminate completes at once, the slot is free when the process has died", () => {
    const cluster = ready();
    addJob(cluster);
    const [a, b] = addTasks(cluster, ["a", "b"]);
    cluster.ok({ kind: "TerminateTask", jobId: "j", taskId: "A" });
    expect([a.state, a.failure?.code, a.failure?.category, b.state]).toEqual(["completed", "TaskEnded", "UserError", "active"]);
    cluster.serve(["KillTask"]);
    expect(b.state).toBe("running");
    expect(cluster.refused({ kind: "TerminateTask", jobId: "j", taskId: "a" })).toBe("TaskCompleted");
    expect(cluster.refused({ kind: "TerminateTask", jobId: "j", taskId: "c" })).toBe("TaskNotFound");
  });

  it("T-14: delete removes the record at once, kills the process and has the files removed", () => {
    const cluster = ready();
    addJob(cluster);
    const [a, b] = addTasks(cluster, ["a", "b"]);
    const { effects } = cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "a" });
    expect(effects.map(({ kind }) => kind)).toEqual(["KillTask", "RemoveTaskFiles"]);
    expect([a.gone, job(cluster).tasks.has("a"), b.state]).toEqual([true, false, "active"]);
    cluster.serve();
    expect(b.state).toBe("running");
    addTasks(cluster, ["a"]);
    expect(states(cluster)).toEqual(["running", "active"]);
  });

  it("T-15: only failed tasks are reactivated; counters and failure data are cleared", () => {
    const cluster = ready();
    addJob(cluster, { maxTaskRetryCount: 1 });
    const [a] = addTasks(cluster, ["a"]);
    expect(cluster.refused({ kind: "ReactivateTask", jobId: "j", taskId: "a" })).toBe("TaskNotCompleted");
    cluster.endTask("j", "a", 1);
    cluster.endTask("j", "a", 1);
    expect([a.state, a.retryCount]).toEqual(["completed", 1]);
    cluster.ok({ kind: "ReactivateTask", jobId: "j", taskId: "a" });
    expect([a.state, a.retryCount, a.failure, a.endAt, a.result]).toEqual(["running", 0, undefined, undefined, undefined]);
    cluster.endTask("j", "a");
    expect(cluster.refused({ kind: "ReactivateTask", jobId: "j", taskId: "a" })).toBe("TaskSucceeded");
    expect(job(cluster).counts).toMatchObject({ succeeded: 1, failed: 0 });
  });

  it("T-15: a task reactivated while its old process dies runs when that is dead", () => {
    const cluster = ready(2);
    addJob(cluster);
    const [a] = addTasks(cluster, ["a"]);
    cluster.ok({ kind: "TerminateTask", jobId: "j", taskId: "a" });
    cluster.ok({ kind: "ReactivateTask", jobId: "j", taskId: "a" });
    expect([a.state, a.queued]).toEqual(["active", false]);
    cluster.serve(["KillTask"]);
    expect([a.state, a.attemptCount]).toEqual(["running", 2]);
  });

  it("T-06: update changes the constraints alone; absent ones return to their defaults", () => {
    const cluster = ready();
    addJob(cluster, { maxTaskRetryCount: 4 });
    const [a] = addTasks(cluster, ["a"], { maxTaskRetryCount: 0, retentionMs: MINUTE, requiredSlots: 1 });
    cluster.ok({ kind: "UpdateTask", jobId: "j", taskId: "a", maxWallClockMs: MINUTE });
    expect(a.spec).toMatchObject({
      maxTaskRetryCount: undefined,
      retentionMs: undefined,
      maxWallClockMs: MINUTE,
      commandLine: "run",
    });
    cluster.endTask("j", "a", 1);
    expect(a.state).toBe("running");
    expect(cluster.refused({ kind: "UpdateTask", jobId: "j", taskId: "a", maxWallClockMs: -1 })).toBe("InvalidConstraintValue");
  });

  it("T-06: what a running task may take and how long it is kept is told to its node, once for a change; other constraints, and tasks that wait, are not", () => {
    const cluster = ready();
    addJob(cluster);
    const [a] = addTasks(cluster, ["a", "b"]);
    const told = (taskId: string, constraints: object) =>
      cluster.ok({ kind: "UpdateTask", jobId: "j", taskId, ...constraints }).effects.map(({ kind }) => kind);
    expect(a.state).toBe("running");
    expect(told("a", { maxWallClockMs: MINUTE })).toEqual(["ConstrainTask"]);
    expect(told("a", { maxWallClockMs: MINUTE, maxTaskRetryCount: 3 })).toEqual([]);
    expect(told("a", { retentionMs: MINUTE })).toEqual(["ConstrainTask"]);
    expect(told("b", { maxWallClockMs: MINUTE })).toEqual([]);
  });

  it("T-16: a task ends when its lifetime is over, in whatever state it is; later ones have their own time", () => {
    const cluster = new Cluster({ settings: { taskLifetimeMs: 10 * MINUTE } });
    cluster.readyPool({ targetDedicatedNodes: 1 });
    addJob(cluster);
    const [a, b] = addTasks(cluster, ["a", "b"]);
    cluster.advance(5 * MINUTE);
    const [c] = addTasks(cluster, ["c"]);
    cluster.advance(5 * MINUTE);
    expect([a.state, b.state, c.state]).toEqual(["completed", "completed", "active"]);
    expect(a.failure).toMatchObject({ code: "TaskEnded", category: "ServerError" });
    cluster.serve(["KillTask"]);
    expect(c.state).toBe("running");
    cluster.advance(5 * MINUTE);
    expect(c.state).toBe("completed");
    cluster.serve(["KillTask"]);
    const [d] = addTasks(cluster, ["d"]);
    cluster.advance(10 * MINUTE);
    expect(d.state).toBe("completed");
  });
});

describe("coming back", () => {
  it("T-25, P-81: a preempted task recovers elsewhere without touching retries, up to the internal limit", () => {
    const cluster = new Cluster({ settings: { recoveriesMax: 2 } });
    cluster.readyPool({ targetLowPriorityNodes: 1 });
    addJob(cluster);
    const [a] = addTasks(cluster, ["a"]);
    for (let i = 1; i <= 3; i++) {
      cluster.do({ kind: "NodePreempted", poolId: "p", nodeId: a.node!.id });
      if (i === 3) break;
      expect([a.state, a.retryCount, a.requeueCount, a.recoveryCount]).toEqual(["active", 0, 0, i]);
      cluster.serve();
      expect(a.state).toBe("running");
    }
    expect([a.state, a.failure?.code]).toEqual(["completed", "MaxInternalRetryCountReached"]);
  });

  it("section 5: requeue counts as such, and a task that ended well before the kill reached it is completed", () => {
    const cluster = ready(2);
    addJob(cluster);
    const [a, b] = addTasks(cluster, ["a", "b"]);
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "requeue" });
    expect([a.state, b.state, job(cluster).state]).toEqual(["running", "running", "disabling"]);
    cluster.endTask("j", "a", 0);
    cluster.do({ kind: "TaskEnded", attempt: b.attempt!.id, cause: "exit", exitCode: 1, failure: undefined });
    expect([a.state, b.state, b.requeueCount, b.retryCount, job(cluster).state]).toEqual([
      "completed",
      "active",
      1,
      0,
      "disabled",
    ]);
  });

  it("T-27: a retry goes to the node where its files are, when that is free", () => {
    const cluster = ready(3);
    addJob(cluster, { maxTaskRetryCount: 1 });
    const tasks = addTasks(cluster, ["a", "b", "c"]);
    cluster.endTask("j", "a");
    cluster.endTask("j", "c", 1);
    expect(tasks[2].node?.id).toBe("tvm-3");
  });

  it("P-93: a node remembers the newest ten tasks, and counts runs and successes (P-92)", () => {
    const cluster = ready();
    addJob(cluster);
    addTasks(
      cluster,
      Array.from({ length: 12 }, (_, i) => `t${i}`),
    );
    for (let i = 0; i < 12; i++) cluster.endTask("j", `t${i}`, i === 5 ? 1 : 0);
    const node = cluster.node("tvm-1");
    expect(node.recentTasks.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, i) => `t${i + 2}`));
    expect([node.totalTasksRun, node.totalTasksSucceeded]).toEqual([12, 11]);
  });
});
