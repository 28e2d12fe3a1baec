/**
 * What becomes of tasks that run when a formula makes the pool smaller: `$NodeDeallocationOption`, each value seen on real processes. The options in the
 * other actions that take them are in troubleshooting.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import {
  expectFate,
  expectFinished,
  expectRequeued,
  expectTerminated,
  expectUntouched,
  hold,
  OPTIONS,
  type Option,
  running,
} from "./heldTask.ts";
import { at, AtWork, newGate, type Pool, removeGates, shell } from "./poolAtWork.ts";

let weir: AtWork;
const gate = newGate();

beforeAll(async () => {
  buildOnce();
  weir = new AtWork(await served("--fast", "--log-level", "warn"));
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

/** The formula is evaluated when it is given (P-65). */
const shrinkTo = (pool: string, nodes: number, option: Option) =>
  weir.server.post(`/pools/${pool}/enableautoscale`, {
    autoScaleFormula: `$TargetDedicatedNodes = ${nodes}; $NodeDeallocationOption = ${option};`,
  });
const isThere = async (pool: string, node: string) =>
  (await weir.server.ask("GET", `/pools/${pool}/nodes/${node}`)).status === 200;

describe.concurrent("$NodeDeallocationOption", () => {
  const withOption = async (option: Option) => {
    const name = `f-${option}`;
    await weir.addIdlePool(name, 1);
    const task = await hold(weir, name, name);
    await shrinkTo(name, 0, option);
    expect((await weir.pool(name)).autoScaleRun?.results).toBe(
      `$TargetDedicatedNodes=0;$TargetLowPriorityNodes=0;$NodeDeallocationOption=${option}`,
    );
    await expectFate(weir, task, option, {
      isPending: async () => (await weir.pool(name)).allocationState === "resizing" && (await isThere(name, task.nodeId)),
      isDone: async () => !(await isThere(name, task.nodeId)),
    });
    const isOver = (pool: Pool) => pool.allocationState === "steady" && pool.currentDedicatedNodes === 0;
    await weir.until(name, "steady without nodes", isOver);
  };

  test("row 257: a formula that gives its one node up says by it what becomes of the task there: terminate, requeue, taskcompletion and retaineddata are each honoured", async () => {
    await Promise.all(OPTIONS.map(withOption));
  });

  test("row 258: terminate stops a task at once: its process is gone, it is failed, and no other node runs it", async () => {
    await weir.addIdlePool("stop", 2);
    const tasks = [await hold(weir, "stop-a", "stop"), await hold(weir, "stop-b", "stop")];
    await shrinkTo("stop", 1, "terminate");
    await weir.until("stop", "one node", ({ currentDedicatedNodes }) => currentDedicatedNodes === 1);
    const [left] = await weir.nodes("stop");
    const gone = tasks.find(({ nodeId }) => nodeId !== left.id)!;
    const stays = tasks.find(({ nodeId }) => nodeId === left.id)!;
    await expectTerminated(weir, gone);
    await expectUntouched(weir, stays);
    await expectFinished(weir, stays);
    await weir.idle("stop", 1);
    expect(await weir.task(gone.job, "t1")).toMatchObject({ state: "completed", executionInfo: { result: "failure" } });
    expect((await weir.node("stop", left.id)).totalTasksRun).toBe(1);
  });

  test("row 259: requeue stops a task at once and runs it anew, from its beginning, on another node", async () => {
    await weir.addIdlePool("again", 2);
    const tasks = [await hold(weir, "again-a", "again"), await hold(weir, "again-b", "again")];
    await shrinkTo("again", 1, "requeue");
    await weir.until("again", "one node", ({ currentDedicatedNodes }) => currentDedicatedNodes === 1);
    const [left] = await weir.nodes("again");
    const gone = tasks.find(({ nodeId }) => nodeId !== left.id)!;
    const stays = tasks.find(({ nodeId }) => nodeId === left.id)!;
    expect((await expectRequeued(weir, gone)).state).toBe("active");
    await expectFinished(weir, stays);
    const second = await running(weir, gone.job);
    expect([second.nodeId, second.pid === gone.pid]).toEqual([left.id, false]);
    gone.gate.open();
    expect((await weir.turns(gone.job, "t1", "completed")).executionInfo).toMatchObject({ result: "success", requeueCount: 1 });
  });

  test("row 260: taskcompletion lets the task finish before the node goes, and gives the node nothing new to do", async () => {
    await weir.addIdlePool("finish", 1);
    const task = await hold(weir, "finish", "finish");
    await weir.addJob("waits", "finish", ["/bin/true"]);
    await shrinkTo("finish", 0, "taskcompletion");
    await weir.until("finish", "resizing", ({ allocationState }) => allocationState === "resizing");
    await expectUntouched(weir, task);
    await expectFinished(weir, task);
    await weir.until("finish", "no nodes", ({ currentDedicatedNodes }) => currentDedicatedNodes === 0);
    expect(isRunning(task.pid)).toBe(false);
    expect((await weir.task("waits", "t1")).state).toBe("active");
  });

  test("row 257: with retaineddata a node outlives its task by the task's retention time, and goes then by itself", async () => {
    await weir.addIdlePool("keep", 1);
    const task = await hold(weir, "keep", "keep", { constraints: { retentionTime: "PT1S" } });
    await shrinkTo("keep", 0, "retaineddata");
    await expectFinished(weir, task);
    const endedAt = at((await weir.task("keep", "t1")).executionInfo.endTime);
    const goneAt = await eventually("the node to go", async () =>
      (await isThere("keep", task.nodeId)) ? undefined : Date.now(),
    );
    expect(goneAt - endedAt).toBeGreaterThanOrEqual(1000);
  });

  test("row 261: a target set to zero at the end of a job with taskcompletion loses no task: all that run finish, with exit code 0, before their nodes go", async () => {
    await weir.addIdlePool("end", 3, { taskSlotsPerNode: 2 });
    await weir.addJob("end", "end", Array(6).fill(shell(`echo begun; ${gate.wait}; echo done`)));
    await eventually("all six to run", async () =>
      (await weir.tasks("end", "state eq 'running'")).length === 6 ? true : undefined,
    );
    await shrinkTo("end", 0, "taskcompletion");
    const pool = await weir.until("end", "resizing", ({ allocationState }) => allocationState === "resizing");
    expect(pool).toMatchObject({ targetDedicatedNodes: 0, currentDedicatedNodes: 3 });
    gate.open();
    const ended = await weir.completed("end");
    expect(ended.map(({ executionInfo }) => executionInfo)).toEqual(
      Array(6).fill(expect.objectContaining({ exitCode: 0, result: "success", requeueCount: 0, retryCount: 0 })),
    );
    await weir.until("end", "no nodes", (last) => last.currentDedicatedNodes === 0 && last.allocationState === "steady");
    expect((await weir.pool("end")).resizeErrors).toBeUndefined();
  });
});
