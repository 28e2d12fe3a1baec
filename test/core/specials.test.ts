/** Job preparation and release tasks (J-60 to J-68, P-58, P-132). */
import { describe, expect, it } from "vitest";
import type { JobPreparationSpec } from "../../runtime/core/job.ts";
import { Cluster } from "./cluster.ts";
import { addJob, addTasks, job, PREPARATION, RELEASE, task } from "./jobs.ts";

function ready(preparation: Partial<JobPreparationSpec> = {}, nodes = 2, slots = 2): Cluster {
  const cluster = new Cluster();
  cluster.readyPool({
    coresPerNode: 2,
    taskSlotsPerNode: slots,
    targetDedicatedNodes: nodes,
    nodeFillType: "pack",
    configuration: "cloudService",
  });
  addJob(cluster, { preparation: { ...PREPARATION, ...preparation }, release: RELEASE, maxTaskRetryCount: 1 });
  return cluster;
}

/** Ends the special task that waits longest. */
function end(cluster: Cluster, kind: "RunPreparation" | "RunRelease", exitCode: number): void {
  const at = cluster.pending.findIndex((effect) => effect.kind === kind);
  const [effect] = cluster.pending.splice(at, 1);
  if (effect.kind !== "RunPreparation" && effect.kind !== "RunRelease") throw new Error(`no ${kind}`);
  const report = kind === "RunPreparation" ? "PreparationEnded" : "ReleaseEnded";
  cluster.do({ kind: report, jobId: "J", run: effect.run.id, exitCode, failure: undefined });
}

const count = (cluster: Cluster, kind: string) => cluster.pending.filter((effect) => effect.kind === kind).length;
const preparations = (cluster: Cluster) => [...job(cluster).preparations.values()].map(({ node, result }) => [node.id, result]);

