/** The overview's workflow from outside: with curl, with the unmodified SDK, and as the steps that every application takes. */
import { existsSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually, until } from "../support/waiting.ts";
import { Curl } from "./curl.ts";
import { FileServer } from "./onNodes.ts";
import { WIRE_OPERATIONS } from "./wireOperations.ts";

let server: Served;
/** Another service, on which nothing was made; a node takes an hour to boot there. */
let empty: Served;
let data: string;
const store = new FileServer({ "given.txt": "by curl\n" });

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  server = await served("--data", data, "--fast", "--log-level", "warn");
  empty = await served("--boot", "PT1H", "--log-level", "warn");
  await store.start();
  await server.post("/pools", poolBody("flow", { targetDedicatedNodes: 2 }));
  await server.post("/pools", poolBody("other", { targetDedicatedNodes: 1 }));
  for (const [pool, count] of Object.entries({ flow: 2, other: 1 }))
    await eventually(`the nodes of ${pool} to be idle`, async () => {
      const { allocationState } = await server.get<{ allocationState: string }>(`/pools/${pool}`);
      const idle = (await nodes(pool)).filter(({ state }) => state === "idle");
      return allocationState === "steady" && idle.length === count ? true : undefined;
    });
}, 120_000);
afterAll(async () => {
  await store.stop();
  await endAll();
}, 30_000);

interface Node {
  readonly id: string;
  readonly state: string;
}
interface Task {
  readonly state: string;
  readonly executionInfo: { readonly exitCode?: number; readonly startTime?: string };
  readonly nodeInfo?: { readonly nodeId: string; readonly poolId: string; readonly taskRootDirectory: string };
}
const nodes = async (pool: string) => (await server.get<{ value: Node[] }>(`/pools/${pool}/nodes`)).value;
const task = (job: string, id: string) => server.get<Task>(`/jobs/${job}/tasks/${id}`);
const completed = (job: string, id: string) =>
  eventually(`task ${id} of job ${job}`, async () => {
    const now = await task(job, id);
    return now.state === "completed" ? now : undefined;
  });

it("row 1: curl alone makes a pool, a job and a task, reads its output and deletes all three", async () => {
  const curl = new Curl(server.document);
  const status = async (method: string, path: string, body?: unknown) => (await curl.send(method, path, body)).status;
  const read = async <T>(path: string) => JSON.parse((await curl.send("GET", path)).text) as T;
  expect(await status("HEAD", "/pools/curl")).toBe(404);
  expect(await status("POST", "/pools", poolBody("curl", { targetDedicatedNodes: 1 }))).toBe(201);
  expect(await status("HEAD", "/pools/curl")).toBe(200);
  expect(await status("PATCH", "/pools/curl", { metadata: [{ name: "by", value: "curl" }] })).toBe(200);
  expect(await read("/pools/curl")).toMatchObject({ metadata: [{ name: "by", value: "curl" }] });
  expect(await status("POST", "/jobs", { id: "curl", poolInfo: { poolId: "curl" } })).toBe(201);
  expect(await status("PATCH", "/jobs/curl", { priority: 7 })).toBe(200);
  expect(await read("/jobs/curl")).toMatchObject({ priority: 7 });
  const task = {
    id: "t",
    commandLine: "/bin/sh -c 'cat in.txt && tr a-z A-Z < in.txt > out.txt'",
    resourceFiles: [{ httpUrl: store.url("given.txt"), filePath: "in.txt" }],
    outputFiles: [
      {
        filePattern: "out.txt",
        destination: { container: { containerUrl: `${store.url("results")}?sig=x`, path: "out.txt" } },
        uploadOptions: { uploadCondition: "taskcompletion" },
      },
    ],
  };
  expect(await status("POST", "/jobs/curl/tasks", task)).toBe(201);
  await eventually("the task", async () => ((await read<Task>("/jobs/curl/tasks/t")).state === "completed" ? true : undefined));
  expect(await read("/jobs/curl/taskcounts")).toMatchObject({
    taskCounts: { active: 0, running: 0, completed: 1, succeeded: 1, failed: 0 },
  });
  expect(await curl.send("GET", "/jobs/curl/tasks/t/files/stdout.txt")).toEqual({ status: 200, text: "by curl\n" });
  expect((await curl.send("HEAD", "/jobs/curl/tasks/t/files/stdout.txt")).text).toMatch(/^content-length: 8\r$/im);
  expect(store.taken).toEqual({ "results/out.txt": "BY CURL\n" });
  expect(await status("DELETE", "/jobs/curl")).toBe(202);
  expect(await status("DELETE", "/pools/curl")).toBe(202);
  for (const path of ["/jobs/curl", "/pools/curl"])
    await eventually(`${path} to go`, async () => ((await status("GET", path)) === 404 ? true : undefined));
});

