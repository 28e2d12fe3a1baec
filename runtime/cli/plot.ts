/**
 * A back-test in the terminal: the target as a line over the recorded demand as a shaded area, one drawing a formula, all on one scale. Works
 * without colour, because line and shade differ in shape.
 */
import asciichart from "asciichart";
import { instantText, type Ticks } from "../../src/base/time.ts";
import type { PaintText } from "./output.ts";

/** Two columns of numbers over the same steps, and how to draw them. */
export interface Drawing {
  readonly title: string;
  /** A number a step; at least one. */
  readonly line: Float64Array;
  /** Undefined where no demand was recorded. */
  readonly area: Float64Array | undefined;
  /** The largest number on the scale. */
  readonly top: number;
  /** Columns and rows of the terminal that the drawing may take, labels included. */
  readonly width: number;
  readonly height: number;
  /** Instants of the first and last step. */
  readonly from: Ticks;
  readonly to: Ticks;
}

/** The drawing as lines of text. */
export function drawing(given: Drawing, paint: PaintText): string {
  const top = Math.max(1, given.top);
  const labelWidth = Math.max(3, String(Math.ceil(top)).length) + 1;
  const columns = Math.max(10, given.width - labelWidth - 2);
  const line = peaks(given.line, columns);
  const area = given.area === undefined ? undefined : peaks(given.area, columns);
  const height = Math.min(given.height, Math.max(2, Math.ceil(top)));
  // The chart draws a line between two points, so that n points need one more to fill n columns.
  const rows = asciichart
    .plot([...line, line[line.length - 1]], {
      min: 0,
      max: top,
      height,
      offset: 2,
      format: (value) => label(value, labelWidth),
    })
    .split("\n");
  const step = top / (rows.length - 1);
  const painted = rows.map((row, i) => paintedRow(row, labelWidth, (rows.length - 1 - i) * step, step, area, paint));
  return [paint("title", given.title), ...painted, timeAxis(given, labelWidth + 2, line.length, paint)].join("\n");
}

function label(value: number, width: number): string {
  const text = Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toFixed(1);
  return text.slice(0, width).padStart(width);
}

/** Shades the cells that lie under the area and hold no line. */
function paintedRow(
  row: string,
  labelWidth: number,
  value: number,
  step: number,
  area: readonly number[] | undefined,
  paint: PaintText,
): string {
  const axis = row.slice(0, labelWidth + 1);
  const cells = row.slice(labelWidth + 1);
  let text = "";
  for (let i = 0; i < cells.length; ) {
    const isLine = cells[i] !== " ";
    let end = i + 1;
    while (end < cells.length && (cells[end] !== " ") === isLine) end++;
    if (isLine) text += paint("taken", cells.slice(i, end));
    else
      text += paint(
        "quiet",
        Array.from(cells.slice(i, end), (_, k) => ((area?.[i + k] ?? -1) >= Math.max(value, step / 2) ? "░" : " ")).join(""),
      );
    i = end;
  }
  return `${paint("quiet", axis)}${text}`.trimEnd();
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
  const count = Math.min(columns, values.length);
  return Array.from({ length: count }, (_, i) => {
    let most = Number.NEGATIVE_INFINITY;
    const end = Math.floor(((i + 1) * values.length) / count);
    for (let k = Math.floor((i * values.length) / count); k < end; k++) most = Math.max(most, values[k]);
    return most;
  });
}
