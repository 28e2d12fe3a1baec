/**
 * Thousands of storms: commands of every kind and faults of every kind at random moments, checked after every step and at the calm end. `WEIR_SEED=n`
 * runs that one seed, `WEIR_SEEDS=n` as many from 1.
 */
import { expect, it } from "vitest";
import { stormSeed } from "./storm.ts";

const one = process.env.WEIR_SEED;
const seeds =
  one === undefined ? Array.from({ length: Number(process.env.WEIR_SEEDS ?? 5000) }, (_, i) => i + 1) : [Number(one)];

it(`whatever is asked and whatever goes wrong, the rules hold: ${seeds.length} seeds`, () => {
  const wrong: string[] = [];
  for (const seed of seeds) {
    wrong.push(...stormSeed(seed));
    if (wrong.length >= 20) break;
  }
  expect(wrong).toEqual([]);
});
