/** CSV: good files give the samples they state; every kind of bad input gives its problem with line and remedy, all at once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasErrors, readCsv } from "../../src/metrics/index.ts";
import { at, contents, knownMetrics, shown } from "./reading.ts";

describe("csv", () => {
  it("reads byte order mark, comments, blank lines, quotes, CRLF, offsets, gaps and signed numbers", () => {
    const text =
      '\uFEFF# source: made up\r\n\r\ntime,"$A, or ""so""", $B \r\n2026-01-05T08:00:00Z,1,-2.5\r\n2026-01-05T10:05:00+02:00,,"3"\r\n"2026-01-05T08:15:00.0Z",+.5e1,\r\n';
    const reading = readCsv(text);
    expect(shown(reading)).toEqual([]);
    expect(reading.store.samplePeriod).toBe(3_000_000_000);
    const t = at("2026-01-05T08:00:00Z");
    expect(contents(reading.store)).toEqual([
      `$A, or "so" ${t} 1`,
      `$A, or "so" ${t + 9_000_000_000n} 5`,
      `$B ${t} -2.5`,
      `$B ${t + 3_000_000_000n} 3`,
    ]);
  });

  it("the sample period is the smallest gap, the option's where given, 5 minutes for one row", () => {
    const text = "time,$A\n2026-01-05T08:00:00Z,1\n2026-01-05T08:10:00Z,2\n2026-01-05T08:10:30Z,3\n";
    expect(readCsv(text).store.samplePeriod).toBe(300_000_000);
    expect(readCsv(text, { samplePeriod: "PT10S" }).store.samplePeriod).toBe(100_000_000);
    expect(readCsv("time,$A\n2026-01-05T08:00:00Z,1").store.samplePeriod).toBe(3_000_000_000);
  });

  it("reads numbers to the last bit, however they are written", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.double({ noNaN: true, noDefaultInfinity: true }),
            fc.integer().map((n) => n / 100),
          ),
          { minLength: 1, maxLength: 20 },
        ),
        (numbers) => {
          const rows = numbers.map((n, i) => `2026-01-05T08:${String(i).padStart(2, "0")}:00Z,${n}`);
          const { store, problems } = readCsv(`time,$A\n${rows.join("\n")}`);
          expect(problems).toEqual([]);
          expect([...store.series("$A").values.subarray(0, store.series("$A").length)]).toEqual(numbers.map((n) => n + 0));
        },
      ),
    );
  });

  const header = "time,$PendingTasks,$CPUPercent\n";
  const row = "2026-01-05T08:00:00Z,1,2\n";
  const bad: [name: string, text: string, problems: string[]][] = [
    ["nothing", "", ["error empty-input there is nothing in it (begin with a header such as time,$PendingTasks)"]],
    [
      "comments only",
      "# a\n# b\n",
      ["error empty-input there is nothing in it (begin with a header such as time,$PendingTasks)"],
    ],
    [
      "no time column",
      "# a\n$PendingTasks\n1\n",
      ["error no-time-column line 2: the first column is named $PendingTasks, not time (begin the header with time,)"],
    ],
    ["no metric", "time\n", ["error no-metric-column line 1: there is no column beside time (add a column per metric)"]],
    ["a header only", header, ["warning no-samples there is no row with samples (add rows below the header)"]],
    [
      "a column twice",
      `time,$CPUPercent,$CPUPercent\n${row}`,
      ["error duplicate-column line 1: $CPUPercent is the name of columns 2 and 3 (keep one of them)"],
    ],
    [
      "a column without a name",
      `time,,$CPUPercent\n${row}`,
      ["error unnamed-column line 1: column 2 has no name (name the metric, such as $PendingTasks)"],
    ],
    [
      "a misspelt metric",
      `time,$PendingTask,$CPUPercent\n${row}`,
      [
        "warning unknown-metric line 1, $PendingTask: no formula can read a metric named $PendingTask (did you mean $PendingTasks?)",
      ],
    ],
    [
      "semicolons",
      "time;$PendingTasks\n2026-01-05T08:00:00Z;1,5\n",
      [
        "error no-commas line 1: the cells are separated by semicolons (separate them by commas, and write numbers with a decimal point)",
      ],
    ],
    [
      "tabs",
      "time\t$PendingTasks\n2026-01-05T08:00:00Z\t1\n",
      [
        "error no-commas line 1: the cells are separated by tabs (separate them by commas, and write numbers with a decimal point)",
      ],
    ],
    [
      "hostile names",
      `time,constructor,__proto__\n${row}`,
      [
        "warning unknown-metric line 1, constructor: no formula can read a metric named constructor (use the name of a service-defined metric, such as $PendingTasks)",
        "warning unknown-metric line 1, __proto__: no formula can read a metric named __proto__ (use the name of a service-defined metric, such as $PendingTasks)",
      ],
    ],
    [
      "bad numbers, all at once",
      `${header}${row}2026-01-05T08:05:00Z,abc,NaN\n2026-01-05T08:10:00Z,1e999,0x10\n2026-01-05T08:15:00Z,1_0,--1\n`,
      [
        'error bad-number line 3, $PendingTasks: "abc" is not a number (write a decimal number such as 12.5, or leave the cell empty)',
        'error bad-number line 3, $CPUPercent: "NaN" is not a number (write a decimal number such as 12.5, or leave the cell empty)',
        "error number-too-large line 4, $PendingTasks: 1e999 is beyond the largest number (write a number below 1.8e308)",
        'error bad-number line 4, $CPUPercent: "0x10" is not a number (write a decimal number such as 12.5, or leave the cell empty)',
        'error bad-number line 5, $PendingTasks: "1_0" is not a number (write a decimal number such as 12.5, or leave the cell empty)',
        'error bad-number line 5, $CPUPercent: "--1" is not a number (write a decimal number such as 12.5, or leave the cell empty)',
      ],
    ],
    [
      "too few and too many cells",
      `${header}2026-01-05T08:00:00Z,1\n2026-01-05T08:05:00Z,1,2,3\n`,
      [
        "error cell-count line 2: 2 cells where the header has 3 (write an empty cell for a missing sample, and no commas inside numbers)",
        "error cell-count line 3: 4 cells where the header has 3 (write an empty cell for a missing sample, and no commas inside numbers)",
      ],
    ],
    [
      "bad times",
      `${header}${row}2026-02-30T08:00:00Z,1,2\nyesterday,1,2\n2026-01-05 08:05:00Z,1,2\n2026-01-05T08:05:00,1,2\n2026-01-05T24:00:00Z,1,2\n`,
      [
        "error bad-time line 3, time: 2026-02-30T08:00:00Z is not a time (write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z)",
        "error bad-time line 4, time: yesterday is not a time (write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z)",
        "error bad-time line 5, time: 2026-01-05 08:05:00Z is not a time (write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z)",
        "error time-without-zone line 6, time: 2026-01-05T08:05:00 has no zone (write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z)",
        "error bad-time line 7, time: 2026-01-05T24:00:00Z is not a time (write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z)",
      ],
    ],
    [
      "the same time twice",
      `${header}${row}\n2026-01-05T09:00:00+01:00,3,4\n`,
      ["error duplicate-time line 4: line 4 has the same time as line 2 (keep one of the two)"],
    ],
    [
      "rows going back",
      `${header}2026-01-05T08:10:00Z,1,2\n2026-01-05T08:05:00Z,1,2\n${row}`,
      ["warning out-of-order line 3: line 3 goes back in time, and so do 1 more; the samples were sorted (sort by time)"],
    ],
    [
      "times off the grid",
      `${header}${row}2026-01-05T08:05:00Z,1,2\n2026-01-05T08:11:30Z,1,2\n`,
      [
        "warning off-grid line 4: line 4: off the grid of PT5M, moved to the nearest slot (by at most PT1M30S) (give the sample period, or correct the times)",
      ],
    ],
    [
      "an open quote",
      `${header}${row}"2026-01-05T08:05:00Z,1,2\n2026-01-05T08:10:00Z,1,2\n`,
      ["error open-quote line 3: a quote is never closed (close it, or write it twice inside a quoted cell)"],
    ],
    [
      "text behind a quote",
      `${header}"2026-01-05T08:00:00Z","1"2,3\n`,
      [
        `error bad-number line 2, $PendingTasks: ""1"2" is not a number (write a decimal number such as 12.5, or leave the cell empty)`,
      ],
    ],
    [
      "control characters",
      `${header}2026-01-05T08:00:00Z,\u0007\u001b[31m,2\n`,
      [
        'error bad-number line 2, $PendingTasks: "··[31m" is not a number (write a decimal number such as 12.5, or leave the cell empty)',
      ],
    ],
    [
      "times decades apart",
      `${header}${row}1990-01-05T08:00:00Z,1,2\n`,
      ["error out-of-range line 3, time: the time is more than 28 years away from the first row's (split the file)"],
    ],
  ];
  for (const [name, text, problems] of bad) {
    it(`bad input: ${name}`, () => {
      const reading = readCsv(text, { knownMetrics });
      expect(shown(reading)).toEqual(problems);
      expect(hasErrors(reading)).toBe(problems.some((problem) => problem.startsWith("error")));
    });
  }

  it("an older name is said to be one, with the name that has its samples (rule 8.23)", () => {
    const olderNames = new Map([["$CurrentDedicated", "$CurrentDedicatedNodes"]]);
    const reading = readCsv(`time,$CurrentDedicated\n2026-01-05T08:00:00Z,1\n`, { knownMetrics, olderNames });
    expect(shown(reading)).toEqual([
      "warning older-name line 1, $CurrentDedicated: is an older name: formulas find the samples of both names under $CurrentDedicatedNodes, so these are ignored (put them under $CurrentDedicatedNodes)",
    ]);
  });

  it("two rows in one slot of a given period are an error", () => {
    const reading = readCsv(`${header}${row}2026-01-05T08:00:30Z,1,2\n`, { samplePeriod: "PT5M" });
    expect(shown(reading)[0]).toBe(
      "error same-slot line 3: line 3 falls into the same PT5M slot as line 2 (give a shorter sample period, or keep one of the two)",
    );
  });

  it("problems are capped, and the rest is counted; warnings cannot hide an error", () => {
    const names = Array.from({ length: 80 }, (_, i) => `x${i}`);
    const reading = readCsv(`time,${names.join(",")}\n${"2026-01-05T08:00:00Z,1\n".repeat(60)}`, { knownMetrics });
    expect(reading.problems.filter((problem) => problem.severity === "warning").length).toBe(50);
    expect(reading.problems.filter((problem) => problem.severity === "error").length).toBe(50);
    expect(reading.omitted).toBe(30 + 10);
  });

  it("any text at all is answered, and without an error every cell is a sample or empty", () => {
    const soup = fc
      .array(
        fc.constantFrom(
          "time",
          ",",
          "\n",
          "\r",
          '"',
          "$A",
          "1",
          "2026-01-05T08:00:00Z",
          "2026-01-05T08:05:00Z",
          "#",
          " ",
          "-",
          ".",
          "e9",
          "\u0000",
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          soup,
          soup.map((rest) => `time,$A\n${rest}`),
        ),
        (text) => void expect(readCsv(text, { knownMetrics }).problems.length).toBeLessThanOrEqual(100),
      ),
      { numRuns: 1000 },
    );
  });

  it("20,000 rows of 3 metrics are read whole", () => {
    const start = Date.UTC(2026, 0, 1);
    const rows = Array.from(
      { length: 20_000 },
      (_, i) => `${new Date(start + i * 30_000).toISOString().replace(".000", "")},${i},${i % 7 === 0 ? "" : i / 8},3.25`,
    );
    const { store, problems } = readCsv(`time,$A,$B,$C\n${rows.join("\n")}\n`);
    expect(problems).toEqual([]);
    expect(["$A", "$B", "$C"].map((name) => store.series(name).length)).toEqual([20_000, 17_142, 20_000]);
    expect(store.at(at("2026-01-02T00:00:00Z")).metric("$A").latest()).toBe(2880);
  });
});
