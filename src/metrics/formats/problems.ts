/**
 * What is wrong with a metrics file, as data. Readers go on after a problem, so that one run shows all of them; a file with any error is
 * refused as a whole by whoever asked for it, a warning says what was done about something odd. Lists are capped, never silently: each
 * severity on its own, so that many warnings cannot hide an error.
 */
import { nearest } from "../../base/table.ts";
import type { MetricStore, MetricStoreOptions } from "../store.ts";

/** One problem. `code` is for programs and stays; `line` counts from 1; `column` is the metric's name, `series` where there are no lines. */
export interface MetricProblem {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly line?: number;
  readonly column?: string;
  readonly series?: string;
  readonly message: string;
  /** What to do about it, as an instruction. */
  readonly remedy: string;
}

/** Options of all readers. Store options not given: history 24 hours, delay 0, and everything in the file is retained. */
export interface ReadOptions extends MetricStoreOptions {
  /** Metric names a formula can read; other names draw a warning. Not given: names are not judged. */
  readonly knownMetrics?: Iterable<string>;
  /** Names that formulas may use for a metric but no samples are found under, with the name that has them (rule 8.23). */
  readonly olderNames?: ReadonlyMap<string, string>;
  /** What a foreign metric name (Azure Monitor, Prometheus) stands for; goes before the reader's own choice. */
  readonly names?: ReadonlyMap<string, string>;
}

/** What a reader gives back; with an error among the problems the store may hold only a part. */
export interface MetricReading {
  readonly store: MetricStore;
  readonly problems: readonly MetricProblem[];
  /** Problems beyond the cap of 50 errors and 50 warnings. */
  readonly omitted: number;
}

const SHOWN_MAX = 50;

/** True when the input has to be refused. */
export function hasErrors(reading: { readonly problems: readonly MetricProblem[] }): boolean {
  return reading.problems.some((problem) => problem.severity === "error");
}

/** One line for a person: `line 7, $CPUPercent: "abc" is not a number (write a decimal number such as 12.5)`. */
export function problemText(problem: MetricProblem): string {
  const place = [problem.line === undefined ? "" : `line ${problem.line}`, quoted(problem.column ?? problem.series ?? "", 60)]
    .filter((part) => part !== "")
    .join(", ");
  return `${place === "" ? "" : `${place}: `}${problem.message} (${problem.remedy})`;
}

/** Collects problems in the order in which they are found. */
export class ProblemList {
  readonly problems: MetricProblem[] = [];
  omitted = 0;
  private readonly counts = { error: 0, warning: 0 };
  private readonly olderNames: ReadonlyMap<string, string> | undefined;

  constructor(olderNames?: ReadonlyMap<string, string>) {
    this.olderNames = olderNames;
  }

  get hasErrors(): boolean {
    return this.counts.error > 0;
  }

  add(problem: MetricProblem): void {
    if (++this.counts[problem.severity] <= SHOWN_MAX) this.problems.push(problem);
    else this.omitted++;
  }

  error(code: string, place: Pick<MetricProblem, "line" | "column" | "series">, message: string, remedy: string): void {
    this.add({ severity: "error", code, ...place, message, remedy });
  }

  warning(code: string, place: Pick<MetricProblem, "line" | "column" | "series">, message: string, remedy: string): void {
    this.add({ severity: "warning", code, ...place, message, remedy });
  }

  /** Warns of a name whose samples no formula can read; they are kept all the same. */
  judgeName(
    name: string,
    known: ReadonlySet<string> | undefined,
    place: Pick<MetricProblem, "line" | "column" | "series">,
  ): void {
    if (known === undefined || known.has(name)) return;
    const full = this.olderNames?.get(name);
    if (full !== undefined) {
      const message = `is an older name: formulas find the samples of both names under ${full}, so these are ignored`;
      this.warning("older-name", place, message, `put them under ${full}`);
      return;
    }
    const meant = nearest(name, known);
    const remedy =
      meant === undefined ? "use the name of a service-defined metric, such as $PendingTasks" : `did you mean ${meant}?`;
    this.warning("unknown-metric", place, `no formula can read a metric named ${quoted(name, 60)}`, remedy);
  }
}

/** The set of known names; undefined when the caller gave none. */
export function knownSet(options: ReadOptions): ReadonlySet<string> | undefined {
  return options.knownMetrics === undefined ? undefined : new Set(options.knownMetrics);
}

/** Foreign text for a message: control characters as `·`, cut to `length`. */
export function quoted(text: string, length = 40): string {
  const visible = text.slice(0, length).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "·");
  return text.length > length ? `${visible}…` : visible;
}

/** How messages name a value of a JSON document. */
export function inWords(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? `"${quoted(value)}"` : String(value);
}
