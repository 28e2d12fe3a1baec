/**
 * Low-priority capacity that comes and goes. No public series of preemptions with a clear licence was at hand, so this one column pair is
 * SIMULATED, and every file that carries it says so. The model follows what measurements of spot capacity show: nodes of a zone are lost
 * together, in spells, and not one by one by the toss of a coin.
 */
import { randomStream } from "../../src/base/random.ts";

/** Median length of a spell with full capacity and of one without, hours: the figures of one measured spot zone (NSDI 2024 series). */
export const spellMedianHours = { up: 0.92, down: 1.5 };

/**
 * Preempted nodes per sample, 0 to `nodes`. In an up spell none; in a down spell a share drawn evenly from one half to all, kept until the
 * spell ends. Spell lengths are exponential. Begins in an up spell.
 */
export function preemptedNodes(options: { nodes: number; samples: number; periodSeconds: number; seed: number }): Float64Array {
  const draw = randomStream(options.seed, "preemption");
  const spellSamples = (medianHours: number) =>
    (-Math.log(1 - draw()) / Math.LN2) * ((medianHours * 3600) / options.periodSeconds);
  const preempted = new Float64Array(options.samples);
  let up = true;
  for (let from = 0; from < options.samples; up = !up) {
    const to = from + Math.max(1, Math.round(spellSamples(up ? spellMedianHours.up : spellMedianHours.down)));
    if (!up) preempted.fill(Math.round(options.nodes * (0.5 + 0.5 * draw())), from, to);
    from = to;
  }
  return preempted;
}

/** Marks samples as lost (NaN): each of `column` with probability `lossRatio`, from `seed`. Returns a new column. */
export function withLosses(column: Float64Array, lossRatio: number, seed: number): Float64Array {
  const draw = randomStream(seed, "sample loss");
  return column.map((value) => (draw() < lossRatio ? Number.NaN : value));
}
