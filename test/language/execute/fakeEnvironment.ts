/**
 * An environment over plain arrays of samples, for tests: its cursors filter and compute naively, with the kernels of values/statistics.ts, so that
 * answers can be compared exactly. A sample stands `age` ticks before now; gaps are simply not there. Mutable: `now` and targets may move.
 */
import { instantFromFields, TICKS_PER_MINUTE, type Ticks } from "../../../src/base/time.ts";
import type { Environment, MetricReader, SampleCursor } from "../../../src/language/environment.ts";
import * as statistics from "../../../src/language/values/statistics.ts";

export interface FakeSample {
  /** Minutes before the first now; may be fractional. */
  readonly minutes: number;
  readonly value: number;
}

export const FIRST_NOW: Ticks = instantFromFields({
  year: 2026,
  month: 1,
  day: 5,
  hour: 8,
  minute: 30,
  second: 15,
  fractionTicks: 1234567,
});
const PERIOD = 5n * TICKS_PER_MINUTE;

export class FakeEnvironment implements Environment {
  now: Ticks = FIRST_NOW;
  targetDedicated = 2;
  targetLowPriority = 1;
  draws = 0;
  readonly random = () => ((this.draws++ * 7919) % 1000) / 1000;
  private readonly series: { readonly [name: string]: readonly FakeSample[] | undefined };
  private readonly readers = new Map<string, MetricReader>();

  constructor(series: { readonly [name: string]: readonly FakeSample[] | undefined } = {}) {
    this.series = series;
  }

  metric(name: string): MetricReader {
    let reader = this.readers.get(name);
    if (reader === undefined) {
      const samples = (this.series[name] ?? []).map(({ minutes, value }) => ({
        time: FIRST_NOW - BigInt(Math.round(minutes * 6e8)),
        value,
      }));
      samples.sort((a, b) => Number(a.time - b.time));
      reader = new FakeReader(this, name, samples);
      this.readers.set(name, reader);
    }
    return reader;
  }
}

interface Timed {
  readonly time: Ticks;
  readonly value: number;
}

class FakeReader implements MetricReader {
  private readonly environment: FakeEnvironment;
  private readonly name: string;
  private readonly all: readonly Timed[];

  constructor(environment: FakeEnvironment, name: string, all: readonly Timed[]) {
    this.environment = environment;
    this.name = name;
    this.all = all;
  }

  /** Samples that can be seen now. */
  visible(): readonly Timed[] {
    return this.all.filter((sample) => sample.time <= this.environment.now);
  }

  get now(): Ticks {
    return this.environment.now;
  }

  latest(): number {
    return (
      this.visible().at(-1)?.value ??
      (this.name === "$TaskSlotsPerNode" ? 1 : this.name === "$CurrentDedicatedNodes" ? this.environment.targetDedicated : 0)
    );
  }

  count(): number {
    return this.visible().length;
  }

  period(): Ticks {
    return PERIOD;
  }

  historyBegin(): Ticks {
    return this.visible()[0]?.time ?? this.environment.now;
  }

  cursor(): SampleCursor {
    return new FakeCursor(this);
  }
}

class FakeCursor implements SampleCursor {
  private readonly reader: FakeReader;
  private window = new Float64Array(0);
  private slots = Number.NaN;

  constructor(reader: FakeReader) {
    this.reader = reader;
  }

  last(count: number): void {
    const values = this.reader.visible().map((sample) => sample.value);
    this.window = Float64Array.from(count >= values.length ? values : values.slice(values.length - count));
    this.slots = Number.NaN;
  }

  before(older: number, newer: number): void {
    const { now } = this.reader;
    const inside = this.reader.visible().filter(({ time }) => Number(now - time) < older && Number(now - time) >= newer);
    this.window = Float64Array.from(inside, (sample) => sample.value);
    this.slots = Math.max(1, Math.floor((older - newer) / Number(PERIOD)));
  }

  get found(): number {
    return this.window.length;
  }

  get percent(): number {
    return Math.min(100, (100 * this.window.length) / this.slots);
  }

  sum(start: number): number {
    let total = start;
    for (const value of this.window) total += value;
    return total;
  }

  min(): number {
    return statistics.min(this.window);
  }

  max(): number {
    return statistics.max(this.window);
  }

  std(): number {
    return this.window.length === 0 ? Number.NaN : statistics.std(this.window);
  }

  percentile(p: number): number {
    return this.window.length === 0 ? Number.NaN : statistics.percentile(this.window, p);
  }

  at(index: number): number {
    return this.window[index];
  }

  copy(): Float64Array {
    return this.window.slice();
  }
}