describe("preparation", () => {
  it("J-60, J-61, P-132: one per node, with the first task; tasks prepare until it ends, then run", () => {
    const cluster = ready();
    const tasks = addTasks(cluster, ["a", "b", "c"]);
    expect(tasks.map(({ state }) => state)).toEqual(["preparing", "preparing", "preparing"]);
    expect([count(cluster, "RunPreparation"), count(cluster, "RunTask")]).toEqual([2, 0]);
    expect(cluster.node("tvm-1").usedSlots).toBe(2);
    end(cluster, "RunPreparation", 0);
    expect(tasks.map(({ state }) => state)).toEqual(["running", "running", "preparing"]);
    cluster.endTask("j", "a");
    addTasks(cluster, ["d"]);
    expect([task(cluster, "d").state, count(cluster, "RunPreparation")]).toEqual(["running", 1]);
  });

  it("J-62: a failure after its retries keeps the job's tasks off that node, other jobs are unaffected", () => {
    const cluster = ready({ maxTaskRetryCount: 1 }, 2, 1);
    const [a] = addTasks(cluster, ["a"]);
    end(cluster, "RunPreparation", 1);
    expect([a.state, count(cluster, "RunPreparation")]).toEqual(["preparing", 1]);
    end(cluster, "RunPreparation", 1);
    expect([a.state, a.node?.id, a.retryCount]).toEqual(["preparing", "tvm-2", 0]);
    addJob(cluster, { id: "other" });
    const [o] = addTasks(cluster, ["o"], {}, "other");
    expect(o.node?.id).toBe("tvm-1");
    end(cluster, "RunPreparation", 1);
    end(cluster, "RunPreparation", 1);
    expect(a.state).toBe("active");
    cluster.endTask("other", "o");
    expect(a.state).toBe("active");
    cluster.ok({ kind: "ReimageNode", poolId: "p", nodeId: "tvm-1" });
    cluster.serve(["ReimageNode"]);
    expect([a.state, a.node?.id]).toEqual(["preparing", "tvm-1"]);
  });

  it("J-62: with waitForSuccess false tasks start beside it and its failure is ignored", () => {
    const cluster = ready({ waitForSuccess: false }, 1, 1);
    const [a, b] = addTasks(cluster, ["a", "b"]);
    expect(a.state).toBe("running");
    end(cluster, "RunPreparation", 1);
    cluster.endTask("j", "a");
    expect([b.state, count(cluster, "RunPreparation")]).toEqual(["running", 0]);
  });

  it.each([
    [true, "RebootNode", 2],
    [false, "RebootNode", 1],
    [false, "ReimageNode", 2],
  ] as const)("J-63: rerunOnNodeRebootAfterSuccess %s and %s make %s preparations", (rerunOnNodeRebootAfterSuccess, kind, runs) => {
    const cluster = ready({ rerunOnNodeRebootAfterSuccess }, 1, 1);
    addTasks(cluster, ["a"]);
    end(cluster, "RunPreparation", 0);
    cluster.endTask("j", "a");
    cluster.ok({ kind, poolId: "p", nodeId: "tvm-1" });
    cluster.serve();
    addTasks(cluster, ["b"]);
    expect(cluster.kinds().filter((event) => event === "SpecialStarted")).toHaveLength(runs);
  });

  it("J-63: one that was cut off by a lost node is made again", () => {
    const cluster = ready({ rerunOnNodeRebootAfterSuccess: false }, 1, 1);
    const [a] = addTasks(cluster, ["a"]);
    cluster.do({ kind: "NodeUnusable", poolId: "p", nodeId: "tvm-1", errors: [] });
    expect([a.state, a.recoveryCount, preparations(cluster)]).toEqual(["active", 1, [["tvm-1", "failure"]]]);
    cluster.advance(cluster.world.settings.unusableRecoveryMs);
    cluster.serve(["RebootNode"]);
    expect(a.state).toBe("preparing");
    cluster.serve();
    expect([a.state, preparations(cluster)]).toEqual(["running", [["tvm-1", "success"]]]);
  });

  it("P-58: draining kills the preparation, whose end says nothing about the node; the task waits again", () => {
    const cluster = ready({}, 1, 1);
    const [a] = addTasks(cluster, ["a"]);
    cluster.ok({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1", nodeRebootOption: "requeue" });
    expect([count(cluster, "KillSpecial"), count(cluster, "KillTask"), a.state]).toEqual([1, 0, "preparing"]);
    cluster.serve();
    expect([a.state, a.requeueCount, job(cluster).excluded?.size ?? 0]).toEqual(["running", 1, 0]);
  });

  it("T-13: ending one of two waiting tasks leaves the preparation to the other", () => {
    const cluster = ready({}, 1, 2);
    const [a, b] = addTasks(cluster, ["a", "b"]);
    cluster.ok({ kind: "TerminateTask", jobId: "j", taskId: "a" });
    expect([a.state, count(cluster, "KillSpecial")]).toEqual(["completed", 0]);
    cluster.ok({ kind: "TerminateTask", jobId: "j", taskId: "b" });
    expect([b.state, count(cluster, "KillSpecial"), cluster.node("tvm-1").usedSlots]).toEqual(["completed", 1, 2]);
    cluster.serve();
    expect(cluster.node("tvm-1").usedSlots).toBe(0);
  });

  it("T-60: on a group every node prepares first", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 2, enableInterNodeCommunication: true });
    addJob(cluster, { preparation: PREPARATION });
    const [mpi] = addTasks(cluster, ["mpi"], { multiInstance: { numberOfInstances: 2 } });
    end(cluster, "RunPreparation", 0);
    expect(mpi.state).toBe("preparing");
    end(cluster, "RunPreparation", 0);
    expect(mpi.state).toBe("running");
  });
});

