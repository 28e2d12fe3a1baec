/**
 * Statistics of long windows, where prefix sums, masks, the sparse table and the rank index answer: against plain loops, against d3 and
 * mathjs, and on series made to break compensated sums.
 */
import { deviation, fsum, quantileSorted } from "d3-array";
import fc from "fast-check";
import { mean, std } from "mathjs";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../src/base/random.ts";
import { MetricStore } from "../../src/metrics/index.ts";
import type { WindowCursor } from "../../src/metrics/index.ts";
import { ExtremeIndex } from "../../src/metrics/extremes.ts";
import { RankIndex, selectSmallest } from "../../src/metrics/ranks.ts";
import { naivePercentile, naiveStd, naiveSum } from "./naive.ts";

const START = 17_670_000_000_000_000n;

function cursorOver(values: readonly number[]): { cursor: WindowCursor; aim(lo: number, hi: number): number[] } {
  const store = new MetricStore({ samplePeriod: 10n, history: Number.POSITIVE_INFINITY });
  store.load("$M", START, values);
  const view = store.at(START + BigInt((values.length - 1) * 10));
  const cursor = view.metric("$M").cursor();
  return {
    cursor,
    aim(lo, hi) {
      cursor.before((values.length - lo) * 10, (values.length - hi) * 10);
      return values.slice(lo, hi);
    },
  };
}

/** Windows of a series of `length`, longer than what is computed sample by sample. */
const longWindow = (length: number) =>
  fc
    .tuple(fc.nat(length - 60), fc.integer({ min: 50, max: length }))
    .map(([lo, size]) => [lo, Math.min(length, lo + size)] as const);

const kinds: Record<string, (random: () => number, i: number) => number> = {
  "whole counts": (random) => Math.floor(random() * 1000),
  "large whole numbers": (random) => Math.floor(random() * 2 ** 50) + Math.floor(random() * 2 ** 18),
  "CPU percent with decimals": (random) => Math.round(random() * 10_000) / 100,
  "far from zero, close together": (random) => 1e9 + random(),
  "very far from zero, very close together": (random) => 1e12 + random() * 1e-3,
  "bursts over a calm level": (random, i) => (i % 97 === 0 ? 1e7 * random() : 1 + random() / 1000),
  "signs that cancel": (random) => random() - 0.5,
  "whole for long, then with fractions": (random, i) => (i < 1500 ? Math.floor(random() * 1000) : random() * 1000),
  "mostly idle": (random, i) => (i % 500 === 499 ? random() : 0),
};

describe("long windows", () => {
  for (const [kind, make] of Object.entries(kinds)) {
    it(`rule 8.30: ${kind}: sum within a rounding or two of the true sum and std within 1e-9 of two passes`, () => {
      const random = randomStream(5, kind);
      const values = Array.from({ length: 3000 }, (_, i) => make(random, i));
      const { cursor, aim } = cursorOver(values);
      fc.assert(
        fc.property(longWindow(values.length), ([lo, hi]) => {
          const expected = aim(lo, hi);
          expect(cursor.found).toBe(expected.length);
          const truth = fsum(expected);
          expect(Math.abs(cursor.sum(0) - truth)).toBeLessThanOrEqual(
            2 ** -52 * Math.abs(truth) + 2 ** -80 * naiveSum(expected.map(Math.abs)),
          );
          const twoPass = naiveStd(expected);
          expect(Math.abs(cursor.std() - twoPass)).toBeLessThanOrEqual(1e-9 * twoPass);
          expect(cursor.max()).toBe(Math.max(...expected));
          expect(cursor.min()).toBe(Math.min(...expected));
          for (const p of [2, 50, 95]) expect(cursor.percentile(p)).toBe(naivePercentile(expected, p));
        }),
        { numRuns: 60 },
      );
    });
  }

  it("rule 8.30: whole samples add up to the very bits of a loop, with any whole start", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { minLength: 60, maxLength: 300 }),
        fc.integer(),
        (values, start) => {
          const { cursor, aim } = cursorOver(values);
          const expected = aim(3, values.length);
          expect(Object.is(cursor.sum(start), naiveSum(expected, start))).toBe(true);
        },
      ),
    );
  });

  it("all samples equal: the standard deviation is 0", () => {
    for (const value of [0, 7, 0.1, 1e9 + 0.3, 123456.789, -1e-7]) {
      const { cursor, aim } = cursorOver([
        ...Array.from({ length: 200 }, (_, i) => i * 1.7),
        ...Array.from({ length: 500 }, () => value),
      ]);
      aim(200, 700);
      expect(cursor.std()).toBe(0);
    }
  });

  it("sizes too far apart for prefix sums, or too large to square, are still added up rightly", () => {
    for (const spike of [1e300, 1e160, 1e40]) {
      const values = Array.from({ length: 300 }, (_, i) =>
        i === 20 ? spike : i === 22 ? Math.sqrt(spike) : i === 280 ? -spike : 0.5 + i,
      );
      const { cursor, aim } = cursorOver(values);
      const calm = aim(100, 200);
      expect(cursor.sum(0)).toBe(naiveSum(calm));
      expect(Math.abs(cursor.std() - naiveStd(calm))).toBeLessThanOrEqual(1e-9 * naiveStd(calm));
      const all = aim(0, 300);
      expect(cursor.std()).toBeCloseTo(naiveStd(all), -Math.log10(spike) + 8);
      expect(Number.isNaN(cursor.std())).toBe(false);
    }
  });

  it("rule 8.30: where the rounding of the mean shows in the standard deviation, it is the rounding of adding from left to right", () => {
    // Each addition to a sum of 10^13 rounds 0.3 away in the same direction, so the two-pass mean is off by much more than one rounding.
    const values = Array.from({ length: 20_160 }, (_, i) => 1e9 + 0.3 + (i & 1) * 10);
    const { cursor, aim } = cursorOver(values);
    const twoPass = naiveStd(aim(0, values.length));
    expect(Math.abs(twoPass - Math.sqrt((25 * values.length) / (values.length - 1)))).toBeGreaterThan(5e-9);
    expect(Math.abs(cursor.std() - twoPass)).toBeLessThanOrEqual(1e-9 * twoPass);
  });

  it("mean and std are mathjs's and d3's", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 100),
          { minLength: 2, maxLength: 200 },
        ),
        (values) => {
          const { cursor, aim } = cursorOver(values);
          aim(0, values.length);
          const scale = Math.max(1, ...values.map(Math.abs));
          expect(Math.abs(cursor.sum(0) / cursor.found - Number(mean(values)))).toBeLessThanOrEqual(1e-12 * scale);
          expect(Math.abs(cursor.std() - Number(std(values)))).toBeLessThanOrEqual(1e-9 * scale);
          expect(Math.abs(cursor.std() - (deviation(values) ?? 0))).toBeLessThanOrEqual(1e-9 * scale);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("rule 3.9: nearest rank is d3's quantile where that falls on an element", () => {
    const values = Array.from({ length: 101 }, (_, i) => (i * 37) % 101);
    const { cursor, aim } = cursorOver(values);
    const sorted = aim(0, 101).sort((a, b) => a - b);
    for (let p = 1; p <= 100; p++)
      expect(Math.abs(cursor.percentile(p) - quantileSorted(sorted, p / 100)!)).toBeLessThanOrEqual(1);
    expect(cursor.percentile(50)).toBe(quantileSorted(sorted, 0.5));
    expect(cursor.percentile(100)).toBe(quantileSorted(sorted, 1));
    expect(cursor.percentile(Number.NaN)).toBeNaN();
  });
});

