/** Each invariant of jobs, tasks and schedules is proven by a planted bug: a world broken by hand in just that way is told. */
import { expect, it } from "vitest";
import { brokenInvariantsOfJobs } from "../../runtime/core/invariants/jobs.ts";
import type { Job } from "../../runtime/core/job.ts";
import type { Task } from "../../runtime/core/task.ts";
import { outcomeOf } from "../../runtime/core/taskOutcome.ts";
import { Cluster, MINUTE } from "./cluster.ts";
import { addJob, addTasks, MANAGER, PREPARATION, TASK } from "./jobs.ts";

interface Planted {
  readonly cluster: Cluster;
  readonly job: Job;
  readonly running: Task;
  readonly ready: Task;
  readonly done: Task;
  readonly blocked: Task;
}

/** A world with a task in every state, a preparation that runs, a schedule, and nothing wrong. */
function world(): Planted {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1 });
  const job = addJob(cluster, { usesTaskDependencies: true });
  const [done, running, ready] = addTasks(cluster, ["done", "running", "ready"]);
  const [blocked] = addTasks(cluster, ["blocked"], { dependsOn: { taskIds: ["ready"], taskIdRanges: [] } });
  cluster.endTask("j", "done");
  cluster.readyPool({ id: "q", targetDedicatedNodes: 1 });
  addJob(cluster, { id: "k", poolId: "q", preparation: PREPARATION });
  addTasks(cluster, ["preparing"], {}, "k");
  const jobSpecification = {
    priority: 0,
    poolId: "p",
    maxWallClockMs: undefined,
    maxTaskRetryCount: 0,
    onAllTasksComplete: "noaction",
    onTaskFailure: "noaction",
    usesTaskDependencies: false,
  } as const;
  const schedule = {
    doNotRunUntil: undefined,
    doNotRunAfter: undefined,
    startWindowMs: undefined,
    recurrenceIntervalMs: MINUTE,
  };
  cluster.ok({ kind: "AddJobSchedule", spec: { id: "s", schedule, jobSpecification } });
  return { cluster, job, running, ready, done, blocked };
}

