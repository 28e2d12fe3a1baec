/** The local provider between a real service and a scripted agent: from each effect to the messages, from each message to the report. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeOf, poolUp, type Rig, Rigs, spec, taskOf, taskRunning } from "./rig.ts";
import { until } from "../support/waiting.ts";
import { endingOf, knows, ScriptedAgent } from "./scriptedAgent.ts";

let agent: ScriptedAgent;
let rigs: Rigs;

beforeEach(async () => {
  agent = new ScriptedAgent();
  rigs = new Rigs(agent);
  await agent.listen();
});

afterEach(async () => {
  await rigs.stop();
  await agent.close();
});

const rigOf: Rigs["make"] = (...args) => rigs.make(...args);
const heard = () => agent.heard;

describe("from effect to report", () => {
  test("P-35: a node is made, comes up and takes a task, whose end is acknowledged only after the commit", async () => {
    const rig = rigOf();
    await poolUp(rig);
    const [create] = agent.of("CreateNode");
    expect(create).toMatchObject({ node: "p.tvm-1", cores: 2 });
    expect(create.address).toMatch(/^127\.\d+\.\d+\.\d+$/);
    const run = await taskRunning(rig, "a", { opaque: { environmentSettings: [{ name: "X", value: "1" }] } });
    const [message] = agent.of("Run");
    expect(message).toMatchObject({ node: "p.tvm-1", directory: "workitems/j/job-1/a", commandLine: "/bin/true" });
    expect(Object.fromEntries(message.environment)).toMatchObject({
      X: "1",
      AZ_BATCH_ACCOUNT_NAME: "weir",
      AZ_BATCH_POOL_ID: "p",
      AZ_BATCH_NODE_ID: "tvm-1",
      AZ_BATCH_NODE_IS_DEDICATED: "true",
      AZ_BATCH_JOB_ID: "j",
      AZ_BATCH_TASK_ID: "a",
    });
    expect(agent.of("Ack")).toEqual([]);
    agent.ended({ run, exitCode: 0 });
    await until(() => agent.of("Ack").length === 1, heard);
    expect(taskOf(rig, "a")).toMatchObject({ state: "completed", result: "success", exitCode: 0 });
    expect(agent.of("Ack")).toEqual([{ kind: "Ack", run }]);
  });

  test("section 17, J-06: the task's settings win over the job's, the service's over both", async () => {
    const rig = rigOf();
    await poolUp(rig);
    const common = [{ name: "A", value: "job" }, { name: "AZ_BATCH_POOL_ID", value: "mine" }, { name: "B" }];
    await rig.submit({ kind: "AddJob", spec: { id: "k", poolId: "p", opaque: { commonEnvironmentSettings: common } } });
    const opaque = {
      environmentSettings: [{ name: "A", value: "task" }],
      authenticationTokenSettings: { access: ["job"] },
    };
    await rig.submit({ kind: "AddTask", jobId: "k", id: "a", spec: spec({ opaque }) });
    await until(() => agent.of("Run").length === 1, heard);
    const environment = Object.fromEntries(agent.of("Run")[0].environment);
    expect(environment).toMatchObject({ A: "task", B: "", AZ_BATCH_POOL_ID: "p", AZ_BATCH_AUTHENTICATION_TOKEN: "token of a" });
  });

  test("P-36: more nodes than this machine hosts are refused and told as a resize error", async () => {
    const rig = rigOf(undefined, { nodesMax: 1 });
    await rig.submit({ kind: "AddPool", spec: { id: "p", vmSize: "small", coresPerNode: 2, targetDedicatedNodes: 3 } });
    const pool = () => rig.service.world.pool("p");
    await until(
      () => pool()?.allocationState === "steady",
      () => pool()?.allocationState,
    );
    expect(pool()?.resizeErrors[0]).toMatchObject({ code: "AllocationFailed" });
    expect(pool()?.resizeErrors[0].message).toContain("--nodes-max");
    expect(pool()?.nodes.size).toBe(1);
  });

  test("T-13: a terminated task is killed, and its slot is free only when the agent says so", async () => {
    const rig = rigOf();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    await rig.submit({ kind: "TerminateTask", jobId: "j", taskId: "a" });
    await until(() => agent.of("Kill").length === 1, heard);
    expect(nodeOf(rig)?.usedSlots).toBe(1);
    agent.ended({ run, cause: "killed" });
    await until(() => nodeOf(rig)?.usedSlots === 0, heard);
    expect(taskOf(rig, "a")?.failure?.code).toBe("TaskEnded");
  });

  test("T-14: a deleted task's directory goes after its process, and a new task of the id waits for that", async () => {
    const rig = rigOf();
    await poolUp(rig, 1, { taskSlotsPerNode: 2 });
    const run = await taskRunning(rig, "a");
    await rig.submit({ kind: "DeleteTask", jobId: "j", taskId: "a" });
    await rig.submit({ kind: "AddTask", jobId: "j", id: "a", spec: spec() });
    await until(() => agent.of("Kill").length === 1 && taskOf(rig, "a")?.state === "running", heard);
    expect(agent.of("Run")).toHaveLength(1);
    expect(agent.of("RemoveFiles")).toEqual([]);
    agent.ended({ run, cause: "killed" });
    await until(() => agent.of("Run").length === 2, heard);
    const order = heard().map(({ kind }) => kind);
    expect(order.lastIndexOf("RemoveFiles")).toBeLessThan(order.lastIndexOf("Run"));
    expect(agent.of("RemoveFiles")).toEqual([{ kind: "RemoveFiles", node: "p.tvm-1", directory: "workitems/j/job-1/a" }]);
  });

  test("row 13: a reboot is told once, and only the new boot brings the node up", async () => {
    const rig = rigOf();
    await poolUp(rig);
    await rig.submit({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1" });
    await until(() => agent.of("RebootNode").length === 1, heard);
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.1.1.1", boot: 1 });
    await until(
      () => nodeOf(rig)?.state === "rebooting",
      () => nodeOf(rig)?.state,
    );
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.1.1.1", boot: 2 });
    await until(
      () => nodeOf(rig)?.state === "idle",
      () => nodeOf(rig)?.state,
    );
  });

  test("P-50: a released node is removed before its record goes", async () => {
    const rig = rigOf();
    await poolUp(rig);
    await rig.submit({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 0 });
    await until(() => agent.of("RemoveNode").length === 1, heard);
    expect(nodeOf(rig)?.state).toBe("leavingpool");
    agent.tell({ kind: "NodeGone", node: "p.tvm-1" });
    await until(
      () => nodeOf(rig) === undefined,
      () => nodeOf(rig)?.state,
    );
  });

  test("P-81, P-82: a preempted node loses its tasks, leaves, and comes back under its id", async () => {
    const rig = rigOf();
    await rig.submit({ kind: "AddPool", spec: { id: "p", vmSize: "small", coresPerNode: 2, targetLowPriorityNodes: 1 } });
    await until(() => agent.of("CreateNode").length === 1, heard);
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.1.1.1", boot: 1 });
    await rig.submit({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
    const run = await taskRunning(rig, "a");
    expect(rig.provider.preempt(nodeOf(rig)!)).toBe(true);
    await until(() => nodeOf(rig)?.state === "preempted" && agent.of("RemoveNode").length === 1, heard);
    agent.ended({ run, cause: "killed" });
    agent.tell({ kind: "NodeGone", node: "p.tvm-1" });
    await until(() => agent.of("CreateNode").length === 2, heard);
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.1.1.1", boot: 1 });
    await until(() => agent.of("Run").length === 2, heard);
    expect(taskOf(rig, "a")).toMatchObject({ recoveryCount: 1, retryCount: 0 });
    expect(agent.of("Run")[1].run).not.toBe(run);
  });

  test("P-152: packages that cannot be installed make the node unusable with the agent's reason", async () => {
    const rig = rigOf();
    const opaque = { applicationPackageReferences: [{ applicationId: "tool", version: "1.2" }] };
    await rig.submit({ kind: "AddPool", spec: { id: "p", vmSize: "small", coresPerNode: 2, targetDedicatedNodes: 1, opaque } });
    await until(() => agent.of("CreateNode").length === 1, heard);
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.1.1.1", boot: 1 });
    await until(() => agent.of("Run").length === 1, heard);
    const [run] = agent.of("Run");
    expect(run.packages).toMatchObject([{ zip: "/packages/tool/1.2.zip", directory: "tool_1.2" }]);
    const failure = { category: "ServerError", code: "ApplicationPackageError", message: "no zip" } as const;
    agent.ended({ run: run.run, cause: "preprocessing", failure });
    await until(
      () => nodeOf(rig)?.state === "unusable",
      () => nodeOf(rig)?.state,
    );
    expect(nodeOf(rig)?.errors).toEqual([{ code: "ApplicationPackageError", message: "no zip" }]);
  });
});

describe("the agent dies and comes back", () => {
  test("rows 18, 19, T-25: its nodes are unknown, then found again; a run that was lost is recovered, not retried", async () => {
    const rig = rigOf();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    await agent.die();
    await until(
      () => nodeOf(rig)?.state === "unknown",
      () => nodeOf(rig)?.state,
    );
    await until(() => rig.starts() > 0, rig.starts);
    knows(agent, [], [endingOf({ run, cause: "lost" })]);
    await agent.listen();
    await until(() => agent.of("Run").length === 2, heard);
    expect(taskOf(rig, "a")).toMatchObject({ recoveryCount: 1, retryCount: 0, requeueCount: 0 });
    expect(agent.of("Ack")).toEqual([{ kind: "Ack", run }]);
    expect(agent.of("Run")[1].run).not.toBe(run);
  });

  test("a run that goes on is neither killed nor given out again", async () => {
    const rig = rigOf();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    await agent.die();
    await until(
      () => nodeOf(rig)?.state === "unknown",
      () => nodeOf(rig)?.state,
    );
    knows(agent, [run]);
    await agent.listen();
    await until(
      () => nodeOf(rig)?.state === "running",
      () => nodeOf(rig)?.state,
    );
    agent.ended({ run });
    await until(
      () => taskOf(rig, "a")?.state === "completed",
      () => taskOf(rig, "a")?.state,
    );
    expect(agent.of("Run")).toHaveLength(1);
    expect(agent.of("Kill")).toEqual([]);
  });

  test("a run that the agent never heard of is given out under its own id", async () => {
    const rig = rigOf();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    await agent.die();
    knows(agent, []);
    await agent.listen();
    await until(() => agent.of("Run").length === 2, heard);
    expect(agent.of("Run").map((each) => each.run)).toEqual([run, run]);
    expect(taskOf(rig, "a")?.recoveryCount).toBe(0);
  });

  test("T-13: a kill that was asked for while it was away is told when it is back", async () => {
    const rig = rigOf();
    await poolUp(rig);
    const run = await taskRunning(rig, "a");
    await agent.die();
    await until(
      () => nodeOf(rig)?.state === "unknown",
      () => nodeOf(rig)?.state,
    );
    await rig.submit({ kind: "TerminateTask", jobId: "j", taskId: "a" });
    knows(agent, [run]);
    await agent.listen();
    await until(() => agent.of("Kill").length === 1, heard);
    agent.ended({ run, cause: "killed" });
    await until(
      () => nodeOf(rig)?.state === "idle",
      () => nodeOf(rig)?.state,
    );
  });

  test("P-100, J-63: a start task whose end nobody saw is begun again, without counting as a failure", async () => {
    const rig = rigOf();
    const startTask = { commandLine: "start", maxTaskRetryCount: 0, waitForSuccess: true };
    await rig.submit({
      kind: "AddPool",
      spec: { id: "p", vmSize: "small", coresPerNode: 2, targetDedicatedNodes: 1, startTask },
    });
    await until(() => agent.of("CreateNode").length === 1, heard);
    agent.tell({ kind: "NodeUp", node: "p.tvm-1", address: "127.1.1.1", boot: 1 });
    await until(() => agent.of("Run").length === 1, heard);
    expect(agent.of("Run")[0].directory).toBe("startup");
    await agent.die();
    knows(agent, [], [endingOf({ run: agent.of("Run")[0].run, cause: "lost" })]);
    await agent.listen();
    await until(() => agent.of("Run").length === 2, heard);
    agent.ended({ run: agent.of("Run")[1].run });
    await until(
      () => nodeOf(rig)?.state === "idle",
      () => nodeOf(rig)?.state,
    );
    expect(agent.of("Run")[1].run).not.toBe(agent.of("Run")[0].run);
  });
});

describe("multi-instance tasks", () => {
  const multiInstance = { numberOfInstances: 2, coordinationCommandLine: "coordinate" };
  const inGroup = { enableInterNodeCommunication: true };
  const opaque = { resourceFiles: [{ httpUrl: "http://a/r" }], commonResourceFiles: [{ httpUrl: "http://a/c" }] };

  async function coordinating(rig: Rig): Promise<void> {
    await poolUp(rig, 2, inGroup);
    await rig.submit({ kind: "AddTask", jobId: "j", id: "m", spec: spec({ commandLine: "apply", multiInstance, opaque }) });
    await until(() => agent.of("Run").length === 2, heard);
  }

  test("T-54, T-59: coordination everywhere, then the application on the primary, then what lingers is ended", async () => {
    const rig = rigOf();
    await coordinating(rig);
    const [primary, second] = agent.of("Run");
    expect([primary.directory, second.directory]).toEqual(["workitems/j/job-1/m", "workitems/j/job-1/m/1"]);
    expect([primary.commandLine, second.commandLine]).toEqual(["coordinate", "coordinate"]);
    expect([primary.resourceFiles.length, second.resourceFiles.length]).toEqual([1, 0]);
    expect([primary.commonResourceFiles, second.commonResourceFiles]).toEqual([
      opaque.commonResourceFiles,
      opaque.commonResourceFiles,
    ]);
    expect(primary.lingers).toBe(true);
    const environment = Object.fromEntries(second.environment);
    expect(environment.AZ_BATCH_IS_CURRENT_NODE_MASTER).toBe("false");
    expect(environment.AZ_BATCH_NODE_LIST.split(";")).toHaveLength(2);
    expect(environment.CCP_NODES).toMatch(/^2 127\.\S+ 2 127\.\S+ 2$/);
    agent.ended({ run: primary.run });
    agent.ended({ run: second.run, node: "p.tvm-2" });
    await until(() => agent.of("Run").length === 3, heard);
    const application = agent.of("Run")[2];
    expect(application).toMatchObject({
      commandLine: "apply",
      directory: primary.directory,
      continues: true,
      node: primary.node,
    });
    agent.ended({ run: application.run, exitCode: 0 });
    await until(() => agent.of("Kill").length === 2, heard);
    expect(taskOf(rig, "m")?.state).toBe("running");
    agent.ended({ run: primary.run, cause: "killed" });
    agent.ended({ run: second.run, cause: "killed" });
    await until(() => agent.of("Ack").length === 3, heard);
    expect(taskOf(rig, "m")).toMatchObject({ state: "completed", exitCode: 0, result: "success" });
  });

  test("T-56: a coordination command that fails ends the task everywhere with its exit code", async () => {
    const rig = rigOf();
    await coordinating(rig);
    const [primary, second] = agent.of("Run");
    agent.ended({ run: second.run, exitCode: 3 });
    await until(() => agent.of("Kill").length === 1, heard);
    agent.ended({ run: primary.run, cause: "killed" });
    await until(
      () => taskOf(rig, "m")?.state === "completed",
      () => taskOf(rig, "m")?.state,
    );
    expect(taskOf(rig, "m")).toMatchObject({ exitCode: 3, result: "failure" });
    expect(agent.of("Run")).toHaveLength(2);
  });

  test("a group is found again by a new server as far as it had come", async () => {
    const rig = rigOf();
    await coordinating(rig);
    const [primary, second] = agent.of("Run");
    agent.ended({ run: primary.run });
    await agent.die();
    knows(agent, [second.run], [endingOf({ run: primary.run })], 2);
    await agent.listen();
    // The first thing that is told after both have said Hello.
    await until(() => agent.of("Usage").length === 2, heard);
    agent.ended({ run: second.run, node: "p.tvm-2" });
    await until(() => agent.of("Run").length === 3, heard);
    expect(agent.of("Run")[2].commandLine).toBe("apply");
    expect(agent.of("Ack")).toEqual([]);
  });

  test("T-13: terminating it ends every instance before the slots are free", async () => {
    const rig = rigOf();
    await coordinating(rig);
    await rig.submit({ kind: "TerminateTask", jobId: "j", taskId: "m" });
    await until(() => agent.of("Kill").length === 2, heard);
    agent.ended({ run: agent.of("Run")[0].run, cause: "killed" });
    expect(rig.service.world.attempts.size).toBe(1);
    agent.ended({ run: agent.of("Run")[1].run, cause: "killed" });
    await until(() => rig.service.world.attempts.size === 0, heard);
  });
});
