/**
 * One seed of the storm: the shipped host loop, core and simulated provider, with clients that ask for anything at any moment and a provider that
 * gets things wrong. Every step is checked for what must never be; then faults and clients stop, and what must be in the end is checked as well.
 */
import { brokenCheaply, brokenInvariants } from "../../runtime/core/invariants.ts";
import { EventDigest } from "../../runtime/core/digest.ts";
import { explainTask } from "../../runtime/core/explain/tasks.ts";
import type { Input } from "../../runtime/core/protocol.ts";
import type { StepResult } from "../../runtime/core/step.ts";
import { World } from "../../runtime/core/world.ts";
import { HostLoop } from "../../runtime/host/loop.ts";
import { SimulatedProvider } from "../../runtime/providers/simulated.ts";
import { spotModels } from "../../runtime/providers/spot.ts";
import { Dice, drawnJob, drawnPool, drawnTask, StormCommands } from "./stormCommands.ts";
import { StormProvider } from "./stormProvider.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 5);
const STORM_MS = 3 * HOUR;
/** Longer than any boot, grace, resize timeout, retention and task together. */
const CALM_MS = 12 * HOUR;
/** Steps between two walks over the whole world; what is cheap is checked after each. */
const CHECK_EVERY = 10;

/** What a storm leaves behind. */
export interface Storm {
  readonly seed: number;
  readonly world: World;
  readonly digest: string;
  readonly steps: number;
  /** Kinds of inputs that were taken, each with how often; refused ones under their code. */
  readonly inputs: ReadonlyMap<string, number>;
  readonly events: ReadonlyMap<string, number>;
  readonly staleReports: number;
}

export class BrokenStorm extends Error {
  override readonly name = "BrokenStorm";
}

function settingsOf(dice: Dice) {
  return {
    retryUnchangedTarget: dice.chance(0.3),
    unknownGraceMs: dice.pick([2, 10]) * MINUTE,
    unusableRecoveryMs: dice.pick([2, 10]) * MINUTE,
    retentionMs: 30 * MINUTE,
    recoveriesMax: dice.pick([3, 100]),
    terminateJobEndsActiveTasks: dice.chance(0.3),
    retryPrefersSameNode: dice.chance(0.7),
    enableAutoScaleGapMs: 30_000,
  };
}

function providerOf(dice: Dice, seed: number): StormProvider {
  const ratio = (most: number) => (dice.chance(0.3) ? 0 : most * dice.ratio());
  const inner = new SimulatedProvider({
    seed,
    durationMs: (task) => (1 + ((task.sequence * 7919) % 20)) * 0.5 * MINUTE,
    allocation: dice.pick([
      { kind: "constant", meanMs: 0 },
      { kind: "exponential", meanMs: MINUTE },
    ] as const),
    boot: dice.pick([
      { kind: "constant", meanMs: 0 },
      { kind: "lognormal", meanMs: 3 * MINUTE, sigma: 0.5 },
    ] as const),
    startTask: { duration: { kind: "exponential", meanMs: MINUTE }, failureRatio: ratio(0.4) },
    taskFailureRatio: ratio(0.3),
    capacity: dice.pick([undefined, { dedicated: 6, lowPriority: 4 }]) ?? {
      dedicated: Number.POSITIVE_INFINITY,
      lowPriority: Number.POSITIVE_INFINITY,
    },
    preemptionsPerNodeHour: ratio(2),
    nodeFailuresPerNodeHour: ratio(2),
    ...(dice.chance(0.2) ? { usageEveryMs: 30_000 } : {}),
    ...(dice.chance(0.4) ? { spot: spotModels[dice.pick(["usual", "rough"] as const)] } : {}),
  });
  const trouble = {
    refusedAllocations: ratio(0.3),
    failedRemovals: ratio(0.3),
    failedBoots: ratio(0.2),
    failedSpecials: ratio(0.4),
    oddEndings: ratio(0.4),
    falseAlarms: ratio(0.05),
    repeats: ratio(0.2),
    delays: ratio(0.2),
    delayMsMax: dice.pick([1000, MINUTE, 5 * MINUTE]),
  };
  return new StormProvider(inner, trouble, seed);
}

