/**
 * The functions on lists, one floor up: from what is known of the arguments to what is known of the result (rules 3.1 to 3.12, 8.6). A vector of
 * samples may be empty, so min and max count a bound only from arguments that surely have an element.
 */
import type { Semantics } from "../../semantics.ts";
import { round } from "../../values/statistics.ts";
import { type Known, double, fromZero, unionOf, unknown } from "./known.ts";
import { type Range, added, anything, exactly, logarithm, mapped, multiplied, range, union } from "./range.ts";

/** What is known of a joined list. */
interface List {
  readonly element: Range | undefined;
  readonly least: number;
  readonly most: number;
  /** Arguments that surely have an element. */
  readonly sure: readonly Range[];
  /** Vectors that may be empty. */
  readonly perhaps: readonly Range[];
  /** All elements one by one, when they are plain doubles. */
  readonly doubles: readonly Range[] | undefined;
}

function joined(args: readonly Known[]): List | undefined {
  const sure: Range[] = [];
  const perhaps: Range[] = [];
  let element: Range | undefined;
  let least = 0;
  let most = 0;
  for (const arg of args) {
    if (arg.kind === "double") {
      sure.push(arg.range);
      element = unionOf(element, arg.range);
      least++;
      most++;
    } else if (arg.kind === "vector") {
      if (arg.element !== undefined) (arg.least > 0 ? sure : perhaps).push(arg.element);
      element = unionOf(element, arg.element);
      least += arg.least;
      most += arg.most;
    } else return undefined;
  }
  return {
    element,
    least,
    most,
    sure,
    perhaps,
    doubles: sure.length === args.length && args.every((arg) => arg.kind === "double") ? sure : undefined,
  };
}

/** What a list of nothing gives where the function has no value for it (rule 8.6). */
function ofNothing(semantics: Semantics): Range | undefined {
  if (semantics.emptyVector === "error") return undefined;
  return semantics.emptyVector === "zero" ? exactly(0) : exactly(Number.NaN);
}

function extreme(list: List, smallest: boolean, semantics: Semantics): Range {
  const all = [...list.sure, ...list.perhaps];
  if (all.length === 0) return ofNothing(semantics) ?? anything;
  const pick = smallest ? Math.min : Math.max;
  const near = (r: Range) => (smallest ? r.lo : r.hi);
  const far = (r: Range) => (smallest ? r.hi : r.lo);
  const farBound =
    list.sure.length > 0 ? pick(...list.sure.map(far)) : smallest ? Math.max(...all.map(far)) : Math.min(...all.map(far));
  const nearBound = pick(...all.map(near));
  const [lo, hi] = smallest ? [nearBound, farBound] : [farBound, nearBound];
  const everySure = (has: (r: Range) => boolean) => (list.sure.length > 0 ? list.sure.every(has) : all.some(has));
  const result = range(lo, hi, {
    nan: all.some((r) => r.nan),
    positiveInfinity: smallest ? everySure((r) => r.positiveInfinity) : all.some((r) => r.positiveInfinity),
    negativeInfinity: smallest ? all.some((r) => r.negativeInfinity) : everySure((r) => r.negativeInfinity),
    whole: all.every((r) => r.whole),
    notZero: all.every((r) => r.notZero || r.lo > 0 || r.hi < 0),
    negativeZero: all.some((r) => r.negativeZero),
  });
  const empty = list.least === 0 ? ofNothing(semantics) : undefined;
  return empty === undefined ? result : union(result, empty);
}

/** The sum of `least` to `most` elements. */
function sumOf(list: List): Range {
  if (list.doubles !== undefined) return list.doubles.reduce(added, exactly(0));
  if (list.element === undefined) return exactly(0);
  const { positiveInfinity, negativeInfinity } = list.element;
  const total = multiplied(list.element, range(list.least, list.most, { whole: true }));
  return { ...total, nan: total.nan || (positiveInfinity && negativeInfinity) };
}

/** Somewhere among the elements: avg, percentile, val. */
function among(list: List, semantics: Semantics, isElement: boolean): Range {
  if (list.element === undefined) return ofNothing(semantics) ?? anything;
  const some = { ...list.element, whole: isElement && list.element.whole, notZero: isElement && list.element.notZero };
  const withInfinities = !isElement && some.positiveInfinity && some.negativeInfinity ? { ...some, nan: true } : some;
  const empty = list.least === 0 ? ofNothing(semantics) : undefined;
  return empty === undefined ? withInfinities : union(withInfinities, empty);
}

/** A measure that is never negative: std, range, norm; only norm has a value for nothing. */
function size(list: List, hasEmpty: boolean, semantics: Semantics): Range {
  const { element } = list;
  const empty = list.least > 0 ? undefined : hasEmpty ? exactly(0) : ofNothing(semantics);
  if (element === undefined) return empty ?? anything;
  const isOdd = element.nan || element.positiveInfinity || element.negativeInfinity;
  const result = { ...fromZero, nan: isOdd, positiveInfinity: isOdd };
  return empty === undefined ? result : union(result, empty);
}

/** What a call of a function gives; `unknown` for functions without a number and for arguments that do not fit. */
export function callResult(name: string, args: readonly Known[], semantics: Semantics): Known {
  if (name === "val" || name === "percentile") {
    const [vector, number] = args;
    const list = vector?.kind === "vector" && number?.kind === "double" ? joined([vector]) : undefined;
    if (list === undefined) return unknown;
    return double(name === "val" ? among({ ...list, least: 0 }, semantics, true) : among(list, semantics, true));
  }
  const list = joined(args);
  if (list === undefined) return unknown;
  switch (name) {
    case "min":
    case "max":
      return double(extreme(list, name === "min", semantics));
    case "avg":
      return double(among(list, semantics, false));
    case "sum":
      return double(sumOf(list));
    case "len":
      return double(range(list.least, list.most, { whole: true }));
    case "range":
    case "std":
    case "norm":
      return double(size(list, name === "norm", semantics));
    case "vec":
      return { kind: "vector", element: list.element, least: list.least, most: list.most };
    case "ceil":
      return eachOf(args, list, (r) => mapped(r, Math.ceil, { whole: true }));
    case "floor":
      return eachOf(args, list, (r) => mapped(r, Math.floor, { whole: true }));
    case "round":
      return eachOf(args, list, (r) => mapped(r, round, { whole: true }));
    case "lg":
      return eachOf(args, list, (r) => logarithm(r, Math.log2));
    case "ln":
      return eachOf(args, list, (r) => logarithm(r, Math.log));
    case "log":
      return eachOf(args, list, (r) => logarithm(r, Math.log10));
    default:
      return unknown;
  }
}

/** A scalar function: of one double a double, of a list a vector (rules 3.11, 3.12). */
function eachOf(args: readonly Known[], list: List, kernel: (r: Range) => Range): Known {
  if (args.length === 1 && args[0].kind === "double") return double(kernel(args[0].range));
  return { kind: "vector", element: list.element && kernel(list.element), least: list.least, most: list.most };
}
