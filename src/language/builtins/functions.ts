/**
 * The functions of the language (section 3 of the rules). `exp` is in no source and is not provided (3.13).
 */
import { parseInstant } from "../../base/time.ts";
import { table } from "../../base/table.ts";
import { Fault } from "../values/fault.ts";
import * as statistics from "../values/statistics.ts";
import { Timestamp, type Value } from "../values/value.ts";
import type { CallContext, Example, FunctionRow, Overload, Purity, Sure } from "./row.ts";

/** Thrown by `stop()`: the run ends well with what was assigned so far (rules 3.15, 8.11). */
export const stopSignal: unique symbol = Symbol("stop");

const documented = { source: "Batch docs, automatic scaling, Functions", sure: "documented" as Sure };
const newer = { source: "public formulas and function lists since 2022", sure: "assumed" as Sure };

const onList = (name: string): Overload[] => [{ parameters: ["list"], signature: `${name}(doubleVecList)`, result: "double" }];
const scalarOrList = (name: string): Overload[] => [
  { parameters: ["double"], signature: `${name}(double)`, result: "double" },
  { parameters: ["list"], signature: `${name}(doubleVecList)`, result: "doubleVec" },
];

interface Rest {
  readonly purity?: Purity;
  readonly fails?: readonly string[];
  readonly examples: readonly Example[];
  readonly about?: { source: string; sure: Sure };
}

function fn(name: string, doc: string, overloads: Overload[], evaluate: FunctionRow["evaluate"], rest: Rest): FunctionRow {
  const { source, sure } = rest.about ?? documented;
  return {
    name,
    doc,
    overloads,
    evaluate,
    purity: rest.purity ?? "pure",
    fails: rest.fails ?? [],
    examples: rest.examples,
    source,
    sure,
  };
}

/** A statistic of a joined list that has no value for nothing (rule 8.6). */
const ofSome = (name: string, kernel: (list: Float64Array) => number) => (args: readonly Value[], context: CallContext) => {
  const list = args[0] as Float64Array;
  return list.length === 0 ? statistics.emptyResult(name, context.semantics) : kernel(list);
};
const ofAny = (kernel: (list: Float64Array) => number) => (args: readonly Value[]) => kernel(args[0] as Float64Array);
const elementWise = (kernel: (x: number) => number) => (args: readonly Value[]) =>
  typeof args[0] === "number" ? kernel(args[0]) : (args[0] as Float64Array).map(kernel);

const average = (list: Float64Array) => statistics.sum(list) / list.length;
const range = (list: Float64Array) => statistics.max(list) - statistics.min(list);

function val(args: readonly Value[], context: CallContext): number {
  const vector = args[0] as Float64Array;
  const index = Math.trunc(args[1] as number);
  if (index >= 0 && index < vector.length) return vector[index];
  if (context.semantics.emptyVector === "error") {
    throw new Fault("index-out-of-range", { index: String(index), length: String(vector.length) });
  }
  return context.semantics.emptyVector === "zero" ? 0 : Number.NaN;
}

function percentile(args: readonly Value[], context: CallContext): number {
  const vector = args[0] as Float64Array;
  statistics.checkPercentage(args[1] as number);
  return vector.length === 0
    ? statistics.emptyResult("percentile", context.semantics)
    : statistics.percentile(vector, args[1] as number);
}

function time(args: readonly Value[], context: CallContext): Timestamp {
  const text = args[0] as string | undefined;
  if (text === undefined || text === "") return new Timestamp(context.now);
  const instant = parseInstant(text);
  if (instant === undefined) {
    const hint = /\.\d{8,}/.test(text) ? "cut the fraction of the second to at most 7 digits" : "";
    throw new Fault("bad-time-text", { text: text.length > 60 ? `${text.slice(0, 60)}…` : text, hint });
  }
  return new Timestamp(instant);
}

const one = (formula: string, result: string): Example[] => [{ formula, result }];
const empty = ["empty-list"];

