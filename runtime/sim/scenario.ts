/**
 * A scenario as the simulator runs it: everything read, checked and in milliseconds. `readScenario` makes one of a file; programs may make one by
 * hand, with `scenarioDefaults` for what they do not care about.
 */
import type { Distribution } from "../providers/distribution.ts";
import type { SpotPreset } from "../providers/spot.ts";
import type { Workload } from "./workload.ts";

export interface Scenario {
  /** Every draw of the run depends on it. */
  readonly seed: number;
  /** When the pool is made and the workload begins, milliseconds since 1970 UTC. */
  readonly startAt: number;
  readonly pool: ScenarioPool;
  readonly workload: Workload;
  /** Of every task: -1 always, 0 never. */
  readonly maxTaskRetryCount: number;
  /** Cores; Infinity where there is no quota. */
  readonly quota: { readonly dedicatedCores: number; readonly lowPriorityCores: number };
  readonly faults: Faults;
  /** Until every task that can run has completed, or a length of time in milliseconds. */
  readonly until: "drained" | number;
}

export interface ScenarioPool {
  readonly vmSize: string;
  readonly coresPerNode: number;
  readonly taskSlotsPerNode: number;
  readonly nodeFillType: "spread" | "pack";
  /** The text of the formula; undefined for a pool of fixed size. */
  readonly formula: string | undefined;
  readonly autoScaleEvaluationIntervalMs: number;
  /** For a pool without a formula. */
  readonly targetDedicatedNodes: number;
  readonly targetLowPriorityNodes: number;
  readonly samplePeriodMs: number;
  readonly sampleDelayMs: number;
  /** From the request to the node's record, and from there to the first task. */
  readonly allocation: Distribution;
  readonly boot: Distribution;
  readonly startTask:
    | {
        readonly duration: Distribution;
        readonly failureRatio: number;
        readonly maxTaskRetryCount: number;
        readonly waitForSuccess: boolean;
      }
    | undefined;
  /** A node hour, in any currency. */
  readonly price: { readonly dedicated: number; readonly lowPriority: number };
}

export interface Faults {
  /** Evictions of single low-priority nodes. */
  readonly preemptionsPerNodeHour: number;
  /** Evictions as real markets have them, many nodes at once. */
  readonly spot: SpotPreset | undefined;
  readonly nodeFailuresPerNodeHour: number;
  /** Share of samples that get lost, 0 to 1. */
  readonly sampleLoss: number;
  /** Share of task attempts that end with exit code 1, 0 to 1. */
  readonly taskFailures: number;
  /** Nodes there are to be had; Infinity where there is no end of them. */
  readonly capacity: { readonly dedicated: number; readonly lowPriority: number };
}

/** What a scenario has that says nothing about it. 2026-01-05 is a Monday. */
export const scenarioDefaults = Object.freeze({
  seed: 1,
  startAt: Date.UTC(2026, 0, 5),
  maxTaskRetryCount: 0,
  quota: Object.freeze({ dedicatedCores: Number.POSITIVE_INFINITY, lowPriorityCores: Number.POSITIVE_INFINITY }),
  until: "drained",
  faults: Object.freeze({
    preemptionsPerNodeHour: 0,
    spot: undefined,
    nodeFailuresPerNodeHour: 0,
    sampleLoss: 0,
    taskFailures: 0,
    capacity: Object.freeze({ dedicated: Number.POSITIVE_INFINITY, lowPriority: Number.POSITIVE_INFINITY }),
  }),
  pool: Object.freeze({
    vmSize: "standard_d1_v2",
    coresPerNode: 1,
    taskSlotsPerNode: 1,
    nodeFillType: "spread",
    formula: undefined,
    autoScaleEvaluationIntervalMs: 900_000,
    targetDedicatedNodes: 0,
    targetLowPriorityNodes: 0,
    samplePeriodMs: 30_000,
    sampleDelayMs: 60_000,
    allocation: Object.freeze({ kind: "constant", meanMs: 0 }),
    boot: Object.freeze({ kind: "constant", meanMs: 180_000 }),
    startTask: undefined,
    price: Object.freeze({ dedicated: 0, lowPriority: 0 }),
  }),
} as const satisfies Omit<Scenario, "workload">);
