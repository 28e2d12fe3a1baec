/**
 * Windows against the naive store: same samples found, same percent, same aggregates, for random series with gaps, late and replaced
 * samples, visibility delay, history, and windows of any sign and size.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetricStore } from "../../src/metrics/index.ts";
import type { WindowCursor } from "../../src/metrics/index.ts";
import { NaiveStore, naivePercentile, naiveStd, naiveSum } from "./naive.ts";

const START = 17_670_000_000_000_000n;

const whole = fc.integer({ min: -1000, max: 100_000 });
const fractional = fc.oneof(
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 1000),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constantFrom(0, -0, 1e300, -1e300, 5e-324, 0.1),
);

const setting = fc.record({
  period: fc.constantFrom(1n, 7n, 49n, 50_000_000n, 300_000_000n, 3_000_000_000n),
  delaySlots: fc.constantFrom(0, 0, 1, 2),
  delayRest: fc.constantFrom(0n, 0n, 1n),
  history: fc.constantFrom(undefined, 5, 288),
  values: fc.oneof(fc.array(whole, { maxLength: 160 }), fc.array(fractional, { maxLength: 160 })),
  gaps: fc.array(fc.nat(200), { maxLength: 60 }),
  order: fc.constantFrom("in order", "shuffled", "halves swapped"),
  shuffleSeed: fc.nat(),
});

/** Positions in fractions of a period, so that windows fall on, just before and just after slots. */
const instant = (period: bigint) =>
  fc
    .tuple(fc.integer({ min: -20, max: 400 }), fc.constantFrom(0n, 0n, 1n, -1n))
    .map(([slots, ticks]) => BigInt(slots) * period + ticks);

