/** The simulated provider and its parts: the event queue against a sorted list, eviction rates against what their presets say. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventQueue } from "../../runtime/providers/eventQueue.ts";
import { SpotMarket, spotModels, spotRates } from "../../runtime/providers/spot.ts";
import { resultOf, runScenario } from "../../runtime/sim/index.ts";
import { randomStream } from "../../src/base/random.ts";
import { poisson, scenarioOf } from "./scenarios.ts";

const HOUR_MS = 3_600_000;

describe("event queue", () => {
  it("gives entries by time, those of the same instant in order of addition, with additions in between (property)", () => {
    const operation = fc.oneof(fc.nat(20), fc.constant("take" as const));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
        const queue = new EventQueue();
        let model: { at: number; entry: number }[] = [];
        operations.forEach((given, entry) => {
          if (given !== "take") {
            queue.add(given, entry);
            model = [...model, { at: given, entry }].sort((a, b) => a.at - b.at || a.entry - b.entry);
          } else if (model.length > 0) {
            expect(queue.nextDueAt()).toBe(model[0].at);
            expect(queue.take()).toBe(model.shift()!.entry);
          } else expect(queue.nextDueAt()).toBe(Number.POSITIVE_INFINITY);
          expect(queue.size).toBe(model.length);
        });
      }),
    );
  });

  it("grows beyond its first capacity and loses nothing", () => {
    const queue = new EventQueue();
    for (let i = 0; i < 5000; i++) queue.add((i * 7919) % 1000, i);
    let last = -1;
    for (let i = 0; i < 5000; i++) {
      const at = queue.nextDueAt();
      expect(at).toBeGreaterThanOrEqual(last);
      last = at;
      expect((queue.take() * 7919) % 1000).toBe(at);
    }
  });
});

describe("spot markets", () => {
  it.each(["calm", "usual", "rough"] as const)("%s: evictions add up to the rate of the preset", (preset) => {
    const model = spotModels[preset];
    const market = new SpotMarket(model, randomStream(1, preset));
    const nodes = 40;
    let nodeHours = 0;
    let taken = 0;
    for (let i = 0; i < 6000; i++) {
      // Nodes exist in times of plenty; in a shortage those that were left.
      const present = Math.min(nodes, market.capacity);
      nodeHours += (present * market.stay()) / HOUR_MS;
      taken += market.turn(present);
    }
    const rate = taken / nodeHours + model.singlePerNodeHour;
    expect(rate / spotRates[preset]).toBeGreaterThan(0.75);
    expect(rate / spotRates[preset]).toBeLessThan(1.1);
  });

  it("a whole simulated pool sees them too, most of them many at once", () => {
    const scenario = scenarioOf(poisson(0.01, 1500, 3600), {
      pool: { targetLowPriorityNodes: 40, boot: { kind: "constant", meanMs: 60_000 } },
      faults: { spot: "usual" },
    });
    const run = runScenario(scenario);
    const { preemptions, nodeHours } = resultOf(run);
    expect(preemptions / nodeHours.lowPriority).toBeGreaterThan(0.15);
    expect(preemptions / nodeHours.lowPriority).toBeLessThan(0.5);
    expect(Math.min(...run.recorder.timeline.rows.slice(10).map((row) => row.runningTasks))).toBe(0);
  });

  it("single evictions come at the plain rate of the scenario and take low-priority nodes only", () => {
    const scenario = scenarioOf(poisson(0.01, 600, 3600), {
      pool: { targetLowPriorityNodes: 25, targetDedicatedNodes: 25 },
      faults: { preemptionsPerNodeHour: 0.2 },
    });
    const { preemptions, nodeHours } = resultOf(runScenario(scenario));
    const expected = 0.2 * nodeHours.lowPriority;
    expect(Math.abs(preemptions - expected)).toBeLessThan(5 * Math.sqrt(expected));
    const dedicated = scenarioOf(poisson(0.01, 60, 3600), {
      pool: { targetDedicatedNodes: 50 },
      faults: { preemptionsPerNodeHour: 5 },
    });
    expect(resultOf(runScenario(dedicated)).preemptions).toBe(0);
  });
});

describe("capacity and failures", () => {
  it("no more nodes than there is capacity for; the resize ends with an error (P-36)", () => {
    const run = runScenario(
      scenarioOf(poisson(1, 200, 10), {
        pool: { targetDedicatedNodes: 10 },
        faults: { capacity: { dedicated: 4, lowPriority: 0 } },
      }),
    );
    const pool = run.world.pool("pool")!;
    expect(pool.dedicated.current).toBe(4);
    expect(pool.resizeErrors.map((error) => error.code)).toEqual(["AllocationFailed"]);
  });

  it("failed nodes lose their tasks to others and come back (P-95): all work is done, some of it twice", () => {
    const run = runScenario(
      scenarioOf(poisson(0.02, 500, 1800), {
        pool: { targetDedicatedNodes: 60, boot: { kind: "constant", meanMs: 120_000 } },
        faults: { nodeFailuresPerNodeHour: 0.3 },
      }),
    );
    expect(run.recorder.recoveries).toBeGreaterThan(10);
    expect(run.recorder.succeeded).toBe(500);
    expect(run.world.pool("pool")!.dedicated.current).toBe(60);
  });

  it("a start task that fails is retried, then its node takes no tasks (P-103, P-104)", () => {
    const startTask = {
      duration: { kind: "constant", meanMs: 60_000 },
      failureRatio: 0.5,
      maxTaskRetryCount: 1,
      waitForSuccess: true,
    } as const;
    const run = runScenario(scenarioOf(poisson(0.02, 300, 60), { pool: { targetDedicatedNodes: 200, startTask } }));
    const failed = run.world.pool("pool")!.dedicated.byState.starttaskfailed;
    expect(failed).toBeGreaterThan(30);
    expect(failed).toBeLessThan(70);
    expect(run.recorder.succeeded).toBe(300);
  });
});
