/** `weir serve` from its first line to its last, as a process: ready, at work, stopped, and refused with a reason. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { agentPid, dataDirectory, endAll, poolBody, type Served, served, servedToEnd } from "./servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/waiting.ts";

beforeAll(buildOnce, 120_000);
afterAll(endAll, 60_000);

describe("a service in memory", () => {
  let server: Served;

  beforeAll(async () => {
    server = await served("--fast", "--log-level", "debug");
    await server.post("/pools", poolBody("p", { targetDedicatedNodes: 2, taskSlotsPerNode: 4 }));
  }, 60_000);

  test("is ready soon and says where it is, who may come in and which process it is", async () => {
    const { document } = server;
    expect(document).toMatchObject({ account: "weir", pid: server.pid, data: null, timeScale: 1 });
    expect(document.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(Buffer.from(document.key, "base64")).toHaveLength(64);
  });

  test("Job_Add, Task_AddCollection, Task_Get, File_GetFromTask: real processes run and their output comes back", async () => {
    await server.post("/jobs", { id: "j", poolInfo: { poolId: "p" } });
    const tasks = Array.from({ length: 12 }, (_, i) => ({
      id: `t${i}`,
      commandLine: `/bin/sh -c 'echo out $AZ_BATCH_TASK_ID; exit ${i % 3}'`,
    }));
    await server.post("/jobs/j/addtaskcollection", { value: tasks });
    type Counts = { taskCounts: { completed: number; succeeded: number; failed: number } };
    const counts = async () => (await server.get<Counts>("/jobs/j/taskcounts")).taskCounts;
    await until(async () => (await counts()).completed === 12, "12 tasks");
    expect(await counts()).toMatchObject({ succeeded: 4, failed: 8 });
    const task = await server.get<{ executionInfo: object; nodeInfo: { nodeId: string; taskRootDirectory: string } }>(
      "/jobs/j/tasks/t5",
    );
    expect(task).toMatchObject({
      state: "completed",
      executionInfo: { exitCode: 2, result: "failure", failureInfo: { code: "FailureExitCode" } },
    });
    const answer = await server.ask("GET", "/jobs/j/tasks/t5/files/stdout.txt");
    expect(answer).toMatchObject({ status: 200, text: "out t5\n" });
  });

  test("ComputeNode_List: nodes have loopback addresses of their own", async () => {
    const { value } = await server.get<{ value: { ipAddress: string }[] }>("/pools/p/nodes");
    const addresses = value.map(({ ipAddress }) => ipAddress);
    expect(new Set(addresses).size).toBe(2);
    for (const address of addresses) expect(address).toMatch(/^127\.\d+\.\d+\.\d+$/);
  });

  test("GET /healthz and /metrics tell how it is without a signature, the Batch operations nothing", async () => {
    const health = await (await fetch(`${server.document.endpoint}/healthz`)).json();
    expect(health).toMatchObject({ ready: true, service: "running", agentConnected: true });
    const told = async () => await (await fetch(`${server.document.endpoint}/metrics`)).text();
    // The 12 tasks may all have run on the first node that came up.
    const idle = 'weir_nodes{pool="p",kind="dedicated",state="idle"} 2';
    await until(async () => (await told()).includes(idle), "two idle nodes", 50);
    const metrics = await told();
    expect(metrics).toContain('weir_tasks{state="completed"} 12');
    expect(metrics).toMatch(/weir_requests_total\{operation="Task_AddCollection",status="200"\} 1/);
    expect(metrics).toMatch(/weir_start_seconds_count 1[2-9]/);
    expect((await fetch(`${server.document.endpoint}/pools?api-version=2022-10-01.16.0`)).status).toBe(401);
    expect((await fetch(`${server.document.endpoint}/admin/doctor?pool=p`)).status).toBe(401);
  });

  test("P-81: POST /admin/preempt takes a low-priority node away and leaves a dedicated one alone", async () => {
    await server.post("/pools", poolBody("low", { targetLowPriorityNodes: 1 }));
    type Node = { id: string; state: string; lastBootTime: string };
    const node = async () => (await server.get<{ value: Node[] }>("/pools/low/nodes")).value[0];
    await until(async () => (await node())?.state === "idle", "a low-priority node");
    const before = await node();
    expect((await server.ask("POST", `/admin/preempt?pool=low&node=${before.id}`)).status).toBe(202);
    await until(
      async () => (await node()).state === "idle" && (await node()).lastBootTime !== before.lastBootTime,
      "its replacement",
    );
    expect((await node()).id).toBe(before.id);
    expect((await server.ask("POST", "/admin/preempt?pool=p&node=tvm-1")).status).toBe(409);
  });

  test("SIGTERM ends it with 0; its agent and its directory are gone, and its log has ids and no keys", async () => {
    const agent = /"agent":(\d+)/;
    const { code, stderr } = await server.kill("SIGTERM");
    expect(code).toBe(0);
    const pid = Number(agent.exec(stderr)?.[1]);
    expect(pid).toBeGreaterThan(1);
    await until(() => !isRunning(pid), "the agent to end");
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; requestId?: string });
    const requests = lines.filter(({ event }) => event === "request");
    expect(requests.length).toBeGreaterThan(10);
    for (const { requestId } of requests) expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(stderr).not.toContain(server.document.key);
    expect(stderr).not.toContain("SharedKey");
  });
});

test("a server in memory that is killed takes its agent, its tasks and its files along", async () => {
  const server = await served(
    "--fast",
    "--seed",
    seedFile(`pools: [${JSON.stringify(poolBody("p", { targetDedicatedNodes: 1 }))}]
jobs: [ { id: j, poolInfo: { poolId: p }, tasks: [ { id: t, commandLine: "/bin/sh -c 'pwd; sleep 1000'" } ] } ]`),
  );
  await until(
    async () => (await server.ask("GET", "/jobs/j/tasks/t/files/stdout.txt")).text.includes("wd"),
    "the task's output",
  );
  const wd = (await server.ask("GET", "/jobs/j/tasks/t/files/stdout.txt")).text.trim();
  const root = wd.slice(0, wd.indexOf("/nodes/"));
  const agent = agentPid(root);
  await server.kill();
  await until(() => !isRunning(agent) && !existsSync(root), "agent and directory to go");
});

describe("what cannot be is refused with the place and the remedy, and exit code 2", () => {
  const refused = async (message: RegExp, ...args: string[]) => {
    const { code, stdout, stderr } = await servedToEnd("--log-level", "silent", ...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  };

  test("a port that is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    await refused(
      /cannot listen on 127\.0\.0\.1:\d+: another program listens there; choose another address with --listen/,
      "--listen",
      String(port),
    );
    taken.close();
  });

  test("a key that is not Base64, a name that no account has, one without the other", async () => {
    await Promise.all([
      refused(/key is not Base64/, "--account", "abc", "--key", "%%%"),
      refused(/3 to 24 lower-case/, "--account", "A-B", "--key", "YWJj"),
      refused(/--account and --key go together/, "--account", "abc"),
    ]);
  });

  test("a data directory that is a file, and an account file that is damaged", async () => {
    const directory = dataDirectory();
    writeFileSync(join(directory, "file"), "");
    mkdirSync(join(directory, "data"));
    writeFileSync(join(directory, "data", "account.json"), "{");
    await Promise.all([
      refused(/data directory .*file: .*name another one with --data/, "--data", join(directory, "file")),
      refused(/account\.json: not a JSON document; give --account and --key/, "--data", join(directory, "data")),
    ]);
  });

  test("options that no one can mean", async () => {
    await Promise.all([
      refused(/127\.0\.0\.1:8123/, "--listen", "here"),
      refused(/0\.01 to 100000/, "--time-scale", "0"),
      refused(/--reset is for a service with --data/, "--reset"),
    ]);
  });

  test("a seed that is missing, no YAML, of other sections, or refused by the service", async () => {
    await Promise.all([
      refused(/seed .*none\.yaml: no such file/, "--seed", "/nowhere/none.yaml"),
      refused(/seed .*:1:\d+: /, "--seed", seedFile("pools: [")),
      refused(/seed .*:2:\d+: it holds more than one document/, "--seed", seedFile("pools: []\n---\npools: []\n")),
      refused(/aliases \(\*name\) stand for too much/, "--seed", seedFile(ALIASES)),
      refused(/pols is none of pools, jobSchedules, jobs/, "--seed", seedFile("pols: []")),
      refused(/seed: pool p: MissingRequiredProperty/, "--seed", seedFile("pools: [ { id: p } ]")),
    ]);
  });
});

/** Some hundred bytes that stand for a million entries. */
const ALIASES = `a: &a [${"1,".repeat(99)}]\nb: &b [${"*a,".repeat(99)}]\npools: [${"*b,".repeat(99)}]`;

function seedFile(text: string): string {
  const file = join(dataDirectory(), "seed.yaml");
  writeFileSync(file, text);
  return file;
}

test("the account file is its owner's alone", async () => {
  const { openAccount } = await import("../../runtime/serve/account.ts");
  const file = join(dataDirectory(), "account.json");
  const made = openAccount(file, undefined);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(openAccount(file, undefined)).toEqual(made);
  const given = { name: "mine", key: "YWJj" };
  expect(openAccount(file, given)).toEqual(given);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(given);
});
