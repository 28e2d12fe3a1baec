/**
 * The ready tasks of a pool (J-30 to J-34).
 */

export class ReadyQueue {
  /** Ready tasks in it. */
  size = 0;
}
