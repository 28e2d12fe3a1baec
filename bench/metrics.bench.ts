/**
 * The metric store against hand-written limits and against the naive way (make an array, reduce it). Queries re-aim `now` each time, as
 * an evaluation does; the limits only index their arrays. Run alone: `npx tsx bench/metrics.bench.ts`; with `--store` part B only.
 */
import { pathToFileURL } from "node:url";
import { randomStream } from "../src/base/random.ts";
import { MetricStore } from "../src/metrics/index.ts";
import type { WindowCursor } from "../src/metrics/index.ts";
import { prefixes, sparseMax, sparseTable, wavelet, waveletSmallest } from "./metricsLimits.ts";
import { measure, median, report } from "./report.ts";
import type { Contender, Report } from "./report.ts";

const PERIOD = 300_000_000;
const WINDOWS = [12, 360, 2880, 20_160];
const LENGTH = 40_320;
const QUERIES = 1024;
const START = 17_670_000_000_000_000n;

/** A random walk that stays put 60 % of the time; `step` 1 gives whole numbers, 0.001 three decimals. */
export function walk(length: number, seed: number, step: number): Float64Array {
  const random = randomStream(seed, "walk");
  let level = 1000;
  return Float64Array.from({ length }, () => {
    if (random() < 0.4) level = Math.max(0, level + Math.floor(random() * 41) - 20);
    return step === 1 ? level : Math.round((level / 10) * 1000 + random() * 50) / 1000;
  });
}

type Aggregate = "avg" | "max" | "std" | "p95";

function aggregates(table: Report, kind: string, values: Float64Array, names: readonly Aggregate[]): void {
  const random = randomStream(7, "positions");
  const ends = Int32Array.from({ length: QUERIES }, () => 20_160 + Math.floor(random() * (LENGTH - 20_160)));
  const steps = Float64Array.from(ends, (end, i) => (end - ends[(i + QUERIES - 1) % QUERIES]) * PERIOD);
  const store = new MetricStore({ samplePeriod: BigInt(PERIOD), history: Number.POSITIVE_INFINITY });
  store.load("$M", START, values);
  const view = store.at(START + BigInt((ends[QUERIES - 1] - 1) * PERIOD));
  const cursor = view.metric("$M").cursor();
  const ask: Record<Aggregate, (cursor: WindowCursor) => number> = {
    avg: (c) => c.sum(0) / c.found,
    max: (c) => c.max(),
    std: (c) => c.std(),
    p95: (c) => c.percentile(95),
  };
  const limits = limitsOf(values);
  const naive = naiveOf(values);
  for (const name of names) {
    const ours = new Map<number, number>();
    for (const window of WINDOWS) {
      const run = over(ask[name], view, cursor, steps, window * PERIOD);
      check(name, window, ends, view, cursor, steps, ask[name], limits[name], naive[name]);
      for (let i = 0; i < (name === "p95" ? 3000 : 3); i++) run();
      const contenders: Contender[] = [
        { name: "ours", operations: QUERIES, run },
        { name: "limit", operations: QUERIES, run: overLimit(limits[name], ends, window) },
      ];
      const few = Math.max(1, Math.min(64, Math.floor(20_000 / window)));
      contenders.push({ name: "naive", operations: few, run: overLimit(naive[name], ends.subarray(0, few), window) });
      const [own, limit, slow] = measure(contenders);
      ours.set(window, own);
      table.row(
        `${kind} ${name} w=${window}`,
        own,
        limit,
        name === "p95" ? { floor: 5, moonshot: 2 } : { floor: 4, moonshot: 2 },
      );
      const atLeast: Record<number, number> = { 360: 50, 2880: 500, 20160: 10_000 };
      if (name !== "p95" && atLeast[window] !== undefined) {
        table.row(`  naive / ours w=${window}`, slow, own, {
          better: "more",
          floor: atLeast[window] / 5,
          moonshot: atLeast[window],
        });
      }
    }
    if (name !== "p95")
      table.row(`  growth ${WINDOWS[0]} to 20160`, ours.get(20_160)!, ours.get(12)!, { floor: 2, moonshot: 1.5 });
  }
}

type Query = (lo: number, hi: number) => number;

function limitsOf(values: Float64Array): Record<Aggregate, Query> {
  const { sums, squares } = prefixes(values);
  const table = sparseTable(values);
  const tree = wavelet(values, 15);
  return {
    avg: (lo, hi) => (sums[hi] - sums[lo]) / (hi - lo),
    max: (lo, hi) => sparseMax(table, lo, hi),
    std: (lo, hi) => {
      const sum = sums[hi] - sums[lo];
      return Math.sqrt((squares[hi] - squares[lo] - (sum * sum) / (hi - lo)) / (hi - lo - 1));
    },
    p95: (lo, hi) => waveletSmallest(tree, lo, hi, Math.max(1, Math.ceil((95 * (hi - lo)) / 100))),
  };
}

