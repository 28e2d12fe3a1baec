/**
 * The back-test's comparison for a terminal: a column a formula where they fit, so that figures stand side by side; and what failed, with an
 * example each.
 */
import Table from "cli-table3";
import type { Backtest, FormulaBacktest } from "../../src/autoscale/backtest.ts";
import { counted, type Output, visibleName } from "./output.ts";

/** One figure of a back-test: what it is called and how it is read off. `undefined` is a figure that this history cannot give. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  /** Digits behind the point. */
  readonly digits: number;
  readonly of: (formula: FormulaBacktest) => number | null;
  /** Which way is better, where one is; tables mark the best formula. */
  readonly better: "less" | undefined;
}

/** The figures that are compared, in the order in which they are shown; the HTML report has the same. */
export const figures: readonly Figure[] = [
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

/** A figure as text: thousands apart, `-` where there is none. */
export function figureText(figure: Figure, formula: FormulaBacktest): string {
  const value = figure.of(formula);
  if (value === null) return "-";
  return value.toLocaleString("en-US", { minimumFractionDigits: figure.digits, maximumFractionDigits: figure.digits });
}

/** Whether the formula is the only best one in a figure. */
export function isBest(figure: Figure, formula: FormulaBacktest, all: readonly FormulaBacktest[]): boolean {
  const value = figure.of(formula);
  if (figure.better === undefined || value === null || all.length < 2) return false;
  return all.every((other) => other === formula || (figure.of(other) ?? Number.POSITIVE_INFINITY) > value);
}

/** The comparison table. */
export function comparisonTable(result: Backtest, output: Output): string {
  const { formulas } = result;
  const fits = 26 + formulas.length * 14 <= output.width;
  const chars = {
    mid: "",
    "left-mid": "",
    "mid-mid": "",
    "right-mid": "",
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    right: "",
    middle: "  ",
  };
  const style = { head: [], border: [], "padding-left": 0, "padding-right": 0 };
  const cell = (figure: Figure, formula: FormulaBacktest) => {
    const text = figureText(figure, formula);
    return { content: isBest(figure, formula, formulas) ? output.paint("good", text) : text, hAlign: "right" as const };
  };
  const names = formulas.map((formula) => ({
    content: output.paint("title", visibleName(formula.name)),
    hAlign: "right" as const,
  }));
  const unit = (figure: Figure) => `${figure.title}${figure.unit === "" ? "" : output.paint("quiet", `, ${figure.unit}`)}`;
  const table = new Table({ chars, style });
  if (fits) {
    table.push(["", ...names], ...figures.map((figure) => [unit(figure), ...formulas.map((formula) => cell(figure, formula))]));
    return table.toString();
  }
  return formulas
    .map((formula) => {
      const own = new Table({ chars, style });
      own.push(...figures.map((figure) => [unit(figure), cell(figure, formula)]));
      return `${output.paint("title", visibleName(formula.name))}\n${own.toString()}`;
    })
    .join("\n\n");
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
