/** What a world remembers of the instances of a multi-instance task when the group has given back its nodes (T-53, T-56). */
import { describe, expect, it } from "vitest";
import { restoreWorld } from "../../runtime/core/restore/restore.ts";
import { snapshotWorld } from "../../runtime/core/restore/snapshot.ts";
import type { Report } from "../../runtime/core/protocol.ts";
import type { Task } from "../../runtime/core/task.ts";
import { MemoryPersistence } from "../../runtime/persistence/memory.ts";
import { Cluster, MINUTE, START } from "./cluster.ts";
import { addJob, addTasks, PREPARATION } from "./jobs.ts";

const GROUP = { multiInstance: { numberOfInstances: 3 }, maxTaskRetryCount: 1 };

function groupOf(
  job: Parameters<typeof addJob>[1] = {},
  nodes = { targetDedicatedNodes: 3 },
): { cluster: Cluster; task: Task } {
  const cluster = new Cluster();
  cluster.readyPool({ ...nodes, enableInterNodeCommunication: true });
  addJob(cluster, job);
  return { cluster, task: addTasks(cluster, ["mpi"], GROUP)[0] };
}

/** The end of the attempt that runs, as a provider tells it. */
function ended(task: Task, exitCode: number, more: Partial<Extract<Report, { kind: "TaskEnded" }>> = {}): Report {
  return { kind: "TaskEnded", attempt: task.attempt!.id, cause: "exit", exitCode, failure: undefined, ...more };
}

const returned = (exitCode: number) => ({ exitCode, failure: undefined });
const nodesOf = (task: Task) => task.subtasks?.ended.map(({ node }) => node.id);
const failuresOf = (task: Task) => task.subtasks?.ended.map(({ failure }) => failure?.message);

describe("subtasks", () => {
  it("T-53: nodes, times and exit codes stay when the group has given back its nodes", () => {
    const { cluster, task } = groupOf();
    expect(task.subtasks).toBeUndefined();
    cluster.now += MINUTE;
    cluster.do(ended(task, 0, { subtasks: [returned(0), returned(0)] }));
    expect(task.subtasks).toMatchObject({ startAt: START, endAt: START + MINUTE, ended: [returned(0), returned(0)] });
    expect(nodesOf(task)).toEqual(["tvm-2", "tvm-3"]);
    const event = cluster.events.find(({ kind }) => kind === "AttemptEnded");
    expect(event).toMatchObject({ subtasks: task.subtasks });
  });

  it("T-56: a retry replaces what was remembered, so that it never grows", () => {
    const { cluster, task } = groupOf();
    cluster.do(ended(task, 3, { subtasks: [returned(3), undefined] }));
    expect(task.subtasks?.ended.map(({ exitCode }) => exitCode)).toEqual([3, undefined]);
    expect(task.state).toBe("running");
    cluster.do(ended(task, 0, { subtasks: [returned(0), returned(0)] }));
    expect(task.subtasks?.ended.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  });

  it("what nobody tells of was ended by request, or lost with its node (P-60)", () => {
    const ends = groupOf();
    ends.cluster.ok({ kind: "TerminateTask", jobId: "j", taskId: "mpi" });
    ends.cluster.serve(["KillTask"]);
    expect(failuresOf(ends.task)).toEqual(Array(2).fill("the task was ended by request"));
    const loses = groupOf();
    loses.cluster.do({ kind: "NodeUnusable", poolId: "p", nodeId: "tvm-3", errors: [{ code: "DiskFull", message: "" }] });
    loses.cluster.serve(["KillTask"]);
    expect(failuresOf(loses.task)).toEqual(["the task was ended by request", "its node was lost"]);
    const losesAll = groupOf();
    for (const nodeId of ["tvm-1", "tvm-2", "tvm-3"])
      losesAll.cluster.do({ kind: "NodeUnusable", poolId: "p", nodeId, errors: [{ code: "DiskFull", message: "" }] });
    expect(failuresOf(losesAll.task)).toEqual(Array(2).fill("its node was lost"));
  });

  it("T-60: a group that was ended while its nodes were prepared has run nothing, so there is nothing to remember", () => {
    const { cluster, task } = groupOf({ preparation: PREPARATION });
    expect(task.state).toBe("preparing");
    cluster.ok({ kind: "TerminateTask", jobId: "j", taskId: "mpi" });
    cluster.serve();
    expect([task.state, task.attempt, task.subtasks]).toEqual(["completed", undefined, undefined]);
  });

  it("T-14, J-27: a deleted task's files go from every node of its group, and so do a deleted job's", () => {
    for (const what of ["task", "job"]) {
      const { cluster, task } = groupOf();
      cluster.do(ended(task, 0));
      cluster.pending = [];
      if (what === "task") cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "mpi" });
      else cluster.ok({ kind: "DeleteJob", jobId: "j" });
      const removed = cluster.take(what === "task" ? "RemoveTaskFiles" : "RemoveJobFiles");
      expect(removed.map(({ node }) => node.id)).toEqual(["tvm-1", "tvm-2", "tvm-3"]);
    }
  });

  it("P-57, T-87: the files of a subtask are retained data of its node", () => {
    const { cluster, task } = groupOf();
    cluster.do(ended(task, 0));
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-3"], nodeDeallocationOption: "retaineddata" });
    cluster.serve();
    expect(cluster.node("tvm-3").drain?.option).toBe("retaineddata");
    cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "mpi" });
    cluster.serve();
    expect(cluster.pool().nodes.has("tvm-3")).toBe(false);
  });

  it("rows bring them back, with nodes that are gone too", () => {
    const { cluster, task } = groupOf();
    cluster.do(
      ended(task, 0, {
        subtasks: [returned(0), { exitCode: undefined, failure: { category: "UserError", code: "c", message: "m" } }],
      }),
    );
    cluster.ok({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-3"] });
    cluster.serve();
    const memory = new MemoryPersistence();
    memory.commit({ changes: snapshotWorld(cluster.world) });
    const { world } = memory.load();
    const again = restoreWorld(world!, { settings: cluster.world.settings }).job("j")!.task("mpi")!;
    const plain = ({ subtasks }: Task) => ({
      ...subtasks,
      ended: subtasks?.ended.map(({ node, ...how }) => ({ ...how, node: [node.pool.id, node.id, node.gone] })),
    });
    expect(plain(again)).toEqual(plain(task));
    expect(again.subtasks?.ended[1].node.gone).toBe(true);
  });
});
