/** Multi-instance tasks on real nodes: the group, its subtasks during the run and after it, and messages between its nodes (T-50 to T-60). */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { FileServer, OnNodes, sh } from "./onNodes.ts";
import { at } from "./poolAtWork.ts";

let server: Served;
const data = dataDirectory();
const options = ["--fast", "--log-level", "warn", "--dedicated-cores", "100", "--sample-period", "PT1S", "--data", data];
const on = new OnNodes(() => server);

/** On each node of a group: a server on the node's own address that tells the node's id, or a client that asks every address. */
const TALK = `
const net = require("net");
const { AZ_BATCH_HOST_LIST: list, AZ_BATCH_TASK_DIR: directory, AZ_BATCH_IS_CURRENT_NODE_MASTER: master } = process.env;
const hosts = list.split(",");
if (process.argv[2] === "serve") {
  const own = hosts[master === "true" ? 0 : Number(directory.split("/").pop())];
  const server = net.createServer((c) => c.end(process.env.AZ_BATCH_NODE_ID + " hears " + c.remoteAddress));
  server.listen(6300, own, () => require("fs").writeFileSync("listening", own));
} else for (const host of hosts)
  net.connect({ host, port: 6300, localAddress: hosts[0] }).on("data", (d) => console.log(host + " " + d)).on("error", () => process.exit(9));
`;
const files = new FileServer({ "talk.js": TALK });

interface SeenSubtask {
  readonly id: number;
  readonly state: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly exitCode?: number;
  readonly result?: string;
  readonly failureInfo?: { readonly code: string };
  readonly nodeInfo: { readonly nodeId: string; readonly taskRootDirectory: string };
}

const subtasks = async (job: string, task: string) =>
  (await server.get<{ value: SeenSubtask[] }>(`/jobs/${job}/tasks/${task}/subtasksinfo`)).value;

const group = (id: string, coordination: string, commandLine: string, more: object = {}) => ({
  id,
  commandLine,
  multiInstanceSettings: { numberOfInstances: 3, coordinationCommandLine: coordination },
  ...more,
});

beforeAll(async () => {
  buildOnce();
  await files.start();
  server = await served(...options);
  await server.post("/pools", poolBody("group", { targetDedicatedNodes: 3, enableInterNodeCommunication: true }));
  await on.nodesIn("group", 3, "idle");
  await server.post("/jobs", { id: "work", poolInfo: { poolId: "group" } });
}, 120_000);
afterAll(async () => {
  await files.stop();
  await endAll();
}, 30_000);

it("row 183: three instances run on three nodes at once: each waits until it meets the two others", async () => {
  const meeting = join(data, "meeting");
  // Each leaves a mark where all three can see it, and returns only when the other two have left theirs.
  const meet = `mkdir -p ${meeting}; touch ${meeting}/$AZ_BATCH_NODE_ID; until [ $(ls ${meeting} | wc -l) = 3 ]; do sleep 0.02; done; sleep 1000 & echo $!`;
  await server.post(
    "/jobs/work/tasks",
    group("meets", sh(meet), sh(`ls ${meeting}; until [ -e ${meeting}.end ]; do sleep 0.02; done`)),
  );
  await on.taskIn("work", "meets", "running");
  const pids = await eventually("three background processes", async () => {
    const seen = await Promise.all(
      (await on.nodes("group")).flatMap(({ id }) =>
        ["", "1/", "2/"].map((at) => on.file("group", id, `workitems/work/job-1/meets/${at}stdout.txt`)),
      ),
    );
    const found = seen.flatMap((text) => (/^\d+\n/.test(text ?? "") ? [Number.parseInt(text!, 10)] : []));
    return found.length === 3 ? found : undefined;
  });
  expect(pids.map(isRunning)).toEqual([true, true, true]);
  expect((await on.nodes("group")).map(({ state }) => state)).toEqual(["running", "running", "running"]);
  await server.post("/jobs/work/tasks", {
    id: "end",
    commandLine: sh("true"),
    multiInstanceSettings: { numberOfInstances: 3 },
  });
  expect((await on.task("work", "end")).state).toBe("active");
  writeFileSync(`${meeting}.end`, "");
  expect(await on.completed("work", "meets")).toMatchObject({ executionInfo: { exitCode: 0 } });
  const listed = (await on.stdout("work", "meets")).split("\n").slice(1, -1);
  expect(listed.sort()).toEqual((await on.nodes("group")).map(({ id }) => id).sort());
  await eventually("the background processes to be gone", () => (pids.some(isRunning) ? undefined : true));
  expect(await on.completed("work", "end")).toMatchObject({ executionInfo: { exitCode: 0 } });
});

