/** Scenarios that tests start from. */
import { type Scenario, scenarioDefaults, type ScenarioPool, synthetic, type Workload } from "../../runtime/sim/index.ts";

type Changes = Partial<Omit<Scenario, "pool" | "faults">> & {
  readonly pool?: Partial<ScenarioPool>;
  readonly faults?: Partial<Scenario["faults"]>;
};

/** The defaults with changes; nodes are there at once unless said otherwise. */
export function scenarioOf(workload: Workload, changes: Changes = {}): Scenario {
  return {
    ...scenarioDefaults,
    ...changes,
    workload,
    pool: { ...scenarioDefaults.pool, boot: { kind: "constant", meanMs: 0 }, ...changes.pool },
    faults: { ...scenarioDefaults.faults, ...changes.faults },
  };
}

/** Poisson arrivals and exponential durations. */
export function poisson(ratePerSecond: number, count: number, meanSeconds: number, seed = 1): Workload {
  return synthetic(
    { arrivals: { kind: "poisson", ratePerSecond, count }, duration: { kind: "exponential", meanMs: meanSeconds * 1000 } },
    seed,
    scenarioDefaults.startAt,
  );
}

/** Follows the queue: every waiting or running task gets a slot, up to a bound. */
export const FOLLOW = (nodesMax: number, kind = "Dedicated") => `
$pending = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 5) < 70 ? max(0, $PendingTasks.GetSample(1)) : avg($PendingTasks.GetSample(TimeInterval_Minute * 5));
$Target${kind}Nodes = min(${nodesMax}, $pending / $TaskSlotsPerNode);
$NodeDeallocationOption = taskcompletion;
`;
