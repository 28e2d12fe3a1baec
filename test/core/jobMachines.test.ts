/** Every state of a job, task and job schedule meets every command: the expected state, or the expected refusal and nothing else (J-20, J-21, T-13 to T-15, S-08). */
import { describe, expect, it } from "vitest";
import type { JobState } from "../../runtime/core/job.ts";
import type { JobScheduleState } from "../../runtime/core/jobSchedule.ts";
import type { Command } from "../../runtime/core/protocol.ts";
import type { TaskState } from "../../runtime/core/task.ts";
import { Cluster } from "./cluster.ts";
import { addJob, addTasks, job, PREPARATION, TASK, task } from "./jobs.ts";

const jobId = "j";

/** A cluster whose job `j` is in a state, with the task `a` that runs in it where it may. `enabling` lasts no longer than a step. */
function jobIn(state: Exclude<JobState, "enabling">): Cluster {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1 });
  addJob(cluster);
  addTasks(cluster, ["a"]);
  if (state === "disabling" || state === "disabled") cluster.ok({ kind: "DisableJob", jobId, disableTasks: "requeue" });
  if (state === "terminating" || state === "completed") cluster.ok({ kind: "TerminateJob", jobId });
  if (state === "deleting") cluster.ok({ kind: "DeleteJob", jobId });
  if (state === "disabled" || state === "completed") cluster.serve();
  expect(job(cluster).state).toBe(state);
  return cluster;
}

const jobCommands: readonly Command[] = [
  { kind: "DisableJob", jobId, disableTasks: "wait" },
  { kind: "EnableJob", jobId },
  { kind: "TerminateJob", jobId },
  { kind: "DeleteJob", jobId },
  { kind: "PatchJob", jobId, properties: { priority: 1 } },
  { kind: "UpdateJob", jobId, properties: {} },
  { kind: "AddTask", jobId, id: "b", spec: TASK },
  { kind: "AddTasks", jobId, tasks: [] },
];

const INVALID = "OperationInvalidForCurrentState";
const all = (code: string) => Array.from({ length: jobCommands.length }, () => code);

/** In the order of `jobCommands`: the job's state after it, or a refusal; "" is a job that is gone. */
const jobRows: readonly (readonly [Exclude<JobState, "enabling">, readonly string[]])[] = [
  ["active", ["disabling", INVALID, "terminating", "deleting", "active", "active", "active", "active"]],
  ["disabling", ["disabling", INVALID, "terminating", "deleting", "disabling", "disabling", "disabling", "disabling"]],
  ["disabled", ["disabled", "active", "completed", "", "disabled", "disabled", "disabled", "disabled"]],
  ["terminating", all("JobBeingTerminated").with(3, "deleting")],
  ["completed", all("JobCompleted").with(3, "")],
  ["deleting", all("JobBeingDeleted")],
];

describe.each(jobRows)("a job that is %s", (state, expected) => {
  it.each(jobCommands.map((command, i) => [command.kind, expected[i], command] as const))("%s: %s", (_kind, after, command) => {
    const cluster = jobIn(state);
    expect(cluster.refused(command) ?? cluster.world.job(jobId)?.state ?? "").toBe(after);
  });
});

type TaskSituation = TaskState | "succeeded" | "blocked" | "beingRequeued";

