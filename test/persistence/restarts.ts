/**
 * Random histories that are restored every few actions: whatever the clients, faults and moments of the restart, the world that was written and read
 * again is the same, and goes on the same. `restore.test.ts` runs some of them, `restore.soak.ts` thousands.
 */
import fc from "fast-check";
import { Cluster, MINUTE } from "../core/cluster.ts";
import { Work, workActions } from "../core/jobModel.ts";
import { actions } from "../core/model.ts";
import { Twins } from "./twins.ts";

/** How many worlds were restored, and events of the histories. */
export interface Restarts {
  restorations: number;
  events: number;
}

/** Actions between two restarts, 3 to 33. */
const every = fc.nat({ max: 30 }).map((more) => more + 3);

/** Jobs and tasks on steady pools. Throws for the first history that does not come out the same. */
export function restartsOfWork(numRuns: number): Restarts {
  const seen = { restorations: 0, events: 0 };
  fc.assert(
    fc.property(workActions, every, (list, gap) => {
      const work = new Work(list[0]?.[2] ?? 0);
      const twins = new Twins(work.cluster);
      list.forEach((action, i) => {
        if (i % gap === 0) twins.restore();
        work.do(action);
      });
      twins.restore();
      work.settle();
      seen.restorations += twins.restorations;
      seen.events += work.cluster.events.length;
    }),
    { numRuns },
  );
  return seen;
}

/** Resizes, autoscale, upgrades and faults of two pools. Throws likewise. */
export function restartsOfPools(numRuns: number): Restarts {
  const seen = { restorations: 0, events: 0 };
  fc.assert(
    fc.property(actions, every, (list, gap) => {
      const cluster = new Cluster({
        quotas: { dedicatedCores: 6, lowPriorityCores: 3 },
        settings: { unknownGraceMs: 10 * MINUTE, unusableRecoveryMs: 10 * MINUTE },
      });
      cluster.addPool({ id: "a", targetDedicatedNodes: 2, configuration: "cloudService" });
      cluster.addPool({
        id: "b",
        taskSlotsPerNode: 2,
        targetDedicatedNodes: 1,
        targetLowPriorityNodes: 2,
        nodeFillType: "pack",
      });
      const twins = new Twins(cluster);
      list.forEach((action, i) => {
        if (i % gap === 0) twins.restore();
        action(cluster);
      });
      twins.restore();
      seen.restorations += twins.restorations;
      seen.events += cluster.events.length;
    }),
    { numRuns },
  );
  return seen;
}
