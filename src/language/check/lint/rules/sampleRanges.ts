/**
 * Look-backs that find nothing, or find something only by chance: into the future, shorter than the distance of two samples, or over a time whose
 * samples cannot be read yet (rules 5.4, 5.11, 5.12, 5.18, 8.2).
 */
import { type Rule, spanOf } from "../rule.ts";
import { lengthText } from "../windows.ts";

export const sampleRanges: Rule = {
  codes: ["window-in-future", "window-below-period", "window-within-delay"],
  find(context) {
    const period = Number(context.samplePeriod);
    const delay = Number(context.sampleDelay);
    const mentioned = new Set<string>();
    for (const { call, metric, older, newer } of context.windows) {
      if (older === undefined || newer === undefined || mentioned.has(`${metric} ${older} ${newer}`)) continue;
      mentioned.add(`${metric} ${older} ${newer}`);
      if (newer < 0) context.report("window-in-future", spanOf(call));
      else if (older - newer < period) {
        context.report("window-below-period", spanOf(call), { span: lengthText(older - newer), period: lengthText(period) });
      } else if (older <= delay) {
        context.report("window-within-delay", spanOf(call), { span: lengthText(older), delay: lengthText(delay) });
      }
    }
  },
};
