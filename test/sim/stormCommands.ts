/**
 * Clients without a plan: commands of every kind the core knows, at random moments, about pools, nodes, jobs and tasks that are there, and now and
 * then about some that are not. `commandKinds` is the list; a test holds that every kind of it is drawn and accepted.
 */
import { type RandomStream, randomStream } from "../../src/base/random.ts";
import type { AddJobSpec, Command } from "../../runtime/core/protocol/commands.ts";
import type { TaskSpec } from "../../runtime/core/taskSpec.ts";
import type { World } from "../../runtime/core/world.ts";
import { exponential } from "../../runtime/providers/distribution.ts";
import type { InputSource } from "../../runtime/providers/provider.ts";

const MINUTE = 60_000;
const OPTIONS = ["requeue", "terminate", "taskcompletion", "retaineddata"] as const;
const JOBS = ["a", "b", "c", "d"];
const FORMULAS = [
  "$TargetDedicatedNodes = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 5) < 50 ? 1 : min(6, max($PendingTasks.GetSample(TimeInterval_Minute * 5)) / 2); $NodeDeallocationOption = taskcompletion;",
  "$TargetLowPriorityNodes = min(5, max(0, $ActiveTasks.GetSample(1))); $NodeDeallocationOption = requeue;",
  "$TargetDedicatedNodes = avg($CPUPercent.GetSample(TimeInterval_Minute * 5));",
  "$TargetDedicatedNodes = $TargetDedicatedNodes > 2 ? 0 : 4; $NodeDeallocationOption = terminate;",
];

/** Draws of one stream by name of what is wanted. */
export class Dice {
  private readonly stream: RandomStream;

  constructor(seed: number, name: string) {
    this.stream = randomStream(seed, name);
  }

  ratio = (): number => this.stream();
  upTo = (max: number): number => Math.floor(this.stream() * (max + 1));
  chance = (ratio: number): boolean => this.stream() < ratio;
  pick = <Thing>(things: readonly Thing[]): Thing => things[Math.floor(this.stream() * things.length)];
}

/** What a job may ask for of its tasks: slots, groups, parents, limits, exits. */
export function drawnTask(dice: Dice): TaskSpec {
  const group = dice.chance(0.2) ? { multiInstance: { numberOfInstances: 1 + dice.upTo(2) } } : undefined;
  return {
    commandLine: "run",
    requiredSlots: group === undefined ? dice.pick([1, 1, 1, 1, 2, 4, 9]) : 1,
    maxTaskRetryCount: dice.pick([undefined, 0, 1, 2, -1]),
    maxWallClockMs: dice.chance(0.1) ? 5 * MINUTE : undefined,
    retentionMs: dice.pick([undefined, MINUTE, 30 * MINUTE]),
    ...group,
    ...(dice.chance(0.1)
      ? {
          dependsOn: {
            taskIds: dice.chance(0.5) ? [`${dice.upTo(30)}`] : [],
            taskIdRanges: [{ start: dice.upTo(20), end: dice.upTo(20) + 2 }].filter(({ start, end }) => start <= end),
          },
        }
      : {}),
    ...(dice.chance(0.1) ? { affinityId: `TVM:tvm-${dice.upTo(5)}` } : {}),
    ...(dice.chance(0.2)
      ? {
          exitConditions: {
            exitCodes: [
              {
                code: 1,
                options: {
                  jobAction: dice.pick(["none", "disable", "terminate"] as const),
                  dependencyAction: dice.pick(["satisfy", "block"] as const),
                },
              },
            ],
          },
        }
      : {}),
  };
}

