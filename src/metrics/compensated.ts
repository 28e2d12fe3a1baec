/**
 * Running sums that lose nothing worth naming: every prefix is a pair of doubles (high, low) whose exact sum is the prefix to about 105
 * bits, so that the difference of two prefixes is as good as a fresh sum of the samples between them. As long as all samples are whole
 * numbers and no prefix can reach 2^53, plain doubles are exact already and the low halves are not even stored.
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

/** Prefix sums of the samples (`power` 1) or of their squares (`power` 2), built as far as someone asked. */
export class PrefixSums {
  /** high[i] belongs to the first i samples; valid for i <= built. */
  high: Float64Array = new Float64Array(1);
  /** The low halves; undefined while all of them are 0. */
  low: Float64Array | undefined;
  /** How many samples are in. */
  built = 0;
  /** True while every prefix, and so every difference of two, is the exact sum. */
  exact = true;
  /** False when the samples' sizes lie so far apart that a difference of prefixes could be worse than adding up. */
  usable = true;
  private readonly power: number = 1;
  private sizeMax = 0;
  private sizeMin = Number.POSITIVE_INFINITY;

  constructor(power: 1 | 2) {
    this.power = power;
  }

  /** Forgets the samples from index `from` on. What was learnt about their sizes is kept: it can only make us more careful. */
  truncate(from: number): void {
    if (from < this.built) this.built = from;
    if (from === 0) {
      this.exact = true;
      this.usable = true;
      this.low = undefined;
      this.sizeMax = 0;
      this.sizeMin = Number.POSITIVE_INFINITY;
    }
  }

  /** Takes in values[built] to values[to - 1]. */
  extend(values: Float64Array, to: number): void {
    // A first build takes what it needs; later ones, sample by sample, half as much again.
    if (this.high.length <= to)
      this.high = grown(this.high, this.built === 0 ? to + 1 : Math.min(values.length, to + (to >>> 1)) + 1);
    if (this.exact && this.extendExact(values, to)) return;
    this.exact = false;
    if (this.low === undefined) this.low = new Float64Array(this.high.length);
    else if (this.low.length < this.high.length) this.low = grown(this.low, this.high.length);
    this.extendPairs(values, to, this.low);
    const spread = to * to * (this.sizeMax / this.sizeMin) ** this.power;
    const inRange =
      this.power === 1 ? to * this.sizeMax < SUM_MAX : this.sizeMax < SQUARE_SIZE_MAX && this.sizeMin > SQUARE_SIZE_MIN;
    // Squares need no bound on their spread: the standard deviation checks what is left after cancellation by itself.
    this.usable = this.sizeMax === 0 || (inRange && (this.power === 2 || spread < SPREAD_MAX));
  }

  /** The sum of samples a to b - 1, rounded about twice; needs b <= built. */
  between(a: number, b: number): number {
    const high = this.high[b] - this.high[a];
    return this.low === undefined ? high : high + (this.low[b] - this.low[a]);
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

  private extendPairs(values: Float64Array, to: number, low: Float64Array): void {
    const high = this.high;
    const squared = this.power === 2;
    let h = high[this.built];
    let l = low[this.built];
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
      high[i + 1] = h;
      low[i + 1] = l;
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
