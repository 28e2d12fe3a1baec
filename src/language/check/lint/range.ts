/**
 * What is known of a double before any sample is: bounds, and whether it may be nan or infinite. The bounds of a number that metrics go into are
 * often Infinity, meaning "no bound"; that the number may really *be* inf is said apart, because min(25, x) repairs the one and nothing repairs
 * a nan. Operations answer for every pair of numbers in their operands (rules 2.9, 2.20, 8.5).
 */

/** A set of doubles. Without nan and infinities it is every number from `lo` to `hi`, both included. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
  /** May be nan. */
  readonly nan: boolean;
  /** May be inf, may be -inf. */
  readonly positiveInfinity: boolean;
  readonly negativeInfinity: boolean;
  /** A whole number for sure. */
  readonly whole: boolean;
  /** Known not to be 0, though 0 lies between the bounds. */
  readonly notZero: boolean;
  /** A 0 among them may be -0, which turns the sign of what is divided by it. */
  readonly negativeZero: boolean;
}

/** A range; the flags not named are false. */
export function range(lo: number, hi: number, flags: Partial<Range> = {}): Range {
  return {
    lo,
    hi,
    nan: false,
    positiveInfinity: false,
    negativeInfinity: false,
    whole: false,
    notZero: false,
    negativeZero: false,
    ...flags,
  };
}

/** Exactly this number. */
export function exactly(value: number): Range {
  if (Number.isNaN(value)) return range(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, { nan: true });
  return range(value, value, {
    positiveInfinity: value === Number.POSITIVE_INFINITY,
    negativeInfinity: value === Number.NEGATIVE_INFINITY,
    whole: Number.isInteger(value),
    negativeZero: Object.is(value, -0),
  });
}

/** Any double. */
export const anything: Range = range(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, {
  nan: true,
  positiveInfinity: true,
  negativeInfinity: true,
});
/** 0 or 1: what comparisons and logic give (rule 2.2). */
export const zeroOrOne: Range = range(0, 1, { whole: true });

/** The one number it can be; undefined if there are several. */
export function onlyValue(r: Range): number | undefined {
  return r.lo === r.hi && !r.nan ? r.lo : undefined;
}

export function mayBeZero(r: Range): boolean {
  return r.lo <= 0 && r.hi >= 0 && !r.notZero;
}

const mayBePositive = (r: Range) => r.hi > 0;
const mayBeNegative = (r: Range) => r.lo < 0;
const mayBeMinus = (r: Range) => r.lo < 0 || r.negativeZero;
const mayBeInfinite = (r: Range) => r.positiveInfinity || r.negativeInfinity;

/** Every number of either: what a conditional can give. */
export function union(a: Range, b: Range): Range {
  return {
    lo: Math.min(a.lo, b.lo),
    hi: Math.max(a.hi, b.hi),
    nan: a.nan || b.nan,
    positiveInfinity: a.positiveInfinity || b.positiveInfinity,
    negativeInfinity: a.negativeInfinity || b.negativeInfinity,
    whole: a.whole && b.whole,
    notZero: !mayBeZero(a) && !mayBeZero(b),
    negativeZero: a.negativeZero || b.negativeZero,
  };
}

/** A result with these bounds; a bound that two finite numbers overflowed to is a number the result may really be. */
function bounded(lo: number, hi: number, operands: readonly Range[], flags: Partial<Range>): Range {
  const isLimited = operands.every((r) => Number.isFinite(r.lo) && Number.isFinite(r.hi));
  return range(Number.isNaN(lo) ? Number.NEGATIVE_INFINITY : lo, Number.isNaN(hi) ? Number.POSITIVE_INFINITY : hi, {
    ...flags,
    positiveInfinity: flags.positiveInfinity === true || (isLimited && hi === Number.POSITIVE_INFINITY),
    negativeInfinity: flags.negativeInfinity === true || (isLimited && lo === Number.NEGATIVE_INFINITY),
  });
}

export function negated(r: Range): Range {
  return {
    ...r,
    lo: 0 - r.hi,
    hi: 0 - r.lo,
    negativeZero: mayBeZero(r),
    positiveInfinity: r.negativeInfinity,
    negativeInfinity: r.positiveInfinity,
  };
}

export function added(a: Range, b: Range): Range {
  return bounded(a.lo + b.lo, a.hi + b.hi, [a, b], {
    nan: a.nan || b.nan || (a.positiveInfinity && b.negativeInfinity) || (a.negativeInfinity && b.positiveInfinity),
    positiveInfinity: a.positiveInfinity || b.positiveInfinity,
    negativeInfinity: a.negativeInfinity || b.negativeInfinity,
    whole: a.whole && b.whole,
    negativeZero: a.negativeZero && b.negativeZero,
  });
}

export function subtracted(a: Range, b: Range): Range {
  return added(a, negated(b));
}

/** A product of bounds: 0 times "no bound" is 0, because the number itself is finite. */
const boundTimes = (x: number, y: number) => (x === 0 || y === 0 ? 0 : x * y);