describe("release", () => {
  it("J-65, J-67: at the end of the job on each node where it prepared and tasks ran; the job waits for it, its failure is no matter", () => {
    const cluster = ready({}, 3, 1);
    addTasks(cluster, ["a", "b"]);
    end(cluster, "RunPreparation", 0);
    end(cluster, "RunPreparation", 1);
    end(cluster, "RunPreparation", 0);
    for (const id of ["a", "b"]) cluster.endTask("j", id);
    cluster.ok({ kind: "TerminateJob", jobId: "j" });
    expect([job(cluster).state, [...job(cluster).releases.keys()].map(({ id }) => id)]).toEqual([
      "terminating",
      ["tvm-1", "tvm-3"],
    ]);
    expect([cluster.node("tvm-1").usedSlots, cluster.node("tvm-1").empty]).toEqual([0, false]);
    end(cluster, "RunRelease", 1);
    expect(job(cluster).state).toBe("terminating");
    end(cluster, "RunRelease", 0);
    expect(job(cluster).state).toBe("completed");
  });

  it("J-28: deleting a job that was terminated runs no release again; deleting an active one does", () => {
    for (const terminate of [true, false]) {
      const cluster = ready({}, 1, 1);
      addTasks(cluster, ["a"]);
      end(cluster, "RunPreparation", 0);
      if (terminate) cluster.ok({ kind: "TerminateJob", jobId: "j" });
      cluster.serve();
      cluster.ok({ kind: "DeleteJob", jobId: "j" });
      cluster.serve();
      expect(cluster.world.job("j")).toBeUndefined();
      expect(cluster.events.filter((event) => event.kind === "SpecialStarted" && event.run.kind === "release")).toHaveLength(1);
    }
  });

  it("J-68: a reboot during the release makes it run again after boot", () => {
    const cluster = ready({}, 1, 1);
    addTasks(cluster, ["a"]);
    end(cluster, "RunPreparation", 0);
    cluster.endTask("j", "a");
    cluster.ok({ kind: "TerminateJob", jobId: "j" });
    cluster.ok({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1" });
    cluster.serve(["KillSpecial"]);
    expect([job(cluster).state, cluster.node("tvm-1").state]).toEqual(["terminating", "rebooting"]);
    cluster.take("RunRelease");
    cluster.serve(["RebootNode"]);
    expect(count(cluster, "RunRelease")).toBe(1);
    end(cluster, "RunRelease", 0);
    expect(job(cluster).state).toBe("completed");
  });

  it("J-68: a node reimaged since without further tasks has no release", () => {
    const cluster = ready({}, 1, 1);
    addTasks(cluster, ["a"]);
    end(cluster, "RunPreparation", 0);
    cluster.endTask("j", "a");
    cluster.ok({ kind: "ReimageNode", poolId: "p", nodeId: "tvm-1" });
    cluster.serve();
    cluster.ok({ kind: "TerminateJob", jobId: "j" });
    expect(job(cluster).state).toBe("completed");
  });

  it("J-67: a node that leaves during the release is not waited for", () => {
    const cluster = ready({}, 1, 1);
    addTasks(cluster, ["a"]);
    end(cluster, "RunPreparation", 0);
    cluster.endTask("j", "a");
    cluster.ok({ kind: "TerminateJob", jobId: "j" });
    cluster.do({ kind: "NodeReleased", poolId: "p", nodeId: "tvm-1" });
    expect(job(cluster).state).toBe("completed");
  });

  it("J-67: a node whose start task fails after the reboot is not waited for", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1, startTask: { commandLine: "s", maxTaskRetryCount: 0, waitForSuccess: true } });
    addJob(cluster, { preparation: PREPARATION, release: RELEASE });
    addTasks(cluster, ["a"]);
    end(cluster, "RunPreparation", 0);
    cluster.endTask("j", "a");
    cluster.ok({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1" });
    cluster.ok({ kind: "TerminateJob", jobId: "j" });
    cluster.serve(["RebootNode"]);
    expect(job(cluster).state).toBe("terminating");
    cluster.do({ kind: "StartTaskEnded", poolId: "p", nodeId: "tvm-1", exitCode: 1, failure: undefined });
    expect([cluster.node("tvm-1").state, job(cluster).state]).toEqual(["starttaskfailed", "completed"]);
  });

  it("reports of runs that are unknown, over, or of another kind or job are stale", () => {
    const cluster = ready({}, 1, 1);
    addTasks(cluster, ["a"]);
    const run = [...job(cluster).preparations.values()][0].id;
    for (const input of [
      { kind: "ReleaseEnded", jobId: "j", run },
      { kind: "PreparationEnded", jobId: "other", run },
      { kind: "PreparationEnded", jobId: "j", run: 99 },
      { kind: "TaskEnded", attempt: task(cluster, "a").attempt!.id, cause: "exit" },
    ] as const) {
      const { events } = cluster.do({ ...input, exitCode: 0, failure: undefined } as never);
      expect(events.map(({ kind }) => kind)).toEqual(["StaleReport"]);
    }
  });
});

it("T-60, P-60: a group that loses a node while no other of its nodes prepares any more is over at once", () => {
  const cluster = new Cluster();
  cluster.readyPool({ targetLowPriorityNodes: 2, enableInterNodeCommunication: true });
  addJob(cluster, { preparation: PREPARATION });
  const [mpi] = addTasks(cluster, ["mpi"], { multiInstance: { numberOfInstances: 2 } });
  end(cluster, "RunPreparation", 0);
  cluster.do({ kind: "NodePreempted", poolId: "p", nodeId: "tvm-2" });
  expect([mpi.state, mpi.recoveryCount, cluster.node("tvm-1").usedSlots]).toEqual(["active", 1, 0]);
});
