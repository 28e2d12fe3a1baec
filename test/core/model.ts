/**
 * Random commands, faults and delays against a provider that answers late, in any order, twice, by halves, or with a refusal. `model.test.ts` runs
 * a few hundred of them, `model.soak.ts` thousands.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { eventRow } from "../../runtime/core/eventFields.ts";
import type { DeallocationOption } from "../../runtime/core/node.ts";
import type { Effect, Input, Report } from "../../runtime/core/protocol.ts";
import { answers, Cluster, MINUTE } from "./cluster.ts";

/** One thing that happens to a cluster. */
export type Action = (cluster: Cluster) => void;

const option = fc.constantFrom<DeallocationOption>("requeue", "terminate", "taskcompletion", "retaineddata");
const poolId = fc.constantFrom("a", "b");
const which = fc.nat(40);

/** The node with this number of those that exist, counted over all pools. */
function someNode(cluster: Cluster, number: number): { poolId: string; nodeId: string } {
  const all = [...cluster.world.pools.values()].flatMap((pool) => [...pool.nodes.values()]);
  const node = all[number % Math.max(1, all.length)];
  return node === undefined ? { poolId: "a", nodeId: "tvm-1" } : { poolId: node.pool.id, nodeId: node.id };
}

function refusalOf(effect: Effect): Report[] {
  switch (effect.kind) {
    case "AllocateNodes":
      return [
        {
          kind: "AllocationFailed",
          poolId: effect.pool.id,
          nodeIds: effect.nodeIds,
          code: "AllocationFailed",
          message: "none",
        },
      ];
    case "ReplaceNode":
      return [
        {
          kind: "AllocationFailed",
          poolId: effect.node.pool.id,
          nodeIds: [effect.node.id],
          code: "AllocationFailed",
          message: "none",
        },
      ];
    case "CancelAllocation":
      // Too late: they came all the same.
      return effect.nodeIds.map((nodeId) => ({ kind: "NodeAllocated", poolId: effect.pool.id, nodeId }));
    case "ReleaseNode":
      return [{ kind: "RemovalFailed", poolId: effect.pool.id, nodeId: effect.nodeId, message: "stuck" }];
    case "RunStartTask":
      return [{ kind: "StartTaskEnded", poolId: effect.node.pool.id, nodeId: effect.node.id, exitCode: 1, failure: undefined }];
    case "RunTask":
      return [{ kind: "TaskEnded", attempt: effect.attempt.id, cause: "exit", exitCode: 1, failure: undefined }];
    case "RunPreparation":
      return [{ kind: "PreparationEnded", jobId: effect.run.job.id, run: effect.run.id, exitCode: 1, failure: undefined }];
    default:
      return answers(effect);
  }
}

/** Answers one pending effect: in full, with a refusal, only the first half of its reports, or each report twice. */
const answer: fc.Arbitrary<Action> = fc
  .record({ which, how: fc.constantFrom("well", "well", "well", "refusal", "half", "twice") })
  .map(({ which, how }) => (cluster) => {
    if (cluster.pending.length === 0) return;
    const [effect] = cluster.pending.splice(which % cluster.pending.length, 1);
    const reports = how === "refusal" ? refusalOf(effect) : answers(effect);
    const told =
      how === "half"
        ? reports.slice(0, Math.ceil(reports.length / 2))
        : how === "twice"
          ? reports.flatMap((report) => [report, report])
          : reports;
    for (const report of told) cluster.do(report);
  });

const fault: fc.Arbitrary<Action> = fc
  .record({
    which,
    kind: fc.constantFrom(
      "NodeLost",
      "NodeRecovered",
      "NodeInterrupted",
      "NodePreempted",
      "NodeUnusable",
      "NodeReleased",
      "NodeReady",
      "NodeStarted",
      "NodeBootFailed",
    ),
  })
  .map(
    ({ which, kind }) =>
      (cluster) =>
        void cluster.do({
          kind,
          ...someNode(cluster, which),
          errors: which % 2 === 0 ? [] : [{ code: "DiskFull", message: "m" }],
        } as Input),
  );

const advance: fc.Arbitrary<Action> = fc
  .constantFrom(0.5, 1, 5, 12, 30)
  .map((minutes) => (cluster) => cluster.advance(minutes * MINUTE));