export const functions = table<FunctionRow>([
  fn("avg", "Arithmetic mean of all values.", onList("avg"), ofSome("avg", average), {
    fails: empty,
    examples: one("x = avg([1, 2, 3], 6);", "3"),
  }),
  fn("sum", "Sum of all values; 0 of none.", onList("sum"), ofAny(statistics.sum), {
    examples: one("x = sum(1, [2, 3]);", "6"),
  }),
  fn("min", "Smallest value.", onList("min"), ofSome("min", statistics.min), {
    fails: empty,
    examples: one("x = min(25, [30, 7]);", "7"),
  }),
  fn("max", "Largest value.", onList("max"), ofSome("max", statistics.max), {
    fails: empty,
    examples: one("x = max(0, [30, 7]);", "30"),
  }),
  fn(
    "len",
    "Number of values.",
    onList("len"),
    ofAny((list) => list.length),
    { examples: one("x = len(1, [2, 3]);", "3") },
  ),
  fn("range", "Largest value minus smallest value.", onList("range"), ofSome("range", range), {
    fails: empty,
    examples: one("x = range(2, 9, 5);", "7"),
  }),
  fn("norm", "Euclidean length of the values taken as one vector; 0 of none.", onList("norm"), ofAny(statistics.norm), {
    examples: one("x = norm(3, 4);", "5"),
  }),
  fn("std", "Sample standard deviation (n - 1); 0 of one value.", onList("std"), ofSome("std", statistics.std), {
    fails: empty,
    examples: one("x = std(2, 4, 4, 4, 5, 5, 7, 9);", "2.13809"),
  }),
  fn(
    "percentile",
    "The value at percentage p (0 to 100) of the sorted vector, by nearest rank: element number max(1, ceil(p × n / 100)).",
    [{ parameters: ["doubleVec", "double"], signature: "percentile(doubleVec v, double p)", result: "double" }],
    percentile,
    { fails: ["percentile-out-of-range", ...empty], examples: one("x = percentile([15, 20, 35, 40, 50], 30);", "20") },
  ),
  fn("lg", "Logarithm to base 2; of a list, of each element.", scalarOrList("lg"), elementWise(Math.log2), {
    examples: one("x = lg(8);", "3"),
  }),
  fn("ln", "Natural logarithm; of a list, of each element.", scalarOrList("ln"), elementWise(Math.log), {
    examples: one("x = ln(1);", "0"),
  }),
  fn("log", "Logarithm to base 10; of a list, of each element.", scalarOrList("log"), elementWise(Math.log10), {
    examples: one("x = log(10, 100);", "[1,2]"),
  }),
  fn(
    "ceil",
    "Smallest whole number not less than x; of a list, of each element.",
    scalarOrList("ceil"),
    elementWise(Math.ceil),
    {
      about: newer,
      examples: one("x = ceil(2.1);", "3"),
    },
  ),
  fn(
    "floor",
    "Largest whole number not greater than x; of a list, of each element.",
    scalarOrList("floor"),
    elementWise(Math.floor),
    {
      about: newer,
      examples: one("x = floor(2.9, -2.1);", "[2,-3]"),
    },
  ),
  fn(
    "round",
    "Nearest whole number, halves away from zero; of a list, of each element.",
    scalarOrList("round"),
    elementWise(statistics.round),
    {
      about: newer,
      examples: one("x = round(2.5, -2.5);", "[3,-3]"),
    },
  ),
  fn(
    "rand",
    "A random number from 0 up to, not including, 1.",
    [{ parameters: [], signature: "rand()", result: "double" }],
    (_args, context) => context.random(),
    {
      purity: "draws-random",
      examples: one("r = rand(); x = r >= 0 && r < 1;", "1"),
    },
  ),
  fn(
    "stop",
    "Ends the evaluation at once; what was assigned so far counts.",
    [{ parameters: [], signature: "stop()", result: "none" }],
    () => {
      throw stopSignal;
    },
    { purity: "stops", examples: one("x = 1; stop(); x = 2;", "1") },
  ),
  fn(
    "time",
    "The time of this evaluation, in UTC; or the time that the string names (ISO 8601 or RFC 1123).",
    [
      { parameters: [], signature: "time()", result: "timestamp" },
      { parameters: ["string"], signature: 'time(string dateTime="")', result: "timestamp" },
    ],
    time,
    {
      purity: "reads-clock",
      fails: ["bad-time-text"],
      examples: one('x = time("2016-10-13T19:18:47.8059Z");', "2016-10-13T19:18:47.805Z"),
    },
  ),
  fn(
    "val",
    "The element of the vector at index i, counted from 0; a fraction of i is cut off.",
    [{ parameters: ["doubleVec", "double"], signature: "val(doubleVec v, double i)", result: "double" }],
    val,
    { fails: ["index-out-of-range"], examples: one("x = val([7, 8, 9], 1);", "8") },
  ),
  fn(
    "vec",
    "Makes one vector of all values.",
    [{ parameters: ["list"], signature: "vec(doubleVecList)", result: "doubleVec" }],
    (args) => args[0],
    {
      examples: one("x = vec(1, [2, 3]);", "[1,2,3]"),
      about: { source: "Batch docs, automatic scaling, 2015 edition", sure: "documented" },
    },
  ),
]);
