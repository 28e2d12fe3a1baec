/** Why is data: why a pool has these nodes, why it does not grow or shrink, why a node takes no tasks. */
import { expect, it } from "vitest";
import { explainNode, explainPool } from "../../runtime/core/explain/pools.ts";
import { Cluster, MINUTE } from "./cluster.ts";

const codes = (cluster: Cluster) => explainPool(cluster.world, cluster.pool()).map((reason) => reason.code);

it("a pool on target says whose target it is", () => {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1 });
  expect(codes(cluster)).toEqual(["target-by-request", "on-target"]);
});

it("a pool that waits for nodes, or whose nodes come up or are unfit, says how many", () => {
  const cluster = new Cluster();
  cluster.addPool({ targetDedicatedNodes: 3 });
  expect(explainPool(cluster.world, cluster.pool())[1]).toMatchObject({ code: "nodes-requested", values: { nodes: 3 } });
  for (const nodeId of ["tvm-1", "tvm-2"]) cluster.do({ kind: "NodeAllocated", poolId: "p", nodeId });
  cluster.do({ kind: "NodeLost", poolId: "p", nodeId: "tvm-1" });
  expect(codes(cluster)).toEqual(["target-by-request", "nodes-requested", "not-usable-yet", "not-usable"]);
});

it("quota, and the stale resize error that an unchanged target does not retry (6.17)", () => {
  const cluster = new Cluster({ quotas: { dedicatedCores: 2 } });
  cluster.addPool({ enableAutoScale: true, autoScaleFormula: "$TargetDedicatedNodes = 5;" });
  cluster.serve();
  const reasons = explainPool(cluster.world, cluster.pool());
  expect(reasons.map((reason) => reason.code)).toEqual(["target-by-formula", "quota", "stale-resize-error"]);
  expect(reasons[1].values).toEqual({ kind: "dedicated", missing: 3, allowed: 0 });
  expect(reasons[2].text).toContain("an evaluation with the same targets does not retry");
});

it("a failed evaluation, low-priority nodes that are sought, nodes that leave, deletion", () => {
  const cluster = new Cluster();
  cluster.addPool({
    enableAutoScale: true,
    autoScaleFormula: "$TargetDedicatedNodes = $CPUPercent.GetSample(1 * TimeInterval_Hour, 99);",
  });
  expect(codes(cluster)[0]).toBe("evaluation-failed");
  cluster.advance(MINUTE);
  cluster.ok({ kind: "DisableAutoScale", poolId: "p" });
  cluster.ok({ kind: "ResizePool", poolId: "p", targetLowPriorityNodes: 1 });
  cluster.take("AllocateNodes");
  cluster.do({ kind: "AllocationFailed", poolId: "p", nodeIds: ["tvm-1"], code: "AllocationFailed", message: "none" });
  expect(codes(cluster)).toContain("seeks-low-priority");
  cluster.advance(cluster.world.settings.lowPrioritySeekMs);
  cluster.serve();
  cluster.ok({ kind: "DeletePool", poolId: "p" });
  expect(codes(cluster)).toEqual(["being-deleted", "nodes-leaving"]);
});

it("a node says why it takes no tasks", () => {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 4 });
  cluster.ok({ kind: "DisableScheduling", poolId: "p", nodeId: "tvm-2" });
  cluster.do({ kind: "NodeUnusable", poolId: "p", nodeId: "tvm-3", errors: [{ code: "DiskFull", message: "no room" }] });
  cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 3 });
  expect([1, 2, 3, 4].map((i) => explainNode(cluster.node(`tvm-${i}`))?.code)).toEqual([
    undefined,
    "scheduling-disabled",
    "drains-to-leave",
    undefined,
  ]);
  expect(explainNode(cluster.node("tvm-3"))?.text).toContain("it is broken or not usable yet");
});
