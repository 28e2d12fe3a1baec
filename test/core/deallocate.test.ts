/** Every deallocation option × what is on the node × why it drains (section 5 of the pool rules, P-55 to P-60, P-121, P-124, J-60). */
import { describe, expect, it } from "vitest";
import type { DeallocationOption, Drain } from "../../runtime/core/node.ts";
import type { Input } from "../../runtime/core/protocol.ts";
import type { Task } from "../../runtime/core/task.ts";
import type { TaskSpec } from "../../runtime/core/taskSpec.ts";
import { Cluster, MINUTE } from "./cluster.ts";

const spec: TaskSpec = {
  commandLine: "run",
  requiredSlots: 1,
  maxTaskRetryCount: 0,
  maxWallClockMs: undefined,
  retentionMs: 10 * MINUTE,
};
const preparation = {
  id: "prep",
  commandLine: "prepare",
  maxTaskRetryCount: 0,
  maxWallClockMs: undefined,
  waitForSuccess: true,
  rerunOnNodeRebootAfterSuccess: true,
};

type Work = "nothing" | "running task" | "preparing task" | "retained data";
type Purpose = Exclude<Drain["purpose"], "upgrade">;

/** One node with the given work on it, and the only node that may run it. */
function nodeWith(work: Work): Cluster {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1, configuration: "cloudService" });
  cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p", ...(work === "preparing task" ? { preparation } : {}) } });
  if (work === "nothing") return cluster;
  cluster.ok({ kind: "AddTask", jobId: "j", id: "t", spec });
  if (work === "retained data") cluster.endTask("j", "t");
  expect(task(cluster).state).toBe(
    { "running task": "running", "preparing task": "preparing", "retained data": "completed" }[work],
  );
  return cluster;
}

const task = (cluster: Cluster): Task => cluster.world.job("j")!.tasks.get("t")!;

