/** Who looks after the nodes can hang or die: the nodes are unknown until it is heard again, and no task is left with two processes. */
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { agentPid, endAll } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { type MachinesAtWork, machinesAtWork } from "./machinesAtWork.ts";
import { at, newGate, removeGates, shell } from "./poolAtWork.ts";

beforeAll(buildOnce, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

async function twoNodes(...options: string[]): Promise<MachinesAtWork> {
  const weir = await machinesAtWork("--fast", ...options);
  await weir.addIdlePool("p", 2);
  return weir;
}

const allAre = (weir: MachinesAtWork, state: string) =>
  eventually(`all nodes ${state}`, async () =>
    (await weir.nodes("p")).every((node) => node.state === state) ? true : undefined,
  );

describe.concurrent("the agent of the nodes", () => {
  test("row 51: hangs, and its nodes are unknown, takes up again, and they are what they were; the same when it is killed", async () => {
    const weir = await twoNodes("--heartbeat", "PT0.4S");
    const held = newGate();
    await weir.addJob("j", "p", [shell(`echo $$ > ${held.folder}/pid; ${held.wait}`)]);
    const pid = await eventually("the task's process", () => numberIn(join(held.folder, "pid")));
    const busy = (await weir.task("j", "t1")).nodeInfo!.nodeId;
    const agent = agentPid(weir.data);
    process.kill(agent, "SIGSTOP");
    try {
      await allAre(weir, "unknown");
      expect((await weir.task("j", "t1")).state).toBe("running");
    } finally {
      process.kill(agent, "SIGCONT");
    }
    await weir.reaches("p", busy, "running");
    await weir.reaches("p", busy === "tvm-1" ? "tvm-2" : "tvm-1", "idle");
    // It is the same run: nothing was ended, and nothing begun again.
    expect([agentPid(weir.data), isRunning(pid)]).toEqual([agent, true]);
    held.open();
    expect((await weir.turns("j", "t1", "completed")).executionInfo).toMatchObject({
      exitCode: 0,
      retryCount: 0,
      requeueCount: 0,
    });
    await allAre(weir, "idle");
    expect(await killedAndSeenUnknown(weir)).toEqual(["tvm-1", "tvm-2"]);
    expect(agentPid(weir.data)).not.toBe(agent);
    await weir.idle("p", 2);
    await weir.addJob("k", "p", [shell("echo after")]);
    await weir.completed("k");
    expect(await weir.output("k", "t1")).toBe("after\n");
  });

  test("row 285: is killed, and the tasks that ran are run again by themselves, though they allow no retry; their old processes are dead before", async () => {
    const weir = await twoNodes();
    const held = newGate();
    // Each run notes its process, and whether that of the run before is still there.
    const notes = `${held.folder}/$AZ_BATCH_TASK_ID`;
    const note = `if [ -e ${notes} ] && kill -0 $(tail -n 1 ${notes}); then echo $AZ_BATCH_TASK_ID >> ${held.folder}/twice; fi; echo $$ >> ${notes}`;
    await weir.addJob("j", "p", Array(2).fill(shell(`${note}; ${held.wait}`)), { constraints: { maxTaskRetryCount: 0 } });
    const first = await Promise.all(
      ["t1", "t2"].map((id) => eventually(`${id} to run`, () => numberIn(join(held.folder, id)))),
    );
    writeFileSync(join(held.folder, "twice"), "");
    const killedAt = Date.now();
    process.kill(agentPid(weir.data), "SIGKILL");
    const second = await Promise.all(
      ["t1", "t2"].map((id) => eventually(`${id} to run again`, () => numberIn(join(held.folder, id), 2))),
    );
    expect(first.filter(isRunning)).toEqual([]);
    expect(second.filter(isRunning)).toEqual(second);
    for (const [i, id] of ["t1", "t2"].entries()) {
      // On the node of its pool that the service names, and as a recovery (T-25): no exit code to retry for, and nobody who wanted it back in its queue.
      const { nodeInfo, executionInfo } = await weir.turns("j", id, "running");
      expect(["tvm-1", "tvm-2"]).toContain(nodeInfo?.nodeId);
      expect(readlinkSync(`/proc/${second[i]}/cwd`)).toBe(
        join(weir.tree("p", nodeInfo!.nodeId), "workitems", "j", "job-1", id, "wd"),
      );
      expect(executionInfo).toMatchObject({ retryCount: 0, requeueCount: 0 });
      expect(executionInfo).not.toHaveProperty("lastRetryTime");
      expect(executionInfo).not.toHaveProperty("lastRequeueTime");
      expect(at(executionInfo.startTime)).toBeGreaterThan(killedAt);
    }
    held.open();
    for (const { executionInfo } of await weir.completed("j"))
      expect(executionInfo).toMatchObject({ result: "success", exitCode: 0, retryCount: 0, requeueCount: 0 });
    expect(readFileSync(join(held.folder, "twice"), "utf8")).toBe("");
    for (const id of ["t1", "t2"]) expect(readFileSync(join(held.folder, id), "utf8").trim().split("\n")).toHaveLength(2);
  });
});

/**
 * Kills the agent and asks for the nodes all the while: the ids of those that were unknown until another agent looked after them. A machine that stood
 * still meanwhile has not seen it, and kills the next one.
 */
async function killedAndSeenUnknown(weir: MachinesAtWork): Promise<readonly string[]> {
  const seen = new Set<string>();
  for (let tries = 0; tries < 5 && seen.size < 2; tries++) {
    const agent = agentPid(weir.data);
    process.kill(agent, "SIGKILL");
    const recovered = async () => {
      const nodes = await weir.nodes("p");
      for (const { id, state } of nodes) if (state === "unknown") seen.add(id);
      const isOver = agentPid(weir.data) !== agent && nodes.every(({ state }) => state === "idle");
      return isOver && nodes.length === 2 ? true : undefined;
    };
    await eventually("the nodes to be idle with another agent", recovered, { everyMs: 2 });
  }
  return [...seen].sort();
}

/** The number in a line of a file, once the line is there. */
function numberIn(path: string, line = 1): number | undefined {
  try {
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.length < line ? undefined : Number(lines[line - 1]);
  } catch {
    return undefined;
  }
}
