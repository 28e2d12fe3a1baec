/** Resizes: how they start, end short, are stopped, time out, and who may ask for them (P-16, P-20, P-30 to P-40, P-49, P-141, L-10, L-13). */
import { describe, expect, it } from "vitest";
import { eventRow } from "../../runtime/core/eventFields.ts";
import { Cluster, MINUTE } from "./cluster.ts";

const codes = (cluster: Cluster, id = "p") => cluster.pool(id).resizeErrors.map((error) => error.code);

describe("growing", () => {
  it("P-16, P-35: a new pool resizes at once, nodes come one by one, and it is steady when all are there", () => {
    const cluster = new Cluster();
    const pool = cluster.addPool({ targetDedicatedNodes: 2 });
    expect(pool.allocationState).toBe("resizing");
    const [{ nodeIds }] = cluster.take("AllocateNodes");
    expect(nodeIds).toEqual(["tvm-1", "tvm-2"]);
    cluster.do({ kind: "NodeAllocated", poolId: "P", nodeId: "TVM-1" });
    expect([pool.allocationState, pool.dedicated.current, cluster.node("tvm-1").state]).toEqual(["resizing", 1, "creating"]);
    cluster.do({ kind: "NodeStarted", poolId: "p", nodeId: "tvm-1" });
    cluster.do({ kind: "NodeReady", poolId: "p", nodeId: "tvm-1" });
    expect(cluster.node("tvm-1").schedulable).toBe(true);
    cluster.do({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-2" });
    expect([pool.allocationState, pool.dedicated.current, codes(cluster)]).toEqual(["steady", 2, []]);
  });

  it("P-37: a pool of zero nodes is steady and never resizes", () => {
    const cluster = new Cluster();
    expect(cluster.addPool({ targetDedicatedNodes: 0 }).allocationState).toBe("steady");
    expect(cluster.pending).toEqual([]);
  });

  it("P-36: a partial refusal keeps what came, reports AllocationFailed and is not retried", () => {
    const cluster = new Cluster();
    const pool = cluster.addPool({ targetDedicatedNodes: 3 });
    cluster.take("AllocateNodes");
    cluster.do({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-2" });
    cluster.do({
      kind: "AllocationFailed",
      poolId: "p",
      nodeIds: ["tvm-1", "tvm-3"],
      code: "AllocationFailed",
      message: "no capacity",
    });
    expect([pool.allocationState, pool.dedicated.current, pool.dedicated.target, codes(cluster)]).toEqual([
      "steady",
      1,
      3,
      ["AllocationFailed"],
    ]);
    expect(pool.resizeErrors[0].values).toEqual([{ name: "nodes", value: "2" }]);
    cluster.advance(24 * 60 * MINUTE);
    expect(cluster.pending).toEqual([]);
  });

  it.each([
    ["AccountCoreQuotaReached", "AccountCoreQuotaReached"],
    ["CommunicationEnabledPoolReachedMaxVMCount", "CommunicationEnabledPoolReachedMaxVMCount"],
    ["Unknown", "Unknown"],
    ["constructor", "AllocationFailed"],
  ])("a provider's code %s becomes the resize error %s", (told, code) => {
    const cluster = new Cluster();
    cluster.addPool({ targetDedicatedNodes: 1 });
    cluster.take("AllocateNodes");
    cluster.do({ kind: "AllocationFailed", poolId: "p", nodeIds: ["tvm-1"], code: told, message: "m" });
    expect(codes(cluster)).toEqual([code]);
  });

  it("L-10, L-13: the quota counts cores over all pools, requested nodes included, and gives partial allocation", () => {
    const cluster = new Cluster({ quotas: { dedicatedCores: 10, lowPriorityCores: 4 } });
    cluster.addPool({ id: "a", coresPerNode: 2, targetDedicatedNodes: 3 });
    const b = cluster.addPool({ id: "b", coresPerNode: 2, targetDedicatedNodes: 4, targetLowPriorityNodes: 3 });
    expect(cluster.take("AllocateNodes").map((effect) => [effect.pool.id, effect.dedicated, effect.nodeIds.length])).toEqual([
      ["a", true, 3],
      ["b", true, 2],
      ["b", false, 2],
    ]);
    for (const nodeId of ["tvm-1", "tvm-2", "tvm-3", "tvm-4"]) cluster.do({ kind: "NodeAllocated", poolId: "b", nodeId });
    expect([b.allocationState, codes(cluster, "b")]).toEqual([
      "steady",
      ["AccountCoreQuotaReached", "AccountLowPriorityCoreQuotaReached"],
    ]);
    expect([cluster.world.dedicatedCores, cluster.world.lowPriorityCores]).toEqual([10, 4]);
  });

  it("L-13: cores come back when the record is gone, not before", () => {
    const cluster = new Cluster({ quotas: { dedicatedCores: 2 } });
    cluster.readyPool({ targetDedicatedNodes: 2 });
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 0 });
    expect(cluster.world.dedicatedCores).toBe(2);
    cluster.serve();
    expect(cluster.world.dedicatedCores).toBe(0);
  });

  it("L-05: quotas can be set; a lower one takes nothing away, a higher one lets the next resize go on", () => {
    const cluster = new Cluster({ quotas: { dedicatedCores: 2 } });
    const pool = cluster.readyPool({ targetDedicatedNodes: 3 });
    cluster.ok({ kind: "SetQuotas", quotas: { dedicatedCores: 1 } });
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 3 });
    expect([pool.dedicated.current, codes(cluster)]).toEqual([2, ["AccountCoreQuotaReached"]]);
    cluster.ok({ kind: "SetQuotas", quotas: { dedicatedCores: Number.POSITIVE_INFINITY } });
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 3 });
    cluster.serve();
    expect([pool.dedicated.current, codes(cluster)]).toEqual([3, []]);
    for (const cores of [-1, 0.5, Number.NaN, "9"]) {
      expect(cluster.refused({ kind: "SetQuotas", quotas: { dedicatedCores: cores as number } })).toBe("InvalidPropertyValue");
    }
  });

  it("P-40: start and completion tell counts, targets, option (invalid on growth), by whom, and result", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 2 });
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 1, nodeDeallocationOption: "terminate" });
    cluster.serve();
    const rows = cluster.events
      .filter((event) => event.kind === "ResizeStarted" || event.kind === "ResizeCompleted")
      .map(eventRow);
    expect(rows[0]).toMatchObject({ by: "create", option: "invalid", beforeDedicated: 0, targetDedicated: 2 });
    expect(rows[3]).toMatchObject({
      by: "manual",
      option: "terminate",
      beforeDedicated: 2,
      targetDedicated: 1,
      currentDedicated: 1,
      startedAt: cluster.now,
    });
  });

  it("P-141: a pool with inter-node communication stops at the cap, counted over both kinds", () => {
    const cluster = new Cluster({ settings: { interNodeNodesMax: 3 } });
    cluster.readyPool({ targetDedicatedNodes: 2, targetLowPriorityNodes: 2, enableInterNodeCommunication: true });
    expect([cluster.pool().dedicated.current, cluster.pool().lowPriority.current]).toEqual([2, 1]);
    expect(codes(cluster)).toEqual(["CommunicationEnabledPoolReachedMaxVMCount"]);
  });
});

