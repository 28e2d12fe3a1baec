/**
 * Histories and formulas from dice, for the tests that compare two roads: stores with gaps, delays, short histories and fractions, and formulas that
 * look back in every way, branch, fail and compute with times. Everything comes from fast-check, so a failure shrinks and repeats.
 */
import fc from "fast-check";
import { parseInstant, type Ticks } from "../../src/base/time.ts";
import { MetricStore } from "../../src/metrics/index.ts";

export const start: Ticks = parseInstant("2026-01-04T21:17:00Z")!;

/** A recorded history; `text` is enough to make it again. */
export interface World {
  readonly store: MetricStore;
  readonly interval: string;
  readonly offset: Ticks;
  readonly text: string;
}

const periodTicks = 600_000_000n;

/** Stores of one-minute samples of four metrics, one of them without any. */
export const arbitraryWorld: fc.Arbitrary<World> = fc
  .record({
    tasks: fc.array(
      fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 30 }) }, { weight: 1, arbitrary: fc.constant(Number.NaN) }),
      { minLength: 1, maxLength: 60 },
    ),
    cpu: fc.array(
      fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 1000 }).map((x) => x / 10) },
        { weight: 1, arbitrary: fc.constant(Number.NaN) },
      ),
      { maxLength: 120 },
    ),
    nodes: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 20 }),
    late: fc.integer({ min: 0, max: 40 }),
    delay: fc.constantFrom("PT0S", "PT1M", "PT90S"),
    history: fc.constantFrom("PT1H", "P1D", "PT10M30S", "PT20M", Number.POSITIVE_INFINITY),
    interval: fc.constantFrom("PT1M", "PT5M", "PT37S", "PT15M", "PT90S"),
    offset: fc.constantFrom(0n, 0n, 17n, -36_000_000_000n, 5_000_000n),
  })
  .map(({ tasks, cpu, nodes, late, delay, history, interval, offset }) => {
    const store = new MetricStore({
      samplePeriod: periodTicks,
      sampleDelay: delay,
      history,
      retention: Number.POSITIVE_INFINITY,
    });
    store.load("$PendingTasks", start, tasks);
    store.load("$CPUPercent", start + BigInt(late) * periodTicks + 3n, cpu);
    store.load("$CurrentDedicatedNodes", start + periodTicks * 10n, nodes);
    return {
      store,
      interval,
      offset,
      text: JSON.stringify({ tasks, cpu, nodes, late, delay, history, interval, offset: String(offset) }),
    };
  });

const { number, formula } = fc.letrec<Record<"number" | "formula" | "window" | "end" | "statistic", string>>((tie) => ({
  end: fc.constantFrom(
    "TimeInterval_Minute",
    "5 * TimeInterval_Minute",
    "12 * TimeInterval_Minute",
    "TimeInterval_Hour",
    "0 * TimeInterval_Minute",
    "-2 * TimeInterval_Minute",
    "150 * TimeInterval_Second",
    "TimeInterval_Zero",
    "TimeInterval_Year",
    "time() - 7 * TimeInterval_Minute",
    'time("2026-01-04T21:30:00Z")',
    "$now - TimeInterval_Hour / 4",
  ),
  window: fc.oneof(
    fc
      .tuple(
        fc.constantFrom("$PendingTasks", "$CPUPercent", "$ActiveTasks"),
        fc.constantFrom("1", "3", "10", "0", "-1", "2.7", "1000", "$n"),
      )
      .map(([metric, count]) => `${metric}.GetSample(${count})`),
    fc
      .tuple(
        fc.constantFrom("$PendingTasks", "$CPUPercent"),
        tie("end"),
        fc.constantFrom(", 0", ", 0", ", 50", "", ", 5 * TimeInterval_Minute, 10", ", $n"),
      )
      .map(([metric, end, rest]) => `${metric}.GetSample(${end}${rest})`),
  ),
  statistic: fc.oneof(
    fc.tuple(fc.constantFrom("avg", "sum", "min", "max", "len", "range", "std"), tie("window")).map(([f, w]) => `${f}(${w})`),
    fc
      .tuple(fc.constantFrom("avg", "sum", "min", "max", "range"), tie("window"), tie("number"))
      .map(([f, w, x]) => `${f}(${x}, ${w})`),
    fc
      .tuple(tie("window"), fc.constantFrom("95", "50", "0", "100", "33.3", "101", "$n"))
      .map(([w, p]) => `percentile(${w}, ${p})`),
    fc.tuple(tie("window"), fc.constantFrom("0", "2", "-1", "$n")).map(([w, i]) => `val(${w}, ${i})`),
  ),
  number: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom(
      "0",
      "1",
      "2.5",
      "70",
      "-3",
      "$n",
      "$m",
      "$PendingTasks",
      "$CPUPercent",
      "$TaskSlotsPerNode",
      "$ActiveTasks",
    ),
    tie("statistic"),
    fc
      .tuple(fc.constantFrom("$PendingTasks", "$CPUPercent"), tie("end"))
      .map(([metric, end]) => `${metric}.GetSamplePercent(${end})`),
    fc.constantFrom(
      "$now.hour",
      "time().minute",
      "$now.weekday",
      "$now.day",
      "(time() - 5 * TimeInterval_Hour).hour",
      "$PendingTasks.Count()",
      "$now.second",
    ),
    fc.constantFrom(
      '(time() - time("2026-01-04") > TimeInterval_Hour)',
      "($now - $PendingTasks.HistoryBeginTime() >= 20 * TimeInterval_Minute)",
      "($PendingTasks.GetSamplePeriod() * 2.5 == 150 * TimeInterval_Second)",
      "$CurrentDedicatedNodes",
      "$TargetDedicatedNodes",
      "undefinedName",
      "rand()",
      'len("a")',
      "max($PendingTasks.GetSample(3) / 2)",
    ),
    fc
      .tuple(tie("number"), fc.constantFrom("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "&&", "||"), tie("number"))
      .map((parts) => `(${parts.join(" ")})`),
    fc.tuple(tie("number"), tie("number"), tie("number")).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    fc.tuple(fc.constantFrom("min", "max", "avg"), tie("number"), tie("number")).map(([f, a, b]) => `${f}(${a}, ${b})`),
    fc
      .tuple(fc.constantFrom("-", "!", "ceil ", "floor ", "round ", "ln "), tie("number"))
      .map(([f, x]) => (f.length > 1 ? `${f}(${x})` : `(${f}${x})`)),
  ),
  formula: fc
    .tuple(
      tie("number"),
      tie("number"),
      tie("number"),
      fc.option(tie("number")),
      fc.constantFrom(
        "",
        "",
        "",
        "stop();",
        "$m > 3 ? stop() : 1;",
        "$NodeDeallocationOption = $n > 1 ? requeue : taskcompletion;",
      ),
    )
    .map(([n, m, dedicated, lowPriority, extra]) => {
      const low = lowPriority === null ? "" : `$TargetLowPriorityNodes = ${lowPriority};`;
      const first = `$now = time(); $n = 2; $m = 1; $n = ${n}; $m = ${m};`;
      return `${first} $TargetDedicatedNodes = max(0, ${dedicated}); ${extra} ${low}`;
    }),
}));

/** Formulas that assign targets. */
export const arbitraryFormula: fc.Arbitrary<string> = formula;
/** Expressions of type double. */
export const arbitraryNumber: fc.Arbitrary<string> = number;
