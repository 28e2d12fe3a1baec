/** Nodes: every state × every report and command, the boot sequence, start tasks, silence and preemption (rows 1 to 22, P-80 to P-125). */
import { describe, expect, it } from "vitest";
import type { NodeState, StartTaskSpec } from "../../runtime/core/node.ts";
import type { Input } from "../../runtime/core/protocol.ts";
import { Cluster, MINUTE } from "./cluster.ts";

const startTask: StartTaskSpec = { commandLine: "prepare", maxTaskRetryCount: 0, waitForSuccess: true };
const at = { poolId: "p", nodeId: "tvm-1" };
const told = (kind: string, more: object = {}) => ({ kind, ...at, ...more }) as Input;

/** How to bring the one low-priority node of a fresh cloud services pool into each state in which nothing runs on it. */
const roads: Partial<Record<NodeState, (cluster: Cluster) => void>> = {
  creating: (cluster) => boot(cluster, 1),
  starting: (cluster) => boot(cluster, 2),
  waitingforstarttask: (cluster) => boot(cluster, 3, startTask),
  starttaskfailed: (cluster) => {
    boot(cluster, 3, startTask);
    cluster.do(told("StartTaskEnded", { exitCode: 1 }));
  },
  idle: (cluster) => boot(cluster, 3),
  running: (cluster) => {
    boot(cluster, 3);
    cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
    cluster.ok({ kind: "AddTask", jobId: "j", id: "t", spec: { commandLine: "run", requiredSlots: 1, maxTaskRetryCount: 0, maxWallClockMs: undefined, retentionMs: undefined } });
  },
  offline: (cluster) => {
    boot(cluster, 3);
    cluster.ok(told("DisableScheduling"));
  },
  rebooting: (cluster) => {
    boot(cluster, 3);
    cluster.ok(told("RebootNode"));
  },
  reimaging: (cluster) => {
    boot(cluster, 3);
    cluster.ok(told("ReimageNode"));
  },
  leavingpool: (cluster) => {
    boot(cluster, 3);
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-1"] });
  },
  preempted: (cluster) => {
    boot(cluster, 3);
    cluster.do(told("NodePreempted"));
  },
  unusable: (cluster) => {
    boot(cluster, 3);
    cluster.do(told("NodeUnusable", { errors: [{ code: "DiskFull", message: "no room" }] }));
  },
  unknown: (cluster) => {
    boot(cluster, 3);
    cluster.do(told("NodeLost"));
  },
};

function boot(cluster: Cluster, steps: number, task?: StartTaskSpec): void {
  cluster.addPool({ targetDedicatedNodes: 0, targetLowPriorityNodes: 1, configuration: "cloudService", ...(task === undefined ? {} : { startTask: task }) });
  for (const kind of ["NodeAllocated", "NodeStarted", "NodeReady"].slice(0, steps)) cluster.do(told(kind));
}

function nodeIn(state: NodeState): Cluster {
  const cluster = new Cluster();
  roads[state]!(cluster);
  expect(cluster.node("tvm-1").state).toBe(state);
  cluster.pending = [];
  return cluster;
}

const inputs: Readonly<Record<string, Input>> = {
  allocated: told("NodeAllocated"),
  started: told("NodeStarted"),
  ready: told("NodeReady"),
  bootFailed: told("NodeBootFailed", { errors: [{ code: "ApplicationPackageError", message: "m" }] }),
  startTask0: told("StartTaskEnded", { exitCode: 0 }),
  startTask1: told("StartTaskEnded", { exitCode: 1 }),
  preempted: told("NodePreempted"),
  lost: told("NodeLost"),
  recovered: told("NodeRecovered"),
  unusable: told("NodeUnusable", { errors: [{ code: "DiskFull", message: "m" }] }),
  released: told("NodeReleased"),
  removalFailed: told("RemovalFailed", { message: "m" }),
  reboot: told("RebootNode"),
  reimage: told("ReimageNode"),
  disable: told("DisableScheduling"),
  enable: told("EnableScheduling"),
};