it("row 1: every documented verb and path, asked by curl, is answered with a documented status and code, and what is not documented is not", async () => {
  const expected = Object.entries(WIRE_OPERATIONS).flatMap(([answer, operations]) =>
    operations.map((operation) => `${operation} ${answer}`),
  );
  expect(new Set(expected).size).toBe(78);
  const others = ["GET /pools/none/nothing 404 ResourceNotFound", "DELETE /nodecounts 405 UnsupportedHttpVerb"];
  const sent = [...expected, ...others].map((line) => {
    const [method, path] = line.split(" ");
    return { method, path, ...(["POST", "PUT", "PATCH"].includes(method) ? { body: {} } : {}) };
  });
  // Nothing that could stand in the way of an answer: an account of its own on which nothing has been made.
  const answers = await new Curl(empty.document).sendAll(sent);
  const said = answers.map(({ status, text }, i) => {
    const code = sent[i].method === "HEAD" || status < 300 ? "" : ` ${(JSON.parse(text) as { code: string }).code}`;
    return `${sent[i].method} ${sent[i].path} ${status}${code}`;
  });
  expect(said).toEqual([...expected, ...others]);
});

it("row 9: a pool is made with a number, a size and an operating system; its nodes become idle", async () => {
  expect(await server.get("/pools/flow")).toMatchObject({
    targetDedicatedNodes: 2,
    currentDedicatedNodes: 2,
    vmSize: "standard_d2s_v3",
    virtualMachineConfiguration: { nodeAgentSKUId: "batch.node.ubuntu 20.04" },
    allocationState: "steady",
  });
  expect((await nodes("flow")).map(({ state }) => state)).toEqual(["idle", "idle"]);
  const refusal = async (body: object) => {
    const { status, body: answer } = await empty.ask("POST", "/pools", body);
    return `${status} ${(answer as { code?: string } | undefined)?.code}`;
  };
  const autoScaleFormula = "$TargetDedicatedNodes = 1;";
  // P-08: either targets or a formula, and one of the two.
  expect(await refusal(poolBody("p"))).toBe("400 MissingRequiredProperty");
  expect(await refusal(poolBody("p", { targetDedicatedNodes: 1, enableAutoScale: true, autoScaleFormula }))).toMatch(/^400 /);
  expect(await refusal(poolBody("p", { targetDedicatedNodes: 1, autoScaleFormula }))).toMatch(/^400 /);
  expect(await refusal(poolBody("p", { enableAutoScale: true }))).toMatch(/^400 /);
  // P-10: four slots a core, and the size has two; P-12: five minutes at least.
  expect(await refusal(poolBody("p", { targetDedicatedNodes: 1, taskSlotsPerNode: 9 }))).toBe("400 InvalidPropertyValue");
  expect(await refusal(poolBody("p", { targetDedicatedNodes: 1, resizeTimeout: "PT4M59S" }))).toBe("400 InvalidPropertyValue");
  expect((await empty.ask("GET", "/pools/p")).status).toBe(404);
  // P-16: the answer does not wait for nodes to be up, which takes an hour here; P-15: one pool of a name, in any spelling.
  await empty.post("/pools", poolBody("p", { targetDedicatedNodes: 1, taskSlotsPerNode: 8, resizeTimeout: "PT5M" }));
  expect(await empty.get("/pools/p")).toMatchObject({ state: "active", targetDedicatedNodes: 1, taskSlotsPerNode: 8 });
  expect(await refusal(poolBody("P", { targetDedicatedNodes: 1 }))).toBe("409 PoolExists");
  const sized = await eventually("the first resize to be over", async () => {
    const pool = await empty.get<{ allocationState: string; currentDedicatedNodes: number }>("/pools/p");
    return pool.allocationState === "steady" ? pool : undefined;
  });
  expect(sized.currentDedicatedNodes).toBe(1);
  const { value } = await empty.get<{ value: Node[] }>("/pools/p/nodes");
  expect(value.map(({ state }) => state)).not.toContain("idle");
  expect(value).toHaveLength(1);
});

