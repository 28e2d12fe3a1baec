/** A world that is written and read again is the same world: for random clients, faults and moments of the restart. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { actions } from "../core/model.ts";
import { Cluster, MINUTE } from "../core/cluster.ts";
import { Work, workActions } from "../core/jobModel.ts";
import { Twins } from "./twins.ts";

it("jobs and tasks: rows make the same world again, which then says and does the same as the one that lived on", () => {
  let restorations = 0;
  let events = 0;
  fc.assert(
    fc.property(workActions, fc.nat({ max: 30 }), (list, every) => {
      const work = new Work(list[0]?.[2] ?? 0);
      const twins = new Twins(work.cluster);
      list.forEach((action, i) => {
        if (i % (every + 3) === 0) twins.restore();
        work.do(action);
      });
      twins.restore();
      work.settle();
      restorations += twins.restorations;
      events += work.cluster.events.length;
    }),
    { numRuns: 150 },
  );
  expect(restorations).toBeGreaterThan(300);
  expect(events).toBeGreaterThan(5_000);
});

it("pools and nodes: the same for resizes, autoscale, upgrades, faults", () => {
  let restorations = 0;
  fc.assert(
    fc.property(actions, fc.nat({ max: 30 }), (list, every) => {
      const cluster = new Cluster({
        quotas: { dedicatedCores: 6, lowPriorityCores: 3 },
        settings: { unknownGraceMs: 10 * MINUTE, unusableRecoveryMs: 10 * MINUTE },
      });
      cluster.addPool({ id: "a", targetDedicatedNodes: 2, configuration: "cloudService" });
      cluster.addPool({ id: "b", taskSlotsPerNode: 2, targetDedicatedNodes: 1, targetLowPriorityNodes: 2, nodeFillType: "pack" });
      const twins = new Twins(cluster);
      list.forEach((action, i) => {
        if (i % (every + 3) === 0) twins.restore();
        action(cluster);
      });
      twins.restore();
      restorations += twins.restorations;
    }),
    { numRuns: 150 },
  );
  expect(restorations).toBeGreaterThan(300);
});
