/**
 * Figures side by side, for a terminal: a column for each thing that is compared where they fit, else a table each; the best of a row is marked. What
 * is compared is the caller's: back-tests of formulas, runs of a scenario.
 */
import Table from "cli-table3";
import { type Output, visibleName } from "./output.ts";

/** One figure: what it is called and how it is read off. `null` is a figure that this thing does not have. */
export interface Figure<Thing> {
  readonly title: string;
  readonly unit: string;
  /** Digits behind the point. */
  readonly digits: number;
  readonly of: (thing: Thing) => number | null;
  /** Which way is better, where one is; tables mark the best. */
  readonly better: "less" | "more" | undefined;
}

/** Something that has a column of its own. */
export interface Named {
  readonly name: string;
}

/** A table without lines, as all tables of the command are. */
export function plainTable() {
  const none = ["mid", "left-mid", "mid-mid", "right-mid", "top", "top-mid", "top-left", "top-right"];
  const sides = ["bottom", "bottom-mid", "bottom-left", "bottom-right", "left", "right"];
  const chars = { ...Object.fromEntries([...none, ...sides].map((name) => [name, ""])), middle: "  " };
  return new Table({ chars, style: { head: [], border: [], "padding-left": 0, "padding-right": 0 } });
}

/** A figure as text: thousands apart, `-` where there is none. */
export function figureText<Thing>(figure: Figure<Thing>, thing: Thing): string {
  const value = figure.of(thing);
  if (value === null) return "-";
  return value.toLocaleString("en-US", { minimumFractionDigits: figure.digits, maximumFractionDigits: figure.digits });
}

/** Whether the thing is the only best one in a figure. */
export function isBest<Thing>(figure: Figure<Thing>, thing: Thing, all: readonly Thing[]): boolean {
  const value = figure.of(thing);
  if (figure.better === undefined || value === null || all.length < 2) return false;
  const sign = figure.better === "less" ? 1 : -1;
  return all.every((other) => {
    const its = figure.of(other);
    return other === thing || its === null || sign * its > sign * value;
  });
}

/** The table of all figures. */
export function comparisonTable<Thing extends Named>(
  things: readonly Thing[],
  figures: readonly Figure<Thing>[],
  output: Output,
): string {
  const fits = 26 + things.length * 14 <= output.width;
  const cell = (figure: Figure<Thing>, thing: Thing) => {
    const text = figureText(figure, thing);
    return { content: isBest(figure, thing, things) ? output.paint("good", text) : text, hAlign: "right" as const };
  };
  const unit = (figure: Figure<Thing>) =>
    `${figure.title}${figure.unit === "" ? "" : output.paint("quiet", `, ${figure.unit}`)}`;
  if (fits) {
    const table = plainTable();
    const names = things.map((thing) => ({
      content: output.paint("title", visibleName(thing.name)),
      hAlign: "right" as const,
    }));
    table.push(["", ...names], ...figures.map((figure) => [unit(figure), ...things.map((thing) => cell(figure, thing))]));
    return table.toString();
  }
  return things
    .map((thing) => {
      const own = plainTable();
      own.push(...figures.map((figure) => [unit(figure), cell(figure, thing)]));
      return `${output.paint("title", visibleName(thing.name))}\n${own.toString()}`;
    })
    .join("\n\n");
}
