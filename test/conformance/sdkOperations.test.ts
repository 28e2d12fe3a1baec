/**
 * Every operation of the unmodified `@azure/batch` on pools, nodes, files, jobs and tasks at least once, with success or with the error that the service
 * documents; sdkAccount.test.ts has the other groups and counts. What the story in sdk.test.ts shows in motion is only touched here.
 */
import type { BatchServiceClient } from "@azure/batch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { eventually } from "../support/waiting.ts";
import {
  answersOr,
  gone,
  jobIn,
  poolParameter,
  refused,
  refusedStream,
  shell,
  taskIn,
  textOf,
  usableNodes,
} from "./sdkClient.ts";
import { Serving } from "./serving.ts";

const serving = new Serving(["--fast"]);
let client: BatchServiceClient;

beforeAll(async () => {
  buildOnce();
  await serving.start();
  client = serving.client();
  await client.pool.add(poolParameter("operations", { targetDedicatedNodes: 2, taskSlotsPerNode: 4 }));
  await client.job.add({ id: "operations", poolInfo: { poolId: "operations" } });
}, 180_000);
afterAll(() => serving.clear(), 60_000);

describe("pools", () => {
  it("Pool_List, Pool_Exists, Pool_Get: what there is, selected and filtered; what there is not, 404", async () => {
    const pools = await client.pool.list({ poolListOptions: { filter: "startswith(id, 'oper')", select: "id, state" } });
    expect([...pools]).toEqual([{ id: "operations", state: "active" }]);
    expect(await client.pool.exists("operations")).toMatchObject({ body: true });
    expect(await client.pool.exists("nowhere")).toMatchObject({ body: false });
    await refused(client.pool.get("nowhere"), 404, "PoolNotFound");
    await refused(client.pool.add(poolParameter("Operations", { targetDedicatedNodes: 0 })), 409, "PoolExists");
    await refused(client.pool.list({ poolListOptions: { filter: "color eq 'red'" } }), 400, "InvalidQueryParameterValue");
  });

  it("Pool_Patch, Pool_UpdateProperties: a patch changes what it names, replacing clears the rest (P-23); ETags are respected (L-51)", async () => {
    const { eTag } = await client.pool.get("operations");
    await client.pool.patch("operations", { metadata: [{ name: "a", value: "1" }] }, { poolPatchOptions: { ifMatch: eTag! } });
    await refused(
      client.pool.patch("operations", { metadata: [] }, { poolPatchOptions: { ifMatch: eTag! } }),
      412,
      "ConditionNotMet",
    );
    const startTask = { commandLine: shell("true"), waitForSuccess: false };
    await client.pool.patch("operations", { startTask });
    expect(await client.pool.get("operations")).toMatchObject({ metadata: [{ name: "a", value: "1" }], startTask });
    await client.pool.updateProperties("operations", {
      certificateReferences: [],
      applicationPackageReferences: [],
      metadata: [],
    });
    const replaced = await client.pool.get("operations");
    expect(replaced.startTask).toBeUndefined();
    expect(replaced.metadata ?? []).toEqual([]);
  });

  it("Pool_EnableAutoScale, Pool_EvaluateAutoScale, Pool_DisableAutoScale: a formula is tried, switched on and off", async () => {
    await usableNodes(client, "operations", 2);
    await refused(client.pool.evaluateAutoScale("operations", "$TargetDedicatedNodes = 1;"), 409, [
      "OperationNotValidOnPool",
      "OperationInvalidForCurrentState",
    ]);
    await client.pool.enableAutoScale("operations", {
      autoScaleFormula: "$TargetDedicatedNodes = 2;",
      autoScaleEvaluationInterval: "PT10M",
    });
    const good = await client.pool.evaluateAutoScale("operations", "$TargetDedicatedNodes = 1 + 1;");
    expect(good).toMatchObject({ results: expect.stringMatching(/^\$TargetDedicatedNodes=2;/) });
    expect(good.error).toBeUndefined();
    const bad = await client.pool.evaluateAutoScale("operations", "$TargetDedicatedNodes = something_useless;");
    expect(bad.error).toMatchObject({ code: "AutoScalingFormulaEvaluationError" });
    expect(bad.error?.values?.[0].value).toMatch(/^Line 1, Col \d+: Undefined symbol: something_useless$/);
    expect(bad.results).toMatch(/^\$TargetDedicatedNodes=2;/);
    await refused(client.pool.resize("operations", { targetDedicatedNodes: 1 }), 409, [
      "OperationNotValidOnPool",
      "OperationInvalidForCurrentState",
    ]);
    await client.pool.disableAutoScale("operations");
    expect((await client.pool.get("operations")).enableAutoScale).toBe(false);
  });

  it("Pool_Resize, Pool_StopResize, Pool_RemoveNodes: a resize that waits for a task can be stopped; removed nodes are not replaced (P-49)", async () => {
    await client.pool.add(poolParameter("shrinking", { targetDedicatedNodes: 1 }));
    await client.job.add({ id: "shrinking", poolInfo: { poolId: "shrinking" } });
    await client.task.add("shrinking", { id: "long", commandLine: shell("exec sleep 600") });
    await taskIn(client, "shrinking", "long", "running");
    await client.pool.resize("shrinking", { targetDedicatedNodes: 0, nodeDeallocationOption: "taskcompletion" });
    await refused(client.pool.resize("shrinking", { targetDedicatedNodes: 1 }), 409, "PoolBeingResized");
    await client.pool.stopResize("shrinking");
    const [node] = await usableNodes(client, "shrinking", 1);
    await refused(client.pool.removeNodes("shrinking", { nodeList: ["tvmps_none"] }), 404, "NodeNotFound");
    await client.pool.removeNodes("shrinking", { nodeList: [node.id!], nodeDeallocationOption: "terminate" });
    expect((await taskIn(client, "shrinking", "long", "completed")).executionInfo?.failureInfo?.code).toBe("TaskEnded");
    await usableNodes(client, "shrinking", 0);
  });

  it("Pool_ListUsageMetrics, Pool_GetAllLifetimeStatistics, Account_ListSupportedImages, Account_ListPoolNodeCounts: the account's figures", async () => {
    expect(Array.isArray(await client.pool.listUsageMetrics())).toBe(true);
    await answersOr(client.pool.getAllLifetimeStatistics());
    await answersOr(client.job.getAllLifetimeStatistics());
    const images = await client.account.listSupportedImages({
      accountListSupportedImagesOptions: { filter: "osType eq 'linux'" },
    });
    expect(images.map(({ nodeAgentSKUId }) => nodeAgentSKUId)).toContain("batch.node.ubuntu 22.04");
    const counts = await client.account.listPoolNodeCounts();
    expect(counts.find(({ poolId }) => poolId === "operations")?.dedicated).toMatchObject({ idle: 2, total: 2 });
  });

  it("Pool_Delete: the pool is deleting or gone at once, and then gone", async () => {
    await client.pool.deleteMethod("shrinking");
    await gone(() => client.pool.get("shrinking"), "PoolNotFound");
    await refused(client.pool.deleteMethod("shrinking"), 404, "PoolNotFound");
  });
});

