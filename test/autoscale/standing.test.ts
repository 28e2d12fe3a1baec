/** A formula that stays bound to its store answers what a single evaluation does, however often it is asked. */
import { describe, expect, it } from "vitest";
import { evaluate, prepare, StandingFormula } from "../../src/autoscale/run.ts";
import { TICKS_PER_MS } from "../../src/base/time.ts";
import { MetricStore } from "../../src/metrics/index.ts";

const FORMULA = `$t = avg($PendingTasks.GetSample(TimeInterval_Minute * 10));
$TargetDedicatedNodes = $t + $CurrentDedicatedNodes + rand();
$TargetLowPriorityNodes = $PendingTasks.GetSample(1);`;
const MINUTE = 60_000n * TICKS_PER_MS;
const START = 638_000_000_000_000_000n;

describe("a standing formula", () => {
  for (const [what, formula] of [
    ["that runs", FORMULA],
    ["that fails at run time", "$TargetDedicatedNodes = avg($PendingTasks.GetSample(TimeInterval_Minute * 10, 99)) / 0;"],
    ["that does not parse", "$TargetDedicatedNodes = ;"],
  ]) {
    it(`${what} answers what a single evaluation does, while samples go on and targets change`, () => {
      const store = new MetricStore();
      const prepared = prepare(formula);
      const standing = new StandingFormula(prepared, store, START);
      const answers = new Set<string>();
      for (let minute = 1; minute <= 40; minute++) {
        const now = START + BigInt(minute) * MINUTE;
        store.record("$PendingTasks", now, (minute * 7) % 11);
        const targets = { dedicated: minute % 5, lowPriority: minute % 3 };
        const run = standing.evaluate(now, targets, minute);
        expect(run).toEqual(evaluate(prepared, { store, at: now, targets, seed: minute }));
        answers.add(JSON.stringify(run));
      }
      expect(answers.size).toBe(40);
    });
  }
});
