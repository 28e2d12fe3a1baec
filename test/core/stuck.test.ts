/** Nothing waits for ever for what will not come: found by storms of random commands and faults, kept as single stories. */
import { describe, expect, it } from "vitest";
import { Cluster, MINUTE } from "./cluster.ts";
import { addJob, addTasks, job, MANAGER, PREPARATION, RELEASE, task } from "./jobs.ts";

const first = { poolId: "p", nodeId: "tvm-1" };

describe("a silent node that was to leave", () => {
  it("is rebooted when its leave was given up (rows 19, P-39, P-95)", () => {
    const cluster = new Cluster({ settings: { unknownGraceMs: 2 * MINUTE, retentionMs: 60 * MINUTE } });
    cluster.readyPool({ targetDedicatedNodes: 1 });
    addJob(cluster);
    addTasks(cluster, ["a"]);
    cluster.endTask("j", "a");
    cluster.do({ kind: "NodeLost", ...first });
    cluster.ok({
      kind: "ResizePool",
      poolId: "p",
      targetDedicatedNodes: 0,
      nodeDeallocationOption: "retaineddata",
      resizeTimeoutMs: 5 * MINUTE,
    });
    cluster.advance(4 * MINUTE);
    expect([cluster.node("tvm-1").state, cluster.node("tvm-1").drain?.purpose]).toEqual(["unknown", "leave"]);
    cluster.advance(4 * MINUTE);
    expect([cluster.node("tvm-1").state, cluster.node("tvm-1").drain]).toEqual(["rebooting", undefined]);
  });
});

describe("a release task", () => {
  it("does not wait for a node that came back from its leave unusable (J-67)", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    addJob(cluster, { preparation: PREPARATION, release: RELEASE });
    addTasks(cluster, ["a"]);
    cluster.serve();
    cluster.endTask("j", "a");
    cluster.do({ kind: "NodeLost", ...first });
    cluster.ok({ kind: "TerminateJob", jobId: "j" });
    expect(job(cluster).state).toBe("terminating");
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-1"] });
    cluster.do({ kind: "RemovalFailed", ...first, message: "stuck" });
    expect([cluster.node("tvm-1").state, job(cluster).state]).toEqual(["unusable", "completed"]);
  });
});

describe("an OS upgrade", () => {
  const upgrading = () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 0, targetLowPriorityNodes: 2, configuration: "cloudService" });
    return cluster;
  };
  const upgrade = { kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "v2" } as const;

  it("does not wait for a node that is preempted while it is under way: its replacement is made new (P-82, P-125)", () => {
    const cluster = upgrading();
    cluster.ok(upgrade);
    cluster.do({ kind: "NodePreempted", poolId: "p", nodeId: "tvm-2" });
    cluster.serve(["ReimageNode"]);
    expect([cluster.pool().state, cluster.pool().spec.osVersion]).toEqual(["active", "v2"]);
  });

  it("nor for one that was preempted before it began", () => {
    const cluster = upgrading();
    cluster.do({ kind: "NodePreempted", poolId: "p", nodeId: "tvm-2" });
    cluster.ok(upgrade);
    cluster.serve(["ReimageNode"]);
    expect([cluster.pool().state, cluster.pool().spec.osVersion]).toEqual(["active", "v2"]);
  });

  it("goes on when the leave of a node that it waited for is given up", () => {
    const cluster = new Cluster({ settings: { retentionMs: 60 * MINUTE } });
    cluster.readyPool({ targetDedicatedNodes: 1, configuration: "cloudService" });
    addJob(cluster);
    addTasks(cluster, ["a"]);
    cluster.endTask("j", "a");
    cluster.ok({
      kind: "RemoveNodes",
      poolId: "p",
      nodeIds: ["tvm-1"],
      nodeDeallocationOption: "retaineddata",
      resizeTimeoutMs: 5 * MINUTE,
    });
    cluster.ok(upgrade);
    expect(cluster.node("tvm-1").drain?.purpose).toBe("leave");
    cluster.advance(6 * MINUTE);
    cluster.serve(["ReimageNode"]);
    expect([cluster.pool().state, cluster.pool().spec.osVersion]).toEqual(["active", "v2"]);
  });
});

describe("a resize whose drain ends a job, and with it the job's own pool", () => {
  it("asks for no nodes after that: the pool goes (P-20, P-201)", () => {
    const cluster = new Cluster();
    const pool = { vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 2, targetLowPriorityNodes: 0 };
    addJob(cluster, {
      autoPool: { idPrefix: "own", lifetime: "job", keepAlive: false, pool },
      jobManager: { ...MANAGER, maxTaskRetryCount: 0 },
    });
    cluster.serve();
    const poolId = job(cluster).pool!.id;
    cluster.ok({
      kind: "ResizePool",
      poolId,
      targetDedicatedNodes: 0,
      targetLowPriorityNodes: 2,
      nodeDeallocationOption: "terminate",
    });
    cluster.serve();
    expect([job(cluster).state, cluster.world.pools.size, cluster.world.lowPriorityCores]).toEqual(["completed", 0, 0]);
  });
});

describe("a job that moves to another pool", () => {
  it.each([0, 1, 2, 3, 4, 5])("runs there at once, however often it found no place before: %i times more", (more) => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1, taskSlotsPerNode: 1 });
    cluster.readyPool({ id: "q", targetDedicatedNodes: 1, taskSlotsPerNode: 2 });
    addJob(cluster);
    addTasks(cluster, ["large"], { requiredSlots: 2 });
    for (let i = 0; i < more; i++) addTasks(cluster, [`larger${i}`], { requiredSlots: 3 });
    // Passes of the other pool, too.
    addJob(cluster, { id: "other", poolId: "q" });
    addTasks(cluster, ["x"], { requiredSlots: 3 }, "other");
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "requeue" });
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { poolId: "q" } });
    cluster.ok({ kind: "EnableJob", jobId: "j" });
    expect(task(cluster, "large").state).toBe("running");
  });
});