describe("nodes", () => {
  it("ComputeNode_List, ComputeNode_Get, ComputeNode_DisableScheduling, ComputeNode_EnableScheduling: a node is out of scheduling once (P-91)", async () => {
    const [{ id }] = await usableNodes(client, "operations", 2);
    const node = await client.computeNode.get("operations", id!);
    expect(node).toMatchObject({ id, state: "idle", schedulingState: "enabled", isDedicated: true, affinityId: `TVM:${id}` });
    await client.computeNode.disableScheduling("operations", id!, { nodeDisableSchedulingOption: "terminate" });
    await refused(client.computeNode.disableScheduling("operations", id!), 409, "NodeAlreadyInTargetSchedulingState");
    await client.computeNode.enableScheduling("operations", id!);
    await refused(client.computeNode.enableScheduling("operations", id!), 409, "NodeAlreadyInTargetSchedulingState");
    await refused(client.computeNode.get("operations", "tvmps_none"), 404, "NodeNotFound");
  });

  it("ComputeNode_AddUser, ComputeNode_UpdateUser, ComputeNode_DeleteUser: a user is there once (P-181)", async () => {
    const [{ id }] = await usableNodes(client, "operations", 2);
    const user = { name: "alice", password: "not a secret 1!", isAdmin: true };
    await client.computeNode.addUser("operations", id!, user);
    await refused(client.computeNode.addUser("operations", id!, user), 409, "NodeUserExists");
    await client.computeNode.updateUser("operations", id!, "alice", { password: "another one 2!" });
    await client.computeNode.deleteUser("operations", id!, "alice");
    await refused(client.computeNode.deleteUser("operations", id!, "alice"), 404, "NodeUserNotFound");
    await refused(client.computeNode.updateUser("operations", id!, "alice", { password: "x" }), 404, "NodeUserNotFound");
  });

  it("ComputeNode_Reboot, ComputeNode_Reimage: a node boots again; reimaging is for other pools and says so", async () => {
    const [{ id }] = await usableNodes(client, "operations", 2);
    const { lastBootTime } = await client.computeNode.get("operations", id!);
    await client.computeNode.reboot("operations", id!);
    await eventually("booted again", async () => {
      const node = await client.computeNode.get("operations", id!);
      return node.state === "idle" && node.lastBootTime!.getTime() > lastBootTime!.getTime() ? true : undefined;
    });
    await refused(client.computeNode.reimage("operations", id!), 409, "OperationNotValidOnNode");
  });

  it("ComputeNode_GetRemoteDesktop, ComputeNode_UploadBatchServiceLogs, ComputeNodeExtension_List, ComputeNodeExtension_Get: what a node here cannot do is refused", async () => {
    const [{ id }] = await usableNodes(client, "operations", 2);
    await refusedStream(client.computeNode.getRemoteDesktop("operations", id!), 409);
    const logs = { containerUrl: "http://127.0.0.1:1/logs?sig=x", startTime: new Date(Date.now() - 3_600_000) };
    await answersOr(client.computeNode.uploadBatchServiceLogs("operations", id!, logs));
    await answersOr(client.computeNodeExtension.list("operations", id!));
    await answersOr(client.computeNodeExtension.get("operations", id!, "none"));
  });

  it("ComputeNode_GetRemoteLoginSettings: an address and a port, or the service's own refusal", async () => {
    const [{ id }] = await usableNodes(client, "operations", 2);
    await client.computeNode.addUser("operations", id!, { name: "signsin", password: "p" });
    const outcome = await answersOr(client.computeNode.getRemoteLoginSettings("operations", id!));
    if (outcome !== undefined)
      expect(outcome).toMatchObject({ remoteLoginIPAddress: expect.any(String), remoteLoginPort: expect.any(Number) });
  });
});