it("rows 10, 11 and 309: a task runs on one node of its job's pool, on this Linux, in that node's own directory tree", async () => {
  await server.post("/jobs", { id: "placed", poolInfo: { poolId: "flow" } });
  const ids = Array.from({ length: 8 }, (_, i) => `t${i}`);
  const commandLine = "/bin/sh -c 'pwd; uname -s; echo $AZ_BATCH_NODE_ID $AZ_BATCH_POOL_ID'";
  await server.post("/jobs/placed/addtaskcollection", { value: ids.map((id) => ({ id, commandLine })) });
  const inPool = (await nodes("flow")).map(({ id }) => id);
  for (const id of ids) {
    const { nodeInfo } = await completed("placed", id);
    expect(nodeInfo?.poolId).toBe("flow");
    expect(inPool).toContain(nodeInfo?.nodeId);
    const [directory, system, said] = (await server.ask("GET", `/jobs/placed/tasks/${id}/files/stdout.txt`)).text.split("\n");
    expect([system, said]).toEqual(["Linux", `${nodeInfo?.nodeId} flow`]);
    expect(directory).toBe(join(data, "nodes", `flow.${nodeInfo?.nodeId}`, "workitems", "placed", "job-1", id, "wd"));
    expect(existsSync(join(directory, "..", "stdout.txt"))).toBe(true);
  }
});

it("row 12: tasks are added one by one and together; each is active, then running as a process, then completed", async () => {
  await server.post("/jobs", { id: "states", poolInfo: { poolId: "other" } });
  const commandLine = "/bin/sh -c 'while [ ! -e go ]; do sleep 0.02; done'";
  await server.post("/jobs/states/tasks", { id: "first", commandLine });
  const added = await server.post("/jobs/states/addtaskcollection", {
    value: [
      { id: "second", commandLine },
      { id: "third", commandLine },
    ],
  });
  expect((added.body as { value: { status: string }[] }).value.map(({ status }) => status)).toEqual(["Success", "Success"]);
  const root = join(data, "nodes", `other.${(await nodes("other"))[0].id}`, "workitems", "states", "job-1");
  const ids = ["first", "second", "third"];
  const states = async () => Promise.all(ids.map(async (id) => (await task("states", id)).state));
  // One node with one slot: while one runs the later ones wait, and each is seen in all three states.
  for (const [i, id] of ids.entries()) {
    await eventually(`${id} to run`, async () => ((await task("states", id)).state === "running" ? true : undefined));
    expect(await states()).toEqual(ids.map((_, k) => (k < i ? "completed" : k === i ? "running" : "active")));
    const wd = join(root, id, "wd");
    await eventually("its process", () => (processesIn(wd).length > 0 ? true : undefined));
    writeFileSync(join(wd, "go"), "");
    expect((await completed("states", id)).executionInfo.exitCode).toBe(0);
    await eventually("its process to end", () => (processesIn(wd).length === 0 ? true : undefined));
  }
});

it("pools, nodes, jobs and tasks are made, read and deleted", async () => {
  await server.post("/pools", poolBody("made", { targetDedicatedNodes: 1 }));
  await server.post("/jobs", { id: "made", poolInfo: { poolId: "made" } });
  await server.post("/jobs/made/tasks", { id: "t", commandLine: "/bin/true" });
  await completed("made", "t");
  const [node] = await nodes("made");
  for (const path of ["/pools/made", `/pools/made/nodes/${node.id}`, "/jobs/made", "/jobs/made/tasks/t"])
    expect((await server.ask("GET", path)).status, path).toBe(200);
  expect((await server.ask("DELETE", "/jobs/made/tasks/t")).status).toBe(200);
  expect((await server.ask("DELETE", "/jobs/made")).status).toBe(202);
  expect((await server.ask("DELETE", "/pools/made")).status).toBe(202);
  for (const path of ["/pools/made", "/jobs/made", "/jobs/made/tasks/t"])
    await until(async () => (await server.ask("GET", path)).status === 404, `${path} to go`);
});

/** Processes whose working directory this is. */
function processesIn(directory: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === directory;
      } catch {
        return false;
      }
    });
}
