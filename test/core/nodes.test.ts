/** The boot sequence, start tasks, silence, sickness, preemption and OS upgrades of nodes (P-80 to P-125). */
import { describe, expect, it } from "vitest";
import { Cluster, MINUTE } from "./cluster.ts";
import { at, boot, inputs, nodeIn, startTask, told } from "./nodeIn.ts";

describe("boot and start task", () => {
  it("P-104: without waitForSuccess tasks flow at once, and go on after a failure", () => {
    const cluster = new Cluster();
    boot(cluster, 3, { ...startTask, waitForSuccess: false });
    expect([cluster.node("tvm-1").state, cluster.take("RunStartTask").length]).toEqual(["idle", 1]);
    cluster.do(inputs.startTask1);
    expect([cluster.node("tvm-1").state, cluster.node("tvm-1").startTaskInfo?.result]).toEqual(["idle", "failure"]);
  });

  it("P-103: nonzero exits are retried as often as allowed, a start task that cannot start is not", () => {
    const cluster = new Cluster();
    boot(cluster, 3, { ...startTask, maxTaskRetryCount: 2 });
    for (let i = 0; i < 2; i++) cluster.do(inputs.startTask1);
    expect([cluster.node("tvm-1").state, cluster.node("tvm-1").startTaskInfo?.retryCount]).toEqual(["waitingforstarttask", 2]);
    cluster.do(inputs.startTask1);
    expect(cluster.node("tvm-1").state).toBe("starttaskfailed");
    expect(cluster.take("RunStartTask")).toHaveLength(3);

    const other = new Cluster();
    boot(other, 3, { ...startTask, maxTaskRetryCount: -1 });
    other.do(
      told("StartTaskEnded", { exitCode: undefined, failure: { category: "UserError", code: "BlobNotFound", message: "m" } }),
    );
    expect([other.node("tvm-1").state, other.node("tvm-1").startTaskInfo?.failure?.message]).toEqual(["starttaskfailed", "m"]);
  });

  it("P-109: a changed start task is seen by nodes that boot later, and runs again on every reboot (P-100)", () => {
    const cluster = nodeIn("idle");
    cluster.ok({ kind: "PatchPool", poolId: "p", startTask });
    expect(cluster.node("tvm-1").startTask).toBeUndefined();
    for (let boots = 0; boots < 2; boots++) {
      cluster.ok(inputs.reboot);
      cluster.serve(["RebootNode"]);
      expect(cluster.take("RunStartTask").map((effect) => effect.startTask)).toEqual([startTask]);
      cluster.do(inputs.startTask0);
    }
    expect(cluster.node("tvm-1").state).toBe("idle");
    cluster.ok({ kind: "ReplacePoolProperties", poolId: "p" });
    expect(cluster.pool().spec.startTask).toBeUndefined();
  });

  it("P-91: a node whose scheduling was disabled while it started comes up offline", () => {
    const cluster = nodeIn("starting");
    cluster.ok(inputs.disable);
    cluster.do(inputs.ready);
    expect(cluster.node("tvm-1").state).toBe("offline");
    cluster.ok(inputs.reboot);
    cluster.serve(["RebootNode"]);
    expect([cluster.node("tvm-1").state, cluster.node("tvm-1").schedulingState]).toEqual(["idle", "enabled"]);
  });
});

