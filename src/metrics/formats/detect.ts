/**
 * Which format a metrics text has, told by its content: a name or an extension would be a second thing to get wrong. Compressed files
 * are unpacked by the caller.
 */
import { readAzureMonitorDocument } from "./azureMonitor.ts";
import type { AzureMonitorOptions } from "./azureMonitor.ts";
import { readCsv } from "./csv.ts";
import { isObject, parseJson, readJsonText } from "./json.ts";
import { ProblemList } from "./problems.ts";
import type { MetricReading } from "./problems.ts";
import { readPrometheusDocument } from "./prometheus.ts";
import { emptyStore } from "./recording.ts";

export type MetricFormat = "csv" | "json" | "azureMonitor" | "prometheus";

/** The format of a parsed JSON document; Weir's own where nothing speaks for another, so that its reader says what is missing. */
export function formatOfDocument(document: unknown): Exclude<MetricFormat, "csv"> {
  if (!isObject(document) || document.series !== undefined) return "json";
  // A request that was refused has a body of its own: {"error":{"code":…,"message":…}}.
  if (Array.isArray(document.value) || isObject(document.error)) return "azureMonitor";
  return document.status !== undefined && (document.data !== undefined || document.error !== undefined) ? "prometheus" : "json";
}

/** Reads a metrics text in whichever format it is; the reading says which. */
export function readMetrics(
  text: string,
  options: AzureMonitorOptions = {},
): MetricReading & { readonly format: MetricFormat } {
  if (!/^\uFEFF?\s*[{[]/.test(text)) return { ...readCsv(text, options), format: "csv" };
  const problems = new ProblemList();
  const document = parseJson(text, problems);
  if (problems.problems.length > 0)
    return { store: emptyStore(options, options.samplePeriod), problems: problems.problems, omitted: 0, format: "json" };
  const format = formatOfDocument(document);
  switch (format) {
    case "json":
      return { ...readJsonText(text, document, options), format };
    case "azureMonitor":
      return { ...readAzureMonitorDocument(document, options), format };
    case "prometheus":
      return { ...readPrometheusDocument(document, options), format };
  }
}
