/**
 * A whole simulated cluster: the shipped host loop and core under a virtual clock, with the simulated provider. Hours pass in milliseconds; nothing
 * of the scheduler is written twice. Same scenario, same result, on any machine.
 */
import { randomStream } from "../../src/base/random.ts";
import type { Ticks } from "../../src/base/time.ts";
import { MetricStore } from "../../src/metrics/index.ts";
import { ticksAt } from "../core/autoscale/observe.ts";
import { brokenInvariants } from "../core/invariants.ts";
import type { Input } from "../core/protocol.ts";
import type { Refusal } from "../core/refusals.ts";
import { World } from "../core/world.ts";
import { HostLoop, type Watcher } from "../host/loop.ts";
import { SimulatedProvider } from "../providers/simulated.ts";
import { spotModels } from "../providers/spot.ts";
import { Recorder } from "./recorder.ts";
import { resultOf, type SimulationResult } from "./result.ts";
import type { Scenario } from "./scenario.ts";
import { POOL_ID, rowOf, Submissions } from "./submissions.ts";

export interface SimulateOptions {
  /** Told now and then: share of the work done, 0 to 1. */
  readonly onProgress?: (doneRatio: number) => void;
  /** Steps between two checks of the core's invariants; default: never. For tests. */
  readonly checkEvery?: number;
}

/** A finished run, for whoever wants more than its result. */
export interface Run {
  readonly scenario: Scenario;
  readonly world: World;
  readonly recorder: Recorder;
  readonly steps: number;
  /** When it ended, milliseconds since 1970 UTC. */
  readonly endedAt: number;
}

/** A scenario whose pool, jobs or tasks the service would refuse, or a broken invariant. */
export class SimulationProblem extends Error {
  override readonly name = "SimulationProblem";
}

const STEPS_A_TURN = 50_000;
/** No run lasts longer, drained or not: some drawn durations have no end in sight. */
const LONGEST_RUN_MS = 100 * 365 * 86_400_000;

/** Runs a scenario to its end. Throws SimulationProblem if the service would refuse what the scenario asks for. */
export function simulate(scenario: Scenario, options: SimulateOptions = {}): SimulationResult {
  return resultOf(runScenario(scenario, options));
}

/** The same, with the world as it was left. */
export function runScenario(scenario: Scenario, options: SimulateOptions = {}): Run {
  const { quota, pool, startAt } = scenario;
  const world = new World({
    settings: { samplePeriodMs: pool.samplePeriodMs, sampleDelayMs: pool.sampleDelayMs },
    quotas: { ...quota, activeJobsAndSchedules: Number.POSITIVE_INFINITY, pools: Number.POSITIVE_INFINITY },
    events: "off",
  });
  const commands = new Submissions(scenario);
  const recorder = new Recorder(scenario, () => {
    loop.stopped = true;
  });
  world.listener = recorder;
  const loop = new HostLoop({
    world,
    provider: providerOf(scenario),
    commands,
    watcher: new Watching(recorder),
  });
  const until = startAt + (scenario.until === "drained" ? LONGEST_RUN_MS : scenario.until);
  if (scenario.workload.count === recorder.tooLarge && scenario.until === "drained") loop.stopped = true;
  if (!loop.stopped && scenario.faults.sampleLoss > 0) {
    // The first step adds the pool.
    loop.turn(until, 1);
    loseSamples(scenario, world);
  }
  while (!loop.stopped && loop.turn(until, options.checkEvery ?? STEPS_A_TURN) > 0) {
    options.onProgress?.(doneRatio(scenario, recorder));
    if (options.checkEvery !== undefined) checkWorld(world);
  }
  const endedAt = scenario.until === "drained" ? Math.max(startAt, world.now) : until;
  recorder.finish(endedAt);
  return { scenario, world, recorder, steps: loop.steps, endedAt };
}

/** Brings the recorder's sums up to each step; a scenario that the service refuses ends the run. */
class Watching implements Watcher {
  private readonly recorder: Recorder;

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  before(at: number): void {
    this.recorder.before(at);
  }

  refused(refusal: Refusal, input: Input): void {
    throw new SimulationProblem(`${input.kind} was refused: ${refusal.code}: ${refusal.message}`);
  }
}

function checkWorld(world: World): void {
  const broken = brokenInvariants(world);
  if (broken.length > 0) throw new SimulationProblem(`an invariant is broken: ${broken[0]}`);
}

function doneRatio(scenario: Scenario, recorder: Recorder): number {
  if (scenario.until !== "drained") return Math.min(1, (recorder.lastAt - scenario.startAt) / scenario.until);
  return scenario.workload.count === 0 ? 1 : (recorder.succeeded + recorder.failed) / scenario.workload.count;
}

function providerOf({ seed, pool, faults, workload }: Scenario): SimulatedProvider {
  const durations = workload.durationMs;
  return new SimulatedProvider({
    seed,
    durationMs: (task) => durations[rowOf(task)],
    allocation: pool.allocation,
    boot: pool.boot,
    ...(pool.startTask === undefined ? {} : { startTask: pool.startTask }),
    taskFailureRatio: faults.taskFailures,
    capacity: faults.capacity,
    preemptionsPerNodeHour: faults.preemptionsPerNodeHour,
    nodeFailuresPerNodeHour: faults.nodeFailuresPerNodeHour,
    // Only for formulas that ask: it looks at every node of the pool.
    ...(/\$CPUPercent/i.test(pool.formula ?? "") ? { usageEveryMs: pool.samplePeriodMs } : {}),
    ...(faults.spot === undefined ? {} : { spot: spotModels[faults.spot] }),
  });
}

/** A store that loses some of what is recorded, as a network between nodes and service would. */
class LossyStore extends MetricStore {
  private readonly lost: () => boolean;

  constructor(options: ConstructorParameters<typeof MetricStore>[0], lost: () => boolean) {
    super(options);
    this.lost = lost;
  }

  override record(metric: string, time: Ticks, value: number): ReturnType<MetricStore["record"]> {
    // No number is no sample.
    return super.record(metric, time, this.lost() ? Number.NaN : value);
  }
}

/** Nothing was sampled yet when the pool has just been added, so its store can be exchanged. */
function loseSamples({ seed, faults, pool }: Scenario, world: World): void {
  const stream = randomStream(seed, "sample loss");
  const added = world.pool(POOL_ID);
  if (added?.store === undefined) return;
  added.store = new LossyStore(
    { samplePeriod: ticksAt(pool.samplePeriodMs), sampleDelay: ticksAt(pool.sampleDelayMs) },
    () => stream() < faults.sampleLoss,
  );
}
