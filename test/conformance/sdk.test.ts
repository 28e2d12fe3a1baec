/**
 * The whole story with the unmodified `@azure/batch` from npm: an autoscaled pool, a job, thousands of tasks in collections that really run, their
 * output by ranges, then resizing, rebooting, taking a node out of scheduling, and deleting. A minute of the service is a second here, so that the
 * shortest evaluation interval, five minutes, passes while one waits.
 */
import type { BatchServiceClient, BatchServiceModels as Models } from "@azure/batch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { eventually } from "../support/waiting.ts";
import { gone, nodeIn, poolParameter, shell, taskIn, textOf, usableNodes } from "./sdkClient.ts";
import { Serving } from "./serving.ts";

const TASKS = 2000;
/** Every tenth task ends with 3. */
const FAILING = TASKS / 10;
const FORMULA = `
$samples = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 5);
$waiting = $samples < 1 ? 0 : max(0, $PendingTasks.GetSample(1));
$TargetDedicatedNodes = min(3, $waiting);
$NodeDeallocationOption = taskcompletion;
`;
const taskId = (i: number) => `task-${String(i).padStart(4, "0")}`;

const serving = new Serving(["--fast", "--time-scale", "60"]);
let client: BatchServiceClient;

beforeAll(async () => {
  buildOnce();
  await serving.start();
  client = serving.client();
}, 180_000);
afterAll(() => serving.clear(), 60_000);