describe("ending short", () => {
  it("P-12, P-36: after the resize timeout it is steady with AllocationTimedout; late machines are given back", () => {
    const cluster = new Cluster();
    const pool = cluster.addPool({ targetDedicatedNodes: 2, resizeTimeoutMs: 5 * MINUTE });
    cluster.take("AllocateNodes");
    cluster.do({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-1" });
    cluster.advance(5 * MINUTE - 1);
    expect(pool.allocationState).toBe("resizing");
    cluster.advance(1);
    expect([pool.allocationState, codes(cluster), pool.dedicated.current, pool.dedicated.target]).toEqual([
      "steady",
      ["AllocationTimedout"],
      1,
      2,
    ]);
    expect(cluster.take("CancelAllocation")[0].nodeIds).toEqual(["tvm-2"]);
    cluster.do({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-2" });
    expect(cluster.pending.map((effect) => effect.kind)).toEqual(["ReleaseNode"]);
    expect([pool.dedicated.current, cluster.world.dedicatedCores]).toEqual([1, 2]);
    cluster.serve();
    expect(cluster.world.dedicatedCores).toBe(1);
  });

  it("P-30, section 3: stop keeps count and target and leaves ResizeStopped; stopping while steady is 409", () => {
    const cluster = new Cluster();
    const pool = cluster.addPool({ targetDedicatedNodes: 2 });
    cluster.take("AllocateNodes");
    cluster.do({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-1" });
    cluster.ok({ kind: "StopResize", poolId: "p" });
    expect([pool.allocationState, codes(cluster), pool.dedicated.current, pool.dedicated.target]).toEqual([
      "steady",
      ["ResizeStopped"],
      1,
      2,
    ]);
    expect(cluster.refused({ kind: "StopResize", poolId: "p" })).toBe("OperationInvalidForCurrentState");
  });

  it("section 3: a resize is stopping for as long as nodes are on their way out", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 2 });
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 1 });
    cluster.ok({ kind: "StopResize", poolId: "p" });
    expect(pool.allocationState).toBe("stopping");
    expect(cluster.refused({ kind: "StopResize", poolId: "p" })).toBe("OperationInvalidForCurrentState");
    cluster.serve();
    expect([pool.allocationState, pool.dedicated.current, codes(cluster)]).toEqual(["steady", 1, ["ResizeStopped"]]);
  });

  it("RemoveNodesFailed: the node stays unusable and is the first to go next time", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 3 });
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-1"] });
    cluster.take("ReleaseNode");
    cluster.do({ kind: "RemovalFailed", poolId: "p", nodeId: "tvm-1", message: "stuck" });
    expect([pool.allocationState, codes(cluster), cluster.node("tvm-1").state]).toEqual([
      "steady",
      ["RemoveNodesFailed"],
      "unusable",
    ]);
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 2 });
    expect(cluster.take("ReleaseNode").map((effect) => effect.nodeId)).toEqual(["tvm-1"]);
  });

  it("P-33: the next resize clears the errors of the last", () => {
    const cluster = new Cluster();
    cluster.addPool({ targetDedicatedNodes: 1 });
    cluster.ok({ kind: "StopResize", poolId: "p" });
    expect(codes(cluster)).toEqual(["ResizeStopped"]);
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 2 });
    expect(codes(cluster)).toEqual([]);
  });
});

