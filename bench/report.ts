/**
 * How every bench measures and prints. A bench never judges an absolute time: it runs ours and a limit (hand-written code, or a peer)
 * in turn in the same process and judges the ratio, because the machine may be shared. A row has a floor, which must be met, and a
 * moonshot, which we aim at. Timing is done by `benchmark` in many samples of under a millisecond; the best sample of a round counts (it
 * was not interrupted by other work), rounds go round about between the contenders, and the median of a contender's rounds is its time.
 */
import Benchmark from "benchmark";

/** One contender: `run` does `operations` operations and may return anything, so that its work cannot be optimized away. */
export interface Contender {
  readonly name: string;
  readonly operations: number;
  readonly run: () => unknown;
}

/** What a row has to reach. `better` says which way is good: "less" (times) is the default, "more" is for rates. */
export interface Goal {
  readonly floor?: number;
  readonly moonshot?: number;
  readonly unit?: string;
  readonly better?: "less" | "more";
}

/** A judged line of a report; `ratio` is ours / limit. */
export interface Row {
  readonly name: string;
  readonly ours: number;
  readonly limit: number;
  readonly ratio: number;
  readonly goal: Goal;
  readonly verdict: "moonshot" | "floor met" | "FLOOR MISSED" | "-";
}

/** A suite's table: `row` judges and prints a line at once, `finish` prints the count of missed floors and returns all rows. */
export interface Report {
  row(name: string, ours: number, limit: number, goal?: Goal): Row;
  note(text: string): void;
  finish(): readonly Row[];
}

const sink: { value: unknown } = { value: undefined };

/**
 * Nanoseconds per operation of each contender, in the order given: the median over `rounds` rounds of about `roundSeconds` each, of the
 * best sample in the round. One call of `run` should take 10 microseconds to a few milliseconds.
 * A contender that throws stops the bench.
 */
export function measure(contenders: readonly Contender[], options: { rounds?: number; roundSeconds?: number } = {}): number[] {
  const rounds = options.rounds ?? 5;
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    contenders.forEach((contender, i) => {
      const bench = new Benchmark(contender.name, () => void (sink.value = contender.run()), {
        maxTime: options.roundSeconds ?? 0.05,
        minTime: 0.0005,
        minSamples: 5,
        delay: 0,
      });
      bench.run({ async: false });
      if (bench.error !== undefined) throw bench.error;
      times[i].push((Math.min(...bench.stats.sample) * 1e9) / contender.operations);
    });
  }
  return times.map(median);
}

/** The middle of the numbers given; NaN for none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Starts a table under `title`. */
export function report(title: string, print: (line: string) => void = console.log): Report {
  const rows: Row[] = [];
  print(`\n${title}`);
  print(`${"what".padEnd(52)}${"ours".padStart(12)}${"limit".padStart(12)}${"ratio".padStart(9)}   floor / moonshot`);
  return {
    row(name, ours, limit, goal = {}) {
      const ratio = ours / limit;
      const row: Row = { name, ours, limit, ratio, goal, verdict: judge(ratio, goal) };
      const aims =
        goal.floor === undefined && goal.moonshot === undefined ? "" : `${short(goal.floor)} / ${short(goal.moonshot)}`;
      const unit = goal.unit ?? "ns";
      print(
        `${name.padEnd(52)}${`${figures(ours)} ${unit}`.padStart(12)}${`${figures(limit)} ${unit}`.padStart(12)}${figures(ratio).padStart(9)}   ${aims.padEnd(14)} ${row.verdict}`,
      );
      rows.push(row);
      return row;
    },
    note(text) {
      print(`  ${text}`);
    },
    finish() {
      const missed = rows.filter((row) => row.verdict === "FLOOR MISSED");
      print(missed.length === 0 ? "  all floors met" : `  floors missed: ${missed.map((row) => row.name).join("; ")}`);
      return rows;
    },
  };
}

function judge(ratio: number, goal: Goal): Row["verdict"] {
  const reached = (aim: number) => (goal.better === "more" ? ratio >= aim : ratio <= aim);
  if (goal.moonshot !== undefined && reached(goal.moonshot)) return "moonshot";
  if (goal.floor === undefined) return "-";
  return reached(goal.floor) ? "floor met" : "FLOOR MISSED";
}

/** Three figures, thousands kept whole: `0.0123`, `4.56`, `789`, `12345`. */
function figures(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A goal in three digits; `-` for none. */
const short = (goal: number | undefined): string => (goal === undefined ? "-" : String(Number(goal.toPrecision(3))));
