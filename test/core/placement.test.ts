/** Who is placed where and when: slots, fill types, priorities, turns, groups, wishes, managers (P-130 to P-134, J-30 to J-35, J-50 to J-56, T-50 to T-65). */
import { describe, expect, it } from "vitest";
import { explainTask } from "../../runtime/core/explain/tasks.ts";
import { Cluster } from "./cluster.ts";
import { addJob, addTasks, job, MANAGER, placements, task } from "./jobs.ts";

const where = (cluster: Cluster, ids: readonly string[], jobId = "j") => ids.map((id) => task(cluster, id, jobId).node?.id);

describe("slots", () => {
  it("P-131: spread takes the node with the most free slots, pack the one with the fewest that fit, ties the lowest place", () => {
    for (const [nodeFillType, expected] of [
      ["spread", ["tvm-1", "tvm-2", "tvm-3", "tvm-1"]],
      ["pack", ["tvm-1", "tvm-1", "tvm-1", "tvm-1"]],
    ] as const) {
      const cluster = new Cluster();
      cluster.readyPool({ coresPerNode: 4, taskSlotsPerNode: 4, targetDedicatedNodes: 3, nodeFillType });
      addJob(cluster);
      const ids = ["a", "b", "c", "d"];
      addTasks(cluster, ids);
      expect(where(cluster, ids)).toEqual(expected);
    }
  });

  it("P-130, J-34: a task that does not fit is passed over by a smaller one; one that never can stays active", () => {
    const cluster = new Cluster();
    cluster.readyPool({ coresPerNode: 4, taskSlotsPerNode: 4, targetDedicatedNodes: 1 });
    addJob(cluster);
    addTasks(cluster, ["two"], { requiredSlots: 2 });
    addTasks(cluster, ["three"], { requiredSlots: 3 });
    addTasks(cluster, ["never"], { requiredSlots: 5 });
    addTasks(cluster, ["one"]);
    expect(placements(cluster)).toEqual(["two", "one"]);
    cluster.endTask("j", "two");
    expect(placements(cluster)).toEqual(["two", "one", "three"]);
    expect(task(cluster, "never").state).toBe("active");
    expect(cluster.node("tvm-1").usedSlots).toBe(4);
  });

  it("P-134: a task passed over while slots are free is told once, a full pool is no failure", () => {
    const cluster = new Cluster();
    cluster.readyPool({ coresPerNode: 2, taskSlotsPerNode: 2, targetDedicatedNodes: 1 });
    addJob(cluster);
    addTasks(cluster, ["a"]);
    addTasks(cluster, ["big"], { requiredSlots: 2 });
    addTasks(cluster, ["never"], { requiredSlots: 3 });
    const failed = () =>
      cluster.events.flatMap((event) => (event.kind === "TaskScheduleFailed" ? [[event.task.id, event.failure.code]] : []));
    expect(failed()).toEqual([
      ["big", "Unknown"],
      ["never", "TaskSchedulingConstraintFailed"],
    ]);
    addTasks(cluster, ["b", "c"]);
    expect(failed()).toHaveLength(2);
  });

  it("J-22, P-20: nothing is placed for a job that is not active or in a pool that is being deleted", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    addJob(cluster);
    cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "wait" });
    const [a] = addTasks(cluster, ["a"]);
    expect(a.state).toBe("active");
    cluster.ok({ kind: "DeletePool", poolId: "p" });
    cluster.ok({ kind: "EnableJob", jobId: "j" });
    expect(a.state).toBe("active");
  });

  it("J-01, P-22: a job may name a pool that comes later, and waits again when its pool goes", () => {
    const cluster = new Cluster();
    addJob(cluster, { poolId: "P" });
    const [a, b] = addTasks(cluster, ["a", "b"]);
    cluster.readyPool({ targetDedicatedNodes: 1 });
    expect([a.state, b.state]).toEqual(["running", "active"]);
    cluster.ok({ kind: "DeletePool", poolId: "p" });
    cluster.serve();
    expect([a.state, a.requeueCount, job(cluster).pool]).toEqual(["active", 1, undefined]);
    cluster.readyPool({ targetDedicatedNodes: 2 });
    expect([a.state, b.state]).toEqual(["running", "running"]);
  });
});

