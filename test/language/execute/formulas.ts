/**
 * Formulas for differential tests, drawn from the rows of the built-ins by type: mostly valid in meaning, with every kind of failure sprinkled in.
 * A formula is text, so that parsing, places and all are part of what is compared.
 */
import fc from "fast-check";
import { functions, members } from "../../../src/language/builtins/index.ts";
import type { FakeSample } from "./fakeEnvironment.ts";

type Wanted = "double" | "doubleVec" | "string" | "timestamp" | "timeinterval" | "deallocationOption";

const METRICS = ["$PendingTasks", "$CPUPercent", "$CurrentDedicatedNodes", "$TaskSlotsPerNode", "$CurrentDedicated"];
const ARITHMETIC = ["+", "-", "*", "/"];
const COMPARISONS = ["<", "<=", "==", ">=", ">", "!="];
const TYPES: readonly Wanted[] = [
  "double",
  "double",
  "double",
  "doubleVec",
  "timestamp",
  "timeinterval",
  "string",
  "deallocationOption",
];

/** Draws from a stream of small numbers that fast-check made and can shrink: 0 is the plainest choice everywhere. */
class Drawing {
  private readonly stream: readonly number[];
  private at = 0;
  private readonly names: { name: string; type: Wanted | "mixed" }[] = [];

  constructor(stream: readonly number[]) {
    this.stream = stream;
  }

  private below(count: number): number {
    return (this.stream[this.at++] ?? 0) % count;
  }

  private one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  formula(): string {
    const lines: string[] = [];
    const count = 1 + this.below(9);
    for (let i = 0; i < count; i++) lines.push(this.statement());
    return lines.join(";\n");
  }

  private statement(): string {
    switch (this.below(16)) {
      case 0:
      case 1:
        return `$TargetDedicatedNodes = ${this.expression("double", 3)}`;
      case 2:
        return `$TargetLowPriority${this.one(["Nodes", ""])} = ${this.expression("double", 2)}`;
      case 3:
        return `${this.one(["$NodeDeallocationOption", "$TVMDeallocationOption"])} = ${this.expression("deallocationOption", 2)}`;
      case 4:
        return this.one([
          "stop()",
          "x0 = 1 > $PendingTasks ? stop() : 3",
          `${this.expression("double", 2)} > 2 ? stop() : 1`,
          "$PendingTasks = 1",
          "$TargetDedicatedNodes = [1]",
          '$NodeDeallocationOption = "requeue"',
          `$TargetDedicated = ${this.mixed(2)}`,
          "nowhere",
          "foo(1, alsoNowhere)",
        ]);
      case 5:
        return this.expression(this.one(TYPES), 2);
      case 6: {
        const name = this.one(["m0", "m1"]);
        const text = `${name} = ${this.mixed(2)}`;
        this.names.push({ name, type: "mixed" });
        return text;
      }
      default: {
        const type = this.one(TYPES);
        const name = this.one(["x0", "x1", "$x2", "x3"]);
        const text = `${name} = ${this.expression(type, 4)}`;
        for (let i = this.names.length - 1; i >= 0; i--) if (this.names[i].name === name) this.names.splice(i, 1);
        this.names.push({ name, type });
        return text;
      }
    }
  }

  /** A conditional whose branches differ in type, or anything at all. */
  private mixed(depth: number): string {
    return `(${this.expression("double", 1)} > 1 ? ${this.expression(this.one(TYPES), depth)} : ${this.expression(this.one(TYPES), depth)})`;
  }

  private expression(type: Wanted, depth: number): string {
    if (depth > 0 && this.below(40) === 39)
      return this.one([this.mixed(depth - 1), this.expression(this.one(TYPES), depth - 1), "nowhere", "m0", "m1"]);
    const known = this.names.filter((name) => name.type === type || (name.type === "mixed" && this.below(8) === 7));
    if (known.length > 0 && this.below(3) === 1) return this.one(known).name;
    if (depth <= 0) return this.leaf(type);
    if (this.below(8) === 7)
      return `(${this.expression("double", depth - 1)} ${this.one(COMPARISONS)} 2 ? ${this.expression(type, depth - 1)} : ${this.expression(type, depth - 1)})`;
    const inner = depth - 1;
    switch (type) {
      case "double":
        return this.double(inner);
      case "doubleVec":
        return this.vector(inner);
      case "string":
        return this.leaf("string");
      case "timestamp":
        return this.one([
          () => this.leaf("timestamp"),
          () => `(${this.expression("timestamp", inner)} ${this.one(["+", "-"])} ${this.expression("timeinterval", inner)})`,
          () => `(${this.expression("timeinterval", inner)} + ${this.expression("timestamp", inner)})`,
          () => `${this.one(METRICS)}.HistoryBeginTime()`,
        ])();
      case "timeinterval":
        return this.one([
          () => this.leaf("timeinterval"),
          () => `${this.expression("double", inner)} * ${this.leaf("timeinterval")}`,
          () => `(${this.expression("timeinterval", inner)} ${this.one(["+", "-"])} ${this.expression("timeinterval", inner)})`,
          () => `${this.expression("timeinterval", 0)} / ${this.expression("double", inner)}`,
          () => `(${this.expression("timestamp", inner)} - ${this.expression("timestamp", inner)})`,
          () => `-${this.leaf("timeinterval")}`,
          () => `${this.one(METRICS)}.GetSamplePeriod()`,
        ])();
      case "deallocationOption":
        return this.leaf(type);
    }
  }

