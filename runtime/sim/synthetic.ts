/**
 * Synthetic workloads: arrivals and durations drawn from seeded streams of their own. Arrivals are a Poisson process, or evenly spaced, or in
 * batches; a Poisson process may breathe with the day.
 */
import { randomStream } from "../../src/base/random.ts";
import { type Distribution, drawing, exponential } from "../providers/distribution.ts";
import { ONE_JOB, type Workload, WorkloadBuilder } from "./workload.ts";

/** Rates are tasks a second. */
export type Arrivals =
  /** `dailySwing` 0 to 1: the rate follows a sine of one day around `ratePerSecond`, lowest at midnight, by this share of it. */
  | { readonly kind: "poisson"; readonly ratePerSecond: number; readonly count: number; readonly dailySwing?: number }
  | { readonly kind: "constant"; readonly ratePerSecond: number; readonly count: number }
  /** `size` tasks at once, every `everyMs`. */
  | { readonly kind: "batch"; readonly size: number; readonly everyMs: number; readonly count: number };

export interface Synthetic {
  readonly arrivals: Arrivals;
  readonly duration: Distribution;
  /** Slots of every task; default 1. */
  readonly slots?: number;
}

const DAY_MS = 86_400_000;

/** `startAt` is the instant of the first second, for the rhythm of the day. */
export function synthetic(options: Synthetic, seed: number, startAt: number): Workload {
  const { arrivals, slots = 1 } = options;
  const draw = drawing(options.duration, randomStream(seed, "duration"));
  const next = arriving(arrivals, seed, startAt);
  const builder = new WorkloadBuilder();
  for (let i = 0; i < arrivals.count; i++) builder.add(next(i), draw(), slots, 0);
  return builder.build(ONE_JOB);
}

/** Gives the instant of the i-th arrival, asked for in order. */
function arriving(arrivals: Arrivals, seed: number, startAt: number): (i: number) => number {
  switch (arrivals.kind) {
    case "constant":
      return (i) => (i * 1000) / arrivals.ratePerSecond;
    case "batch":
      return (i) => Math.floor(i / arrivals.size) * arrivals.everyMs;
    case "poisson": {
      const stream = randomStream(seed, "arrival");
      const swing = arrivals.dailySwing ?? 0;
      const gapMs = 1000 / (arrivals.ratePerSecond * (1 + swing));
      let at = 0;
      if (swing === 0) return () => (at += exponential(gapMs, stream));
      // Drawn at the highest rate of the day, then thinned to the rate of the hour.
      const share = () => (1 - swing * Math.cos((2 * Math.PI * (startAt + at)) / DAY_MS)) / (1 + swing);
      return () => {
        do at += exponential(gapMs, stream);
        while (stream() >= share());
        return at;
      };
    }
  }
}
