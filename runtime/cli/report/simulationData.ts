/**
 * What the charts of simulated runs draw. Runs end at different times and a long one has wider steps, so the instants of all are joined and each run
 * holds its value until its next row. Distributions are given as they are for one run, as growing shares for several, whose bars differ in width.
 */
import type { Bin } from "../../sim/index.ts";
import { isPriced, type ScenarioRun } from "../simulationTable.ts";

/** A number an instant; null before a run and after its end. */
type Column = readonly (number | null)[];

/** The document that `simulationCharts.js` reads. */
export interface SimulationDocument {
  readonly kind: "simulation";
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly runs: readonly {
    readonly name: string;
    readonly nodes: Column;
    readonly target: Column;
    readonly lowPriority: Column;
    readonly demand: Column;
    readonly waiting: Column;
    readonly running: Column;
    readonly cost: Column;
  }[];
  readonly hasLowPriority: boolean;
  readonly hasCost: boolean;
  readonly wait: Distribution;
  readonly slowdown: Distribution;
}

/** Numbers of tasks (of one run) or percent of the tasks (of several) at or up to `at`. */
export interface Distribution {
  /** `min` and the like; empty for plain numbers. */
  readonly unit: string;
  readonly at: readonly number[];
  readonly columns: readonly Column[];
  readonly growing: boolean;
}

/** The document. */
export function simulationData(runs: readonly ScenarioRun[]): SimulationDocument {
  const instants = runs.map(({ result }) => result.timeline.map((row) => Date.parse(row.time) / 1000));
  const times = [...new Set(instants.flat())].sort((a, b) => a - b);
  const waits = runs.map(({ result }) => result.histograms.waitSeconds);
  const longest = Math.max(0, ...runs.map(({ result }) => result.waitSeconds.max));
  return {
    kind: "simulation",
    times,
    runs: runs.map(({ name, result }, i) => {
      const rows = rowAtEach(times, instants[i]);
      const column = (of: (row: (typeof result.timeline)[number]) => number) =>
        rows.map((at) => (at < 0 ? null : short(of(result.timeline[at]))));
      return {
        name,
        nodes: column((row) => row.currentDedicated + row.currentLowPriority),
        target: column((row) => row.targetDedicated + row.targetLowPriority),
        lowPriority: column((row) => row.currentLowPriority),
        demand: column((row) => row.demandNodes),
        waiting: column((row) => row.activeTasks),
        running: column((row) => row.runningTasks),
        cost: column((row) => row.cost),
      };
    }),
    hasLowPriority: runs.some(({ result }) => result.nodeHours.lowPriority > 0),
    hasCost: runs.some(({ scenario }) => isPriced(scenario)),
    wait: distribution(waits, longest > 7200 ? HOURS : longest > 120 ? MINUTES : SECONDS),
    slowdown: distribution(
      runs.map(({ result }) => result.histograms.slowdown),
      PLAIN,
    ),
  };
}

const SECONDS = { unit: "s", size: 1 };
const MINUTES = { unit: "min", size: 60 };
const HOURS = { unit: "h", size: 3600 };
const PLAIN = { unit: "", size: 1 };

/** For each of `times` the place of the row that holds then; -1 before the first and after the last. Both are sorted. */
function rowAtEach(times: readonly number[], rows: readonly number[]): number[] {
  let at = -1;
  return times.map((time) => {
    while (at + 1 < rows.length && rows[at + 1] <= time) at++;
    return at >= 0 && time > rows[rows.length - 1] ? -1 : at;
  });
}

function distribution(runs: readonly (readonly Bin[])[], { unit, size }: { unit: string; size: number }): Distribution {
  if (runs.length === 1) {
    const [bins] = runs;
    const last = bins[bins.length - 1];
    const at = bins.map((bin) => bin.from / size);
    const counts = bins.map((bin) => bin.count);
    // The last bar needs an end.
    return last === undefined
      ? { unit, at: [], columns: [[]], growing: false }
      : { unit, at: [...at, last.to / size], columns: [[...counts, last.count]], growing: false };
  }
  const edges = runs.map((bins) => bins.map((bin) => bin.to / size));
  const at = [...new Set([0, ...edges.flat()])].sort((a, b) => a - b);
  const columns = runs.map((bins, run) => {
    const total = bins.reduce((sum, bin) => sum + bin.count, 0);
    let seen = 0;
    let next = 0;
    return at.map((edge) => {
      while (next < bins.length && edges[run][next] <= edge) seen += bins[next++].count;
      return total === 0 ? null : short((100 * seen) / total);
    });
  });
  return { unit, at, columns, growing: true };
}

function short(value: number): number {
  return Math.round(value * 1000) / 1000;
}
