/**
 * The only meaning of the functions on lists of doubles (rules 3.2 to 3.12, 8.6, 8.30): plain loops, left to right, in doubles. Executors that
 * fuse an aggregate into the metric store must give what these give. A `list` here is the joined list (rule 3.1); `onEmpty` is what rule 8.6's
 * setting answers for a list of nothing.
 */
import type { Semantics } from "../semantics.ts";
import { Fault } from "./fault.ts";

/** What avg, min, max, range, std and percentile give for no elements; a Fault in strict mode. */
export function emptyResult(functionName: string, semantics: Semantics): number {
  if (semantics.emptyVector === "error") throw new Fault("empty-list", { function: functionName });
  return semantics.emptyVector === "zero" ? 0 : Number.NaN;
}

/** Joins doubles and vectors into one vector (rule 3.1). */
export function join(parts: readonly (number | Float64Array)[]): Float64Array {
  if (parts.length === 1 && typeof parts[0] !== "number") return parts[0];
  let length = 0;
  for (const part of parts) length += typeof part === "number" ? 1 : part.length;
  const joined = new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "number") joined[at++] = part;
    else {
      joined.set(part, at);
      at += part.length;
    }
  }
  return joined;
}

export function sum(list: Float64Array): number {
  let total = 0;
  for (let i = 0; i < list.length; i++) total += list[i];
  return total;
}

/** Smallest; NaN if any element is NaN. Of nothing: Infinity. */
export function min(list: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < list.length; i++) least = Math.min(least, list[i]);
  return least;
}

/** Largest; NaN if any element is NaN. Of nothing: -Infinity. */
export function max(list: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < list.length; i++) most = Math.max(most, list[i]);
  return most;
}

/** Euclidean length (rule 3.7); 0 for nothing. */
export function norm(list: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < list.length; i++) squares += list[i] * list[i];
  return Math.sqrt(squares);
}

/** Sample standard deviation, n - 1, in two passes; 0 for one element (rule 3.8). */
export function std(list: Float64Array): number {
  if (list.length === 1) return Number.isNaN(list[0]) ? Number.NaN : 0;
  const mean = sum(list) / list.length;
  let squares = 0;
  for (let i = 0; i < list.length; i++) squares += (list[i] - mean) * (list[i] - mean);
  return Math.sqrt(squares / (list.length - 1));
}

/** Refuses a percentage outside 0..100, NaN included (rule 3.9). */
export function checkPercentage(p: number): void {
  if (!(p >= 0 && p <= 100)) throw new Fault("percentile-out-of-range", { percentage: String(p) });
}

/** The nearest-rank element number, from 1: max(1, ceil(p × n / 100)), the product taken first (rule 3.9). */
export function percentileRank(p: number, n: number): number {
  return Math.max(1, Math.ceil((p * n) / 100));
}

/** Nearest rank on the sorted copy; NaN if any element is NaN. The list is not empty and `p` was checked. */
export function percentile(list: Float64Array, p: number): number {
  if (list.some(Number.isNaN)) return Number.NaN;
  return Float64Array.from(list).sort()[percentileRank(p, list.length) - 1];
}

/** Nearest whole number, halves away from zero (rule 3.12). Infinities and NaN stay. */
export function round(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}
