/**
 * A small world for formulas in tests, and formulas to run in it. Metrics are short lists of samples, one a minute, the newest at now; a look-back
 * finds what lies in its range. Formulas are made by type, so that they parse and mostly run; some read names that were never assigned.
 */
import fc from "fast-check";
import type { Environment, MetricReader, SampleCursor } from "../../../src/language/environment.ts";
import { TICKS_PER_MINUTE } from "../../../src/base/time.ts";
import { max, min, percentile, std } from "../../../src/language/values/statistics.ts";

/** What a run finds: samples by metric, oldest first, and the pool's size. */
export interface World {
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly dedicated: number;
  readonly lowPriority: number;
  /** What each draw of rand() gives. */
  readonly draw: number;
  readonly now: bigint;
}

const METRICS = [
  "$PendingTasks",
  "$ActiveTasks",
  "$RunningTasks",
  "$CPUPercent",
  "$CurrentDedicatedNodes",
  "$TaskSlotsPerNode",
] as const;

class Cursor implements SampleCursor {
  private readonly samples: readonly number[];
  private aimed: Float64Array = new Float64Array();
  percent = 0;
  constructor(samples: readonly number[]) {
    this.samples = samples;
  }
  get found() {
    return this.aimed.length;
  }
  last(count: number) {
    this.aimed = Float64Array.from(count < 1 ? [] : this.samples.slice(-count));
  }
  before(older: number, newer: number) {
    const age = (i: number) => (this.samples.length - 1 - i) * Number(TICKS_PER_MINUTE);
    this.aimed = Float64Array.from(this.samples.filter((_, i) => age(i) < older && age(i) >= newer));
    const slots = Math.max(1, Math.floor((older - newer) / Number(TICKS_PER_MINUTE)));
    this.percent = Math.min(100, (100 * this.found) / slots);
  }
  sum(start: number) {
    return this.aimed.reduce((a, b) => a + b, start);
  }
  min() {
    return min(this.aimed);
  }
  max() {
    return max(this.aimed);
  }
  std() {
    return std(this.aimed);
  }
  percentile(p: number) {
    return percentile(this.aimed, p);
  }
  at(index: number) {
    return this.aimed[index];
  }
  copy() {
    return this.aimed.slice();
  }
}

export function environmentOf(world: World): Environment {
  const reader = (name: string): MetricReader => {
    const samples = world.samples[name] ?? [];
    const none =
      name === "$TaskSlotsPerNode"
        ? 1
        : name === "$CurrentDedicatedNodes"
          ? world.dedicated
          : name === "$CurrentLowPriorityNodes"
            ? world.lowPriority
            : 0;
    return {
      latest: () => samples.at(-1) ?? none,
      count: () => samples.length,
      period: () => TICKS_PER_MINUTE,
      historyBegin: () => world.now - BigInt(Math.max(0, samples.length - 1)) * TICKS_PER_MINUTE,
      cursor: () => new Cursor(samples),
    };
  };
  return {
    now: world.now,
    random: () => world.draw,
    targetDedicated: world.dedicated,
    targetLowPriority: world.lowPriority,
    metric: reader,
  };
}

const sampleOf = (name: string) =>
  name === "$CPUPercent"
    ? fc.integer({ min: 0, max: 100 })
    : name === "$TaskSlotsPerNode"
      ? fc.integer({ min: 1, max: 8 })
      : fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 1000 }));

/** Worlds with few samples, many or none. */
export const worlds: fc.Arbitrary<World> = fc.record({
  samples: fc.record(Object.fromEntries(METRICS.map((name) => [name, fc.array(sampleOf(name), { maxLength: 8 })]))),
  dedicated: fc.integer({ min: 0, max: 40 }),
  lowPriority: fc.integer({ min: 0, max: 40 }),
  draw: fc.constantFrom(0, 0.25, 0.999),
  now: fc.integer({ min: 0, max: 30 * 24 * 60 }).map((minutes) => (29_000_000n + BigInt(minutes)) * TICKS_PER_MINUTE),
});

