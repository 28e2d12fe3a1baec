/**
 * The k-th smallest sample of a window, two ways. `selectSmallest` partitions a copy (Hoare's quickselect): linear, no preparation.
 * `RankIndex` is a wavelet matrix over the samples' ranks: a walk over the bits of the answer, a dozen steps for a window of any length,
 * but it costs a sort of the whole series and does not grow with it. It is built only once the quickselects since the last change
 * would have paid for it, so the two together are never much worse than the better one. Method: Claude and Navarro, The wavelet matrix, 2012.
 */

/** One quickselect step costs about a twenty-fifth of taking one sample into the wavelet matrix. */
const BUILD_COST = 25;

export class RankIndex {
  /** The index answers for windows that end at or before this sample; 0 while there is none. */
  built = 0;
  private spent = 0;
  private sorted = new Float64Array(0);
  private bits = 0;
  private wordsPerLevel = 0;
  /** Per level and 32 samples a pair: zero bits before this word, the word itself (bit set: goes right). */
  private words = new Uint32Array(0);
  private zeros = new Int32Array(0);

  /** Forgets everything if a sample at or after `from` is changed. */
  truncate(from: number): void {
    if (from < this.built) this.built = 0;
    this.spent = 0;
  }

  /** True when the index covers the window up to `hi`; counts the work of the refused queries and builds when it has paid off. */
  ready(values: Float64Array, lo: number, hi: number, count: number): boolean {
    if (hi <= this.built) return true;
    this.spent += hi - lo;
    if (this.spent < BUILD_COST * count) return false;
    this.build(values, count);
    this.spent = 0;
    return true;
  }

  /** Takes in values[0] to values[count - 1]. */
  build(values: Float64Array, count: number): void {
    const all = values.slice(0, count).sort();
    let distinct = 0;
    for (let i = 0; i < count; i++) if (i === 0 || all[i] !== all[distinct - 1]) all[distinct++] = all[i];
    this.sorted = all.slice(0, distinct);
    this.bits = distinct <= 1 ? 0 : 32 - Math.clz32(distinct - 1);
    this.wordsPerLevel = (count >>> 5) + 1;
    this.words = new Uint32Array(2 * this.wordsPerLevel * this.bits);
    this.zeros = new Int32Array(this.bits);
    let ranks: Uint32Array<ArrayBuffer> = new Uint32Array(count);
    let next: Uint32Array<ArrayBuffer> = new Uint32Array(count);
    for (let i = 0; i < count; i++) ranks[i] = rankOf(this.sorted, values[i]);
    for (let level = 0; level < this.bits; level++) {
      this.fillLevel(level, ranks, next);
      [ranks, next] = [next, ranks];
    }
    this.built = count;
  }

  /** The k-th smallest (from 1) of samples lo to hi - 1; needs 1 <= k <= hi - lo and hi <= built. */
  smallest(lo: number, hi: number, k: number): number {
    const { bits, words, wordsPerLevel, zeros } = this;
    let left = lo;
    let right = hi;
    let wanted = k - 1;
    let rank = 0;
    for (let level = 0; level < bits; level++) {
      const base = 2 * level * wordsPerLevel;
      const leftPair = base + 2 * (left >>> 5);
      const rightPair = base + 2 * (right >>> 5);
      const leftZeros = words[leftPair] + zerosBelow(words[leftPair + 1], left & 31);
      const rightZeros = words[rightPair] + zerosBelow(words[rightPair + 1], right & 31);
      const small = rightZeros - leftZeros;
      if (wanted < small) {
        left = leftZeros;
        right = rightZeros;
        rank <<= 1;
      } else {
        wanted -= small;
        left = zeros[level] + left - leftZeros;
        right = zeros[level] + right - rightZeros;
        rank = (rank << 1) | 1;
      }
    }
    return this.sorted[rank];
  }

  /** Writes one level's bits and orders the ranks for the next: those with a zero bit first, both halves in their old order. */
  private fillLevel(level: number, ranks: Uint32Array, next: Uint32Array): void {
    const count = ranks.length;
    const shift = this.bits - 1 - level;
    let zeros = 0;
    for (let i = 0; i < count; i++) zeros += 1 - ((ranks[i] >>> shift) & 1);
    const base = 2 * level * this.wordsPerLevel;
    let toLeft = 0;
    let toRight = zeros;
    let word = 0;
    for (let i = 0; i < count; i++) {
      if ((i & 31) === 0) {
        if (i > 0) this.words[base + 2 * ((i >>> 5) - 1) + 1] = word;
        this.words[base + 2 * (i >>> 5)] = toLeft;
        word = 0;
      }
      if (((ranks[i] >>> shift) & 1) === 0) next[toLeft++] = ranks[i];
      else {
        word |= 1 << (i & 31);
        next[toRight++] = ranks[i];
      }
    }
    const lastWord = count === 0 ? 0 : (count - 1) >>> 5;
    this.words[base + 2 * lastWord + 1] = word;
    // A window may end exactly on a word boundary behind the last sample: that word has no bits but still a count.
    if ((count & 31) === 0) this.words[base + 2 * (count >>> 5)] = zeros;
    this.zeros[level] = zeros;
  }
}

/** Zero bits of `word` below position `places` (0 to 31). */
function zerosBelow(word: number, places: number): number {
  let ones = word & ((1 << places) - 1);
  ones -= (ones >>> 1) & 0x55555555;
  ones = (ones & 0x33333333) + ((ones >>> 2) & 0x33333333);
  return places - (Math.imul((ones + (ones >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24);
}

function rankOf(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The k-th smallest (from 1) of the first `count` numbers of `scratch`, which it reorders. Numbers only, no NaN. The pivot is the median
 * of three, so sorted and constant input is no worst case; should the parts still not shrink, the rest is sorted.
 */
export function selectSmallest(scratch: Float64Array, count: number, k: number): number {
  const wanted = k - 1;
  let low = 0;
  let high = count - 1;
  let roundsLeft = 2 * (32 - Math.clz32(count)) + 4;
  while (high - low > 12) {
    if (roundsLeft-- === 0) {
      scratch.subarray(low, high + 1).sort();
      return scratch[wanted];
    }
    const pivot = middleOf(scratch[low], scratch[(low + high) >>> 1], scratch[high]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (scratch[i] < pivot) i++;
      while (scratch[j] > pivot) j--;
      if (i <= j) {
        const held = scratch[i];
        scratch[i++] = scratch[j];
        scratch[j--] = held;
      }
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else return pivot;
  }
  for (let i = low + 1; i <= high; i++) {
    const held = scratch[i];
    let j = i - 1;
    for (; j >= low && scratch[j] > held; j--) scratch[j + 1] = scratch[j];
    scratch[j + 1] = held;
  }
  return scratch[wanted];
}

function middleOf(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
}
