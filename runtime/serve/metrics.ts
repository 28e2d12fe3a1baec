/**
 * Prometheus metrics of a service. What happens is counted as it happens; what is (tasks by state, nodes by state) is read off the world when somebody
 * asks, from counters that the core keeps anyway.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Service } from "../host/service.ts";
import type { LocalProvider } from "../providers/local.ts";

/** A request that was answered. */
interface RequestMeasure {
  readonly operation: string;
  readonly status: number;
  readonly seconds: number;
}

const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** All metrics of one service; `close` when it ends. */
export class ServeMetrics {
  readonly registry = new Registry();
  private readonly requests: Counter<"operation" | "status">;
  private readonly latency: Histogram<"operation">;
  private readonly turns: Counter;
  private readonly steps: Counter;
  private readonly events: Counter;
  private readonly commits: Histogram;
  private readonly starts: Histogram;
  private readonly lag: IntervalHistogram;
  /** Instant of the last commit, milliseconds of real time; undefined before the first. */
  lastCommitAt: number | undefined = undefined;

  constructor(service: Service, provider: LocalProvider) {
    const registers = [this.registry];
    this.requests = new Counter({
      name: "weir_requests_total",
      help: "Requests answered, by operation and HTTP status",
      labelNames: ["operation", "status"],
      registers,
    });
    this.latency = new Histogram({
      name: "weir_request_seconds",
      help: "From the request's head to the answer's end",
      labelNames: ["operation"],
      buckets: LATENCY_SECONDS,
      registers,
    });
    this.turns = new Counter({ name: "weir_commits_total", help: "Transactions written", registers });
    this.steps = new Counter({ name: "weir_steps_total", help: "Steps of the scheduler's core", registers });
    this.events = new Counter({ name: "weir_events_total", help: "Events that happened", registers });
    this.commits = new Histogram({
      name: "weir_commit_seconds",
      help: "Length of a transaction",
      buckets: LATENCY_SECONDS,
      registers,
    });
    this.starts = new Histogram({
      name: "weir_start_seconds",
      help: "From telling the agent to run something to its having begun",
      buckets: LATENCY_SECONDS,
      registers,
    });
    this.lag = monitorEventLoopDelay({ resolution: 20 });
    this.lag.enable();
    service.onCommit(({ steps, events, commitMs }) => {
      this.lastCommitAt = Date.now();
      this.turns.inc();
      this.steps.inc(steps);
      this.events.inc(events);
      this.commits.observe(commitMs / 1000);
    });
    provider.onStarted = (ms) => this.starts.observe(ms / 1000);
    this.addGauges(service, provider);
  }

  request({ operation, status, seconds }: RequestMeasure): void {
    this.requests.inc({ operation, status: String(status) });
    this.latency.observe({ operation }, seconds);
  }

  /** How late the event loop is, milliseconds: the mean since somebody last asked. */
  loopLagMs(): number {
    const mean = this.lag.mean / 1e6 - 20;
    this.lag.reset();
    return Number.isFinite(mean) ? Math.max(0, mean) : 0;
  }

  close(): void {
    this.lag.disable();
  }

  private addGauges(service: Service, provider: LocalProvider): void {
    const registers = [this.registry];
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    gauge("weir_commands_waiting", "Commands that wait for their turn", () => service.waiting);
    gauge("weir_loop_lag_seconds", "How late the event loop is", () => this.loopLagMs() / 1000);
    gauge("weir_agent_connected", "1 while the agent is connected", () => (provider.connected ? 1 : 0));
    gauge("weir_runs", "Processes that run on nodes, or wait to", () => provider.runCount);
    gauge("weir_pools", "Pools", () => service.world.pools.size);
    gauge("weir_jobs", "Jobs, completed ones included", () => service.world.jobs.size);
    new Gauge({
      name: "weir_tasks",
      help: "Tasks by state",
      labelNames: ["state"],
      registers,
      collect() {
        for (const [state, count] of tasksByState(service)) this.set({ state }, count);
      },
    });
    new Gauge({
      name: "weir_nodes",
      help: "Nodes by pool, kind and state",
      labelNames: ["pool", "kind", "state"],
      registers,
      collect() {
        this.reset();
        for (const pool of service.world.pools.values())
          for (const kind of ["dedicated", "lowPriority"] as const)
            for (const [state, count] of Object.entries(pool[kind].byState))
              if (count > 0) this.set({ pool: pool.id, kind, state }, count);
      },
    });
  }
}

function tasksByState({ world }: Service): [string, number][] {
  const sums = { active: 0, preparing: 0, running: 0, completed: 0 };
  for (const { counts } of world.jobs.values()) {
    sums.active += counts.active;
    sums.preparing += counts.preparing;
    sums.running += counts.running;
    sums.completed += counts.completed;
  }
  return Object.entries(sums);
}