/** A job with a manager, preparation, release, time limit or auto pool, or none of them. */
export function drawnJob(id: string, dice: Dice): AddJobSpec {
  const spec: AddJobSpec = {
    id,
    priority: dice.pick([0, 0, 0, 5, -5]),
    maxTaskRetryCount: dice.pick([0, 1, 2]),
    onTaskFailure: dice.chance(0.2) ? "performexitoptionsjobaction" : "noaction",
    onAllTasksComplete: dice.chance(0.05) ? "terminatejob" : "noaction",
    usesTaskDependencies: true,
    ...(dice.chance(0.1) ? { maxWallClockMs: 30 * MINUTE } : {}),
  };
  const manager = dice.chance(0.25)
    ? {
        jobManager: {
          ...drawnTask(dice),
          dependsOn: undefined,
          multiInstance: undefined,
          requiredSlots: 1,
          id: "manager",
          killJobOnCompletion: dice.chance(0.3),
          runExclusive: dice.chance(0.5),
          allowLowPriorityNode: dice.chance(0.7),
        },
      }
    : {};
  const preparation = dice.chance(0.4)
    ? {
        preparation: {
          id: "jobpreparation",
          commandLine: "prepare",
          maxTaskRetryCount: dice.upTo(1),
          maxWallClockMs: undefined,
          waitForSuccess: dice.chance(0.7),
          rerunOnNodeRebootAfterSuccess: dice.chance(0.7),
        },
        ...(dice.chance(0.7) ? { release: { id: "jobrelease", commandLine: "release", maxWallClockMs: 5 * MINUTE } } : {}),
      }
    : {};
  const where = dice.chance(0.1)
    ? ({
        autoPool: {
          idPrefix: "auto",
          lifetime: "job",
          keepAlive: dice.chance(0.3),
          pool: { vmSize: "small", coresPerNode: 2, taskSlotsPerNode: 2, targetDedicatedNodes: 2 },
        },
      } as const)
    : { poolId: dice.pick(["p", "p", "p", "q", "q", "q", "r"]) };
  return JSON.parse(JSON.stringify({ ...spec, ...manager, ...preparation, ...where })) as AddJobSpec;
}

type Maker = (dice: Dice, world: World) => Command;