/** Runs a storm. `spoil` plants a bug: called after every step. Throws BrokenStorm with what was broken and when. */
export function runStorm(seed: number, spoil?: (world: World, steps: number) => void): Storm {
  const dice = new Dice(seed, "storm");
  const quotas = {
    dedicatedCores: dice.pick([16, 40, 1000]),
    lowPriorityCores: dice.pick([8, 1000]),
    activeJobsAndSchedules: 8,
    pools: 5,
  };
  const world = new World({ settings: settingsOf(dice), quotas, events: "keep" });
  const provider = providerOf(dice, seed);
  const commands = new StormCommands({ seed, world, from: START, to: START + STORM_MS, gapMs: dice.pick([10_000, MINUTE]) });
  const digest = new EventDigest();
  const inputs = new Map<string, number>();
  const events = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  let lastAt = START;
  let steps = 0;
  const after = (result: StepResult, input: Input) => {
    lastAt = result.at;
    steps++;
    for (const event of result.events) {
      digest.add(result.at, event);
      count(events, event.kind);
    }
    count(inputs, result.refusal === undefined ? input.kind : `${input.kind} ${result.refusal.code}`);
    spoil?.(world, steps);
    const refused = result.refusal !== undefined && result.events.length + result.effects.length > 0;
    const broken = [
      ...(refused ? [`${input.kind} was refused and yet changed something`] : []),
      ...brokenCheaply(world),
      ...(steps % CHECK_EVERY === 0 ? brokenInvariants(world) : []),
    ];
    if (broken.length > 0)
      throw new BrokenStorm(`${broken[0]} (${input.kind}, step ${steps}, ${new Date(lastAt).toISOString()})`);
  };
  const loop = new HostLoop({ world, provider, commands, watcher: { before: () => {}, after } });
  for (const id of ["p", "q"]) loop.submit({ kind: "AddPool", spec: drawnPool(id, dice) }, START);
  for (const id of ["a", "b"]) {
    loop.submit({ kind: "AddJob", spec: drawnJob(id, dice) }, START);
    const tasks = Array.from({ length: 10 + dice.upTo(40) }, (_, i) => ({ id: `${i}`, spec: drawnTask(dice) }));
    loop.submit({ kind: "AddTasks", jobId: id, tasks }, START);
  }
  loop.turn(START + STORM_MS, STEPS_MAX);
  provider.calm = true;
  clearUp(loop, world);
  loop.turn(START + STORM_MS + CALM_MS, STEPS_MAX);
  const broken = brokenInvariants(world)[0];
  if (broken !== undefined) throw new BrokenStorm(broken);
  if (steps >= STEPS_MAX) throw new BrokenStorm(`steps without end: ${STEPS_MAX} until ${new Date(lastAt).toISOString()}`);
  return {
    seed,
    world,
    digest: digest.toString(),
    steps,
    inputs,
    events,
    staleReports: events.get("StaleReport") ?? 0,
  };
}

/** Far above what storms take. */
const STEPS_MAX = 200_000;

/** What a person would do who comes back: schedules end, jobs may run, nodes take tasks again, pools keep the size they have. */
function clearUp(loop: HostLoop, world: World): void {
  const now = world.now;
  for (const schedule of [...world.jobSchedules.values()])
    loop.submit({ kind: "TerminateJobSchedule", jobScheduleId: schedule.id }, now);
  for (const job of [...world.jobs.values()]) loop.submit({ kind: "EnableJob", jobId: job.id }, now);
  for (const pool of [...world.pools.values()]) {
    loop.submit({ kind: "DisableAutoScale", poolId: pool.id }, now);
    for (const node of [...pool.nodes.values()])
      loop.submit({ kind: "EnableScheduling", poolId: pool.id, nodeId: node.id }, now);
  }
}

/** What must be in the end: nothing on its way for ever, and a named reason for every task that waits. */
export interface EndClaim {
  readonly name: string;
  readonly check: (storm: Storm) => string[];
}

const ON_THE_WAY = ["enabling", "terminating", "deleting"];

export const endClaims: readonly EndClaim[] = [
  {
    name: "jobs are through",
    check: ({ world }) =>
      [...world.jobs.values()]
        .filter(({ state }) => ON_THE_WAY.includes(state))
        .map(({ id, state }) => `job ${id} is ${state} for ever`),
  },
  {
    name: "schedules are through",
    check: ({ world }) =>
      [...world.jobSchedules.values()]
        .filter(({ state }) => ON_THE_WAY.includes(state))
        .map(({ id, state }) => `job schedule ${id} is ${state} for ever`),
  },
  {
    name: "pools are through",
    check: ({ world }) =>
      [...world.pools.values()]
        .filter((pool) => pool.state !== "active" || pool.allocationState === "stopping" || pool.heldTargets !== undefined)
        .map(({ id, state, allocationState }) => `pool ${id} is ${state} and ${allocationState} for ever`),
  },
  {
    name: "no attempt is left to end",
    check: ({ world }) =>
      [...world.attempts]
        .filter((attempt) => attempt.kill !== undefined && attempt.node.state !== "unknown")
        .map(
          (attempt) =>
            `an attempt of ${attempt.task.job.id}/${attempt.task.id} is being ended for ever on ${attempt.node.id}, ${attempt.node.state}`,
        ),
  },
  {
    name: "whoever could run does",
    check: ({ world }) =>
      [...world.jobs.values()]
        .flatMap((job) => [...job.tasks.values()])
        .filter((task) => task.state === "active" && explainTask(task)[0].code === "behind-others")
        .map((task) => `task ${task.job.id}/${task.id} waits though nothing hinders it`),
  },
];

/** What is wrong with a seed, each with the command that repeats it; nothing when all is well. */
export function stormSeed(seed: number, spoil?: (world: World, steps: number) => void): string[] {
  const repeat = `repeat it with: WEIR_SEED=${seed} npm run soak -- test/sim/storm`;
  try {
    const storm = runStorm(seed, spoil);
    return endClaims.flatMap(({ name, check }) => check(storm).map((what) => `seed ${seed}: ${name}: ${what}; ${repeat}`));
  } catch (error) {
    const what = error instanceof BrokenStorm ? error.message : error instanceof Error ? error.stack : String(error);
    return [`seed ${seed}: ${what}; ${repeat}`];
  }
}
