/** Operations on compute nodes over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batch, errorOf, MACHINE, poolBody } from "./batch.ts";

let batch: Batch;
let id: string;
beforeAll(async () => {
  batch = await new Batch().start();
  const startTask = { commandLine: "exit 0", maxTaskRetryCount: 1 };
  await batch.ok("POST /pools", { body: poolBody("p", { startTask, taskSlotsPerNode: 2 }) });
  await batch.ok("POST /pools", {
    body: { id: "cloud", vmSize: "small", cloudServiceConfiguration: { osFamily: "5" }, targetDedicatedNodes: 1 },
  });
  await batch.settle();
  id = (await batch.ok("GET /pools/p/nodes?maxresults=1")).body.value[0].id;
});
afterAll(() => batch.close());

const get = async () => (await batch.ok(`GET /pools/p/nodes/${id}`)).body;
const at = (action: string) => `POST /pools/p/nodes/${id}/${action}`;

describe("reading nodes", () => {
  it("ComputeNode_Get shows state, address, affinity, start task and how it went, and the pool's image (P-90 to P-109)", async () => {
    const answer = await batch.ok(`GET /pools/p/nodes/${id}`);
    expect(answer.headers.get("etag")).toBeNull();
    expect(answer.body).toEqual({
      "odata.metadata": `${batch.url}/$metadata#nodes/@Element`,
      id,
      url: `${batch.url}/pools/p/nodes/${id}`,
      state: "idle",
      schedulingState: "enabled",
      stateTransitionTime: "2026-01-05T08:00:00Z",
      lastBootTime: "2026-01-05T08:00:00Z",
      allocationTime: "2026-01-05T08:00:00Z",
      ipAddress: "127.1.2.3",
      affinityId: `TVM:${id}`,
      vmSize: "standard_d4_v3",
      totalTasksRun: 0,
      totalTasksSucceeded: 0,
      runningTasksCount: 0,
      runningTaskSlotsCount: 0,
      startTask: {
        commandLine: "exit 0",
        userIdentity: { autoUser: { scope: "pool", elevationLevel: "nonadmin" } },
        maxTaskRetryCount: 1,
        waitForSuccess: true,
      },
      startTaskInfo: {
        state: "completed",
        startTime: "2026-01-05T08:00:00Z",
        endTime: "2026-01-05T08:00:00Z",
        exitCode: 0,
        retryCount: 0,
        result: "success",
      },
      certificateReferences: [],
      isDedicated: true,
      nodeAgentInfo: { version: expect.any(String), lastUpdateTime: "2026-01-05T08:00:00Z" },
      virtualMachineInfo: { imageReference: { ...MACHINE.imageReference, exactVersion: "latest" } },
    });
  });

  it("ComputeNode_List filters by state and by what became of the start task (L-55)", async () => {
    const ids = async (filter: string) =>
      (await batch.ok(`GET /pools/p/nodes?$filter=${encodeURIComponent(filter)}&$select=id`)).body.value.length;
    expect(await ids("state eq 'idle' and startTaskInfo/exitCode eq 0")).toBe(2);
    expect(await ids("state ne 'idle'")).toBe(0);
    expect(errorOf(await batch.ask("GET /pools/none/nodes")).code).toBe("PoolNotFound");
    expect(errorOf(await batch.ask("GET /pools/p/nodes/none")).code).toBe("NodeNotFound");
  });

  it("ComputeNode_Get of a failed start task tells exit code, failure and result (P-102, P-105)", async () => {
    await batch.ok("POST /pools", { body: poolBody("bad", { targetDedicatedNodes: 1, startTask: { commandLine: "exit 9" } }) });
    await batch.settle();
    const [node] = (await batch.ok("GET /pools/bad/nodes")).body.value;
    expect(node.state).toBe("starttaskfailed");
    expect(node.startTaskInfo).toMatchObject({
      state: "completed",
      exitCode: 9,
      result: "failure",
      failureInfo: { category: "UserError", code: "FailureExitCode" },
    });
  });

  it("ComputeNode_Get shows the newest of its recent tasks first, with their states (P-92, P-93)", async () => {
    await batch.ok("POST /jobs", { body: { id: "j", poolInfo: { poolId: "p" } } });
    await batch.ok("POST /jobs/j/tasks", {
      body: { id: "one", commandLine: "exit 0", affinityInfo: { affinityId: `TVM:${id}` } },
    });
    await batch.settle();
    await batch.ok("POST /jobs/j/tasks", {
      body: { id: "two", commandLine: "exit 4", affinityInfo: { affinityId: `TVM:${id}` } },
    });
    await batch.settle();
    const node = await get();
    expect([node.totalTasksRun, node.totalTasksSucceeded]).toEqual([2, 1]);
    expect(
      node.recentTasks.map(({ taskId, taskState, executionInfo }: never) => [
        taskId,
        taskState,
        (executionInfo as { exitCode: number }).exitCode,
      ]),
    ).toEqual([
      ["two", "completed", 4],
      ["one", "completed", 0],
    ]);
    expect(node.recentTasks[0]).toMatchObject({ jobId: "j", taskUrl: `${batch.url}/jobs/j/tasks/two` });
  });
});

describe("acting on nodes", () => {
  it("ComputeNode_DisableScheduling and ComputeNode_EnableScheduling flip the scheduling state, and refuse what is so already (P-91, P-121)", async () => {
    const disabled = await batch.ok(at("disablescheduling"), { body: { nodeDisableSchedulingOption: "requeue" } });
    expect([disabled.status, disabled.headers.get("dataserviceid")]).toEqual([
      200,
      `${batch.url}/pools/p/nodes/${id}/disablescheduling`,
    ]);
    expect(await get()).toMatchObject({ state: "offline", schedulingState: "disabled" });
    expect(errorOf(await batch.ask(at("disablescheduling")))).toMatchObject({
      status: 409,
      code: "NodeAlreadyInTargetSchedulingState",
    });
    await batch.ok(at("enablescheduling"));
    expect(await get()).toMatchObject({ state: "idle", schedulingState: "enabled" });
    expect(errorOf(await batch.ask(at("enablescheduling"))).code).toBe("NodeAlreadyInTargetSchedulingState");
  });

  it("ComputeNode_DisableScheduling knows no retaineddata (P-122)", async () => {
    const answer = await batch.ask(at("disablescheduling"), { body: { nodeDisableSchedulingOption: "retaineddata" } });
    expect(errorOf(answer)).toMatchObject({ status: 400, code: "InvalidPropertyValue" });
  });

  it("ComputeNode_Reboot runs the start task again; a node that reboots refuses another (P-100, P-120)", async () => {
    batch.provider.withheld.add("RebootNode");
    await batch.pass(60_000);
    expect((await batch.ok(at("reboot"))).status).toBe(202);
    expect((await get()).state).toBe("rebooting");
    expect(errorOf(await batch.ask(at("reboot")))).toMatchObject({ status: 409, code: "NodeBeingRebooted" });
    batch.provider.withheld.clear();
    for (const kind of ["NodeStarted", "NodeReady"] as const) batch.provider.tell({ kind, poolId: "p", nodeId: id });
    await batch.settle();
    const node = await get();
    expect([node.state, node.startTaskInfo.startTime, node.lastBootTime]).toEqual([
      "idle",
      "2026-01-05T08:01:00Z",
      "2026-01-05T08:01:00Z",
    ]);
  });

  it("ComputeNode_Reimage is for cloud services pools only (section 10)", async () => {
    expect(errorOf(await batch.ask(at("reimage")))).toMatchObject({ status: 409, code: "OperationNotValidOnNode" });
    const [node] = (await batch.ok("GET /pools/cloud/nodes")).body.value;
    const users = `/pools/cloud/nodes/${node.id}/users`;
    await batch.ok(`POST ${users}`, { body: { name: "ann", password: "p" } });
    expect((await batch.ok(`POST /pools/cloud/nodes/${node.id}/reimage`)).status).toBe(202);
    await batch.settle();
    expect(errorOf(await batch.ask(`DELETE ${users}/ann`)).code).toBe("NodeUserNotFound");
  });

  it.each([
    ["ComputeNode_GetRemoteLoginSettings", "GET", "remoteloginsettings", "2022-10-01.16.0", undefined],
    ["ComputeNode_GetRemoteDesktop", "GET", "rdp", "2022-10-01.16.0", undefined],
    [
      "ComputeNode_UploadBatchServiceLogs",
      "POST",
      "uploadbatchservicelogs",
      "2022-10-01.16.0",
      { containerUrl: "https://a.invalid/c", startTime: "2026-01-05T08:00:00Z" },
    ],
    ["ComputeNode_Start", "POST", "start", "2024-07-01.20.0", undefined],
    ["ComputeNode_Deallocate", "POST", "deallocate", "2024-07-01.20.0", {}],
  ])("%s answers 409 OperationNotValidOnNode with a reason, for a node that exists (P-183)", async (_name, method, path, version, body) => {
    const error = errorOf(
      await batch.ask(`${method} /pools/p/nodes/${id}/${path}`, { version, ...(body === undefined ? {} : { body }) }),
    );
    expect(error).toMatchObject({ status: 409, code: "OperationNotValidOnNode" });
    expect(error.values.Reason).toMatch(/^Nodes of (?:this service|virtual machine pools) /);
    const missing = await batch.ask(`${method} /pools/p/nodes/none/${path}`, {
      version,
      ...(body === undefined ? {} : { body }),
    });
    expect(errorOf(missing)).toMatchObject({ status: 404, code: "NodeNotFound" });
  });

  it("ComputeNodeExtension_List is empty, ComputeNodeExtension_Get is 404", async () => {
    expect((await batch.ok(`GET /pools/p/nodes/${id}/extensions`)).body.value).toEqual([]);
    expect((await batch.ask(`GET /pools/p/nodes/${id}/extensions/x`)).status).toBe(404);
  });
});

describe("users of nodes", () => {
  const users = () => `/pools/p/nodes/${id}/users`;

  it("ComputeNode_AddUser, ComputeNode_UpdateUser and ComputeNode_DeleteUser keep a record with a day's expiry and without the password (P-180, P-181)", async () => {
    const added = await batch.ok(`POST ${users()}`, { body: { name: "Ann", password: "secret", isAdmin: true } });
    expect([added.status, added.headers.get("location")]).toEqual([201, `${batch.url}/pools/p/nodes/${id}/users/Ann`]);
    const record = () => batch.service.records.list("nodeUser").find(([key]) => key === `p/${id}/ann`)?.[1];
    expect(record()).toMatchObject({ name: "Ann", isAdmin: true, expiryAt: batch.clock.at + 86_400_000 });
    expect(record()).toMatchObject({ passwordHash: expect.stringMatching(/^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/) });
    expect(JSON.stringify(batch.service.records.list("nodeUser"))).not.toContain("secret");
    expect(errorOf(await batch.ask(`POST ${users()}`, { body: { name: "ann" } }))).toMatchObject({
      status: 409,
      code: "NodeUserExists",
    });
    await batch.ok(`PUT ${users()}/ann`, { body: { sshPublicKey: "ssh-rsa AAAA" } });
    expect(record()).toMatchObject({ name: "Ann", isAdmin: true, sshPublicKey: "ssh-rsa AAAA" });
    expect(record()).not.toHaveProperty("passwordHash");
    expect((await batch.ok(`DELETE ${users()}/ann`)).status).toBe(200);
    expect(errorOf(await batch.ask(`DELETE ${users()}/ann`))).toMatchObject({ status: 404, code: "NodeUserNotFound" });
    expect(errorOf(await batch.ask(`PUT ${users()}/ann`, { body: {} })).code).toBe("NodeUserNotFound");
  });

  it("ComputeNode_AddUser refuses a wrong name, an expiry that is past, and a key on Windows nodes (P-180)", async () => {
    const add = async (body: object) => errorOf(await batch.ask(`POST ${users()}`, { body }));
    expect(await add({ name: "a b" })).toMatchObject({ status: 400, values: { PropertyName: "name" } });
    expect(await add({ name: "Root" })).toMatchObject({ status: 400, values: { PropertyName: "name" } });
    const command = 'command="/bin/sh" ssh-rsa AAAA';
    for (const sshPublicKey of ["k", command, "ssh-rsa AAAA\nssh-rsa BBBB", "ssh-rsa AAAA \u0007"])
      expect(await add({ name: "a", sshPublicKey })).toMatchObject({ status: 400, values: { PropertyName: "sshPublicKey" } });
    expect(await add({ name: "a", password: "x".repeat(257) })).toMatchObject({ values: { PropertyName: "password" } });
    expect(await add({ name: "a", expiryTime: "2020-01-01T00:00:00Z" })).toMatchObject({
      status: 400,
      values: { PropertyName: "expiryTime" },
    });
    const [node] = (await batch.ok("GET /pools/cloud/nodes")).body.value;
    const onWindows = async (body: object) => errorOf(await batch.ask(`POST /pools/cloud/nodes/${node.id}/users`, { body }));
    expect(await onWindows({ name: "a", password: "p", sshPublicKey: "k" })).toMatchObject({
      values: { PropertyName: "sshPublicKey" },
    });
    expect(await onWindows({ name: "a" })).toMatchObject({
      code: "MissingRequiredProperty",
      values: { PropertyName: "password" },
    });
  });

  it("ComputeNode_AddUser: a pool of the same id made later has none of the users of the one before (P-182)", async () => {
    const add = async () => {
      await batch.ok("POST /pools", { body: poolBody("again", { targetDedicatedNodes: 1 }) });
      await batch.settle();
      return batch.ask("POST /pools/again/nodes/tvm-1/users", { body: { name: "ann" } });
    };
    expect((await add()).status).toBe(201);
    await batch.ok("DELETE /pools/again");
    await batch.pass(1_000);
    expect((await add()).status).toBe(201);
    expect(batch.service.records.list("nodeUser").filter(([key]) => key.startsWith("again/"))).toHaveLength(1);
  });

  it("ComputeNode_AddUser needs a node that is idle, running or offline (P-180)", async () => {
    batch.provider.tell({ kind: "NodeLost", poolId: "p", nodeId: id });
    await batch.settle();
    expect((await get()).state).toBe("unknown");
    expect(errorOf(await batch.ask(`POST ${users()}`, { body: { name: "late" } }))).toMatchObject({
      status: 409,
      code: "NodeStateUnusable",
    });
    batch.provider.tell({ kind: "NodeRecovered", poolId: "p", nodeId: id });
    await batch.settle();
    expect((await batch.ask(`POST ${users()}`, { body: { name: "late" } })).status).toBe(201);
  });
});
