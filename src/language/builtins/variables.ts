/**
 * Names that exist before a formula starts: what it may write, the metrics it may read, the option words and the interval constants (rules 1.10,
 * 2.5, 4.1 to 4.10). They share one name space with the variables of the formula (8.22).
 */
import {
  TICKS_PER_DAY,
  TICKS_PER_HOUR,
  TICKS_PER_MINUTE,
  TICKS_PER_MS,
  TICKS_PER_SECOND,
  type Ticks,
} from "../../base/time.ts";
import { table } from "../../base/table.ts";
import type { Semantics } from "../semantics.ts";
import { type DeallocationOption, OptionWord, Timeinterval, type Type, type Value } from "../values/value.ts";
import type { Sure, VariableRow } from "./row.ts";

const docs = "Batch docs, automatic scaling, Variables";

interface Rest {
  readonly aliasOf?: string;
  readonly obsolete?: string;
  readonly source?: string;
  readonly sure?: Sure;
}

function variable(
  kind: VariableRow["kind"],
  name: string,
  type: Type,
  unit: string,
  doc: string,
  rest: Rest = {},
): VariableRow {
  return {
    name,
    kind,
    type,
    unit,
    doc,
    aliasOf: rest.aliasOf,
    obsolete: rest.obsolete,
    source: rest.source ?? docs,
    sure: rest.sure ?? "documented",
  };
}

const metric = (name: string, unit: string, doc: string, rest: Rest = {}) =>
  variable("metric", name, "double", unit, doc, rest);
const retired = "no longer collected by the service since 2024: its value does not change";
const older = (name: string) => `older name of ${name}`;

const written: VariableRow[] = [
  variable(
    "target",
    "$TargetDedicatedNodes",
    "double",
    "nodes",
    "Target number of dedicated nodes; a fraction is cut off. Read before it is assigned, it is the pool's current target.",
  ),
  variable(
    "target",
    "$TargetLowPriorityNodes",
    "double",
    "nodes",
    "Target number of low-priority (Spot) nodes; a fraction is cut off. Read before it is assigned, it is the pool's current target.",
  ),
  variable(
    "option",
    "$NodeDeallocationOption",
    "deallocationOption",
    "option",
    "What happens to the tasks of nodes that are removed: requeue (the default), terminate, taskcompletion or retaineddata.",
  ),
  variable(
    "target",
    "$TargetDedicated",
    "double",
    "nodes",
    "Older name of $TargetDedicatedNodes; if both are assigned, the full name wins.",
    {
      aliasOf: "$TargetDedicatedNodes",
      obsolete: older("$TargetDedicatedNodes"),
    },
  ),
  variable(
    "target",
    "$TargetLowPriority",
    "double",
    "nodes",
    "Short name of $TargetLowPriorityNodes; if both are assigned, the full name wins.",
    {
      aliasOf: "$TargetLowPriorityNodes",
      obsolete: older("$TargetLowPriorityNodes"),
    },
  ),
  variable("option", "$TVMDeallocationOption", "deallocationOption", "option", "Name of $NodeDeallocationOption until 2015.", {
    aliasOf: "$NodeDeallocationOption",
    obsolete: older("$NodeDeallocationOption"),
  }),
];

