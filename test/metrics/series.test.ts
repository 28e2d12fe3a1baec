/**
 * Series and store: what recording does in any order, what is kept, what is refused, and how much memory a bounded history takes.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetricStore } from "../../src/metrics/index.ts";

const START = 17_670_000_000_000_000n;
const PERIOD = 300_000_000n;

/** All samples with their times, read through a view far enough ahead. */
function contents(store: MetricStore, metric: string): [bigint, number][] {
  const series = store.series(metric);
  series.settle();
  return Array.from({ length: series.tail - series.head }, (_, i) => [
    store.instantOf(series.offsetAt(series.head + i)),
    series.values[series.head + i],
  ]);
}

describe("recording", () => {
  it("a store built in any order equals one built in order, whatever is retained and whenever it is read in between", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(300), fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 120 }),
        fc.constantFrom(Number.POSITIVE_INFINITY, PERIOD * 288n, PERIOD * 40n, PERIOD * 7n + 1n),
        fc.array(fc.boolean(), { minLength: 120, maxLength: 120 }),
        (samples, retention, reads) => {
          const unique = [...new Map(samples).entries()];
          const inOrder = new MetricStore({ samplePeriod: PERIOD, history: Number.POSITIVE_INFINITY, retention });
          for (const [slot, value] of [...unique].sort((a, b) => a[0] - b[0]))
            inOrder.record("$M", START + BigInt(slot) * PERIOD, value);
          const anyOrder = new MetricStore({ samplePeriod: PERIOD, history: Number.POSITIVE_INFINITY, retention });
          unique.forEach(([slot, value], i) => {
            anyOrder.record("$M", START + BigInt(slot) * PERIOD, value);
            if (reads[i]) expect(anyOrder.series("$M").length).toBeGreaterThan(0);
          });
          expect(contents(anyOrder, "$M")).toEqual(contents(inOrder, "$M"));
          const newest = Math.max(...unique.map(([slot]) => slot));
          const kept = unique.filter(
            ([slot]) => retention === Number.POSITIVE_INFINITY || BigInt(newest - slot) * PERIOD < (retention as bigint),
          );
          expect(contents(anyOrder, "$M").length).toBe(unique.length === 0 ? 0 : kept.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("a second sample for a slot replaces the first and says so, also while the first still waits to be merged", () => {
    const store = new MetricStore({ samplePeriod: PERIOD });
    expect(store.record("$M", START + 5n * PERIOD, 1)).toMatchObject({ accepted: true, replaced: false });
    expect(store.record("$M", START + 2n * PERIOD, 2)).toMatchObject({ accepted: true, replaced: false });
    expect(store.record("$M", START + 2n * PERIOD, 3)).toMatchObject({ accepted: true, replaced: true });
    expect(store.record("$M", START + 5n * PERIOD, 4)).toMatchObject({ accepted: true, replaced: true });
    expect(contents(store, "$M")).toEqual([
      [START + 2n * PERIOD, 3],
      [START + 5n * PERIOD, 4],
    ]);
    expect(store.record("$M", START + 2n * PERIOD, 6)).toMatchObject({ accepted: true, replaced: true });
    expect(contents(store, "$M")[0]).toEqual([START + 2n * PERIOD, 6]);
  });

  it("samples go to the series of their name, in whatever order names come", () => {
    const names = ["$A", "$B", "constructor", "__proto__", "toString", ""];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 60 }), (order) => {
        const store = new MetricStore({ samplePeriod: 1n, history: Number.POSITIVE_INFINITY });
        order.forEach((name, i) => {
          expect(store.record(name, START + BigInt(i), i)).toMatchObject({ accepted: true });
        });
        expect(store.names()).toEqual([...new Set(order)]);
        for (const name of names) {
          const expected = order.flatMap((one, i) => (one === name ? [[START + BigInt(i), i]] : []));
          expect(contents(store, name)).toEqual(expected);
        }
      }),
    );
  });

  it("a time off the grid goes to the nearest slot, the later one of two, and says so", () => {
    const store = new MetricStore({ samplePeriod: 10n });
    store.record("$M", START, 0);
    expect(store.record("$M", START + 14n, 1)).toMatchObject({ accepted: true, offGrid: true });
    expect(store.record("$M", START + 15n, 2)).toMatchObject({ accepted: true, offGrid: true, replaced: false });
    expect(store.record("$M", START + 16n, 3)).toMatchObject({ accepted: true, offGrid: true, replaced: true });
    expect(contents(store, "$M")).toEqual([
      [START, 0],
      [START + 10n, 1],
      [START + 20n, 3],
    ]);
  });

  it("refuses with a reason: not finite, older than the retention, beyond 28 years; and the store goes on", () => {
    const store = new MetricStore({ samplePeriod: PERIOD, history: PERIOD * 10n });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(store.record("$M", 0n, value)).toMatchObject({ accepted: false, reason: "not-finite" });
    expect(store.record("$M", START, 1).accepted).toBe(true);
    expect(store.record("$M", START - 9n * PERIOD, 1).accepted).toBe(true);
    expect(store.record("$M", START - 10n * PERIOD, 1)).toMatchObject({ accepted: false, reason: "older-than-retention" });
    expect(store.record("$M", START + 2n ** 53n, 1)).toMatchObject({ accepted: false, reason: "out-of-range" });
    expect(store.record("$M", -(2n ** 62n), 1)).toMatchObject({ accepted: false, reason: "out-of-range" });
    expect(store.record("$M", START + PERIOD, 2).accepted).toBe(true);
    expect(store.series("$M").append(Number.NaN)).toMatchObject({ accepted: false, reason: "not-finite" });
    expect(contents(store, "$M").map(([, value]) => value)).toEqual([1, 2]);
  });

  it("minus zero is stored as zero", () => {
    const store = new MetricStore();
    store.load("$M", START, [-0]);
    store.series("$M").append(-0);
    store.record("$N", START, -0);
    expect(
      contents(store, "$M")
        .concat(contents(store, "$N"))
        .map(([, value]) => Object.is(value, 0)),
    ).toEqual([true, true, true]);
  });

  it("load, append and record give the same series; NaN is a gap; a refusal tells the index", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer(), { nil: Number.NaN }), { maxLength: 100 }),
        fc.array(fc.option(fc.integer(), { nil: Number.NaN }), { maxLength: 100 }),
        fc.integer({ min: -50, max: 150 }),
        (first, second, at) => {
          const loaded = new MetricStore({ samplePeriod: PERIOD, history: Number.POSITIVE_INFINITY });
          const recorded = new MetricStore({ samplePeriod: PERIOD, history: Number.POSITIVE_INFINITY });
          for (const [start, values] of [
            [0, first],
            [at, second],
          ] as const) {
            const outcome = loaded.load("$M", START + BigInt(start) * PERIOD, values);
            let replaced = 0;
            values.forEach((value, i) => {
              const one = recorded.record("$M", START + BigInt(start + i) * PERIOD, value);
              if (one.accepted && one.replaced) replaced++;
            });
            expect(outcome).toEqual({
              recorded: values.filter((value) => !Number.isNaN(value)).length,
              replaced,
              missing: values.filter(Number.isNaN).length,
              refused: undefined,
            });
          }
          expect(contents(loaded, "$M")).toEqual(contents(recorded, "$M"));
        },
      ),
    );
    expect(new MetricStore().load("$M", START, [1, 2, Number.POSITIVE_INFINITY, 4])).toMatchObject({
      recorded: 2,
      refused: { index: 2, outcome: { reason: "not-finite" } },
    });
  });

  it("names are only names: constructor, __proto__ and the empty string are series like any other", () => {
    const store = new MetricStore();
    const names = ["constructor", "__proto__", "", "toString", "$M"];
    store.recordAll(
      START,
      names.map((name, i) => [name, i] as const),
    );
    expect(store.names()).toEqual(names);
    expect(names.map((name) => store.at(START).metric(name).latest())).toEqual([0, 1, 2, 3, 4]);
    expect(store.at(START).metric("hasOwnProperty").count()).toBe(0);
  });

  it("first and last sample times span all series", () => {
    const store = new MetricStore({ samplePeriod: PERIOD });
    expect([store.firstSampleTime(), store.lastSampleTime()]).toEqual([undefined, undefined]);
    store.record("$A", START, 1);
    store.record("$B", START + 7n, 1);
    store.record("$A", START - PERIOD, 1);
    expect([store.firstSampleTime(), store.lastSampleTime()]).toEqual([START - PERIOD, START + 7n]);
  });

  it("options out of range are refused by name", () => {
    for (const [option, value] of [
      ["samplePeriod", 0n],
      ["samplePeriod", "PT0S"],
      ["samplePeriod", "5 minutes"],
      ["sampleDelay", -1n],
      ["history", 0n],
      ["retention", 2n ** 60n],
    ] as const) {
      expect(() => new MetricStore({ [option]: value })).toThrow(new RegExp(`^${option}: `));
    }
    expect(() => new MetricStore({ sampleDelay: Number.POSITIVE_INFINITY as unknown as bigint })).toThrow(/^sampleDelay: /);
  });
});