/** One maker a kind; how often it is drawn beside it. */
const makers: { readonly [Kind in Command["kind"]]: readonly [weight: number, make: Maker] } = {
  SetQuotas: [1, (dice) => ({ kind: "SetQuotas", quotas: { dedicatedCores: dice.pick([8, 16, 40]) } })],
  AddPool: [2, (dice) => ({ kind: "AddPool", spec: drawnPool(dice.pick(["p", "q", "r"]), dice) })],
  DeletePool: [0.4, (dice) => ({ kind: "DeletePool", poolId: dice.pick(["p", "q", "r"]) })],
  ResizePool: [
    4,
    (dice, world) => ({
      kind: "ResizePool",
      poolId: poolOf(dice, world),
      targetDedicatedNodes: dice.upTo(6),
      targetLowPriorityNodes: dice.upTo(4),
      nodeDeallocationOption: dice.pick(OPTIONS),
      resizeTimeoutMs: dice.pick([5, 15]) * MINUTE,
    }),
  ],
  StopResize: [2, (dice, world) => ({ kind: "StopResize", poolId: poolOf(dice, world) })],
  RemoveNodes: [
    2,
    (dice, world) => ({ kind: "RemoveNodes", ...pluralNode(dice, world), nodeDeallocationOption: dice.pick(OPTIONS) }),
  ],
  EnableAutoScale: [
    2,
    (dice, world) => ({
      kind: "EnableAutoScale",
      poolId: poolOf(dice, world),
      autoScaleFormula: dice.pick(FORMULAS),
      autoScaleEvaluationIntervalMs: 5 * MINUTE,
    }),
  ],
  DisableAutoScale: [1, (dice, world) => ({ kind: "DisableAutoScale", poolId: poolOf(dice, world) })],
  EvaluateAutoScale: [
    1,
    (dice, world) => ({ kind: "EvaluateAutoScale", poolId: poolOf(dice, world), autoScaleFormula: dice.pick(FORMULAS) }),
  ],
  ReplacePoolProperties: [0.5, (dice, world) => ({ kind: "ReplacePoolProperties", poolId: poolOf(dice, world) })],
  PatchPool: [
    1,
    (dice, world) => ({
      kind: "PatchPool",
      poolId: poolOf(dice, world),
      startTask: { commandLine: "start", maxTaskRetryCount: dice.upTo(2), waitForSuccess: dice.chance(0.6) },
    }),
  ],
  UpgradePoolOS: [
    1,
    (dice, world) => ({ kind: "UpgradePoolOS", poolId: poolOf(dice, world), targetOSVersion: `v${dice.upTo(1000)}` }),
  ],
  RebootNode: [3, (dice, world) => ({ kind: "RebootNode", ...nodeOf(dice, world), nodeRebootOption: dice.pick(OPTIONS) })],
  ReimageNode: [2, (dice, world) => ({ kind: "ReimageNode", ...nodeOf(dice, world), nodeReimageOption: dice.pick(OPTIONS) })],
  DisableScheduling: [
    3,
    (dice, world) => ({ kind: "DisableScheduling", ...nodeOf(dice, world), nodeDisableSchedulingOption: dice.pick(OPTIONS) }),
  ],
  EnableScheduling: [4, (dice, world) => ({ kind: "EnableScheduling", ...nodeOf(dice, world) })],
  AddJob: [5, (dice) => ({ kind: "AddJob", spec: drawnJob(dice.pick(JOBS), dice) })],
  UpdateJob: [1, (dice, world) => ({ kind: "UpdateJob", jobId: jobOf(dice, world), properties: { priority: dice.upTo(3) } })],
  PatchJob: [
    2,
    (dice, world) => ({
      kind: "PatchJob",
      jobId: jobOf(dice, world),
      properties: dice.pick([
        { priority: dice.upTo(9) },
        { poolId: dice.pick(["p", "q"]) },
        { onAllTasksComplete: "terminatejob" as const },
        { maxWallClockMs: 60 * MINUTE },
      ]),
    }),
  ],
  DisableJob: [
    3,
    (dice, world) => ({
      kind: "DisableJob",
      jobId: jobOf(dice, world),
      disableTasks: dice.pick(["requeue", "terminate", "wait"]),
    }),
  ],
  EnableJob: [5, (dice, world) => ({ kind: "EnableJob", jobId: disabledJob(dice, world) })],
  TerminateJob: [1, (dice, world) => ({ kind: "TerminateJob", jobId: jobOf(dice, world) })],
  DeleteJob: [2, (dice, world) => ({ kind: "DeleteJob", jobId: jobOf(dice, world, 0.7) })],
  AddTask: [
    14,
    (dice, world) => ({ kind: "AddTask", jobId: jobOf(dice, world), id: `${dice.upTo(40)}`, spec: drawnTask(dice) }),
  ],
  AddTasks: [
    14,
    (dice, world) => ({
      kind: "AddTasks",
      jobId: jobOf(dice, world),
      tasks: Array.from({ length: 1 + dice.upTo(5) }, () => ({ id: `${dice.upTo(40)}`, spec: drawnTask(dice) })),
    }),
  ],
  UpdateTask: [2, (dice, world) => ({ kind: "UpdateTask", ...taskOf(dice, world), maxTaskRetryCount: dice.upTo(3) })],
  TerminateTask: [3, (dice, world) => ({ kind: "TerminateTask", ...taskOf(dice, world) })],
  DeleteTask: [3, (dice, world) => ({ kind: "DeleteTask", ...taskOf(dice, world) })],
  ReactivateTask: [4, (dice, world) => ({ kind: "ReactivateTask", ...taskOf(dice, world) })],
  AddJobSchedule: [
    1.5,
    (dice, world) => ({
      kind: "AddJobSchedule",
      spec: { id: "s", schedule: recurrence(dice, world), jobSpecification: specification(dice) },
    }),
  ],
  UpdateJobSchedule: [
    0.5,
    (dice, world) => ({
      kind: "UpdateJobSchedule",
      jobScheduleId: "s",
      schedule: recurrence(dice, world),
      jobSpecification: specification(dice),
    }),
  ],
  PatchJobSchedule: [
    0.5,
    (dice, world) => ({ kind: "PatchJobSchedule", jobScheduleId: "s", schedule: recurrence(dice, world) }),
  ],
  DisableJobSchedule: [0.7, () => ({ kind: "DisableJobSchedule", jobScheduleId: "s" })],
  EnableJobSchedule: [1, () => ({ kind: "EnableJobSchedule", jobScheduleId: "s" })],
  TerminateJobSchedule: [0.3, () => ({ kind: "TerminateJobSchedule", jobScheduleId: "s" })],
  DeleteJobSchedule: [0.4, () => ({ kind: "DeleteJobSchedule", jobScheduleId: "s" })],
};

/** Every kind of command there is. */
export const commandKinds = Object.keys(makers) as Command["kind"][];

export function drawnPool(id: string, dice: Dice) {
  const between = id === "q";
  return {
    id,
    vmSize: "small",
    coresPerNode: 4,
    taskSlotsPerNode: between ? 1 : dice.pick([1, 2, 4]),
    nodeFillType: dice.pick(["spread", "pack"] as const),
    enableInterNodeCommunication: between,
    configuration: dice.pick(["cloudService", "cloudService", "virtualMachine"] as const),
    targetDedicatedNodes: 1 + dice.upTo(3),
    targetLowPriorityNodes: dice.upTo(3),
    ...(dice.chance(0.4)
      ? { startTask: { commandLine: "start", maxTaskRetryCount: dice.upTo(2), waitForSuccess: dice.chance(0.6) } }
      : {}),
  };
}