describe("who may resize", () => {
  it("P-30: a second resize never replaces a running one", () => {
    const cluster = new Cluster();
    cluster.addPool({ targetDedicatedNodes: 1 });
    expect(cluster.refused({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 5 })).toBe("PoolBeingResized");
    expect(cluster.refused({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-1"] })).toBe("PoolBeingResized");
  });

  it("P-38: at least one target; an omitted one keeps its present value", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 1, targetLowPriorityNodes: 1 });
    expect(cluster.refused({ kind: "ResizePool", poolId: "p" })).toBe("MissingRequiredProperty");
    cluster.ok({ kind: "ResizePool", poolId: "p", targetLowPriorityNodes: 3 });
    expect([pool.dedicated.target, pool.lowPriority.target]).toEqual([1, 3]);
  });

  it.each([
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 31,
    "7",
    null,
    {},
  ] as unknown[])("target %s is refused with InvalidPropertyValue", (target) => {
    const cluster = new Cluster();
    cluster.readyPool();
    expect(cluster.refused({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: target as number })).toBe(
      "InvalidPropertyValue",
    );
  });

  it.each([
    [5 * MINUTE - 1, "InvalidPropertyValue"],
    [5 * MINUTE, undefined],
    [Number.POSITIVE_INFINITY, "InvalidPropertyValue"],
  ])("P-12: a resize timeout of %s ms answers %s", (resizeTimeoutMs, code) => {
    const cluster = new Cluster();
    cluster.readyPool();
    expect(cluster.refused({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 1, resizeTimeoutMs })).toBe(code);
  });

  it.each(["__proto__", "constructor", "", "x".repeat(8192), "p\u0000"])("a pool id like %j is PoolNotFound", (poolId) => {
    const cluster = new Cluster();
    cluster.readyPool();
    expect(cluster.refused({ kind: "ResizePool", poolId, targetDedicatedNodes: 1 })).toBe("PoolNotFound");
  });
});

