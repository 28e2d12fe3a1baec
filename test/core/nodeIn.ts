/** One low-priority node of a fresh cloud services pool, in any state, and one input of every kind about it. */
import { expect } from "vitest";
import type { NodeState, StartTaskSpec } from "../../runtime/core/node.ts";
import type { Input } from "../../runtime/core/protocol.ts";
import { Cluster } from "./cluster.ts";

/** A start task that is waited for and not retried. */
export const startTask: StartTaskSpec = { commandLine: "prepare", maxTaskRetryCount: 0, waitForSuccess: true };
/** Where the node is. */
export const at = { poolId: "p", nodeId: "tvm-1" };
/** An input about the node. */
export const told = (kind: string, more: object = {}) => ({ kind, ...at, ...more }) as Input;

/** How to bring the one low-priority node of a fresh cloud services pool into each state in which nothing runs on it. */
export const roads: Partial<Record<NodeState, (cluster: Cluster) => void>> = {
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
    cluster.ok({
      kind: "AddTask",
      jobId: "j",
      id: "t",
      spec: { commandLine: "run", requiredSlots: 1, maxTaskRetryCount: 0, maxWallClockMs: undefined, retentionMs: undefined },
    });
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

/** Brings the node up by one to three of the reports allocated, started, ready. */
export function boot(cluster: Cluster, steps: number, task?: StartTaskSpec): void {
  cluster.addPool({
    targetDedicatedNodes: 0,
    targetLowPriorityNodes: 1,
    configuration: "cloudService",
    ...(task === undefined ? {} : { startTask: task }),
  });
  for (const kind of ["NodeAllocated", "NodeStarted", "NodeReady"].slice(0, steps)) cluster.do(told(kind));
}

/** A cluster whose node is in this state. */
export function nodeIn(state: NodeState): Cluster {
  const cluster = new Cluster();
  roads[state]!(cluster);
  expect(cluster.node("tvm-1").state).toBe(state);
  cluster.pending = [];
  return cluster;
}

/** Reports and commands by a short name. */
export const inputs: Readonly<Record<string, Input>> = {
  allocated: told("NodeAllocated"),
  started: told("NodeStarted"),
  ready: told("NodeReady"),
  bootFailed: told("NodeBootFailed", { errors: [{ code: "ApplicationPackageError", message: "m" }] }),
  startTask0: told("StartTaskEnded", { exitCode: 0 }),
  startTask1: told("StartTaskEnded", { exitCode: 1 }),
  preempted: told("NodePreempted"),
  lost: told("NodeLost"),
  recovered: told("NodeRecovered"),
  interrupted: told("NodeInterrupted"),
  unusable: told("NodeUnusable", { errors: [{ code: "DiskFull", message: "m" }] }),
  released: told("NodeReleased"),
  removalFailed: told("RemovalFailed", { message: "m" }),
  reboot: told("RebootNode"),
  reimage: told("ReimageNode"),
  disable: told("DisableScheduling"),
  enable: told("EnableScheduling"),
};
