/**
 * Which whole numbers are ids of tasks whose dependants may go on, as a sparse set of bits: ranges of ids (T-42) ask for the next number that is
 * not in it, and skip full blocks of 1024 on the way.
 */
const BLOCK = 1024;

class Block {
  readonly words = new Int32Array(BLOCK / 32);
  size = 0;
}

export class SatisfiedIntegers {
  private readonly blocks = new Map<number, Block>();
  /** Tasks beyond the first with the same number: 4, 04 and 004 are one (T-42). */
  private readonly more = new Map<number, number>();

  add(integer: number): void {
    if (this.has(integer)) {
      this.more.set(integer, (this.more.get(integer) ?? 0) + 1);
      return;
    }
    const number = Math.floor(integer / BLOCK);
    let block = this.blocks.get(number);
    if (block === undefined) this.blocks.set(number, (block = new Block()));
    const at = integer % BLOCK;
    block.words[at >>> 5] |= 1 << (at & 31);
    block.size++;
  }

  /** Takes one task of this number out. */
  remove(integer: number): void {
    const more = this.more.get(integer);
    if (more !== undefined) {
      if (more === 1) this.more.delete(integer);
      else this.more.set(integer, more - 1);
      return;
    }
    const number = Math.floor(integer / BLOCK);
    const block = this.blocks.get(number);
    if (block === undefined || !this.has(integer)) return;
    const at = integer % BLOCK;
    block.words[at >>> 5] &= ~(1 << (at & 31));
    if (--block.size === 0) this.blocks.delete(number);
  }

  has(integer: number): boolean {
    const block = this.blocks.get(Math.floor(integer / BLOCK));
    if (block === undefined) return false;
    const at = integer % BLOCK;
    return (block.words[at >>> 5] & (1 << (at & 31))) !== 0;
  }

  /** The lowest number not in the set, `from` or above. */
  nextMissing(from: number): number {
    let integer = from;
    for (;;) {
      const block = this.blocks.get(Math.floor(integer / BLOCK));
      if (block === undefined) return integer;
      let at = integer % BLOCK;
      const start = integer - at;
      if (block.size < BLOCK) {
        for (; at < BLOCK; at++) {
          const word = block.words[at >>> 5];
          if (word === -1) at |= 31;
          else if ((word & (1 << (at & 31))) === 0) return start + at;
        }
      }
      integer = start + BLOCK;
    }
  }
}