it("row 183: while it waits for nodes it counts in $ActiveTasks as the instances it wants, and starts when there are as many nodes (T-52)", async () => {
  const enable = { enableAutoScale: true, autoScaleFormula: "$TargetDedicatedNodes = 2;", enableInterNodeCommunication: true };
  await server.post("/pools", poolBody("counted", enable));
  await on.nodesIn("counted", 2, "idle");
  await server.post("/jobs", { id: "counted", poolInfo: { poolId: "counted" } });
  const latest = async () => {
    const { body } = await server.post("/pools/counted/evaluateautoscale", { autoScaleFormula: "active = $ActiveTasks;" });
    return /;active=([^;]*)/.exec((body as { results: string }).results)?.[1];
  };
  await eventually("samples of a pool without tasks", async () => ((await latest()) === "0" ? true : undefined));
  await server.post("/jobs/counted/tasks", group("gang", sh("true"), sh("true")));
  let seen: string | undefined;
  await eventually(
    "one task that wants three instances to count as three",
    async () => {
      seen = await latest();
      return seen === "3" ? true : undefined;
    },
    { describe: () => seen },
  );
  expect((await on.task("counted", "gang")).state).toBe("active");
  await server.post("/pools/counted/enableautoscale", { autoScaleFormula: "$TargetDedicatedNodes = 3;" });
  expect(await on.completed("counted", "gang")).toMatchObject({ executionInfo: { exitCode: 0 } });
  await eventually("none to count", async () => ((await latest()) === "0" ? true : undefined));
});

it("row 183: two tasks of two instances each on three nodes both finish: nodes are taken for all instances or none, so neither holds what the other needs", async () => {
  const pair = (id: string) => {
    const place = join(data, id);
    // Both instances are there at the same time, or it never ends.
    const meet = `mkdir -p ${place}; touch ${place}/$AZ_BATCH_NODE_ID; until [ $(ls ${place} | wc -l) = 2 ]; do sleep 0.02; done`;
    return {
      id,
      commandLine: sh(`ls ${place}`),
      multiInstanceSettings: { numberOfInstances: 2, coordinationCommandLine: sh(meet) },
    };
  };
  await on.nodesIn("group", 3, "idle");
  await server.post("/jobs/work/addtaskcollection", { value: [pair("one"), pair("two")] });
  for (const id of ["one", "two"]) {
    expect(await on.completed("work", id)).toMatchObject({
      executionInfo: { exitCode: 0, result: "success", requeueCount: 0 },
    });
    expect((await on.stdout("work", id)).trim().split("\n")).toHaveLength(2);
  }
});