const variable = fc.constantFrom("a", "b", "$c", "d");
const target = fc.oneof(
  variable,
  fc.constantFrom("$TargetDedicatedNodes", "$TargetLowPriorityNodes", "$TargetDedicated", "$TargetLowPriority"),
);
const number = fc.oneof(
  fc.constantFrom("0", "1", "2", "5", "10", "0.5", "0.7", "70", "100"),
  fc.integer({ min: 0, max: 50 }).map(String),
);
const metric = fc.constantFrom(...METRICS, "$SampleTVMCount", "$MemoryBytes");
const interval = fc.oneof(
  fc.integer({ min: -2, max: 9 }).map((minutes) => `${minutes} * TimeInterval_Minute`),
  fc.constantFrom("TimeInterval_Hour", "TimeInterval_Second"),
);

const { double, vector } = fc.letrec<{ double: string; vector: string }>((tie) => {
  const both = (operators: readonly string[]) =>
    fc.tuple(tie("double"), fc.constantFrom(...operators), tie("double")).map(([a, operator, b]) => `${a} ${operator} ${b}`);
  return {
    double: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      number,
      variable,
      metric,
      fc.constantFrom("$TargetDedicatedNodes", "$TargetLowPriorityNodes", "time().hour", "time().weekday", "rand()"),
      both(["+", "-", "*", "/"]).map((text) => `(${text})`),
      both(["+", "-", "*", "/"]),
      both(["<", "<=", ">", ">=", "==", "!=", "&&", "||"]),
      both(["<", "<=", ">", ">=", "==", "!=", "&&", "||"]).map((text) => `(${text})`),
      tie("double").map((a) => `-(${a})`),
      tie("double").map((a) => `!${a}`),
      fc.tuple(tie("double"), tie("double"), tie("double")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc
        .tuple(fc.constantFrom("min", "max", "avg", "sum", "len", "std", "range", "norm"), tie("double"), tie("double"))
        .map(([f, a, b]) => `${f}(${a}, ${b})`),
      fc
        .tuple(fc.constantFrom("min", "max", "avg", "sum", "len"), tie("vector"), tie("double"))
        .map(([f, v, a]) => `${f}(${a}, ${v})`),
      fc
        .tuple(fc.constantFrom("min", "max", "avg", "sum", "len", "std", "range", "norm"), tie("vector"))
        .map(([f, v]) => `${f}(${v})`),
      fc.tuple(fc.constantFrom("ceil", "floor", "round", "ln", "lg", "log"), tie("double")).map(([f, a]) => `${f}(${a})`),
      fc.tuple(tie("vector"), tie("double")).map(([v, i]) => `val(${v}, ${i})`),
      fc.tuple(tie("vector"), fc.integer({ min: 0, max: 100 })).map(([v, p]) => `percentile(${v}, ${p})`),
      fc.tuple(metric, interval).map(([m, span]) => `${m}.GetSamplePercent(${span})`),
      metric.map((m) => `${m}.Count()`),
    ),
    vector: fc.oneof(
      { depthSize: "small" },
      fc.tuple(metric, fc.integer({ min: 0, max: 5 })).map(([m, n]) => `${m}.GetSample(${n})`),
      fc.tuple(metric, interval).map(([m, span]) => `${m}.GetSample(${span}, 0)`),
      fc.tuple(metric, interval).map(([m, span]) => `${m}.GetSample(${span})`),
      fc.array(tie("double"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc
        .tuple(tie("vector"), fc.constantFrom("+", "-", "*", "/"), tie("double"))
        .map(([v, operator, a]) => `${v} ${operator} (${a})`),
    ),
  };
});

const statement = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(target, double).map(([name, value]) => `${name} = ${value}`) },
  { weight: 1, arbitrary: fc.tuple(variable, vector).map(([name, value]) => `${name} = ${value}`) },
  { weight: 1, arbitrary: double },
  { weight: 1, arbitrary: double.map((a) => `${a} ? stop() : 0`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "stop()",
      "$NodeDeallocationOption = terminate",
      'a = time("2026-01-05 08:00:00").hour',
      "b = time()",
    ),
  },
);

/** Formulas of several statements; the four variables are mostly assigned first. */
export const formulas: fc.Arbitrary<string> = fc
  .tuple(fc.boolean(), fc.array(statement, { minLength: 1, maxLength: 7 }))
  .map(
    ([assigned, statements]) =>
      `${assigned ? "a = 1; b = $PendingTasks; $c = 3; d = max(0, $RunningTasks.GetSample(1)); " : ""}${statements.join(";\n")};`,
  );
