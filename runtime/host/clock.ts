/**
 * Time and waiting. The loop itself never waits: it says when it next has something to do, and a driver brings it there. A virtual clock jumps to
 * that instant; a real one sleeps until it, or until something wakes it up. Nothing else knows which of the two it lives with.
 */

/** Milliseconds since 1970 UTC. */
export interface Clock {
  now(): number;
}

/** A clock that stands still until it is moved. */
export class VirtualClock implements Clock {
  private instant: number;

  constructor(startAt: number) {
    this.instant = startAt;
  }

  now(): number {
    return this.instant;
  }

  /** Moves forward; an earlier instant leaves it where it is. */
  advanceTo(instant: number): void {
    if (instant > this.instant) this.instant = instant;
  }
}
