/** The server is killed and a new one reads the world back: everything is found as it was, whatever the agent has done meanwhile. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeOf, poolUp, type Rig, Rigs, spec, taskOf, taskRunning } from "./rig.ts";
import { until } from "../support/waiting.ts";
import { endingOf, knows, ScriptedAgent } from "./scriptedAgent.ts";

let agent: ScriptedAgent;
let rigs: Rigs;

beforeEach(() => {
  agent = new ScriptedAgent();
  rigs = new Rigs(agent);
});

afterEach(async () => {
  await rigs.stop();
  await agent.close();
});

const heard = () => agent.heard;

/** The next server, connected to the agent. */
async function next(rig: Rig): Promise<Rig> {
  await rig.crash();
  agent.heard.length = 0;
  const after = rigs.make(rig.persistence);
  await until(
    () => after.provider.connected,
    () => "not connected",
  );
  return after;
}

test("what was asked for before any agent was there is done by the next server", async () => {
  const rig = rigs.make();
  await rig.submit({ kind: "AddPool", spec: { id: "p", vmSize: "small", coresPerNode: 2, targetDedicatedNodes: 2 } });
  await agent.listen();
  await next(rig);
  await until(() => agent.of("CreateNode").length === 2, heard);
  expect(agent.of("CreateNode").map(({ node }) => node)).toEqual(["p.tvm-1", "p.tvm-2"]);
});

describe("tasks", () => {
  beforeEach(() => agent.listen());

  test("one that runs on is found again: neither killed nor given out twice, and its end is heard", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    knows(agent, [run]);
    const after = await next(rig);
    agent.ended({ run, exitCode: 3 });
    await until(() => agent.of("Ack").length === 1, heard);
    expect(taskOf(after, "a")).toMatchObject({ state: "completed", exitCode: 3, recoveryCount: 0 });
    expect([agent.of("Run"), agent.of("Kill")]).toEqual([[], []]);
  });

  test("one that ended meanwhile is completed with its exit code", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    knows(agent, [], [endingOf({ run, exitCode: 4 })]);
    const after = await next(rig);
    await until(() => taskOf(after, "a")?.state === "completed", heard);
    expect(taskOf(after, "a")?.exitCode).toBe(4);
    expect(agent.of("Run")).toEqual([]);
  });

  test("one whose end was committed but not acknowledged is acknowledged, and not run again", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    agent.ended({ run });
    await until(() => taskOf(rig, "a")?.state === "completed", heard);
    knows(agent, [], [endingOf({ run })]);
    await next(rig);
    await until(() => agent.of("Ack").length === 1, heard);
    expect([agent.of("Ack"), agent.of("Run")]).toEqual([[{ kind: "Ack", run }], []]);
  });

  test("one that the agent never heard of begins, under the same id", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    knows(agent, []);
    await next(rig);
    await until(() => agent.of("Run").length === 1, heard);
    expect(agent.of("Run")[0].run).toBe(run);
  });

  test("one that was lost with the agent is recovered under another id", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    knows(agent, [], [endingOf({ run, cause: "lost" })]);
    const after = await next(rig);
    await until(() => agent.of("Run").length === 1, heard);
    expect(agent.of("Run")[0].run).not.toBe(run);
    expect(taskOf(after, "a")).toMatchObject({ state: "running", recoveryCount: 1 });
  });

  test("one that was to be killed is killed; one that nobody knows is killed and forgotten", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    await rig.submit({ kind: "TerminateTask", jobId: "j", taskId: "a" });
    knows(agent, [run, "t999"]);
    const after = await next(rig);
    await until(() => agent.of("Kill").length === 2, heard);
    expect(
      agent
        .of("Kill")
        .map((kill) => kill.run)
        .sort(),
    ).toEqual([run, "t999"].sort());
    agent.ended({ run, cause: "killed" });
    agent.ended({ run: "t999", cause: "killed" });
    await until(() => agent.of("Ack").length === 2 && nodeOf(after)?.state === "idle", heard);
  });

  test("J-61: a preparation task that runs on is found again, and its end lets the task begin", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    const preparation = {
      id: "prep",
      commandLine: "prepare",
      maxTaskRetryCount: 0,
      maxWallClockMs: undefined,
      waitForSuccess: true,
      rerunOnNodeRebootAfterSuccess: true,
    };
    await rig.submit({ kind: "AddJob", spec: { id: "k", poolId: "p", preparation } });
    await rig.submit({ kind: "AddTask", jobId: "k", id: "a", spec: spec() });
    await until(() => agent.of("Run").length === 1, heard);
    const [{ run, directory }] = agent.of("Run");
    expect(directory).toBe("workitems/k/job-1/prep");
    knows(agent, [run]);
    const after = await next(rig);
    agent.ended({ run });
    await until(() => agent.of("Run").length === 1, heard);
    expect(agent.of("Run")[0].directory).toBe("workitems/k/job-1/a");
    expect(after.service.world.job("k")?.tasks.get("a")?.state).toBe("running");
    expect(Object.fromEntries(agent.of("Run")[0].environment).AZ_BATCH_JOB_PREP_DIR).toBe(
      "/nodes/p.tvm-1/workitems/k/job-1/prep",
    );
  });

  test("T-54: a group goes on from where it was: one command returned, the other still running", async () => {
    const rig = rigs.make();
    await poolUp(rig, 2, { enableInterNodeCommunication: true });
    const multiInstance = { numberOfInstances: 2, coordinationCommandLine: "coordinate" };
    await rig.submit({ kind: "AddTask", jobId: "j", id: "m", spec: spec({ commandLine: "apply", multiInstance }) });
    await until(() => agent.of("Run").length === 2, heard);
    const [first, second] = agent.of("Run").map(({ run }) => run);
    knows(agent, [second], [endingOf({ run: first })], 2);
    const after = await next(rig);
    agent.ended({ run: second });
    await until(() => agent.of("Run").length === 1, heard);
    expect(agent.of("Run")[0]).toMatchObject({ commandLine: "apply", node: "p.tvm-1" });
    const application = agent.of("Run")[0].run;
    knows(agent, [application], [endingOf({ run: first }), endingOf({ run: second })], 2);
    await next(after);
    expect(agent.of("Run")).toEqual([]);
    agent.ended({ run: application });
    await until(() => agent.of("Kill").length === 2, heard);
  });
});

