/**
 * A range-query response of Prometheus' HTTP API: status, data.resultType "matrix", data.result[] with the labels in `metric` and
 * [seconds, "value"] pairs in `values`. The series' name is its label __name__; a query that computes something has none, then the label
 * `metric` is tried. Times have milliseconds. Special values (NaN, +Inf) are no samples; they are left out and counted in a warning.
 */
import type { Ticks } from "../../base/time.ts";
import { TICKS_PER_MS } from "../../base/time.ts";
import { cellNumberText } from "./cells.ts";
import { isObject, readParsed } from "./json.ts";
import { metricNamed } from "./names.ts";
import { inWords, knownSet, ProblemList, quoted } from "./problems.ts";
import type { MetricReading, ReadOptions } from "./problems.ts";
import { Doubles, Recording, storeRecordings } from "./recording.ts";

const SHAPE_REMEDY = "give the body of a query_range response as it came";
/** Seconds since 1970 within the years 0001 to 9999. */
const SECONDS_MAX = 253_402_300_800;
const SECONDS_MIN = -62_135_596_800;

/** Reads a response's text. */
export function readPrometheus(text: string, options: ReadOptions = {}): MetricReading {
  return readParsed(text, options, readPrometheusDocument);
}

/** Reads a parsed response. */
export function readPrometheusDocument(document: unknown, options: ReadOptions = {}): MetricReading {
  const problems = new ProblemList(options.olderNames);
  const known = knownSet(options);
  const recordings: Recording[] = [];
  const origin: { ticks: Ticks | undefined } = { ticks: undefined };
  const taken = new Map<string, string>();
  for (const result of resultsOf(document, problems)) {
    const labels = isObject(result) && isObject(result.metric) ? result.metric : undefined;
    if (!isObject(result) || labels === undefined || !Array.isArray(result.values)) {
      problems.error("not-metrics", {}, `a result is ${inWords(result)} without metric and values`, SHAPE_REMEDY);
      continue;
    }
    const shown = labelText(labels);
    const place = { series: shown };
    const foreign = labels.__name__ ?? labels.metric;
    const metric = typeof foreign === "string" ? metricNamed(foreign, options, known) : undefined;
    if (metric === undefined)
      problems.warning(
        "unmapped-metric",
        place,
        "stands for no metric of a formula and was left out",
        "map its name to one, such as $PendingTasks",
      );
    else if (taken.has(metric))
      problems.error(
        "duplicate-series",
        place,
        `is ${quoted(metric)}, and so is ${taken.get(metric)}`,
        "query one pool, or sum over the labels",
      );
    else {
      taken.set(metric, shown);
      problems.judgeName(metric, known, place);
      recordings.push(readValues(result.values, metric, shown, origin, problems));
    }
  }
  if (problems.problems.length === 0 && recordings.every((recording) => recording.offsets.length === 0))
    problems.warning("no-samples", {}, "the result is empty", "check the query and its time range");
  return storeRecordings(recordings, origin.ticks ?? 0n, undefined, options, problems);
}

function resultsOf(document: unknown, problems: ProblemList): readonly unknown[] {
  if (isObject(document) && document.status === "error") {
    problems.error("query-failed", {}, `the query failed: ${inWords(document.error)}`, "repeat the query");
    return [];
  }
  const data = isObject(document) ? document.data : undefined;
  if (!isObject(data) || !Array.isArray(data.result))
    problems.error("not-metrics", {}, 'there is no list named "result" in "data"', SHAPE_REMEDY);
  else if (data.resultType !== "matrix")
    problems.error(
      "not-a-range",
      {},
      `the result is ${inWords(data.resultType)}, not "matrix"`,
      "use query_range, which gives samples over time",
    );
  else return data.result;
  return [];
}

function readValues(
  pairs: readonly unknown[],
  metric: string,
  shown: string,
  origin: { ticks: Ticks | undefined },
  problems: ProblemList,
): Recording {
  const recording = new Recording({ series: shown });
  const values = new Doubles();
  recording.columns.push({ metric, values });
  let special = 0;
  pairs.forEach((pair, index) => {
    const [seconds, text] = Array.isArray(pair) ? pair : [];
    if (typeof seconds !== "number" || !(seconds >= SECONDS_MIN && seconds < SECONDS_MAX)) {
      problems.error("bad-time", { series: shown }, `sample ${index + 1} has ${inWords(seconds)} as its time`, SHAPE_REMEDY);
      return;
    }
    const isSpecial = typeof text === "string" && /^(?:NaN|[+-]?Inf)$/.test(text);
    const value = typeof text === "string" ? cellNumberText(text) : Number.NaN;
    if (isSpecial) special++;
    else if (!Number.isFinite(value))
      problems.error("bad-number", { series: shown }, `sample ${index + 1} has ${inWords(text)} as its value`, SHAPE_REMEDY);
    const instant = BigInt(Math.round(seconds * 1000)) * TICKS_PER_MS;
    origin.ticks ??= instant;
    recording.offsets.push(Number(instant - origin.ticks));
    values.push(isSpecial ? Number.NaN : value);
  });
  if (special > 0)
    problems.warning(
      "special-value",
      { series: shown },
      `${special} values are NaN or infinite and were left out`,
      "nothing, if the metric was not there at those times",
    );
  return recording;
}

/** `batch_pending_tasks{pool="a"}`. */
function labelText(labels: Record<string, unknown>): string {
  const name = typeof labels.__name__ === "string" ? labels.__name__ : "";
  const others = Object.keys(labels).filter((label) => label !== "__name__");
  const rest = others.length === 0 ? "" : `{${others.map((label) => `${label}="${String(labels[label])}"`).join(",")}}`;
  return quoted(name + rest, 60);
}
