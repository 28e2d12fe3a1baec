/**
 * The samples and the pool that an evaluation sees: a metrics file if the case names one, the case's own samples over it, and the pool's slots as
 * the service reports them. A store is made anew for every case that adds samples, so that no case sees another's.
 */
import { instantTextExact, type Ticks } from "../../src/base/time.ts";
import { variables } from "../../src/language/builtins/index.ts";
import { hasErrors, MetricStore, type MetricStoreOptions, problemText, readMetrics } from "../../src/metrics/index.ts";
import { type Place, type TestProblem, visible } from "./problem.ts";
import type { FileReference, Instant, SeriesGiven, Setting } from "./testFile.ts";

/** A file as whoever runs the tests read it. */
export type FileText = { readonly text: string } | { readonly trouble: string };

/** The text of a file that a test file names. */
export type ReadFile = (reference: FileReference) => FileText;

/** A case cannot be run, because of something that it names. */
export class CannotRun {
  readonly problem: TestProblem;
  constructor(place: Place, message: string, remedy?: string) {
    this.problem = { line: place.line, column: place.column, message: visible(message), remedy };
  }
}

/** Samples of `$TaskSlotsPerNode` reach back so many sample periods at most; the service's metric does not change during a pool's life. */
const SLOT_SAMPLES_MAX = 3000;

/** Makes stores; metrics files that no case adds to are read once. */
export class Stores {
  private readonly read: ReadFile;
  private readonly known = new Map<string, MetricStore>();

  constructor(read: ReadFile) {
    this.read = read;
  }

  /** The store of a case; `adds` says that the case brings samples of its own. Throws CannotRun. */
  open(setting: Setting, adds: boolean): MetricStore {
    const { metricsFile, samplePeriod, sampleDelay, history } = setting;
    const options: MetricStoreOptions = {
      ...(samplePeriod === undefined ? {} : { samplePeriod }),
      ...(sampleDelay === undefined ? {} : { sampleDelay }),
      ...(history === undefined ? {} : { history }),
      retention: Number.POSITIVE_INFINITY,
    };
    if (metricsFile === undefined) return new MetricStore(options);
    if (adds) return this.fileStore(metricsFile, options);
    const key = `${samplePeriod} ${sampleDelay} ${history} ${metricsFile.path}`;
    const store = this.known.get(key) ?? this.fileStore(metricsFile, options);
    this.known.set(key, store);
    return store;
  }

  private fileStore(reference: FileReference, options: MetricStoreOptions): MetricStore {
    const given = this.read(reference);
    if ("trouble" in given) throw new CannotRun(reference.place, given.trouble);
    const known = variables.rows.filter((row) => row.kind === "metric" && row.aliasOf === undefined).map((row) => row.name);
    const reading = readMetrics(given.text, { ...options, knownMetrics: known });
    if (!hasErrors(reading)) return reading.store;
    const [first, ...others] = reading.problems.filter((problem) => problem.severity === "error");
    const more = others.length === 0 ? "" : `, and ${others.length} more`;
    throw new CannotRun(
      reference.place,
      `${reference.path}: ${problemText(first)}${more}`,
      "weir evaluate --metrics shows all of its problems",
    );
  }
}

/** Whether a case brings samples that a shared store must not get. */
export function addsSamples(setting: Setting, steps: readonly { readonly series: readonly SeriesGiven[] }[]): boolean {
  return setting.taskSlotsPerNode !== undefined || steps.some((step) => step.series.length > 0);
}

/** The time of an evaluation. `before` is the one before it. Throws CannotRun. */
export function instantOf(instant: Instant, before: Ticks | undefined, store: MetricStore, place: Place): Ticks {
  if (instant === "newestSample") {
    const newest = store.lastSampleTime();
    if (newest === undefined)
      throw new CannotRun(place, "the metrics file holds no sample to take the time from", "write at: with a time");
    return newest;
  }
  if ("after" in instant) return (before ?? 0n) + instant.after;
  if (before !== undefined && instant.at <= before)
    throw new CannotRun(
      place,
      `${instantTextExact(instant.at)} is not after the step before (${instantTextExact(before)})`,
      "steps follow each other in time",
    );
  return instant.at;
}

/** Records a step's samples; those without a start or an end of their own end at `now`. Throws CannotRun. */
export function recordSeries(store: MetricStore, given: readonly SeriesGiven[], now: Ticks): void {
  for (const { metric, values, start, end, place } of given) {
    const first = start ?? (end ?? now) - BigInt(Math.max(0, values.length - 1)) * BigInt(store.samplePeriod);
    const { refused } = store.load(metric, first, values);
    if (refused !== undefined && !refused.outcome.accepted)
      throw new CannotRun(place, `sample ${refused.index + 1} of ${metric}: ${refused.outcome.message}`);
  }
}

/** Reports the pool's slots as the service does: a sample of `$TaskSlotsPerNode` each period, the newest at `now`. Throws CannotRun. */
export function recordSlots(store: MetricStore, setting: Setting, now: Ticks, place: Place): void {
  const { taskSlotsPerNode } = setting;
  if (taskSlotsPerNode === undefined) return;
  const series = store.series("$TaskSlotsPerNode");
  if (series.length > 0)
    throw new CannotRun(place, "both taskSlotsPerNode and samples of $TaskSlotsPerNode are given", "keep one of the two");
  const reach = Math.ceil((Math.min(store.history, Number.MAX_SAFE_INTEGER / 4) + store.sampleDelay) / store.samplePeriod);
  const count = Math.max(1, Math.min(SLOT_SAMPLES_MAX, reach));
  store.load(
    "$TaskSlotsPerNode",
    now - BigInt(count - 1) * BigInt(store.samplePeriod),
    new Float64Array(count).fill(taskSlotsPerNode),
  );
}
