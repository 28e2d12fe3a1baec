/**
 * Makes a metric store visible to a formula: the language sees an Environment and knows no store, the store knows no formula; this is the seam.
 * What is added here and nowhere else is rule 8.23: every metric of the language exists, with what it reads as while it has no samples.
 * A bound environment is made once and re-aimed at each evaluation, which allocates nothing.
 */
import { type RandomStream, randomStream } from "../base/random.ts";
import type { Ticks } from "../base/time.ts";
import type { Environment, MetricReader, SampleCursor } from "../language/environment.ts";
import type { MetricStore, MetricView, StoreView } from "../metrics/index.ts";
import type { PoolTargets } from "./results.ts";

/** The store as a formula sees it at one `now`. `aim` moves everything that was handed out before, cursors included. */
export class BoundEnvironment implements Environment {
  now: Ticks;
  targetDedicated: number;
  targetLowPriority: number;
  random: RandomStream;
  /** The store behind it. */
  readonly store: MetricStore;
  private readonly view: StoreView;
  private readonly readers = new Map<string, BoundMetric>();

  /** Use `bind`. */
  constructor(store: MetricStore, now: Ticks, targets: PoolTargets, seed: number) {
    this.store = store;
    this.view = store.at(now);
    this.now = now;
    this.targetDedicated = targets.dedicated;
    this.targetLowPriority = targets.lowPriority;
    this.random = randomStream(seed);
  }

  /** Moves to another evaluation: its instant and the pool's targets then. The stream of `rand()` goes on where it is. */
  aim(now: Ticks, targetDedicated: number, targetLowPriority: number): void {
    this.now = now;
    this.view.aim(now);
    this.targetDedicated = targetDedicated;
    this.targetLowPriority = targetLowPriority;
  }

  /** Starts the stream of `rand()` anew. */
  reseed(seed: number): void {
    this.random = randomStream(seed);
  }

  metric(name: string): BoundMetric {
    let reader = this.readers.get(name);
    if (reader === undefined) {
      reader = new BoundMetric(this.view.metric(name), this, valueWithoutSamples(name));
      this.readers.set(name, reader);
    }
    return reader;
  }
}

/** What a metric reads as without a visible sample. */
type WithoutSamples = "zero" | "one" | "targetDedicated" | "targetLowPriority";

function valueWithoutSamples(name: string): WithoutSamples {
  if (name === "$TaskSlotsPerNode") return "one";
  if (name === "$CurrentDedicatedNodes") return "targetDedicated";
  return name === "$CurrentLowPriorityNodes" ? "targetLowPriority" : "zero";
}

/** One metric of a bound environment. */
export class BoundMetric implements MetricReader {
  /** The store's own view of the metric, for those who look deeper than a formula can. */
  readonly view: MetricView;
  private readonly environment: BoundEnvironment;
  private readonly withoutSamples: WithoutSamples;

  constructor(view: MetricView, environment: BoundEnvironment, withoutSamples: WithoutSamples) {
    this.view = view;
    this.environment = environment;
    this.withoutSamples = withoutSamples;
  }

  latest(): number {
    const value = this.view.latest();
    return Number.isNaN(value) ? this.substitute() : value;
  }

  count(): number {
    return this.view.count();
  }

  period(): Ticks {
    return this.view.period();
  }

  historyBegin(): Ticks {
    return this.view.historyBegin() ?? this.environment.now;
  }

  cursor(): SampleCursor {
    return this.view.cursor();
  }

  private substitute(): number {
    switch (this.withoutSamples) {
      case "zero":
        return 0;
      case "one":
        return 1;
      case "targetDedicated":
        return this.environment.targetDedicated;
      case "targetLowPriority":
        return this.environment.targetLowPriority;
    }
  }
}

/** What a formula may see besides the samples; targets default to 0, the seed of `rand()` to 1. */
export interface BindOptions {
  readonly now: Ticks;
  readonly targets?: PoolTargets;
  readonly seed?: number;
}

/** An environment over `store` at `now`. The store may go on recording; what a run sees is decided when it runs. */
export function bind(store: MetricStore, options: BindOptions): BoundEnvironment {
  return new BoundEnvironment(store, options.now, options.targets ?? { dedicated: 0, lowPriority: 0 }, options.seed ?? 1);
}
