/** A list as columns of text, as wide as what is in them. */
import Table from "cli-table3";
import { type Output, visibleText } from "../output.ts";

const NOTHING = "";
const NO_LINES = {
  top: NOTHING,
  "top-mid": NOTHING,
  "top-left": NOTHING,
  "top-right": NOTHING,
  bottom: NOTHING,
  "bottom-mid": NOTHING,
  "bottom-left": NOTHING,
  "bottom-right": NOTHING,
  left: NOTHING,
  "left-mid": NOTHING,
  mid: NOTHING,
  "mid-mid": NOTHING,
  right: NOTHING,
  "right-mid": NOTHING,
  middle: "  ",
};

/** The lines of the table, its heads first. */
export function textTable(heads: readonly string[], rows: readonly (readonly string[])[], output: Output): string[] {
  const table = new Table({
    head: heads.map((head) => output.paint("title", head)),
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const row of rows) table.push(row.map(visibleText));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
