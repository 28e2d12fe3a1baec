/** Job operations over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batch, errorOf, MACHINE, poolBody } from "./batch.ts";

let batch: Batch;
beforeAll(async () => {
  batch = await new Batch({ quotas: { dedicatedCores: 1000, activeJobsAndSchedules: 100 } }).start();
  await batch.ok("POST /pools", { body: poolBody("p") });
  await batch.settle();
});
afterAll(() => batch.close());

const NO_LIMIT = "P10675199DT2H48M5.4775807S";
const IDENTITY = { autoUser: { scope: "pool", elevationLevel: "nonadmin" } };
const add = (id: string, more: object = {}) => batch.ok("POST /jobs", { body: { id, poolInfo: { poolId: "p" }, ...more } });
const get = async (id: string, version = "2022-10-01.16.0") => (await batch.ok(`GET /jobs/${id}`, { version })).body;

describe("adding and reading jobs", () => {
  it("Job_Add answers 201 with tag and address, and Job_Get shows the documented defaults (J-01 to J-05)", async () => {
    const added = await add("plain");
    expect([added.status, added.headers.get("location")]).toEqual([201, `${batch.url}/jobs/plain`]);
    expect(await get("plain")).toEqual({
      "odata.metadata": `${batch.url}/$metadata#jobs/@Element`,
      id: "plain",
      url: `${batch.url}/jobs/plain`,
      eTag: added.headers.get("etag"),
      lastModified: "2026-01-05T08:00:00Z",
      creationTime: "2026-01-05T08:00:00Z",
      state: "active",
      stateTransitionTime: "2026-01-05T08:00:00Z",
      usesTaskDependencies: false,
      priority: 0,
      allowTaskPreemption: false,
      maxParallelTasks: -1,
      constraints: { maxWallClockTime: NO_LIMIT, maxTaskRetryCount: 0 },
      poolInfo: { poolId: "p" },
      onAllTasksComplete: "noaction",
      onTaskFailure: "noaction",
      executionInfo: { startTime: "2026-01-05T08:00:00Z", poolId: "p" },
    });
  });

  it("Job_Get fills in the defaults of manager, preparation and release tasks (J-54 to J-57, J-60 to J-66)", async () => {
    await add("specials", {
      displayName: "Specials",
      commonEnvironmentSettings: [{ name: "A", value: "1" }],
      metadata: [{ name: "a", value: "b" }],
      jobManagerTask: { id: "boss", commandLine: "stay", environmentSettings: [{ name: "M", value: "1" }] },
      jobPreparationTask: { commandLine: "exit 0", constraints: { retentionTime: "P1D" } },
      jobReleaseTask: { commandLine: "exit 0" },
    });
    expect(await get("specials")).toMatchObject({
      displayName: "Specials",
      commonEnvironmentSettings: [{ name: "A", value: "1" }],
      metadata: [{ name: "a", value: "b" }],
      jobManagerTask: {
        id: "boss",
        commandLine: "stay",
        environmentSettings: [{ name: "M", value: "1" }],
        userIdentity: IDENTITY,
        constraints: { maxWallClockTime: NO_LIMIT, retentionTime: "P7D", maxTaskRetryCount: 0 },
        requiredSlots: 1,
        killJobOnCompletion: true,
        runExclusive: true,
        allowLowPriorityNode: false,
      },
      jobPreparationTask: {
        id: "jobpreparation",
        commandLine: "exit 0",
        userIdentity: IDENTITY,
        constraints: { maxWallClockTime: NO_LIMIT, retentionTime: "P1D", maxTaskRetryCount: 0 },
        waitForSuccess: true,
        rerunOnNodeRebootAfterSuccess: true,
      },
      jobReleaseTask: {
        id: "jobrelease",
        commandLine: "exit 0",
        userIdentity: IDENTITY,
        maxWallClockTime: "PT15M",
        retentionTime: "P7D",
      },
    });
    const { value } = (await batch.ok("GET /jobs/specials/tasks?$select=id")).body;
    expect(value).toEqual([{ id: "boss" }]);
    await batch.ok("DELETE /jobs/specials");
    await batch.settle();
  });

  it("Job_Add with an auto pool makes it, shows it with defaults, and it goes when the job ends (P-200, P-201)", async () => {
    const autoPoolSpecification = {
      autoPoolIdPrefix: "auto",
      poolLifetimeOption: "job",
      pool: { vmSize: "standard_d2_v3", virtualMachineConfiguration: MACHINE, targetDedicatedNodes: 1 },
    };
    await add("own", { poolInfo: { autoPoolSpecification } });
    const job = await get("own");
    expect(job.poolInfo.autoPoolSpecification).toEqual({
      autoPoolIdPrefix: "auto",
      poolLifetimeOption: "job",
      keepAlive: false,
      pool: {
        vmSize: "standard_d2_v3",
        taskSlotsPerNode: 1,
        taskSchedulingPolicy: { nodeFillType: "Spread" },
        resizeTimeout: "PT15M",
        targetDedicatedNodes: 1,
        targetLowPriorityNodes: 0,
        enableAutoScale: false,
        enableInterNodeCommunication: false,
        virtualMachineConfiguration: MACHINE,
        targetNodeCommunicationMode: "default",
      },
    });
    const { poolId } = job.executionInfo;
    expect(poolId).toMatch(/^auto/);
    expect((await batch.ask(`HEAD /pools/${poolId}`)).status).toBe(200);
    await batch.ok("POST /jobs/own/terminate", { body: { terminateReason: "because" } });
    await batch.settle();
    expect(await get("own")).toMatchObject({
      state: "completed",
      previousState: "terminating",
      executionInfo: { terminateReason: "because" },
    });
    expect((await batch.ask(`HEAD /pools/${poolId}`)).status).toBe(404);
  });

  it("Job_Get tells why the pool of its own could not be made (P-203)", async () => {
    const pool = {
      vmSize: "standard_d2_v3",
      virtualMachineConfiguration: MACHINE,
      enableAutoScale: true,
      autoScaleFormula: "$TargetDedicatedNodes = ;",
    };
    await add("wrongpool", { poolInfo: { autoPoolSpecification: { poolLifetimeOption: "job", pool } } });
    expect((await get("wrongpool")).executionInfo.schedulingError).toMatchObject({
      category: "UserError",
      code: "InvalidAutoScaleFormulaInAutoPool",
      details: [{ name: "Message", value: expect.any(String) }],
    });
  });

  it.each([
    ["a wrong id", { id: "a b" }, "InvalidPropertyValue"],
    ["no pool (J-01)", { poolInfo: {} }, "InvalidPropertyValue"],
    ["a priority out of range (J-03)", { priority: 1001 }, "OutOfRangePriority"],
    ["a release task without a preparation task (J-04)", { jobReleaseTask: { commandLine: "x" } }, "InvalidPropertyValue"],
    [
      "a release task that may run too long (J-66)",
      { jobPreparationTask: { commandLine: "x" }, jobReleaseTask: { commandLine: "x", maxWallClockTime: "PT16M" } },
      "InvalidPropertyValue",
    ],
    ["no parallel task at all", { maxParallelTasks: 0 }, "InvalidPropertyValue"],
    ["metadata without a name (L-24)", { metadata: [{ name: "", value: "x" }] }, "EmptyMetadataKey"],
    [
      "an auto pool that outlives a plain job (P-201)",
      {
        poolInfo: {
          autoPoolSpecification: {
            poolLifetimeOption: "jobschedule",
            pool: { vmSize: "standard_d2_v3", virtualMachineConfiguration: MACHINE, targetDedicatedNodes: 1 },
          },
        },
      },
      "InvalidPropertyValue",
    ],
    [
      "an auto pool without a pool",
      { poolInfo: { autoPoolSpecification: { poolLifetimeOption: "job" } } },
      "MissingRequiredProperty",
    ],
  ])("Job_Add refuses %s with 400", async (_what, more, code) => {
    const answer = await batch.ask("POST /jobs", { body: { id: "wrong", poolInfo: { poolId: "p" }, ...more } });
    expect(errorOf(answer)).toMatchObject({ status: 400, code });
    expect((await batch.ask("GET /jobs/wrong")).status).toBe(404);
  });

  it("Job_Add for a pool that is not there is accepted (J-01), for a taken id 409 JobExists", async () => {
    await add("early", { poolInfo: { poolId: "later" } });
    const answer = await batch.ask("POST /jobs", { body: { id: "EARLY", poolInfo: { poolId: "p" } } });
    expect(errorOf(answer)).toMatchObject({ status: 409, code: "JobExists" });
  });

  it("Job_List gives all jobs, by filter and page; Job_Get with $expand=stats adds up its tasks (T-91)", async () => {
    const list = async (query: string) => (await batch.ok(`GET /jobs?${query}`)).body.value.map(({ id }: { id: string }) => id);
    expect(await list(`$filter=${encodeURIComponent("state eq 'active' and executionInfo/poolId eq 'p'")}&$select=id`)).toEqual(
      ["plain"],
    );
    expect(await list("maxresults=1&$select=id")).toEqual(["early"]);
    const value = [
      { id: "a", commandLine: "exit 0" },
      { id: "b", commandLine: "exit 3", constraints: { maxTaskRetryCount: 2 } },
    ];
    await batch.ok("POST /jobs/plain/addtaskcollection", { body: { value } });
    await batch.settle();
    expect((await batch.ok("GET /jobs/plain?$expand=stats")).body.stats).toMatchObject({
      numSucceededTasks: 1,
      numFailedTasks: 1,
      numTaskRetries: 2,
    });
  });
});

describe("changing jobs", () => {
  it("Job_Patch changes what the body names, Job_Update puts the rest back to its defaults (J-07)", async () => {
    await add("changed", {
      priority: 5,
      metadata: [{ name: "a", value: "1" }],
      constraints: { maxTaskRetryCount: 2 },
      commonEnvironmentSettings: [{ name: "K", value: "1" }],
    });
    await batch.pass(1_000);
    const before = await get("changed");
    await batch.ok("PATCH /jobs/changed", { body: { priority: 7, maxParallelTasks: 3 } });
    const patched = await get("changed");
    expect(patched).toMatchObject({
      priority: 7,
      maxParallelTasks: 3,
      metadata: [{ name: "a", value: "1" }],
      constraints: { maxTaskRetryCount: 2 },
    });
    expect(patched.eTag).not.toBe(before.eTag);
    const updated = await batch.ok("PUT /jobs/changed", {
      body: { poolInfo: { poolId: "p" }, constraints: { maxWallClockTime: "PT1H" } },
    });
    const after = await get("changed");
    expect(after).toMatchObject({
      priority: 0,
      maxParallelTasks: -1,
      constraints: { maxWallClockTime: "PT1H", maxTaskRetryCount: 0 },
    });
    expect([after.metadata, after.commonEnvironmentSettings]).toEqual([undefined, [{ name: "K", value: "1" }]]);
    expect(updated.headers.get("etag")).toBe(after.eTag);
    await batch.ok("PATCH /jobs/changed", { body: { constraints: { maxTaskRetryCount: 1 } } });
    expect((await get("changed")).constraints).toEqual({ maxWallClockTime: NO_LIMIT, maxTaskRetryCount: 1 });
  });

  it("Job_Update with the tag of an older version is 412 ConditionNotMet (L-51)", async () => {
    const answer = await batch.ask("PUT /jobs/changed", {
      body: { poolInfo: { poolId: "p" } },
      headers: { "if-match": '"0x1"' },
    });
    expect(errorOf(answer)).toMatchObject({ status: 412, code: "ConditionNotMet" });
  });

  it("Job_Patch moves a job to another pool only while it is disabled (J-09), and takes terminatejob never back (J-08)", async () => {
    const move = () => batch.ask("PATCH /jobs/changed", { body: { poolInfo: { poolId: "q" } } });
    expect(errorOf(await move())).toMatchObject({ status: 409, code: "OperationInvalidForCurrentState" });
    await batch.ok("POST /jobs/changed/disable", { body: { disableTasks: "terminate" } });
    await batch.settle();
    expect((await move()).status).toBe(200);
    expect(await get("changed")).toMatchObject({
      state: "disabled",
      poolInfo: { poolId: "q" },
      executionInfo: { poolId: "q" },
    });
    await batch.ok("PATCH /jobs/early", { body: { onAllTasksComplete: "terminatejob" } });
    await batch.settle();
    expect((await get("early")).executionInfo.terminateReason).toBe("AllTasksComplete");
  });

  it("Job_Patch of an auto pool changes keepAlive and nothing else (P-202)", async () => {
    const pool = { vmSize: "standard_d2_v3", virtualMachineConfiguration: MACHINE, targetDedicatedNodes: 1 };
    const autoPoolSpecification = { poolLifetimeOption: "job", pool };
    await add("kept", { poolInfo: { autoPoolSpecification } });
    await batch.ok("PATCH /jobs/kept", {
      body: { poolInfo: { autoPoolSpecification: { ...autoPoolSpecification, keepAlive: true } } },
    });
    expect((await get("kept")).poolInfo.autoPoolSpecification.keepAlive).toBe(true);
    const wrong = await batch.ask("PATCH /jobs/plain", { body: { poolInfo: { autoPoolSpecification } } });
    expect(errorOf(wrong)).toMatchObject({ status: 400, code: "InvalidPropertyValue" });
  });
});

describe("ending jobs", () => {
  it("Job_Disable with requeue brings running tasks back, Job_Enable lets them run again (J-20)", async () => {
    await add("paused");
    await batch.ok("POST /jobs/paused/tasks", { body: { id: "t", commandLine: "stay" } });
    await batch.settle();
    const disabled = await batch.ok("POST /jobs/paused/disable", { body: { disableTasks: "requeue" } });
    expect([disabled.status, disabled.headers.get("dataserviceid")]).toEqual([202, `${batch.url}/jobs/paused/disable`]);
    await batch.settle();
    expect(await get("paused")).toMatchObject({ state: "disabled", previousState: "disabling" });
    expect((await batch.ok("GET /jobs/paused/tasks/t")).body).toMatchObject({
      state: "active",
      executionInfo: { requeueCount: 1, retryCount: 0 },
    });
    await batch.ok("POST /jobs/paused/enable");
    await batch.settle();
    expect((await batch.ok("GET /jobs/paused/tasks/t")).body.state).toBe("running");
    expect(errorOf(await batch.ask("POST /jobs/paused/enable"))).toMatchObject({
      status: 409,
      code: "OperationInvalidForCurrentState",
    });
  });

  it("Job_Terminate runs the release tasks and completes; afterwards changes are 409 JobCompleted (J-21, J-25)", async () => {
    await add("ended", { jobPreparationTask: { commandLine: "exit 0" }, jobReleaseTask: { commandLine: "exit 2" } });
    await batch.ok("POST /jobs/ended/tasks", { body: { id: "t", commandLine: "exit 0" } });
    await batch.settle();
    await batch.ok("POST /jobs/ended/terminate", { body: {} });
    await batch.settle();
    expect(await get("ended")).toMatchObject({
      state: "completed",
      executionInfo: { terminateReason: "UserTerminate", endTime: expect.any(String) },
    });
    for (const [line, body] of [
      ["POST /jobs/ended/terminate", {}],
      ["PATCH /jobs/ended", { priority: 1 }],
      ["POST /jobs/ended/tasks", { id: "x", commandLine: "x" }],
    ] as const)
      expect(errorOf(await batch.ask(line, { body })), line).toMatchObject({ status: 409, code: "JobCompleted" });
  });

  it("Job_ListPreparationAndReleaseTaskStatus tells both of each node, and is 409 for a job with neither (J-70)", async () => {
    const { value } = (await batch.ok("GET /jobs/ended/jobpreparationandreleasetaskstatus")).body;
    expect(value).toHaveLength(1);
    const [{ nodeId, ...row }] = value;
    expect(row).toMatchObject({
      poolId: "p",
      nodeUrl: `${batch.url}/pools/p/nodes/${nodeId}`,
      jobPreparationTaskExecutionInfo: {
        state: "completed",
        exitCode: 0,
        result: "success",
        retryCount: 0,
        taskRootDirectory: "workitems/ended/job-1/jobpreparation",
      },
      jobReleaseTaskExecutionInfo: {
        state: "completed",
        exitCode: 2,
        result: "failure",
        failureInfo: { code: "FailureExitCode" },
      },
    });
    expect(row.jobReleaseTaskExecutionInfo.retryCount).toBeUndefined();
    const filter = encodeURIComponent("jobReleaseTaskExecutionInfo/exitCode eq 0");
    expect((await batch.ok(`GET /jobs/ended/jobpreparationandreleasetaskstatus?$filter=${filter}`)).body.value).toEqual([]);
    const none = await batch.ask("GET /jobs/plain/jobpreparationandreleasetaskstatus");
    expect(errorOf(none)).toMatchObject({ status: 409, code: "JobPreparationTaskOrReleaseTaskNotSpecified" });
  });

  it("Job_Delete removes the job with its tasks; then it is 404 JobNotFound (J-27)", async () => {
    expect((await batch.ok("DELETE /jobs/ended")).status).toBe(202);
    await batch.settle();
    expect(errorOf(await batch.ask("GET /jobs/ended"))).toMatchObject({ status: 404, code: "JobNotFound" });
    expect(errorOf(await batch.ask("DELETE /jobs/ended")).code).toBe("JobNotFound");
  });
});