describe("silence, sickness, preemption", () => {
  it("P-95: a node that stays silent for the grace is rebooted by the service", () => {
    const cluster = nodeIn("unknown");
    cluster.advance(cluster.world.settings.unknownGraceMs - 1);
    expect(cluster.node("tvm-1").state).toBe("unknown");
    cluster.advance(1);
    expect([cluster.node("tvm-1").state, cluster.take("RebootNode").length]).toEqual(["rebooting", 1]);
  });

  it("row 19: a timer of an earlier silence does not reboot a node that came back and was lost again", () => {
    const cluster = nodeIn("unknown");
    cluster.do(inputs.recovered);
    cluster.advance(MINUTE);
    cluster.do(inputs.lost);
    cluster.advance(cluster.world.settings.unknownGraceMs - 1);
    expect(cluster.node("tvm-1").state).toBe("unknown");
    cluster.advance(1);
    expect(cluster.node("tvm-1").state).toBe("rebooting");
  });

  it.each([
    "creating",
    "starting",
    "waitingforstarttask",
    "starttaskfailed",
    "offline",
    "rebooting",
    "reimaging",
    "unusable",
  ] as const)("row 19: a node lost while %s comes back to where it can go on", (state) => {
    const cluster = nodeIn(state);
    cluster.do(inputs.lost);
    cluster.do(inputs.recovered);
    const coming = ["creating", "starting", "rebooting", "reimaging"].includes(state);
    expect(cluster.node("tvm-1").state).toBe(coming ? "starting" : state);
  });

  it("row 19: a start task that ended during the silence counts when contact is back", () => {
    for (const [end, state] of [
      [inputs.startTask0, "idle"],
      [inputs.startTask1, "starttaskfailed"],
    ] as const) {
      const cluster = nodeIn("waitingforstarttask");
      cluster.do(inputs.lost);
      cluster.do(end);
      cluster.do(inputs.recovered);
      expect(cluster.node("tvm-1").state).toBe(state);
    }
  });

  it("P-94, row 21: unusable without errors is rebooted by the service, with errors it is not", () => {
    const sick = nodeIn("unusable");
    sick.advance(24 * 60 * MINUTE);
    expect([sick.node("tvm-1").state, sick.node("tvm-1").errors.map((error) => error.code)]).toEqual([
      "unusable",
      ["DiskFull"],
    ]);
    const silent = nodeIn("idle");
    silent.do(told("NodeUnusable", { errors: [] }));
    silent.advance(silent.world.settings.unusableRecoveryMs);
    expect(silent.node("tvm-1").state).toBe("rebooting");
  });

  it("P-81, P-82: a preempted node stays counted; its replacement keeps id and allocationTime and boots anew", () => {
    const cluster = nodeIn("idle");
    const { allocationAt } = cluster.node("tvm-1");
    cluster.advance(MINUTE);
    cluster.do(inputs.preempted);
    expect([cluster.pool().lowPriority.current, cluster.pool().allocationState]).toEqual([1, "steady"]);
    expect(cluster.take("ReplaceNode").map((effect) => effect.node.id)).toEqual(["tvm-1"]);
    for (const name of ["allocated", "started", "ready"]) cluster.do(inputs[name]);
    expect([cluster.node("tvm-1").state, cluster.node("tvm-1").allocationAt]).toEqual(["idle", allocationAt]);
  });

  it("P-83: the low-priority target is sought for ever, in steady state too, and dedicated nodes are not", () => {
    const cluster = new Cluster();
    const pool = cluster.addPool({ targetDedicatedNodes: 1, targetLowPriorityNodes: 2 });
    const refuseAll = () => {
      for (const { nodeIds } of cluster.take("AllocateNodes"))
        cluster.do({ kind: "AllocationFailed", poolId: "p", nodeIds, code: "AllocationFailed", message: "none" });
    };
    refuseAll();
    expect(pool.allocationState).toBe("steady");
    for (let tries = 0; tries < 3; tries++) {
      cluster.advance(cluster.world.settings.lowPrioritySeekMs);
      expect(
        cluster.pending.map((effect) =>
          effect.kind === "AllocateNodes" ? [effect.dedicated, effect.nodeIds.length] : effect.kind,
        ),
      ).toEqual([[false, 2]]);
      expect(pool.allocationState).toBe("steady");
      refuseAll();
    }
    cluster.advance(cluster.world.settings.lowPrioritySeekMs);
    cluster.serve();
    cluster.advance(24 * 60 * MINUTE);
    expect([pool.lowPriority.current, pool.dedicated.current, cluster.pending]).toEqual([2, 0, []]);
  });

  it("P-83: a replacement that is refused is asked for again", () => {
    const cluster = nodeIn("preempted");
    cluster.do({ kind: "AllocationFailed", poolId: "p", nodeIds: ["tvm-1"], code: "AllocationFailed", message: "none" });
    cluster.advance(cluster.world.settings.lowPrioritySeekMs);
    expect(cluster.take("ReplaceNode")).toHaveLength(1);
  });

  it("row 16: a dedicated node cannot be preempted", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    cluster.do(inputs.preempted);
    expect(cluster.node("tvm-1").state).toBe("idle");
  });
});

describe("OS upgrade (P-125)", () => {
  it("goes node by node, reimages each, and the new version shows when all are done", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 3, configuration: "cloudService", osVersion: "1" });
    expect(cluster.refused({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "1" })).toBe(
      "PoolVersionEqualsUpgradeVersion",
    );
    cluster.ok({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "2" });
    expect(cluster.refused({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "3" })).toBe("UpgradePoolVersionConflict");
    for (let i = 0; i < 3; i++) {
      expect([pool.state, pool.spec.osVersion, cluster.pending.map((effect) => effect.kind)]).toEqual([
        "upgrading",
        "1",
        ["ReimageNode"],
      ]);
      expect(pool.dedicated.byState.reimaging).toBe(1);
      const [effect] = cluster.take("ReimageNode");
      cluster.do({ kind: "NodeStarted", poolId: "p", nodeId: effect.node.id });
      cluster.do({ kind: "NodeReady", poolId: "p", nodeId: effect.node.id });
    }
    expect([pool.state, pool.spec.osVersion, cluster.pending]).toEqual(["active", "2", []]);
  });

  it("passes over nodes that leave, waits for those that start, and ends with an empty pool at once", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 2, configuration: "cloudService" });
    cluster.ok({ kind: "RebootNode", poolId: "p", nodeId: "tvm-2" });
    cluster.ok({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "2" });
    cluster.serve(["ReimageNode"]);
    expect(pool.state).toBe("upgrading");
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-2"] });
    cluster.serve(["ReleaseNode"]);
    expect(pool.state).toBe("active");
    cluster.pending = [];
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 0 });
    cluster.serve();
    cluster.ok({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "3" });
    expect([pool.state, pool.spec.osVersion]).toEqual(["active", "3"]);
  });

  it("is refused on pools of virtual machines, as is reimaging", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    expect(cluster.refused({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "2" })).toBe("OperationNotValidOnPool");
    expect(cluster.refused({ kind: "ReimageNode", ...at })).toBe("OperationNotValidOnNode");
  });
});