describe("maxParallelTasks", () => {
  it("holds a job at its number while others go on, and lets the next task in when one has ended", () => {
    const cluster = new Cluster();
    cluster.readyPool({ coresPerNode: 4, taskSlotsPerNode: 4, targetDedicatedNodes: 1 });
    addJob(cluster, { maxParallelTasks: 2 });
    addJob(cluster, { id: "k" });
    addTasks(cluster, ["a", "b", "c", "d"]);
    addTasks(cluster, ["e"], {}, "k");
    expect(placements(cluster)).toEqual(["a", "b", "e"]);
    expect(explainTask(task(cluster, "c")).map(({ code }) => code)).toContain("job-full");
    cluster.endTask("j", "a");
    expect(placements(cluster)).toEqual(["a", "b", "e", "c"]);
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { maxParallelTasks: 3 } });
    expect(placements(cluster)).toEqual(["a", "b", "e", "c", "d"]);
    cluster.ok({ kind: "PatchJob", jobId: "j", properties: { maxParallelTasks: 1 } });
    addTasks(cluster, ["f"]);
    cluster.endTask("j", "b");
    cluster.endTask("j", "c");
    expect(task(cluster, "f").state).toBe("active");
    cluster.endTask("j", "d");
    expect(task(cluster, "f").state).toBe("running");
  });

  it("does not count a job manager that was deleted and whose process is still ending", () => {
    const cluster = new Cluster();
    cluster.readyPool({ coresPerNode: 4, taskSlotsPerNode: 4, targetDedicatedNodes: 1 });
    addJob(cluster, { maxParallelTasks: 1, jobManager: { ...MANAGER, runExclusive: false } });
    cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "manager" });
    addTasks(cluster, ["a", "b"]);
    expect(placements(cluster)).toEqual(["manager", "a"]);
  });

  it("does not count the job manager, nor make it wait", () => {
    const cluster = new Cluster();
    cluster.readyPool({ coresPerNode: 4, taskSlotsPerNode: 4, targetDedicatedNodes: 1 });
    addJob(cluster, { maxParallelTasks: 1, jobManager: { ...MANAGER, runExclusive: false } });
    addTasks(cluster, ["a", "b"]);
    expect(placements(cluster)).toEqual(["manager", "a"]);
  });

  it.each([0, -2, 1.5, Number.NaN, "2"])("refuses %s", (most) => {
    const cluster = new Cluster();
    const spec = { id: "j", poolId: "p", maxParallelTasks: most as number };
    expect(cluster.refused({ kind: "AddJob", spec })).toBe("InvalidPropertyValue");
  });
});

describe("order", () => {
  it("J-30, J-10: higher priority first, changes of priority reach those that wait, running tasks are left alone", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    for (const [id, priority] of [
      ["low", -5],
      ["high", 5],
      ["mid", 0],
    ] as const)
      addJob(cluster, { id, priority });
    addTasks(cluster, ["l1", "l2"], {}, "low");
    addTasks(cluster, ["m1", "m2"], {}, "mid");
    addTasks(cluster, ["h1"], {}, "high");
    cluster.endTask("low", "l1");
    cluster.endTask("high", "h1");
    cluster.ok({ kind: "PatchJob", jobId: "low", properties: { priority: 7 } });
    cluster.endTask("mid", "m1");
    expect(placements(cluster)).toEqual(["l1", "h1", "m1", "l2"]);
    expect(job(cluster, "low").counts.running).toBe(1);
  });

  it("J-31, J-33: jobs of equal priority take turns, within a job the task added first goes first", () => {
    const cluster = new Cluster();
    const pool = cluster.addPool({ targetDedicatedNodes: 0 });
    for (const id of ["a", "b", "c"]) {
      addJob(cluster, { id });
      addTasks(
        cluster,
        [1, 2, 3].map((n) => `${id}${n}`),
        {},
        id,
      );
    }
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 9 });
    cluster.serve();
    expect(placements(cluster)).toEqual(["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"]);
    expect(pool.queue.size).toBe(0);
  });

  it("J-33: a retried task goes before those added after it", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    addJob(cluster, { maxTaskRetryCount: 1 });
    addTasks(cluster, ["a", "b", "c"]);
    cluster.endTask("j", "a", 1);
    cluster.endTask("j", "a");
    cluster.endTask("j", "b", 1);
    expect(placements(cluster)).toEqual(["a", "a", "b", "b"]);
  });
});

