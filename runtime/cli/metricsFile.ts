/**
 * Metric histories from files: any of the formats, gzip recognised by content, all problems at once as `file:line: …`. An input with an error
 * is refused as a whole; warnings go to stderr and the command goes on.
 */
import type { Ticks } from "../../src/base/time.ts";
import { metricNames, olderMetricNames } from "../../src/language/builtins/index.ts";
import { hasErrors, type MetricProblem, type MetricReading, MetricStore, readMetrics } from "../../src/metrics/index.ts";
import { InputError } from "./exitCodes.ts";
import { decodeText, inputName, readBytes, unpacked } from "./files.ts";
import { counted, type Output, visibleName } from "./output.ts";

/** Bytes of a history, packed and unpacked: about ten million rows. */
const HISTORY_BYTES_MAX = 500_000_000;

/** What the command line says of the samples. */
export interface SampleOptions {
  readonly samplePeriod?: Ticks;
  readonly sampleDelay?: Ticks;
  /** Names of other systems, as `theirs=$Ours`. */
  readonly map?: ReadonlyMap<string, string>;
}

/** Reads a history. Throws InputError with every problem that was found. */
export async function readHistory(path: string, options: SampleOptions, output: Output): Promise<MetricStore> {
  const bytes = await readBytes(path, "a metrics file", HISTORY_BYTES_MAX);
  const text = decodeText(unpacked(bytes, path, HISTORY_BYTES_MAX), path, "a metrics file");
  const reading = readMetrics(text, {
    ...storeOptions(options),
    knownMetrics: metricNames,
    olderNames: olderMetricNames,
    ...(options.map === undefined ? {} : { names: options.map }),
  });
  reportReading(reading, inputName(path), output);
  return reading.store;
}

/** Shows warnings; throws when there is an error. */
function reportReading(reading: MetricReading, name: string, output: Output): void {
  const lines = reading.problems.map((problem) => problemLine(name, problem, output));
  if (reading.omitted > 0) lines.push(`${name}: and ${counted(reading.omitted, "more problem")}`);
  if (hasErrors(reading)) {
    const errors = reading.problems.filter((problem) => problem.severity === "error").length;
    throw new InputError(`${name}: ${counted(errors, "error")}, so the samples were not used`, lines);
  }
  for (const line of lines) output.note(line);
}

function problemLine(name: string, problem: MetricProblem, output: Output): string {
  const where = problem.line === undefined ? name : `${name}:${problem.line}`;
  const what = problem.column ?? problem.series;
  const severity = output.paintError(problem.severity, problem.severity);
  const about = what === undefined || what === "" ? "" : `${visibleName(what)}: `;
  return `${output.paintError("place", `${where}:`)} ${severity}: ${about}${problem.message} (${problem.remedy})`;
}

/** A store with nothing in it, as the command line wants it. */
export function emptyHistory(options: SampleOptions): MetricStore {
  return new MetricStore(storeOptions(options));
}

/** The options of a store that the command line gives. */
export function storeOptions(options: SampleOptions) {
  return {
    ...(options.samplePeriod === undefined ? {} : { samplePeriod: options.samplePeriod }),
    ...(options.sampleDelay === undefined ? {} : { sampleDelay: options.sampleDelay }),
  };
}