function poolOf(dice: Dice, world: World): string {
  return dice.chance(0.95) && world.pools.size > 0 ? dice.pick([...world.pools.values()]).id : "nowhere";
}

function nodeOf(dice: Dice, world: World): { poolId: string; nodeId: string } {
  const nodes = [...world.pools.values()].flatMap((pool) => [...pool.nodes.values()]);
  if (nodes.length === 0 || dice.chance(0.03)) return { poolId: poolOf(dice, world), nodeId: "tvm-none" };
  const node = dice.pick(nodes);
  return { poolId: node.pool.id, nodeId: node.id };
}

function pluralNode(dice: Dice, world: World): { poolId: string; nodeIds: string[] } {
  const { poolId, nodeId } = nodeOf(dice, world);
  const others = [...(world.pool(poolId)?.nodes.keys() ?? [])].filter((id) => id !== nodeId);
  return { poolId, nodeIds: others.length > 0 && dice.chance(0.4) ? [nodeId, dice.pick(others)] : [nodeId] };
}

/** Mostly of those that are not completed, because most clients look first. */
function jobOf(dice: Dice, world: World, completed = 0.1): string {
  const over = dice.chance(completed);
  const jobs = [...world.jobs.values()].filter((job) => (job.state === "completed") === over);
  return dice.chance(0.97) && jobs.length > 0 ? dice.pick(jobs).id : "nothing";
}

function disabledJob(dice: Dice, world: World): string {
  const disabled = [...world.jobs.values()].filter(({ state }) => state === "disabled");
  return disabled.length > 0 && dice.chance(0.9) ? dice.pick(disabled).id : jobOf(dice, world);
}

function taskOf(dice: Dice, world: World): { jobId: string; taskId: string } {
  const jobId = jobOf(dice, world);
  const tasks = [...(world.job(jobId)?.tasks.values() ?? [])];
  return { jobId, taskId: tasks.length === 0 ? "none" : dice.pick(tasks).id };
}

function recurrence(dice: Dice, world: World) {
  return {
    doNotRunUntil: dice.chance(0.2) ? world.now + 5 * MINUTE : undefined,
    doNotRunAfter: dice.chance(0.3) ? world.now + 60 * MINUTE : undefined,
    startWindowMs: dice.chance(0.3) ? 2 * MINUTE : undefined,
    recurrenceIntervalMs: dice.chance(0.7) ? 10 * MINUTE : undefined,
  };
}

function specification(dice: Dice) {
  const { id: _id, ...rest } = {
    priority: 0,
    maxWallClockMs: undefined,
    maxTaskRetryCount: 0,
    onAllTasksComplete: "noaction",
    onTaskFailure: "noaction",
    usesTaskDependencies: true,
    ...drawnJob("x", dice),
  } as const;
  return rest;
}

const WEIGHT = Object.values(makers).reduce((sum, [weight]) => sum + weight, 0);

/** Gives commands at exponential gaps from `from` until `to`, milliseconds since 1970 UTC. */
export class StormCommands implements InputSource {
  private readonly dice: Dice;
  private readonly gaps: RandomStream;
  private readonly world: World;
  private readonly gapMs: number;
  private readonly to: number;
  private at: number;

  constructor(options: { seed: number; world: World; from: number; to: number; gapMs: number }) {
    this.dice = new Dice(options.seed, "commands");
    this.gaps = randomStream(options.seed, "gaps");
    this.world = options.world;
    this.gapMs = options.gapMs;
    this.to = options.to;
    this.at = options.from;
  }

  nextDueAt(): number {
    return this.at <= this.to ? this.at : Number.POSITIVE_INFINITY;
  }

  take(): Command {
    this.at += exponential(this.gapMs, this.gaps);
    let left = this.dice.ratio() * WEIGHT;
    for (const kind of commandKinds) {
      const [weight, make] = makers[kind];
      left -= weight;
      if (left < 0) return make(this.dice, this.world);
    }
    return { kind: "EnableJob", jobId: jobOf(this.dice, this.world) };
  }
}