describe("multi-instance tasks", () => {
  it("T-51: they need an inter-node pool with one task per node", () => {
    for (const [inter, slots, expected] of [
      [true, 1, "running"],
      [false, 1, "active"],
      [true, 2, "active"],
    ] as const) {
      const cluster = new Cluster();
      cluster.readyPool({ targetDedicatedNodes: 3, enableInterNodeCommunication: inter, taskSlotsPerNode: slots });
      addJob(cluster);
      const [mpi] = addTasks(cluster, ["mpi"], { multiInstance: { numberOfInstances: 2 } });
      expect(mpi.state).toBe(expected);
    }
  });

  it("T-52, T-53, 4.10: all nodes at one time, the primary's first; waiting it counts as its instances", () => {
    const cluster = new Cluster();
    const pool = cluster.readyPool({ targetDedicatedNodes: 2, enableInterNodeCommunication: true });
    addJob(cluster);
    const [mpi] = addTasks(cluster, ["mpi"], { multiInstance: { numberOfInstances: 3 } });
    expect([mpi.state, pool.tasks.active]).toEqual(["active", 3]);
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 3 });
    cluster.serve();
    expect(mpi.attempt?.group?.map(({ id }) => id)).toEqual(["tvm-1", "tvm-2", "tvm-3"]);
    expect(pool.tasks.active).toBe(0);
    cluster.endTask("j", "mpi");
    expect([mpi.state, cluster.node("tvm-3").usedSlots]).toEqual(["completed", 0]);
  });

  it("P-60: losing one node kills the group; the others hold their slots until they report", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetLowPriorityNodes: 2, enableInterNodeCommunication: true });
    addJob(cluster);
    const [mpi] = addTasks(cluster, ["mpi"], { multiInstance: { numberOfInstances: 2 } });
    cluster.do({ kind: "NodePreempted", poolId: "p", nodeId: "tvm-1" });
    expect([mpi.state, cluster.node("tvm-1").usedSlots, cluster.node("tvm-2").usedSlots]).toEqual(["running", 0, 1]);
    cluster.serve(["KillTask"]);
    expect([mpi.state, mpi.recoveryCount, cluster.node("tvm-2").usedSlots]).toEqual(["active", 1, 0]);
    cluster.serve();
    expect(mpi.state).toBe("running");
  });

  it("P-60: losing every node of the group ends it without a report", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetLowPriorityNodes: 2, enableInterNodeCommunication: true });
    addJob(cluster);
    const [mpi] = addTasks(cluster, ["mpi"], { multiInstance: { numberOfInstances: 2 } });
    for (const nodeId of ["tvm-1", "tvm-2"]) cluster.do({ kind: "NodePreempted", poolId: "p", nodeId });
    expect([mpi.state, mpi.recoveryCount, cluster.world.attempts.size]).toEqual(["active", 1, 0]);
  });
});

describe("affinity", () => {
  it("T-65: a node or the node of another task is a wish; a busy or unknown one is no obstacle", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 4 });
    addJob(cluster);
    addTasks(cluster, ["a"], { affinityId: "TVM:tvm-3" });
    addTasks(cluster, ["b"], { affinityId: "tvm:TVM-3" });
    cluster.endTask("j", "a");
    addTasks(cluster, ["c"], { affinityId: "A" });
    addTasks(cluster, ["d"], { affinityId: "__proto__" });
    expect(where(cluster, ["a", "b", "c", "d"])).toEqual(["tvm-3", "tvm-1", "tvm-3", "tvm-2"]);
  });
});

