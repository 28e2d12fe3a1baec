/**
 * Weir's own JSON: `{"samplePeriod":"PT5M","series":{"$PendingTasks":{"start":"2026-01-05T08:00:00Z","values":[3,4,null,7]}}}`. Values
 * are one sample period apart; null is a missing sample. Each series has a start of its own. The period may be left out (then it is the
 * option's, else 5 minutes). The reader also takes a document that is parsed already: a line of a cases file holds one.
 */
import { durationText, instantTextExact, parseDuration, parseInstant } from "../../base/time.ts";
import type { MetricStore } from "../store.ts";
import { MISSING } from "./cells.ts";
import { inWords, knownSet, ProblemList, quoted } from "./problems.ts";
import type { MetricReading, ReadOptions } from "./problems.ts";
import { emptyStore } from "./recording.ts";
import { repeatedKeys } from "./repeatedKeys.ts";

/** Most slots one series may take when written, gaps included; a series with samples decades apart is better written as CSV. */
const SLOTS_WRITTEN_MAX = 50_000_000;
const SHAPE_REMEDY = 'write {"series":{"$PendingTasks":{"start":"2026-01-05T08:00:00Z","values":[3,4,null,7]}}}';
const TIME_REMEDY = "write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z";

/** True for what `typeof` calls an object and JSON calls one too. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON.parse with the place of a mistake; undefined after an error. */
export function parseJson(text: string, problems: ProblemList): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (mistake) {
    const said = mistake instanceof Error ? mistake.message : "";
    const position = /at position (\d+)/.exec(said);
    const at = position === null ? text.length : Number(position[1]);
    const line = text.slice(0, at).split("\n").length;
    problems.error(
      "not-json",
      { line },
      at >= text.length
        ? "the JSON document breaks off"
        : `this is not JSON: unexpected ${quoted(text.slice(at, at + 1)) || "end"}`,
      "check commas, quotes and brackets there",
    );
    return undefined;
  }
}

/** Reads a text that is to be JSON: what is wrong with it as such, or what `read` makes of the document. */
export function readParsed<Options extends ReadOptions>(
  text: string,
  options: Options,
  read: (document: unknown, options: Options) => MetricReading,
): MetricReading {
  const problems = new ProblemList();
  const document = parseJson(text, problems);
  return problems.problems.length > 0
    ? { store: emptyStore(options, options.samplePeriod), problems: problems.problems, omitted: 0 }
    : read(document, options);
}

/** Reads a JSON file's text. */
export function readJson(text: string, options: ReadOptions = {}): MetricReading {
  return readParsed(text, options, (document) => readJsonText(text, document, options));
}

/** Reads a text that was parsed already, and looks in it for what parsing loses: keys that stand twice. */
export function readJsonText(text: string, document: unknown, options: ReadOptions): MetricReading {
  const problems = new ProblemList(options.olderNames);
  for (const { path, key, line } of repeatedKeys(text)) {
    const name = `"${quoted(key, 60)}"`;
    if (path.length === 0)
      problems.error("duplicate-key", { line }, `${name} stands twice in the document`, "put everything under one");
    else if (path[0] !== "series") continue;
    else if (path.length === 1)
      problems.error("duplicate-series", { line, series: key }, "the series stands twice", "keep one of the two, or join them");
    else
      problems.error("duplicate-key", { line, series: path[1] }, `${name} stands twice in the series`, "keep one of the two");
  }
  return readInto(problems, document, options);
}

/** Reads a parsed document. */
export function readJsonDocument(document: unknown, options: ReadOptions = {}): MetricReading {
  return readInto(new ProblemList(options.olderNames), document, options);
}

function readInto(problems: ProblemList, document: unknown, options: ReadOptions): MetricReading {
  const known = knownSet(options);
  const { samplePeriod, series, ...others } = isObject(document) ? document : {};
  const store = emptyStore(options, periodOf(samplePeriod, options, problems) ?? options.samplePeriod);
  if (!isObject(document))
    problems.error("not-metrics", {}, `the document is ${inWords(document)}, not an object`, SHAPE_REMEDY);
  else if (!isObject(series)) problems.error("not-metrics", {}, `"series" is ${inWords(series)}, not an object`, SHAPE_REMEDY);
  else for (const name of Object.keys(series)) readSeries(store, name, series[name], known, problems);
  for (const name of Object.keys(others))
    problems.warning(
      "unknown-property",
      {},
      `"${quoted(name)}" means nothing here`,
      'only "samplePeriod" and "series" are read',
    );
  if (problems.problems.length === 0 && store.names().length === 0)
    problems.warning("no-samples", {}, "there is no sample in it", "add values");
  return { store, problems: problems.problems, omitted: problems.omitted };
}

