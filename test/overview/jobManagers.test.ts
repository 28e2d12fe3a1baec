/** Job manager tasks on real nodes: what they can do with their token, when they run, what becomes of their job and their node (J-50 to J-58, P-46). */
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { SignedClient } from "../conformance/signed.ts";
import { agentPid, dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { FileServer, OnNodes, sh } from "./onNodes.ts";
import { at } from "./poolAtWork.ts";

let server: Served;
const data = dataDirectory();
const on = new OnNodes(() => server);
const store = new FileServer({});

beforeAll(async () => {
  buildOnce();
  await store.start();
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from("packaged\n"), "tool.txt");
  zip.end();
  mkdirSync(join(data, "packages", "tool"), { recursive: true });
  await pipeline(zip.outputStream, createWriteStream(join(data, "packages", "tool", "1.0.zip")));
  server = await served(
    "--fast",
    "--log-level",
    "warn",
    "--dedicated-cores",
    "200",
    "--pools",
    "50",
    "--active-jobs",
    "100",
    "--data",
    data,
  );
}, 120_000);
afterAll(async () => {
  await store.stop();
  await endAll();
}, 30_000);

const pool = async (id: string, nodes: number, more: object = {}) => {
  await server.post("/pools", poolBody(id, { targetDedicatedNodes: nodes, ...more }));
  await on.nodesIn(id, nodes, "idle");
};

const job = (id: string, poolId: string, manager: object, more: object = {}) =>
  server.post("/jobs", { id, poolInfo: { poolId }, jobManagerTask: { id: "manager", ...manager }, ...more });

/** A command that leaves its pid in a file and goes on until another file is there; `then` follows. */
const gated = (name: string, then = "true") =>
  sh(`echo $$ >> ${data}/${name}.pid; until [ -e ${data}/${name}.go ]; do sleep 0.02; done; ${then}`);
const open = (name: string) => writeFileSync(join(data, `${name}.go`), "");
const pids = (name: string) =>
  existsSync(join(data, `${name}.pid`))
    ? readFileSync(join(data, `${name}.pid`), "utf8")
        .split("\n")
        .filter(Boolean)
        .map(Number)
    : [];
const runs = (name: string, times = 1) =>
  eventually(`${name} to run for the ${times}. time`, () => (pids(name).length >= times ? true : undefined), { everyMs: 15 });

const noCurl = spawnSync("which", ["curl"]).status !== 0;