test("T-14, J-27: directories of tasks and jobs that were deleted are removed, others are left alone", async () => {
  await agent.listen();
  const rig = rigs.make();
  await poolUp(rig);
  await taskRunning(rig, "kept");
  const work = join(agent.directory, "p.tvm-1", "workitems");
  for (const path of ["j/job-1/kept/wd", "j/job-1/gone/wd", "deleted/job-1/a/wd", "schedule/job-7/a/wd"])
    mkdirSync(join(work, path), { recursive: true });
  knows(agent, ["t0"]);
  agent.hello = { ...agent.hello, root: agent.directory };
  await next(rig);
  await until(() => agent.of("RemoveFiles").length === 3, heard);
  expect(
    agent
      .of("RemoveFiles")
      .map(({ directory }) => directory)
      .sort(),
  ).toEqual(["workitems/deleted/job-1", "workitems/j/job-1/gone", "workitems/schedule/job-7"]);
});

describe("nodes", () => {
  beforeEach(() => agent.listen());

  test("keep their addresses; one that the world does not know is removed", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    knows(agent, [], [], 3);
    const after = await next(rig);
    await until(() => agent.of("RemoveNode").length === 2, heard);
    expect(agent.of("RemoveNode").map(({ node }) => node)).toEqual(["p.tvm-2", "p.tvm-3"]);
    expect(after.provider.addressOf(nodeOf(after)!)).toBe("127.9.9.1");
    expect(agent.of("CreateNode")).toEqual([]);
  });

  test("one that was on its way up comes up", async () => {
    const rig = rigs.make();
    await rig.submit({ kind: "AddPool", spec: { id: "p", vmSize: "small", coresPerNode: 2, targetDedicatedNodes: 1 } });
    await until(
      () => nodeOf(rig)?.state === "creating",
      () => nodeOf(rig)?.state,
    );
    knows(agent, []);
    const after = await next(rig);
    await until(
      () => nodeOf(after)?.state === "idle",
      () => nodeOf(after)?.state,
    );
  });

  test("one that was rebooting is rebooted again, and one that was leaving is removed", async () => {
    const rig = rigs.make();
    await poolUp(rig, 2);
    await rig.submit({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1" });
    await rig.submit({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-2"] });
    await until(
      () => nodeOf(rig, "tvm-2")?.state === "leavingpool",
      () => nodeOf(rig, "tvm-2")?.state,
    );
    knows(agent, [], [], 2);
    const after = await next(rig);
    await until(() => agent.of("RebootNode").length === 1 && agent.of("RemoveNode").length === 1, heard);
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.9.9.1", boot: 2 });
    agent.tell({ kind: "NodeGone", node: "p.tvm-2" });
    await until(() => nodeOf(after)?.state === "idle" && nodeOf(after, "tvm-2") === undefined, heard);
  });

  test("P-105: a start task that runs on is found again and not begun twice", async () => {
    const rig = rigs.make();
    const startTask = { commandLine: "start", maxTaskRetryCount: 0, waitForSuccess: true };
    await rig.submit({
      kind: "AddPool",
      spec: { id: "p", vmSize: "small", coresPerNode: 2, targetDedicatedNodes: 1, startTask },
    });
    await until(() => agent.of("CreateNode").length === 1, heard);
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.1.1.1", boot: 1 });
    await until(() => agent.of("Run").length === 1, heard);
    const [{ run }] = agent.of("Run");
    knows(agent, [run]);
    const after = await next(rig);
    agent.ended({ run });
    await until(
      () => nodeOf(after)?.state === "idle",
      () => nodeOf(after)?.state,
    );
    expect(agent.of("Run")).toEqual([]);
  });

  test("rows 13, 19: one that was lost while it rebooted is rebooted by the next server, found again, and comes up", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    await rig.submit({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1" });
    await until(
      () => nodeOf(rig)?.state === "rebooting",
      () => nodeOf(rig)?.state,
    );
    await agent.die();
    await until(
      () => nodeOf(rig)?.state === "unknown",
      () => nodeOf(rig)?.state,
    );
    knows(agent, []);
    await agent.listen();
    const after = await next(rig);
    await until(() => agent.of("RebootNode").length === 1, heard);
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.9.9.1", boot: 2 });
    await until(
      () => nodeOf(after)?.state === "idle",
      () => nodeOf(after)?.state,
    );
  });

  test("row 19: one that was unknown when the server ended is found again", async () => {
    const rig = rigs.make();
    await poolUp(rig);
    await agent.die();
    await until(
      () => nodeOf(rig)?.state === "unknown",
      () => nodeOf(rig)?.state,
    );
    knows(agent, []);
    await agent.listen();
    const after = await next(rig);
    await until(
      () => nodeOf(after)?.state === "idle",
      () => nodeOf(after)?.state,
    );
  });
});