const requests: Readonly<Record<Purpose, (option: DeallocationOption) => Input>> = {
  leave: (nodeDeallocationOption) => ({
    kind: "RemoveNodes",
    poolId: "p",
    nodeIds: ["tvm-1"],
    nodeDeallocationOption,
    resizeTimeoutMs: 60 * MINUTE,
  }),
  reboot: (nodeRebootOption) => ({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1", nodeRebootOption }),
  reimage: (nodeReimageOption) => ({ kind: "ReimageNode", poolId: "p", nodeId: "tvm-1", nodeReimageOption }),
  disable: (nodeDisableSchedulingOption) => ({
    kind: "DisableScheduling",
    poolId: "p",
    nodeId: "tvm-1",
    nodeDisableSchedulingOption,
  }),
};
const through: Readonly<Record<Purpose, string>> = {
  leave: "leavingpool",
  reboot: "rebooting",
  reimage: "reimaging",
  disable: "offline",
};
const options: readonly DeallocationOption[] = ["requeue", "terminate", "taskcompletion", "retaineddata"];
const works: readonly Work[] = ["nothing", "running task", "preparing task", "retained data"];
const cells = (Object.keys(requests) as Purpose[]).flatMap((purpose) =>
  options
    .filter((option) => purpose !== "disable" || option !== "retaineddata")
    .flatMap((option) => works.map((work) => [purpose, option, work] as const)),
);

/** What ends the wait of a waiting option: the work itself, then for retained data the retention time. */
function finishWork(cluster: Cluster, work: Work): void {
  cluster.serve(["RunPreparation"]);
  if (work !== "running task" && work !== "preparing task") return;
  cluster.endTask("j", "t");
}

describe("options × work × purpose", () => {
  it.each(cells)("%s with %s and %s", (purpose, option, work) => {
    const cluster = nodeWith(work);
    const node = cluster.node("tvm-1");
    const before = node.state;
    cluster.ok(requests[purpose](option));
    const busy = work === "running task" || work === "preparing task";
    const kills = busy && (option === "requeue" || option === "terminate");
    const waits = (busy && !kills) || (work === "retained data" && option === "retaineddata");

    if (kills) {
      expect([node.state, node.schedulable]).toEqual([before, false]);
      if (option === "terminate")
        expect([task(cluster).state, task(cluster).failure?.code]).toEqual(["completed", "TaskEnded"]);
      cluster.serve(["KillTask", "KillSpecial", "RunPreparation"]);
      const expected = option === "requeue" ? ["active", undefined] : ["completed", "failure"];
      expect([task(cluster).state, task(cluster).result]).toEqual(expected);
      expect([task(cluster).retryCount, task(cluster).requeueCount]).toEqual([0, option === "requeue" ? 1 : 0]);
    } else if (waits) {
      // P-55: it stays idle or running and is not offered to the scheduler; nothing was killed.
      expect([node.state, node.schedulable, cluster.take("KillTask")]).toEqual([before, false, []]);
      finishWork(cluster, work);
      if (busy) expect([task(cluster).state, task(cluster).result]).toEqual(["completed", "success"]);
      if (option === "retaineddata") {
        expect(node.state).toBe("idle");
        cluster.advance(10 * MINUTE - 1);
        expect(node.state).toBe("idle");
        cluster.advance(1);
      }
    }
    expect(node.state).toBe(through[purpose]);
    cluster.serve();
    // What was requeued runs again on the node once that is back.
    const back = busy && option === "requeue" ? "running" : "idle";
    expect(cluster.pool().nodes.get("tvm-1")?.state).toBe(
      { leave: undefined, reboot: back, reimage: back, disable: "offline" }[purpose],
    );
  });
});

describe("in the middle of a drain", () => {
  it("P-121: what was requeued may run again on this node once scheduling is enabled again", () => {
    const cluster = nodeWith("running task");
    cluster.ok(requests.disable("requeue"));
    cluster.serve();
    expect([cluster.node("tvm-1").state, task(cluster).state]).toEqual(["offline", "active"]);
    cluster.ok({ kind: "EnableScheduling", poolId: "p", nodeId: "tvm-1" });
    expect([cluster.node("tvm-1").state, task(cluster).state]).toEqual(["running", "running"]);
  });

  it("enabling scheduling in the middle of a disable that waits gives the node back", () => {
    const cluster = nodeWith("running task");
    cluster.ok(requests.disable("taskcompletion"));
    cluster.ok({ kind: "EnableScheduling", poolId: "p", nodeId: "tvm-1" });
    expect([cluster.node("tvm-1").drain, cluster.node("tvm-1").schedulable]).toEqual([undefined, true]);
  });

  it("P-39: a drain that outlives the resize timeout is given up, the node takes work again, the error names removal", () => {
    const cluster = nodeWith("running task");
    cluster.ok(requests.leave("taskcompletion"));
    cluster.advance(60 * MINUTE);
    const pool = cluster.pool();
    expect([pool.allocationState, pool.resizeErrors[0].code, cluster.node("tvm-1").schedulable]).toEqual([
      "steady",
      "AllocationTimedout",
      true,
    ]);
    expect(pool.resizeErrors[0].message).toContain("removed");
  });

  it("P-57: with infinite retention only deleting the task ends the wait", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
    cluster.ok({ kind: "AddTask", jobId: "j", id: "t", spec: { ...spec, retentionMs: Number.POSITIVE_INFINITY } });
    cluster.endTask("j", "t");
    cluster.ok({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1", nodeRebootOption: "retaineddata" });
    cluster.advance(10_000 * MINUTE);
    expect(cluster.node("tvm-1").state).toBe("idle");
    cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "t" });
    expect(cluster.node("tvm-1").state).toBe("rebooting");
  });

  it("P-70: a new target during a drain that waits is held until the drain is over, then takes effect", () => {
    const cluster = new Cluster();
    const formula = `$NodeDeallocationOption = taskcompletion; $TargetDedicatedNodes = time() < time("2026-01-01T00:05:00Z") ? 2 : (time() < time("2026-01-01T00:10:00Z") ? 0 : 3);`;
    cluster.addPool({ enableAutoScale: true, autoScaleFormula: formula, autoScaleEvaluationIntervalMs: 5 * MINUTE });
    cluster.serve();
    cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
    cluster.ok({ kind: "AddTask", jobId: "j", id: "t", spec });
    cluster.advance(10 * MINUTE);
    const pool = cluster.pool();
    expect(pool.autoScaleRuns.map((record) => record.outcome)).toEqual(["resize", "resize", "held"]);
    expect([pool.dedicated.target, pool.heldTargets?.dedicated]).toEqual([0, 3]);
    cluster.serve(["ReleaseNode"]);
    cluster.endTask("j", "t");
    cluster.serve();
    expect([pool.dedicated.target, pool.dedicated.current, pool.heldTargets]).toEqual([3, 3, undefined]);
  });

  it("deleting the pool turns every drain into a requeue that leaves (P-20)", () => {
    const cluster = nodeWith("running task");
    cluster.ok(requests.reboot("taskcompletion"));
    cluster.ok({ kind: "DeletePool", poolId: "p" });
    cluster.serve();
    expect([cluster.world.pools.size, task(cluster).state, task(cluster).requeueCount]).toEqual([0, "active", 1]);
  });

  it("P-95: a silent node that drains ends its work by recovery when the grace is over, and goes its way", () => {
    const cluster = nodeWith("running task");
    cluster.ok(requests.leave("taskcompletion"));
    cluster.do({ kind: "NodeLost", poolId: "p", nodeId: "tvm-1" });
    cluster.advance(cluster.world.settings.unknownGraceMs);
    expect([cluster.node("tvm-1").state, task(cluster).state, task(cluster).recoveryCount]).toEqual([
      "leavingpool",
      "active",
      1,
    ]);
  });

  it("removing a silent node with requeue does not wait for reports that cannot come", () => {
    const cluster = nodeWith("running task");
    cluster.do({ kind: "NodeLost", poolId: "p", nodeId: "tvm-1" });
    cluster.ok(requests.leave("requeue"));
    expect([cluster.node("tvm-1").state, task(cluster).state]).toEqual(["leavingpool", "active"]);
  });

  it("P-46, P-53: of two nodes the one with a job manager stays", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 2 });
    cluster.ok({
      kind: "AddJob",
      spec: {
        id: "m",
        poolId: "p",
        jobManager: { ...spec, id: "manager", killJobOnCompletion: true, runExclusive: true, allowLowPriorityNode: false },
      },
    });
    cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
    cluster.ok({ kind: "AddTask", jobId: "j", id: "t", spec });
    const managers = [...cluster.pool().nodes.values()].filter((node) => node.managers === 1);
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 1 });
    cluster.serve();
    expect([...cluster.pool().nodes.values()]).toEqual(managers);
  });
});
