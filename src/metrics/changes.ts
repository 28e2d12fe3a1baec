/**
 * How the readers of a store learn that something was recorded, at the cost of one store instruction a sample: whoever records writes
 * 0, and the next reader gives the state a new number. A reader whose number is the current one knows that all it learnt still holds.
 */
export class Changes {
  /** Number of the state that readers know; 0 while something was recorded that none of them has noticed. */
  generation = 1;
  private last = 1;

  /** For readers: the number of the state as it is now. */
  current(): number {
    if (this.generation === 0) this.generation = ++this.last;
    return this.generation;
  }
}
