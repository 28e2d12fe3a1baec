/**
 * Makes every metric history in samples/metrics from the public traces:  npx tsx samples/derive.ts TRACES_DIR
 *
 * Arrivals and run times come from the traces; a pool of fixed size is replayed over them (derive/replay.ts) and sampled. What a trace
 * does not know is either not there as a column or named in the heading as assumed or simulated. Running it again gives the same files.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { preemptedNodes, spellMedianHours, withLosses } from "./derive/preemption.ts";
import { type Columns, type FixedPool, type ReplayColumns, replay } from "./derive/replay.ts";
import { azureLlm, azureVm, lcg, nasa, type Source } from "./derive/sources.ts";
import { type Arrival, asSingleSlotTasks, llmCost, readLlmRequests, readSwf, readVmRequests } from "./derive/traces.ts";
import { azureMonitor, csv, type History, json, prometheus, slice } from "./derive/write.ts";

const FIVE_MINUTES = 300;
const DAY_SAMPLES = 288;
const SEED = 7;

function main(tracesDirectory: string, outputDirectory: string): void {
  const read = (path: string) => {
    const bytes = readFileSync(join(tracesDirectory, path));
    return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  };
  const write = (name: string, text: string) => {
    const bytes = name.endsWith(".gz") ? gzipSync(text, { level: 9 }) : Buffer.from(text);
    writeFileSync(join(outputDirectory, name), bytes);
    process.stdout.write(`${name.padEnd(34)} ${String(bytes.length).padStart(8)} bytes\n`);
  };
  mkdirSync(outputDirectory, { recursive: true });

  const nasaLog = asSingleSlotTasks(readSwf(read("nasa-ipsc-1993-3.1-cln.swf.gz")));
  const week = nasaHistory(nasaLog, "2026-01-05T00:00:00Z", 7);
  write(
    "nasa-week.csv",
    csv(week, [...title("NASA week: many short jobs by day, few long ones by night"), ...nasa.heading, ...nasaMethod]),
  );
  const quarter = nasaHistory(nasaLog, "2025-12-19T00:00:00Z", 92);
  write("nasa-92days.csv.gz", csv(quarter, [...title("NASA quarter: 92 days"), ...nasa.heading, ...nasaMethod]));
  writeExcerpts(week, write);

  const grid = readSwf(read("lcg-2005-1.swf.gz")).filter((_, i) => i % 10 === 0);
  const lcgPool = { nodes: 60, slotsPerNode: 4 };
  const days = sampled(
    grid,
    lcg,
    lcgPool,
    { start: "2026-01-05T00:00:00Z", period: FIVE_MINUTES, count: 3 * DAY_SAMPLES },
    { failed: true },
  );
  write(
    "lcg-3days.csv",
    csv(days, [...title("LCG, three days: a steady stream that outgrows its pool"), ...lcg.heading, ...lcgMethod]),
  );

  const machines = readVmRequests(
    {
      flavors: read("azure-vm-2017/v1.test.flavors.txt.gz"),
      durations: read("azure-vm-2017/v1.test.durations.txt.gz"),
      flavorMap: read("azure-vm-2017/flav_map.txt"),
      intervalMap: read("azure-vm-2017/interval_map.txt"),
    },
    50,
    SEED,
  );
  const vmPool = { nodes: 40, slotsPerNode: 16 };
  // The trace ends ten minutes before the fifth day does.
  const vmGrid = { start: "2026-01-05T00:00:00Z", period: FIVE_MINUTES, count: 5 * DAY_SAMPLES - 2 };
  const vmDays = sampled(machines, azureVm, vmPool, vmGrid, { memory: true });
  write(
    "azure-vm-2017-5days.csv",
    csv(vmDays, [...title("Azure VM batches, five days: gangs of tasks"), ...azureVm.heading, ...vmMethod]),
  );

  const requests = readLlmRequests(read("azure-llm-inference-2023-code.csv.gz"));
  const hourGrid = { start: "2026-01-08T18:17:30Z", period: 30, count: 116 };
  const hour = sampled(requests, azureLlm, { nodes: 4, slotsPerNode: 4 }, hourGrid, { network: true });
  write(
    "llm-hour.csv",
    csv(hour, [...title("LLM hour: very short tasks in bursts, a sample every 30 s"), ...azureLlm.heading, ...llmMethod]),
  );
}

interface Window {
  readonly start: string;
  readonly period: number;
  readonly count: number;
}

function sampled(arrivals: Arrival[], source: Source, pool: FixedPool, window: Window, also: ReplayColumns): History {
  const startMs = Date.parse(window.start);
  const first = startMs / 1000 - source.shift;
  const columns = replay(arrivals, pool, { first, period: window.period, count: window.count }, also);
  return { startMs, periodMs: window.period * 1000, columns };
}

function nasaHistory(log: Arrival[], start: string, days: number): History {
  return sampled(log, nasa, { nodes: 24, slotsPerNode: 4 }, { start, period: FIVE_MINUTES, count: days * DAY_SAMPLES }, {});
}

/** Small histories cut out of the NASA week: one with gaps, one with simulated preemption, and the JSON forms. */
function writeExcerpts(week: History, write: (name: string, text: string) => void): void {
  const tuesday = slice(week, DAY_SAMPLES, 2 * DAY_SAMPLES);
  const names = ["$ActiveTasks", "$RunningTasks", "$PendingTasks", "$CPUPercent", "$CurrentDedicatedNodes"];

  const thinned: Columns = new Map(slice(tuesday, 0, DAY_SAMPLES, names).columns);
  for (const [i, name] of [...names.entries()].slice(0, 4)) thinned.set(name, withLosses(thinned.get(name)!, 0.1, SEED + i));
  thinned.get("$CPUPercent")!.fill(Number.NaN, 13 * 12, 14 * 12);
  const outage = (row: number) => row >= 10 * 12 && row < 10 * 12 + 10;
  const gapsHeading = [...title("NASA Tuesday with gaps"), ...nasa.heading, ...nasaMethod, ...gapsMethod];
  write(
    "gaps.csv",
    csv({ ...tuesday, columns: thinned }, gapsHeading, (row) => !outage(row)),
  );

  const lowPriorityNodes = 24;
  const columns: Columns = new Map(slice(tuesday, 0, DAY_SAMPLES, ["$ActiveTasks", "$RunningTasks", "$PendingTasks"]).columns);
  columns.set("$CurrentLowPriorityNodes", new Float64Array(DAY_SAMPLES).fill(lowPriorityNodes));
  const preempted = preemptedNodes({ nodes: lowPriorityNodes, samples: DAY_SAMPLES, periodSeconds: FIVE_MINUTES, seed: SEED });
  columns.set("$PreemptedNodeCount", preempted);
  const simulatedHeading = [
    ...title("NASA Tuesday with SIMULATED preemption"),
    ...nasa.heading,
    ...nasaMethod.slice(0, 4),
    ...preemptionMethod,
  ];
  write("simulated-preemption.csv", csv({ ...tuesday, columns }, simulatedHeading));

  const shift = slice(tuesday, 6 * 12, 18 * 12, ["$ActiveTasks", "$RunningTasks", "$PendingTasks", "$CPUPercent"]);
  write("nasa-tuesday.json", json(shift));
  const noon = slice(tuesday, 12 * 12, 15 * 12, ["$PendingTasks", "$RunningTasks", "$CPUPercent"]);
  write("azure-monitor-response.json", azureMonitor(noon, new Map([["$CPUPercent", "Percentage CPU"]])));
  write("prometheus-response.json", prometheus(noon, prometheusNames));
}

