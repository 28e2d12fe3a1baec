/**
 * Every step of a back-test as CSV: a line a step and formula, for spreadsheets and scripts. Columns: `time,formula,demand,targetDedicated,
 * targetLowPriority,error`; `demand` is empty where none was recorded, `error` where the evaluation went well.
 */
import { type Backtest, failureCodes, instantOfStep } from "../../src/autoscale/backtest.ts";
import { instantText } from "../../src/base/time.ts";

/** The text of the file, header included. */
export function stepsCsv(result: Backtest): string {
  const { timeline, demand, formulas } = result;
  const lines = ["time,formula,demand,targetDedicated,targetLowPriority,error"];
  const names = formulas.map((formula) => quotedCell(formula.name));
  for (let step = 0; step < timeline.steps; step++) {
    const time = instantText(instantOfStep(timeline, step));
    const nodes = demand === undefined ? "" : demand.nodes[step];
    formulas.forEach(({ targetDedicated, targetLowPriority, failed }, i) => {
      lines.push(
        `${time},${names[i]},${nodes},${targetDedicated[step]},${targetLowPriority[step]},${failureCodes[failed[step]]}`,
      );
    });
  }
  return `${lines.join("\n")}\n`;
}

function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
