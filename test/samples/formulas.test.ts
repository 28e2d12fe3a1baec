/**
 * The sample formulas do what their headings say: every `Expect:` of a good formula is run on its history, every mistake fails the way
 * its heading tells, and the ready cases give the results that stand beside them (written by hand from the rules, not by the program).
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/autoscale/run.ts";
import { parseDuration, parseInstant, TICKS_PER_MS } from "../../src/base/time.ts";
import { check } from "../../src/language/check/checker.ts";
import { lint } from "../../src/language/check/lint/index.ts";
import { Source } from "../../src/language/source.ts";
import { format } from "../../src/language/syntax/format.ts";
import { parse } from "../../src/language/syntax/parse.ts";
import { readMetrics } from "../../src/metrics/formats/detect.ts";
import { MetricStore } from "../../src/metrics/index.ts";
import { expectation, sampleFormulas } from "./headings.ts";

const good = sampleFormulas("");
const mistakes = sampleFormulas("mistakes/");

/** A history as a store, by a reader of its own: the library's reader has its own tests. */
function storeOf(name: string): MetricStore {
  const lines = readFileSync(new URL(`../../samples/metrics/${name}`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  const [header, ...rows] = lines.filter((line) => !line.startsWith("#")).map((line) => line.split(","));
  const periodMs = Date.parse(rows[1][0]) - Date.parse(rows[0][0]);
  const store = new MetricStore({ samplePeriod: BigInt(periodMs) * TICKS_PER_MS, retention: Number.POSITIVE_INFINITY });
  for (const [time, ...cells] of rows) {
    const at = parseInstant(time);
    if (at === undefined) throw new Error(`no time: ${time}`);
    for (const [i, cell] of cells.entries()) if (cell !== "") store.record(header[i + 1], at, Number(cell));
  }
  return store;
}

const stores = new Map<string, MetricStore>();
function cachedStore(name: string): MetricStore {
  const store = stores.get(name) ?? storeOf(name);
  stores.set(name, store);
  return store;
}

describe("headings", () => {
  it("there are at least 14 good formulas and 6 mistakes", () => {
    expect(good.length).toBeGreaterThanOrEqual(14);
    expect(mistakes.length).toBeGreaterThanOrEqual(6);
  });

  it.each(good)("$file says purpose, when to use it, what it reads, and at least two results", ({ text, title, fields }) => {
    expect(title).toMatch(/^\/\/ [A-Z]/);
    for (const name of ["Purpose", "Use when", "Reads"]) expect(fields.get(name)).toHaveLength(1);
    const expected = fields.get("Expect") ?? [];
    expect(expected.length).toBeGreaterThanOrEqual(2);
    expect(expected.filter((field) => expectation(field) === undefined)).toEqual([]);
    expect(text.length).toBeLessThan(8192);
    expect(text).toMatch(/^\$NodeDeallocationOption = /m);
  });

  it.each(mistakes)("$file says what is wrong, what happens, and the repair", ({ title, fields }) => {
    expect(title).toMatch(/^\/\/ Mistake: /);
    for (const name of ["What happens", "Repair", "Expect"]) expect(fields.get(name)).toHaveLength(1);
  });

  it("README.md names every good formula and every history in its tables", () => {
    const page = readFileSync(new URL("../../samples/README.md", import.meta.url), "utf8");
    const missing = good.map(({ file }) => file.replace(".formula", "")).filter((name) => !page.includes(`| \`${name}\` |`));
    expect(missing).toEqual([]);
  });
});

/** `severity code` of every diagnostic of a formula: of its syntax alone, or, if that is right, of the checker and the linter. */
function diagnosticsOf(text: string): string[] {
  const source = new Source(text);
  const { formula, diagnostics } = parse(source);
  const all = formula === undefined ? diagnostics : [...check(formula).diagnostics, ...lint(source, formula)];
  return all.map(({ severity, code }) => `${severity} ${code}`);
}

describe("diagnostics", () => {
  it.each(good)("$file has no error and no warning, and stands in canonical layout", ({ text }) => {
    expect(diagnosticsOf(text).filter((one) => !one.startsWith("hint "))).toEqual([]);
    expect(format(new Source(text)).text).toBe(text);
  });

  it.each(mistakes)("$file is found as its heading says, and nothing graver is found", ({ text, fields }) => {
    const [expected] = fields.get("Expect")!;
    const found = diagnosticsOf(text);
    expect(found).toContain(expected);
    if (!expected.startsWith("error ")) expect(found.filter((one) => one.startsWith("error "))).toEqual([]);
  });
});

const expectations = good.flatMap(({ file, text, fields }) =>
  (fields.get("Expect") ?? []).flatMap((field) => {
    const expected = expectation(field);
    return expected === undefined ? [] : [{ file, text, ...expected }];
  }),
);

describe("expected results of the headings", () => {
  it.each(expectations)("$file on $metrics at $at gives what its heading says", ({ text, metrics, at, before, after }) => {
    const run = evaluate(text, { store: cachedStore(metrics), at, targets: before });
    expect(run.error).toBeNull();
    expect(run.targets).toEqual(after);
  });

  it.each(good)("$file runs without error on a pool that has no samples yet", ({ text }) => {
    const run = evaluate(text, { at: "2026-01-05T08:00:00Z", targets: { dedicated: 3, lowPriority: 1 } });
    expect(run.error).toBeNull();
  });
});

describe("forms of a history", () => {
  const read = (name: string) =>
    readMetrics(readFileSync(new URL(`../../samples/metrics/${name}`, import.meta.url), "utf8"), { knownMetrics });
  const knownMetrics = ["$ActiveTasks", "$RunningTasks", "$PendingTasks", "$CPUPercent"];

  it.each([
    ["nasa-tuesday.json", "json"],
    ["azure-monitor-response.json", "azureMonitor"],
    ["prometheus-response.json", "prometheus"],
  ])("%s is read without a problem and gives the targets that nasa-week.csv gives", (name, form) => {
    const { format: found, store, problems } = read(name);
    expect({ found, problems }).toEqual({ found: form, problems: [] });
    for (const file of ["pending-tasks.formula", "cpu-trend.formula"]) {
      const { text } = good.find((one) => one.file === file)!;
      const run = (from: MetricStore) =>
        evaluate(text, { store: from, at: "2026-01-06T14:00:00Z", targets: { dedicated: 20 } });
      expect(run(store).results).toBe(run(cachedStore("nasa-week.csv")).results);
    }
  });

  it.each([
    "nasa-week.csv",
    "lcg-3days.csv",
    "azure-vm-2017-5days.csv",
    "llm-hour.csv",
    "gaps.csv",
    "simulated-preemption.csv",
  ])("%s is read by the library without an error, heading included", (name) => {
    const {
      format: found,
      store,
      problems,
    } = readMetrics(readFileSync(new URL(`../../samples/metrics/${name}`, import.meta.url), "utf8"));
    expect(found).toBe("csv");
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(store.names()).toContain("$PendingTasks");
  });
});

describe("mistakes", () => {
  const outcome = (file: string) => {
    const formula = mistakes.find((one) => one.file === `mistakes/${file}.formula`);
    if (formula === undefined) throw new Error(`no such sample: ${file}`);
    const run = evaluate(formula.text, {
      store: cachedStore("nasa-week.csv"),
      at: "2026-01-05T03:00:00Z",
      targets: { dedicated: 5 },
    });
    return { code: run.error?.code, message: run.error?.values[0]?.value, dedicated: run.targets.dedicated };
  };

  it.each([
    ["misspelt-name", "AutoScalingFormulaEvaluationError", "Line 7, Col 18: Undefined symbol: $PendingTask"],
    ["missing-semicolon", "AutoScalingFormulaSyntaxError", "Line 8, Col 1: Syntax error near 'pending'"],
    ["single-quotes", "AutoScalingFormulaSyntaxError", "Line 7, Col 26: Syntax error near '''"],
  ])("%s fails with %s and the service's text, the pool unchanged (rules 2.22, 6.9, 6.10, 8.7)", (file, code, message) => {
    expect(outcome(file)).toEqual({ code, message, dedicated: 5 });
  });

  it.each([
    "swapped-kinds",
    "nine-fraction-digits",
    "vector-as-number",
  ])("%s fails when it runs, the pool unchanged (rules 3.20, 6.10, 8.25)", (file) => {
    expect(outcome(file)).toMatchObject({ code: "AutoScalingFormulaEvaluationError", dedicated: 5 });
  });

  it("quotient-cut-to-zero runs and gives 0 nodes for 3 tasks on 4 slots (rule 4.6)", () => {
    const store = new MetricStore();
    const at = parseInstant("2026-01-05T08:00:00Z")!;
    store.record("$PendingTasks", at, 3);
    store.record("$TaskSlotsPerNode", at, 4);
    const formula = mistakes.find(({ file }) => file.includes("quotient"))!;
    expect(evaluate(formula.text, { store, at, targets: { dedicated: 5 } })).toMatchObject({
      error: null,
      targets: { dedicated: 0 },
    });
  });

  it("unguarded-samples fails on a pool without samples and runs on one with all of them (rules 5.6, 5.7)", () => {
    const formula = mistakes.find(({ file }) => file.includes("unguarded"))!;
    const fresh = evaluate(formula.text, { at: "2026-01-05T08:00:00Z", targets: { dedicated: 5 } });
    expect(fresh).toMatchObject({ error: { code: "InsufficientSampleData" }, targets: { dedicated: 5 } });
    expect(evaluate(formula.text, { store: cachedStore("nasa-week.csv"), at: "2026-01-05T03:00:00Z" }).targets.dedicated).toBe(
      6,
    );
  });
});

describe("cases", () => {
  const linesOf = (name: string) =>
    readFileSync(new URL(`../../samples/cases/${name}`, import.meta.url), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const expected = linesOf("basics.expected.jsonl");
  const cases = linesOf("basics.jsonl").map((one, i) => ({ ...one, expected: expected[i] }));

  it("each case has its result beside it, in the same order", () => {
    expect(cases.length).toBeGreaterThanOrEqual(6);
    expect(expected.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
  });

  it.each(cases)("$id gives the result that stands beside it", ({ id, formula, metrics, at, targets, seed, expected }) => {
    const store = new MetricStore({ samplePeriod: metrics.samplePeriod });
    for (const [name, { start, values }] of Object.entries<{ start: string; values: (number | null)[] }>(metrics.series)) {
      const period = parseDuration(metrics.samplePeriod)!;
      for (const [k, value] of values.entries())
        if (value !== null) store.record(name, parseInstant(start)! + BigInt(k) * period, value);
    }
    const run = evaluate(formula, { store, at, targets, seed });
    expect(JSON.parse(JSON.stringify({ id, ...run }))).toEqual(expected);
  });
});