describe("files of nodes and tasks", () => {
  it("File_ListFromComputeNode, File_GetFromComputeNode, File_GetPropertiesFromComputeNode, File_DeleteFromComputeNode", async () => {
    await client.task.add("operations", {
      id: "files",
      commandLine: shell("echo one; echo two >&2; echo three > $AZ_BATCH_NODE_SHARED_DIR/kept"),
    });
    const { nodeInfo } = await taskIn(client, "operations", "files", "completed");
    const node = nodeInfo!.nodeId!;
    const names = (await client.file.listFromComputeNode("operations", node, { recursive: true })).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["shared", "shared/kept", "startup", "workitems/operations/job-1/files/stdout.txt"]),
    );
    expect(await textOf(client.file.getFromComputeNode("operations", node, "shared/kept"))).toBe("three\n");
    expect(await client.file.getPropertiesFromComputeNode("operations", node, "shared/kept")).toMatchObject({
      contentLength: 6,
    });
    await client.file.deleteFromComputeNode("operations", node, "shared/kept");
    await refusedStream(client.file.getFromComputeNode("operations", node, "shared/kept"), 404);
    await refusedStream(client.file.getFromComputeNode("operations", node, "../../account.json"), 404);
  });

  it("File_ListFromTask, File_GetFromTask, File_GetPropertiesFromTask, File_DeleteFromTask", async () => {
    expect((await client.file.listFromTask("operations", "files")).map(({ name }) => name)).toEqual([
      "stderr.txt",
      "stdout.txt",
      "wd",
    ]);
    const range = { fileGetFromTaskOptions: { ocpRange: "bytes=1-2" } };
    expect(await textOf(client.file.getFromTask("operations", "files", "stdout.txt", range))).toBe("ne");
    const beyond = { fileGetFromTaskOptions: { ocpRange: "bytes=100-" } };
    await refusedStream(client.file.getFromTask("operations", "files", "stdout.txt", beyond), 416);
    expect(await client.file.getPropertiesFromTask("operations", "files", "stderr.txt")).toMatchObject({ contentLength: 4 });
    await client.file.deleteFromTask("operations", "files", "stderr.txt");
    await refusedStream(client.file.getFromTask("operations", "files", "stderr.txt"), 404);
    await client.task.add("operations", { id: "never", commandLine: "x", requiredSlots: 5 });
    await refused(client.file.listFromTask("operations", "never"), 409, "TaskFilesUnavailable");
    await client.task.deleteMethod("operations", "never");
  });
});

