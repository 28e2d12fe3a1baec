/** Parts of the command that need no process: option values, fixes, plots, suggestions. */
import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { fixed } from "../../runtime/cli/fixes.ts";
import {
  durationOption,
  mapOption,
  nodesOption,
  rangeOption,
  timeOption,
  untilOption,
} from "../../runtime/cli/optionValues.ts";
import { drawing, peaks } from "../../runtime/cli/plot.ts";
import { parseInstant } from "../../src/base/time.ts";
import type { Diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import { Source } from "../../src/language/source.ts";

const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    return (error as Error).message;
  }
  return "not refused";
};

describe("option values", () => {
  it.each([
    ["2026-01-05 08:00:00Z", "2026-01-05T08:00:00Z"],
    ["2026-01-05t08:00z", "2026-01-05T08:00Z"],
    ["2026/01/05", "2026-01-05"],
    ["2026-01-05T08:00:00+0100", "2026-01-05T08:00:00+01:00"],
    ["2026-01-05T08:00:00.123456789Z", "2026-01-05T08:00:00.1234567Z"],
    ["2026-01-05T08Z", "2026-01-05T08:00Z"],
    ["2026-01-05 08:00 UTC", "2026-01-05T08:00Z"],
  ])("the time %s is refused with %s", (typed, meant) => {
    expect(refusal(() => timeOption(typed))).toBe(`Did you mean ${meant}?`);
    expect(timeOption(meant)).toBe(parseInstant(meant));
  });

  it.each([
    "",
    "now",
    "2026-13-01",
    "2026-02-30T00:00:00Z",
    "-5",
    "9".repeat(5000),
    "__proto__",
  ])("the time %j is refused with an example", (typed) => {
    expect(refusal(() => timeOption(typed))).toBe("Write it as 2026-01-31T08:00:00Z.");
  });

  it.each([
    ["5m", "PT5M"],
    ["30s", "PT30S"],
    ["5 min", "PT5M"],
    ["2 hours", "PT2H"],
    ["1d", "P1D"],
    ["pt5m", "PT5M"],
    ["300", "PT300S"],
  ])("the duration %s is refused with %s", (typed, meant) =>
    expect(refusal(() => durationOption(typed))).toBe(`Did you mean ${meant}?`));

  it.each(["", "P1Y", "constructor", "5 constructors", "-PT5M"])("the duration %j is refused", (typed) =>
    expect(refusal(() => durationOption(typed))).not.toBe("not refused"));

  it.each(["-1", "1.5", "1e3", "2147483648", "", "0x10", " "])("%j is no number of nodes", (typed) =>
    expect(refusal(() => nodesOption(typed))).toContain("whole number"));

  it("mappings add up, and a name may hold =", () => {
    const first = mapOption("queue=$PendingTasks");
    expect([...mapOption("a=b=$CPUPercent", first)]).toEqual([
      ["queue", "$PendingTasks"],
      ["a=b", "$CPUPercent"],
    ]);
    expect(refusal(() => mapOption("queue"))).toContain("name=$Metric");
  });
});

describe("option values of simulations", () => {
  it("an end is drained or a length of time", () => {
    expect(untilOption("drained")).toBe("drained");
    expect(untilOption("PT1H")).toBe(36_000_000_000n);
    expect(refusal(() => untilOption("2h"))).toBe("Did you mean PT2H?");
    for (const typed of ["", "drain", "PT0S", "-PT1H", "constructor"])
      expect(refusal(() => untilOption(typed))).toBe("Write drained, or an ISO 8601 duration: PT12H, P1D.");
  });

  it.each([
    ["maxNodes=5..50/5", "maxNodes 5..50 step 5"],
    ["maxNodes=5..50 step 5", "maxNodes 5..50 step 5"],
    ["maxNodes 5..50", "maxNodes 5..50"],
    ["window=1,5,15", "window 1,5,15"],
    [" share = 0.1..0.5/0.1 ", "share 0.1..0.5 step 0.1"],
    ["x=-2..2", "x -2..2"],
  ])("the range %j", (typed, meant) => expect(rangeOption(typed)).toEqual([meant]));

  it.each([
    "",
    "maxNodes",
    "=1..2",
    "maxNodes=",
    "maxNodes=a..b",
    "2x=1",
    "$x=1..2",
    `x=${"1,".repeat(4000)}1`,
  ])("%j is no range", (typed) =>
    expect(refusal(() => rangeOption(typed))).toBe("Write it as maxNodes=5..50/5, or window=1,5,15."));

  it("ranges add up", () => expect(rangeOption("b=1,2", rangeOption("a=3"))).toEqual(["a 3", "b 1,2"]));
});

describe("fixes", () => {
  const replacing =
    (what: string, by: string) =>
    (source: Source): Diagnostic[] => {
      const start = source.text.indexOf(what);
      if (start < 0) return [];
      const edits = [{ start, end: start + what.length, text: by }];
      return [
        {
          code: "x",
          severity: "error",
          phase: "syntax",
          message: "",
          hint: undefined,
          start,
          end: start,
          fix: { title: by, edits },
        },
      ];
    };
  it("go on until none is offered, and stop when they do not end", () => {
    expect(fixed(new Source("aaa"), replacing("a", "b"))).toMatchObject({ titles: ["b", "b", "b"], source: { text: "bbb" } });
    expect(fixed(new Source("a"), replacing("a", "aa")).titles).toHaveLength(10);
  });

  it("fixes that overlap wait for the next round", () => {
    const both = (source: Source) => [...replacing("ab", "c")(source), ...replacing("bc", "d")(source)];
    expect(fixed(new Source("abc"), both).source.text).toBe("cc");
  });
});

describe("plots", () => {
  it("peaks keep the largest number of every stretch and the order of the steps", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 10, max: 120 }), (values, columns) => {
        const found = peaks(Float64Array.from(values), columns);
        expect(found.length).toBeLessThanOrEqual(Math.max(columns, values.length));
        expect(found.length).toBeLessThanOrEqual(columns);
        expect(Math.max(...found)).toBe(Math.max(...values));
        expect(new Set(values)).toEqual(new Set([...values, ...found]));
      }),
    );
  });

  it("dots stand behind the line and before the shade, each at its height", () => {
    const given = { title: "t", top: 4, width: 40, rows: 4, from: 0n, to: 10n ** 12n };
    const wide = (value: number) => new Float64Array(40).fill(value);
    const text = drawing({ ...given, line: wide(1), dots: wide(3), area: wide(4) }, (_role, piece) => piece);
    const fills = text
      .split("\n")
      .slice(1, -1)
      .map((row) => [...new Set(row.replace(/^.*?[┤┼]/, ""))].join(""));
    expect(fills).toEqual(["░", "·", "░", "─", "░"]);
  });

  it("a drawing fits its width and never fails, whatever the numbers", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 2147483647 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 40, max: 160 }), (values, width) => {
        const line = Float64Array.from(values);
        const text = drawing(
          {
            title: "t",
            line,
            area: line,
            dots: line.toReversed(),
            top: Math.max(...values),
            width,
            rows: 12,
            from: 0n,
            to: 10n ** 12n,
          },
          (_role, piece) => piece,
        );
        const rows = text.split("\n");
        expect(rows.length).toBeLessThanOrEqual(16);
        for (const row of rows.slice(1, -1)) expect(row.length).toBeLessThanOrEqual(width);
      }),
      { numRuns: 60 },
    );
  });
});