describe("the indexes by themselves", () => {
  it("extremes of every window of a series of 200, built in pieces and cut back in between", () => {
    const random = randomStream(9);
    for (const direction of [1, -1] as const) {
      const index = new ExtremeIndex(direction);
      const values = Float64Array.from({ length: 200 }, () => Math.floor(random() * 20));
      for (const to of [1, 31, 32, 33, 70, 200]) index.extend(values, to);
      index.truncate(77);
      for (let i = 77; i < 200; i++) values[i] = Math.floor(random() * 20);
      index.extend(values, 200);
      for (let lo = 0; lo < 200; lo++) {
        let best = values[lo];
        for (let hi = lo + 1; hi <= 200; hi++) {
          best = direction === 1 ? Math.max(best, values[hi - 1]) : Math.min(best, values[hi - 1]);
          if (index.between(values, lo, hi) !== best)
            expect({ lo, hi, found: index.between(values, lo, hi) }).toEqual({ lo, hi, found: best });
        }
      }
    }
    expect.assertions(0);
  });

  it("the rank index gives every rank of windows that begin and end on and beside word boundaries", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 140 }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        (numbers, a, b, c) => {
          const values = Float64Array.from(numbers);
          const index = new RankIndex();
          index.build(values, values.length);
          const lo = a % values.length;
          const hi = lo + 1 + (b % (values.length - lo));
          const k = 1 + (c % (hi - lo));
          const sorted = values.slice(lo, hi).sort();
          expect(index.smallest(lo, hi, k)).toBe(sorted[k - 1]);
          expect(selectSmallest(values.slice(lo, hi), hi - lo, k)).toBe(sorted[k - 1]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("the rank index of a series that ends on a word boundary answers windows up to its end", () => {
    for (const length of [31, 32, 33, 64, 96]) {
      const values = Float64Array.from({ length }, (_, i) => (i * 7) % 13);
      const index = new RankIndex();
      index.build(values, length);
      const sorted = values.slice().sort();
      for (let k = 1; k <= length; k++) expect(index.smallest(0, length, k)).toBe(sorted[k - 1]);
    }
  });

  it("quickselect is right on sorted, reversed, constant and sawtooth input, at every rank", () => {
    const shapes = [(i: number) => i, (i: number) => -i, () => 5, (i: number) => i % 7, (i: number) => Math.min(i, 300 - i)];
    for (const shape of shapes) {
      const values = Float64Array.from({ length: 300 }, (_, i) => shape(i));
      const sorted = values.slice().sort();
      for (let k = 1; k <= 300; k++) expect(selectSmallest(values.slice(), 300, k)).toBe(sorted[k - 1]);
    }
  });

  it("a percentile asked again and again changes over to the rank index, and back to right answers after a late sample", () => {
    const values = Array.from({ length: 500 }, (_, i) => (i * 7919) % 503);
    const store = new MetricStore({ samplePeriod: 10n, history: Number.POSITIVE_INFINITY });
    store.load("$M", START, values);
    const cursor = store
      .at(START + 4990n)
      .metric("$M")
      .cursor();
    const series = store.series("$M");
    for (let round = 0; round < 60; round++) {
      cursor.before(4000, 0);
      expect(cursor.percentile(90)).toBe(naivePercentile(values.slice(100), 90));
    }
    expect(series.ranks.built).toBe(500);
    store.record("$M", START + 4000n, 1e6);
    values[400] = 1e6;
    expect(series.ranks.built).toBe(0);
    cursor.before(4000, 0);
    expect([cursor.percentile(90), cursor.percentile(100), cursor.max()]).toEqual([
      naivePercentile(values.slice(100), 90),
      1e6,
      1e6,
    ]);
  });
});