function taskIn(situation: TaskSituation): Cluster {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: situation === "active" ? 0 : 1 });
  addJob(cluster, { usesTaskDependencies: true, ...(situation === "preparing" ? { preparation: PREPARATION } : {}) });
  addTasks(cluster, ["a"], situation === "blocked" ? { dependsOn: { taskIds: ["z"], taskIdRanges: [] } } : {});
  if (situation === "completed") cluster.endTask(jobId, "a", 1);
  if (situation === "succeeded") cluster.endTask(jobId, "a", 0);
  if (situation === "beingRequeued") cluster.ok({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1" });
  return cluster;
}

const taskId = "a";
const taskCommands: readonly Command[] = [
  { kind: "TerminateTask", jobId, taskId },
  { kind: "DeleteTask", jobId, taskId },
  { kind: "ReactivateTask", jobId, taskId },
  { kind: "UpdateTask", jobId, taskId, maxTaskRetryCount: 1 },
];

const taskRows: readonly (readonly [TaskSituation, readonly string[]])[] = [
  ["active", ["completed", "", "TaskNotCompleted", "active"]],
  ["blocked", ["completed", "", "TaskNotCompleted", "active"]],
  ["preparing", ["completed", "", "TaskNotCompleted", "preparing"]],
  ["running", ["completed", "", "TaskNotCompleted", "running"]],
  ["beingRequeued", ["completed", "", "TaskNotCompleted", "running"]],
  ["completed", ["TaskCompleted", "", "running", "TaskCompleted"]],
  ["succeeded", ["TaskCompleted", "", "TaskSucceeded", "TaskCompleted"]],
];

describe.each(taskRows)("a task that is %s", (situation, expected) => {
  it.each(
    taskCommands.map((command, i) => [command.kind, expected[i], command] as const),
  )("%s: %s", (_kind, after, command) => {
    const cluster = taskIn(situation);
    expect(cluster.refused(command) ?? job(cluster).tasks.get(taskId)?.state ?? "").toBe(after);
    cluster.serve();
    expect(cluster.world.attempts.size).toBe(job(cluster).counts.running);
  });
});

describe("deallocation option × task state (section 5)", () => {
  const ENDS = {
    requeue: ["active", 1],
    terminate: ["completed", 0],
    taskcompletion: ["running", 0],
    retaineddata: ["running", 0],
  } as const;
  it.each([
    "requeue",
    "terminate",
    "taskcompletion",
    "retaineddata",
  ] as const)("%s: a running and a preparing task", (option) => {
    for (const preparation of [undefined, PREPARATION]) {
      const cluster = new Cluster();
      cluster.readyPool({ targetDedicatedNodes: 1 });
      addJob(cluster, preparation === undefined ? {} : { preparation });
      addTasks(cluster, ["a"]);
      cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 0, nodeDeallocationOption: option });
      cluster.serve();
      const a = task(cluster, "a");
      expect([a.state, a.requeueCount]).toEqual(ENDS[option]);
      expect(cluster.pool().nodes.size).toBe(a.state === "running" ? 1 : 0);
    }
  });
});

const jobScheduleId = "s";
const scheduleCommands = [
  "DisableJobSchedule",
  "EnableJobSchedule",
  "TerminateJobSchedule",
  "DeleteJobSchedule",
  "PatchJobSchedule",
] as const;

function scheduleIn(state: JobScheduleState): Cluster {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1 });
  const schedule = {
    doNotRunUntil: undefined,
    doNotRunAfter: undefined,
    startWindowMs: undefined,
    recurrenceIntervalMs: 600_000,
  };
  const jobSpecification = {
    priority: 0,
    poolId: "p",
    maxWallClockMs: undefined,
    maxTaskRetryCount: 0,
    onAllTasksComplete: "noaction",
    onTaskFailure: "noaction",
    usesTaskDependencies: false,
  } as const;
  cluster.ok({ kind: "AddJobSchedule", spec: { id: "s", schedule, jobSpecification } });
  addTasks(cluster, ["a"], {}, "s:job-1");
  if (state === "disabled") cluster.ok({ kind: "DisableJobSchedule", jobScheduleId });
  if (state === "terminating" || state === "completed") cluster.ok({ kind: "TerminateJobSchedule", jobScheduleId });
  if (state === "deleting") cluster.ok({ kind: "DeleteJobSchedule", jobScheduleId });
  if (state === "completed") cluster.serve();
  expect(cluster.world.jobSchedule("s")?.state).toBe(state);
  return cluster;
}

const scheduleRows: readonly (readonly [JobScheduleState, readonly string[]])[] = [
  ["active", ["disabled", INVALID, "terminating", "deleting", "active"]],
  ["disabled", ["JobScheduleDisabled", "active", "terminating", "deleting", "disabled"]],
  ["terminating", ["", "", "", "", ""].map((_, i) => (i === 3 ? "deleting" : "JobScheduleBeingTerminated"))],
  ["completed", ["", "", "", "", ""].map((_, i) => (i === 3 ? "" : "JobScheduleCompleted"))],
  ["deleting", ["", "", "", "", ""].map(() => "JobScheduleBeingDeleted")],
];

describe.each(scheduleRows)("a job schedule that is %s", (state, expected) => {
  it.each(scheduleCommands.map((kind, i) => [kind, expected[i]] as const))("%s: %s", (kind, after) => {
    const cluster = scheduleIn(state);
    expect(cluster.refused({ kind, jobScheduleId }) ?? cluster.world.jobSchedule("s")?.state ?? "").toBe(after);
    cluster.serve();
    expect(["terminating", "deleting"]).not.toContain(cluster.world.jobSchedule("s")?.state);
  });
});