const onPool: fc.Arbitrary<Action> = fc.oneof(
  fc
    .record({ poolId, targetDedicatedNodes: fc.nat(4), targetLowPriorityNodes: fc.nat(3), nodeDeallocationOption: option })
    .map((given) => (cluster: Cluster) => void cluster.do({ kind: "ResizePool", ...given })),
  poolId.map((id) => (cluster: Cluster) => void cluster.do({ kind: "StopResize", poolId: id })),
  fc.record({ which, nodeDeallocationOption: option }).map(({ which, nodeDeallocationOption }) => (cluster: Cluster) => {
    const { poolId, nodeId } = someNode(cluster, which);
    cluster.do({ kind: "RemoveNodes", poolId, nodeIds: [nodeId], nodeDeallocationOption });
  }),
  fc
    .record({
      poolId,
      autoScaleFormula: fc.constantFrom(
        "$TargetDedicatedNodes = 2;",
        "$TargetDedicatedNodes = $TargetDedicatedNodes > 2 ? 0 : 4; $NodeDeallocationOption = taskcompletion;",
        "a = 1 / 0;",
      ),
    })
    .map(
      (given) => (cluster: Cluster) =>
        void cluster.do({ kind: "EnableAutoScale", ...given, autoScaleEvaluationIntervalMs: 5 * MINUTE }),
    ),
  poolId.map((id) => (cluster: Cluster) => void cluster.do({ kind: "DisableAutoScale", poolId: id })),
  poolId.map(
    (id) => (cluster: Cluster) =>
      void cluster.do({ kind: "UpgradePoolOS", poolId: id, targetOSVersion: String(cluster.events.length) }),
  ),
  fc
    .record({ poolId, slots: fc.constantFrom(1, 2), waitForSuccess: fc.boolean() })
    .map(({ poolId, slots, waitForSuccess }) => (cluster: Cluster) => {
      const startTask = { commandLine: "s", maxTaskRetryCount: 1, waitForSuccess };
      cluster.do({
        kind: "AddPool",
        spec: {
          id: poolId,
          vmSize: "s",
          coresPerNode: 1,
          taskSlotsPerNode: slots,
          configuration: "cloudService",
          targetDedicatedNodes: 1,
          startTask,
        },
      });
    }),
  poolId.map((id) => (cluster: Cluster) => void cluster.do({ kind: "DeletePool", poolId: id })),
);

const onNode: fc.Arbitrary<Action> = fc
  .record({ which, option, kind: fc.constantFrom("RebootNode", "ReimageNode", "DisableScheduling", "EnableScheduling") })
  .map(({ which, option, kind }) => (cluster) => {
    cluster.do({
      kind,
      ...someNode(cluster, which),
      nodeRebootOption: option,
      nodeReimageOption: option,
      nodeDisableSchedulingOption: option,
    } as Input);
  });

const spec = { commandLine: "c", requiredSlots: 1, maxTaskRetryCount: 1, maxWallClockMs: undefined, retentionMs: 7 * MINUTE };
const onTasks: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ poolId, requiredSlots: fc.constantFrom(1, 1, 2) }).map(({ poolId, requiredSlots }) => (cluster: Cluster) => {
    const jobId = `job-${poolId}`;
    if (cluster.world.job(jobId) === undefined) cluster.do({ kind: "AddJob", spec: { id: jobId, poolId } });
    cluster.do({ kind: "AddTask", jobId, id: `t${cluster.events.length}`, spec: { ...spec, requiredSlots } });
  }),
  which.map((number) => (cluster: Cluster) => {
    const running = cluster.pending.filter((effect) => effect.kind === "RunTask");
    const effect = running[number % Math.max(1, running.length)];
    if (effect?.kind === "RunTask")
      cluster.do({ kind: "TerminateTask", jobId: effect.attempt.task.job.id, taskId: effect.attempt.task.id });
  }),
);

/** Ten to 120 things that happen. */
export const actions = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: answer },
    { weight: 2, arbitrary: onPool },
    { weight: 1, arbitrary: onNode },
    { weight: 1, arbitrary: fault },
    { weight: 2, arbitrary: advance },
    { weight: 3, arbitrary: onTasks },
  ),
  { minLength: 10, maxLength: 120 },
);

/** A world of two pools to which all of it happened; every step checks every invariant. */
export function run(list: readonly Action[]): Cluster {
  const cluster = new Cluster({
    quotas: { dedicatedCores: 6, lowPriorityCores: 3 },
    settings: { unknownGraceMs: 10 * MINUTE, unusableRecoveryMs: 10 * MINUTE },
  });
  cluster.addPool({ id: "a", targetDedicatedNodes: 2, configuration: "cloudService" });
  cluster.addPool({ id: "b", taskSlotsPerNode: 2, targetDedicatedNodes: 1, targetLowPriorityNodes: 2, nodeFillType: "pack" });
  for (const action of list) action(cluster);
  return cluster;
}

/** Faults stop: the provider answers everything, silent nodes speak, time passes. */
export function calm(cluster: Cluster): void {
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 50 && cluster.pending.length > 0; i++) {
      cluster.serve();
      const running = cluster.pending.filter((effect) => effect.kind === "RunTask");
      cluster.pending = [];
      for (const effect of running) for (const report of answers(effect)) cluster.do(report);
    }
    cluster.advance(16 * MINUTE);
  }
  cluster.serve();
}

/** What has to hold once faults stop: every pool is steady, deleted ones are gone, and what is missing has a named reason. */
export function expectGoodEnd(list: readonly Action[]): void {
  const cluster = run(list);
  for (const pool of cluster.world.pools.values())
    if (pool.autoScale !== undefined) cluster.do({ kind: "DisableAutoScale", poolId: pool.id });
  calm(cluster);
  const story = () => cluster.events.map((event) => JSON.stringify(eventRow(event))).join("\n");
  for (const pool of cluster.world.pools.values()) {
    expect(
      [pool.allocationState, pool.state === "deleting", pool.heldTargets, pool.lowPriority.byState.preempted],
      story(),
    ).toEqual(["steady", false, undefined, 0]);
    // Machines that the provider took away unasked are missed without an error.
    const taken = cluster.kinds().includes("NodeRemoved");
    if (pool.dedicated.current < pool.dedicated.target && !taken) expect(pool.resizeErrors, story()).not.toEqual([]);
  }
}
