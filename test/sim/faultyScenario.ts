/** A scenario drawn from a seed: pool, workload, formula and faults of every kind. The same seed always gives the same one. */
import { randomStream } from "../../src/base/random.ts";
import { type Scenario, synthetic } from "../../runtime/sim/index.ts";
import { FOLLOW, scenarioOf } from "./scenarios.ts";

const OPTIONS = ["requeue", "terminate", "taskcompletion", "retaineddata"];

export function faultyScenario(seed: number): Scenario {
  const stream = randomStream(seed, "scenario");
  const upTo = (max: number) => Math.floor(stream() * (max + 1));
  const chance = (ratio: number, value: number) => (stream() < ratio ? value : 0);
  const pick = <Thing>(things: readonly Thing[]): Thing => things[upTo(things.length - 1)];
  const slots = pick([1, 2, 4]);
  const count = 20 + upTo(200);
  const drawn = synthetic(
    {
      arrivals: pick([
        { kind: "poisson", ratePerSecond: 0.02 + stream() * 0.3, count },
        { kind: "batch", size: 1 + upTo(30), everyMs: 60_000 * (1 + upTo(20)), count },
      ] as const),
      duration: pick([
        { kind: "exponential", meanMs: 1000 * (10 + upTo(600)) },
        { kind: "lognormal", meanMs: 1000 * (10 + upTo(600)), sigma: 1.5 },
        { kind: "constant", meanMs: 0 },
      ] as const),
    },
    seed,
    0,
  );
  const jobs = [
    { id: "a", priority: 0 },
    { id: "b", priority: 0 },
    { id: "c", priority: 10 },
  ];
  const workload = {
    ...drawn,
    jobs,
    job: drawn.job.map(() => upTo(2)),
    slots: drawn.slots.map(() => 1 + upTo(slots - 1)),
  };
  const kind = pick(["Dedicated", "LowPriority"]);
  const formula = FOLLOW(1 + upTo(30), kind).replace(
    "taskcompletion",
    pick(OPTIONS.filter((option) => option !== "retaineddata")),
  );
  const fixed = stream() < 0.3;
  return scenarioOf(workload, {
    seed,
    maxTaskRetryCount: upTo(3),
    quota: {
      dedicatedCores: pick([Number.POSITIVE_INFINITY, 4 * (1 + upTo(20))]),
      lowPriorityCores: pick([Number.POSITIVE_INFINITY, 4 * (1 + upTo(20))]),
    },
    pool: {
      coresPerNode: slots,
      taskSlotsPerNode: slots,
      nodeFillType: pick(["spread", "pack"] as const),
      ...(fixed
        ? { targetDedicatedNodes: 1 + upTo(10), targetLowPriorityNodes: upTo(10) }
        : { formula, autoScaleEvaluationIntervalMs: 300_000 }),
      allocation: pick([
        { kind: "constant", meanMs: 0 },
        { kind: "exponential", meanMs: 120_000 },
      ] as const),
      boot: pick([
        { kind: "constant", meanMs: 0 },
        { kind: "lognormal", meanMs: 240_000, sigma: 0.5 },
      ] as const),
      startTask: pick([
        undefined,
        {
          duration: { kind: "exponential", meanMs: 60_000 },
          failureRatio: 0.1,
          maxTaskRetryCount: 2,
          waitForSuccess: stream() < 0.5,
        },
      ] as const),
    },
    faults: {
      preemptionsPerNodeHour: chance(0.5, 2 * stream()),
      spot: pick([undefined, "usual", "rough"] as const),
      nodeFailuresPerNodeHour: chance(0.5, stream()),
      sampleLoss: chance(0.5, stream() * 0.6),
      taskFailures: chance(0.5, stream() * 0.5),
    },
  });
}
