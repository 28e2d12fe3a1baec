/**
 * A register over a block of steps: one number for all of them (uniform), or a number a step (lanes). Most of what a formula computes is uniform
 * within a block, constants and sample percentages above all, and what is uniform costs nothing a step. The kernels are tight loops over plain
 * Float64Arrays; their meaning is that of values/arithmetic.ts, lane by lane.
 */
import { onDoubles, type StrictOperator } from "../../../language/values/arithmetic.ts";

/** Steps computed at once: a column of them fits eight times into a first-level cache. */
export const BLOCK = 1024;

/** One register over the block at hand. */
export class Column {
  /** The one number, while `isUniform`. */
  uniform: number = Number.NaN;
  isUniform = true;
  /** Lanes of its own, and the lanes that hold its numbers: its own, or another column's. */
  private own: Float64Array | undefined;
  private held: Float64Array | undefined;
  /** How many lanes of `own` hold `uniform`. */
  private spread = 0;

  /** Makes it uniform. */
  setUniform(value: number): void {
    if (!Object.is(value, this.uniform)) this.spread = 0;
    this.uniform = value;
    this.isUniform = true;
  }

  /** Makes it a number a lane and gives the lanes, for the caller to write, all of them. */
  write(): Float64Array {
    this.isUniform = false;
    this.spread = 0;
    this.own ??= new Float64Array(BLOCK);
    this.held = this.own;
    return this.own;
  }

  /** The lanes, only for reading, the first `count` of them filled also where it is uniform. */
  lanes(count: number): Float64Array {
    if (!this.isUniform) return this.held as Float64Array;
    this.own ??= new Float64Array(BLOCK);
    if (this.spread < count) {
      this.own.fill(this.uniform, 0, count);
      this.spread = count;
    }
    return this.own;
  }

  at(lane: number): number {
    return this.isUniform ? this.uniform : (this.held as Float64Array)[lane];
  }

  /** Takes over the numbers of another column, without copying: they stand until that one is written again, in the next block. */
  take(source: Column): void {
    if (source.isUniform) {
      this.setUniform(source.uniform);
      return;
    }
    this.isUniform = false;
    this.held = source.held;
  }
}

type Kernel = (dst: Float64Array, a: Float64Array, b: Float64Array, count: number) => void;

const kernels: Readonly<Record<StrictOperator, Kernel>> = {
  "+": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] + b[i];
  },
  "-": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] - b[i];
  },
  "*": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] * b[i];
  },
  "/": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] / b[i];
  },
  "<": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] < b[i] ? 1 : 0;
  },
  "<=": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] <= b[i] ? 1 : 0;
  },
  ">": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] > b[i] ? 1 : 0;
  },
  ">=": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] >= b[i] ? 1 : 0;
  },
  "==": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] === b[i] ? 1 : 0;
  },
  "!=": (dst, a, b, count) => {
    for (let i = 0; i < count; i++) dst[i] = a[i] !== b[i] ? 1 : 0;
  },
};

/** dst ← a operator b, in every lane. */
export function binary(operator: StrictOperator, dst: Column, a: Column, b: Column, count: number): void {
  if (a.isUniform && b.isUniform) dst.setUniform(onDoubles(operator, a.uniform, b.uniform));
  else kernels[operator](dst.write(), a.lanes(count), b.lanes(count), count);
}

/** dst ← -a, or 1 where a is 0 and 0 elsewhere. */
export function unary(operator: "-" | "!", dst: Column, a: Column, count: number): void {
  if (a.isUniform) {
    dst.setUniform(operator === "-" ? -a.uniform : a.uniform === 0 ? 1 : 0);
    return;
  }
  const from = a.lanes(count);
  const to = dst.write();
  if (operator === "-") for (let i = 0; i < count; i++) to[i] = -from[i];
  else for (let i = 0; i < count; i++) to[i] = from[i] === 0 ? 1 : 0;
}

/** dst ← condition is not 0 (NaN included) ? whenTrue : whenFalse. */
export function choose(dst: Column, condition: Column, whenTrue: Column, whenFalse: Column, count: number): void {
  if (condition.isUniform) {
    dst.take(condition.uniform !== 0 ? whenTrue : whenFalse);
    return;
  }
  const truth = condition.lanes(count);
  const a = whenTrue.lanes(count);
  const b = whenFalse.lanes(count);
  const to = dst.write();
  for (let i = 0; i < count; i++) to[i] = truth[i] !== 0 ? a[i] : b[i];
}

/** dst ← the smaller (or larger) of dst and a; NaN wins (rule 8.30). */
export function extreme(isMin: boolean, dst: Column, a: Column, count: number): void {
  const pick = isMin ? Math.min : Math.max;
  if (a.isUniform && dst.isUniform) {
    dst.setUniform(pick(dst.uniform, a.uniform));
    return;
  }
  if (dst.isUniform || a.isUniform) {
    const one = dst.isUniform ? dst.uniform : a.uniform;
    const from = dst.isUniform ? a.lanes(count) : dst.lanes(count);
    const to = dst.write();
    if (isMin) for (let i = 0; i < count; i++) to[i] = Math.min(one, from[i]);
    else for (let i = 0; i < count; i++) to[i] = Math.max(one, from[i]);
    return;
  }
  const from = a.lanes(count);
  const before = dst.lanes(count);
  const to = dst.write();
  if (isMin) for (let i = 0; i < count; i++) to[i] = Math.min(before[i], from[i]);
  else for (let i = 0; i < count; i++) to[i] = Math.max(before[i], from[i]);
}
