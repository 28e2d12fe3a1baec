/**
 * How nodes come: side by side, each usable as soon as it is ready itself; what waits for them; and that a node which is there starts work at once and costs
 * whether it works or not.
 */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, type Served, served } from "../serve/servedProcess.ts";
import { eventually, until } from "../support/waiting.ts";
import { at, AtWork, newGate, removeGates, shell } from "./poolAtWork.ts";

let weir: AtWork;

beforeAll(async () => {
  buildOnce();
  weir = new AtWork(await served("--fast", "--log-level", "warn"));
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

describe("nodes come up side by side", () => {
  test("row 49: twenty nodes of a pool are made ready in parallel: each one's start task ends only when all twenty have begun", async () => {
    const { folder } = newGate();
    const line = `touch ${folder}/$AZ_BATCH_NODE_ID; while [ $(ls ${folder} | wc -l) -lt 20 ]; do sleep 0.1; done`;
    await weir.addPool("many", { targetDedicatedNodes: 20, startTask: { commandLine: shell(line), waitForSuccess: true } });
    const nodes = await weir.idle("many", 20);
    expect(readdirSync(folder).sort()).toEqual(nodes.map(({ id }) => id).sort());
    const latestStart = Math.max(...nodes.map(({ startTaskInfo }) => at(startTaskInfo?.startTime)));
    const earliestEnd = Math.min(...nodes.map(({ startTaskInfo }) => at(startTaskInfo?.endTime)));
    expect(latestStart).toBeLessThanOrEqual(earliestEnd);
    await weir.server.post("/pools/many/resize", { targetDedicatedNodes: 0 });
    await weir.idle("many", 0);
  });

  test("rows 49, 222 and 223: a job waits for the first node, runs on each that is ready, and a sibling that hangs in its start task delays nobody", async () => {
    const [slow, others] = [newGate(), newGate()];
    const line = `if [ $AZ_BATCH_NODE_ID = tvm-1 ]; then ${slow.wait}; else ${others.wait}; fi`;
    await weir.addJob("waits", "mixed", Array(6).fill(shell("echo $AZ_BATCH_NODE_ID; sleep 0.1")));
    const states = async () => (await weir.tasks("waits")).map(({ state }) => state);
    expect(new Set(await states())).toEqual(new Set(["active"]));
    await weir.addPool("mixed", { targetDedicatedNodes: 4, startTask: { commandLine: shell(line), waitForSuccess: true } });
    await eventually("all nodes to be in their start tasks", async () => {
      const nodes = await weir.nodes("mixed");
      return nodes.length === 4 && nodes.every(({ state }) => state === "waitingforstarttask") ? true : undefined;
    });
    expect(new Set(await states())).toEqual(new Set(["active"]));

    others.open();
    const ended = await weir.completed("waits");
    expect((await weir.node("mixed", "tvm-1")).state).toBe("waitingforstarttask");
    const ready = (await weir.nodes("mixed")).filter(({ id }) => id !== "tvm-1");
    const firstReadyAt = Math.min(...ready.map(({ startTaskInfo }) => at(startTaskInfo?.endTime)));
    for (const { nodeInfo, executionInfo } of ended) {
      expect(nodeInfo?.nodeId).not.toBe("tvm-1");
      expect(at(executionInfo.startTime)).toBeGreaterThanOrEqual(firstReadyAt);
    }
    slow.open();
    await weir.idle("mixed", 4);
  });
});

describe("a pool that is there ahead of time", () => {
  beforeAll(() => weir.addIdlePool("ahead", 1));

  test("row 224: on an idle node a task starts within a second of its addition, by the service's own instants", async () => {
    await weir.server.post("/jobs", { id: "quick", poolInfo: { poolId: "ahead" } });
    const waits: number[] = [];
    // Five of fifteen: the others may have been on a machine that had other things to do.
    for (let i = 0; i < 15 && waits.filter((ms) => ms < 1000).length < 5; i++) {
      const id = `t${i}`;
      await weir.idle("ahead", 1);
      await weir.server.post("/jobs/quick/tasks", { id, commandLine: "/bin/true" });
      const { creationTime, executionInfo } = await weir.turns("quick", id, "completed");
      waits.push(at(executionInfo.startTime) - at(creationTime));
    }
    expect(waits.filter((ms) => ms < 1000)).toHaveLength(5);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
  });

  test("row 225: a node without work is idle, and its core time goes on growing until it goes", async () => {
    type Stats = { stats: { usageStats: { dedicatedCoreTime: string; lastUpdateTime: string } } };
    const coreSeconds = async () => {
      const { usageStats } = (await weir.server.get<Stats>("/pools/ahead?$expand=stats")).stats;
      return { seconds: secondsOf(usageStats.dedicatedCoreTime), at: at(usageStats.lastUpdateTime) };
    };
    await weir.idle("ahead", 1);
    const before = await coreSeconds();
    const after = await eventually("core time to grow", async () => {
      const now = await coreSeconds();
      return now.seconds > before.seconds ? now : undefined;
    });
    const [node] = await weir.nodes("ahead");
    expect([node.state, node.runningTasksCount]).toEqual(["idle", 0]);
    // Two cores of one node.
    expect(after.seconds - before.seconds).toBeCloseTo((2 * (after.at - before.at)) / 1000, 1);
    // What it has cost stays when it goes, and does not grow any more.
    await weir.server.post("/pools/ahead/resize", { targetDedicatedNodes: 0 });
    await weir.idle("ahead", 0);
    const gone = await coreSeconds();
    expect(gone.seconds).toBeGreaterThanOrEqual(after.seconds);
    await until(async () => (await coreSeconds()).at > gone.at, "time to pass");
    expect((await coreSeconds()).seconds).toBe(gone.seconds);
  });
});

describe("core hours, told by interval", () => {
  let hours: Served;

  beforeAll(async () => {
    hours = await served("--time-scale", "7200", "--log-level", "warn");
  });

  test("row 225: half an hour of an idle node of 2 cores is told as one core hour, also when its pool is gone", async () => {
    const atHours = new AtWork(hours);
    await atHours.addIdlePool("idle", 1);
    type Usage = { poolId: string; startTime: string; endTime: string; totalCoreHours: number };
    const told = await eventually("two intervals of usage", async () => {
      const from = new Date(Math.floor(Date.now() / 1_800_000) * 1_800_000 - 1_800_000).toISOString();
      const { status, body } = await hours.ask("GET", `/poolusagemetrics?starttime=${from}`);
      const value = status === 200 ? (body as { value: Usage[] }).value : [];
      return value.length >= 3 ? value : undefined;
    });
    const [node] = await atHours.nodes("idle");
    expect([node.state, node.totalTasksRun]).toEqual(["idle", 0]);
    expect(told.slice(1).map(({ poolId, totalCoreHours }) => [poolId, totalCoreHours])).toEqual(
      told.slice(1).map(() => ["idle", 1]),
    );
    // What it has cost is told also when it is gone.
    await hours.ask("DELETE", "/pools/idle");
    await until(async () => (await hours.ask("GET", "/pools/idle")).status === 404, "the pool to be gone");
    const { value } = await hours.get<{ value: Usage[] }>(`/poolusagemetrics?starttime=${told[0].startTime}`);
    expect(value.slice(0, told.length)).toEqual(told);
  });
});

/** Of an ISO 8601 duration below a day. */
function secondsOf(duration: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] = /^PT(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?$/.exec(duration) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
