/** Who looks after the nodes can hang or die: the nodes are unknown until it is heard again, and no task is left with two processes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { agentPid, endAll } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { type MachinesAtWork, machinesAtWork } from "./machinesAtWork.ts";
import { Gate, shell } from "./poolAtWork.ts";

const gates: Gate[] = [];

beforeAll(buildOnce, 120_000);
afterAll(async () => {
  for (const gate of gates) gate.remove();
  await endAll();
}, 30_000);

function gate(): Gate {
  const made = new Gate();
  gates.push(made);
  return made;
}

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
    const held = gate();
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
    process.kill(agent, "SIGKILL");
    await eventually("another agent", () => (agentPid(weir.data) === agent ? undefined : true));
    await allAre(weir, "idle");
    await weir.addJob("k", "p", [shell("echo after")]);
    await weir.completed("k");
    expect(await weir.output("k", "t1")).toBe("after\n");
  });

  test("row 285: is killed, and the tasks that ran are run again by themselves, though they allow no retry; their old processes are dead before", async () => {
    const weir = await twoNodes();
    const held = gate();
    // Each run notes its process, and whether that of the run before is still there.
    const notes = `${held.folder}/$AZ_BATCH_TASK_ID`;
    const note = `if [ -e ${notes} ] && kill -0 $(tail -n 1 ${notes}); then echo $AZ_BATCH_TASK_ID >> ${held.folder}/twice; fi; echo $$ >> ${notes}`;
    await weir.addJob("j", "p", Array(2).fill(shell(`${note}; ${held.wait}`)), { constraints: { maxTaskRetryCount: 0 } });
    const first = await Promise.all(
      ["t1", "t2"].map((id) => eventually(`${id} to run`, () => numberIn(join(held.folder, id)))),
    );
    writeFileSync(join(held.folder, "twice"), "");
    process.kill(agentPid(weir.data), "SIGKILL");
    const second = await Promise.all(
      ["t1", "t2"].map((id) => eventually(`${id} to run again`, () => numberIn(join(held.folder, id), 2))),
    );
    expect(first.filter(isRunning)).toEqual([]);
    expect(second.filter(isRunning)).toEqual(second);
    held.open();
    for (const { executionInfo } of await weir.completed("j"))
      expect(executionInfo).toMatchObject({ result: "success", exitCode: 0, retryCount: 0, requeueCount: 0 });
    expect(readFileSync(join(held.folder, "twice"), "utf8")).toBe("");
    for (const id of ["t1", "t2"]) expect(readFileSync(join(held.folder, id), "utf8").trim().split("\n")).toHaveLength(2);
  });
});

/** The number in a line of a file, once the line is there. */
function numberIn(path: string, line = 1): number | undefined {
  try {
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.length < line ? undefined : Number(lines[line - 1]);
  } catch {
    return undefined;
  }
}
