/**
 * Throttling (L-73): how many requests a second an account may make, so that a client's way of waiting can be tried. A bucket an account: it holds a second's
 * worth, is filled at an even rate, and each request takes one; who finds it empty is told when there will be one again. Off unless it is asked for.
 */
import { BatchError } from "./errors.ts";

interface Bucket {
  left: number;
  /** Milliseconds, as the caller counts them. */
  filledAt: number;
}

/** The buckets of all accounts. */
export class Throttle {
  private readonly perSecond: number;
  private readonly buckets = new Map<string, Bucket>();

  /** `perSecond`: greater than 0; fractions are fine. */
  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  /** Counts a request of an account at an instant (milliseconds). Throws BatchError 429 with Retry-After for one too many. */
  take(account: string, now: number): void {
    const perSecond = this.perSecond;
    const size = Math.max(1, perSecond);
    let bucket = this.buckets.get(account);
    if (bucket === undefined) this.buckets.set(account, (bucket = { left: size, filledAt: now }));
    bucket.left = Math.min(size, bucket.left + (Math.max(0, now - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = now;
    if (bucket.left >= 1) {
      bucket.left--;
      return;
    }
    const seconds = Math.ceil((1 - bucket.left) / perSecond);
    throw new BatchError(
      "TooManyRequests",
      `the account may make ${perSecond} requests a second; try again in ${seconds} s`,
      [],
      {
        headers: { "Retry-After": String(seconds) },
      },
    );
  }
}
