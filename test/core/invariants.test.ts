/** Every invariant is proven by a planted bug: a world that is right is broken by hand in just that way, and the check has to see it. */
import { describe, expect, it } from "vitest";
import { brokenCheaply, brokenInvariants } from "../../runtime/core/invariants.ts";
import { poolInvariants, reservedCores } from "../../runtime/core/invariants/pools.ts";
import type { ComputeNode } from "../../runtime/core/node.ts";
import type { Pool } from "../../runtime/core/pool.ts";
import { Cluster } from "./cluster.ts";

type Bug = (pool: Pool, node: ComputeNode, cluster: Cluster) => void;
const mutable = <T>(value: T) => value as { -readonly [Key in keyof T]: T[Key] };

const bugs: Readonly<Record<string, Bug>> = {
  counts: (pool) => pool.dedicated.byState.idle++,
  "resize and allocation state agree": (pool) => (pool.allocationState = "resizing"),
  "a resize has a timer that can end it": (_pool, _node, cluster) => {
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 9 });
    cluster.pool().resizeTimer!.cancelled = true;
  },
  "a resize under way has something under way": (pool, _node, cluster) => {
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 9 });
    pool.requests.clear();
    pool.dedicated.requested = 0;
  },
  "resize errors only while steady": (pool, _node, cluster) => {
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 9 });
    pool.resizeErrors = [{ code: "Unknown", message: "", values: [] }];
  },
  "steady without errors means on target": (pool) => (pool.dedicated.target = 1),
  "dedicated nodes are not asked for in peace": (pool) => (pool.dedicated.requested = 1),
  "autoscale has its timers": (pool, _node, cluster) => {
    cluster.ok({ kind: "EnableAutoScale", poolId: "p", autoScaleFormula: "a = 1;" });
    pool.sampleTimer = undefined;
  },
  "held targets need autoscale and a resize": (pool) =>
    (pool.heldTargets = { dedicated: 1, lowPriority: 1, option: "requeue", since: 0 }),
  "missing low-priority nodes are sought": (pool) => (pool.lowPriority.target = 9),
  "every node stands at its own place": (pool, node) => (pool.places[node.place] = undefined),
  "slots are counted and not exceeded": (_pool, node) => (node.usedSlots = 1),
  "running and idle agree with what runs": (_pool, node) => (node.state = "running"),
  "an idle node is enabled, an offline one disabled and empty": (_pool, node) => (node.schedulingState = "disabled"),
  "nothing runs where nothing can": (_pool, node) => {
    node.attempts.push({ slots: 0 } as never);
    node.state = "rebooting";
  },
  "draining nodes are known, and an empty one does not linger": (pool, node) => {
    node.drain = { option: "requeue", purpose: "reboot", since: 0, reason: "" };
    pool.draining.add(node);
  },
  "errors only on unusable nodes": (_pool, node) => (node.errors = [{ code: "DiskFull", message: "" }]),
  "only low-priority nodes are preempted": (_pool, node) => (node.state = "preempted"),
  "an upgrade has nodes to reach": (pool) => (pool.state = "upgrading"),
  "a deleted pool goes when it is empty": (pool) => {
    pool.state = "deleting";
    pool.nodes.clear();
  },
  "no pool is left touched": (pool) => (pool.needsReconcile = true),
};

describe("each invariant of pools sees its planted bug", () => {
  it("there is a bug for every invariant", () => {
    expect(Object.keys(bugs).sort()).toEqual(poolInvariants.map(({ name }) => name).sort());
  });

  it.each(poolInvariants.map(({ name, rule }) => [name, rule]))("%s (%s)", (name) => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 2, targetLowPriorityNodes: 1 });
    expect(brokenInvariants(cluster.world)).toEqual([]);
    bugs[name](pool, cluster.node("tvm-1"), cluster);
    const found = brokenInvariants(cluster.world).filter((text) => text.includes(`: ${name} (`));
    expect(found).toHaveLength(1);
  });

  it("L-13: cores that were not given back are seen, cheaply too", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 2 });
    cluster.world.dedicatedCores++;
    expect(reservedCores(cluster.world)).toBe("cores (L-13): kept 3 and 0, counted 2 and 0");
    expect(brokenInvariants(cluster.world)).toHaveLength(1);
    expect(brokenCheaply(cluster.world)).toHaveLength(1);
  });

  it("a step that leaves touched pools, events or effects behind is seen", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool();
    mutable(cluster.world).touched.push(pool);
    cluster.world.effects.push({ kind: "ReleaseNode", pool, nodeId: "x" });
    expect(brokenCheaply(cluster.world)).toHaveLength(2);
  });
});
