/** What interrupts tasks, and that they come back by themselves: their own failures, reboots, nodes that are taken away; and what does not end by itself. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { JobsAtWork, NOTE_PID, OfTask } from "./jobAtWork.ts";
import { at, newGate, removeGates, shell } from "./poolAtWork.ts";

let weir: JobsAtWork;

beforeAll(async () => {
  buildOnce();
  weir = new JobsAtWork(await served("--fast", "--log-level", "warn"));
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

describe.concurrent("interruptions", () => {
  test("row 282: a task whose application fails is put back and run again, until it succeeds", async () => {
    const { folder } = newGate();
    await weir.addIdlePool("failing", 1);
    await weir.addJob("failing", "failing");
    const third = `echo run >> ${folder}/runs; test $(wc -l < ${folder}/runs) -ge 3`;
    await weir.addTask("failing", "t", shell(third), { constraints: { maxTaskRetryCount: -1 } });
    const { executionInfo } = await weir.turns("failing", "t", "completed");
    expect(executionInfo).toMatchObject({ exitCode: 0, result: "success", retryCount: 2, requeueCount: 0 });
  });

  test("row 283: a reboot of its node ends a task's process; the task is put back and runs again when the node is up", async () => {
    const gate = newGate();
    await weir.addIdlePool("rebooting", 1);
    await weir.addJob("rebooting", "rebooting", [shell(`${NOTE_PID}; ${gate.wait}; echo done`)]);
    const first = await weir.process("rebooting", "t1");
    const [node] = await weir.nodes("rebooting");
    await weir.send("POST", `/pools/rebooting/nodes/${node.id}/reboot`, { nodeRebootOption: "requeue" });
    await first.ends();
    const again = await weir.untilTask(
      "rebooting",
      "t1",
      "to run again",
      ({ state, executionInfo }) => state === "running" && executionInfo.requeueCount === 1,
    );
    const second = await weir.process("rebooting", "t1");
    expect(second.pid).not.toBe(first.pid);
    const after = await weir.node("rebooting", node.id);
    expect(at(after.lastBootTime)).toBeGreaterThan(at(node.lastBootTime));
    expect(at(again.executionInfo.startTime)).toBeGreaterThanOrEqual(at(after.lastBootTime));
    gate.open();
    const { executionInfo } = await weir.turns("rebooting", "t1", "completed");
    // It was not the task's fault: none of its retries is used up.
    expect(executionInfo).toMatchObject({ result: "success", requeueCount: 1, retryCount: 0 });
    expect(await weir.output("rebooting", "t1")).toBe("done\n");
  });

  test("row 284: a node that a resize takes away at once gives its task back, which runs on another node", async () => {
    const gates = [newGate(), newGate()];
    await weir.addIdlePool("shrinking", 2);
    await weir.addJob(
      "shrinking",
      "shrinking",
      gates.map((gate) => shell(`${NOTE_PID}; ${gate.wait}`)),
    );
    const processes = [await weir.process("shrinking", "t1"), await weir.process("shrinking", "t2")];
    const before = await weir.tasks("shrinking");
    expect(before[0].nodeInfo?.nodeId).not.toBe(before[1].nodeInfo?.nodeId);
    await weir.server.post("/pools/shrinking/resize", { targetDedicatedNodes: 1, nodeDeallocationOption: "requeue" });
    await weir.until("shrinking", "one node", (pool) => pool.allocationState === "steady" && pool.currentDedicatedNodes === 1);
    const [left] = await weir.nodes("shrinking");
    const moved = before.findIndex(({ nodeInfo }) => nodeInfo?.nodeId !== left.id);
    const id = before[moved].id;
    await processes[moved].ends();
    expect(processes[1 - moved].isAlive()).toBe(true);
    expect(await weir.task("shrinking", id)).toMatchObject({ state: "active", executionInfo: { requeueCount: 1 } });
    // The other one makes room.
    gates[1 - moved].open();
    await weir.turns("shrinking", before[1 - moved].id, "completed");
    const again = await weir.untilTask("shrinking", id, "to run again", ({ state }) => state === "running");
    expect(again.nodeInfo?.nodeId).toBe(left.id);
    gates[moved].open();
    const { executionInfo } = await weir.turns("shrinking", id, "completed");
    expect(executionInfo).toMatchObject({ result: "success", requeueCount: 1, retryCount: 0 });
  });

  test("row 286: a task that hangs is interrupted after its maximum wall clock time, with what it has started, and its slot is free for others", async () => {
    await weir.addIdlePool("hanging", 1);
    await weir.addJob("hanging", "hanging");
    const hangs = shell(`${NOTE_PID}; trap "" TERM INT HUP; (trap "" TERM; exec sleep 1000) & echo $! >> pid; sleep 1000`);
    await weir.addTask("hanging", "t", hangs, { constraints: { maxWallClockTime: "PT1H" } });
    const pids = await weir.pids("hanging", "t", 2);
    const processes = pids.map((pid) => new OfTask(pid));
    // It hangs for certain before the time is up, however slow this machine is just now.
    await weir.send("PUT", "/jobs/hanging/tasks/t", { constraints: { maxWallClockTime: "PT4S" } });
    await weir.addTask("hanging", "next", shell("true"));
    expect((await weir.turns("hanging", "next", "completed")).executionInfo.result).toBe("success");
    const { executionInfo } = await weir.task("hanging", "t");
    expect(executionInfo).toMatchObject({ result: "failure", failureInfo: { category: "ServerError", code: "TaskEnded" } });
    expect(at(executionInfo.endTime) - at(executionInfo.startTime)).toBeGreaterThanOrEqual(4000);
    for (const process of processes) expect(process.isAlive()).toBe(false);
  });
});