describe.concurrent("a job manager", () => {
  it.skipIf(noCurl)(
    "rows 114, 162 and 163: samples/service/manager.sh adds 10 tasks with its token, waits, adds a merging task, ends its job itself (needs curl)",
    async () => {
      const { endpoint, account, key } = server.document;
      const env = { ...process.env, AZURE_BATCH_ENDPOINT: endpoint, AZURE_BATCH_ACCOUNT: account, AZURE_BATCH_ACCESS_KEY: key };
      const child = spawn(process.execPath, [join(import.meta.dirname, "../../samples/service/manager.mjs")], { env });
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => (said += text));
      expect(await new Promise((resolve) => child.once("close", resolve)), said).toBe(0);
      expect(said).toContain("the job ended: everything is merged\n");
      expect(said.match(/^part-\d+: success on /gm)).toHaveLength(10);
      expect(said).toMatch(/^merge: success on /m);
      expect(said).toContain("385 is the sum of the first 10 squares\n");
    },
  );

  it("rows 113, 115, 116 and 166: it is there as soon as its job is, runs on a node of the pool, and adds tasks beside those of a client", async () => {
    await server.post("/pools", poolBody("late", { targetDedicatedNodes: 0 }));
    const add = `
      const { AZ_BATCH_ACCOUNT_URL: url, AZ_BATCH_JOB_ID: job, AZ_BATCH_AUTHENTICATION_TOKEN: token } = process.env;
      const body = JSON.stringify({ id: "of-the-manager", commandLine: "/bin/true" });
      const headers = { authorization: "Bearer " + token, "content-type": "application/json; odata=minimalmetadata" };
      const ask = (path) => fetch(url + path + "?api-version=2022-10-01.16.0", path.endsWith("tasks") ? { method: "POST", headers, body } : { headers });
      Promise.all([ask("/jobs/" + job + "/tasks"), ask("/pools/late"), ask("/jobs/other")]).then((all) => console.log(all.map((a) => a.status).join(" ")));`;
    writeFileSync(join(data, "add.js"), add);
    await job("late", "late", {
      commandLine: `${process.execPath} ${join(data, "add.js")}`,
      authenticationTokenSettings: { access: ["job"] },
      killJobOnCompletion: false,
    });
    expect(await on.task("late", "manager")).toMatchObject({ state: "active" });
    await server.post("/jobs/late/tasks", { id: "of-the-client", commandLine: sh("true") });
    await server.post("/pools/late/resize", { targetDedicatedNodes: 1 });
    for (const id of ["manager", "of-the-client"])
      expect((await on.completed("late", id)).executionInfo.result).toBe("success");
    expect((await on.completed("late", "of-the-manager")).executionInfo.result).toBe("success");
    // The token opens the manager's own job and nothing else.
    expect(await on.stdout("late", "manager")).toBe("201 403 403\n");
    const [node] = await on.nodes("late");
    expect((await on.task("late", "manager")).nodeInfo?.nodeId).toBe(node.id);
    expect(await on.file("late", node.id, "workitems/late/job-1/manager/stdout.txt")).toBe("201 403 403\n");
    expect((await on.tasks("late")).map(({ id }) => id)).toEqual(["manager", "of-the-client", "of-the-manager"]);
  });

  it("row 117: it exits with 1 and has a retry left: it runs again", async () => {
    await pool("retries", 1);
    const commandLine = sh(`echo run >> ${data}/retries; [ $(wc -l < ${data}/retries) = 2 ]`);
    await job("retries", "retries", { commandLine, constraints: { maxTaskRetryCount: 1 } });
    expect(await on.completed("retries", "manager")).toMatchObject({
      executionInfo: { exitCode: 0, result: "success", retryCount: 1 },
    });
    expect(readFileSync(join(data, "retries"), "utf8")).toBe("run\nrun\n");
  });

  it("row 164: it is a task like others: files, environment, package, identity, constraints and output files all work on it", async () => {
    await pool("full", 1);
    writeFileSync(join(data, "given.txt"), "a file\n");
    const manager = {
      displayName: "Manager",
      commandLine: sh(
        "cat given.txt; echo $GREETING $COMMON; cat $AZ_BATCH_APP_PACKAGE_tool_1_0/tool.txt; echo kept > kept.txt; exit 4",
      ),
      resourceFiles: [{ httpUrl: `file://${data}/given.txt`, filePath: "given.txt", fileMode: "0644" }],
      environmentSettings: [{ name: "GREETING", value: "hello" }],
      applicationPackageReferences: [{ applicationId: "tool", version: "1.0" }],
      outputFiles: [
        {
          filePattern: "*.txt",
          destination: { container: { containerUrl: `${store.url("outputs")}?sig=x`, path: "of-the-manager" } },
          uploadOptions: { uploadCondition: "taskcompletion" },
        },
      ],
      constraints: { maxWallClockTime: "PT1H", retentionTime: "PT2H", maxTaskRetryCount: 0 },
      userIdentity: { autoUser: { scope: "pool", elevationLevel: "nonadmin" } },
      authenticationTokenSettings: { access: ["job"] },
      requiredSlots: 1,
      runExclusive: true,
      allowLowPriorityNode: true,
      killJobOnCompletion: false,
    };
    await job("full", "full", manager, { commonEnvironmentSettings: [{ name: "COMMON", value: "world" }] });
    expect(await on.completed("full", "manager")).toMatchObject({
      executionInfo: { exitCode: 4, result: "failure", failureInfo: { code: "FailureExitCode" } },
    });
    expect(await on.stdout("full", "manager")).toBe("a file\nhello world\npackaged\n");
    expect(await on.text("/jobs/full/tasks/manager/files/wd/kept.txt")).toBe("kept\n");
    expect(store.taken).toMatchObject({ "outputs/of-the-manager/kept.txt": "kept\n" });
    // The signature of an address is never shown.
    const { outputFiles: _signed, ...shown } = manager;
    expect((await server.get<{ jobManagerTask: object }>("/jobs/full")).jobManagerTask).toMatchObject(shown);
    expect(await server.get("/jobs/full/tasks/manager")).toMatchObject({
      constraints: manager.constraints,
      displayName: "Manager",
    });
    // Its directory is kept: two hours are not over.
    const [node] = await on.nodes("full");
    const directory = (id: string) => join(data, "nodes", `full.${node.id}`, "workitems", id, "job-1", "manager");
    expect(existsSync(directory("full"))).toBe(true);
    expect((await server.ask("DELETE", "/jobs/full/tasks/manager")).status).toBe(200);
    expect((await server.ask("GET", "/jobs/full/tasks/manager")).status).toBe(404);
  });

  it("row 164: its time limit ends it with -1073741510 as it does any task, and its directory goes when the retention time is over", async () => {
    await pool("limited", 1);
    // Nothing opens the gate. The process has time to write down its number, however slow this machine is just now.
    const constraints = { maxWallClockTime: "PT5S", retentionTime: "PT1S" };
    await job("limited", "limited", { commandLine: gated("limited"), constraints, killJobOnCompletion: false });
    await runs("limited");
    const { executionInfo, nodeInfo } = await on.completed("limited", "manager");
    expect(executionInfo).toMatchObject({ exitCode: -1073741510, result: "failure", failureInfo: { code: "TaskEnded" } });
    await eventually("its process to be gone", () => (pids("limited").some(isRunning) ? undefined : true));
    const directory = join(data, "nodes", `limited.${nodeInfo!.nodeId}`, "workitems", "limited", "job-1", "manager");
    await eventually("its directory to be deleted", () => (existsSync(directory) ? undefined : true));
  });

  it.skipIf(process.getuid?.() !== 0)(
    "row 164: its user identity holds: with scope task it runs as a user of its own, with scope pool as that of the node's tasks (needs root)",
    async () => {
      const numbers = ["20000", "20999"].map(Number);
      const users = await served("--fast", "--log-level", "warn", "--task-users", numbers.join("-"));
      const onUsers = new OnNodes(() => users);
      await users.post("/pools", poolBody("users", { targetDedicatedNodes: 1 }));
      const uid = async (id: string, scope: string) => {
        const userIdentity = { autoUser: { scope, elevationLevel: "nonadmin" } };
        const manager = { id: "manager", commandLine: sh("id -u"), userIdentity, killJobOnCompletion: false };
        await users.post("/jobs", { id, poolInfo: { poolId: "users" }, jobManagerTask: manager });
        expect(await onUsers.completed(id, "manager")).toMatchObject({ executionInfo: { exitCode: 0 } });
        return Number(await onUsers.stdout(id, "manager"));
      };
      const [own, shared] = [await uid("own", "task"), await uid("shared", "pool")];
      for (const each of [own, shared]) {
        expect(each).toBeGreaterThanOrEqual(numbers[0]);
        expect(each).toBeLessThanOrEqual(numbers[1]);
      }
      expect(own).not.toBe(shared);
      expect(await uid("shared-again", "pool")).toBe(shared);
    },
  );

  it("rows 165 and 167: tasks added in the same instant, before there is a node, start after it", async () => {
    await server.post("/pools", poolBody("first", { targetDedicatedNodes: 0 }));
    await job("first", "first", { commandLine: sh("true"), killJobOnCompletion: false });
    const tasks = Array.from({ length: 5 }, (_, i) => ({ id: `t${i}`, commandLine: sh("true") }));
    await server.post("/jobs/first/addtaskcollection", { value: tasks });
    await server.post("/pools/first/resize", { targetDedicatedNodes: 1 });
    for (const { id } of tasks) await on.completed("first", id);
    const [manager, ...others] = (await on.tasks("first")).map(({ executionInfo }) => executionInfo);
    expect(others).toHaveLength(5);
    for (const each of others) expect(at(each.startTime)).toBeGreaterThanOrEqual(at(manager.endTime));
  });

  it("row 168: a pool that shrinks from 3 nodes to 1 keeps the node on which it runs, and its process", async () => {
    await pool("shrinks", 3);
    // On the node with the highest id, the first to go if it were not for what runs there.
    const ids = (await on.nodes("shrinks")).map(({ id }) => id).sort();
    const last = ids.pop()!;
    const scheduling = (action: string) =>
      Promise.all(ids.map((id) => server.post(`/pools/shrinks/nodes/${id}/${action}scheduling`, {})));
    await scheduling("disable");
    await job("shrinks", "shrinks", { commandLine: gated("shrinks") });
    await runs("shrinks");
    await scheduling("enable");
    const others = ["a", "b"].map((id) => ({ id, commandLine: gated(`shrinks-${id}`) }));
    await server.post("/jobs/shrinks/addtaskcollection", { value: others });
    for (const id of ["a", "b"]) await runs(`shrinks-${id}`);
    const node = (await on.task("shrinks", "manager")).nodeInfo?.nodeId;
    expect(node).toBe(last);
    await server.post("/pools/shrinks/resize", { targetDedicatedNodes: 1 });
    const [left] = await on.nodesIn("shrinks", 1, "running");
    expect(left.id).toBe(node);
    expect(await on.task("shrinks", "manager")).toMatchObject({ state: "running", executionInfo: { requeueCount: 0 } });
    expect(pids("shrinks").map(isRunning)).toEqual([true]);
    expect((await on.task("shrinks", "a")).executionInfo.requeueCount).toBe(1);
    open("shrinks");
    await on.jobIn("shrinks", "completed");
  });

  it("row 169: its end ends all tasks of its job and the job (JMComplete), or neither, as killJobOnCompletion says", async () => {
    await pool("ends", 2, { taskSlotsPerNode: 2 });
    const both = [true, false].map(async (kill) => {
      const id = `ends-${kill}`;
      await job(id, "ends", { commandLine: gated(`${id}-manager`), runExclusive: false, killJobOnCompletion: kill });
      await runs(`${id}-manager`);
      await server.post(`/jobs/${id}/tasks`, { id: "t", commandLine: gated(`${id}-t`) });
      await runs(`${id}-t`);
      open(`${id}-manager`);
      await on.completed(id, "manager");
    });
    await Promise.all(both);
    expect(await on.jobIn("ends-true", "completed")).toMatchObject({ executionInfo: { terminateReason: "JMComplete" } });
    expect(await on.completed("ends-true", "t")).toMatchObject({
      executionInfo: { result: "failure", failureInfo: { code: "TaskEnded" } },
    });
    await eventually("its process to be gone", () => (isRunning(pids("ends-true-t")[0]) ? undefined : true));
    expect(await on.task("ends-false", "t")).toMatchObject({ state: "running" });
    expect(isRunning(pids("ends-false-t")[0])).toBe(true);
    open("ends-false-t");
    expect((await on.completed("ends-false", "t")).executionInfo.result).toBe("success");
    expect((await server.get<{ state: string }>("/jobs/ends-false")).state).toBe("active");
  });

  it("rows 170 and 171: restarted on a busy pool it pushes out a running task of its own job, but none of a job of priority 1 or of equal priority", async () => {
    await pool("busy", 4);
    await job("busy", "busy", { commandLine: gated("busy"), killJobOnCompletion: false });
    await runs("busy");
    for (const [id, priority] of [
      ["equal", 0],
      ["higher", 1],
    ] as const) {
      await server.post("/jobs", { id: `busy-${id}`, priority, poolInfo: { poolId: "busy" } });
      await server.post(`/jobs/busy-${id}/tasks`, { id: "t", commandLine: gated(`busy-${id}`) });
      await runs(`busy-${id}`);
    }
    await server.post("/jobs/busy/tasks", { id: "own", commandLine: gated("busy-own") });
    await runs("busy-own");
    const first = (await on.task("busy", "manager")).nodeInfo!.nodeId;
    const own = (await on.task("busy", "own")).nodeInfo!.nodeId;
    // Its node goes out of service: it has to run elsewhere, and every other node is busy.
    await server.post(`/pools/busy/nodes/${first}/disablescheduling`, { nodeDisableSchedulingOption: "requeue" });
    await runs("busy", 2);
    expect(await on.task("busy", "manager")).toMatchObject({ state: "running", nodeInfo: { nodeId: own } });
    expect(await on.task("busy", "own")).toMatchObject({ state: "active", executionInfo: { requeueCount: 1 } });
    await eventually("its process to be gone", () => (isRunning(pids("busy-own")[0]) ? undefined : true));
    // Once more: only tasks of the other jobs are left to push out, and they stay.
    await server.post(`/pools/busy/nodes/${own}/disablescheduling`, { nodeDisableSchedulingOption: "requeue" });
    await on.nodeIn("busy", own, "offline");
    expect(await on.task("busy", "manager")).toMatchObject({ state: "active" });
    for (const id of ["equal", "higher"]) {
      expect(await on.task(`busy-${id}`, "t")).toMatchObject({ state: "running", executionInfo: { requeueCount: 0 } });
      expect(pids(`busy-${id}`).map(isRunning)).toEqual([true]);
    }
    open("busy-higher");
    await runs("busy", 3);
    expect((await on.task("busy-equal", "t")).state).toBe("running");
  });
});

