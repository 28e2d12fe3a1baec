/** A data directory outlives whoever serves it: server and agent are killed while tasks run, and every task runs to its end once. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { agentPid, dataDirectory, endAll, poolBody, type Served, served, servedToEnd } from "./servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/waiting.ts";

beforeAll(buildOnce, 120_000);
afterAll(endAll, 60_000);

type Counts = { taskCounts: { active: number; running: number; completed: number; succeeded: number; failed: number } };
const counts = async (server: Served, job = "j") => (await server.get<Counts>(`/jobs/${job}/taskcounts`)).taskCounts;

const start = (data: string, ...more: string[]) => served("--data", data, "--fast", "--log-level", "warn", ...more);

/** A task that writes down when it begins and ends; ends by itself when the file `go` is there. */
const waiting = (directory: string, id: string) => ({
  id,
  commandLine: `/bin/sh -c 'echo begin ${id} $$ >> ${directory}/log; while [ ! -e ${directory}/go ]; do sleep 0.05; done; echo end ${id} $$ >> ${directory}/log; exit 7'`,
  constraints: { maxTaskRetryCount: 0 },
});

/** What the tasks have written; the file is there, empty, before its first line. */
const lines = (directory: string) =>
  existsSync(join(directory, "log")) ? readFileSync(join(directory, "log"), "utf8").split("\n").filter(Boolean) : [];

async function withTasks(data: string, work: string, ids: readonly string[], ...more: string[]): Promise<Served> {
  const server = await start(data, ...more);
  await server.post("/pools", poolBody("p", { targetDedicatedNodes: 2, taskSlotsPerNode: 4 }));
  await server.post("/jobs", { id: "j", poolInfo: { poolId: "p" } });
  await server.post("/jobs/j/addtaskcollection", { value: ids.map((id) => waiting(work, id)) });
  await until(() => lines(work).length === ids.length, "all tasks to run");
  return server;
}

test("the server is killed: tasks run on, the next server finds them and hears their ends", async () => {
  const [data, work] = [dataDirectory(), dataDirectory()];
  const server = await withTasks(data, work, ["a", "b", "c"]);
  const agent = agentPid(data);
  await server.kill();
  const again = await start(data);
  expect(again.document).toMatchObject({ account: server.document.account, key: server.document.key });
  expect(await counts(again)).toMatchObject({ running: 3, completed: 0 });
  expect(agentPid(data)).toBe(agent);
  appendFileSync(join(work, "go"), "");
  await until(async () => (await counts(again)).completed === 3, "all tasks to end");
  expect(lines(work).filter((line) => line.startsWith("begin"))).toHaveLength(3);
  const task = await again.get<{ executionInfo: object }>("/jobs/j/tasks/b");
  expect(task.executionInfo).toMatchObject({ exitCode: 7, retryCount: 0, requeueCount: 0 });
  await again.kill("SIGTERM");
});

test("the agent is killed: its tasks are ended before they run anew, and count neither as retries nor as requeues", async () => {
  const [data, work] = [dataDirectory(), dataDirectory()];
  const server = await withTasks(data, work, ["a", "b"]);
  const pids = lines(work).map((line) => Number(line.split(" ")[2]));
  process.kill(agentPid(data), "SIGKILL");
  await until(() => lines(work).length === 4, "both tasks to run again");
  for (const pid of pids) expect(isRunning(pid)).toBe(false);
  appendFileSync(join(work, "go"), "");
  await until(async () => (await counts(server)).completed === 2, "both tasks to end");
  expect(lines(work).filter((line) => line.startsWith("end"))).toHaveLength(2);
  const task = await server.get<{ executionInfo: object }>("/jobs/j/tasks/a");
  expect(task.executionInfo).toMatchObject({ exitCode: 7, retryCount: 0, requeueCount: 0 });
  type Nodes = { value: { state: string }[] };
  const states = async () => (await server.get<Nodes>("/pools/p/nodes")).value.map(({ state }) => state).join();
  await until(async () => (await states()) === "idle,idle", "both nodes to take tasks");
  await server.kill("SIGTERM");
});

describe("--on-stop", () => {
  test("leave: tasks run on while nobody serves, and the next server hears of their ends", async () => {
    const [data, work] = [dataDirectory(), dataDirectory()];
    const server = await withTasks(data, work, ["a"], "--on-stop", "leave");
    expect((await server.kill("SIGTERM")).code).toBe(0);
    expect(isRunning(agentPid(data))).toBe(true);
    appendFileSync(join(work, "go"), "");
    await until(() => lines(work).length === 2, "the task to end");
    const again = await start(data);
    await until(async () => (await counts(again)).completed === 1, "its end to be heard");
    await again.kill("SIGTERM");
  });

  test("requeue: tasks and agent are ended, and the tasks run again under the next server", async () => {
    const [data, work] = [dataDirectory(), dataDirectory()];
    const server = await withTasks(data, work, ["a"], "--on-stop", "requeue");
    const agent = agentPid(data);
    expect((await server.kill("SIGTERM")).code).toBe(0);
    await until(() => !isRunning(agent), "the agent to end");
    const again = await start(data);
    await until(() => lines(work).length === 2, "the task to run again");
    expect(lines(work)[1]).toMatch(/^begin a/);
    const task = await again.get<{ executionInfo: object }>("/jobs/j/tasks/a");
    expect(task.executionInfo).toMatchObject({ requeueCount: 1, retryCount: 0 });
    await again.kill("SIGTERM");
  });

  test("end: tasks are completed as failures", async () => {
    const [data, work] = [dataDirectory(), dataDirectory()];
    const server = await withTasks(data, work, ["a"], "--on-stop", "end");
    expect((await server.kill("SIGTERM")).code).toBe(0);
    const again = await start(data);
    const task = await again.get<{ state: string; executionInfo: object }>("/jobs/j/tasks/a");
    expect(task).toMatchObject({
      state: "completed",
      executionInfo: { result: "failure", failureInfo: { code: "TaskEnded" } },
    });
    type Nodes = { value: { state: string }[] };
    await until(
      async () => (await again.get<Nodes>("/pools/p/nodes")).value.every(({ state }) => state === "idle"),
      "nodes to take tasks again",
    );
    await again.kill("SIGTERM");
  });
});

test("a data directory that is served is refused to a second one, which harms nothing", async () => {
  const data = dataDirectory();
  const server = await start(data);
  const { code, stderr } = await servedToEnd("--data", data, "--log-level", "silent");
  expect(code).toBe(2);
  expect(stderr).toMatch(/in use/);
  expect((await server.ask("GET", "/pools")).status).toBe(200);
  await server.kill("SIGTERM");
});

test("--reset forgets everything but the account; the task that ran is ended", async () => {
  const [data, work] = [dataDirectory(), dataDirectory()];
  const server = await withTasks(data, work, ["a"]);
  const pid = Number(lines(work)[0].split(" ")[2]);
  await server.kill();
  const again = await start(data, "--reset");
  expect(again.document.key).toBe(server.document.key);
  expect(await again.get<{ value: unknown[] }>("/pools")).toMatchObject({ value: [] });
  expect(isRunning(pid)).toBe(false);
  await again.kill("SIGTERM");
});
