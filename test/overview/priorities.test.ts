/** The order of jobs: priority inside a pool, equal chances, pools on their own. What ran when is told by the tasks' own times and output. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { JobsAtWork, NOTE_PID } from "./jobAtWork.ts";
import { at, type Gate, newGate, removeGates, shell } from "./poolAtWork.ts";

let weir: JobsAtWork;

beforeAll(async () => {
  buildOnce();
  weir = new JobsAtWork(await served("--fast", "--log-level", "warn"));
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

/** A pool with one node of one slot, which a task of the job `<name>-first` holds until the gate opens. */
async function busyPool(name: string): Promise<Gate> {
  const gate = newGate();
  await weir.addIdlePool(name, 1);
  await weir.addJob(`${name}-first`, name, [shell(`${NOTE_PID}; ${gate.wait}`)]);
  await weir.turns(`${name}-first`, "t1", "running");
  return gate;
}

/** Jobs in the order in which their only tasks began. */
async function order(jobs: readonly string[]): Promise<string[]> {
  const began = await Promise.all(
    jobs.map(async (job) => ({ job, startedAt: at((await weir.turns(job, "t1", "completed")).executionInfo.startTime) })),
  );
  return began.sort((a, b) => a.startedAt - b.startedAt).map(({ job }) => job);
}

describe.concurrent("priority", () => {
  test("rows 106 and 125: a job has priority 0 if it says nothing, -1000 and 1000 if it says so, and -1001 and 1001 are refused with 400", async () => {
    const job = (id: string, priority?: number) => ({ id, priority, poolInfo: { poolId: "none" } });
    await weir.server.post("/jobs", job("plain"));
    expect((await weir.job("plain")).priority).toBe(0);
    for (const [id, priority] of [
      ["lowest", -1000],
      ["highest", 1000],
    ] as const) {
      await weir.server.post("/jobs", job(id, priority));
      expect((await weir.job(id)).priority).toBe(priority);
    }
    for (const priority of [-1001, 1001]) {
      const answer = await weir.server.ask("POST", "/jobs", job("beyond", priority));
      expect(answer.status, answer.text).toBe(400);
      expect((await weir.server.ask("PATCH", "/jobs/plain", { priority })).status).toBe(400);
      expect((await weir.server.ask("PUT", "/jobs/plain", { priority, poolInfo: { poolId: "none" } })).status).toBe(400);
    }
    expect((await weir.server.ask("GET", "/jobs/beyond")).status).toBe(404);
    expect((await weir.job("plain")).priority).toBe(0);
  });

  test("rows 107, 108 and 124: on a busy one-node pool the later, higher job's task runs next, and the process that runs is left alone", async () => {
    const gate = await busyPool("order");
    const running = await weir.process("order-first", "t1");
    await weir.addJob("order-low", "order", [shell("true")], { priority: -5 });
    await weir.addJob("order-high", "order", [shell("true")], { priority: 7 });
    // The node was never asked to give up what it has: the same process runs, and has not been begun anew.
    expect(running.isAlive()).toBe(true);
    expect((await weir.task("order-high", "t1")).state).toBe("active");
    gate.open();
    expect(await order(["order-first", "order-low", "order-high"])).toEqual(["order-first", "order-high", "order-low"]);
    const { executionInfo } = await weir.task("order-first", "t1");
    expect(executionInfo).toMatchObject({ result: "success", retryCount: 0, requeueCount: 0 });
    expect(await weir.pids("order-first", "t1")).toEqual([running.pid]);
  });

  test("row 126: PATCH and PUT of a job move its waiting tasks to another place in the queue, and not its running one", async () => {
    const gate = await busyPool("moved");
    const running = await weir.process("moved-first", "t1");
    const jobs = ["moved-a", "moved-b", "moved-c"];
    for (const job of jobs) await weir.addJob(job, "moved", [shell("true")], { priority: 1 });
    await weir.send("PATCH", "/jobs/moved-c", { priority: 900 });
    await weir.send("PUT", "/jobs/moved-b", { priority: 500, poolInfo: { poolId: "moved" } });
    await weir.send("PATCH", "/jobs/moved-first", { priority: -1000 });
    expect(await Promise.all([...jobs, "moved-first"].map(async (job) => (await weir.job(job)).priority))).toEqual([
      1, 500, 900, -1000,
    ]);
    expect(running.isAlive()).toBe(true);
    gate.open();
    expect(await order(jobs)).toEqual(["moved-c", "moved-b", "moved-a"]);
    expect(await weir.pids("moved-first", "t1")).toEqual([running.pid]);
  });

  test("rows 128 and 129: a higher job on a full pool does not hold up a lower job on a free pool, and the page on jobs says that pools know no order", async () => {
    const gate = await busyPool("full");
    await weir.addIdlePool("free", 1);
    await weir.addJob("full-high", "full", [shell("true")], { priority: 1000 });
    await weir.addJob("free-low", "free", [shell("true")], { priority: -1000 });
    const low = await weir.turns("free-low", "t1", "completed");
    expect(low.executionInfo.result).toBe("success");
    expect((await weir.task("full-high", "t1")).state).toBe("active");
    gate.open();
    await weir.completed("full-high");
    const page = readFileSync(join(import.meta.dirname, "../../docs/jobs.md"), "utf8");
    expect(page).toMatch(/^## Priority$/m);
    expect(page.replaceAll("\n", " ")).toContain("Between pools there is no order");
  });

  test("row 130: two jobs of equal priority on one node have equal chances: of the first hundred tasks of two hundred each has 40 to 60", async () => {
    const gate = await busyPool("fair");
    // All tasks of one job are there before the first of the other.
    for (const job of ["fair-a", "fair-b"]) await weir.addJob(job, "fair", Array(100).fill(shell("true")), { priority: 3 });
    gate.open();
    const began: { readonly job: string; readonly startedAt: number }[] = [];
    for (const job of ["fair-a", "fair-b"]) {
      for (const { executionInfo } of await weir.completed(job)) began.push({ job, startedAt: at(executionInfo.startTime) });
    }
    began.sort((a, b) => a.startedAt - b.startedAt);
    expect(began).toHaveLength(200);
    for (const half of [began.slice(0, 100), began.slice(100)]) {
      const ofA = half.filter(({ job }) => job === "fair-a").length;
      expect(ofA).toBeGreaterThanOrEqual(40);
      expect(ofA).toBeLessThanOrEqual(60);
    }
  });
});
