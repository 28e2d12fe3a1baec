/**
 * What is known of any value before the run: its type as far as it is certain, and for numbers and times a range. It is the same idea as a
 * value, one floor up; `lists.ts` has the functions on lists, `analysis.ts` walks the formula.
 */
import { anything, type Range, range, union } from "./range.ts";

export type Known =
  | { readonly kind: "double"; readonly range: Range }
  /** `element` undefined: surely empty. At least `least` elements. */
  | { readonly kind: "vector"; readonly element: Range | undefined; readonly least: number; readonly most: number }
  /** In ticks, as a double. */
  | { readonly kind: "timeinterval"; readonly range: Range }
  /** `sinceNow`: ticks after the run's time; undefined when it is a fixed date. */
  | { readonly kind: "timestamp"; readonly sinceNow: Range | undefined }
  | { readonly kind: "string" | "option" | "unknown" };

/** A value nothing is known of: undefined names, operations that fail, conditionals of two types. */
export const unknown: Known = Object.freeze({ kind: "unknown" });

export const double = (r: Range): Known => ({ kind: "double", range: r });
export const timeinterval = (r: Range): Known => ({ kind: "timeinterval", range: r });

/** A number, or any number where the type does not say so. */
export function rangeOf(known: Known): Range {
  return known.kind === "double" || known.kind === "timeinterval" ? known.range : anything;
}

/** The value of a conditional that may take either branch. */
export function either(a: Known, b: Known): Known {
  if (a.kind === "double" && b.kind === "double") return double(union(a.range, b.range));
  if (a.kind === "timeinterval" && b.kind === "timeinterval") return timeinterval(union(a.range, b.range));
  if (a.kind === "timestamp" && b.kind === "timestamp") {
    return { kind: "timestamp", sinceNow: a.sinceNow && b.sinceNow && union(a.sinceNow, b.sinceNow) };
  }
  if (a.kind === "vector" && b.kind === "vector") {
    return {
      kind: "vector",
      element: unionOf(a.element, b.element),
      least: Math.min(a.least, b.least),
      most: Math.max(a.most, b.most),
    };
  }
  return a.kind === b.kind ? a : unknown;
}

/** The union of two ranges of which either may be missing. */
export function unionOf(a: Range | undefined, b: Range | undefined): Range | undefined {
  return a === undefined ? b : b === undefined ? a : union(a, b);
}

/** A range as a person says it: `between 0 and 25`, `at least 3`, `-1`. */
export function rangeInWords(r: Range): string {
  const written = (x: number) => String(Math.trunc(x * 1e6) / 1e6 || 0);
  if (r.lo === r.hi) return Number.isFinite(r.lo) ? written(r.lo) : "infinite";
  if (r.hi === Number.POSITIVE_INFINITY) return r.lo === Number.NEGATIVE_INFINITY ? "any number" : `at least ${written(r.lo)}`;
  return r.lo === Number.NEGATIVE_INFINITY ? `at most ${written(r.hi)}` : `between ${written(r.lo)} and ${written(r.hi)}`;
}

/** Any number from 0 on: what most samples are. */
export const fromZero: Range = range(0, Number.POSITIVE_INFINITY);
