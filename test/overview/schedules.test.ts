/**
 * Job schedules under a clock that is sixty times as fast: a minute, the shortest recurrence interval, is a second. Instants are read from the service;
 * those of due times are exact, those of jobs come a little behind them.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { type Job, JobsAtWork } from "./jobAtWork.ts";
import { at, newGate, removeGates, shell } from "./poolAtWork.ts";

let weir: JobsAtWork;
const MINUTE_MS = 60_000;
const POOL = "workers";

beforeAll(async () => {
  buildOnce();
  weir = new JobsAtWork(await served("--fast", "--time-scale", "60", "--log-level", "warn"));
  await weir.addIdlePool(POOL, 1, { taskSlotsPerNode: 8 });
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

interface JobSchedule {
  readonly state: string;
  readonly creationTime: string;
  readonly schedule: { readonly [property: string]: string };
  readonly jobSpecification: object;
  readonly executionInfo: {
    readonly nextRunTime?: string;
    readonly recentJob?: { readonly id: string };
    readonly endTime?: string;
  };
}

const schedule = (id: string) => weir.server.get<JobSchedule>(`/jobschedules/${id}`);
const jobsOf = async (id: string) => (await weir.server.get<{ value: Job[] }>(`/jobschedules/${id}/jobs`)).value;
/** A job that is over as soon as it is there. */
const atOnce = { poolInfo: { poolId: "none" }, onAllTasksComplete: "terminatejob" };

async function add(id: string, when: object, jobSpecification: object = atOnce): Promise<JobSchedule> {
  await weir.server.post("/jobschedules", { id, schedule: when, jobSpecification });
  return await schedule(id);
}

/** Service time, as a new entity is stamped with it. */
let probes = 0;
async function serviceNow(): Promise<number> {
  const id = `probe-${++probes}`;
  await weir.server.post("/jobs", { id, ...atOnce });
  return at((await weir.job(id)).creationTime);
}

const iso = (instant: number) => new Date(instant).toISOString();

function untilJobs(id: string, count: number): Promise<readonly Job[]> {
  let seen: unknown;
  const ask = async () => {
    const found = await jobsOf(id);
    seen = found.map(({ id: job, creationTime }) => [job, creationTime]);
    return found.length >= count ? found : undefined;
  };
  return eventually(`${count} jobs of schedule ${id}`, ask, { describe: () => seen });
}

function untilSchedule(id: string, what: string, holds: (found: JobSchedule) => boolean): Promise<JobSchedule> {
  let seen: JobSchedule | undefined;
  const ask = async () => {
    seen = await schedule(id);
    return holds(seen) ? seen : undefined;
  };
  return eventually(`schedule ${id}: ${what}`, ask, { describe: () => seen });
}

/**
 * Tries again with another schedule when not every due time had its job: a machine that stood still for longer than an interval, two seconds here, has lost
 * one, which no service makes up for. What may never be is for the try itself to expect.
 */
async function unlessStalled(name: string, attempt: (id: string) => Promise<boolean>): Promise<void> {
  for (let i = 1; i <= 4; i++) if (await attempt(`${name}-${i}`)) return;
  throw new Error(`${name}: four times in a row a due time had no job`);
}

