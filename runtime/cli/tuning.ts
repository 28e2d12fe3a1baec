/**
 * The search of `weir tune`: every point under every seed, spread over threads; then the figures of a point are the means over its seeds, and the
 * points are judged against each other. The order in which threads finish changes nothing.
 */
import { Worker } from "node:worker_threads";
import { paretoFront, type Scenario, type TuneOutcome, type TunePoint } from "../sim/index.ts";
import { isPriced } from "./simulationTable.ts";
import type { TuneOrder, TuneSetup } from "./tuneWorker.ts";

/** A scenario whose service would refuse it; the message is for the user. */
export class TuneRefused extends Error {
  override readonly name = "TuneRefused";
}

/** A finished search. */
export interface Tuning {
  /** In the order of the points. */
  readonly outcomes: readonly TuneOutcome[];
  /** The formula as it is. */
  readonly current: TuneOutcome;
  /** Those of `outcomes` that no other beats in both cost and wait, cheapest first. */
  readonly front: readonly TuneOutcome[];
}

/** Without prices every point would cost the same: then a node hour costs 1, and cost is node hours. */
export function comparable(scenario: Scenario): Scenario {
  return isPriced(scenario) ? scenario : { ...scenario, pool: { ...scenario.pool, price: { dedicated: 1, lowPriority: 1 } } };
}

/** Runs all of it. `onRun` hears how many runs are done. Throws TuneRefused. */
export async function search(
  setup: TuneSetup,
  points: readonly TunePoint[],
  seeds: readonly number[],
  jobs: number,
  onRun: (done: number) => void,
): Promise<Tuning> {
  // The formula as it is goes last, as a point without constants.
  const orders = [...points, {}].flatMap((point, i) =>
    seeds.map((seed, k): TuneOrder => ({ index: i * seeds.length + k, point, seed })),
  );
  const runs = await runAll(setup, orders, Math.min(jobs, orders.length), onRun);
  const merged = [...points, {}].map((_, i) => meanOf(runs.slice(i * seeds.length, (i + 1) * seeds.length)));
  const outcomes = merged.slice(0, -1);
  return { outcomes, current: merged[merged.length - 1], front: paretoFront(outcomes) };
}

function runAll(
  setup: TuneSetup,
  orders: readonly TuneOrder[],
  jobs: number,
  onRun: (done: number) => void,
): Promise<TuneOutcome[]> {
  const outcomes: TuneOutcome[] = [];
  const threads: Worker[] = [];
  let next = 0;
  let done = 0;
  const all = new Promise<TuneOutcome[]>((resolve, reject) => {
    const give = (thread: Worker) => {
      if (next < orders.length) thread.postMessage(orders[next++]);
    };
    for (let i = 0; i < jobs; i++) {
      const thread = new Worker(new URL("./tuneWorker.js", import.meta.url), { workerData: setup });
      threads.push(thread);
      thread.on("error", reject);
      thread.on("message", ({ index, outcome, problem }: { index: number; outcome?: TuneOutcome; problem?: string }) => {
        if (outcome === undefined) {
          reject(new TuneRefused(problem));
          return;
        }
        outcomes[index] = outcome;
        onRun(++done);
        if (done === orders.length) resolve(outcomes);
        else give(thread);
      });
      give(thread);
    }
  });
  return all.finally(() => Promise.all(threads.map((thread) => thread.terminate())));
}

/** One outcome of those of a point, each of another seed. */
function meanOf(runs: readonly TuneOutcome[]): TuneOutcome {
  const mean = (of: (run: TuneOutcome) => number) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const sum = (of: (run: TuneOutcome) => number) => runs.reduce((total, run) => total + of(run), 0);
  const [{ point, formula }] = runs;
  return {
    point,
    formula,
    seeds: runs.flatMap((run) => run.seeds),
    cost: mean((run) => run.cost),
    waitSeconds: { mean: mean((run) => run.waitSeconds.mean), p95: mean((run) => run.waitSeconds.p95) },
    nodeHours: mean((run) => run.nodeHours),
    utilization: mean((run) => run.utilization),
    unfinished: sum((run) => run.unfinished),
    failedEvaluations: sum((run) => run.failedEvaluations),
  };
}
