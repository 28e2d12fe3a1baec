/** Work on a large scale: a hundred nodes of this machine and ten thousand tasks, each a process of its own that writes down that it ran. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { Serving } from "../conformance/serving.ts";
import { SignedClient } from "../conformance/signed.ts";
import { poolBody } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import type { Task } from "./poolAtWork.ts";

const NODES = 100;
const TASKS = 10_000;
/** The service takes so many in one request. */
const AT_ONCE = 100;
/** Every so many fails and is run once more. */
const FAILS_EVERY = 100;

const notes = mkdtempSync(join(tmpdir(), "weir-many-"));
const serving = new Serving(["--fast", "--nodes-max", String(NODES), "--dedicated-cores", "200", "--log-level", "warn"]);
let client: SignedClient;

beforeAll(async () => {
  buildOnce();
  client = new SignedClient(await serving.start());
}, 120_000);
afterAll(async () => {
  client?.close();
  await serving.clear();
  rmSync(notes, { recursive: true, force: true });
}, 120_000);

const id = (n: number) => `t${n}`;
const fails = (n: number) => n % FAILS_EVERY === 0;
const numbers = Array.from({ length: TASKS }, (_, n) => n);

type Counts = { completed: number; succeeded: number; failed: number };
type Node = { id: string; state: string; totalTasksRun: number };

test("row 3: ten thousand tasks on a hundred nodes: each is run once, those that fail once more, and nothing is lost or doubled", async () => {
  await client.expect(201, "POST", "/pools", poolBody("p", { targetDedicatedNodes: NODES, taskSlotsPerNode: 2 }));
  await client.expect(201, "POST", "/jobs", { id: "j", poolInfo: { poolId: "p" }, constraints: { maxTaskRetryCount: 1 } });
  // One file for all: each line is written at once, so none is lost.
  const script = (n: number) =>
    `echo $AZ_BATCH_TASK_ID $AZ_BATCH_NODE_ID >> ${notes}/ran; echo said $AZ_BATCH_TASK_ID${fails(n) ? "; exit 3" : ""}`;
  for (let first = 0; first < TASKS; first += AT_ONCE) {
    const some = numbers.slice(first, first + AT_ONCE);
    await client.addTasks(
      "j",
      some.map((n) => ({ id: id(n), commandLine: `/bin/sh -c '${script(n)}'` })),
    );
  }
  let seen: Counts | undefined;
  const counts = await eventually(
    "all tasks to be completed",
    async () => {
      seen = (await client.expect(200, "GET", "/jobs/j/taskcounts")).json<{ taskCounts?: Counts } & Counts>();
      seen = (seen as { taskCounts?: Counts }).taskCounts ?? seen;
      return seen.completed === TASKS ? seen : undefined;
    },
    { withinMs: 300_000, everyMs: 200, describe: () => seen },
  );
  expect(counts).toMatchObject({ completed: TASKS, failed: TASKS / FAILS_EVERY, succeeded: TASKS - TASKS / FAILS_EVERY });

  const runs = new Map<string, number>();
  const used = new Set<string>();
  for (const line of readFileSync(join(notes, "ran"), "utf8").trim().split("\n")) {
    const [task, node] = line.split(" ");
    runs.set(task, (runs.get(task) ?? 0) + 1);
    used.add(node);
  }
  const odd = numbers.filter((n) => runs.get(id(n)) !== (fails(n) ? 2 : 1));
  expect([runs.size, odd, used.size]).toEqual([TASKS, [], NODES]);

  const tasks = await client.list<Task>("/jobs/j/tasks?$select=id,state,executionInfo,nodeInfo");
  expect(tasks.length).toBe(TASKS);
  const wrong = tasks.filter(({ id: name, executionInfo: { exitCode, retryCount, requeueCount } }) => {
    const isFailed = fails(Number(name.slice(1)));
    return exitCode !== (isFailed ? 3 : 0) || retryCount !== (isFailed ? 1 : 0) || requeueCount !== 0;
  });
  expect(wrong).toEqual([]);
  const nodes = await client.list<Node>("/pools/p/nodes");
  expect(nodes.map(({ state }) => state)).toEqual(Array(NODES).fill("idle"));
  expect(nodes.reduce((sum, { totalTasksRun }) => sum + totalTasksRun, 0)).toBe(TASKS + TASKS / FAILS_EVERY);
  const sample = numbers.filter((n) => n % 197 === 0).map(id);
  const said = sample.map(async (name) =>
    (await client.expect(200, "GET", `/jobs/j/tasks/${name}/files/stdout.txt`)).bytes.toString(),
  );
  expect(await Promise.all(said)).toEqual(sample.map((name) => `said ${name}\n`));
}, 360_000);
