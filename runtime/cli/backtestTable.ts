/**
 * The back-test's figures, and what failed, with an example each; the table itself is `comparison.ts`.
 */
import type { Backtest, FormulaBacktest } from "../../src/autoscale/backtest.ts";
import type { Figure } from "./comparison.ts";
import { counted, type Output, visibleName } from "./output.ts";

/** The figures that are compared, in the order in which they are shown; the HTML report has the same. */
export const figures: readonly Figure<FormulaBacktest>[] = [
  { title: "failed evaluations", unit: "", digits: 0, of: failedCount, better: "less" },
  { title: "resizes", unit: "", digits: 0, of: (f) => f.resizes, better: "less" },
  { title: "mean target", unit: "nodes", digits: 2, of: (f) => f.meanTarget, better: undefined },
  { title: "largest target", unit: "nodes", digits: 0, of: (f) => f.maxTarget, better: undefined },
  { title: "dedicated", unit: "node hours", digits: 1, of: (f) => f.nodeHours.dedicated, better: "less" },
  { title: "low-priority", unit: "node hours", digits: 1, of: (f) => f.nodeHours.lowPriority, better: "less" },
  { title: "below demand", unit: "node hours", digits: 1, of: (f) => f.underProvisionedNodeHours, better: "less" },
  { title: "above demand", unit: "node hours", digits: 1, of: (f) => f.overProvisionedNodeHours, better: "less" },
];

/** How many evaluations of a formula failed, for whatever reason. */
export function failedCount(formula: FormulaBacktest): number {
  return formula.failures.reduce((sum, failure) => sum + failure.count, 0);
}

/** What failed, a line a formula and code with its first example; empty when nothing did. */
export function failureLines(result: Backtest, output: Output): string[] {
  return result.formulas.flatMap((formula) =>
    formula.failures.map((failure) => {
      const [first] = failure.examples;
      const example = first === undefined ? "" : `, first at ${first.timestamp}: ${first.message}`;
      return `${output.paint("warning", visibleName(formula.name))}: ${counted(failure.count, "evaluation")} ended with ${failure.code}${example}`;
    }),
  );
}
