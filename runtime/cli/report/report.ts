/**
 * The back-test report: figures, targets over demand, failures, formulas. The frame is `page.ts`, the charts are drawn by `backtest.js`.
 */
import { type Backtest, type FormulaBacktest, instantOfStep } from "../../../src/autoscale/backtest.ts";
import { durationText, instantTextExact } from "../../../src/base/time.ts";
import { failedCount, figures } from "../backtestTable.ts";
import { counted } from "../output.ts";
import { chartData } from "./chartData.ts";
import { chart, escaped, figureTable, foldedText, reportFrame, swatch } from "./page.ts";

/** What the page tells besides the result. */
export interface ReportContext {
  /** Name of the history. */
  readonly metrics: string;
  /** The formulas' texts, in the order of the result. */
  readonly formulas: readonly { readonly name: string; readonly formula: string }[];
}

/** The page's text. */
export function reportPage(result: Backtest, context: ReportContext): string {
  const { timeline, demand, formulas } = result;
  const first = instantTextExact(instantOfStep(timeline, 0));
  const last = instantTextExact(instantOfStep(timeline, timeline.steps - 1));
  const data = chartData(result);
  const every = durationText(BigInt(timeline.interval));
  const thinned = data.stepsPerPoint === 1 ? "" : ` Each point of a chart is the peak of ${data.stepsPerPoint} evaluations.`;
  const usesLowPriority = formulas.some((formula) => formula.nodeHours.lowPriority > 0);
  const over = demand === undefined ? "" : `, over the demand: nodes that ${escaped(demand.metric)} would keep busy`;
  const only = context.formulas.length === 1;
  return reportFrame({
    title: `Back-test of ${formulas.length === 1 ? formulas[0].name : counted(formulas.length, "formula")}`,
    intro: `${counted(timeline.steps, "evaluation")} each, every ${every}, from ${first} to ${last}, over ${escaped(context.metrics)}.${thinned}`,
    sections: [
      figureTable(formulas, figures),
      chart(
        "targets",
        "Target nodes",
        `Dedicated and low-priority nodes together${over}. Ticks at the foot are failed evaluations. Drag to zoom, double-click to see all; click a name to hide it.`,
      ),
      demand === undefined
        ? ""
        : chart(
            "surplus",
            "Surplus and shortfall",
            "Target nodes minus demand: above 0 nodes wait for work, below 0 work waits for nodes.",
          ),
      usesLowPriority ? chart("lowPriority", "Low-priority nodes", "The part of the target that may be preempted.") : "",
      chart("hours", "Node hours so far", "What the targets add up to, were each reached at once."),
      failureTable(formulas),
      ...context.formulas.map(({ name, formula }, i) => foldedText(name, formula, only, i)),
      `<p class="quiet">Open loop: what a formula answers does not change the recorded history. The figures compare formulas; they do not foretell waiting times.</p>`,
    ],
    data: data.document,
  });
}

function failureTable(formulas: readonly FormulaBacktest[]): string {
  if (formulas.every((formula) => failedCount(formula) === 0)) return "";
  const rows = formulas.flatMap((formula, i) =>
    formula.failures.map(({ code, count, examples }) => {
      const example = examples[0] === undefined ? "" : `${examples[0].timestamp}: ${escaped(examples[0].message)}`;
      return `<tr><td>${swatch(i)}${escaped(formula.name)}</td><td>${code}</td><td>${count.toLocaleString("en-US")}</td><td>${example}</td></tr>`;
    }),
  );
  const head = "<tr><th>formula</th><th>code</th><th>evaluations</th><th>first</th></tr>";
  return `<section><h2>Failed evaluations</h2><p class="quiet">A failed evaluation leaves the targets as they are.</p><div class="scroll"><table class="words"><thead>${head}</thead><tbody>${rows.join("\n")}</tbody></table></div></section>`;
}
