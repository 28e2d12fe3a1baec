/**
 * One window of samples as an explanation tells it: which samples a call looked at, over which stretch of time, and which are not there. It is
 * read right after the judge aimed its cursor. Rules 5.1 to 5.10, 8.2, 8.29.
 */
import { INSTANT_MAX, INSTANT_MIN, instantText, type Ticks } from "../../base/time.ts";
import { fullName, variables } from "../../language/builtins/index.ts";
import type { SampleCursor } from "../../language/environment.ts";
import { ticksBefore } from "../../language/execute/samples.ts";
import type { Value } from "../../language/values/value.ts";
import type { BoundEnvironment } from "../bind.ts";

/** Most samples, and most times of missing samples, that an explanation lists of one window; counts are always whole. */
const SAMPLES_LISTED_MAX = 40;
/** The same for the times of missing samples. */
const MISSING_LISTED_MAX = 12;

/** The samples that GetSample or GetSamplePercent looked at. All times are ISO 8601 with milliseconds. */
export interface WindowRead {
  /** The metric as the formula wrote it. */
  readonly metric: string;
  /** `last`: the most recent so many; `span`: all of a stretch of time. */
  readonly kind: "last" | "span";
  /** How many samples `last` asked for; null for a span. */
  readonly asked: number | null;
  /** Ends of a span, the earlier one open: (from, to]. For `last` the times of the oldest and newest sample found; null if none was. */
  readonly from: string | null;
  readonly to: string | null;
  /** Ends of a span in ticks before now, older >= newer; null for `last`. */
  readonly older: number | null;
  readonly newer: number | null;
  /** Samples that a span of this length should hold (rule 8.2); null for `last`. */
  readonly slots: number | null;
  /** Samples found. */
  readonly found: number;
  /** Percent of the slots that hold a sample, and the percent that the call wanted; null where none is judged. */
  readonly percent: number | null;
  readonly wanted: number | null;
  /** The newest samples found, oldest first, at most SAMPLES_LISTED_MAX. */
  readonly samples: readonly number[];
  /** Slots of the span without a visible sample, and the times of the earliest of them, at most MISSING_LISTED_MAX. */
  readonly missing: number;
  readonly missingAt: readonly string[];
}

/**
 * Reads the window that `cursor` is aimed at now, for a call with these arguments. `wanted` is the percentage that the call insists on, undefined
 * where it judges none.
 */
export function readWindow(
  environment: BoundEnvironment,
  metric: string,
  cursor: SampleCursor,
  args: readonly Value[],
  wanted: number | undefined,
): WindowRead {
  const row = variables.get(metric);
  const series = new SeriesTimes(environment, row === undefined ? metric : fullName(row));
  const found = cursor.found;
  const samples = Array.from(cursor.copy().subarray(-SAMPLES_LISTED_MAX));
  const ends = args.filter((value) => typeof value === "object");
  if (ends.length === 0) {
    const asked = Math.max(0, Math.trunc(args[0] as number) || 0);
    const last = {
      metric,
      kind: "last",
      asked,
      older: null,
      newer: null,
      slots: null,
      percent: null,
      wanted: null,
      missing: 0,
      missingAt: [],
    } as const;
    return { ...last, found, samples, from: series.timeFromEnd(found), to: found === 0 ? null : series.timeFromEnd(1) };
  }
  const a = ticksBefore(ends[0], environment.now);
  const b = ends.length > 1 ? ticksBefore(ends[1], environment.now) : 0;
  const older = Math.max(a, b);
  const newer = Math.min(a, b);
  const slots = Math.max(1, Math.floor((older - newer) / series.period));
  const ticks = { older, newer, from: timeBefore(environment.now, older), to: timeBefore(environment.now, newer) };
  const shares = { slots, found, percent: cursor.percent, wanted: wanted ?? null };
  return { metric, kind: "span", asked: null, ...ticks, ...shares, samples, ...series.missing(older, newer, slots, found) };
}

/** How long before the evaluation the latest visible sample of a metric was taken, in ticks; undefined without one. */
export function latestAge(environment: BoundEnvironment, metric: string): number | undefined {
  const row = variables.get(metric);
  return new SeriesTimes(environment, row === undefined ? metric : fullName(row)).latestAge();
}

/** `now` minus an age, kept within the years that can be written. */
function timeBefore(now: Ticks, age: number): string {
  const instant = Number.isFinite(age) ? now - BigInt(Math.trunc(age)) : age > 0 ? INSTANT_MIN : INSTANT_MAX;
  return instantText(instant < INSTANT_MIN ? INSTANT_MIN : instant > INSTANT_MAX ? INSTANT_MAX : instant);
}

/** The times of one metric's visible samples and of the slots between them. */
class SeriesTimes {
  readonly period: number;
  private readonly environment: BoundEnvironment;
  private readonly name: string;

  constructor(environment: BoundEnvironment, name: string) {
    this.environment = environment;
    this.name = name;
    this.period = Number(environment.metric(name).period());
  }

  /** Ticks since the latest visible sample; undefined without one. */
  latestAge(): number | undefined {
    const view = this.environment.metric(this.name).view;
    if (view.count() === 0) return undefined;
    return this.environment.store.offsetOf(this.environment.now) - view.series.offsetAt(view.end - 1);
  }

  /** Time of the visible sample so many places from the newest (1 is the newest); null for 0. */
  timeFromEnd(place: number): string | null {
    if (place === 0) return null;
    const view = this.environment.metric(this.name).view;
    view.sync();
    return this.text(view.series.offsetAt(view.end - place));
  }

  /**
   * Slots of the series' grid in the span (now - older, now - newer] that hold no visible sample. Without a single sample there is no grid: then
   * all slots are missing and none has a time.
   */
  missing(older: number, newer: number, slots: number, found: number): Pick<WindowRead, "missing" | "missingAt"> {
    const view = this.environment.metric(this.name).view;
    view.sync();
    const series = view.series;
    if (Number.isNaN(series.phase)) return { missing: slots, missingAt: [] };
    const now = this.environment.store.offsetOf(this.environment.now);
    const first = Math.floor((now - older - series.phase) / series.period) + 1;
    const last = Math.floor((now - newer - series.phase) / series.period);
    const missing = Math.max(0, last - first + 1 - found);
    const missingAt: string[] = [];
    let index = view.first;
    while (index < view.end && series.slotAt(index) < first) index++;
    for (let slot = first; slot <= last && missingAt.length < Math.min(missing, MISSING_LISTED_MAX); slot++) {
      if (index < view.end && series.slotAt(index) === slot) index++;
      else missingAt.push(this.text(series.phase + slot * series.period));
    }
    return { missing, missingAt };
  }

  private text(offset: number): string {
    return timeBefore(this.environment.now, this.environment.store.offsetOf(this.environment.now) - offset);
  }
}
