/**
 * Thousands of scenarios with faults of every kind, each checked while it runs and at its end. `WEIR_SEED=n` runs that one seed, `WEIR_SEEDS=n` as
 * many from 1.
 */
import { expect, it } from "vitest";
import { soakSeed } from "./soak.ts";

const one = process.env.WEIR_SEED;
const seeds =
  one === undefined ? Array.from({ length: Number(process.env.WEIR_SEEDS ?? 3000) }, (_, i) => i + 1) : [Number(one)];

it(`whatever goes wrong, the rules hold: ${seeds.length} seeds`, () => {
  const wrong: string[] = [];
  for (const seed of seeds) {
    wrong.push(...soakSeed(seed));
    if (wrong.length >= 20) break;
  }
  expect(wrong).toEqual([]);
});