describe("jobs", () => {
  const preparation = { jobPreparationTask: { commandLine: shell("true") }, jobReleaseTask: { commandLine: shell("true") } };

  it("Job_Add, Job_Get, Job_List, Job_Patch, Job_Update: patching changes, updating replaces (J-07), turning back is refused (J-08)", async () => {
    const poolInfo = { poolId: "operations" };
    await client.job.add({ id: "changing", poolInfo, priority: 5, metadata: [{ name: "a", value: "b" }], ...preparation });
    await refused(client.job.add({ id: "changing", poolInfo }), 409, "JobExists");
    await client.job.patch("changing", { constraints: { maxTaskRetryCount: 2 } });
    expect(await client.job.get("changing")).toMatchObject({
      priority: 5,
      constraints: { maxTaskRetryCount: 2 },
      state: "active",
    });
    await client.job.update("changing", { poolInfo });
    const updated = await client.job.get("changing");
    expect(updated.priority).toBe(0);
    expect(updated.metadata ?? []).toEqual([]);
    await refused(client.job.patch("changing", { priority: 1001 }), 400, ["InvalidPropertyValue", "OutOfRangePriority"]);
    const jobs = await client.job.list({ jobListOptions: { filter: "state eq 'active' and id eq 'changing'", select: "id" } });
    expect(jobs.map(({ id, priority, state }) => ({ id, priority, state }))).toEqual([
      { id: "changing", priority: undefined, state: undefined },
    ]);
  });

  it("Job_Disable, Job_Enable, Job_GetTaskCounts: a disabled job starts nothing (J-22), an enabled one does", async () => {
    await client.job.disable("changing", "requeue");
    await jobIn(client, "changing", "disabled");
    await client.task.add("changing", { id: "one", commandLine: shell("exit 0"), requiredSlots: 2 });
    expect(await client.job.getTaskCounts("changing")).toMatchObject({
      taskCounts: { active: 1, running: 0 },
      taskSlotCounts: { active: 2 },
    });
    await client.job.enable("changing");
    await taskIn(client, "changing", "one", "completed");
    await refused(client.job.enable("changing"), 409, ["OperationInvalidForCurrentState", "JobNotDisabled"]);
    expect(await client.job.getTaskCounts("changing")).toMatchObject({ taskCounts: { completed: 1, succeeded: 1 } });
  });

  it("Job_ListPreparationAndReleaseTaskStatus, Job_Terminate, Job_Delete: preparation and release run around the task (J-60, J-65)", async () => {
    await client.job.terminate("changing", { terminateReason: "enough" });
    expect((await jobIn(client, "changing", "completed")).executionInfo?.terminateReason).toBe("enough");
    const [status, ...others] = await client.job.listPreparationAndReleaseTaskStatus("changing");
    expect(others).toEqual([]);
    expect(status.jobPreparationTaskExecutionInfo).toMatchObject({ state: "completed", exitCode: 0 });
    expect(status.jobReleaseTaskExecutionInfo).toMatchObject({ state: "completed", exitCode: 0 });
    await refused(
      client.job.listPreparationAndReleaseTaskStatus("operations"),
      409,
      "JobPreparationTaskOrReleaseTaskNotSpecified",
    );
    await refused(client.task.add("changing", { id: "late", commandLine: "x" }), 409, ["JobCompleted", "JobBeingTerminated"]);
    await client.job.deleteMethod("changing");
    await gone(() => client.job.get("changing"), "JobNotFound");
  });
});

