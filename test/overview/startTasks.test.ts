/** Start tasks on real nodes: when they run, what they may bring and leave, and what becomes of a node whose start task fails (P-100 to P-109). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { agentPid, dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { FileServer, OnNodes, sh } from "./onNodes.ts";
import { at } from "./poolAtWork.ts";

let server: Served;
const data = dataDirectory();
const on = new OnNodes(() => server);
const files = new FileServer({ "reference.txt": "reference data\n", "tool.sh": "echo installed by $1\n" });
let code: FileServer;

beforeAll(async () => {
  buildOnce();
  await files.start();
  server = await served("--fast", "--log-level", "warn", "--data", data, "--dedicated-cores", "100", "--pools", "50");
}, 120_000);
afterAll(async () => {
  await files.stop();
  await code?.stop();
  await endAll();
}, 30_000);

const pool = (id: string, nodes: number, startTask: object, more: object = {}) =>
  server.post("/pools", poolBody(id, { targetDedicatedNodes: nodes, startTask, ...more }));

/** Adds a job on the pool, one task that runs the script, and gives what it wrote. */
async function said(poolId: string, id: string, script: string): Promise<string> {
  await server.post("/jobs", { id, poolInfo: { poolId } });
  await server.post(`/jobs/${id}/tasks`, { id: "t", commandLine: sh(script) });
  expect(await on.completed(id, "t")).toMatchObject({ executionInfo: { exitCode: 0 } });
  return await on.stdout(id, "t");
}

/** A pool whose images are of the kind that can be reimaged. */
const cloudServices = { cloudServiceConfiguration: { osFamily: "5" }, virtualMachineConfiguration: undefined };

