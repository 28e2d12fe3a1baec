/**
 * Nodes over time in the terminal: a line over the demand as a shaded area, one drawing a formula, all on one scale. Works without colour, because
 * line, marks and shade differ in shape. A column is the peak of the steps that it stands for.
 */
import asciichart from "asciichart";
import { instantText, type Ticks } from "../../src/base/time.ts";
import type { PaintText } from "./output.ts";

/** Columns of numbers over the same steps, and how to draw them. */
export interface Drawing {
  readonly title: string;
  /** A number a step; at least one. */
  readonly line: Float64Array;
  /** Undefined where no demand was recorded. */
  readonly area: Float64Array | undefined;
  /** A second line as dots, behind the first: what was wanted, where the line is what was there. */
  readonly dots?: Float64Array;
  /** The scale reaches at least so far; of the area, what is higher ends in an arrow. */
  readonly top: number;
  /** Columns of the terminal that the drawing may take, labels included, and rows of the scale. */
  readonly width: number;
  readonly rows: number;
  /** Instants of the first and last step. */
  readonly from: Ticks;
  readonly to: Ticks;
}

/** The drawing as lines of text. */
export function drawing(given: Drawing, paint: PaintText): string {
  const step = roundStep(Math.max(1, given.top) / given.rows);
  const rowCount = Math.max(2, Math.ceil(Math.max(1, given.top) / step));
  const top = step * rowCount;
  const labelWidth = Math.max(3, label(top).length) + 1;
  const columns = Math.max(10, given.width - labelWidth - 2);
  const line = peaks(given.line, columns);
  const area = given.area === undefined ? undefined : peaks(given.area, columns);
  const dots = given.dots === undefined ? undefined : peaks(given.dots, columns);
  // The chart draws a line between two points, so that n points need one more to fill n columns.
  const rows = asciichart
    .plot([...line, line[line.length - 1]], {
      min: 0,
      max: top,
      height: rowCount,
      offset: 2,
      format: (value) => label(value).padStart(labelWidth),
    })
    .split("\n");
  const painted = rows.map((row, i) =>
    paintedRow(row, labelWidth, { row: rows.length - 1 - i, step, isTop: i === 0 }, { area, dots }, paint),
  );
  return [paint("title", given.title), ...painted, timeAxis(given, labelWidth + 2, line.length, paint)].join("\n");
}

/** The next of 1, 2, 5, 10, 20, 50 …: rows of such a height have labels that can be read. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const digit = [1, 2, 5, 10].find((candidate) => candidate * power >= least) ?? 10;
  return Math.max(1, digit * power);
}

function label(value: number): string {
  return String(Math.round(value));
}

/** Fills the cells that hold no line: with the dots of their height, else with the shade of the area, which ends in an arrow above the scale. */
function paintedRow(
  text: string,
  labelWidth: number,
  level: { row: number; step: number; isTop: boolean },
  behind: { readonly area: readonly number[] | undefined; readonly dots: readonly number[] | undefined },
  paint: PaintText,
): string {
  const axis = text.slice(0, labelWidth + 1);
  const cells = text.slice(labelWidth + 1);
  // The chart rounds a value to the nearest row; the area must be as high as a line of its values would be.
  const least = level.row === 0 ? Number.MIN_VALUE : (level.row - 0.5) * level.step;
  const most = level.isTop ? (level.row + 0.5) * level.step : Number.POSITIVE_INFINITY;
  const shade = (value: number) => (value < least ? " " : value >= most ? "▲" : "░");
  const filling = (column: number) => {
    const dot = behind.dots?.[column];
    if (dot !== undefined && Math.round(dot / level.step) === level.row) return "·";
    return shade(behind.area?.[column] ?? 0);
  };
  let painted = "";
  for (let i = 0; i < cells.length; ) {
    const isLine = cells[i] !== " ";
    let end = i + 1;
    while (end < cells.length && (cells[end] !== " ") === isLine) end++;
    const piece = cells.slice(i, end);
    painted += isLine ? paint("taken", piece) : paint("quiet", Array.from(piece, (_, k) => filling(i + k)).join(""));
    i = end;
  }
  return `${paint("quiet", axis)}${painted}`.trimEnd();
}

/** Times below the first and the last column. */
function timeAxis(given: Drawing, indent: number, columns: number, paint: PaintText): string {
  const begin = shortTime(given.from);
  const end = shortTime(given.to);
  const gap = columns - begin.length - end.length;
  return `${" ".repeat(indent - 1)}${paint("quiet", gap < 1 ? begin : `${begin}${" ".repeat(gap)}${end}`)}`;
}

function shortTime(instant: Ticks): string {
  return instantText(instant).slice(0, 16).replace("T", " ");
}

/** At most `columns` numbers, each the largest of an equal share of the steps: a peak is what a plot must not lose. */
export function peaks(values: Float64Array, columns: number): number[] {
  // A short history is stretched, each step over the same number of columns.
  const stretch = Math.min(4, Math.floor(columns / values.length));
  if (stretch > 1) return Array.from({ length: values.length * stretch }, (_, i) => values[Math.floor(i / stretch)]);
  const count = Math.min(columns, values.length);
  return Array.from({ length: count }, (_, i) => {
    let most = Number.NEGATIVE_INFINITY;
    const end = Math.floor(((i + 1) * values.length) / count);
    for (let k = Math.floor((i * values.length) / count); k < end; k++) most = Math.max(most, values[k]);
    return most;
  });
}
