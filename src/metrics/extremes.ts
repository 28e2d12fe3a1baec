/**
 * The smallest or largest sample of any window in constant time, for four bytes a sample. Samples stand in blocks of 32. Inside a block
 * a bit mask per sample names the positions that a look back from here can still end on: the leftmost one inside the window is the
 * extreme. Over whole blocks a sparse table keeps the extreme of every run of 1, 2, 4, 8 … blocks; two overlapping runs cover any span.
 *
 *     | … [lo … | … whole blocks … | … hi] … |      mask of lo's block end, sparse table, mask of hi
 *
 * The last block is always open: it is answered by masks alone, so an append costs one mask. In-block masks: Fischer and Heun, 2007.
 */

const BLOCK = 32;

export class ExtremeIndex {
  /** How many samples are in. */
  built = 0;
  /** 1 finds the largest, -1 the smallest sample. */
  private readonly direction: number = 1;
  private masks = new Uint32Array(0);
  /** levels[k][b] is direction x the extreme of blocks b to b + 2^k - 1. */
  private levels: Float64Array[] = [];

  constructor(direction: 1 | -1) {
    this.direction = direction;
  }

  /** Forgets the samples from index `from` on. Entries of blocks behind it are overwritten when their block is full again. */
  truncate(from: number): void {
    if (from < this.built) this.built = from;
  }

  /** Takes in values[built] to values[to - 1]. */
  extend(values: Float64Array, to: number): void {
    if (this.masks.length < to) {
      const masks = new Uint32Array(values.length);
      masks.set(this.masks);
      this.masks = masks;
    }
    const direction = this.direction;
    const masks = this.masks;
    for (let i = this.built; i < to; i++) {
      const place = i & (BLOCK - 1);
      const start = i - place;
      const size = direction * values[i];
      let mask = place === 0 ? 0 : masks[i - 1];
      // Whatever is not larger than this sample can no longer be the extreme of a window that ends here or later.
      while (mask !== 0) {
        const top = 31 - Math.clz32(mask);
        if (direction * values[start + top] > size) break;
        mask &= ~(1 << top);
      }
      masks[i] = mask | (1 << place);
      if (place === BLOCK - 1) this.closeBlock(values, start / BLOCK);
    }
    this.built = to;
  }

  /** The extreme of values[lo] to values[hi - 1]; needs lo < hi <= built. */
  between(values: Float64Array, lo: number, hi: number): number {
    const last = hi - 1;
    const firstBlock = lo >>> 5;
    const lastBlock = last >>> 5;
    const tail = this.masks[last];
    const lastStart = lastBlock << 5;
    if (firstBlock === lastBlock) return values[lastStart + lowestBit(tail & (-1 << (lo & 31)))];
    const direction = this.direction;
    const firstStart = firstBlock << 5;
    const head = this.masks[firstStart + 31] & (-1 << (lo & 31));
    const left = direction * values[firstStart + lowestBit(head)];
    const right = direction * values[lastStart + lowestBit(tail)];
    let best = left > right ? left : right;
    const blocks = lastBlock - firstBlock - 1;
    if (blocks > 0) {
      const k = 31 - Math.clz32(blocks);
      const level = this.levels[k];
      const a = level[firstBlock + 1];
      const b = level[lastBlock - (1 << k)];
      if (a > best) best = a;
      if (b > best) best = b;
    }
    return direction * best;
  }

  /** Enters a full block into every run that ends with it. */
  private closeBlock(values: Float64Array, block: number): void {
    const start = block * BLOCK;
    let best = this.direction * values[start + lowestBit(this.masks[start + BLOCK - 1])];
    for (let k = 0, first = block; first >= 0; k++) {
      let level = this.levels[k];
      if (level === undefined || level.length <= block) {
        const wider = new Float64Array(Math.max(8, 2 * (block + 1)));
        if (level !== undefined) wider.set(level);
        this.levels[k] = level = wider;
      }
      if (k > 0) {
        const half = this.levels[k - 1];
        best = Math.max(half[first], half[first + (1 << (k - 1))]);
      }
      level[first] = best;
      first = block - (2 << k) + 1;
    }
  }
}

/** Position of the lowest set bit; `mask` is not 0. */
function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