function naiveOf(values: Float64Array): Record<Aggregate, Query> {
  const materialize = (lo: number, hi: number) => Array.from({ length: hi - lo }, (_, i) => values[lo + i]);
  const mean = (v: number[]) => v.reduce((sum, x) => sum + x, 0) / v.length;
  return {
    avg: (lo, hi) => mean(materialize(lo, hi)),
    max: (lo, hi) => materialize(lo, hi).reduce((a, b) => Math.max(a, b)),
    std: (lo, hi) => {
      const v = materialize(lo, hi);
      const m = mean(v);
      return Math.sqrt(v.reduce((sum, x) => sum + (x - m) * (x - m), 0) / (v.length - 1));
    },
    p95: (lo, hi) => materialize(lo, hi).sort((a, b) => a - b)[Math.max(1, Math.ceil((95 * (hi - lo)) / 100)) - 1],
  };
}

/** One closure per aggregate, so that the loop around it is compiled for that one only. */
function over(
  ask: (cursor: WindowCursor) => number,
  view: { advance(ticks: number): void },
  cursor: WindowCursor,
  steps: Float64Array,
  older: number,
): () => number {
  const source = (a: typeof ask) => () => {
    let total = 0;
    for (let i = 0; i < steps.length; i++) {
      view.advance(steps[i]);
      cursor.before(older, 0);
      total += a(cursor);
    }
    return total;
  };
  return source(ask);
}

function overLimit(query: Query, ends: Int32Array, window: number): () => number {
  return () => {
    let total = 0;
    for (let i = 0; i < ends.length; i++) total += query(ends[i] - window, ends[i]);
    return total;
  };
}

/** A bench of wrong answers is worth nothing. */
function check(
  name: string,
  window: number,
  ends: Int32Array,
  view: { advance(ticks: number): void },
  cursor: WindowCursor,
  steps: Float64Array,
  ask: (c: WindowCursor) => number,
  ...judges: Query[]
): void {
  for (let i = 0; i < ends.length; i++) {
    view.advance(steps[i]);
    if (i % 100 !== 0) continue;
    cursor.before(window * PERIOD, 0);
    const own = ask(cursor);
    for (const judge of judges) {
      const other = judge(ends[i] - window, ends[i]);
      if (!(Math.abs(own - other) <= 1e-6 * Math.abs(other) + 1e-6))
        throw new Error(`${name} w=${window}: ${own} is not ${other}`);
    }
  }
}

const SERIES = 1000;
/** Takes what warming up computes. */
let _sunk = 0;
const SAMPLES = 8640;

function ingest(print: (line: string) => void): void {
  const table = report("B. 1,000 series x 8,640 samples", print);
  const data = Array.from({ length: 64 }, (_, i) => walk(SAMPLES, i, i % 4 === 3 ? 0.001 : 1));
  const names = Array.from({ length: SERIES }, (_, i) => `$Metric${i}`);
  const rate = {
    raw: [] as number[],
    prefix: [] as number[],
    append: [] as number[],
    record: [] as number[],
    load: [] as number[],
  };
  let kept: MetricStore | undefined;
  let ring: { values: Float64Array; sums: Float64Array }[] = [];
  for (let round = 0; round < 3; round++) {
    const raw = Array.from(names, () => ({ values: new Float64Array(SAMPLES), at: 0 }));
    rate.raw.push(
      perSample(
        () => raw.forEach((_, s) => void (raw[s].at = 0)),
        (s, i) => {
          const one = raw[s];
          one.values[one.at++ % SAMPLES] = data[s & 63][i];
        },
      ),
    );
    ring = Array.from(names, () => ({ values: new Float64Array(SAMPLES), sums: new Float64Array(SAMPLES + 1) }));
    const current = ring;
    rate.prefix.push(
      perSample(
        () => undefined,
        (s, i) => {
          const one = current[s];
          const value = data[s & 63][i];
          one.values[i] = value;
          one.sums[i + 1] = one.sums[i] + value;
        },
      ),
    );
    const store = new MetricStore({ samplePeriod: BigInt(PERIOD), history: Number.POSITIVE_INFINITY });
    const series = names.map((name) => store.series(name));
    const view = store.at(START);
    rate.append.push(
      perSample(
        () => series.forEach((one) => void one.anchor(store.offsetOf(START))),
        (s, i) => void series[s].append(data[s & 63][i]),
        () => settle(view, names),
      ),
    );
    kept = store;
    const byName = new MetricStore({ samplePeriod: BigInt(PERIOD), history: Number.POSITIVE_INFINITY });
    const times = Array.from({ length: SAMPLES }, (_, i) => START + BigInt(i * PERIOD));
    rate.record.push(
      perSample(
        () => undefined,
        (s, i) => void byName.record(names[s], times[i], data[s & 63][i]),
        () => settle(byName.at(START), names),
      ),
    );
    const loaded = new MetricStore({ samplePeriod: BigInt(PERIOD), history: Number.POSITIVE_INFINITY });
    const before = performance.now();
    names.forEach((name, s) => void loaded.load(name, START, data[s & 63]));
    settle(loaded.at(START), names);
    rate.load.push(((performance.now() - before) * 1e6) / (SERIES * SAMPLES));
  }
  const limit = median(rate.raw);
  const rates = (ours: number, base: number) => [1000 / ours, 1000 / base] as const;
  const goal = { unit: "M/s", better: "more", floor: 0.2, moonshot: 0.5 } as const;
  table.row("Series.append, sums indexed / raw append", ...rates(median(rate.append), limit), goal);
  // By name and bigint time: the convenient way in, without a goal of its own.
  table.row("store.record(name, time), sums indexed / raw append", ...rates(median(rate.record), limit), {
    unit: "M/s",
    better: "more",
  });
  table.row("store.load, sums indexed / raw append", ...rates(median(rate.load), limit), goal);
  table.row("Series.append, sums indexed / ring + prefix", ...rates(median(rate.append), median(rate.prefix)), {
    unit: "M/s",
    better: "more",
  });
  queries(table, kept!, ring, names);
  table.finish();
}