describe("memory", () => {
  it("rule 8.9: after a million appends a 24-hour history of 288 samples still takes a bounded array, and is right", () => {
    const store = new MetricStore();
    store.record("$M", START, 0);
    const series = store.series("$M");
    for (let i = 1; i < 1_000_000; i++) {
      series.append(i);
      if (i % 1000 === 0) expect(series.values.length).toBeLessThanOrEqual(1024);
    }
    expect(series.length).toBe(288);
    const view = store.at(START + 999_999n * 3_000_000_000n);
    const cursor = view.metric("$M").cursor();
    cursor.last(1_000_000);
    expect([cursor.found, cursor.min(), cursor.max(), cursor.sum(0)]).toEqual([
      288,
      999_712,
      999_999,
      (288 * (999_712 + 999_999)) / 2,
    ]);
    expect(series.sums.high.length + series.sums.pairs.length).toBeLessThanOrEqual(2100);
  });

  it("gaps cost nothing: two samples decades apart are two samples, and those beyond the retention go", () => {
    const store = new MetricStore({ samplePeriod: 1n, history: Number.POSITIVE_INFINITY });
    store.record("$M", START, 1);
    store.record("$M", START + 2n ** 52n, 2);
    expect(store.series("$M").values.length).toBeLessThanOrEqual(64);
    expect(contents(store, "$M")).toEqual([
      [START, 1],
      [START + 2n ** 52n, 2],
    ]);
    const bounded = new MetricStore({ samplePeriod: PERIOD, history: PERIOD * 3n });
    for (let i = 0; i < 5000; i++) bounded.record("$M", START + BigInt(i * 2) * PERIOD, i);
    expect(contents(bounded, "$M").map(([, value]) => value)).toEqual([4998, 4999]);
    expect(bounded.series("$M").values.length).toBeLessThanOrEqual(64);
  });
});
