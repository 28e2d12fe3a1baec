/** The library as a browser gets it: one bundle without Node's built-ins, run where there is nothing but the language itself. */
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

describe("the library", () => {
  it("bundles for a browser and evaluates, explains and back-tests in a bare context", async () => {
    const { outputFiles, metafile } = await build({
      metafile: true,
      entryPoints: [join(root, "src/index.ts")],
      bundle: true,
      write: false,
      platform: "browser",
      format: "iife",
      globalName: "weir",
      target: "es2022",
      logLevel: "silent",
    });
    const text = outputFiles[0].text;
    expect(Object.values(metafile.outputs).flatMap((output) => output.imports)).toEqual([]);
    const context = createContext(Object.create(null));
    new Script(text).runInContext(context);
    const program = `
      const { MetricStore, parseInstant, evaluate, explain, explanationText, backtest, prepare, parse, check, format, lint, Source } = weir;
      const store = new MetricStore({ samplePeriod: "PT5M" });
      store.load("$PendingTasks", parseInstant("2026-01-05T08:00:00Z"), [4, 8, 9]);
      const formula = "$TargetDedicatedNodes = min(10, avg($PendingTasks.GetSample(15 * TimeInterval_Minute)));";
      const run = evaluate(prepare(formula), { store, targets: { dedicated: 1 } });
      const source = new Source(formula);
      const broken = evaluate("x = (", { store });
      JSON.stringify({
        results: run.results,
        why: explain(formula, { store }).why[0].sentence,
        text: explanationText(explain(formula, { store })).split("\\n")[0],
        backtest: Array.from(backtest({ store, interval: "PT5M", formulas: [{ name: "a", formula: formula.replace("))", ", 10))") }] }).formulas[0].targetDedicated),
        broken: broken.error.values[0].value,
        problems: check(parse(source).formula).diagnostics.length + lint(source, parse(source).formula, {}).filter((item) => item.severity === "error").length,
        formatted: format(source).text,
        globals: [typeof require, typeof process, typeof globalThis.Buffer],
      });`;
    expect(JSON.parse(new Script(program).runInContext(context))).toEqual({
      results: "$TargetDedicatedNodes=7;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
      why: "$TargetDedicatedNodes is 7 (was 0): min(10, 7) takes its second value, the average of the 3 samples of $PendingTasks in the last 15 minutes (7).",
      text: "   1 | $TargetDedicatedNodes = min(10, avg($PendingTasks.GetSample(15 * TimeInterval_Minute)))",
      backtest: [4, 6, 7],
      broken: "Line 1, Col 6: Syntax error near 'end of formula'",
      problems: 0,
      formatted: "$TargetDedicatedNodes = min(10, avg($PendingTasks.GetSample(15 * TimeInterval_Minute)));\n",
      globals: ["undefined", "undefined", "undefined"],
    });
  });

  it("can be used from one import, as its head says", async () => {
    const { MetricStore, parseInstant, evaluate } = await import("../../src/index.ts");
    const store = new MetricStore({ samplePeriod: "PT30S" });
    store.record("$PendingTasks", parseInstant("2026-01-05T08:00:00Z")!, 12);
    expect(evaluate("$TargetDedicatedNodes = min(10, $PendingTasks / 4);", { store }).targets.dedicated).toBe(3);
  });
});
