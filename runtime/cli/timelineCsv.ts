/**
 * The timeline of simulated runs as CSV: a line a row and run, for spreadsheets and scripts. Columns are those of the `timeline` of
 * `weir simulate --json`, with the name of the run behind the time.
 */
import type { TimelineDocument } from "../sim/index.ts";
import { quotedCell } from "./stepsCsv.ts";

/** The numbers of a row in the order in which they are written. */
const COLUMNS = [
  "demandNodes",
  "targetDedicated",
  "targetLowPriority",
  "currentDedicated",
  "currentLowPriority",
  "activeTasks",
  "runningTasks",
  "cost",
] as const satisfies readonly (keyof TimelineDocument)[];

/** The text of the file in pieces, header included. */
export function* timelineCsv(
  runs: readonly { readonly name: string; readonly result: { readonly timeline: readonly TimelineDocument[] } }[],
): Generator<string> {
  yield `time,formula,${COLUMNS.join(",")}\n`;
  for (const { name, result } of runs) {
    const cell = quotedCell(name);
    for (const row of result.timeline) yield `${row.time},${cell},${COLUMNS.map((column) => row[column]).join(",")}\n`;
  }
}