/** Nanoseconds a sample, round about over the series as samplers deliver; `after` is part of the time. */
function perSample(
  before: () => unknown,
  each: (series: number, sample: number) => void,
  after: () => unknown = () => undefined,
): number {
  before();
  const start = performance.now();
  for (let i = 0; i < SAMPLES; i++) for (let s = 0; s < SERIES; s++) each(s, i);
  after();
  return ((performance.now() - start) * 1e6) / (SERIES * SAMPLES);
}

/** Asks every series for its whole sum, so that its prefix sums are there: ingest with the index kept. */
function settle(
  view: { aim(now: bigint): void; metric(name: string): { cursor(): WindowCursor } },
  names: readonly string[],
): void {
  view.aim(START + BigInt(SAMPLES * PERIOD));
  for (const name of names) {
    const cursor = view.metric(name).cursor();
    cursor.last(SAMPLES);
    cursor.sum(0);
  }
}

function queries(table: Report, store: MetricStore, ring: { sums: Float64Array }[], names: readonly string[]): void {
  const random = randomStream(11, "queries");
  const view = store.at(START + BigInt(SAMPLES * PERIOD));
  const cursors = names.map((name) => view.metric(name).cursor());
  const count = 4096;
  const which = Int32Array.from({ length: count }, () => Math.floor(random() * SERIES));
  const ends = Int32Array.from({ length: count }, () => 2880 + Math.floor(random() * (SAMPLES - 2880)));
  const steps = Float64Array.from(ends, (end, i) => (end - (i === 0 ? ends[count - 1] : ends[i - 1])) * PERIOD);
  view.advance((ends[count - 1] - 1 - SAMPLES) * PERIOD);
  // A cursor's first aiming takes a longer way. A thousand first times in a row would teach the engine that this is the usual one.
  for (let i = 0; i < 50_000; i++) {
    const cursor = cursors[i & 7];
    cursor.before(12 * PERIOD, 0);
    _sunk += cursor.sum(0);
  }
  for (const window of [12, 288, 2880]) {
    const older = window * PERIOD;
    const ours = () => {
      let total = 0;
      for (let i = 0; i < count; i++) {
        view.advance(steps[i]);
        const cursor = cursors[which[i]];
        cursor.before(older, 0);
        total += cursor.sum(0) / cursor.found;
      }
      return total;
    };
    const limit = () => {
      let total = 0;
      for (let i = 0; i < count; i++) {
        const sums = ring[which[i]].sums;
        total += (sums[ends[i]] - sums[ends[i] - window]) / window;
      }
      return total;
    };
    if (!(Math.abs(ours() - limit()) < 1e-6 * count)) throw new Error("ours and the limit disagree");
    // Where others work on the machine, the engine's compiler thread may come late: both are warm before either is measured.
    for (let i = 0; i < 300; i++) _sunk += ours() + limit();
    const [own, base] = measure([
      { name: "ours", operations: count, run: ours },
      { name: "limit", operations: count, run: limit },
    ]);
    table.row(`average of a random series w=${window} / ring + prefix`, own, base, { floor: 5, moonshot: 2 });
  }
}

/** The whole suite; `print` takes a line at a time. */
export function metricsBench(print: (line: string) => void = console.log): void {
  if (!process.argv.includes("--store")) windows(print);
  ingest(print);
}

function windows(print: (line: string) => void): void {
  const table = report("A3. aggregates over any window, one series of 40,320 samples", print);
  aggregates(table, "whole", walk(LENGTH, 3, 1), ["avg", "max", "std", "p95"]);
  aggregates(table, "fractional", walk(LENGTH, 4, 0.001), ["avg", "std", "p95"]);
  table.finish();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) metricsBench();
