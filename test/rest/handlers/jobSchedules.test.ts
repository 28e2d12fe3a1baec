/** Job schedule operations over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batch, errorOf, poolBody } from "./batch.ts";

let batch: Batch;
beforeAll(async () => {
  batch = await new Batch().start();
  await batch.ok("POST /pools", { body: poolBody("p") });
  await batch.settle();
});
afterAll(() => batch.close());

const JOB = { poolInfo: { poolId: "p" }, jobManagerTask: { id: "boss", commandLine: "stay" } };
const get = async (id: string) => (await batch.ok(`GET /jobschedules/${id}`)).body;

describe("job schedules", () => {
  it("JobSchedule_Add makes the first job at once, and JobSchedule_Get shows schedule, specification and recent job (S-02, S-06, S-10)", async () => {
    const schedule = { recurrenceInterval: "PT1H", startWindow: "PT10M" };
    const added = await batch.ok("POST /jobschedules", {
      body: { id: "s", schedule, jobSpecification: JOB, metadata: [{ name: "a", value: "1" }] },
    });
    expect([added.status, added.headers.get("location")]).toEqual([201, `${batch.url}/jobschedules/s`]);
    await batch.settle();
    expect(await get("s")).toMatchObject({
      "odata.metadata": `${batch.url}/$metadata#jobschedules/@Element`,
      id: "s",
      url: `${batch.url}/jobschedules/s`,
      state: "active",
      schedule,
      jobSpecification: {
        priority: 0,
        usesTaskDependencies: false,
        constraints: { maxTaskRetryCount: 0 },
        poolInfo: { poolId: "p" },
        onAllTasksComplete: "noaction",
        onTaskFailure: "noaction",
        jobManagerTask: { id: "boss", killJobOnCompletion: true },
      },
      executionInfo: { nextRunTime: "2026-01-05T09:00:00Z", recentJob: { id: "s:job-1", url: `${batch.url}/jobs/s:job-1` } },
      metadata: [{ name: "a", value: "1" }],
    });
    expect(added.headers.get("etag")).toMatch(/^0x/);
  });

  it("Job_ListFromJobSchedule lists its jobs, and their tasks lie below the schedule's directory (T-85)", async () => {
    const { value } = (await batch.ok("GET /jobschedules/s/jobs?$select=id,state")).body;
    expect(value).toEqual([{ id: "s:job-1", state: "active" }]);
    const task = (await batch.ok("GET /jobs/s%3Ajob-1/tasks/boss")).body;
    expect(task.nodeInfo.taskRootDirectory).toBe("workitems/s/job-1/boss");
    expect(errorOf(await batch.ask("GET /jobschedules/none/jobs")).code).toBe("JobScheduleNotFound");
  });

  it("JobSchedule_List and JobSchedule_Exists", async () => {
    expect(
      (await batch.ok(`GET /jobschedules?$filter=${encodeURIComponent("state eq 'active'")}&$select=id`)).body.value,
    ).toEqual([{ id: "s" }]);
    expect((await batch.ask("HEAD /jobschedules/S")).status).toBe(200);
    expect((await batch.ask("HEAD /jobschedules/none")).status).toBe(404);
  });

  it.each([
    ["an interval below a minute (S-04)", { schedule: { recurrenceInterval: "PT59S" } }],
    [
      "an end before its beginning",
      { schedule: { doNotRunUntil: "2026-02-01T00:00:00Z", doNotRunAfter: "2026-01-01T00:00:00Z" } },
    ],
    ["a job specification without a pool", { jobSpecification: { poolInfo: {} } }],
    ["a wrong id", { id: "a:b" }],
  ])("JobSchedule_Add refuses %s with 400", async (_what, more) => {
    const answer = await batch.ask("POST /jobschedules", { body: { id: "x", schedule: {}, jobSpecification: JOB, ...more } });
    expect(errorOf(answer)).toMatchObject({ status: 400, code: "InvalidPropertyValue" });
  });

  it("JobSchedule_Add shares its ids with jobs (J-02)", async () => {
    const again = await batch.ask("POST /jobschedules", { body: { id: "S", schedule: {}, jobSpecification: JOB } });
    expect(errorOf(again)).toMatchObject({ status: 409, code: "JobScheduleExists" });
    await batch.ok("POST /jobs", { body: { id: "j", poolInfo: { poolId: "p" } } });
    const same = await batch.ask("POST /jobschedules", { body: { id: "j", schedule: {}, jobSpecification: JOB } });
    expect(errorOf(same)).toMatchObject({ status: 409, code: "JobWithSameIdExists" });
  });

  it("JobSchedule_Patch changes what the body names, JobSchedule_Update all of it (S-07)", async () => {
    const before = await get("s");
    await batch.pass(1_000);
    await batch.ok("PATCH /jobschedules/s", { body: { metadata: [{ name: "b", value: "2" }] } });
    const patched = await get("s");
    expect(patched).toMatchObject({
      metadata: [{ name: "b", value: "2" }],
      schedule: before.schedule,
      jobSpecification: before.jobSpecification,
    });
    expect(patched.eTag).not.toBe(before.eTag);
    const stale = await batch.ask("PATCH /jobschedules/s", { body: { metadata: [] }, headers: { "if-match": before.eTag } });
    expect(errorOf(stale)).toMatchObject({ status: 412, code: "ConditionNotMet" });
    const schedule = { recurrenceInterval: "PT2H" };
    await batch.ok("PUT /jobschedules/s", { body: { schedule, jobSpecification: { ...JOB, priority: 9 } } });
    const updated = await get("s");
    expect(updated).toMatchObject({ schedule, jobSpecification: { priority: 9 } });
    expect([updated.metadata, updated.schedule.startWindow]).toEqual([undefined, undefined]);
  });

  it("JobSchedule_Disable and JobSchedule_Enable answer 204, and refuse what is so already (S-08)", async () => {
    expect((await batch.ok("POST /jobschedules/s/disable")).status).toBe(204);
    const disabled = await get("s");
    expect([disabled.state, disabled.previousState, disabled.executionInfo.nextRunTime]).toEqual([
      "disabled",
      "active",
      undefined,
    ]);
    expect(errorOf(await batch.ask("POST /jobschedules/s/disable"))).toMatchObject({
      status: 409,
      code: "JobScheduleDisabled",
    });
    expect((await batch.ok("POST /jobschedules/s/enable")).status).toBe(204);
    expect((await get("s")).state).toBe("active");
  });

  it("JobSchedule_Terminate ends the active job with its reason; JobSchedule_Delete removes everything beneath (S-08)", async () => {
    expect((await batch.ok("POST /jobschedules/s/terminate")).status).toBe(202);
    await batch.settle();
    expect(await get("s")).toMatchObject({ state: "completed", executionInfo: { endTime: expect.any(String) } });
    expect((await batch.ok("GET /jobs/s%3Ajob-1")).body.executionInfo.terminateReason).toBe("TerminateJobSchedule");
    expect(errorOf(await batch.ask("POST /jobschedules/s/disable"))).toMatchObject({
      status: 409,
      code: "JobScheduleCompleted",
    });
    expect((await batch.ok("DELETE /jobschedules/s")).status).toBe(202);
    await batch.settle();
    expect(errorOf(await batch.ask("GET /jobschedules/s"))).toMatchObject({ status: 404, code: "JobScheduleNotFound" });
    expect((await batch.ask("GET /jobs/s%3Ajob-1")).status).toBe(404);
  });

  it("JobSchedule_Get with $expand=stats adds up the jobs it has (T-91)", async () => {
    await batch.ok("POST /jobschedules", {
      body: { id: "t", schedule: {}, jobSpecification: { ...JOB, jobManagerTask: { id: "boss", commandLine: "exit 0" } } },
    });
    await batch.settle();
    expect((await batch.ok("GET /jobschedules/t?$expand=stats")).body.stats).toMatchObject({
      numSucceededTasks: 1,
      numFailedTasks: 0,
    });
  });
});