describe("job managers", () => {
  it("J-50, J-51: it is a task of the job and placed before any other of it", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetLowPriorityNodes: 1 });
    addJob(cluster, { jobManager: MANAGER });
    const [a] = addTasks(cluster, ["a"]);
    // J-56, P-85: it does not go to a low-priority node, and the others wait for it.
    expect([job(cluster).manager?.state, a.state]).toEqual(["active", "active"]);
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 1 });
    cluster.serve();
    expect([job(cluster).manager?.node?.isDedicated, a.node?.isDedicated]).toEqual([true, false]);
  });

  it("J-55, P-133: an exclusive one needs an empty node and uses all its slots", () => {
    const cluster = new Cluster();
    cluster.readyPool({ coresPerNode: 2, taskSlotsPerNode: 2, targetDedicatedNodes: 1 });
    addJob(cluster, { id: "other" });
    addTasks(cluster, ["o1"], {}, "other");
    addJob(cluster, { jobManager: MANAGER });
    addTasks(cluster, ["o2"], {}, "other");
    expect(job(cluster).manager?.state).toBe("active");
    cluster.endTask("other", "o1");
    cluster.endTask("other", "o2");
    expect([job(cluster).manager?.state, cluster.node("tvm-1").usedSlots]).toEqual(["running", 2]);
  });

  it("J-54: when it completes the job ends with JMComplete, unless killJobOnCompletion is false", () => {
    for (const killJobOnCompletion of [true, false]) {
      const cluster = new Cluster();
      cluster.readyPool({ targetDedicatedNodes: 2 });
      addJob(cluster, { jobManager: { ...MANAGER, killJobOnCompletion } });
      const [a] = addTasks(cluster, ["a"]);
      cluster.endTask("j", "manager");
      cluster.serve();
      if (killJobOnCompletion)
        expect([job(cluster).state, job(cluster).terminateReason, a.state]).toEqual(["completed", "JMComplete", "completed"]);
      else expect([job(cluster).state, a.state]).toEqual(["active", "running"]);
    }
  });

  it("J-52: a restarted manager displaces a task of its own job first, then one of lower priority, never an equal one", () => {
    for (const [others, ownTask, expected] of [
      [{ id: "other", priority: 0 }, true, "own"],
      [{ id: "other", priority: -1 }, false, "o1"],
      [{ id: "other", priority: 0 }, false, undefined],
    ] as const) {
      const cluster = new Cluster();
      cluster.readyPool({ targetDedicatedNodes: 2, targetLowPriorityNodes: 0 });
      addJob(cluster, { jobManager: { ...MANAGER, maxTaskRetryCount: 5 } });
      if (ownTask) addTasks(cluster, ["own"]);
      addJob(cluster, others);
      addTasks(cluster, ["o1", "o2", "o3"], {}, "other");
      // The manager's node is lost, so it has to be restarted while the pool is full.
      cluster.do({
        kind: "NodeUnusable",
        poolId: "p",
        nodeId: job(cluster).manager!.node!.id,
        errors: [{ code: "DiskFull", message: "" }],
      });
      const killed = cluster.take("KillTask").map(({ attempt }) => attempt);
      expect(killed.map(({ task: { id } }) => id)).toEqual(expected === undefined ? [] : [expected]);
      for (const attempt of killed)
        cluster.do({ kind: "TaskEnded", attempt: attempt.id, cause: "killed", exitCode: -9, failure: undefined });
      if (expected === undefined) expect(job(cluster).manager?.state).toBe("active");
      else expect([job(cluster).manager?.state, killed[0].task.requeueCount]).toEqual(["running", 1]);
    }
  });
});
