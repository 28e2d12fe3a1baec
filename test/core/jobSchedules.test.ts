/** Rules of job schedules (S-01 to S-12, P-201). */
import { describe, expect, it } from "vitest";
import type { JobSchedule, Recurrence } from "../../runtime/core/jobSchedule.ts";
import { fullJobSpec } from "../../runtime/core/commands/jobChecks.ts";
import type { JobSpec } from "../../runtime/core/job.ts";
import { Cluster, MINUTE, START } from "./cluster.ts";
import { addJob } from "./jobs.ts";

const NEVER: Recurrence = {
  doNotRunUntil: undefined,
  doNotRunAfter: undefined,
  startWindowMs: undefined,
  recurrenceIntervalMs: undefined,
};

function jobSpecification(spec: Partial<JobSpec> = {}): Omit<JobSpec, "id"> {
  const { id: _, ...rest } = fullJobSpec({ id: "x", ...(spec.autoPool === undefined ? { poolId: "p" } : {}), ...spec });
  return rest;
}

function add(cluster: Cluster, recurrence: Partial<Recurrence> = {}, spec: Partial<JobSpec> = {}): JobSchedule {
  const schedule = { ...NEVER, ...recurrence };
  cluster.ok({ kind: "AddJobSchedule", spec: { id: "s", schedule, jobSpecification: jobSpecification(spec) } });
  return cluster.world.jobSchedule("s")!;
}

const jobs = (cluster: Cluster) =>
  [...cluster.world.jobs.values()].map(({ id, creationAt }) => [id, (creationAt - START) / MINUTE]);
const end = (cluster: Cluster, jobId: string) => cluster.ok({ kind: "TerminateJob", jobId });

describe("due times", () => {
  it("S-02, S-10: without an interval one job, now or at doNotRunUntil, and completed when that is over", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { doNotRunUntil: START + 5 * MINUTE });
    expect([jobs(cluster), schedule.nextRunAt]).toEqual([[], START + 5 * MINUTE]);
    cluster.advance(5 * MINUTE);
    expect([jobs(cluster), schedule.nextRunAt, schedule.state]).toEqual([[["s:job-1", 5]], undefined, "active"]);
    end(cluster, "s:job-1");
    expect([schedule.state, schedule.recentJob?.id, schedule.endAt]).toEqual(["completed", "s:job-1", cluster.now]);
  });

  it("S-01, S-02: first + k · interval, at most one active job", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { recurrenceIntervalMs: 10 * MINUTE });
    end(cluster, "s:job-1");
    cluster.advance(10 * MINUTE);
    cluster.advance(25 * MINUTE);
    end(cluster, "s:job-2");
    expect(jobs(cluster)).toEqual([
      ["s:job-1", 0],
      ["s:job-2", 10],
      ["s:job-3", 35],
    ]);
    expect(schedule.nextRunAt).toBe(START + 40 * MINUTE);
  });

  it("S-03: with a start window the occurrence is lost when the job before ends after it", () => {
    for (const [endsAfter, expected] of [
      [
        11,
        [
          ["s:job-1", 0],
          ["s:job-2", 11],
        ],
      ],
      [
        13,
        [
          ["s:job-1", 0],
          ["s:job-2", 20],
        ],
      ],
    ] as const) {
      const cluster = new Cluster();
      add(cluster, { recurrenceIntervalMs: 10 * MINUTE, startWindowMs: 2 * MINUTE });
      cluster.advance(endsAfter * MINUTE);
      end(cluster, "s:job-1");
      cluster.advance((20 - endsAfter) * MINUTE);
      expect(jobs(cluster)).toEqual(expected);
    }
  });

  it("S-03, S-06: when the window is over the next run is the due time after it, although the job before still runs", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { recurrenceIntervalMs: 10 * MINUTE, startWindowMs: 2 * MINUTE });
    cluster.advance(12 * MINUTE);
    expect(schedule.nextRunAt).toBe(START + 10 * MINUTE);
    cluster.advance(1);
    expect(schedule.nextRunAt).toBe(START + 20 * MINUTE);
    end(cluster, "s:job-1");
    expect(jobs(cluster)).toEqual([["s:job-1", 0]]);
  });

  it("S-03: a window longer than the interval is as infinite, and nothing is carried into the next interval", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { recurrenceIntervalMs: 10 * MINUTE, startWindowMs: 99 * MINUTE });
    cluster.advance(39 * MINUTE);
    expect(schedule.nextRunAt).toBe(START + 30 * MINUTE);
    end(cluster, "s:job-1");
    expect([jobs(cluster), schedule.nextRunAt]).toEqual([
      [
        ["s:job-1", 0],
        ["s:job-2", 39],
      ],
      START + 40 * MINUTE,
    ]);
  });

  it("S-05: no job after doNotRunAfter; completed when it has passed and no job is active", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { recurrenceIntervalMs: 10 * MINUTE, doNotRunAfter: START + 15 * MINUTE });
    cluster.advance(12 * MINUTE);
    end(cluster, "s:job-1");
    expect([jobs(cluster).length, schedule.nextRunAt]).toEqual([2, undefined]);
    end(cluster, "s:job-2");
    expect(schedule.state).toBe("active");
    cluster.advance(3 * MINUTE);
    expect([schedule.state, jobs(cluster).length]).toEqual(["completed", 2]);
  });

  it("S-05: a job that runs over the end date keeps the schedule until it is over", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { recurrenceIntervalMs: 10 * MINUTE, doNotRunAfter: START + 15 * MINUTE });
    cluster.advance(20 * MINUTE);
    expect([schedule.state, schedule.nextRunAt]).toEqual(["active", undefined]);
    end(cluster, "s:job-1");
    expect([schedule.state, jobs(cluster)]).toEqual(["completed", [["s:job-1", 0]]]);
  });

  it("S-04: shorter than a minute is refused", () => {
    const cluster = new Cluster();
    for (const ms of [MINUTE - 1, 0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const name of ["recurrenceIntervalMs", "startWindowMs"]) {
        const spec = { id: "s", schedule: { ...NEVER, [name]: ms }, jobSpecification: jobSpecification() };
        expect(cluster.refused({ kind: "AddJobSchedule", spec })).toBe("InvalidPropertyValue");
      }
    }
  });
});