const prometheusNames = new Map([
  ["$PendingTasks", "batch_pending_tasks"],
  ["$RunningTasks", "batch_running_tasks"],
  ["$CPUPercent", "batch_cpu_percent"],
]);

const title = (name: string) => [name, "Made by samples/derive.ts; nothing here was edited by hand."];

const nasaMethod = [
  "Method: a job of n processors becomes n tasks of one slot; the log's start times are taken as submit times and replayed, first come",
  "  first started, on 24 nodes of 4 task slots (three quarters of the machine's 128 processors, so that a queue forms at times).",
  "  A run time of 0 or -1 is taken as 1 s. A sample every 5 minutes: task counts as they stand at that time, $SucceededTasks those that",
  "  ended in the 5 minutes before (the log does not tell success from failure, so all did, and there is no $FailedTasks).",
  "  $CPUPercent is busy slot time over offered slot time in these 5 minutes, as if a running task kept its slot fully busy.",
];

const gapsMethod = [
  "Gaps, made on purpose: every tenth sample on average is lost (seed 7), no $CPUPercent from 13:00 to 14:00, no rows at all from 10:00",
  "  to 10:50.",
];

const preemptionMethod = [
  "SIMULATED, not from any trace: $CurrentLowPriorityNodes (always 24, preempted ones included) and $PreemptedNodeCount. Two-state model,",
  `  seed 7: spells of full capacity (median ${spellMedianHours.up} h) and spells in which half to all of the nodes are gone (median ${spellMedianHours.down} h),`,
  "  lengths as measured on a public spot capacity series (skypilot spot-traces, NSDI 2024). The task metrics do not react to it.",
];

const lcgMethod = [
  "Method: every tenth job of the log, replayed from its first job on, first come first started, on 60 nodes of 4 task slots; a job is",
  "  one task of one slot. A run time of 0 or -1 is taken as 1 s. A sample every 5 minutes: task counts as they stand at that time.",
  "  $SucceededTasks and $FailedTasks are those that ended in the 5 minutes before; a job that ran as long as it had asked for counts as",
  "  failed (its time ran out). $CPUPercent is busy slot time over offered slot time, as if a running task kept its slot fully busy.",
];

const vmMethod = [
  "Method: every fiftieth tenant batch, of it the machines that ended within a day; a machine of n cores is one task that holds n slots",
  "  and the memory asked for. Life times are binned in the trace; one is drawn evenly inside its bin (seed 7). Replayed from the trace's",
  "  first request on (16 hours before this file begins), first come first started, on 40 nodes of 16 task slots. A sample every 5 minutes.",
  "  $SucceededTasks: ended in the 5 minutes before. $CPUPercent: busy slot time over offered slot time. $MemoryBytes: megabytes asked for",
  "  (not measured) by running tasks, mean over the nodes; the metric's unit is megabytes in spite of its name.",
];

const llmMethod = [
  "Method: a request is one task of one slot, replayed first come first started on 4 nodes of 4 task slots. The trace has token counts",
  `  and no durations; ASSUMED: ${llmCost.secondsPerContextToken * 1000} ms a context token, ${llmCost.secondsPerGeneratedToken * 1000} ms a generated token, ${llmCost.bytesPerToken} bytes a token. A sample every 30 s.`,
  "  $SucceededTasks: ended in the 30 s before. $CPUPercent: busy slot time over offered slot time. $NetworkInBytes and $NetworkOutBytes:",
  "  bytes of contexts and of answers in these 30 s, mean over the nodes.",
];

const [tracesDirectory, outputDirectory = join(import.meta.dirname, "metrics")] = process.argv.slice(2);
if (tracesDirectory === undefined) {
  process.stderr.write("usage: npx tsx samples/derive.ts TRACES_DIR [OUTPUT_DIR]\n");
  process.exitCode = 2;
} else {
  main(tracesDirectory, outputDirectory);
}
