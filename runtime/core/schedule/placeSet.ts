/**
 * A set of node places (small whole numbers) that finds its lowest member without a walk over the places: a bit for each place, and above it a
 * bit for each word of 32 places that is not empty. Ten thousand places are ten words above: finding costs a handful of instructions.
 */

/** Lowest set bit of a word that is not 0. */
const lowestBit = (word: number) => 31 - Math.clz32(word & -word);

export class PlaceSet {
  private words = new Int32Array(4);
  private summary = new Int32Array(1);
  /** Members. */
  size = 0;

  /** Adds a place that is not a member. */
  add(place: number): void {
    const at = place >>> 5;
    if (at >= this.words.length) this.grow(at + 1);
    this.words[at] |= 1 << (place & 31);
    this.summary[at >>> 5] |= 1 << (at & 31);
    this.size++;
  }

  /** Removes a member. */
  remove(place: number): void {
    const at = place >>> 5;
    this.words[at] &= ~(1 << (place & 31));
    if (this.words[at] === 0) this.summary[at >>> 5] &= ~(1 << (at & 31));
    this.size--;
  }

  /** The lowest member that is `from` or above; -1 when there is none. */
  next(from: number): number {
    let at = from >>> 5;
    if (at >= this.words.length) return -1;
    const rest = this.words[at] & (-1 << (from & 31));
    if (rest !== 0) return (at << 5) + lowestBit(rest);
    at++;
    let above = at >>> 5;
    if (above >= this.summary.length) return -1;
    let word = this.summary[above] & (-1 << (at & 31));
    while (word === 0) {
      if (++above >= this.summary.length) return -1;
      word = this.summary[above];
    }
    at = (above << 5) + lowestBit(word);
    return (at << 5) + lowestBit(this.words[at]);
  }

  private grow(wanted: number): void {
    const length = Math.max(wanted, this.words.length * 2);
    const words = new Int32Array(length);
    words.set(this.words);
    const summary = new Int32Array((length + 31) >>> 5);
    summary.set(this.summary);
    this.words = words;
    this.summary = summary;
  }
}
