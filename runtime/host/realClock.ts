/**
 * The clock of a real service: it runs by the machine's monotonic clock from an instant that is given once, faster than real time if asked to.
 *
 *     now() = startAt + (real time since the start) · scale
 *
 * A wall clock that is set back cannot take it back, and after a restart it starts no earlier than where the world was left.
 */
import type { Clock } from "./clock.ts";

/** How fast service time passes, and from where. */
interface RealClockOptions {
  /** Service milliseconds that pass in a real one; above 0. Default 1. */
  readonly scale?: number;
  /** The instant to start at, milliseconds since 1970 UTC. Default: the machine's wall clock. */
  readonly startAt?: number;
  /** Never start before this instant, e.g. the last one of a restored world. */
  readonly notBefore?: number;
}

/** Service time that follows the machine's monotonic clock. */
export class RealClock implements Clock {
  /** Service milliseconds that pass in a real one. */
  readonly scale: number;
  private readonly startAt: number;
  private readonly startedAt: number;

  /** Throws RangeError for a scale that is not above 0 or not finite. */
  constructor(options: RealClockOptions = {}) {
    const { scale = 1, startAt = Date.now(), notBefore = Number.NEGATIVE_INFINITY } = options;
    if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) throw new RangeError(`time scale: ${scale} is not a number above 0`);
    this.scale = scale;
    this.startAt = Math.max(startAt, notBefore);
    this.startedAt = performance.now();
  }

  now(): number {
    return this.startAt + (performance.now() - this.startedAt) * this.scale;
  }
}