it("row 184: the group of one workload: subtasks 1 and 2 with their nodes, states, times and exit codes, also after its end and a restart of the service", async () => {
  const gate = join(data, "gate");
  const task = group("group", sh("echo instance"), sh(`until [ -e ${gate} ]; do sleep 0.02; done; exit 5`));
  await server.post("/jobs/work/tasks", task);
  const { nodeInfo } = await on.taskIn("work", "group", "running");
  const live = await subtasks("work", "group");
  expect(live.map(({ id, state }) => [id, state])).toEqual([
    [1, "running"],
    [2, "running"],
  ]);
  const nodes = (await on.nodes("group")).map(({ id }) => id);
  expect([nodeInfo!.nodeId, ...live.map((each) => each.nodeInfo.nodeId)].sort()).toEqual(nodes.sort());
  writeFileSync(gate, "");
  const { executionInfo } = await on.completed("work", "group");
  expect(executionInfo).toMatchObject({ exitCode: 5, result: "failure" });
  const over = await subtasks("work", "group");
  expect(over.map(({ nodeInfo: at }) => at)).toEqual(live.map(({ nodeInfo: at }) => at));
  for (const each of over) {
    expect(each).toMatchObject({ state: "completed", exitCode: 0, result: "success", startTime: executionInfo.startTime });
    expect(at(each.endTime)).toBeGreaterThanOrEqual(at(each.startTime));
    const stdout = `${each.nodeInfo.taskRootDirectory}/stdout.txt`;
    expect(await on.file("group", each.nodeInfo.nodeId, stdout)).toBe("instance\n");
  }
  await server.kill("SIGKILL");
  server = await served(...options);
  expect(await subtasks("work", "group")).toEqual(
    over.map((each) => expect.objectContaining({ ...each, nodeInfo: expect.anything() })),
  );
  expect((await subtasks("work", "group")).map((each) => each.nodeInfo.nodeId)).toEqual(
    over.map((each) => each.nodeInfo.nodeId),
  );
});

it("T-56: a subtask whose coordination command fails has its exit code, and fails the whole task before its application", async () => {
  const coordination = sh("case $AZ_BATCH_TASK_DIR in */2) exit 3;; esac");
  await server.post("/jobs/work/tasks", group("fails", coordination, sh("echo applied")));
  expect(await on.completed("work", "fails")).toMatchObject({ executionInfo: { exitCode: 3, result: "failure" } });
  expect(await on.text("/jobs/work/tasks/fails/files/stdout.txt")).not.toContain("applied");
  const [, second] = await subtasks("work", "fails");
  expect(second).toMatchObject({ exitCode: 3, result: "failure", failureInfo: { code: "FailureExitCode" } });
});

it("row 185: what the coordination command left on every node answers the application command over the nodes' addresses", async () => {
  const talk = { httpUrl: files.url("talk.js"), filePath: "talk.js" };
  const node = process.execPath;
  const serve = `${node} $AZ_BATCH_TASK_SHARED_DIR/talk.js serve & until [ -e listening ]; do sleep 0.02; done`;
  await server.post("/jobs/work/tasks", {
    id: "talks",
    commandLine: sh(`${node} $AZ_BATCH_TASK_SHARED_DIR/talk.js; echo $AZ_BATCH_MASTER_NODE $CCP_NODES`),
    multiInstanceSettings: { numberOfInstances: 3, coordinationCommandLine: sh(serve), commonResourceFiles: [talk] },
  });
  expect(await on.completed("work", "talks")).toMatchObject({ executionInfo: { exitCode: 0 } });
  const lines = (await on.stdout("work", "talks")).trim().split("\n");
  const nodes = await on.nodes("group");
  const addressOf = new Map(nodes.map(({ id, ipAddress }) => [id, ipAddress]));
  const primary = addressOf.get((await on.task("work", "talks")).nodeInfo!.nodeId);
  expect(lines.slice(0, 3).sort()).toEqual(nodes.map(({ id, ipAddress }) => `${ipAddress} ${id} hears ${primary}`).sort());
  expect(new Set(addressOf.values()).size).toBe(3);
  expect(lines[3]).toMatch(new RegExp(`^${primary}:\\d+ 3 ${primary} 2( 127\\.\\S+ 2){2}$`));
});

