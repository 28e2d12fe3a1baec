/** What a search found, for the terminal and as JSON: a line for each choice of constants that no other beats, and the formula as it is. */
import type { Source } from "../../src/language/source.ts";
import type { TuneOutcome, TunePoint, TuneRange } from "../sim/index.ts";
import { plainTable } from "./comparison.ts";
import type { Output } from "./output.ts";
import type { Tuning } from "./tuning.ts";

/** A finished search with what was asked. */
export interface Search {
  readonly tuning: Tuning;
  readonly ranges: readonly TuneRange[];
  readonly seeds: readonly number[];
  readonly formula: Source;
  /** Name of the scenario. */
  readonly scenario: string;
  /** Whether the scenario has prices; else cost is node hours. */
  readonly priced: boolean;
}

/** A column of figures. */
export interface TuningFigure {
  readonly title: string;
  readonly text: (outcome: TuneOutcome) => string;
}

/** The figures of a point, in the order in which they are shown. */
export function tuningFigures(priced: boolean): readonly TuningFigure[] {
  const figure = (title: string, digits: number, of: (outcome: TuneOutcome) => number): TuningFigure => ({
    title,
    text: (outcome) => of(outcome).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  });
  return [
    ...(priced ? [figure("cost", 2, ({ cost }) => cost)] : []),
    figure("node hours", 1, ({ nodeHours }) => nodeHours),
    figure("p95 wait, s", 1, ({ waitSeconds }) => waitSeconds.p95),
    figure("mean wait, s", 1, ({ waitSeconds }) => waitSeconds.mean),
    figure("used, %", 1, ({ utilization }) => utilization * 100),
    figure("unfinished", 0, ({ unfinished }) => unfinished),
    figure("failed evaluations", 0, ({ failedEvaluations }) => failedEvaluations),
  ];
}

/** `maxNodes = 10, spare = 1`. */
export function constantsText(point: TunePoint): string {
  return Object.entries(point)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
}

/** The front, cheapest first, and below it the formula as it is. Columns that are 0 all over are left out. */
export function tuningTable({ tuning, ranges, priced }: Search, output: Output): string {
  const rows = [...tuning.front, tuning.current];
  const figures = tuningFigures(priced).filter(({ text }) => rows.some((row) => text(row) !== "0"));
  const right = (content: string) => ({ content, hAlign: "right" as const });
  const table = plainTable();
  table.push(
    [...ranges.map(({ name }) => name), ...figures.map(({ title }) => title)].map((title) =>
      right(output.paint("title", title)),
    ),
  );
  for (const row of tuning.front)
    table.push([
      ...ranges.map(({ name }) => right(output.paint("value", String(row.point[name])))),
      ...figures.map(({ text }) => right(text(row))),
    ]);
  table.push([
    ...ranges.map((_, i) => right(output.paint("quiet", i === 0 ? "as it is" : ""))),
    ...figures.map(({ text }) => right(output.paint("quiet", text(tuning.current)))),
  ]);
  return table.toString();
}

/** The JSON document; the formula's text is given for the points of the front. */
export function jsonTuning({ tuning, ranges, seeds, formula, scenario }: Search) {
  const front = new Set(tuning.front);
  const figures = ({ point: _p, formula: _f, seeds: _s, ...rest }: TuneOutcome) => rest;
  return {
    formula: formula.name,
    scenario,
    seeds,
    params: ranges.map(({ name, values }) => ({ name, values })),
    current: figures(tuning.current),
    front: tuning.front.map((outcome) => ({ constants: outcome.point, ...figures(outcome), formula: outcome.formula })),
    points: tuning.outcomes.map((outcome) => ({ constants: outcome.point, ...figures(outcome), onFront: front.has(outcome) })),
  };
}
