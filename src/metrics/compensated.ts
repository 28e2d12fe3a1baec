/**
 * Running sums that lose nothing worth naming: every prefix is a pair of doubles (high, low) whose exact sum is the prefix to about 105
 * bits, so that the difference of two prefixes is as good as a fresh sum of the samples between them. As long as all samples are whole
 * numbers and no prefix can reach 2^53, plain doubles are exact already and no pairs are stored.
 * Method: Knuth's two-sum and Dekker's split product (Numerische Mathematik 18, 1971).
 */

/** Whole-number prefixes below this stay exact whatever sample follows. */
const EXACT_MAX = 2 ** 52;
/** Largest n^2 x (largest size / smallest size) for which a difference of prefixes is good to 2^-35 of any sample in it. */
const SPREAD_MAX = 2 ** 70;
/** A prefix that could come near the end of the doubles is not trusted: adding up may stay within where the prefix does not. */
const SUM_MAX = 1e300;
/** Sizes outside this range would leave the range of doubles when squared and split. */
const SQUARE_SIZE_MAX = 1e145;
const SQUARE_SIZE_MIN = 1e-130;

/** The sum of no samples: too short to be written to. */
const NO_SUMS = new Float64Array(1);

const SPLITTER = 134217729; // 2^27 + 1

/** The rounding error of a * b: a * b + productError(a, b, a * b) is exact. */
export function productError(a: number, b: number, product: number): number {
  const aShifted = SPLITTER * a;
  const aHigh = aShifted - (aShifted - a);
  const aLow = a - aHigh;
  const bShifted = SPLITTER * b;
  const bHigh = bShifted - (bShifted - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** Samples taken in before it is asked whether all of them were whole. */
const PROBE = 512;

/** Prefix sums of the samples (`power` 1) or of their squares (`power` 2), built as far as someone asked. */
export class PrefixSums {
  /** While exact: high[i] is the sum of the first i samples; valid for i <= built. */
  high: Float64Array = NO_SUMS;
  /** While not exact: pairs[2 * i] + pairs[2 * i + 1] is that sum. Side by side, because they are read together. */
  pairs: Float64Array = NO_SUMS;
  /** How many samples are in. */
  built = 0;
  /** True while every prefix, and so every difference of two, is the exact sum. */
  exact = true;
  /** How many samples differences may be used for: all, or 0 when sizes lie so far apart that a difference could be worse than adding up. */
  usableTo = 0;
  private readonly power: number = 1;
  private sizeMax = 0;
  private sizeMin = Number.POSITIVE_INFINITY;

  constructor(power: 1 | 2) {
    this.power = power;
  }

  /** Forgets the samples from index `from` on. What was learnt about their sizes is kept: it can only make us more careful. */
  truncate(from: number): void {
    if (from < this.built) this.built = from;
    if (from < this.usableTo) this.usableTo = from;
    if (from === 0) {
      this.exact = true;
      this.pairs = NO_SUMS;
      this.sizeMax = 0;
      this.sizeMin = Number.POSITIVE_INFINITY;
    }
  }

  /** Takes in values[built] to values[to - 1]. */
  extend(values: Float64Array, to: number): void {
    // A first build takes what it needs; later ones, sample by sample, half as much again.
    const length = this.built === 0 ? to + 1 : Math.min(values.length, to + (to >>> 1)) + 1;
    if (this.exact) {
      if (this.high.length <= to) this.high = grown(this.high, length);
      while (this.built < to && this.extendExact(values, Math.min(to, this.built + PROBE)));
      this.usableTo = this.built;
      if (this.built === to) return;
      this.exact = false;
      this.pairs = new Float64Array(2 * length);
      for (let i = 0; i <= this.built; i++) this.pairs[2 * i] = this.high[i];
      this.high = NO_SUMS;
    }
    if (this.pairs.length < 2 * to + 2) this.pairs = grown(this.pairs, 2 * length);
    this.extendPairs(values, to, this.pairs);
    const spread = to * to * (this.sizeMax / this.sizeMin) ** this.power;
    const inRange =
      this.power === 1 ? to * this.sizeMax < SUM_MAX : this.sizeMax < SQUARE_SIZE_MAX && this.sizeMin > SQUARE_SIZE_MIN;
    // Squares need no bound on their spread: the standard deviation checks what is left after cancellation by itself.
    const isUsable = this.sizeMax === 0 || (inRange && (this.power === 2 || spread < SPREAD_MAX));
    this.usableTo = isUsable ? to : 0;
  }

  /** The sum of samples a to b - 1, rounded about twice; needs b <= built. */
  between(a: number, b: number): number {
    if (this.exact === true) return this.high[b] - this.high[a];
    const { pairs } = this;
    return pairs[2 * b] - pairs[2 * a] + (pairs[2 * b + 1] - pairs[2 * a + 1]);
  }

  /** The sum of the first `count` samples, rounded; needs count <= built. */
  upTo(count: number): number {
    return this.exact === true ? this.high[count] : this.pairs[2 * count];
  }

  /** What `between` rounded away; `rounded` is what it gave. */
  lostBetween(a: number, b: number, rounded: number): number {
    if (this.exact) return 0;
    const { pairs } = this;
    const to = pairs[2 * b];
    const from = -pairs[2 * a];
    const high = to + from;
    const part = high - to;
    const error = to - (high - part) + (from - part);
    return high - rounded + (error + (pairs[2 * b + 1] - pairs[2 * a + 1]));
  }

  /** False, with nothing taken in, when the samples are not all whole or could add up to 2^52. */
  private extendExact(values: Float64Array, to: number): boolean {
    const high = this.high;
    let sizeMax = this.sizeMax;
    let sum = high[this.built];
    let fraction = 0;
    const squared = this.power === 2;
    for (let i = this.built; i < to; i++) {
      const x = values[i];
      const size = Math.abs(x);
      if (size > sizeMax) sizeMax = size;
      fraction += x - Math.floor(x);
      sum += squared ? x * x : x;
      high[i + 1] = sum;
    }
    if (fraction !== 0 || !(to * sizeMax ** this.power < EXACT_MAX)) return false;
    this.sizeMax = sizeMax;
    if (sizeMax > 0) this.sizeMin = 1;
    this.built = to;
    return true;
  }

  private extendPairs(values: Float64Array, to: number, pairs: Float64Array): void {
    const squared = this.power === 2;
    let h = pairs[2 * this.built];
    let l = pairs[2 * this.built + 1];
    for (let i = this.built; i < to; i++) {
      const x = values[i];
      const size = Math.abs(x);
      if (size > this.sizeMax) this.sizeMax = size;
      if (size < this.sizeMin && size > 0) this.sizeMin = size;
      const term = squared ? x * x : x;
      if (squared) l += productError(x, x, term);
      const sum = h + term;
      const part = sum - h;
      l += h - (sum - part) + (term - part);
      // Normalized, so that the pair's error stays at 2^-105 of the prefix however many samples follow.
      h = sum + l;
      const lowPart = h - sum;
      l = sum - (h - lowPart) + (l - lowPart);
      pairs[2 * i + 2] = h;
      pairs[2 * i + 3] = l;
    }
    this.built = to;
  }
}

/** A longer copy; what is behind the old end is 0. */
export function grown(array: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(Math.max(length, array.length));
  longer.set(array);
  return longer;
}
