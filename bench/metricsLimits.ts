/**
 * Hand-written code with nothing around it: what a window query costs when arrays, positions and window lengths are known and no gap,
 * delay, late sample or name has to be thought of. The store is measured against it; tests check that both give the same answers.
 */

/** Prefix sums of values and of their squares, one longer than the values. */
export interface Prefixes {
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

export function prefixes(values: Float64Array): Prefixes {
  const sums = new Float64Array(values.length + 1);
  const squares = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    sums[i + 1] = sums[i] + values[i];
    squares[i + 1] = squares[i] + values[i] * values[i];
  }
  return { sums, squares };
}

/** table[k][i] is the largest of values[i] to values[i + 2^k - 1]. */
export function sparseTable(values: Float64Array): Float64Array[] {
  const table = [values];
  for (let k = 1; 1 << k <= values.length; k++) {
    const half = table[k - 1];
    const level = new Float64Array(values.length - (1 << k) + 1);
    for (let i = 0; i < level.length; i++) level[i] = Math.max(half[i], half[i + (1 << (k - 1))]);
    table.push(level);
  }
  return table;
}

export function sparseMax(table: Float64Array[], lo: number, hi: number): number {
  const k = 31 - Math.clz32(hi - lo);
  const level = table[k];
  return Math.max(level[lo], level[hi - (1 << k)]);
}

/** A wavelet matrix over 2^bits ranks: per level the words of bits and the zeros before each word. */
export interface Wavelet {
  readonly bits: number;
  readonly sorted: Float64Array;
  readonly words: Uint32Array[];
  readonly before: Uint32Array[];
  readonly zeros: number[];
}

export function wavelet(values: Float64Array, bits: number): Wavelet {
  const sorted = Float64Array.from(new Set(values)).sort();
  const rankOf = new Map(Array.from(sorted, (value, rank) => [value, rank]));
  let ranks = Array.from(values, (value) => rankOf.get(value)!);
  const words: Uint32Array[] = [];
  const before: Uint32Array[] = [];
  const zeros: number[] = [];
  for (let level = bits - 1; level >= 0; level--) {
    const word = new Uint32Array((values.length >> 5) + 1);
    const count = new Uint32Array(word.length);
    let zero = 0;
    ranks.forEach((rank, i) => {
      if ((i & 31) === 0) count[i >> 5] = zero;
      if ((rank >> level) & 1) word[i >> 5] |= 1 << (i & 31);
      else zero++;
    });
    if ((ranks.length & 31) === 0) count[ranks.length >> 5] = zero;
    words.push(word);
    before.push(count);
    zeros.push(zero);
    ranks = [...ranks.filter((rank) => !((rank >> level) & 1)), ...ranks.filter((rank) => (rank >> level) & 1)];
  }
  return { bits, sorted, words, before, zeros };
}

export function waveletSmallest(w: Wavelet, lo: number, hi: number, k: number): number {
  let left = lo;
  let right = hi;
  let wanted = k - 1;
  let rank = 0;
  for (let level = 0; level < w.bits; level++) {
    const words = w.words[level];
    const before = w.before[level];
    const a = before[left >>> 5] + (left & 31) - ones(words[left >>> 5] & ((1 << (left & 31)) - 1));
    const b = before[right >>> 5] + (right & 31) - ones(words[right >>> 5] & ((1 << (right & 31)) - 1));
    rank <<= 1;
    if (wanted < b - a) {
      left = a;
      right = b;
    } else {
      wanted -= b - a;
      left += w.zeros[level] - a;
      right += w.zeros[level] - b;
      rank |= 1;
    }
  }
  return w.sorted[rank];
}

function ones(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