describe("an autoscaled pool runs thousands of tasks for the unmodified JavaScript SDK", () => {
  it("Pool_Add, Pool_Get: a pool with a formula begins empty and says what its formula said", async () => {
    const pool = poolParameter("story", {
      enableAutoScale: true,
      autoScaleFormula: FORMULA,
      autoScaleEvaluationInterval: "PT5M",
      taskSlotsPerNode: 4,
      startTask: { commandLine: shell("echo ready > $AZ_BATCH_NODE_SHARED_DIR/started"), waitForSuccess: true },
      metadata: [{ name: "purpose", value: "story" }],
    });
    const added = await client.pool.add(pool);
    expect(added.eTag).toMatch(/^0x[0-9A-F]+$/i);
    const got = await client.pool.get("story");
    expect(got).toMatchObject({ id: "story", state: "active", enableAutoScale: true, taskSlotsPerNode: 4, eTag: added.eTag });
    expect(got.metadata).toEqual([{ name: "purpose", value: "story" }]);
    const evaluated = await eventually("the formula runs", async () => (await client.pool.get("story")).autoScaleRun);
    expect(evaluated.results).toMatch(/\$TargetDedicatedNodes=0;/);
    expect(evaluated.error).toBeUndefined();
  });

  it(`Job_Add, Task_AddCollection: ${TASKS} tasks in collections of 100 are each added once`, async () => {
    const commonEnvironmentSettings = [{ name: "GREETING", value: "hello, world" }];
    await client.job.add({ id: "story", poolInfo: { poolId: "story" }, commonEnvironmentSettings });
    const chunks = Array.from({ length: TASKS / 100 }, (_, chunk) => chunk * 100);
    for (let i = 0; i < chunks.length; i += 5) {
      const results = await Promise.all(
        chunks.slice(i, i + 5).map((first) => client.task.addCollection("story", collection(first))),
      );
      for (const { value } of results) {
        expect(value).toHaveLength(100);
        expect(value?.every(({ status, error }) => /^success$/i.test(status) && error === undefined)).toBe(true);
      }
    }
    const again = await client.task.addCollection("story", collection(0));
    expect(new Set(again.value?.map(({ status, error }) => `${status.toLowerCase()} ${error?.code}`))).toEqual(
      new Set(["clienterror TaskExists"]),
    );
  });

  it("Account_ListPoolNodeCounts, Job_GetTaskCounts: the formula brings nodes and every task really runs, to its own exit code", async () => {
    let seen: Models.JobGetTaskCountsResponse | undefined;
    await eventually(
      "all tasks completed",
      async () => {
        seen = await client.job.getTaskCounts("story");
        return seen.taskCounts.completed === TASKS ? true : undefined;
      },
      { withinMs: 280_000, everyMs: 250, describe: () => seen?.taskCounts },
    );
    expect(seen?.taskCounts).toMatchObject({
      active: 0,
      running: 0,
      completed: TASKS,
      succeeded: TASKS - FAILING,
      failed: FAILING,
    });
    const counts = await client.account.listPoolNodeCounts({
      accountListPoolNodeCountsOptions: { filter: "poolId eq 'story'" },
    });
    expect(counts).toHaveLength(1);
    expect(counts[0].dedicated?.total).toBeLessThanOrEqual(3);
  }, 300_000);

  it("Task_List, Task_Get: pages, filters and selections find exactly the tasks that failed, with times in order", async () => {
    const failed = await everyTask({ filter: "executionInfo/exitCode eq 3", select: "id,executionInfo", maxResults: 128 });
    expect(failed.map(({ id }) => id).sort()).toEqual(Array.from({ length: FAILING }, (_, i) => taskId(i * 10 + 7)));
    expect(failed.every(({ state, commandLine }) => state === undefined && commandLine === undefined)).toBe(true);
    expect(new Set(failed.map(({ executionInfo }) => executionInfo?.failureInfo?.code))).toEqual(new Set(["FailureExitCode"]));
    const all = await everyTask({});
    expect(new Set(all.map(({ id }) => id)).size).toBe(TASKS);
    for (const { creationTime, executionInfo } of all) {
      expect(creationTime!.getTime()).toBeLessThanOrEqual(executionInfo!.startTime!.getTime());
      expect(executionInfo!.startTime!.getTime()).toBeLessThanOrEqual(executionInfo!.endTime!.getTime());
    }
    const one = await client.task.get("story", taskId(7));
    expect(one).toMatchObject({
      state: "completed",
      previousState: "running",
      executionInfo: { exitCode: 3, result: expect.stringMatching(/^failure$/i), retryCount: 0 },
    });
  });

  it("Pool_DisableAutoScale, Pool_Resize: without the formula the pool is as large as one says", async () => {
    // In this order: the formula, which lets nodes go now that no task waits, must not begin to resize between the two.
    await client.pool.disableAutoScale("story");
    await eventually("steady", async () => ((await client.pool.get("story")).allocationState === "steady" ? true : undefined));
    await client.pool.resize("story", { targetDedicatedNodes: 2, nodeDeallocationOption: "requeue" });
    await usableNodes(client, "story", 2);
    expect(await client.pool.get("story")).toMatchObject({
      currentDedicatedNodes: 2,
      targetDedicatedNodes: 2,
      enableAutoScale: false,
    });
  });

  it("File_ListFromTask, File_GetFromTask, File_GetPropertiesFromTask: output comes back whole, by ranges and with its properties", async () => {
    // The formula has let nodes go, and the files of their tasks went with them; this one's node stays.
    const id = "one-more";
    const script = 'echo $GREETING from $AZ_BATCH_TASK_ID on $AZ_BATCH_POOL_ID; mkdir sub; echo deep > "sub/a b.txt"';
    await client.task.add("story", { id, commandLine: shell(script) });
    await taskIn(client, "story", id, "completed");
    const whole = await textOf(client.file.getFromTask("story", id, "stdout.txt"));
    expect(whole).toBe(`hello, world from ${id} on story\n`);
    const ranges = ["bytes=0-4", "bytes=5-", "bytes=7-11"].map((ocpRange) =>
      textOf(client.file.getFromTask("story", id, "stdout.txt", { fileGetFromTaskOptions: { ocpRange } })),
    );
    expect(await Promise.all(ranges)).toEqual([whole.slice(0, 5), whole.slice(5), whole.slice(7, 12)]);
    const files = await client.file.listFromTask("story", id, { recursive: true });
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(["stderr.txt", "stdout.txt", "wd", "wd/sub/a b.txt"]));
    const properties = await client.file.getPropertiesFromTask("story", id, "wd/sub/a b.txt");
    expect(properties).toMatchObject({ contentLength: 5 });
    expect(String(properties.ocpBatchFileIsdirectory)).toMatch(/^false$/i);
    expect(await textOf(client.file.getFromTask("story", id, "wd/sub/a b.txt"))).toBe("deep\n");
  }, 60_000);

  it("ComputeNode_DisableScheduling, ComputeNode_EnableScheduling, ComputeNode_Reboot: a task moves away and runs again, files stay", async () => {
    const [first, second] = await usableNodes(client, "story", 2);
    await client.computeNode.disableScheduling("story", second.id!);
    await nodeIn(client, "story", second.id!, "offline");
    await client.task.add("story", { id: "mover", commandLine: shell("echo $AZ_BATCH_NODE_ID; test -e go || exec sleep 600") });
    const before = await taskIn(client, "story", "mover", "running");
    expect(before.nodeInfo?.nodeId).toBe(first.id);
    await client.computeNode.enableScheduling("story", second.id!);
    await nodeIn(client, "story", second.id!, "idle");
    await client.computeNode.disableScheduling("story", first.id!, { nodeDisableSchedulingOption: "requeue" });
    const moved = await eventually("the task runs on the other node", async () => {
      const task = await client.task.get("story", "mover");
      return task.state === "running" && task.nodeInfo?.nodeId === second.id ? task : undefined;
    });
    expect(moved.executionInfo).toMatchObject({ requeueCount: 1, retryCount: 0 });
    await nodeIn(client, "story", first.id!, "offline");
    const { lastBootTime } = await client.computeNode.get("story", first.id!);
    await client.computeNode.reboot("story", first.id!, { nodeRebootOption: "terminate" });
    await eventually("the node has booted again", async () => {
      const node = await client.computeNode.get("story", first.id!);
      return node.lastBootTime!.getTime() > lastBootTime!.getTime() && node.state === "idle" ? true : undefined;
    });
    expect(await textOf(client.file.getFromComputeNode("story", first.id!, "shared/started"))).toBe("ready\n");
    await client.task.terminate("story", "mover");
    expect((await taskIn(client, "story", "mover", "completed")).executionInfo?.failureInfo?.code).toBe("TaskEnded");
  }, 60_000);

  it("Pool_RemoveNodes, Job_Delete, Pool_Delete: in the end nothing is left, and no process", async () => {
    const [first] = await usableNodes(client, "story", 2);
    await client.pool.removeNodes("story", { nodeList: [first.id!] });
    await usableNodes(client, "story", 1);
    await client.job.deleteMethod("story");
    await client.pool.deleteMethod("story");
    await gone(() => client.job.get("story"), "JobNotFound");
    await gone(() => client.pool.get("story"), "PoolNotFound");
    expect(await client.pool.exists("story")).toMatchObject({ body: false });
    await eventually("no process of a node is left", () =>
      serving.leftovers().some(({ command }) => /sleep 600/.test(command)) ? undefined : true,
    );
  }, 60_000);
});

function collection(first: number): Models.TaskAddParameter[] {
  return Array.from({ length: 100 }, (_, i) => task(taskId(first + i), (first + i) % 10 === 7 ? 3 : 0));
}

function task(id: string, exitCode: number): Models.TaskAddParameter {
  return { id, commandLine: shell(`echo $GREETING from $AZ_BATCH_TASK_ID on $AZ_BATCH_POOL_ID; exit ${exitCode}`) };
}

async function everyTask(options: Models.TaskListOptions): Promise<Models.CloudTask[]> {
  const tasks: Models.CloudTask[] = [];
  let page = await client.task.list("story", { taskListOptions: options });
  tasks.push(...page);
  while (page.odatanextLink !== undefined) {
    page = await client.task.listNext(page.odatanextLink);
    tasks.push(...page);
  }
  return tasks;
}