const S = "stale";
const SAME = "NodeAlreadyInTargetSchedulingState";
/** What each input does in each state: the state after it, `stale`, `gone`, or the code it is refused with. */
const expected: Readonly<Record<string, readonly string[]>> = {
  //                     allocated  started    ready       bootFailed  startTask0 startTask1         preempted    lost       recovered  unusable    released removalFailed reboot              reimage              disable                enable
  creating:            [S,         "starting", S,          S,          S,         S,                 "preempted", "unknown", S,         S,          "gone",  S,            "NodeBeingCreated",  "NodeBeingCreated",   "creating",            SAME],
  starting:            [S,         S,          "idle",     "unusable", S,         S,                 "preempted", "unknown", S,         "unusable", "gone",  S,            "NodeBeingStarted",  "NodeBeingStarted",   "starting",            SAME],
  waitingforstarttask: [S,         S,          S,          S,          "idle",    "starttaskfailed", "preempted", "unknown", S,         "unusable", "gone",  S,            "NodeBeingStarted",  "NodeBeingStarted",   "waitingforstarttask", SAME],
  starttaskfailed:     [S,         S,          S,          S,          S,         S,                 "preempted", "unknown", S,         "unusable", "gone",  S,            "rebooting",         "reimaging",          "starttaskfailed",     SAME],
  idle:                [S,         S,          S,          S,          S,         S,                 "preempted", "unknown", S,         "unusable", "gone",  S,            "rebooting",         "reimaging",          "offline",             SAME],
  running:             [S,         S,          S,          S,          S,         S,                 "preempted", "unknown", S,         "unusable", "gone",  S,            "running",           "running",            "running",             SAME],
  offline:             [S,         S,          S,          S,          S,         S,                 "preempted", "unknown", S,         "unusable", "gone",  S,            "rebooting",         "reimaging",          SAME,                  "idle"],
  rebooting:           [S,         "starting", S,          S,          S,         S,                 "preempted", "unknown", S,         S,          "gone",  S,            "NodeBeingRebooted", "NodeBeingRebooted",  "rebooting",           SAME],
  reimaging:           [S,         "starting", S,          S,          S,         S,                 "preempted", "unknown", S,         S,          "gone",  S,            "NodeBeingReimaged", "NodeBeingReimaged",  "reimaging",           SAME],
  leavingpool:         [S,         S,          S,          S,          S,         S,                 S,           S,         S,         S,          "gone",  "unusable",   "OperationInvalidForCurrentState", "OperationInvalidForCurrentState", "leavingpool", SAME],
  preempted:           ["creating", S,         S,          S,          S,         S,                 S,           S,         S,         S,          "gone",  S,            "NodeStateUnusable", "NodeStateUnusable",  "preempted",           SAME],
  unusable:            [S,         S,          S,          S,          S,         S,                 "preempted", "unknown", S,         S,          "gone",  S,            "rebooting",         "reimaging",          "unusable",            SAME],
  unknown:             [S,         S,          S,          S,          S,         S,                 "preempted", S,         "idle",    S,          "gone",  S,            "NodeStateUnusable", "NodeStateUnusable",  "unknown",             SAME],
};

describe("every state × every report and command", () => {
  const cells = Object.entries(expected).flatMap(([state, row]) => Object.keys(inputs).map((name, i) => [state, name, row[i]] as const));
  it.each(cells)("%s, %s: %s", (state, name, outcome) => {
    const cluster = nodeIn(state as NodeState);
    const result = cluster.do(inputs[name]);
    const node = cluster.pool().nodes.get("tvm-1");
    const now = result.refusal?.code ?? (result.events.some((event) => event.kind === "StaleReport") ? "stale" : (node?.state ?? "gone"));
    expect(now).toBe(outcome);
    if (outcome === "stale") expect(result.events.length + result.effects.length).toBe(1);
  });

  it("has a row for every state that can be entered and a cell for every input", () => {
    expect(Object.keys(expected).sort()).toEqual(Object.keys(roads).sort());
    expect(new Set(Object.values(expected).map((row) => row.length))).toEqual(new Set([Object.keys(inputs).length]));
  });

  it("a report about an unknown pool or node is recorded as stale and nothing else", () => {
    const cluster = nodeIn("idle");
    for (const ids of [{ poolId: "q" }, { nodeId: "tvm-2" }, { nodeId: "__proto__" }, { nodeId: "x".repeat(8192) }]) {
      const { events, effects } = cluster.do({ ...inputs.lost, ...ids } as Input);
      expect([events.map((event) => event.kind), effects]).toEqual([["StaleReport"], []]);
    }
  });
});

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
    other.do(told("StartTaskEnded", { exitCode: undefined, failure: { category: "UserError", code: "BlobNotFound", message: "m" } }));
    expect([other.node("tvm-1").state, other.node("tvm-1").startTaskInfo?.failure]).toEqual(["starttaskfailed", "m"]);
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

  it.each(["creating", "starting", "waitingforstarttask", "starttaskfailed", "offline", "rebooting", "reimaging", "unusable"] as const)(
    "row 19: a node lost while %s comes back to where it can go on",
    (state) => {
      const cluster = nodeIn(state);
      cluster.do(inputs.lost);
      cluster.do(inputs.recovered);
      const coming = ["creating", "starting", "rebooting", "reimaging"].includes(state);
      expect(cluster.node("tvm-1").state).toBe(coming ? "starting" : state);
    },
  );

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
    expect([sick.node("tvm-1").state, sick.node("tvm-1").errors.map((error) => error.code)]).toEqual(["unusable", ["DiskFull"]]);
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
      for (const { nodeIds } of cluster.take("AllocateNodes")) cluster.do({ kind: "AllocationFailed", poolId: "p", nodeIds, code: "AllocationFailed", message: "none" });
    };
    refuseAll();
    expect(pool.allocationState).toBe("steady");
    for (let tries = 0; tries < 3; tries++) {
      cluster.advance(cluster.world.settings.lowPrioritySeekMs);
      expect(cluster.pending.map((effect) => (effect.kind === "AllocateNodes" ? [effect.dedicated, effect.nodeIds.length] : effect.kind))).toEqual([[false, 2]]);
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
    expect(cluster.refused({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "1" })).toBe("PoolVersionEqualsUpgradeVersion");
    cluster.ok({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "2" });
    expect(cluster.refused({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "3" })).toBe("UpgradePoolVersionConflict");
    for (let i = 0; i < 3; i++) {
      expect([pool.state, pool.spec.osVersion, cluster.pending.map((effect) => effect.kind)]).toEqual(["upgrading", "1", ["ReimageNode"]]);
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
