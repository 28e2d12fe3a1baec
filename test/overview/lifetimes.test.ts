/**
 * How long pools and nodes live: a pool of a job's own, nodes only while they are needed, a shared pool that follows its load and the clock.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, served } from "../serve/servedProcess.ts";
import { processesUnder } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { at, AtWork, newGate, removeGates, shell } from "./poolAtWork.ts";

let weir: AtWork;
let hours: AtWork;
let data: string;

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  const [fast, quick] = await Promise.all([
    served(
      "--data",
      data,
      "--on-stop",
      "end",
      "--fast",
      "--time-scale",
      "600",
      "--sample-period",
      "PT1M",
      "--log-level",
      "warn",
    ),
    served("--fast", "--time-scale", "3600", "--sample-period", "PT5M", "--log-level", "warn"),
  ]);
  weir = new AtWork(fast);
  hours = new AtWork(quick);
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

/** As many nodes as there are tasks that wait or run, at most four; none when there are none. */
const REACTIVE =
  "n = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 5) < 10 ? 0 : max($PendingTasks.GetSample(TimeInterval_Minute * 5, 10));" +
  "$TargetDedicatedNodes = min(4, n); $NodeDeallocationOption = taskcompletion;";
const autoScaled = (autoScaleFormula: string) => ({
  enableAutoScale: true,
  autoScaleFormula,
  autoScaleEvaluationInterval: "PT5M",
});

