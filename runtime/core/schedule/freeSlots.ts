/**
 * Which nodes have how many free slots, for placement without looking at nodes (P-130, P-131).
 */

export class FreeSlots {
  /** Slots of each node of the pool. */
  readonly slotsPerNode: number;

  constructor(slotsPerNode: number) {
    this.slotsPerNode = slotsPerNode;
  }

  /** The node at `place` may take tasks and has this many free slots, 0 to slotsPerNode. */
  set(_place: number, _freeSlots: number): void {}

  /** The node at `place` takes no tasks. Without effect when it was not there. */
  remove(_place: number): void {}
}
