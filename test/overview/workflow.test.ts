/** The overview's workflow from outside: with curl, with the unmodified SDK, and as the steps that every application takes. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { signedHeaders } from "../../runtime/rest/sharedKey.ts";
import { API_VERSION } from "../../runtime/serve/client.ts";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually, until } from "../support/waiting.ts";

let server: Served;
let data: string;

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  server = await served("--data", data, "--fast", "--log-level", "warn");
  await server.post("/pools", poolBody("flow", { targetDedicatedNodes: 2 }));
  await server.post("/pools", poolBody("other", { targetDedicatedNodes: 1 }));
  await until(async () => (await nodes("flow")).every(({ state }) => state === "idle"), "the nodes to be idle");
}, 120_000);
afterAll(endAll, 30_000);

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

/** curl with the signature of rule L-60 and nothing else of ours: status and body. */
function curl(method: string, path: string, body?: unknown): { status: number; text: string } {
  const { endpoint, account, key } = server.document;
  const url = `${endpoint}${path}${path.includes("?") ? "&" : "?"}api-version=${API_VERSION}`;
  const bytes = body === undefined ? undefined : JSON.stringify(body);
  const sized = bytes === undefined && method !== "POST" ? {} : { bodyBytes: Buffer.byteLength(bytes ?? "") };
  const headers = signedHeaders({ account, key, method, url, at: new Date(), ...sized });
  const args = ["--silent", "--show-error", "--request", method, "--write-out", "\n%{http_code}"];
  for (const [name, value] of Object.entries(headers)) args.push("--header", `${name}: ${value}`);
  const sent = bytes === undefined ? (method === "POST" ? ["--data-binary", ""] : []) : ["--data-binary", "@-"];
  const { stdout, stderr } = spawnSync("curl", [...args, ...sent, url], { input: bytes ?? "", encoding: "utf8" });
  const end = stdout.lastIndexOf("\n");
  if (end < 0) throw new Error(stderr);
  return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) };
}

it("row 1: curl alone makes a pool, a job and a task, reads its output and deletes all three", async () => {
  expect(curl("POST", "/pools", poolBody("curl", { targetDedicatedNodes: 1 })).status).toBe(201);
  expect(curl("POST", "/jobs", { id: "curl", poolInfo: { poolId: "curl" } }).status).toBe(201);
  expect(curl("POST", "/jobs/curl/tasks", { id: "t", commandLine: "/bin/echo by curl" }).status).toBe(201);
  await until(() => (JSON.parse(curl("GET", "/jobs/curl/tasks/t").text) as Task).state === "completed", "the task", 50);
  expect(curl("GET", "/jobs/curl/tasks/t/files/stdout.txt")).toEqual({ status: 200, text: "by curl\n" });
  expect(curl("DELETE", "/jobs/curl").status).toBe(202);
  expect(curl("DELETE", "/pools/curl").status).toBe(202);
  await until(() => curl("GET", "/pools/curl").status === 404 && curl("GET", "/jobs/curl").status === 404, "both to go", 50);
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
  const waits = { commandLine: "/bin/sh -c 'while [ ! -e go ]; do sleep 0.02; done'" };
  await server.post("/jobs/states/tasks", { id: "first", ...waits });
  const added = await server.post("/jobs/states/addtaskcollection", {
    value: [
      { id: "second", commandLine: "/bin/true" },
      { id: "third", commandLine: "/bin/true" },
    ],
  });
  expect((added.body as { value: { status: string }[] }).value.map(({ status }) => status)).toEqual(["Success", "Success"]);
  await until(async () => (await task("states", "first")).state === "running", "the first to run");
  expect((await task("states", "second")).state).toBe("active");
  const wd = join(data, "nodes", `other.${(await nodes("other"))[0].id}`, "workitems", "states", "job-1", "first", "wd");
  await until(() => processesIn(wd).length > 0, "its process");
  spawnSync("touch", [join(wd, "go")]);
  for (const id of ["first", "second", "third"]) expect((await completed("states", id)).executionInfo.exitCode).toBe(0);
  expect(processesIn(wd)).toEqual([]);
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