it("row 117: the agent that runs it is killed: it runs again, and its old process is gone", async () => {
  await pool("crash", 1);
  await job("crash", "crash", { commandLine: gated("crash") });
  await runs("crash");
  process.kill(agentPid(data), "SIGKILL");
  await runs("crash", 2);
  expect(pids("crash").map(isRunning)).toEqual([false, true]);
  open("crash");
  expect(await on.jobIn("crash", "completed")).toMatchObject({ executionInfo: { terminateReason: "JMComplete" } });
  expect((await on.task("crash", "manager")).executionInfo).toMatchObject({
    result: "success",
    retryCount: 0,
    requeueCount: 0,
  });
});

it("row 118: a schedule without one is accepted with a warning, and refused by the service that is as strict as that of 2017", async () => {
  const schedule = (manager: object) => ({
    id: "nightly",
    schedule: { doNotRunUntil: "2999-01-01T00:00:00Z" },
    jobSpecification: { poolInfo: { poolId: "any" }, ...manager },
  });
  const manager = { jobManagerTask: { id: "m", commandLine: "/bin/true" } };
  const client = new SignedClient(server.document);
  const without = await client.send("POST", "/jobschedules", schedule({}));
  expect(without.status).toBe(201);
  expect(without.headers.warning).toMatch(/^299 weir ".*no job manager task/);
  await eventually("the warning in the log", () => (server.log.includes("no job manager task") ? true : undefined));
  client.close();
  const strict = await served("--fast", "--log-level", "warn", "--strict-2017");
  const refused = await strict.ask("POST", "/jobschedules", schedule({}));
  expect([refused.status, (refused.body as { code: string }).code]).toEqual([400, "MissingRequiredProperty"]);
  expect(refused.text).toContain("jobSpecification.jobManagerTask");
  expect((await strict.ask("POST", "/jobschedules", schedule(manager))).status).toBe(201);
});