describe("changes", () => {
  it("J-02, S-12: ids and quota are shared with jobs; a completed schedule is free", () => {
    const cluster = new Cluster({ quotas: { activeJobsAndSchedules: 3 } });
    addJob(cluster, { id: "J" });
    const spec = { id: "j", schedule: NEVER, jobSpecification: jobSpecification() };
    expect(cluster.refused({ kind: "AddJobSchedule", spec })).toBe("JobWithSameIdExists");
    add(cluster);
    expect(cluster.refused({ kind: "AddJobSchedule", spec: { ...spec, id: "S" } })).toBe("JobScheduleExists");
    expect(cluster.refused({ kind: "AddJob", spec: { id: "S", poolId: "p" } })).toBe("JobScheduleWithSameIdExists");
    expect(cluster.refused({ kind: "AddJob", spec: { id: "k", poolId: "p" } })).toBe("ActiveJobAndScheduleQuotaReached");
    cluster.ok({ kind: "TerminateJobSchedule", jobScheduleId: "s" });
    expect(cluster.world.activeJobsAndSchedules).toBe(1);
  });

  it("S-07: PUT without a schedule runs once now, PATCH keeps it; later jobs only", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { recurrenceIntervalMs: 10 * MINUTE });
    cluster.ok({ kind: "PatchJobSchedule", jobScheduleId: "s", jobSpecification: jobSpecification({ priority: 7 }) });
    expect([cluster.world.job("s:job-1")?.priority, schedule.nextRunAt]).toEqual([0, START + 10 * MINUTE]);
    cluster.advance(MINUTE);
    cluster.ok({ kind: "UpdateJobSchedule", jobScheduleId: "s", jobSpecification: jobSpecification({ priority: 8 }) });
    end(cluster, "s:job-1");
    expect([jobs(cluster), cluster.world.job("s:job-2")?.priority, schedule.nextRunAt]).toEqual([
      [
        ["s:job-1", 0],
        ["s:job-2", 1],
      ],
      8,
      undefined,
    ]);
  });

  it("S-08, S-09: a disabled schedule makes no job, its running one goes on, and missed due times are not made up", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { recurrenceIntervalMs: 10 * MINUTE });
    cluster.ok({ kind: "DisableJobSchedule", jobScheduleId: "s" });
    expect(cluster.refused({ kind: "DisableJobSchedule", jobScheduleId: "s" })).toBe("JobScheduleDisabled");
    end(cluster, "s:job-1");
    cluster.advance(25 * MINUTE);
    expect([jobs(cluster).length, schedule.nextRunAt]).toEqual([1, START + 30 * MINUTE]);
    cluster.ok({ kind: "EnableJobSchedule", jobScheduleId: "s" });
    expect(cluster.refused({ kind: "EnableJobSchedule", jobScheduleId: "s" })).toBe("OperationInvalidForCurrentState");
    expect(jobs(cluster).length).toBe(1);
    cluster.advance(5 * MINUTE);
    expect(jobs(cluster)).toEqual([
      ["s:job-1", 0],
      ["s:job-2", 30],
    ]);
  });

  it("S-08: terminate ends the active job with its reason; then nothing is accepted but delete", () => {
    const cluster = new Cluster();
    const schedule = add(cluster, { recurrenceIntervalMs: 10 * MINUTE });
    cluster.ok({ kind: "TerminateJobSchedule", jobScheduleId: "s" });
    expect([schedule.state, cluster.world.job("s:job-1")?.terminateReason]).toEqual(["completed", "TerminateJobSchedule"]);
    for (const kind of ["TerminateJobSchedule", "DisableJobSchedule", "EnableJobSchedule"] as const)
      expect(cluster.refused({ kind, jobScheduleId: "s" })).toBe("JobScheduleCompleted");
    cluster.ok({ kind: "DeleteJobSchedule", jobScheduleId: "s" });
    expect([schedule.gone, cluster.world.jobs.size]).toEqual([true, 0]);
    expect(cluster.refused({ kind: "DeleteJobSchedule", jobScheduleId: "s" })).toBe("JobScheduleNotFound");
  });

  it("S-08: delete removes everything beneath when what runs has ended", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    const schedule = add(cluster);
    cluster.ok({
      kind: "AddTask",
      jobId: "s:job-1",
      id: "a",
      spec: { commandLine: "x", requiredSlots: 1, maxTaskRetryCount: 0, maxWallClockMs: undefined, retentionMs: undefined },
    });
    cluster.ok({ kind: "DeleteJobSchedule", jobScheduleId: "s" });
    expect([schedule.state, cluster.refused({ kind: "DeleteJobSchedule", jobScheduleId: "s" })]).toEqual([
      "deleting",
      "JobScheduleBeingDeleted",
    ]);
    cluster.serve(["KillTask"]);
    expect([schedule.gone, cluster.world.jobs.size]).toEqual([true, 0]);
  });

  it("P-201: a pool with the lifetime jobschedule is made with the first job, shared, and goes with the schedule", () => {
    const cluster = new Cluster();
    const autoPool = {
      idPrefix: "auto",
      lifetime: "jobschedule",
      keepAlive: false,
      pool: { vmSize: "small", coresPerNode: 1, targetDedicatedNodes: 1 },
    } as const;
    add(cluster, { recurrenceIntervalMs: 10 * MINUTE }, { autoPool });
    cluster.serve();
    end(cluster, "s:job-1");
    cluster.advance(10 * MINUTE);
    expect([cluster.world.pools.size, cluster.world.job("s:job-2")?.poolId]).toEqual([1, "auto_1"]);
    cluster.ok({ kind: "TerminateJobSchedule", jobScheduleId: "s" });
    cluster.serve();
    expect(cluster.world.pools.size).toBe(0);
  });
});