describe.concurrent("job schedules", () => {
  test("row 131: a schedule makes a job at each due time: first, first + interval, first + 2 intervals, in this order and not before", async () => {
    const intervalMs = 3 * MINUTE_MS;
    await unlessStalled("recurring", async (id) => {
      const first = Math.trunc(await serviceNow()) + MINUTE_MS;
      const added = await add(id, { doNotRunUntil: iso(first), recurrenceInterval: "PT3M" });
      expect((at(added.executionInfo.nextRunTime) - first) % intervalMs).toBe(0);
      const jobs = (await untilJobs(id, 3)).slice(0, 3);
      expect(jobs.map((job) => job.id)).toEqual([1, 2, 3].map((k) => `${id}:job-${k}`));
      const dues = jobs.map(({ creationTime }) => Math.floor((at(creationTime) - first) / intervalMs));
      // Never before the first, never two of one due time.
      expect(dues[0]).toBeGreaterThanOrEqual(0);
      expect(new Set(dues).size).toBe(3);
      for (const { executionInfo } of jobs) expect(executionInfo.terminateReason).toBe("AllTasksComplete");
      const { executionInfo, state } = await schedule(id);
      expect(state).toBe("active");
      expect(executionInfo.recentJob?.id).toMatch(new RegExp(`^${id}:job-\\d+$`));
      expect((at(executionInfo.nextRunTime) - first) % intervalMs).toBe(0);
      expect(at(executionInfo.nextRunTime)).toBeGreaterThanOrEqual(first + 3 * intervalMs);
      await weir.send("POST", `/jobschedules/${id}/terminate`);
      return dues.join() === "0,1,2";
    });
  });

  test("row 132: the jobs are what the specification says, property for property, and run as it says", async () => {
    const gate = newGate();
    const specification = {
      displayName: "nightly",
      priority: 12,
      poolInfo: { poolId: POOL },
      constraints: { maxWallClockTime: "P1D", maxTaskRetryCount: 2 },
      usesTaskDependencies: true,
      onTaskFailure: "performexitoptionsjobaction",
      commonEnvironmentSettings: [{ name: "SEASON", value: "winter" }],
      metadata: [{ name: "owner", value: "me" }],
      jobManagerTask: {
        id: "manager",
        commandLine: shell(`${gate.wait}; echo $SEASON`),
        killJobOnCompletion: false,
        runExclusive: false,
      },
      jobPreparationTask: { commandLine: shell("true") },
      jobReleaseTask: { commandLine: shell("true") },
    };
    const { jobSpecification } = await add("specified", {}, specification);
    expect(jobSpecification).toMatchObject(specification);
    const [job] = await untilJobs("specified", 1);
    expect(await weir.job(job.id)).toMatchObject(jobSpecification);
    gate.open();
    await weir.turns(job.id, "manager", "completed");
    expect(await weir.output(job.id, "manager")).toBe("winter\n");
    // Without an interval there is one job, and the schedule is over with it.
    await weir.send("POST", `/jobs/${job.id}/terminate`, {});
    await untilSchedule("specified", "to be completed", ({ state }) => state === "completed");
    expect(await jobsOf("specified")).toHaveLength(1);
  });

  test("row 133: a schedule lasts from doNotRunUntil to doNotRunAfter: no job before the one, none after the other, and then it is completed", async () => {
    await unlessStalled("lasting", async (id) => {
      const from = (await serviceNow()) + MINUTE_MS;
      const until = from + 5 * MINUTE_MS;
      await add(id, { doNotRunUntil: iso(from), doNotRunAfter: iso(until), recurrenceInterval: "PT2M" });
      const { executionInfo } = await untilSchedule(id, "to be completed", ({ state }) => state === "completed");
      expect(executionInfo.nextRunTime).toBeUndefined();
      expect(at(executionInfo.endTime)).toBeGreaterThanOrEqual(Math.trunc(until));
      const jobs = await jobsOf(id);
      for (const { creationTime } of jobs) {
        expect(at(creationTime)).toBeGreaterThanOrEqual(Math.trunc(from));
        expect(at(creationTime)).toBeLessThanOrEqual(until);
      }
      // What is over makes no more, and cannot be made to.
      await weir.refuses(409, "JobScheduleCompleted", "POST", `/jobschedules/${id}/disable`);
      // Due at 0, 2 and 4 minutes; 6 is beyond the end.
      expect(jobs.length).toBeLessThanOrEqual(3);
      return jobs.map((job) => job.id).join() === [1, 2, 3].map((k) => `${id}:job-${k}`).join();
    });
  });

  test("row 134: a due time whose job before still runs waits for its end, but only for the start window, and one job is active at a time", async () => {
    const gate = newGate();
    const intervalMs = 4 * MINUTE_MS;
    const work = {
      poolInfo: { poolId: POOL },
      jobManagerTask: { id: "work", commandLine: shell(gate.wait), runExclusive: false },
    };
    for (const when of [{ recurrenceInterval: "PT59S" }, { recurrenceInterval: "PT4M", startWindow: "PT59S" }])
      expect(
        (await weir.server.ask("POST", "/jobschedules", { id: "short", schedule: when, jobSpecification: work })).status,
      ).toBe(400);
    await add("windowed", { recurrenceInterval: "PT4M", startWindow: "PT1M" }, work);
    await add("patient", { recurrenceInterval: "PT4M" }, work);
    const [, [patient]] = await Promise.all([untilJobs("windowed", 1), untilJobs("patient", 1)]);
    const [first, second] = await Promise.all(
      ["windowed", "patient"].map(async (id, due) => at((await schedule(id)).creationTime) + due * intervalMs),
    );
    // The second due time passes, and a minute later the window.
    await untilSchedule("windowed", "the second run to be lost", ({ executionInfo }) =>
      executionInfo.nextRunTime === undefined ? false : at(executionInfo.nextRunTime) >= first + 2 * intervalMs,
    );
    expect(await serviceNow()).toBeGreaterThanOrEqual(first + intervalMs + MINUTE_MS);
    for (const id of ["windowed", "patient"]) {
      expect(await jobsOf(id)).toHaveLength(1);
      expect((await weir.job(`${id}:job-1`)).state).toBe("active");
    }
    gate.open();
    const [, lateJob] = await untilJobs("patient", 2);
    // It was due before, and starts in the moment in which the job before has ended.
    expect(at(lateJob.creationTime)).toBeGreaterThan(second);
    expect(lateJob.creationTime).toBe((await weir.job(patient.id)).executionInfo.endTime);
    const [, nextJob] = await untilJobs("windowed", 2);
    expect(at(nextJob.creationTime)).toBeGreaterThanOrEqual(first + 2 * intervalMs);
  });

  test("row 105: each job of a schedule has a pool of its own, or one pool lives as long as the schedule and serves all its jobs", async () => {
    const { id: _none, ...pool } = poolBody("", { targetDedicatedNodes: 1 }) as { id: string };
    const auto = (poolLifetimeOption: string) => ({
      poolInfo: { autoPoolSpecification: { autoPoolIdPrefix: poolLifetimeOption, poolLifetimeOption, pool } },
      jobManagerTask: { id: "work", commandLine: shell("true") },
    });
    await add("each", { recurrenceInterval: "PT2M" }, auto("job"));
    await add("all", { recurrenceInterval: "PT2M" }, auto("jobschedule"));
    const ran = async (id: string) => {
      for (const job of await untilJobs(id, 2)) {
        const { executionInfo } = await weir.jobTurns(job.id, "completed");
        const { nodeInfo } = await weir.task(job.id, "work");
        expect(nodeInfo?.poolId).toBe(executionInfo.poolId);
      }
      return (await jobsOf(id)).slice(0, 2).map(({ executionInfo }) => executionInfo.poolId!);
    };
    const [[firstOwn, secondOwn], [firstShared, secondShared]] = await Promise.all([ran("each"), ran("all")]);
    expect(firstOwn).not.toBe(secondOwn);
    expect(firstShared).toBe(secondShared);
    const there = async (id: string) => (await weir.server.ask("GET", `/pools/${id}`)).status === 200;
    await eventually("the pool of a job to go with it", async () => ((await there(firstOwn)) ? undefined : true));
    expect(await there(firstShared)).toBe(true);
    await weir.send("POST", "/jobschedules/all/terminate");
    await eventually("the pool of the schedule to go with it", async () => ((await there(firstShared)) ? undefined : true));
  });

  test("S-08, S-09: a disabled schedule makes no jobs and does not make up for them; terminating it ends its active job", async () => {
    await add("paused", { recurrenceInterval: "PT1M" });
    await untilJobs("paused", 1);
    await weir.send("POST", "/jobschedules/paused/disable");
    const before = await jobsOf("paused");
    const first = at(before[0].creationTime);
    await eventually("three due times to pass", async () => ((await serviceNow()) > first + 4 * MINUTE_MS ? true : undefined), {
      everyMs: 200,
    });
    expect(await jobsOf("paused")).toHaveLength(before.length);
    const enabledAt = await serviceNow();
    await weir.send("POST", "/jobschedules/paused/enable");
    const jobs = await untilJobs("paused", before.length + 1);
    expect(at(jobs[before.length].creationTime)).toBeGreaterThanOrEqual(enabledAt);
    await weir.send("PATCH", "/jobschedules/paused", { jobSpecification: { poolInfo: { poolId: "none" } } });
    const active = await eventually("a job that stays", async () =>
      (await jobsOf("paused")).find(({ state }) => state === "active"),
    );
    await weir.send("POST", "/jobschedules/paused/terminate");
    expect((await weir.jobTurns(active.id, "completed")).executionInfo.terminateReason).toBe("TerminateJobSchedule");
    expect((await schedule("paused")).state).toBe("completed");
  });
});