describe.concurrent("start tasks", () => {
  it("rows 95, 150 and 151: growing from 1 to 3 nodes gives three nodes that the start task and its files prepared alike", async () => {
    await pool("grows", 1, {
      commandLine: sh("cat reference.txt > marker; echo prepared"),
      resourceFiles: [{ httpUrl: files.url("reference.txt"), filePath: "reference.txt" }],
      waitForSuccess: true,
    });
    await on.nodesIn("grows", 1, "idle");
    await server.post("/pools/grows/resize", { targetDedicatedNodes: 3 });
    for (const { id, startTaskInfo } of await on.nodesIn("grows", 3, "idle")) {
      expect(startTaskInfo).toMatchObject({ state: "completed", exitCode: 0, result: "success", retryCount: 0 });
      expect(await on.file("grows", id, "startup/wd/marker")).toBe("reference data\n");
      expect(await on.file("grows", id, "startup/stdout.txt")).toBe("prepared\n");
    }
  });

  it("rows 96 and 149: it runs when a node joins, again when it is rebooted, and again when it is reimaged, then on an empty disk", async () => {
    const startTask = { commandLine: sh("echo run >> marker"), waitForSuccess: true };
    await pool("again", 1, startTask, cloudServices);
    const [{ id, startTaskInfo }] = await on.nodesIn("again", 1, "idle");
    const marker = () => on.file("again", id, "startup/wd/marker");
    expect(await marker()).toBe("run\n");
    const rebooted = await on.restarted("again", id, "reboot");
    expect(await marker()).toBe("run\nrun\n");
    const reimaged = await on.restarted("again", id, "reimage");
    expect(await marker()).toBe("run\n");
    const starts = [startTaskInfo, rebooted.startTaskInfo, reimaged.startTaskInfo].map((info) => at(info?.startTime));
    expect(new Set(starts).size).toBe(3);
    expect([...starts].sort((a, b) => a - b)).toEqual(starts);
  });

  it("row 148: it installs a program and starts a server; later tasks use both, and the server ends with a reboot and starts anew", async () => {
    const listen = 'require("net").createServer(c=>c.end("pong")).listen(process.env.AZ_BATCH_NODE_SHARED_DIR+"/s")';
    const call =
      'require("net").connect(process.env.AZ_BATCH_NODE_SHARED_DIR+"/s").on("data",d=>console.log(d+"")).on("error",e=>process.exit(9))';
    const node = process.execPath;
    const script = [
      "mkdir -p $AZ_BATCH_NODE_SHARED_DIR/bin",
      "cp tool.sh $AZ_BATCH_NODE_SHARED_DIR/bin/tool",
      "rm -f $AZ_BATCH_NODE_SHARED_DIR/s",
      `${node} server.js > server.log 2>&1 & echo $! > $AZ_BATCH_NODE_SHARED_DIR/pid`,
      "until test -S $AZ_BATCH_NODE_SHARED_DIR/s; do sleep 0.05; done",
    ].join("; ");
    code = new FileServer({ "server.js": listen, "call.js": call });
    await code.start();
    const file = (url: string, filePath: string) => ({ httpUrl: url, filePath });
    await pool("server", 1, {
      commandLine: sh(script),
      resourceFiles: [file(files.url("tool.sh"), "tool.sh"), file(code.url("server.js"), "server.js")],
      waitForSuccess: true,
    });
    const [{ id }] = await on.nodesIn("server", 1, "idle");
    const pid = async () => Number(await on.file("server", id, "shared/pid"));
    await server.post("/jobs", { id: "server", poolInfo: { poolId: "server" } });
    const ask = async (task: string) => {
      const commandLine = sh(`sh $AZ_BATCH_NODE_SHARED_DIR/bin/tool $AZ_BATCH_NODE_ID; ${node} call.js`);
      const resourceFiles = [file(code.url("call.js"), "call.js")];
      await server.post("/jobs/server/tasks", { id: task, commandLine, resourceFiles });
      expect(await on.completed("server", task)).toMatchObject({ executionInfo: { exitCode: 0 } });
      expect(await on.stdout("server", task)).toBe(`installed by ${id}\npong\n`);
    };
    await ask("first");
    await ask("second");
    const before = await pid();
    expect(isRunning(before)).toBe(true);
    await on.restarted("server", id, "reboot");
    expect(isRunning(before)).toBe(false);
    expect(isRunning(await pid())).toBe(true);
    await ask("third");
    const last = await pid();
    await server.ask("DELETE", "/pools/server");
    await eventually("the server to end with its node", () => (isRunning(last) ? undefined : true));
    await code.stop();
  });

  it("rows 152 and 157: a file that cannot be fetched fails it before its command, and the node becomes startTaskFailed", async () => {
    await pool("nofile", 1, {
      commandLine: sh("echo ran > ../ran"),
      resourceFiles: [{ httpUrl: files.url("missing"), filePath: "missing" }],
      waitForSuccess: true,
    });
    const [{ id, startTaskInfo }] = await on.nodesIn("nofile", 1, "starttaskfailed");
    expect(startTaskInfo).toMatchObject({
      state: "completed",
      result: "failure",
      failureInfo: { category: "UserError", code: "BlobNotFound" },
    });
    expect(startTaskInfo?.exitCode).toBeUndefined();
    expect(await on.file("nofile", id, "startup/ran")).toBeUndefined();
  });

  it("rows 153 and 154: it copies reference data with cp -r from its working directory to the shared one, where any task reads them", async () => {
    await pool("shared", 1, {
      commandLine: sh("mkdir data; mv reference.txt data; cp -r data $AZ_BATCH_NODE_SHARED_DIR"),
      resourceFiles: [{ httpUrl: files.url("reference.txt"), filePath: "reference.txt" }],
      waitForSuccess: true,
    });
    expect(await said("shared", "reader", "cat $AZ_BATCH_NODE_SHARED_DIR/data/reference.txt")).toBe("reference data\n");
    const [{ id }] = await on.nodes("shared");
    expect(await on.file("shared", id, "startup/wd/data/reference.txt")).toBe("reference data\n");
  });

  it("rows 156, 158 and 160: exit 3 is recorded; waited for, the node takes no task and the task stays active; not waited for, tasks run", async () => {
    const startTask = (waitForSuccess: boolean) => ({ commandLine: sh("exit 3"), maxTaskRetryCount: 1, waitForSuccess });
    await Promise.all([pool("waits", 2, startTask(true)), pool("flows", 1, startTask(false))]);
    const failure = { state: "completed", exitCode: 3, result: "failure", retryCount: 1 };
    for (const { startTaskInfo } of await on.nodesIn("waits", 2, "starttaskfailed"))
      expect(startTaskInfo).toMatchObject({ ...failure, failureInfo: { category: "UserError", code: "FailureExitCode" } });
    await server.post("/jobs", { id: "stuck", poolInfo: { poolId: "waits" } });
    await server.post("/jobs/stuck/tasks", { id: "t", commandLine: sh("true") });
    // As long as the other pool takes to run one; nothing else is in the way of this one.
    expect(await said("flows", "flows", "echo ran nevertheless")).toBe("ran nevertheless\n");
    const [flowing] = await on.nodesIn("flows", 1, "idle");
    await eventually("the start task to end", async () =>
      (await on.node("flows", flowing.id)).startTaskInfo?.state === "completed" ? true : undefined,
    );
    expect((await on.node("flows", flowing.id)).startTaskInfo).toMatchObject(failure);
    expect(await said("flows", "flows-still", "echo still")).toBe("still\n");
    const task = await on.task("stuck", "t");
    expect(task.state).toBe("active");
    expect(task.nodeInfo).toBeUndefined();
    // A third node that is prepared well would have taken it: the start task is what it waits for.
    await server.ask("PATCH", "/pools/waits", { startTask: { commandLine: sh("true"), waitForSuccess: true } });
    const [{ id }] = await on.nodes("waits");
    await on.restarted("waits", id, "reboot");
    expect((await on.completed("stuck", "t")).nodeInfo?.nodeId).toBe(id);
  });

  it("row 161: a changed start task reaches new nodes at once, and old ones with their next reboot", async () => {
    const startTask = (word: string) => ({ commandLine: sh(`echo ${word} > version`), waitForSuccess: true });
    await pool("changes", 1, startTask("old"));
    const [{ id }] = await on.nodesIn("changes", 1, "idle");
    expect((await server.ask("PATCH", "/pools/changes", { startTask: startTask("new") })).status).toBe(200);
    await server.post("/pools/changes/resize", { targetDedicatedNodes: 2 });
    const nodes = await on.nodesIn("changes", 2, "idle");
    const version = (node: string) => on.file("changes", node, "startup/wd/version");
    const joined = nodes.find((node) => node.id !== id)!;
    expect([await version(id), await version(joined.id)]).toEqual(["old\n", "new\n"]);
    expect((await on.node("changes", id)).startTask?.commandLine).toContain("old");
    expect((await on.restarted("changes", id, "reboot")).startTask?.commandLine).toContain("new");
    expect(await version(id)).toBe("new\n");
  });
});

it("P-100: when the agent is killed, what the start task had left running ends with it; the node boots, and the start task runs again", async () => {
  await pool("crash", 1, { commandLine: sh("echo run >> marker; sleep 1000 & echo $! > pid"), waitForSuccess: true });
  const [{ id }] = await on.nodesIn("crash", 1, "idle");
  const pid = async () => Number(await on.file("crash", id, "startup/wd/pid"));
  const before = await pid();
  process.kill(agentPid(data), "SIGKILL");
  await eventually("the start task to run again", async () =>
    (await on.file("crash", id, "startup/wd/marker")) === "run\nrun\n" ? true : undefined,
  );
  await on.nodeIn("crash", id, "idle");
  const after = await pid();
  expect([before, after].map(isRunning)).toEqual([false, true]);
  // A second agent that ends is a second boot; a server that ends is none.
  await server.kill("SIGKILL");
  server = await served("--fast", "--log-level", "warn", "--data", data);
  expect(await said("crash", "crash", "echo well")).toBe("well\n");
  expect(await on.file("crash", id, "startup/wd/marker")).toBe("run\nrun\n");
  expect(isRunning(after)).toBe(true);
});