  private leaf(type: Wanted): string {
    switch (type) {
      case "double":
        return this.one([
          () => String(this.below(12)),
          () => this.one(METRICS),
          () => this.one(["0.5", "2.5", "1e309", "(0/0)", "-3", "(-0)", "70", "1e-7"]),
          () => this.one(["$TargetDedicatedNodes", "$TargetLowPriorityNodes", "$TargetDedicated"]),
          () => `${this.one(METRICS)}.Count()`,
        ])();
      case "doubleVec":
        return this.one(["[]", "[1, 2, 3]", "[4]", `${this.one(METRICS)}.GetSample(${this.below(5)})`]);
      case "string":
        return this.one(['"a"', '"b"', '""', '"2026-01-05"']);
      case "timestamp":
        return this.one(["time()", 'time("2026-01-05T08:00:00Z")', 'time("")', 'time("2020")', 'time("tomorrow")']);
      case "timeinterval":
        return this.one([
          "TimeInterval_Minute",
          "TimeInterval_Hour",
          "TimeInterval_Zero",
          "TimeInterval_Year",
          "TimeInterval_Second",
          "TimeInterval_100ns",
        ]);
      case "deallocationOption":
        return this.one(["requeue", "terminate", "taskcompletion", "retaineddata", "$NodeDeallocationOption"]);
    }
  }

  private double(inner: number): string {
    return this.one([
      () => `(${this.expression("double", inner)} ${this.one(ARITHMETIC)} ${this.expression("double", inner)})`,
      () => this.statistic(inner),
      () => {
        const type = this.one(["double", "double", "timestamp", "timeinterval", "string"] as const);
        return `(${this.expression(type, inner)} ${this.one(COMPARISONS)} ${this.expression(type, inner)})`;
      },
      () => `(${this.expression("double", inner)} ${this.one(["&&", "||"])} ${this.expression("double", inner)})`,
      () => `${this.one(["-", "!"])}${this.expression("double", 0)}`,
      () => `(${this.expression("timestamp", 1)}).${this.one(members.rows).name}`,
      () => `${this.one(METRICS)}.GetSamplePercent(${this.span()})`,
      () => "rand()",
      () => this.leaf("double"),
    ])();
  }

  private statistic(inner: number): string {
    const row = this.one(functions.rows.filter(({ name }) => !["stop", "rand", "time", "vec"].includes(name)));
    if (row.overloads[0].parameters[0] === "doubleVec") {
      return `${row.name}(${this.expression("doubleVec", inner)}, ${this.one([this.expression("double", inner), "0", "1", "50", "95", "100", "-0.5"])})`;
    }
    if (row.overloads[0].parameters[0] === "double") return `${row.name}(${this.expression("double", inner)})`;
    const args: string[] = [];
    for (let i = this.below(4); i > 0 || args.length === 0; i--)
      args.push(this.expression(this.one(["double", "doubleVec"] as const), inner));
    return `${row.name}(${this.below(30) === 29 ? "" : args.join(", ")})`;
  }

  private vector(inner: number): string {
    return this.one([
      () => this.sample(),
      () => `(${this.expression("doubleVec", inner)} ${this.one(ARITHMETIC)} ${this.expression("double", inner)})`,
      () => `(${this.expression("double", inner)} * ${this.expression("doubleVec", inner)})`,
      () => `(${this.expression("doubleVec", inner)} + ${this.expression("doubleVec", inner)})`,
      () => `[${this.expression("double", inner)}, ${this.expression("doubleVec", inner)}]`,
      () => `${this.one(["vec", "floor", "lg"])}(${this.expression("doubleVec", inner)}, ${this.expression("double", inner)})`,
      () => this.leaf("doubleVec"),
    ])();
  }

  private sample(): string {
    const metric = this.one(METRICS);
    switch (this.below(4)) {
      case 0:
        return `${metric}.GetSample(${this.expression("double", 1)})`;
      case 1:
        return `${metric}.GetSample(${this.span()}, ${this.one(["0", "10", "70", "100", "(0/0)"])})`;
      case 2:
        return `${metric}.GetSample(${this.span()})`;
      default:
        return `${this.below(6) === 5 ? `(${metric})` : metric}.GetSample(${this.below(10) === 9 ? this.mixed(1) : this.span()}, 20)`;
    }
  }

  private span(): string {
    return this.one([
      "15 * TimeInterval_Minute",
      "TimeInterval_Hour",
      "TimeInterval_Minute, 20 * TimeInterval_Minute",
      "time() - 30 * TimeInterval_Minute",
      "-TimeInterval_Hour",
      "0 * TimeInterval_Minute",
      "TimeInterval_Year, time()",
    ]);
  }
}

/** Text of a formula of up to 9 statements. */
export const formulaText: fc.Arbitrary<string> = fc
  .array(fc.nat(1_000_000), { minLength: 30, maxLength: 250, size: "max" })
  .map((stream) => new Drawing(stream).formula());

const sample: fc.Arbitrary<FakeSample> = fc.record({
  minutes: fc.oneof(fc.nat(90), fc.constantFrom(0, 15, 20, 30, 60)),
  value: fc.oneof(fc.nat(20), fc.double({ min: -10, max: 1000, noNaN: true }), fc.constantFrom(0, -0, 0.1, 0.2, 1e17)),
});

/** Samples for some of the metrics; the others have none. */
export const samples: fc.Arbitrary<Record<string, FakeSample[]>> = fc.record({
  $PendingTasks: fc.array(sample, { maxLength: 24 }),
  $CPUPercent: fc.array(sample, { maxLength: 24 }),
  $CurrentDedicatedNodes: fc.array(sample, { maxLength: 3 }),
});