describe.concurrent("a pool's life", () => {
  test("row 220: a job can have a pool of its own, which is made with it, runs its tasks and is deleted with its nodes when the job ends", async () => {
    const { id: _, ...pool } = poolBody("any", { targetDedicatedNodes: 2 }) as { id: string };
    await weir.server.post("/jobs", {
      id: "own",
      poolInfo: { autoPoolSpecification: { autoPoolIdPrefix: "own", poolLifetimeOption: "job", pool } },
      onAllTasksComplete: "noaction",
    });
    await weir.addTasks("own", Array(4).fill(shell("pwd -P")));
    await weir.completed("own");
    type Job = { state: string; executionInfo: { poolId: string } };
    const { poolId } = (await weir.server.get<Job>("/jobs/own")).executionInfo;
    expect(await weir.pool(poolId)).toMatchObject({ state: "active", currentDedicatedNodes: 2 });
    const directory = (await weir.output("own", "t1")).trim().split("/workitems/")[0];
    expect(directory.startsWith(join(data, "nodes", poolId))).toBe(true);

    await weir.server.post("/jobs/own/terminate", {});
    await eventually("the pool to be gone", async () =>
      (await weir.server.ask("GET", `/pools/${poolId}`)).status === 404 ? true : undefined,
    );
    await eventually("the job to be completed", async () =>
      (await weir.server.get<Job>("/jobs/own")).state === "completed" ? true : undefined,
    );
    await eventually("its nodes' files to go", () => (existsSync(directory) ? undefined : true));
    await eventually("its nodes' processes to go", () => (processesUnder(directory).length === 0 ? true : undefined));
  });

  test("row 221: nodes are there only while they are needed: none before the first task, some for the tasks, none when all are done", async () => {
    await weir.addPool("needed", autoScaled(REACTIVE));
    await weir.until("needed", "no nodes", (pool) => pool.currentDedicatedNodes === 0 && pool.allocationState === "steady");
    const gate = newGate();
    await weir.addJob("needed", "needed", Array(3).fill(shell(gate.wait)));
    await weir.until("needed", "three nodes", ({ currentDedicatedNodes }) => currentDedicatedNodes === 3);
    const tasks = await weir.tasks("needed");
    for (const { allocationTime } of await weir.nodes("needed"))
      for (const { creationTime } of tasks) expect(at(allocationTime)).toBeGreaterThanOrEqual(at(creationTime));
    gate.open();
    const ended = await weir.completed("needed");
    expect(ended.map(({ executionInfo }) => executionInfo.result)).toEqual(Array(3).fill("success"));
    await weir.until("needed", "no nodes", (pool) => pool.currentDedicatedNodes === 0 && pool.allocationState === "steady");
    expect(await weir.nodes("needed")).toEqual([]);
    await eventually("no node directory to be left", () =>
      ["tvm-1", "tvm-2", "tvm-3"].some((id) => existsSync(join(data, "nodes", `needed.${id}`))) ? undefined : true,
    );
  });

  test("row 222: a job whose pool has no nodes yet waits: its task is active until the first node is idle, and starts then", async () => {
    await weir.addJob("waits", "pending", [shell("echo $AZ_BATCH_NODE_ID")]);
    const gate = newGate();
    await weir.addPool("pending", {
      targetDedicatedNodes: 1,
      startTask: { commandLine: shell(gate.wait), waitForSuccess: true },
    });
    await weir.reaches("pending", "tvm-1", "waitingforstarttask");
    expect(await weir.task("waits", "t1")).toMatchObject({ state: "active" });
    gate.open();
    const { executionInfo } = await weir.turns("waits", "t1", "completed");
    const { startTaskInfo } = await weir.node("pending", "tvm-1");
    expect(at(executionInfo.startTime)).toBeGreaterThanOrEqual(at(startTaskInfo?.endTime));
  });

  test("row 226: a pool shared by jobs follows its load: it grows with the tasks of two jobs and shrinks with what is left", async () => {
    await weir.addPool("shared", autoScaled(REACTIVE));
    const [first, second] = [newGate(), newGate()];
    await weir.addJob("one", "shared", Array(2).fill(shell(first.wait)));
    await weir.until("shared", "two nodes for one job", ({ currentDedicatedNodes }) => currentDedicatedNodes === 2);
    await weir.addJob("two", "shared", Array(2).fill(shell(second.wait)));
    await weir.until("shared", "four nodes for two jobs", ({ currentDedicatedNodes }) => currentDedicatedNodes === 4);
    for (const id of ["t1", "t2"]) await weir.turns("two", id, "running");
    first.open();
    await weir.completed("one");
    await weir.until(
      "shared",
      "two nodes for the job that is left",
      ({ currentDedicatedNodes }) => currentDedicatedNodes === 2,
    );
    expect((await weir.tasks("two", "state eq 'running'")).length).toBe(2);
    second.open();
    await weir.completed("two");
    await weir.until("shared", "no nodes", ({ currentDedicatedNodes }) => currentDedicatedNodes === 0);
    expect((await weir.tasks("two")).map(({ executionInfo }) => executionInfo.requeueCount)).toEqual([0, 0]);
  });

  test("row 226: a pool follows the clock too: nodes are there before the hours in which work is expected, without any task, and go after them", async () => {
    // The pool has its node before the hours are chosen: how long the node took to come is no matter.
    await hours.addPool("clock", autoScaled("$TargetDedicatedNodes = 1;"));
    await hours.idle("clock", 1);
    const { creationTime } = await newPool("now");
    const now = at(creationTime);
    const text = (hoursAhead: number) => `time("${new Date(now + hoursAhead * 3_600_000).toISOString()}")`;
    const formula = `busy = time() >= ${text(2)} && time() < ${text(8)}; $TargetDedicatedNodes = busy ? 3 : 1;`;
    const { enableAutoScale: _, ...enable } = autoScaled(formula);
    await hours.server.post("/pools/clock/enableautoscale", enable);
    const sizeAt = async () => {
      const { autoScaleRun, targetDedicatedNodes } = await hours.pool("clock");
      return { hour: (at(autoScaleRun?.timestamp) - now) / 3_600_000, nodes: targetDedicatedNodes };
    };
    const seen: { hour: number; nodes: number }[] = [];
    await eventually(
      "the busy hours to be over",
      async () => {
        seen.push(await sizeAt());
        return seen[seen.length - 1].hour > 8.2 ? true : undefined;
      },
      { everyMs: 25 },
    );
    for (const { hour, nodes } of seen) expect(nodes, `hour ${hour}`).toBe(hour >= 2 && hour < 8 ? 3 : 1);
    expect(new Set(seen.map(({ nodes }) => nodes))).toEqual(new Set([1, 3]));
    await hours.idle("clock", 1);
  });
});

/** A pool without nodes, for its instants. */
async function newPool(id: string): Promise<{ creationTime: string }> {
  await hours.addPool(id, { targetDedicatedNodes: 0 });
  return hours.server.get(`/pools/${id}`);
}
