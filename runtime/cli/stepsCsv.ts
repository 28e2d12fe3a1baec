/**
 * Every step of a back-test as CSV: a line a step and formula, for spreadsheets and scripts. Columns: `time,formula,demand,targetDedicated,
 * targetLowPriority,error`; `demand` is empty where none was recorded, `error` where the evaluation went well.
 */
import { type Backtest, failureCodes, instantOfStep } from "../../src/autoscale/backtest.ts";
import { instantText } from "../../src/base/time.ts";

/** Characters of a piece: a long history has more text than one string can hold. */
const PIECE_LENGTH = 1 << 18;

/** The text of the file in pieces, header included. */
export function* stepsCsv(result: Backtest): Generator<string> {
  const { timeline, demand, formulas } = result;
  const names = formulas.map((formula) => quotedCell(formula.name));
  let piece = "time,formula,demand,targetDedicated,targetLowPriority,error\n";
  for (let step = 0; step < timeline.steps; step++) {
    const time = instantText(instantOfStep(timeline, step));
    const nodes = demand === undefined ? "" : demand.nodes[step];
    formulas.forEach(({ targetDedicated, targetLowPriority, failed }, i) => {
      piece += `${time},${names[i]},${nodes},${targetDedicated[step]},${targetLowPriority[step]},${failureCodes[failed[step]]}\n`;
    });
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

/** A cell as CSV has it. */
export function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
