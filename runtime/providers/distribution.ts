/**
 * Distributions of durations and gaps, and how to draw from them. A drawing takes from one seeded stream only, so that one concern cannot shift
 * another. Values are milliseconds here; files give ISO 8601 durations.
 */
import type { RandomStream } from "../../src/base/random.ts";

/** Milliseconds. `lognormal`: its own mean (not that of the logarithm), and the standard deviation of the logarithm. */
export type Distribution =
  | { readonly kind: "constant"; readonly meanMs: number }
  | { readonly kind: "exponential"; readonly meanMs: number }
  | { readonly kind: "uniform"; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: "lognormal"; readonly meanMs: number; readonly sigma: number };

/** Draws one value, in milliseconds, never below 0. */
export type Draw = () => number;

/** An exponential drawing of the given mean; Infinity when the mean is. */
export function exponential(meanMs: number, stream: RandomStream): number {
  // 1 - u lies in (0, 1], so the logarithm is finite.
  return -Math.log(1 - stream()) * meanMs;
}

/** Draws from `distribution` with `stream`. A constant draws nothing from the stream. */
export function drawing(distribution: Distribution, stream: RandomStream): Draw {
  switch (distribution.kind) {
    case "constant": {
      const { meanMs } = distribution;
      return () => meanMs;
    }
    case "exponential": {
      const { meanMs } = distribution;
      return () => exponential(meanMs, stream);
    }
    case "uniform": {
      const { minMs, maxMs } = distribution;
      return () => minMs + (maxMs - minMs) * stream();
    }
    case "lognormal": {
      const { meanMs, sigma } = distribution;
      const mu = Math.log(meanMs) - (sigma * sigma) / 2;
      return meanMs === 0 ? () => 0 : () => Math.exp(mu + sigma * normal(stream));
    }
  }
}

/** A standard normal drawing by Box and Muller; always two numbers of the stream, the second value is thrown away to keep it so. */
function normal(stream: RandomStream): number {
  const radius = Math.sqrt(-2 * Math.log(1 - stream()));
  return radius * Math.cos(2 * Math.PI * stream());
}

/** The mean of a distribution, milliseconds. */
export function meanOf(distribution: Distribution): number {
  return distribution.kind === "uniform" ? (distribution.minMs + distribution.maxMs) / 2 : distribution.meanMs;
}