function arrange<T>(items: T[], order: string, seed: number): T[] {
  if (order === "in order") return items;
  if (order === "halves swapped") return [...items.slice(items.length >> 1), ...items.slice(0, items.length >> 1)];
  let state = seed | 1;
  return items
    .map((item) => ({ item, key: (state = (Math.imul(state, 1103515245) + 12345) >>> 0) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function compare(cursor: WindowCursor, expected: number[], start: number): void {
  expect(cursor.found).toBe(expected.length);
  expect([...cursor.copy()]).toEqual(expected);
  for (let i = 0; i < expected.length; i++) expect(cursor.at(i)).toBe(expected[i]);
  expect(cursor.min()).toBe(Math.min(...expected));
  expect(cursor.max()).toBe(Math.max(...expected));
  for (const p of [0, 1, 50, 95, 99.9, 100]) expect(cursor.percentile(p)).toBe(naivePercentile(expected, p));
  if (expected.length <= 48 || expected.every(Number.isInteger)) {
    expect(cursor.sum(0)).toBe(naiveSum(expected));
    expect(cursor.sum(7)).toBe(naiveSum(expected, 7));
    if (expected.length <= 48) expect(cursor.sum(start)).toBe(naiveSum(expected, start));
  } else {
    const size = naiveSum(expected.map(Math.abs), Math.abs(start));
    expect(Math.abs(cursor.sum(start) - naiveSum(expected, start))).toBeLessThanOrEqual(1e-13 * size);
  }
  const std = naiveStd(expected);
  if (expected.length <= 48 || !Number.isFinite(std)) expect(cursor.std()).toBe(std);
  else if (std > 1e-13 * Math.max(...expected.map(Math.abs)))
    expect(Math.abs(cursor.std() - std)).toBeLessThanOrEqual(1e-9 * std);
  else expect(cursor.std()).toBeLessThanOrEqual(1e-13 * Math.max(...expected.map(Math.abs)));
}

describe("windows", () => {
  it("rules 3.9, 5.1, 5.10, 8.2, 8.9, 8.29, 8.30: every answer of a cursor is the naive store's", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        setting.chain((s) =>
          fc.record({
            s: fc.constant(s),
            looks: fc.array(fc.tuple(instant(s.period), instant(s.period), instant(s.period), fc.nat(200)), {
              minLength: 1,
              maxLength: 8,
            }),
          }),
        ),
        ({ s, looks }) => {
          const delay = BigInt(s.delaySlots) * s.period + s.delayRest;
          const history = s.history === undefined ? undefined : BigInt(s.history) * s.period;
          const store = new MetricStore({
            samplePeriod: s.period,
            sampleDelay: delay,
            history: history ?? Number.POSITIVE_INFINITY,
            retention: Number.POSITIVE_INFINITY,
          });
          const naive = new NaiveStore({ period: s.period, delay, history });
          const missing = new Set(s.gaps);
          const slots = s.values
            .map((value, i) => ({ time: START + BigInt(i) * s.period, value }))
            .filter((_, i) => !missing.has(i));
          for (const { time, value } of arrange(slots, s.order, s.shuffleSeed)) {
            expect(store.record("$M", time, value)).toMatchObject({ accepted: true, replaced: false, offGrid: false });
            naive.record(time, value);
          }
          const view = store.at(START);
          const metric = view.metric("$M");
          const cursor = metric.cursor();
          for (const [nowShift, a, b, count] of looks) {
            const now = START + nowShift;
            view.aim(now);
            const seen = naive.visible(now);
            expect(view.now).toBe(now);
            expect(metric.count()).toBe(seen.length);
            expect(metric.latest()).toBe(seen.length === 0 ? Number.NaN : seen[seen.length - 1].value);
            expect(metric.historyBegin()).toBe(seen[0]?.time);
            cursor.last(count);
            compare(cursor, naive.last(now, count), 0.1);
            const [older, newer] = a > b ? [a, b] : [b, a];
            cursor.before(Number(older), Number(newer));
            const expected = naive.before(now, older, newer);
            compare(cursor, expected, -2.5);
            expect(cursor.percent).toBe(naive.percent(expected.length, older, newer));
            compared += expected.length;
            // Something changes between two looks, and the repaired answers must still agree: a late sample, a new one, or another value.
            const time = START + BigInt(count) * s.period;
            const isKnown = naive.has(time);
            expect(store.record("$M", time, count / 4)).toMatchObject({ accepted: true, replaced: isKnown });
            naive.record(time, count / 4);
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  it("rules 8.2, 8.9: several series, each on a grid of its own, seen through two views while samples go on arriving", () => {
    const period = 60n;
    const span = fc.tuple(fc.integer({ min: -3, max: 30 }), fc.constantFrom(0n, 0n, 0n, 1n, -1n));
    const far = fc.constantFrom(0n, 0n, 0n, 0n, -(2n ** 27n), 2n ** 27n - 10n, 2n ** 27n, 2n ** 28n + 5n, 2n ** 40n);
    const step = fc.record({
      series: fc.nat(3),
      view: fc.nat(1),
      record: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
      now: fc.option(fc.tuple(span, far), { nil: undefined }),
      ends: fc.tuple(span, span),
      byCount: fc.boolean(),
    });
    let compared = 0;
    let fromAfar = 0;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0n, 0n, 60n, 1n, 59n, -30n, 2n ** 27n * 60n), { minLength: 4, maxLength: 4 }),
        fc.constantFrom(0n, 60n, 61n),
        fc.constantFrom(undefined, 600n, 601n, 2n ** 27n * 60n),
        fc.array(step, { minLength: 1, maxLength: 40 }),
        (phases, delay, history, steps) => {
          const store = new MetricStore({
            samplePeriod: period,
            sampleDelay: delay,
            history: history ?? Number.POSITIVE_INFINITY,
            retention: Number.POSITIVE_INFINITY,
          });
          const views = [store.at(START), store.at(START)];
          const cursors = views.map((view) => phases.map((_, i) => view.metric(`$M${i}`).cursor()));
          const naive = phases.map(() => new NaiveStore({ period, delay, history }));
          // The last one stays empty until a step records in it.
          for (let i = 0; i < 3; i++) {
            store.load(`$M${i}`, START + phases[i], [3, 1, 4, 1, 5, 9, 2, 6]);
            [3, 1, 4, 1, 5, 9, 2, 6].forEach((value, k) => {
              naive[i].record(START + phases[i] + BigInt(k) * period, value);
            });
          }
          for (const { series, view, record, now, ends, byCount } of steps) {
            if (record !== undefined) {
              const time = START + phases[series] + BigInt(record) * period;
              expect(store.record(`$M${series}`, time, record).accepted).toBe(true);
              naive[series].record(time, record);
            }
            if (now !== undefined) views[view].aim(START + (BigInt(now[0][0]) + now[1]) * period + now[0][1]);
            const at = views[view].now;
            const [a, b] = ends.map(([slots, ticks]) => BigInt(slots) * period + ticks);
            const [older, newer] = a > b ? [a, b] : [b, a];
            const cursor = cursors[view][series];
            if (byCount) cursor.last(7);
            else cursor.before(Number(older), Number(newer));
            const expected = byCount ? naive[series].last(at, 7) : naive[series].before(at, older, newer);
            compare(cursor, expected, 0.1);
            expect(views[view].metric(`$M${series}`).count()).toBe(naive[series].visible(at).length);
            compared += expected.length;
            if (at - START >= 2n ** 27n * period) fromAfar += expected.length;
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(1000);
    expect(fromAfar).toBeGreaterThan(10);
  });

  it("more windows than a view remembers are all measured right", () => {
    const store = new MetricStore({ samplePeriod: 10n });
    store.load(
      "$M",
      START,
      Array.from({ length: 40 }, (_, i) => i),
    );
    const cursor = store
      .at(START + 390n)
      .metric("$M")
      .cursor();
    for (let round = 0; round < 2; round++) {
      for (let n = 1; n <= 20; n++) {
        cursor.before(n * 10, 0);
        expect([cursor.found, cursor.percent, cursor.at(0)]).toEqual([n, 100, 40 - n]);
      }
    }
  });

  it("huge, infinite and negative windows are answered: all samples, or none", () => {
    const store = new MetricStore({ samplePeriod: "PT5M" });
    store.load("$M", START, [1, 2, 3]);
    const view = store.at(START + 6_000_000_000n);
    const cursor = view.metric("$M").cursor();
    for (const older of [Number.POSITIVE_INFINITY, 2 ** 63, 9e15]) {
      cursor.before(older, 0);
      expect([...cursor.copy()]).toEqual([1, 2, 3]);
      cursor.before(older, -older);
      expect(cursor.found).toBe(3);
    }
    cursor.before(Number.POSITIVE_INFINITY, 0);
    expect(cursor.percent).toBe(0);
    cursor.before(0, Number.NEGATIVE_INFINITY);
    expect(cursor.found).toBe(0);
    cursor.before(-1, -(2 ** 63));
    expect([cursor.found, cursor.sum(4), cursor.min(), cursor.max(), cursor.std(), cursor.percentile(50)]).toEqual([
      0,
      4,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      Number.NaN,
    ]);
    cursor.last(Number.POSITIVE_INFINITY);
    expect(cursor.found).toBe(3);
  });

  it("a view made before the first sample sees it once it is there", () => {
    const store = new MetricStore({ samplePeriod: 10n });
    const view = store.at(5n);
    const metric = view.metric("$M");
    const cursor = metric.cursor();
    cursor.before(100, 0);
    expect([cursor.found, cursor.percent, metric.count(), metric.historyBegin(), metric.latest(), view.now]).toEqual([
      0,
      0,
      0,
      undefined,
      Number.NaN,
      5n,
    ]);
    view.advance(1000);
    store.record("$M", 1000n, 8);
    cursor.before(100, 0);
    expect([cursor.found, cursor.sum(0), metric.latest(), view.now]).toEqual([1, 8, 8, 1005n]);
    expect(store.names()).toEqual(["$M"]);
  });

  it("rule 5.18: a span shorter than a period has one slot", () => {
    const store = new MetricStore({ samplePeriod: "PT30S" });
    store.record("$M", START, 4);
    const cursor = store.at(START).metric("$M").cursor();
    cursor.before(1, 0);
    expect([cursor.found, cursor.percent]).toEqual([1, 100]);
  });

  it("percent means nothing after last", () => {
    const store = new MetricStore();
    store.record("$M", START, 4);
    const cursor = store.at(START).metric("$M").cursor();
    cursor.last(1);
    expect(cursor.percent).toBeNaN();
  });
});