const metrics: VariableRow[] = [
  metric("$ActiveTasks", "tasks", "Tasks ready to run but not running; tasks that wait for others do not count."),
  metric("$RunningTasks", "tasks", "Tasks that are running."),
  metric("$PendingTasks", "tasks", "Active plus running tasks. A task that needs several slots counts once."),
  metric("$SucceededTasks", "tasks", "Tasks that finished with success."),
  metric("$FailedTasks", "tasks", "Tasks that failed."),
  metric("$CurrentDedicatedNodes", "nodes", "Dedicated nodes the pool has now."),
  metric("$CurrentLowPriorityNodes", "nodes", "Low-priority nodes the pool has now, preempted ones included."),
  metric("$PreemptedNodeCount", "nodes", "Nodes of the pool that are preempted."),
  metric("$TaskSlotsPerNode", "slots", "Task slots of each node of the pool; without samples 1."),
  metric("$UsableNodeCount", "nodes", "Nodes that can run tasks.", {
    source: "public variable lists since 2022",
    sure: "assumed",
  }),
  metric("$SampleNodeCount", "nodes", "Nodes that gave the samples."),
  metric(
    "$CPUPercent",
    "percent, 0 to 100",
    "Average CPU use of the nodes. Old samples compare it with 0.7; it is a percentage.",
  ),
  metric("$WallClockSeconds", "seconds", "Seconds consumed.", { obsolete: retired }),
  metric("$MemoryBytes", "megabytes", "Average memory used; megabytes in spite of its name.", { obsolete: retired }),
  metric("$DiskBytes", "gigabytes", "Average local disk used; gigabytes in spite of its name.", { obsolete: retired }),
  metric("$DiskReadBytes", "bytes", "Bytes read from local disks.", { obsolete: retired }),
  metric("$DiskWriteBytes", "bytes", "Bytes written to local disks.", { obsolete: retired }),
  metric("$DiskReadOps", "operations", "Read operations on local disks.", { obsolete: retired }),
  metric("$DiskWriteOps", "operations", "Write operations on local disks.", { obsolete: retired }),
  metric("$NetworkInBytes", "bytes", "Bytes received.", { obsolete: retired }),
  metric("$NetworkOutBytes", "bytes", "Bytes sent.", { obsolete: retired }),
  metric("$CurrentDedicated", "nodes", "Older name of $CurrentDedicatedNodes.", {
    aliasOf: "$CurrentDedicatedNodes",
    obsolete: older("$CurrentDedicatedNodes"),
  }),
  metric("$SampleTVMCount", "nodes", "Older name of $SampleNodeCount.", {
    aliasOf: "$SampleNodeCount",
    obsolete: older("$SampleNodeCount"),
  }),
];

const word = (name: DeallocationOption, doc: string) => variable("word", name, "deallocationOption", "option", doc);

const words: VariableRow[] = [
  word("requeue", "Stop running tasks at once and put them back on the queue; then remove the nodes."),
  word("terminate", "Stop running tasks at once and end them; then remove the nodes."),
  word("taskcompletion", "Wait for running tasks to finish; then remove the nodes."),
  word("retaineddata", "Wait until the retained data of tasks is gone; then remove the nodes."),
];

const intervals: readonly [string, (yearDays: number) => Ticks, string][] = [
  ["TimeInterval_Zero", () => 0n, "No time."],
  ["TimeInterval_100ns", () => 1n, "100 nanoseconds, the smallest interval."],
  ["TimeInterval_Microsecond", () => 10n, "One microsecond."],
  ["TimeInterval_Millisecond", () => TICKS_PER_MS, "One millisecond."],
  ["TimeInterval_Second", () => TICKS_PER_SECOND, "One second."],
  ["TimeInterval_Minute", () => TICKS_PER_MINUTE, "One minute."],
  ["TimeInterval_Hour", () => TICKS_PER_HOUR, "One hour."],
  ["TimeInterval_Day", () => TICKS_PER_DAY, "24 hours."],
  ["TimeInterval_Week", () => 7n * TICKS_PER_DAY, "Seven days."],
  ["TimeInterval_Year", (days) => BigInt(days) * TICKS_PER_DAY, "365 days."],
];

const constants = intervals.map(([name, , doc]) => variable("constant", name, "timeinterval", "timeinterval", doc));

export const variables = table<VariableRow>([...written, ...metrics, ...words, ...constants]);

const intervalTicks = new Map(intervals.map(([name, ticks]) => [name, ticks]));

/** The value of a `word` or `constant` row. */
export function constantValue(row: VariableRow, semantics: Semantics): Value {
  const ticks = intervalTicks.get(row.name);
  return ticks === undefined ? new OptionWord(row.name as DeallocationOption) : new Timeinterval(ticks(semantics.yearDays));
}

/** The full name behind an older or shorter one. */
export function fullName(row: VariableRow): string {
  return row.aliasOf ?? row.name;
}

/** Full names of all metrics, for stores and readers of metric files. */
export const metricNames: readonly string[] = metrics.filter((row) => row.aliasOf === undefined).map((row) => row.name);

/** Older names of metrics, each with the full name under which its samples are found (rule 8.23). */
export const olderMetricNames: ReadonlyMap<string, string> = new Map(
  metrics.flatMap((row) => (row.aliasOf === undefined ? [] : [[row.name, row.aliasOf] as const])),
);
