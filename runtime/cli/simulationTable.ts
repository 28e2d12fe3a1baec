/**
 * What a simulated scenario is judged by, and what it looks like over time in the terminal. The figures are the same in the table, in the HTML report
 * and, by their words, in formula tests.
 */
import { parseInstant } from "../../src/base/time.ts";
import type { Source } from "../../src/language/source.ts";
import type { Scenario, SimulationResult, TimelineDocument } from "../sim/index.ts";
import type { Figure } from "./comparison.ts";
import type { Output } from "./output.ts";
import { drawing } from "./plot.ts";

/** A scenario that was run with one formula, or with none. */
export interface ScenarioRun {
  readonly name: string;
  /** The path as the user or the scenario gives it; null for a pool of fixed size. */
  readonly file: string | null;
  readonly formula: Source | undefined;
  readonly scenario: Scenario;
  readonly result: SimulationResult;
}

type Read = (result: SimulationResult) => number | null;
const figure = (
  title: string,
  unit: string,
  digits: number,
  of: Read,
  better?: "less" | "more",
): Figure<{ readonly result: SimulationResult }> => ({ title, unit, digits, of: ({ result }) => of(result), better });

/** Where no task has ended, a wait of 0 would look like the best there is. */
const hasEnded = ({ tasks }: SimulationResult) => tasks.total === 0 || tasks.unfinished < tasks.total;
const wait = (title: string, key: keyof SimulationResult["waitSeconds"]) =>
  figure(title, "seconds", 1, (result) => (hasEnded(result) ? result.waitSeconds[key] : null), "less");

/** The figures of a run, in the order in which they are shown. */
export const simulationFigures: readonly Figure<ScenarioRun>[] = [
  figure("tasks", "", 0, ({ tasks }) => tasks.total),
  figure("failed tasks", "", 0, ({ tasks }) => tasks.failed, "less"),
  figure("unfinished tasks", "", 0, ({ tasks }) => tasks.unfinished, "less"),
  wait("mean wait", "mean"),
  wait("p50 wait", "p50"),
  wait("p95 wait", "p95"),
  wait("p99 wait", "p99"),
  wait("max wait", "max"),
  figure("makespan", "hours", 2, (result) => (hasEnded(result) ? result.makespanSeconds / 3600 : null), "less"),
  figure("dedicated", "node hours", 2, ({ nodeHours }) => nodeHours.dedicated, "less"),
  figure("low-priority", "node hours", 2, ({ nodeHours }) => nodeHours.lowPriority, "less"),
  {
    title: "cost",
    unit: "",
    digits: 2,
    of: ({ scenario, result }) => (isPriced(scenario) ? result.cost : null),
    better: "less",
  },
  figure("utilization", "%", 1, ({ utilization }) => utilization * 100, "more"),
  figure("resizes", "", 0, ({ resizes }) => resizes, "less"),
  figure("evaluations", "", 0, ({ evaluations }) => evaluations),
  figure("failed evaluations", "", 0, ({ failedEvaluations }) => failedEvaluations, "less"),
  figure("preemptions", "", 0, ({ preemptions }) => preemptions, "less"),
  figure("retries", "", 0, ({ tasks }) => tasks.retries, "less"),
  figure("requeues", "", 0, ({ tasks }) => tasks.requeues, "less"),
];

/** Without a price in the scenario a cost of 0 would say something that nobody knows. */
export function isPriced({ pool: { price } }: Scenario): boolean {
  return price.dedicated > 0 || price.lowPriority > 0;
}

/** Runs drawn in the terminal; more would push the table out of sight. */
const DRAWINGS_MAX = 4;

/** Drawings of the runs, all on one scale; of a single run also its queue. Empty where there is nothing to see. */
export function drawings(runs: readonly ScenarioRun[], output: Output): string[] {
  const shown = runs.filter(({ result }) => result.timeline.length > 1).slice(0, DRAWINGS_MAX);
  const nodes = shown.map(({ result: { timeline } }) => ({
    line: column(timeline, (row) => row.currentDedicated + row.currentLowPriority),
    dots: column(timeline, (row) => row.targetDedicated + row.targetLowPriority),
    area: column(timeline, (row) => row.demandNodes),
  }));
  const supply = Math.max(1, ...nodes.flatMap(({ line, dots }) => [most(line), most(dots)]));
  const demand = Math.max(0, ...nodes.map(({ area }) => most(area)));
  // A peak of demand may be far beyond what a pool ever has, and must not flatten everything else.
  const top = Math.max(supply, Math.min(demand, supply * 1.5));
  const drawn = shown.map(({ name, result: { timeline } }, i) => {
    const title = `${name}: nodes and their target (·) over demand (░)`;
    return drawing({ title, ...nodes[i], top, width: output.width, rows: 12, ...span(timeline) }, output.paint);
  });
  if (shown.length !== 1) return drawn;
  const [{ result }] = shown;
  const line = column(result.timeline, (row) => row.activeTasks);
  const title = "tasks that wait for a node";
  const queue = { title, line, area: undefined, top: most(line), width: output.width, rows: 6, ...span(result.timeline) };
  return most(line) === 0 ? drawn : [...drawn, drawing(queue, output.paint)];
}

function column(timeline: readonly TimelineDocument[], of: (row: TimelineDocument) => number): Float64Array {
  return Float64Array.from(timeline, of);
}

function most(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

function span(timeline: readonly TimelineDocument[]) {
  return { from: parseInstant(timeline[0].time)!, to: parseInstant(timeline[timeline.length - 1].time)! };
}
