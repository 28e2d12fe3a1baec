/**
 * When low-priority capacity comes and goes. Measurements of real spot markets show it vanish for a whole zone at once, often all of it, and come
 * back within the hour; single evictions are the smaller part. So a model is a two-state Markov process per pool (there is capacity, there is a
 * shortage) and a small rate per node beside it. The presets are named after the evictions per node-hour that they add up to.
 */
import type { RandomStream } from "../../src/base/random.ts";
import { exponential } from "./distribution.ts";

/** Names of the presets below. */
export type SpotPreset = "calm" | "usual" | "rough";

/** How low-priority capacity comes and goes. */
export interface SpotModel {
  /** Evictions of a node, per hour of its life, that have nothing to do with other nodes. */
  readonly singlePerNodeHour: number;
  /** Mean time with capacity, and mean length of a shortage, milliseconds; both exponential. */
  readonly plentyMs: number;
  readonly shortageMs: number;
  /** How often a shortage takes every node; otherwise it takes a share of them drawn evenly from 0 to 1. */
  readonly allRatio: number;
}

const HOUR_MS = 3_600_000;
const SINGLE_SHARE = 0.1;
const ALL_RATIO = 0.5;

/** A model whose evictions per node-hour add up to `rate`. */
function modelOf(rate: number, shortageMs: number): SpotModel {
  const takenPerShortage = ALL_RATIO + (1 - ALL_RATIO) / 2;
  const plentyMs = (takenPerShortage / ((1 - SINGLE_SHARE) * rate)) * HOUR_MS;
  return Object.freeze({ singlePerNodeHour: SINGLE_SHARE * rate, plentyMs, shortageMs, allRatio: ALL_RATIO });
}

/** Evictions per node-hour of each preset. */
export const spotRates: Readonly<Record<SpotPreset, number>> = Object.freeze({ calm: 0.05, usual: 0.3, rough: 1 });

/** The presets; shortages last as measured: a quarter, a third, half an hour. */
export const spotModels: Readonly<Record<SpotPreset, SpotModel>> = Object.freeze({
  calm: modelOf(spotRates.calm, 0.25 * HOUR_MS),
  usual: modelOf(spotRates.usual, HOUR_MS / 3),
  rough: modelOf(spotRates.rough, 0.5 * HOUR_MS),
});

/** The state of one pool's market. It starts with plenty. */
export class SpotMarket {
  readonly model: SpotModel;
  private readonly stream: RandomStream;
  /** Nodes of the pool that may exist while there is a shortage; Infinity in times of plenty. */
  capacity = Number.POSITIVE_INFINITY;

  constructor(model: SpotModel, stream: RandomStream) {
    this.model = model;
    this.stream = stream;
  }

  get shortage(): boolean {
    return this.capacity !== Number.POSITIVE_INFINITY;
  }

  /** How long the present state lasts, milliseconds. */
  stay(): number {
    return exponential(this.shortage ? this.model.shortageMs : this.model.plentyMs, this.stream);
  }

  /** Goes over to the other state; `present` nodes exist. Gives how many of them must go. */
  turn(present: number): number {
    if (this.shortage) {
      this.capacity = Number.POSITIVE_INFINITY;
      return 0;
    }
    // Always two draws, so that the pool's size does not shift what comes later.
    const all = this.stream() < this.model.allRatio;
    const share = this.stream();
    const taken = all ? present : Math.round(share * present);
    this.capacity = present - taken;
    return taken;
  }

  /** A number in [0, 1) for choosing whom it takes. */
  pick(): number {
    return this.stream();
  }
}