const cases: [name: string, breaks: (planted: Planted) => void, told: RegExp][] = [
  [
    "an attempt missing on its node",
    ({ running }) => void (running.attempt!.node.attempts.length = 0),
    /holds slots on node tvm-1 0 times/,
  ],
  [
    "an attempt twice on its node",
    ({ running }) => void running.attempt!.node.attempts.push(running.attempt!),
    /holds slots on node tvm-1 2 times/,
  ],
  [
    "an attempt whose task does not run",
    ({ running }) => void (running.attempt!.task.attempt = undefined),
    /nobody asked for its end/,
  ],
  [
    "a running task that prepares",
    ({ running }) => void (running.attempt!.preparing = true),
    /waits for preparation while its task runs/,
  ],
  [
    "a preparation that nobody makes",
    ({ cluster }) => cluster.world.job("k")!.preparations.clear(),
    /waits for a preparation that nobody makes/,
  ],
  ["attempts miscounted", ({ cluster }) => void cluster.world.attempts.size++, /attempts: 3 counted, 2 there/],
  ["a count of a job", ({ job }) => void job.counts.running++, /2 running tasks counted, 1 there/],
  ["a count of blocked tasks", ({ job }) => void job.counts.blocked--, /0 blocked tasks counted, 1 there/],
  ["a job under another id", ({ cluster, job }) => void cluster.world.jobs.set("other", job), /job j: kept under another id/],
  ["attempts of a job", ({ job }) => void job.liveAttempts++, /job j: 2 attempts counted, 1 there/],
  ["ready tasks of a job", ({ job }) => void job.ready.instances++, /job j: ready tasks are miscounted/],
  ["a job that queues nowhere", ({ job }) => void (job.queuedIn = undefined), /job j: queues in no pool while active/],
  ["a disabled job that runs tasks", ({ job }) => void (job.state = "disabled"), /job j: disabled while tasks run/],
  [
    "a job that waits for nothing",
    ({ cluster }) => void (cluster.world.job("s:job-1")!.state = "terminating"),
    /terminating with nothing left to wait for/,
  ],
  [
    "a disabling job that waits for nothing",
    ({ cluster }) => void (cluster.world.job("s:job-1")!.state = "disabling"),
    /disabling with nothing left/,
  ],
  ["a completed job that runs", ({ job }) => void (job.state = "completed"), /job j: completed while something of it runs/],
  ["a job bound to another pool", ({ cluster, job }) => void (job.pool = cluster.pool("q")), /bound to another pool/],
  [
    "a task under another id",
    ({ ready }) => void Object.assign(ready, { id: "other" }),
    /task j\/other: kept under another id/,
  ],
  [
    "tasks out of order",
    ({ job, done }) => {
      job.tasks.delete("done");
      job.tasks.set("done", done);
    },
    /task done is out of order/,
  ],
  [
    "a task with an attempt that is over",
    ({ cluster, running }) => cluster.world.attempts.remove(running.attempt!),
    /its attempt is unknown/,
  ],
  ["a task that runs nowhere", ({ running }) => void (running.attempt = undefined), /running without an attempt/],
  ["a ready task that does not queue", ({ ready }) => void (ready.queued = false), /task j\/ready: ready but not queued/],
  ["a blocked task that queues", ({ blocked }) => void (blocked.queued = true), /task j\/blocked: queued but not ready/],
  ["a completed task without a result", ({ done }) => void (done.outcome = undefined), /completed with result undefined/],
  ["a negative wait", ({ ready }) => void (ready.openDependencies = -1), /waits for -1 tasks/],
  [
    "a wait that is over",
    ({ ready }) => {
      ready.state = "completed";
      ready.outcome = outcomeOf(0, undefined, "satisfy");
    },
    /waits although all its parents are satisfied/,
  ],
  ["a task in another lane", ({ ready }) => void (ready.lane = undefined), /stands in another lane/],
  ["a lane of another size", ({ ready }) => void ready.lane!.size++, /a lane of 2 tasks has 1/],
  [
    "a lane in no ring",
    ({ cluster, ready }) => cluster.pool().queue.unlink(ready.lane!),
    /a lane of 1 ready tasks is in no ring/,
  ],
  ["a lane under another priority", ({ job }) => void (job.priority = 9), /queues under another priority/],
  ["active tasks of a pool", ({ cluster }) => void cluster.pool().tasks.active++, /pool p: 2 active tasks counted, 1 there/],
  ["running tasks of a pool", ({ cluster }) => void cluster.pool().tasks.running--, /pool p: 0 running tasks counted, 1 there/],
  ["the size of a queue", ({ cluster }) => void cluster.pool().queue.size++, /pool p: 2 tasks queue by count, 1 there/],
  ["turns out of order", ({ ready }) => void (ready.lane!.turn = -2), /a ring is out of order/],
  [
    "levels out of order",
    ({ cluster }) => void cluster.pool().queue.levels.push(cluster.pool().queue.levels[0]),
    /levels are out of order/,
  ],
  ["restarted managers", ({ cluster }) => void cluster.pool().queue.restartedManagers++, /restarted managers are miscounted/],
  [
    "a task that could run",
    ({ cluster }) => cluster.pool().free.set(0, 1, true),
    /task ready waits although node tvm-1 has room/,
  ],
  [
    "a job that its pool does not find",
    ({ cluster, job }) => void cluster.world.jobsByPool.get("p")!.delete(job),
    /job j: not found under its pool's id/,
  ],
  [
    "the quota's count",
    ({ cluster }) => void cluster.world.activeJobsAndSchedules--,
    /3 active jobs and schedules counted, 4 there/,
  ],
  [
    "two active jobs of a schedule",
    ({ cluster, job }) => void cluster.world.jobSchedule("s")!.jobs.add(job),
    /has 2 active jobs/,
  ],
  [
    "another active job",
    ({ cluster }) => void (cluster.world.jobSchedule("s")!.activeJob = undefined),
    /its active job is another one/,
  ],
  [
    "a schedule that keeps a job that is gone",
    ({ cluster }) => void cluster.world.jobs.delete("s:job-1"),
    /keeps a job that is gone/,
  ],
  [
    "a completed schedule with a due time",
    ({ cluster }) => void (cluster.world.jobSchedule("s")!.state = "completed"),
    /is completed and has a due time/,
  ],
  [
    "a special task kept after its end",
    ({ cluster }) => void (cluster.world.specials.get(1)!.state = "completed"),
    /preparation run 1: ended but kept/,
  ],
  ["special tasks of a node", ({ cluster }) => void cluster.node("tvm-1", "q").specials++, /2 special tasks counted, 1 there/],
  [
    "special tasks of a job",
    ({ cluster }) => void cluster.world.job("k")!.specialsUnderWay++,
    /job k: special tasks are miscounted/,
  ],
  [
    "a special task on a node that is gone",
    ({ cluster }) => void (cluster.node("tvm-1", "q").gone = true),
    /waits for a node that is gone/,
  ],
];

it("the world is well before it is broken, with a manager too", () => {
  const { cluster } = world();
  addJob(cluster, { id: "m", jobManager: MANAGER });
  cluster.ok({ kind: "AddTask", jobId: "m", id: "a", spec: TASK });
  expect(brokenInvariantsOfJobs(cluster.world)).toEqual([]);
});

it.each(cases)("%s is told", (_name, breaks, told) => {
  const planted = world();
  breaks(planted);
  expect(brokenInvariantsOfJobs(planted.cluster.world).join("\n")).toMatch(told);
});