export function multiplied(a: Range, b: Range): Range {
  const corners = [boundTimes(a.lo, b.lo), boundTimes(a.lo, b.hi), boundTimes(a.hi, b.lo), boundTimes(a.hi, b.hi)];
  const oneWay = (x: Range, y: Range, up: boolean) =>
    (x.positiveInfinity && (up ? mayBePositive(y) : mayBeNegative(y))) ||
    (x.negativeInfinity && (up ? mayBeNegative(y) : mayBePositive(y)));
  return bounded(Math.min(...corners), Math.max(...corners), [a, b], {
    nan: a.nan || b.nan || (mayBeInfinite(a) && mayBeZero(b)) || (mayBeInfinite(b) && mayBeZero(a)),
    positiveInfinity: oneWay(a, b, true) || oneWay(b, a, true),
    negativeInfinity: oneWay(a, b, false) || oneWay(b, a, false),
    whole: a.whole && b.whole,
    negativeZero: mayBeMinus(a) || mayBeMinus(b),
  });
}

export function divided(a: Range, b: Range): Range {
  if (b.hi < 0 || (b.hi === 0 && b.notZero && b.lo < 0)) return divided(negated(a), negated(b));
  const byZero = mayBeZero(b);
  const nan = a.nan || b.nan || (byZero && mayBeZero(a)) || (mayBeInfinite(a) && mayBeInfinite(b));
  const mixed = b.lo < 0 || (byZero && b.negativeZero);
  const flags = {
    nan,
    positiveInfinity:
      (byZero && (mayBePositive(a) || (mixed && mayBeNegative(a)))) || a.positiveInfinity || (mixed && a.negativeInfinity),
    negativeInfinity:
      (byZero && (mayBeNegative(a) || (mixed && mayBePositive(a)))) || a.negativeInfinity || (mixed && a.positiveInfinity),
    negativeZero: mayBeMinus(a) || mayBeMinus(b),
  };
  if (mixed) return range(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, flags);
  const lo = a.lo >= 0 ? quotient(a.lo, b.hi) : quotient(a.lo, b.lo);
  const hi = a.hi > 0 ? quotient(a.hi, b.lo) : quotient(a.hi, b.hi);
  const isExact = lo === hi && Number.isInteger(lo);
  return bounded(lo, hi, b.lo > 0 ? [a, b] : [anything], { ...flags, whole: isExact && !nan });
}

/** A quotient of bounds, the divisor not negative: 0 over 0 and "no bound" over "no bound" are 0 at the lower and no bound at the upper end. */
function quotient(x: number, y: number): number {
  if (x === 0) return 0;
  return x / y;
}

/** A function that never falls, applied to both bounds. */
export function mapped(r: Range, kernel: (x: number) => number, flags: Partial<Range> = {}): Range {
  return { ...r, lo: kernel(r.lo), hi: kernel(r.hi), notZero: false, whole: false, negativeZero: mayBeMinus(r), ...flags };
}

/** lg, ln, log: nan below 0, -inf at 0 (rule 8.5). */
export function logarithm(r: Range, kernel: (x: number) => number): Range {
  const lo = r.lo > 0 ? kernel(r.lo) : Number.NEGATIVE_INFINITY;
  const hi = r.hi > 0 ? kernel(r.hi) : Number.NEGATIVE_INFINITY;
  return range(lo, Math.max(lo, hi), {
    nan: r.nan || r.lo < 0,
    negativeInfinity: mayBeZero(r),
    positiveInfinity: r.positiveInfinity,
  });
}

/** `a operator b` as 1 and 0: both, or the one that it always is. A comparison with nan is 0, but != is 1. */
export function compared(operator: "<" | "<=" | ">" | ">=" | "==" | "!=", a: Range, b: Range): Range {
  if (operator === ">") return compared("<", b, a);
  if (operator === ">=") return compared("<=", b, a);
  if (operator === "!=") return negatedTruth(compared("==", a, b));
  const nan = a.nan || b.nan;
  const isSame = onlyValue(a) !== undefined && onlyValue(a) === onlyValue(b);
  const isDisjoint = a.hi < b.lo || b.hi < a.lo || (a.notZero && onlyValue(b) === 0) || (b.notZero && onlyValue(a) === 0);
  if (operator === "==") return isSame ? exactly(1) : isDisjoint ? exactly(0) : zeroOrOne;
  if (operator === "<") return !nan && a.hi < b.lo ? exactly(1) : a.lo >= b.hi ? exactly(0) : zeroOrOne;
  return !nan && a.hi <= b.lo ? exactly(1) : a.lo > b.hi ? exactly(0) : zeroOrOne;
}

/** `!x` of a 0 or 1. */
export function negatedTruth(r: Range): Range {
  return range(1 - r.hi, 1 - r.lo, { whole: true });
}

/** Whether a condition with this value always, never or sometimes holds: any number but 0 is true, nan too (rule 2.2). */
export function truth(r: Range): "true" | "false" | "either" {
  if (!mayBeZero(r)) return "true";
  return onlyValue(r) === 0 ? "false" : "either";
}
