import fc from "fast-check";
import { expect, it } from "vitest";
import { backtest, instantOfStep } from "/work/main/src/autoscale/backtest.ts";
import { columnExecutor } from "/work/main/src/autoscale/backtest/columns/executor.ts";
import { History } from "/work/main/src/autoscale/backtest/columns/history.ts";
import { failureCodes } from "/work/main/src/autoscale/backtest/timeline.ts";
import { evaluate, prepare } from "/work/main/src/autoscale/run.ts";
import { explain } from "/work/main/src/autoscale/explain.ts";
import { explanationText } from "/work/main/src/autoscale/explanationText.ts";
import { parseDuration } from "/work/main/src/base/time.ts";
import { arbitraryFormula, arbitraryWorld, start } from "/work/main/test/autoscale/worlds.ts";
it("soak", () => {
  let cols = 0, all = 0, fails = 0, marked = 0, blocks = 0, gaveup = 0;
  fc.assert(fc.property(arbitraryWorld, arbitraryFormula, (world, formula) => {
    fc.pre(!formula.includes("rand()"));
    const from = start + world.offset; const steps = 130;
    const to = from + parseDuration(world.interval)! * BigInt(steps - 1);
    const result = backtest({ store: world.store, from, to, interval: world.interval, formulas: [{ name: "f", formula }], initialTargets: { dedicated: 3, lowPriority: 1 } });
    const columns = result.formulas[0]; const prepared = prepare(formula);
    const h = new History(world.store, result.timeline); h.begin(0, steps);
    const ex = columnExecutor(prepared.program!.ir, h); all++; if (ex) { cols++; const t = ex.run(); if (!t) gaveup++; else { blocks++; marked += ex.fates.fates.slice(0,steps).filter(x=>x===3).length/steps; } }
    let targets = { dedicated: 3, lowPriority: 1 };
    for (let step = 0; step < steps; step++) {
      const at = instantOfStep(result.timeline, step);
      const run = evaluate(prepared, { store: world.store, at, targets }); if (run.error) fails++;
      const a = [columns.targetDedicated[step], columns.targetLowPriority[step], failureCodes[columns.failed[step]]];
      const b = [run.targets.dedicated, run.targets.lowPriority, run.error?.code ?? ""];
      if (a.join() !== b.join()) expect(a, `step ${step} of ${formula}`).toEqual(b);
      if (step % 17 === 0) { const e = explain(formula, { store: world.store, at, targets }); expect(e.run).toEqual(run); explanationText(e); for (const w of e.why) expect(w.sentence).toMatch(/^\$Target\w+ (is|stays) \d+[^]*\.$/); }
      targets = run.targets;
    }
  }), { numRuns: 1500, seed: Number(process.env.SEED ?? 1) });
  console.log({ all, cols, blocks, gaveup, fails, marked });
}, 300000);
