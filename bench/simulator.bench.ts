/**
 * The simulator against a FIFO pool written by hand (same workload, same run), a month of closed-loop autoscaling, a real log, and memory and cost
 * per task at size. Run it with `npx tsx bench/simulator.bench.ts`; `--quick` leaves out the large ones. The runs are long, so time is processor
 * time of this process: other work on the machine disturbs it less.
 */
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { EventQueue } from "../runtime/providers/eventQueue.ts";
import { randomStream } from "../src/base/random.ts";
import { readSwf, runScenario, type Scenario, scenarioDefaults, synthetic, type Workload } from "../runtime/sim/index.ts";
import { median, report, type Row } from "./report.ts";
import { FIFO_EVENTS_PER_TASK, fifoPool } from "./simulatorLimits.ts";

const SLOTS = 1000;
/** Rounds until both are compiled. */
const WARM_UP = 2;
const quick = process.argv.includes("--quick");

function seconds(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

/** `use` of the slots busy, mean duration 30 s. */
function load(count: number, slots: number, use: number): Workload {
  return synthetic(
    {
      arrivals: { kind: "poisson", ratePerSecond: (use * slots) / 30, count },
      duration: { kind: "exponential", meanMs: 30_000 },
    },
    1,
    scenarioDefaults.startAt,
  );
}

function fixed(workload: Workload, nodes: number, slots: number): Scenario {
  const { pool } = scenarioDefaults;
  return {
    ...scenarioDefaults,
    workload,
    pool: {
      ...pool,
      taskSlotsPerNode: slots,
      coresPerNode: slots,
      targetDedicatedNodes: nodes,
      boot: { kind: "constant", meanMs: 0 },
    },
  };
}

const FORMULA = `
$samples = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 15);
$tasks = $samples < 70 ? max(0, $PendingTasks.GetSample(1)) : max($PendingTasks.GetSample(1), avg($PendingTasks.GetSample(TimeInterval_Minute * 15)));
$TargetDedicatedNodes = max(0, min($tasks / $TaskSlotsPerNode, 500));
$NodeDeallocationOption = taskcompletion;
`;

function month(count: number): Scenario {
  const workload = synthetic(
    {
      arrivals: { kind: "poisson", ratePerSecond: count / (30 * 86_400), count, dailySwing: 0.8 },
      duration: { kind: "lognormal", meanMs: 300_000, sigma: 1 },
    },
    3,
    scenarioDefaults.startAt,
  );
  const pool = { ...scenarioDefaults.pool, taskSlotsPerNode: 4, formula: FORMULA, autoScaleEvaluationIntervalMs: 300_000 };
  return { ...scenarioDefaults, workload, pool };
}

/** Events taken and added again per second, `pending` of them waiting. */
function hold(pending: number): number {
  const queue = new EventQueue();
  const stream = randomStream(1);
  for (let i = 0; i < pending; i++) queue.add(stream() * pending, i);
  const operations = 1_000_000;
  const took = seconds(() => {
    for (let i = 0; i < operations; i++) {
      const at = queue.nextDueAt();
      queue.add(at + stream() * pending, queue.take());
    }
  });
  return operations / took / 1e6;
}

export function run(print?: (line: string) => void): readonly Row[] {
  const table = report("simulator", print);
  const small = load(quick ? 100_000 : 200_000, SLOTS, 0.9);
  const ours: number[] = [];
  const limit: number[] = [];
  let recorded = 0;
  for (let round = 0; round < WARM_UP + 5; round++) {
    const handWritten = seconds(() => fifoPool(small, SLOTS));
    const simulated = seconds(() => {
      recorded = runScenario(fixed(small, SLOTS, 1)).recorder.digest.count;
    });
    if (round >= WARM_UP) {
      ours.push(small.count / simulated / 1e6);
      limit.push(small.count / handWritten / 1e6);
    }
  }
  const against = { floor: 0.1, moonshot: 0.3, unit: "M", better: "more" } as const;
  table.row("tasks/s, 1,000 slots at 90 %, FIFO pool (no floor)", median(ours), median(limit), { unit: "M", better: "more" });
  // An event is what each of the two itself counts as one: ours are domain events that are applied, recorded and hashed, the pool's are arrivals and ends.
  const eventsPerTask = recorded / small.count;
  table.note(
    `events of a task: ${eventsPerTask.toFixed(1)} recorded by the simulator, ${FIFO_EVENTS_PER_TASK} in the FIFO pool`,
  );
  table.row(
    "events/s, the same runs, each counts its own",
    median(ours) * eventsPerTask,
    median(limit) * FIFO_EVENTS_PER_TASK,
    against,
  );
  table.row("tasks/s, the same runs, against 200,000", median(ours), 0.2, {
    floor: 1,
    moonshot: 5,
    unit: "M",
    better: "more",
  });
  table.row("scheduling decisions/s against 100,000", median(ours), 0.1, {
    floor: 0.2,
    moonshot: 1,
    unit: "M",
    better: "more",
  });
  for (const pending of [1000, 100_000]) table.note(`event queue, ${pending} pending: ${hold(pending).toFixed(1)} M/s`);

  const monthly = quick ? 100_000 : 1_000_000;
  let autoscaled: Scenario | undefined;
  table.note(`making the workload of a month: ${seconds(() => (autoscaled = month(monthly))).toFixed(2)} s`);
  const took = median([0, 1, 2].map(() => seconds(() => runScenario(autoscaled!))));
  table.row(`month of autoscaling, ${monthly / 1000} k tasks, against 1 s`, took, 1, { floor: 5, moonshot: 1, unit: "s" });

  const log = `${process.env.WEIR_TRACES ?? ""}/lcg-2005-1.swf.gz`;
  if (existsSync(log)) {
    const text = gunzipSync(readFileSync(log)).toString("latin1");
    let workload: Workload | undefined;
    table.note(`reading the LCG log: ${seconds(() => (workload = readSwf(text))).toFixed(2)} s`);
    table.note(`running its 188,041 tasks: ${seconds(() => runScenario(fixed(workload!, 850, 4))).toFixed(2)} s`);
  } else table.note("the LCG log is left out: WEIR_TRACES names no folder with lcg-2005-1.swf.gz");

  // A run of 10,000 tasks is over in 30 ms, of which a collection that happens to fall into it can be the half: many of them together count.
  const perTask = (count: number, runs: number) => {
    const scenario = fixed(load(count, 1000, 0.9), 250, 4);
    const took = seconds(() => {
      for (let i = 0; i < runs; i++) runScenario(scenario);
    });
    return (took / (runs * count)) * 1e9;
  };
  perTask(10_000, 20);
  const few = perTask(10_000, 50);
  const many = perTask(quick ? 100_000 : 1_000_000, 1);
  table.row(`cost of a task, ${quick ? "100 k" : "1 M"} against 10 k tasks`, many, few, { floor: 1.3, moonshot: 1.1 });
  if (!quick) {
    const large = load(1_000_000, 40_000, 0.9);
    let held: unknown;
    table.note(
      `1 M tasks on 10,000 nodes of 4 slots: ${seconds(() => (held = runScenario(fixed(large, 10_000, 4)))).toFixed(2)} s`,
    );
    const { rss } = process.memoryUsage();
    table.row("memory after it, against 2 GB", rss / 2 ** 30, 2, { floor: 1, unit: "GiB" });
    if (held === undefined) throw new Error("the run is kept until its memory was read");
  }
  return table.finish();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) run();
