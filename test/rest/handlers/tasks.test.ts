/** Task operations over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batch, errorOf, poolBody } from "./batch.ts";

let batch: Batch;
beforeAll(async () => {
  batch = await new Batch().start();
  await batch.ok("POST /pools", { body: poolBody("p", { taskSlotsPerNode: 4 }) });
  await batch.settle();
  await batch.ok("POST /jobs", { body: { id: "j", poolInfo: { poolId: "p" }, constraints: { maxTaskRetryCount: 1 } } });
  await batch.ok("POST /jobs", {
    body: { id: "deps", poolInfo: { poolId: "p" }, usesTaskDependencies: true, onTaskFailure: "performexitoptionsjobaction" },
  });
});
afterAll(() => batch.close());

const add = (body: object, job = "j") => batch.ask(`POST /jobs/${job}/tasks`, { body });
const get = async (id: string, job = "j", version = "2022-10-01.16.0") =>
  (await batch.ok(`GET /jobs/${job}/tasks/${id}`, { version })).body;
const NO_LIMIT = "P10675199DT2H48M5.4775807S";

describe("adding and reading tasks", () => {
  it("Task_Add answers 201 with tag and address, and Task_Get shows defaults, node and execution of a task that ran (T-01, T-03, T-12)", async () => {
    const added = await add({ id: "one", commandLine: "exit 0" });
    expect([added.status, added.text]).toEqual([201, ""]);
    expect(added.headers.get("location")).toBe(`${batch.url}/jobs/j/tasks/one`);
    await batch.settle();
    const answer = await batch.ok("GET /jobs/j/tasks/one");
    expect(answer.headers.get("etag")).toBe(added.headers.get("etag"));
    const task = answer.body;
    const node = task.nodeInfo.nodeId;
    expect(task).toEqual({
      "odata.metadata": `${batch.url}/$metadata#tasks/@Element`,
      id: "one",
      url: `${batch.url}/jobs/j/tasks/one`,
      eTag: added.headers.get("etag"),
      creationTime: "2026-01-05T08:00:00Z",
      lastModified: "2026-01-05T08:00:00Z",
      state: "completed",
      stateTransitionTime: "2026-01-05T08:00:00Z",
      previousState: "running",
      previousStateTransitionTime: "2026-01-05T08:00:00Z",
      commandLine: "exit 0",
      userIdentity: { autoUser: { scope: "pool", elevationLevel: "nonadmin" } },
      constraints: { maxWallClockTime: NO_LIMIT, retentionTime: "P7D", maxTaskRetryCount: 1 },
      requiredSlots: 1,
      executionInfo: {
        startTime: "2026-01-05T08:00:00Z",
        endTime: "2026-01-05T08:00:00Z",
        exitCode: 0,
        result: "success",
        retryCount: 0,
        requeueCount: 0,
      },
      nodeInfo: {
        affinityId: `TVM:${node}`,
        nodeUrl: `${batch.url}/pools/p/nodes/${node}`,
        poolId: "p",
        nodeId: node,
        taskRootDirectory: "workitems/j/job-1/one",
        taskRootDirectoryUrl: `${batch.url}/pools/p/nodes/${node}/files/workitems/j/job-1/one`,
      },
    });
  });

  it("Task_Get gives back all that was asked for (T-40, T-50, section 12)", async () => {
    const body = {
      id: "all",
      displayName: "All",
      commandLine: "stay",
      requiredSlots: 9,
      constraints: { maxWallClockTime: "PT1H", retentionTime: "P1D", maxTaskRetryCount: 3 },
      exitConditions: {
        exitCodes: [{ code: 3, exitOptions: { jobAction: "terminate", dependencyAction: "satisfy" } }],
        exitCodeRanges: [{ start: 4, end: 8, exitOptions: { dependencyAction: "block" } }],
        preProcessingError: { jobAction: "none" },
        fileUploadError: { jobAction: "none" },
        default: { jobAction: "disable" },
      },
      dependsOn: { taskIds: ["x"], taskIdRanges: [{ start: 1, end: 2 }] },
      affinityInfo: { affinityId: "TVM:none" },
      resourceFiles: [{ storageContainerUrl: "http://c.invalid", filePath: "in", fileMode: "0755" }],
      outputFiles: [
        {
          filePattern: "*.txt",
          destination: { container: { containerUrl: "http://c.invalid?sig=x" } },
          uploadOptions: { uploadCondition: "taskcompletion" },
        },
      ],
      environmentSettings: [{ name: "A", value: "1" }],
      userIdentity: { username: "ann" },
      multiInstanceSettings: {
        numberOfInstances: 2,
        coordinationCommandLine: "exit 0",
        commonResourceFiles: [{ httpUrl: "http://c.invalid/f", filePath: "f" }],
      },
      authenticationTokenSettings: { access: ["job"] },
      containerSettings: { imageName: "i", registry: { username: "u", password: "secret" } },
    };
    await batch.ok("POST /jobs/deps/tasks", { body });
    const { containerSettings, ...shown } = body;
    const answer = await batch.ok("GET /jobs/deps/tasks/all");
    expect(answer.body).toMatchObject({ ...shown, state: "active", executionInfo: { retryCount: 0, requeueCount: 0 } });
    expect(answer.body.containerSettings).toEqual({ imageName: "i", registry: { username: "u" } });
    expect([answer.body.nodeInfo, answer.body.previousState]).toEqual([undefined, undefined]);
    await batch.ok("DELETE /jobs/deps/tasks/all");
  });

  it.each([
    ["an id with a slash", { id: "a/b", commandLine: "x" }, "InvalidPropertyValue"],
    ["no command line", { id: "a" }, "MissingRequiredProperty"],
    ["an empty command line", { id: "a", commandLine: "" }, "MissingRequiredProperty"],
    [
      "dependencies in a job without them (T-04)",
      { id: "a", commandLine: "x", dependsOn: { taskIds: ["b"] } },
      "TaskDependenciesNotSpecifiedOnJob",
    ],
    [
      "a job action in a job that takes none (T-05)",
      { id: "a", commandLine: "x", exitConditions: { default: { jobAction: "terminate" } } },
      "InvalidPropertyValue",
    ],
    ["retries below -1", { id: "a", commandLine: "x", constraints: { maxTaskRetryCount: -2 } }, "InvalidConstraintValue"],
    [
      "a time limit of nothing",
      { id: "a", commandLine: "x", constraints: { maxWallClockTime: "PT0S" } },
      "InvalidConstraintValue",
    ],
    [
      "a file without a path (T-70)",
      { id: "a", commandLine: "x", resourceFiles: [{ httpUrl: "http://e.invalid" }] },
      "MissingRequiredProperty",
    ],
    [
      "a file mode that is not octal",
      { id: "a", commandLine: "x", resourceFiles: [{ httpUrl: "http://e.invalid", filePath: "a", fileMode: "9" }] },
      "InvalidPropertyValue",
    ],
    [
      "a variable whose name holds =",
      { id: "a", commandLine: "x", environmentSettings: [{ name: "A=B", value: "1" }] },
      "InvalidPropertyValue",
    ],
    ["two identities", { id: "a", commandLine: "x", userIdentity: { username: "u", autoUser: {} } }, "InvalidPropertyValue"],
  ])("Task_Add refuses %s with 400", async (_what, body, code) => {
    expect(errorOf(await add(body))).toMatchObject({ status: 400, code });
    expect((await batch.ask("GET /jobs/j/tasks/a")).status).toBe(404);
  });

  it("Task_Add of a taken id is 409 TaskExists whatever its case (T-01), of an unknown job 404, with unknown packages 409", async () => {
    expect(errorOf(await add({ id: "ONE", commandLine: "x" }))).toMatchObject({ status: 409, code: "TaskExists" });
    expect(errorOf(await add({ id: "a", commandLine: "x" }, "none"))).toMatchObject({ status: 404, code: "JobNotFound" });
    const packages = { id: "a", commandLine: "x", applicationPackageReferences: [{ applicationId: "app" }] };
    expect(errorOf(await add(packages))).toMatchObject({ status: 409, code: "InvalidApplicationPackageReferences" });
  });

  it("Task_List pages in order of addition, filters on state and exit code, and selects", async () => {
    for (const [id, commandLine] of [
      ["l1", "exit 0"],
      ["l2", "exit 5"],
      ["l3", "stay"],
    ])
      await add({ id, commandLine });
    await batch.settle();
    const list = async (query: string) => (await batch.ok(`GET /jobs/j/tasks?${query}`)).body;
    const ids = (body: { value: { id: string }[] }) => body.value.map(({ id }) => id);
    expect(ids(await list("$select=id"))).toEqual(["one", "l1", "l2", "l3"]);
    expect(ids(await list(`$filter=${encodeURIComponent("executionInfo/exitCode gt 0")}`))).toEqual(["l2"]);
    expect(ids(await list(`$filter=${encodeURIComponent("state eq 'Running' or startswith(id,'on')")}`))).toEqual([
      "one",
      "l3",
    ]);
    expect(
      ids(
        await list(
          `$filter=${encodeURIComponent("stateTransitionTime ge DateTime'2026-01-05T08:00:00Z' and executionInfo/result eq 'failure'")}`,
        ),
      ),
    ).toEqual(["l2"]);
    const first = await list("maxresults=2&$select=id");
    const rest = await fetch(first["odata.nextLink"], { headers: { authorization: "Bearer a-token-of-the-tests" } });
    expect(ids((await rest.json()) as never)).toEqual(["l2", "l3"]);
  });

  it("Task_Get of a failure tells retries, category, code and details, in 2017 only what is no exit code (T-25, T-26, section 11)", async () => {
    const shown = (await get("l2")).executionInfo;
    expect(shown).toMatchObject({
      exitCode: 5,
      result: "failure",
      retryCount: 1,
      failureInfo: { category: "UserError", code: "FailureExitCode" },
    });
    expect(shown.lastRetryTime).toBe("2026-01-05T08:00:00Z");
    expect(shown.failureInfo.details).toEqual([{ name: "Message", value: expect.any(String) }]);
    const old = (await get("l2", "j", "2017-01-01.4.0")).executionInfo;
    expect([old.failureInfo, old.schedulingError, old.result, old.exitCode]).toEqual([undefined, undefined, undefined, 5]);
    await batch.ok("POST /jobs/j/tasks/l3/terminate");
    expect((await get("l3")).executionInfo.failureInfo).toMatchObject({ category: "UserError", code: "TaskEnded" });
    const ended = (await get("l3", "j", "2017-01-01.4.0")).executionInfo;
    expect(ended.schedulingError).toMatchObject({ category: "UserError", code: "TaskEnded" });
  });

  it("Task_Get has statistics with $expand=stats only (T-91)", async () => {
    await add({ id: "timed", commandLine: "stay" });
    await batch.settle();
    await batch.pass(90_000);
    expect((await get("timed")).stats).toBeUndefined();
    expect((await batch.ok("GET /jobs/j/tasks/timed?$expand=stats")).body.stats).toMatchObject({
      wallClockTime: "PT1M30S",
      waitTime: "PT0S",
    });
    await batch.ok("DELETE /jobs/j/tasks/timed");
  });
});

describe("changing tasks", () => {
  it("Task_Update replaces the constraints, absent ones go back, and moves tag and time (T-06)", async () => {
    await add({ id: "u", commandLine: "stay", constraints: { maxTaskRetryCount: 4, retentionTime: "PT1H" } });
    await batch.settle();
    const before = await get("u");
    await batch.pass(1_000);
    const updated = await batch.ok("PUT /jobs/j/tasks/u", { body: { constraints: { maxWallClockTime: "PT2H" } } });
    const after = await get("u");
    expect(after.constraints).toEqual({ maxWallClockTime: "PT2H", retentionTime: "P7D", maxTaskRetryCount: 1 });
    expect(after.eTag).not.toBe(before.eTag);
    expect(after.lastModified).not.toBe(before.lastModified);
    expect(updated.headers.get("etag")).toBe(after.eTag);
    const late = await batch.ask("PUT /jobs/j/tasks/u", { body: {}, headers: { "if-match": before.eTag } });
    expect(errorOf(late)).toMatchObject({ status: 412, code: "ConditionNotMet" });
  });

  it("Task_Terminate completes a running task with TaskEnded, 204; a completed one is 409 TaskCompleted (T-13)", async () => {
    const answer = await batch.ok("POST /jobs/j/tasks/u/terminate");
    expect([answer.status, answer.headers.get("dataserviceid")]).toEqual([204, `${batch.url}/jobs/j/tasks/u/terminate`]);
    expect(await get("u")).toMatchObject({
      state: "completed",
      executionInfo: { result: "failure", failureInfo: { code: "TaskEnded" } },
    });
    expect(errorOf(await batch.ask("POST /jobs/j/tasks/u/terminate"))).toMatchObject({ status: 409, code: "TaskCompleted" });
  });

  it("Task_Reactivate brings a failed task back with its retries forgotten, and refuses others (T-15)", async () => {
    await batch.settle();
    expect((await batch.ok("POST /jobs/j/tasks/u/reactivate")).status).toBe(204);
    await batch.settle();
    const task = await get("u");
    expect([task.state, task.executionInfo.failureInfo, task.executionInfo.retryCount]).toEqual(["running", undefined, 0]);
    expect(errorOf(await batch.ask("POST /jobs/j/tasks/u/reactivate")).code).toBe("TaskNotCompleted");
    expect(errorOf(await batch.ask("POST /jobs/j/tasks/one/reactivate")).code).toBe("TaskSucceeded");
  });

  it("Task_Delete removes the record at once; then it is 404 TaskNotFound (T-14)", async () => {
    expect((await batch.ok("DELETE /jobs/j/tasks/u")).status).toBe(200);
    expect(errorOf(await batch.ask("DELETE /jobs/j/tasks/u"))).toMatchObject({ status: 404, code: "TaskNotFound" });
    await batch.settle();
  });

  it("Task_ListSubtasks tells of the instances but the primary, and of none for an ordinary task (T-53, T-59)", async () => {
    await batch.ok("POST /pools", { body: poolBody("m", { enableInterNodeCommunication: true }) });
    await batch.ok("POST /jobs", { body: { id: "mpi", poolInfo: { poolId: "m" } } });
    await add(
      { id: "gang", commandLine: "stay", multiInstanceSettings: { numberOfInstances: 2, coordinationCommandLine: "exit 0" } },
      "mpi",
    );
    await batch.settle();
    const { value } = (await batch.ok("GET /jobs/mpi/tasks/gang/subtasksinfo")).body;
    expect(value).toHaveLength(1);
    expect(value[0]).toMatchObject({ id: 1, state: "running", nodeInfo: { taskRootDirectory: "workitems/mpi/job-1/gang/1" } });
    expect((await batch.ok("GET /jobs/j/tasks/one/subtasksinfo")).body.value).toEqual([]);
  });
});

describe("adding many", () => {
  it("Task_AddCollection answers 200 with a result for each task in order, some added and others not (T-02)", async () => {
    const value = [
      { id: "c1", commandLine: "exit 0" },
      { id: "one", commandLine: "exit 0" },
      { id: "c2", commandLine: "exit 0", resourceFiles: [{ httpUrl: "http://e.invalid", filePath: "/etc/passwd" }] },
      { id: "c1", commandLine: "exit 0" },
      { id: "c3", commandLine: "exit 1" },
    ];
    const { status, body } = await batch.ok("POST /jobs/j/addtaskcollection", { body: { value } });
    expect(status).toBe(200);
    expect(body["odata.metadata"]).toBe(`${batch.url}/$metadata#taskaddresult`);
    expect(
      body.value.map((row: { status: string; taskId: string; error?: { code: string } }) => [
        row.taskId,
        row.status,
        row.error?.code,
      ]),
    ).toEqual([
      ["c1", "Success", undefined],
      ["one", "clienterror", "TaskExists"],
      ["c2", "clienterror", "InvalidPropertyValue"],
      ["c1", "clienterror", "TaskExists"],
      ["c3", "Success", undefined],
    ]);
    const [first] = body.value;
    expect(first.location).toBe(`${batch.url}/jobs/j/tasks/c1`);
    expect([first.eTag, first.lastModified]).toEqual([(await get("c1")).eTag, (await get("c1")).lastModified]);
    expect(body.value[2].error.message).toEqual({ lang: "en-US", value: expect.stringContaining("resourceFiles[0].filePath") });
  });

  it("Task_AddCollection of more than a hundred tasks is 400, of an unknown or ended job 404 or 409 (T-02, J-21)", async () => {
    const value = Array.from({ length: 101 }, (_, i) => ({ id: `m${i}`, commandLine: "exit 0" }));
    expect((await batch.ask("POST /jobs/j/addtaskcollection", { body: { value } })).status).toBe(400);
    expect(errorOf(await batch.ask("POST /jobs/none/addtaskcollection", { body: { value: value.slice(1) } })).code).toBe(
      "JobNotFound",
    );
    await batch.ok("POST /jobs", { body: { id: "over", poolInfo: { poolId: "p" }, onAllTasksComplete: "terminatejob" } });
    await batch.settle();
    expect(errorOf(await batch.ask("POST /jobs/over/addtaskcollection", { body: { value: value.slice(1) } }))).toMatchObject({
      status: 409,
      code: "JobCompleted",
    });
  });

  it("Job_GetTaskCounts counts tasks and slots, preparing as running; flat before slots, validated in 2017 (T-90)", async () => {
    await batch.ok("POST /jobs", { body: { id: "counts", poolInfo: { poolId: "p" } } });
    const value = [
      { id: "a", commandLine: "exit 0", requiredSlots: 2 },
      { id: "b", commandLine: "exit 2" },
      { id: "c", commandLine: "stay" },
      { id: "d", commandLine: "exit 0", requiredSlots: 100 },
    ];
    await batch.ok("POST /jobs/counts/addtaskcollection", { body: { value } });
    await batch.settle();
    const { "odata.metadata": _1, ...now } = (await batch.ok("GET /jobs/counts/taskcounts")).body;
    expect(now).toEqual({
      taskCounts: { active: 1, running: 1, completed: 2, succeeded: 1, failed: 1 },
      taskSlotCounts: { active: 100, running: 1, completed: 3, succeeded: 2, failed: 1 },
    });
    const { "odata.metadata": _2, ...flat } = (await batch.ok("GET /jobs/counts/taskcounts", { version: "2020-03-01.11.0" }))
      .body;
    expect(flat).toEqual(now.taskCounts);
    const old = (await batch.ok("GET /jobs/counts/taskcounts", { version: "2017-06-01.5.1" })).body;
    expect(old).toMatchObject({ ...now.taskCounts, validationStatus: "validated" });
  });
});
