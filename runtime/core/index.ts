/**
 * The core's door: a world, one step at a time. Pure and synchronous; time, machines and people come in as inputs, events and effects go out.
 *
 *     const world = new World({ quotas: { dedicatedCores: 100 } });
 *     step(world, { kind: "AddPool", spec: { id: "p", vmSize: "small", coresPerNode: 1, targetDedicatedNodes: 2 } }, now);
 */
export { Answer } from "./answers.ts";
export { Attempt } from "./attempt.ts";
export { EventDigest } from "./digest.ts";
export { eventFields, eventRow, type FieldReader, readFields } from "./eventFields.ts";
export { explainNode, explainPool, type PoolReasonCode, type Reason } from "./explain/pools.ts";
export { explainTask, type TaskReason, type TaskReasonCode } from "./explain/tasks.ts";
export { brokenCheaply, brokenInvariants } from "./invariants.ts";
export {
  type AddPoolSpec,
  allocationMachine,
  type AllocationState,
  Pool,
  poolMachine,
  type PoolSpec,
  type ResizeError,
  type ResizeErrorCode,
} from "./pool.ts";
export {
  ComputeNode,
  type DeallocationOption,
  type Drain,
  type NodeError,
  nodeMachine,
  type NodeState,
  type StartTaskSpec,
} from "./node.ts";
export {
  Job,
  jobMachine,
  type JobManagerSpec,
  type JobPreparationSpec,
  type JobReleaseSpec,
  type JobSpec,
  type JobState,
  SpecialRun,
} from "./job.ts";
export { JobSchedule, jobScheduleMachine, type JobScheduleSpec, type Recurrence } from "./jobSchedule.ts";
export { Task, taskMachine, type TaskState } from "./task.ts";
export { type Ending, type FailureInfo, TIME_LIMIT_EXIT_CODE } from "./taskOutcome.ts";
export type { TaskSpec } from "./taskSpec.ts";
export type { Command, Effect, Event, Input, Report, TimeInput } from "./protocol.ts";
export { Refusal, refusalRows, type RefusalValue } from "./refusals.ts";
export { defaultQuotas, defaultSettings, type Quotas, settingRows, type Settings } from "./settings.ts";
export { nextDueAt, step, type StepResult } from "./step.ts";
export { type Entity, type EventListener, World, type WorldOptions } from "./world.ts";