it("row 19: one job with every special kind: a start task, a manager that adds a multi-instance task and one that depends on it, preparation and release", async () => {
  const startTask = { commandLine: sh("echo start >> $AZ_BATCH_NODE_SHARED_DIR/log"), waitForSuccess: true };
  const talking = { targetDedicatedNodes: 3, enableInterNodeCommunication: true };
  await server.post("/pools", poolBody("kinds", { ...talking, startTask }));
  await on.nodesIn("kinds", 3, "idle");
  const add = `
    const { AZ_BATCH_ACCOUNT_URL: url, AZ_BATCH_JOB_ID: job, AZ_BATCH_AUTHENTICATION_TOKEN: token } = process.env;
    const shell = (word) => "/bin/sh -c 'echo " + word + " >> $AZ_BATCH_NODE_SHARED_DIR/log'";
    const multiInstanceSettings = { numberOfInstances: 2, coordinationCommandLine: shell("coordination") };
    const value = [
      { id: "after", commandLine: shell("after"), dependsOn: { taskIds: ["gang"] } },
      { id: "gang", commandLine: shell("gang"), multiInstanceSettings },
    ];
    const headers = { authorization: "Bearer " + token, "content-type": "application/json; odata=minimalmetadata" };
    fetch(url + "/jobs/" + job + "/addtaskcollection?api-version=2022-10-01.16.0", { method: "POST", headers, body: JSON.stringify({ value }) })
      .then((answer) => process.exit(answer.status === 200 ? 0 : 1));`;
  writeFileSync(join(data, "add.js"), add);
  await server.post("/jobs", {
    id: "kinds",
    poolInfo: { poolId: "kinds" },
    usesTaskDependencies: true,
    onAllTasksComplete: "terminatejob",
    jobManagerTask: {
      id: "manager",
      commandLine: `${process.execPath} ${join(data, "add.js")}`,
      authenticationTokenSettings: { access: ["job"] },
      killJobOnCompletion: false,
    },
    jobPreparationTask: { commandLine: sh("echo preparation >> $AZ_BATCH_NODE_SHARED_DIR/log") },
    jobReleaseTask: { commandLine: sh("echo release >> $AZ_BATCH_NODE_SHARED_DIR/log") },
  });
  expect((await on.jobIn("kinds", "completed")).executionInfo.terminateReason).toBe("AllTasksComplete");
  const [manager, after, gang] = await on.tasks("kinds");
  expect([manager, after, gang].map(({ id, executionInfo }) => `${id} ${executionInfo.result}`)).toEqual([
    "manager success",
    "after success",
    "gang success",
  ]);
  expect(at(after.executionInfo.startTime)).toBeGreaterThanOrEqual(at(gang.executionInfo.endTime));
  const ran = new Map<string, string[]>();
  const note = (node: string, word: string) => ran.set(node, [...(ran.get(node) ?? []), word]);
  note(manager.nodeInfo!.nodeId, "");
  note(gang.nodeInfo!.nodeId, "coordination\ngang\n");
  for (const { nodeInfo } of await subtasks("kinds", "gang")) note(nodeInfo.nodeId, "coordination\n");
  note(after.nodeInfo!.nodeId, "after\n");
  for (const { id } of await on.nodes("kinds")) {
    const words = ran.get(id);
    const job = words === undefined ? "" : `preparation\n${words.join("")}release\n`;
    expect(await on.file("kinds", id, "shared/log")).toBe(`start\n${job}`);
  }
});

const missing = ["mpiexec.hydra", "python3"].filter((name) => spawnSync("which", [name]).status !== 0);

it.skipIf(missing.length > 0)(
  "row 185: samples/service/mpi.mjs runs MPICH on three nodes: every rank on its own node, messages go round (needs mpich, python3)",
  async () => {
    const { endpoint, account, key } = server.document;
    const env = { ...process.env, AZURE_BATCH_ENDPOINT: endpoint, AZURE_BATCH_ACCOUNT: account, AZURE_BATCH_ACCESS_KEY: key };
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../samples/service/mpi.mjs")], { env });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code, said).toBe(0);
    const ranks = [...said.matchAll(/rank (\d) of 3 on (\S+) has (\d)/g)].map(([, rank, node, has]) => ({ rank, node, has }));
    expect(ranks.map(({ rank, has }) => `${rank} ${has}`).sort()).toEqual(["0 1", "1 3", "2 6"]);
    expect(new Set(ranks.map(({ node }) => node)).size).toBe(3);
    expect(said).toContain("the ring of 3 came to 6\n");
    expect([...said.matchAll(/subtask (\d) on \S+, its coordination command returned 0/g)].map(([, id]) => id)).toEqual([
      "1",
      "2",
    ]);
  },
);
