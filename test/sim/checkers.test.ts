/** Every checker of whole runs is proven by a planted bug: a run spoilt in just that way is caught by that checker, and an unspoilt one by none. */
import { describe, expect, it } from "vitest";
import { brokenClaims, checkers, type Run, runScenario } from "../../runtime/sim/index.ts";
import { poisson, scenarioOf } from "./scenarios.ts";

const fresh = (): Run =>
  runScenario(
    scenarioOf(poisson(0.5, 400, 30), { pool: { targetDedicatedNodes: 16, price: { dedicated: 1, lowPriority: 0 } } }),
  );
const write = <Thing extends object>(thing: Thing): { -readonly [Key in keyof Thing]: Thing[Key] } => thing as never;

const planted: Record<string, (run: Run) => void> = {
  completion: ({ recorder }) => void (recorder.endMs[17] = Number.NaN),
  "order of times": ({ recorder }) => void (recorder.startMs[17] = recorder.endMs[17]),
  conservation: ({ recorder }) => void (recorder.busySlotMs += 5_000),
  offer: ({ recorder }) => void (recorder.dedicatedMs /= 10),
  "first come, first served": ({ recorder }) => {
    // Two tasks that both waited change places.
    const waited = recorder.startMs.findIndex(
      (start, row) => row > 0 && start > recorder.startMs[row - 1] + 1 && recorder.startMs[row - 1] > 60_000,
    );
    expect(waited).toBeGreaterThan(0);
    [recorder.startMs[waited - 1], recorder.startMs[waited]] = [recorder.startMs[waited], recorder.startMs[waited - 1]];
  },
  "Little's law": ({ recorder }) => void (recorder.pendingMs += 60_000),
  timeline: ({ recorder }) => {
    const row = recorder.timeline.rows.at(-1)!;
    write(row).cost += 1;
  },
  invariants: ({ world }) => void world.pool("pool")!.dedicated.byState.idle--,
};

describe("checkers of whole runs", () => {
  it("find nothing in a sound run", () => {
    expect(brokenClaims(fresh())).toEqual([]);
  });

  it("there is a planted bug for each", () => {
    expect(Object.keys(planted).sort()).toEqual(checkers.map((checker) => checker.name).sort());
  });

  it.each(Object.keys(planted))("%s catches its planted bug", (name) => {
    const run = fresh();
    planted[name](run);
    expect(checkers.find((checker) => checker.name === name)!.check(run)).not.toEqual([]);
  });
});