function periodOf(stated: unknown, options: ReadOptions, problems: ProblemList): bigint | undefined {
  if (stated === undefined) return undefined;
  const period = typeof stated === "string" ? parseDuration(stated) : undefined;
  if (period === undefined || period <= 0n || period > BigInt(Number.MAX_SAFE_INTEGER)) {
    problems.error(
      "bad-period",
      {},
      `"samplePeriod" is ${inWords(stated)}`,
      "write an ISO 8601 duration above 0, such as PT5M",
    );
    return undefined;
  }
  const wanted = typeof options.samplePeriod === "string" ? parseDuration(options.samplePeriod) : options.samplePeriod;
  if (wanted !== undefined && wanted !== period) {
    problems.warning(
      "period-stated",
      {},
      `the values are ${durationText(period)} apart, as the file says, not ${durationText(wanted)}`,
      "leave the sample period to the file",
    );
  }
  return period;
}

function readSeries(
  store: MetricStore,
  name: string,
  entry: unknown,
  known: ReadonlySet<string> | undefined,
  problems: ProblemList,
): void {
  const place = { series: name };
  problems.judgeName(name, known, place);
  if (!isObject(entry)) {
    problems.error("not-a-series", place, `the series is ${inWords(entry)}, not an object`, 'give it "start" and "values"');
    return;
  }
  const { start, values, ...others } = entry;
  for (const other of Object.keys(others))
    problems.warning("unknown-property", place, `"${quoted(other)}" means nothing here`, 'only "start" and "values" are read');
  const instant = typeof start === "string" ? parseInstant(start) : undefined;
  if (instant === undefined) problems.error("bad-time", place, `"start" is ${inWords(start)}, not a time`, TIME_REMEDY);
  else if (!/T.*(?:Z|[+-]\d\d:\d\d)$|GMT$/.test(start as string))
    problems.error("time-without-zone", place, `"start" is ${inWords(start)}, without a zone`, TIME_REMEDY);
  if (!Array.isArray(values)) {
    problems.error(
      "not-values",
      place,
      `"values" is ${inWords(values)}, not a list`,
      "write a list of numbers, null for a missing sample",
    );
    return;
  }
  const numbers = new Float64Array(values.length);
  values.forEach((value: unknown, index) => {
    const isNumber = typeof value === "number";
    if (isNumber && Number.isFinite(value)) numbers[index] = value;
    else {
      numbers[index] = MISSING;
      if (isNumber)
        problems.error(
          "number-too-large",
          place,
          `value ${index + 1} is beyond the largest number`,
          "write a number below 1.8e308",
        );
      else if (value !== null)
        problems.error(
          "bad-number",
          place,
          `value ${index + 1} is ${inWords(value)}, not a number`,
          "write a number, or null for a missing sample",
        );
    }
  });
  if (instant === undefined) return;
  const outcome = store.load(name, instant, numbers).refused?.outcome;
  if (outcome !== undefined && !outcome.accepted) problems.error(outcome.reason, place, outcome.message, "split the file");
}

/**
 * The store as Weir's JSON. Throws RangeError for a series whose first and last sample are more than 50 million sample periods apart:
 * this form spells every gap out.
 */
export function writeJson(store: MetricStore): string {
  const entries = store.names().map((name) => {
    const series = store.series(name);
    series.settle();
    const first = series.slotAt(series.head);
    const slots = series.slotAt(series.tail - 1) - first + 1;
    if (slots > SLOTS_WRITTEN_MAX) throw new RangeError(`${quoted(name)} spans ${slots} sample periods; write it as CSV`);
    const values: (number | null)[] = new Array(slots).fill(null);
    for (let i = series.head; i < series.tail; i++) values[series.slotAt(i) - first] = series.values[i];
    const start = instantTextExact(store.instantOf(series.offsetAt(series.head)));
    return `${JSON.stringify(name)}:{"start":"${start}","values":${JSON.stringify(values)}}`;
  });
  return `{"samplePeriod":"${durationText(BigInt(store.samplePeriod))}","series":{${entries.join(",")}}}\n`;
}
