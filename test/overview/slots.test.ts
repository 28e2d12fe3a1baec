/** How many tasks a node takes at once and which node a task goes to, seen on real processes that wait for each other. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { at, AtWork, type Gate, newGate, removeGates, shell } from "./poolAtWork.ts";

// A machine with much else to do takes longer than any of this does.

let weir: AtWork;

beforeAll(async () => {
  buildOnce();
  weir = new AtWork(await served("--fast", "--log-level", "warn"));
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

/** Each process writes down how many run beside it on its node, itself included, and gives others time to come. */
const counting = ({ folder }: Gate) =>
  shell(
    `d=${folder}/$AZ_BATCH_NODE_ID; mkdir -p $d; touch $d/$AZ_BATCH_TASK_ID; sleep 0.1; ls $d | wc -l; rm $d/$AZ_BATCH_TASK_ID`,
  );

/** Adds 4 tasks that run until they are let go to a pool of 4 nodes with 4 slots each; the nodes that they run on, in order. */
async function nodesOfFour(name: string, taskSchedulingPolicy: object | undefined): Promise<string[]> {
  const gate = newGate();
  await weir.addIdlePool(name, 4, { taskSlotsPerNode: 4, ...(taskSchedulingPolicy && { taskSchedulingPolicy }) });
  await weir.addJob(name, name, Array(4).fill(shell(gate.wait)));
  const running = await eventually("four tasks to run", async () => {
    const found = await weir.tasks(name, "state eq 'running'");
    return found.length === 4 ? found : undefined;
  });
  gate.open();
  await weir.completed(name);
  return running.map(({ nodeInfo }) => nodeInfo!.nodeId).sort();
}

describe.concurrent("tasks on a node", () => {
  test("rows 76 and 86: a pool that says nothing gives a node one slot, and two tasks on its one node run after each other", async () => {
    await weir.addIdlePool("one", 1);
    expect((await weir.pool("one")).taskSlotsPerNode).toBe(1);
    const gate = newGate();
    await weir.addJob("one", "one", [counting(gate), counting(gate)]);
    const [first, second] = [...(await weir.completed("one"))].sort(
      (a, b) => at(a.executionInfo.startTime) - at(b.executionInfo.startTime),
    );
    expect(at(second.executionInfo.startTime)).toBeGreaterThanOrEqual(at(first.executionInfo.endTime));
    expect(await Promise.all(["t1", "t2"].map((id) => weir.output("one", id)))).toEqual(["1\n", "1\n"]);
  });

  test("row 77: on a node with four slots four tasks run at once: each waits for the other three", async () => {
    const { folder } = newGate();
    await weir.addIdlePool("four", 1, { vmSize: "standard_d4s_v3", taskSlotsPerNode: 4 });
    const meeting = shell(`touch ${folder}/$AZ_BATCH_TASK_ID; while [ $(ls ${folder} | wc -l) -lt 4 ]; do sleep 0.05; done`);
    await weir.addJob("four", "four", Array(4).fill(meeting));
    const ended = await weir.completed("four");
    expect(ended.map(({ executionInfo }) => executionInfo.result)).toEqual(Array(4).fill("success"));
    expect(new Set(ended.map(({ nodeInfo }) => nodeInfo?.nodeId)).size).toBe(1);
  });

  test("row 85: under a load of 20 tasks never more than two run on a node with two slots, and two do", async () => {
    const gate = newGate();
    await weir.addIdlePool("two", 2, { taskSlotsPerNode: 2 });
    await weir.addJob("two", "two", Array(20).fill(counting(gate)));
    const ended = await weir.completed("two");
    const beside = await Promise.all(ended.map(async ({ id }) => Number(await weir.output("two", id))));
    expect(Math.max(...beside)).toBe(2);
    expect(new Set(ended.map(({ nodeInfo }) => nodeInfo?.nodeId)).size).toBe(2);
  });

  test("row 87: with the fill type spread, and without any, 4 tasks go to 4 nodes of 4 slots each", async () => {
    const [spread, unsaid] = await Promise.all([
      nodesOfFour("spread", { nodeFillType: "spread" }),
      nodesOfFour("unsaid", undefined),
    ]);
    expect([spread.length, new Set(spread).size]).toEqual([4, 4]);
    expect(new Set(unsaid).size).toBe(4);
    expect((await weir.pool("unsaid")).taskSchedulingPolicy.nodeFillType.toLowerCase()).toBe("spread");
  });

  test("row 88: with the fill type pack the same 4 tasks go to one node", async () => {
    const packed = await nodesOfFour("pack", { nodeFillType: "pack" });
    expect([packed.length, new Set(packed).size]).toEqual([4, 1]);
  });
});
