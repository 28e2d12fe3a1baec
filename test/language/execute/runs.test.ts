/** A bound program over its life: it moves with its environment, allocates nothing, and keeps the answers it gave. */
import { describe, expect, it } from "vitest";
import { TICKS_PER_MINUTE } from "../../../src/base/time.ts";
import type { Environment, MetricReader, SampleCursor } from "../../../src/language/environment.ts";
import { compile } from "../../../src/language/execute/compile.ts";
import type { Tier } from "../../../src/language/execute/program.ts";
import { runOnce } from "../../../src/language/execute/program.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { FakeEnvironment, FIRST_NOW } from "./fakeEnvironment.ts";

const formulaOf = (text: string) => parse(new Source(text)).formula!;

/** A window whose answers come from fields, so that what a test measures is the program alone. */
class StillCursor implements SampleCursor {
  found = 3;
  percent = 100;
  private newest = 1;
  last(count: number): void {
    this.newest = count;
  }
  before(older: number, newer: number): void {
    this.newest = older - newer;
  }
  sum(start: number): number {
    return start + this.newest;
  }
  min = () => 1;
  max = () => this.newest % 7;
  std = () => 0.5;
  percentile = (p: number) => p;
  at = (index: number) => index;
  copy = () => new Float64Array(3);
}

class StillReader implements MetricReader {
  value = 0.5;
  latest(): number {
    return this.value;
  }
  count = () => 3;
  period = () => 300n;
  historyBegin = () => 0n;
  cursor = () => new StillCursor();
}

const WINDOWS = `
pct = $PendingTasks.GetSamplePercent(15 * TimeInterval_Minute);
pending = pct < 70 ? max(0, $PendingTasks.GetSample(1)) : max($PendingTasks.GetSample(1), avg($PendingTasks.GetSample(15 * TimeInterval_Minute)));
spread = std($CPUPercent.GetSample(TimeInterval_Hour, 10)) + percentile($CPUPercent.GetSample(TimeInterval_Hour, 10), 95) + val($CPUPercent.GetSample(3), 0);
grown = $CurrentDedicatedNodes * 1.25 + spread / $TargetDedicatedNodes + lg(2 + $CPUPercent);
$TargetDedicatedNodes = min(25, max(pending, round(grown)));
$NodeDeallocationOption = taskcompletion`;

describe("runs", () => {
  for (const tier of ["bytecode", "native", "code"] as const satisfies readonly Tier[]) {
    it(`${tier}: a million runs of a formula with windows leave nothing on the heap`, () => {
      const reader = new StillReader();
      const environment: Environment = {
        now: 0n,
        random: () => 0,
        targetDedicated: 3,
        targetLowPriority: 0,
        metric: () => reader,
      };
      const run = compile(formulaOf(WINDOWS), { tier }).bind(environment);
      let sum = 0;
      const runs = (count: number) => {
        for (let i = 0; i < count; i++) {
          reader.value = (i % 100) + 0.25;
          run.evaluate();
          sum += run.targetDedicated;
        }
      };
      runs(100_000); // warm
      const before = process.memoryUsage().heapUsed;
      runs(1_000_000);
      const grown = process.memoryUsage().heapUsed - before;
      expect(sum).toBeGreaterThan(1_000_000);
      // One double boxed a run would be 16 MB, less what a collection in between takes; what the engine itself keeps is about 1 MB.
      expect(grown).toBeLessThan(6_000_000);
    });

    it(`${tier}: the same run at another now and other targets answers anew (rules 3.21, 4.5)`, () => {
      const environment = new FakeEnvironment({
        $PendingTasks: [10, 5, 0].map((minutes) => ({ minutes, value: 20 - minutes })),
      });
      const run = compile(
        formulaOf(
          "x = $PendingTasks; h = time().hour; v = $PendingTasks.GetSample(2); $TargetDedicatedNodes = $TargetDedicatedNodes + 1 + sum(v * 2) / 70",
        ),
        { tier },
      ).bind(environment);
      expect(run.evaluate()).toBe(true);
      const first = run.outcome();
      environment.now = FIRST_NOW - 7n * 60n * TICKS_PER_MINUTE;
      environment.targetDedicated = 8;
      expect(run.evaluate()).toBe(true);
      expect([run.targetDedicated, run.targetLowPriority, run.nodeDeallocationOption]).toEqual([9, 1, "requeue"]);
      expect(Object.fromEntries(run.outcome().variables)).toEqual({ x: 0, h: 1, v: new Float64Array(0) });
      // What was copied out before stays as it was.
      expect(first.targetDedicated).toBe(4);
      expect(Object.fromEntries(first.variables)).toEqual({ x: 20, h: 8, v: Float64Array.of(15, 20) });
    });

    it(`${tier}: a run that failed is forgotten by the next (rules 6.10, 8.10)`, () => {
      const environment = new FakeEnvironment({ $PendingTasks: [{ minutes: 0, value: -5 }] });
      const run = compile(formulaOf("x = 1; $TargetDedicatedNodes = $PendingTasks + 4; y = 2"), { tier }).bind(environment);
      expect(run.evaluate()).toBe(false);
      expect(run.failure).toMatchObject({ code: "target-out-of-range", at: 7 });
      expect([run.targetDedicated, [...run.outcome().variables.keys()]]).toEqual([2, ["x", "y"]]);
      environment.now = FIRST_NOW - TICKS_PER_MINUTE;
      expect(run.evaluate()).toBe(true);
      expect([run.failure, run.targetDedicated]).toEqual([undefined, 4]);
    });

    it(`${tier}: stop() keeps what was assigned, a failure lists what was assigned before it (rules 3.15, 8.10, 8.11)`, () => {
      const of = (text: string) => runOnce(compile(formulaOf(text), { tier }), new FakeEnvironment());
      const stopped = of(
        "a = 1; $TargetDedicatedNodes = 5; b = $PendingTasks == 0 ? stop() : 1; c = 1; $TargetDedicatedNodes = 6",
      );
      expect([stopped.failure, stopped.targetDedicated, [...stopped.variables.keys()]]).toEqual([undefined, 5, ["a"]]);
      const failed = of("a = 1; a = 2; b = $PendingTasks + percentile([1], -1); c = 1");
      expect([failed.failure?.code, failed.failure?.at, Object.fromEntries(failed.variables)]).toEqual([
        "percentile-out-of-range",
        44,
        { a: 2 },
      ]);
    });
  }

  it("code falls back to bytecode where making code from strings is barred", () => {
    const original = globalThis.Function;
    globalThis.Function = class {
      constructor() {
        throw new EvalError("Code generation from strings disallowed for this context");
      }
    } as unknown as FunctionConstructor;
    try {
      const program = compile(formulaOf("x = 1 + $PendingTasks"), { tier: "code" });
      expect(program.tier).toBe("bytecode");
      expect(runOnce(program, new FakeEnvironment()).variables.get("x")).toBe(1);
    } finally {
      globalThis.Function = original;
    }
  });

  it("no text of a formula enters the code that is made from it", () => {
    const original = globalThis.Function;
    let text = "";
    globalThis.Function = new Proxy(original, {
      construct(target, args: string[]) {
        text = args.join();
        return new target(...args);
      },
    });
    try {
      compile(formulaOf('evil = "); process.exit(1); ("; $PWNED = evil == "x" ? 1 : $PendingTasks + 3.25'), { tier: "code" });
    } finally {
      globalThis.Function = original;
    }
    expect(text).toContain("3.25");
    expect(text).not.toMatch(/evil|process|PWNED|PendingTasks/);
  });
});
