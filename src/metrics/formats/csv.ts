/**
 * Wide CSV: a header `time,$CPUPercent,$PendingTasks`, then a row per time. The time is ISO 8601 with a zone, an empty cell is a missing
 * sample. Quotes as in RFC 4180, any line ends, a byte order mark and `#` lines before the header are allowed. A million rows are
 * normal: plain cells are read in place, without making a string of each.
 */
import { instantTextExact, TICKS_PER_SECOND } from "../../base/time.ts";
import type { MetricStore } from "../store.ts";
import { MISSING } from "./cells.ts";
import type { CellTime } from "./cells.ts";
import { knownSet, ProblemList, quoted } from "./problems.ts";
import type { MetricReading, ReadOptions } from "./problems.ts";
import { Doubles, Recording, storeRecordings } from "./recording.ts";
import { Rows } from "./rows.ts";

const TIME_REMEDY = "write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z";

/** Reads a CSV file's text. Never throws for what the text says. */
export function readCsv(text: string, options: ReadOptions = {}): MetricReading {
  const problems = new ProblemList(options.olderNames);
  const recording = new Recording("lines");
  const rows = new Rows(text);
  const header = readHeader(rows, problems);
  let originSeconds = 0;
  if (header !== undefined) {
    const known = knownSet(options);
    const seen = new Map<string, number>();
    header.slice(1).forEach((metric, i) => {
      const place = { line: rows.line };
      if (metric === "")
        problems.error("unnamed-column", place, `column ${i + 2} has no name`, "name the metric, such as $PendingTasks");
      else if (seen.has(metric))
        problems.error(
          "duplicate-column",
          place,
          `${quoted(metric)} is the name of columns ${seen.get(metric)} and ${i + 2}`,
          "keep one of them",
        );
      else problems.judgeName(metric, known, { ...place, column: metric });
      seen.set(metric, i + 2);
    });
    originSeconds = readRows(rows, header, recording, problems);
    // Where rows were refused, there are rows.
    if (recording.offsets.length === 0 && !problems.hasErrors)
      problems.warning("no-samples", {}, "there is no row with samples", "add rows below the header");
  }
  return storeRecordings([recording], BigInt(originSeconds) * TICKS_PER_SECOND, undefined, options, problems);
}

function readHeader(rows: Rows, problems: ProblemList): string[] | undefined {
  while (rows.next()) {
    if (rows.isBlank() || rows.startsWith("#")) continue;
    const header = rows.cells().map((cell) => cell.trim());
    if (rows.openQuote)
      problems.error(
        "open-quote",
        { line: rows.line },
        "a quote is never closed",
        "close it, or write it twice inside a quoted cell",
      );
    else if (header.length === 1 && /[;\t]/.test(header[0]))
      problems.error(
        "no-commas",
        { line: rows.line },
        `the cells are separated by ${header[0].includes(";") ? "semicolons" : "tabs"}`,
        "separate them by commas, and write numbers with a decimal point",
      );
    else if (header[0] !== "time")
      problems.error(
        "no-time-column",
        { line: rows.line },
        `the first column is named ${quoted(header[0]) || "nothing"}, not time`,
        "begin the header with time,",
      );
    else if (header.length === 1)
      problems.error("no-metric-column", { line: rows.line }, "there is no column beside time", "add a column per metric");
    else return header;
    return undefined;
  }
  problems.error("empty-input", {}, "there is nothing in it", "begin with a header such as time,$PendingTasks");
  return undefined;
}

/** Fills the recording; gives back the second that its offsets count from. */
function readRows(rows: Rows, header: readonly string[], recording: Recording, problems: ProblemList): number {
  for (const metric of header.slice(1)) recording.columns.push({ metric, values: new Doubles() });
  const time: CellTime = { seconds: 0, fractionTicks: 0 };
  const numbers = new Float64Array(header.length);
  let originSeconds = 0;
  while (rows.next()) {
    if (rows.isBlank()) continue;
    const line = rows.line;
    const count = rows.readNumbers(numbers, time);
    if (rows.openQuote) {
      problems.error("open-quote", { line }, "a quote is never closed", "close it, or write it twice inside a quoted cell");
      break;
    }
    if (count !== header.length) {
      problems.error(
        "cell-count",
        { line },
        `${count} cells where the header has ${header.length}`,
        "write an empty cell for a missing sample, and no commas inside numbers",
      );
      continue;
    }
    if (rows.timeProblem !== "") {
      problems.error(
        rows.timeProblem === "zone" ? "time-without-zone" : "bad-time",
        { line, column: "time" },
        `${rows.cellText(0)} ${rows.timeProblem === "zone" ? "has no zone" : "is not a time"}`,
        TIME_REMEDY,
      );
      continue;
    }
    if (recording.offsets.length === 0) originSeconds = time.seconds;
    const offset = (time.seconds - originSeconds) * 1e7 + time.fractionTicks;
    if (!Number.isSafeInteger(offset)) {
      problems.error(
        "out-of-range",
        { line, column: "time" },
        "the time is more than 28 years away from the first row's",
        "split the file",
      );
      continue;
    }
    recording.offsets.push(offset);
    recording.lines?.push(line);
    for (let i = 1; i < count; i++) {
      let value = numbers[i];
      if (!Number.isFinite(value)) {
        const text = rows.cellText(i);
        const large = value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
        if (large)
          problems.error(
            "number-too-large",
            { line, column: header[i] },
            `${text} is beyond the largest number`,
            "write a number below 1.8e308",
          );
        else if (text !== "")
          problems.error(
            "bad-number",
            { line, column: header[i] },
            `"${text}" is not a number`,
            "write a decimal number such as 12.5, or leave the cell empty",
          );
        value = MISSING;
      }
      recording.columns[i - 1].values.push(value);
    }
  }
  return originSeconds;
}

/** The store as wide CSV: a row per time at which some series has a sample. Reading it again needs the sample period only where a gap hides it. */
export function writeCsv(store: MetricStore): string {
  const series = store.names().map((name) => store.series(name));
  for (const one of series) one.settle();
  const cell = (name: string) => (/[",\n\r]|^\s|\s$|^#/.test(name) ? `"${name.replace(/"/g, '""')}"` : name);
  const lines = [["time", ...series.map((one) => cell(one.name))].join(",")];
  const at = series.map((one) => one.head);
  while (true) {
    let offset = Number.POSITIVE_INFINITY;
    series.forEach((one, i) => {
      if (at[i] < one.tail) offset = Math.min(offset, one.offsetAt(at[i]));
    });
    if (offset === Number.POSITIVE_INFINITY) return `${lines.join("\n")}\n`;
    const values = series.map((one, i) =>
      at[i] < one.tail && one.offsetAt(at[i]) === offset ? String(one.values[at[i]++]) : "",
    );
    lines.push(`${instantTextExact(store.instantOf(offset))},${values.join(",")}`);
  }
}