describe("remove nodes (P-49)", () => {
  it("names leave, targets drop, nothing is replaced", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 3, targetLowPriorityNodes: 1 });
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-2", "TVM-4", "tvm-2"] });
    expect(pool.allocationState).toBe("resizing");
    cluster.serve();
    expect([...pool.nodes.keys()]).toEqual(["tvm-1", "tvm-3"]);
    expect([pool.dedicated.target, pool.lowPriority.target, pool.allocationState]).toEqual([2, 0, "steady"]);
  });

  it("an unknown id is NodeNotFound, none and 101 ids are refused, and nothing leaves", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 1 });
    expect(cluster.refused({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-1", "tvm-9"] })).toBe("NodeNotFound");
    expect(cluster.refused({ kind: "RemoveNodes", poolId: "p", nodeIds: [] })).toBe("InvalidPropertyValue");
    const many = Array.from({ length: 101 }, (_, i) => `tvm-${i}`);
    expect(cluster.refused({ kind: "RemoveNodes", poolId: "p", nodeIds: many })).toBe("InvalidPropertyValue");
    expect(cluster.refused({ kind: "RemoveNodes", poolId: "p", nodeIds: undefined as never })).toBe("MissingRequiredProperty");
    expect(pool.dedicated.current).toBe(1);
  });

  it("in a pool that has more nodes than its target, those count as removed first", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 3 });
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 2 });
    const [{ nodeId }] = cluster.take("ReleaseNode");
    cluster.do({ kind: "RemovalFailed", poolId: "p", nodeId, message: "stuck" });
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-1"] });
    cluster.serve();
    expect([pool.dedicated.target, pool.dedicated.current, pool.allocationState]).toEqual([2, 2, "steady"]);
  });

  it("P-50: places are reused lowest first, ids are not", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 4 });
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-3", "tvm-1"] });
    cluster.serve();
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 4 });
    cluster.serve();
    expect([...pool.nodes.values()].map((node) => [node.id, node.place])).toEqual([
      ["tvm-2", 1],
      ["tvm-4", 3],
      ["tvm-5", 0],
      ["tvm-6", 2],
    ]);
  });
});

describe("deleting a pool (P-20, P-21, P-22)", () => {
  it("stops a running resize, shrinks to nothing, and the record goes with the last node", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 2 });
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 4 });
    cluster.ok({ kind: "DeletePool", poolId: "p" });
    expect([pool.state, pool.allocationState]).toEqual(["deleting", "resizing"]);
    expect(cluster.refused({ kind: "DeletePool", poolId: "p" })).toBe("PoolBeingDeleted");
    expect(cluster.refused({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 1 })).toBe("PoolBeingDeleted");
    cluster.serve(["ReleaseNode"]);
    expect(cluster.world.pool("p")).toBe(pool);
    cluster.serve(["CancelAllocation"]);
    expect([cluster.world.pool("p"), pool.gone, cluster.world.dedicatedCores]).toEqual([undefined, true, 0]);
    expect(cluster.refused({ kind: "DeletePool", poolId: "p" })).toBe("PoolNotFound");
  });

  it("an empty pool goes at once, and its id can be used again", () => {
    const cluster = new Cluster();
    cluster.readyPool();
    cluster.ok({ kind: "DeletePool", poolId: "p" });
    expect(cluster.world.pools.size).toBe(0);
    cluster.addPool();
  });

  it("a node that cannot be released is tried again until it goes", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    cluster.ok({ kind: "DeletePool", poolId: "p" });
    cluster.take("ReleaseNode");
    cluster.do({ kind: "RemovalFailed", poolId: "p", nodeId: "tvm-1", message: "stuck" });
    cluster.advance(cluster.world.settings.unusableRecoveryMs);
    cluster.serve();
    expect(cluster.world.pools.size).toBe(0);
  });
});
