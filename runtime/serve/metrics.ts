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

/** An account whose world is counted. */
interface Watched {
  /** Undefined: the first account, whose pools go by their bare ids. */
  readonly name: string | undefined;
  readonly service: Service;
  readonly provider: LocalProvider;
}

/** All metrics of one server, of all its accounts together; pools of other accounts than the first are `<account>/<pool>`. `close` when it ends. */
export class ServeMetrics {
  readonly registry = new Registry();
  private readonly requests: Counter<"operation" | "status">;
  private readonly latency: Histogram<"operation">;
  private readonly turns: Counter;
  private readonly steps: Counter;
  private readonly events: Counter;
  private readonly commits: Histogram;
  private readonly starts: Histogram;
  private readonly packages: Counter<"pool" | "package">;
  private readonly packageBytes: Counter<"pool" | "package">;
  private readonly lag: IntervalHistogram;
  /** Instant of the last commit, milliseconds of real time; undefined before the first. */
  lastCommitAt: number | undefined = undefined;

  private watched: readonly Watched[] = [];

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
    this.packages = new Counter({
      name: "weir_package_installations_total",
      help: "Application packages unpacked on a node, by pool and package; one that was there already is not counted",
      labelNames: ["pool", "package"],
      registers,
    });
    this.packageBytes = new Counter({
      name: "weir_package_bytes_total",
      help: "Bytes of the zip files that were unpacked on nodes, by pool and package: as often as a node has got one",
      labelNames: ["pool", "package"],
      registers,
    });
    this.lag = monitorEventLoopDelay({ resolution: 20 });
    this.lag.enable();
    this.watch(undefined, service, provider);
    this.addGauges();
  }

  /** Counts what happens in an account from here on. */
  watch(name: string | undefined, service: Service, provider: LocalProvider): void {
    this.watched = [...this.watched, { name, service, provider }];
    service.onCommit(({ steps, events, commitMs }) => {
      this.lastCommitAt = Date.now();
      this.turns.inc();
      this.steps.inc(steps);
      this.events.inc(events);
      this.commits.observe(commitMs / 1000);
    });
    provider.onStarted = (ms) => this.starts.observe(ms / 1000);
    const ofAccount = name === undefined ? "" : `${name}/`;
    provider.onPackage = (pool, directory, bytes) => {
      const labels = { pool: `${ofAccount}${pool}`, package: directory };
      this.packages.inc(labels);
      this.packageBytes.inc(labels, bytes);
    };
  }

  /** An account has gone. */
  forget(name: string): void {
    this.watched = this.watched.filter((each) => each.name !== name);
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

  private addGauges(): void {
    const registers = [this.registry];
    const all = () => this.watched;
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    const sum = (of: (watched: Watched) => number) => () => all().reduce((total, each) => total + of(each), 0);
    gauge(
      "weir_commands_waiting",
      "Commands that wait for their turn",
      sum(({ service }) => service.waiting),
    );
    gauge("weir_loop_lag_seconds", "How late the event loop is", () => this.loopLagMs() / 1000);
    gauge("weir_agent_connected", "1 while the agent is connected", () => (all()[0].provider.connected ? 1 : 0));
    gauge(
      "weir_runs",
      "Processes that run on nodes, or wait to",
      sum(({ provider }) => provider.runCount),
    );
    gauge("weir_accounts", "Accounts that are open", () => all().length);
    gauge(
      "weir_pools",
      "Pools",
      sum(({ service }) => service.world.pools.size),
    );
    gauge(
      "weir_jobs",
      "Jobs, completed ones included",
      sum(({ service }) => service.world.jobs.size),
    );
    new Gauge({
      name: "weir_tasks",
      help: "Tasks by state",
      labelNames: ["state"],
      registers,
      collect() {
        for (const [state, count] of tasksByState(all())) this.set({ state }, count);
      },
    });
    new Gauge({
      name: "weir_nodes",
      help: "Nodes by pool, kind and state",
      labelNames: ["pool", "kind", "state"],
      registers,
      collect() {
        this.reset();
        for (const { name, service } of all())
          for (const pool of service.world.pools.values())
            for (const kind of ["dedicated", "lowPriority"] as const)
              for (const [state, count] of Object.entries(pool[kind].byState))
                if (count > 0) this.set({ pool: name === undefined ? pool.id : `${name}/${pool.id}`, kind, state }, count);
      },
    });
  }
}

function tasksByState(accounts: readonly Watched[]): [string, number][] {
  const sums = { active: 0, preparing: 0, running: 0, completed: 0 };
  for (const { service } of accounts)
    for (const { counts } of service.world.jobs.values()) {
      sums.active += counts.active;
      sums.preparing += counts.preparing;
      sums.running += counts.running;
      sums.completed += counts.completed;
    }
  return Object.entries(sums);
}
