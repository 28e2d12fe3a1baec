/** Why a task is not running: the first reason is what has to go first. */
import { expect, it } from "vitest";
import { explainTask } from "../../runtime/core/explain/tasks.ts";
import { Cluster } from "./cluster.ts";
import { addJob, addTasks, job, MANAGER, PREPARATION } from "./jobs.ts";

const codes = (cluster: Cluster, id: string, jobId = "j") =>
  explainTask(job(cluster, jobId).tasks.get(id)!).map(({ code }) => code);

it("every situation of a task has its reason", () => {
  const cluster = new Cluster();
  addJob(cluster, { usesTaskDependencies: true });
  addTasks(cluster, ["a", "b"]);
  addTasks(cluster, ["big"], { requiredSlots: 3 });
  addTasks(cluster, ["child"], { dependsOn: { taskIds: ["a"], taskIdRanges: [{ start: 5, end: 9 }] } });
  addTasks(cluster, ["mpi"], { multiInstance: { numberOfInstances: 2 } });
  expect(codes(cluster, "a")).toEqual(["no-pool"]);
  cluster.addPool();
  expect(codes(cluster, "a")).toEqual(["no-nodes"]);
  cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 1 });
  expect(codes(cluster, "a")).toEqual(["no-nodes"]);
  cluster.serve();
  expect(codes(cluster, "a")).toEqual(["running"]);
  expect(codes(cluster, "b")).toEqual(["no-free-slots"]);
  expect(codes(cluster, "big")).toEqual(["more-slots-than-a-node-has"]);
  expect(codes(cluster, "mpi")).toEqual(["needs-inter-node-pool"]);
  expect(codes(cluster, "child")).toEqual(["depends-on"]);
  cluster.endTask("j", "a", 1);
  expect(explainTask(job(cluster).tasks.get("child")!)[0].values).toEqual({ open: 2, first: "a", parent: "blocks for ever" });
  expect(codes(cluster, "a")).toEqual(["completed"]);
  cluster.ok({ kind: "RebootNode", poolId: "p", nodeId: "tvm-1" });
  expect(codes(cluster, "b")).toEqual(["ending"]);
  cluster.serve(["KillTask"]);
  expect(codes(cluster, "b")).toEqual(["no-usable-nodes"]);
  cluster.ok({ kind: "DisableJob", jobId: "j", disableTasks: "wait" });
  expect(codes(cluster, "b")[0]).toBe("job-not-active");
});

it("preparation, managers and groups have theirs", () => {
  const cluster = new Cluster();
  cluster.readyPool({ targetLowPriorityNodes: 1, enableInterNodeCommunication: true });
  addJob(cluster, { id: "m", jobManager: MANAGER });
  addTasks(cluster, ["a"], {}, "m");
  expect(codes(cluster, "manager", "m")).toEqual(["dedicated-nodes-only", "needs-empty-node"]);
  expect(codes(cluster, "a", "m")[0]).toBe("waits-for-manager");
  addJob(cluster, { preparation: PREPARATION });
  addTasks(cluster, ["p"]);
  expect(codes(cluster, "p")).toEqual(["preparing"]);
  const [{ run }] = cluster.take("RunPreparation");
  cluster.do({ kind: "PreparationEnded", jobId: "j", run: run.id, exitCode: 1, failure: undefined });
  expect(codes(cluster, "p")).toEqual(["preparation-failed", "no-free-slots"]);
  addJob(cluster, { id: "g" });
  addTasks(cluster, ["mpi"], { multiInstance: { numberOfInstances: 2 } }, "g");
  expect(codes(cluster, "mpi", "g")).toEqual(["needs-more-nodes"]);
});