describe("tasks", () => {
  it("Task_Add, Task_Get, Task_List, Task_Update: a task is there once and its constraints change (T-06)", async () => {
    const constraints = { maxTaskRetryCount: 1, retentionTime: "PT1H" };
    await client.task.add("operations", { id: "waiting", commandLine: "x", requiredSlots: 5, constraints });
    await refused(client.task.add("operations", { id: "WAITING", commandLine: "x" }), 409, "TaskExists");
    await client.task.update("operations", "waiting", { constraints: { maxTaskRetryCount: 3 } });
    expect((await client.task.get("operations", "waiting")).constraints?.maxTaskRetryCount).toBe(3);
    await refused(client.task.get("operations", "nothing"), 404, "TaskNotFound");
    await refused(client.task.add("nowhere", { id: "x", commandLine: "x" }), 404, "JobNotFound");
    const active = await client.task.list("operations", { taskListOptions: { filter: "state eq 'active'", select: "id" } });
    expect([...active]).toEqual([{ id: "waiting" }]);
  });

  it("Task_AddCollection: results one by one, the good ones are added beside the bad ones (T-02)", async () => {
    const tasks = ["one", "waiting", "two"].map((id) => ({ id, commandLine: shell("exit 0") }));
    const { value } = await client.task.addCollection("operations", [...tasks, { id: "no good id!", commandLine: "x" }]);
    const results = Object.fromEntries(
      (value ?? []).map(({ taskId, status, error }) => [taskId, error?.code ?? status.toLowerCase()]),
    );
    expect(results).toMatchObject({ one: "success", two: "success", waiting: "TaskExists" });
    expect(results["no good id!"]).toMatch(/^Invalid/);
  });

  it("Task_Terminate, Task_Reactivate, Task_Delete: a failed task can run again, a successful one cannot (T-15)", async () => {
    await client.task.terminate("operations", "waiting");
    await refused(client.task.terminate("operations", "waiting"), 409, "TaskCompleted");
    await client.task.reactivate("operations", "waiting");
    expect((await client.task.get("operations", "waiting")).state).toBe("active");
    await refused(client.task.reactivate("operations", "waiting"), 409, "TaskNotCompleted");
    await taskIn(client, "operations", "one", "completed");
    await refused(client.task.reactivate("operations", "one"), 409, "TaskSucceeded");
    await client.task.deleteMethod("operations", "waiting");
    await gone(() => client.task.get("operations", "waiting"), "TaskNotFound");
  });

  it("Task_ListSubtasks: none for an ordinary task; a multi-instance task runs its coordination command on every node (T-54)", async () => {
    expect((await client.task.listSubtasks("operations", "one")).value ?? []).toEqual([]);
    await client.pool.add(
      poolParameter("group", { targetDedicatedNodes: 2, taskSlotsPerNode: 1, enableInterNodeCommunication: true }),
    );
    await client.job.add({ id: "group", poolInfo: { poolId: "group" } });
    await usableNodes(client, "group", 2);
    await client.task.add("group", {
      id: "gang",
      commandLine: shell("echo hosts $AZ_BATCH_HOST_LIST; exec sleep 600"),
      multiInstanceSettings: { numberOfInstances: 2, coordinationCommandLine: shell("echo coordinated > coordinated.txt") },
    });
    const subtasks = await eventually("the group runs", async () => {
      const { value } = await client.task.listSubtasks("group", "gang");
      return value?.[0]?.state === "running" && (await client.task.get("group", "gang")).state === "running"
        ? value
        : undefined;
    });
    expect(subtasks.map(({ id }) => id)).toEqual([1]);
    const hosts = await eventually("its output", async () => {
      // A task is running from the moment it is placed (T-10), a while before its directory and the file are there.
      const { status, text } = await client.file.getFromTask("group", "gang", "stdout.txt").then(
        async (response) => ({ status: 200, text: await textOf(Promise.resolve(response)) }),
        ({ statusCode }: { statusCode?: number }) => ({ status: statusCode, text: "" }),
      );
      expect([200, 404, 409]).toContain(status);
      return text === "" ? undefined : text;
    });
    expect(hosts).toMatch(/^hosts 127\.[\d.]+,127\.[\d.]+\n$/);
    const other = subtasks[0].nodeInfo!;
    const made = await textOf(
      client.file.getFromComputeNode("group", other.nodeId!, "workitems/group/job-1/gang/1/wd/coordinated.txt"),
    );
    expect(made).toBe("coordinated\n");
    await client.task.terminate("group", "gang");
    await taskIn(client, "group", "gang", "completed");
    await client.job.deleteMethod("group");
    await client.pool.deleteMethod("group");
  });
});
