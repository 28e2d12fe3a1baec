/**
 * Each lint code on formulas that provoke it, on near misses that do not, and with its fix.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lintReference, ruleReference } from "../../../src/language/check/lint/index.ts";
import { rules } from "../../../src/language/check/lint/rules.ts";
import { lintTable } from "../../../src/language/diagnostics/lintCodes.ts";
import { sampleFormulas } from "../../samples/headings.ts";
import { applied, lintCases, lintText } from "./cases.ts";

const cases = lintCases();
const of = (kind: string) => cases.filter((one) => one.kind === kind);
const codes = (text: string, options = {}) => lintText(text, options).map((item) => item.code);

describe("cases", () => {
  it.each(of("fires"))("$code is reported: $title", ({ code, formula, options }) => {
    expect(codes(formula, options)).toContain(code);
  });

  it.each(of("silent"))("$code is not reported: $title", ({ code, formula, options }) => {
    expect(codes(formula, options)).not.toContain(code);
  });

  it.each(of("fix"))("$code has a fix that removes it: $title", ({ code, formula, fixed, options }) => {
    const item = lintText(formula, options).find((one) => one.code === code);
    expect(item?.fix).toBeDefined();
    expect(applied(formula, item!.fix!)).toBe(fixed);
    expect(codes(fixed, options)).not.toContain(code);
  });

  it.each([
    ["a target that takes no timestamp", "b = time(); $TargetDedicatedNodes = b; $TargetDedicatedNodes = 0; a = 0;"],
    ["an option that takes no string", '$NodeDeallocationOption = "requeue"; $NodeDeallocationOption = requeue; a = 0;'],
    ["a target in between that takes no string", 'a = 1; $TargetDedicatedNodes = "x"; a = 2; $TargetDedicatedNodes = a;'],
    ["a name in between that takes nothing", "a = 1; $PendingTasks = 3; a = 2; $TargetDedicatedNodes = a;"],
  ])("overwritten-before-read has no fix where a run may fail at %s (8.25)", (_why, formula) => {
    const item = lintText(formula).find(({ code }) => code === "overwritten-before-read");
    expect(item).toBeDefined();
    expect(item!.fix).toBeUndefined();
  });

  it.each([
    ["$TargetDedicatedNodes = 1 + 1; $TargetDedicatedNodes = 0;", "$TargetDedicatedNodes = 0;"],
    [
      "$NodeDeallocationOption = terminate; $NodeDeallocationOption = requeue; $TargetDedicatedNodes = 0;",
      "$NodeDeallocationOption = requeue; $TargetDedicatedNodes = 0;",
    ],
    ['a = "x"; $TargetDedicatedNodes = 0; a = 2; b = a;', "$TargetDedicatedNodes = 0; a = 2; b = a;"],
  ])("overwritten-before-read has a fix where no run can fail: %s", (formula, fixed) => {
    const item = lintText(formula).find(({ code }) => code === "overwritten-before-read");
    expect(applied(formula, item!.fix!)).toBe(fixed);
  });

  it("every code has a case that fires and one that does not, and every code that promises a fix has one", () => {
    const named = (kind: string) => new Set(of(kind).map(({ code }) => code));
    expect([...named("fires")].sort()).toEqual(lintTable.rows.map(({ name }) => name).sort());
    expect([...named("silent")].sort()).toEqual(lintTable.rows.map(({ name }) => name).sort());
    const promising = lintTable.rows.filter((row) => row.fix !== undefined).map(({ name }) => name);
    expect([...named("fix")].sort()).toEqual(promising.sort());
  });
});

describe("words", () => {
  const item = (code: string, text: string) => lintText(text).find((one) => one.code === code)!;

  it("of a divisor that is 0 itself do not say that it can be, nor advise to ask (rule 8.5)", () => {
    const { message, hint } = item("division-by-zero", "n = 0; $TargetDedicatedNodes = $PendingTasks / n;");
    expect(message).toBe("The divisor is always 0, and the quotient decides $TargetDedicatedNodes");
    expect(hint).toBe("divide by another number");
  });

  it("of a long quotient repeat it whole or not at all: half an expression is no advice (rule 4.6)", () => {
    const long = "$TargetDedicatedNodes = min(5, max(0, $PendingTasks.GetSample(1)) * 0.25);";
    expect(item("truncated-quotient", long).hint).toMatch(/^round up: quotient \+ 0\.9;/);
    const short = "$TargetDedicatedNodes = min(5, $PendingTasks * 0.25);";
    expect(item("truncated-quotient", short).hint).toMatch(/^round up: \$PendingTasks \* 0\.25 \+ 0\.9;/);
  });
});

describe("the table of codes", () => {
  it.each(lintTable.rows.map((row) => ({ row, name: row.name })))("$name: its example provokes it, in its own words", ({
    row,
  }) => {
    const item = lintText(row.example).find(({ code }) => code === row.name);
    expect(item).toMatchObject({ severity: row.severity, phase: "lint" });
    expect(item!.message).not.toMatch(/undefined|NaN|\[object/);
    expect(item!.hint).not.toMatch(/undefined|NaN|\[object/);
    expect(row.reason.length).toBeGreaterThan(40);
    expect(row.rules).toMatch(/^\d+\.\d+(, \d+\.\d+)*$/);
  });

  it("every code belongs to exactly one rule, but for those about silencing comments", () => {
    const owned = [...rules.flatMap((rule) => rule.codes), "unknown-ignore", "unused-ignore"];
    expect(owned.sort()).toEqual(lintTable.rows.map(({ name }) => name).sort());
  });

  it("docs/lint.md is the page made from the table", () => {
    expect(readFileSync(new URL("../../../docs/lint.md", import.meta.url), "utf8")).toBe(lintReference());
    expect(ruleReference()).toHaveLength(lintTable.rows.length);
  });
});

describe("sample formulas", () => {
  const justified: Record<string, readonly string[]> = {
    "memory-pressure.formula": ["retired-metric"],
    "network-bound.formula": ["retired-metric"],
    "spot-dedicated-mix.formula": ["no-preemption-reserve"],
  };

  it.each(sampleFormulas(""))("$file is clean, but for hints that it deserves", ({ file, text }) => {
    expect(lintText(text).map(({ severity, code }) => `${severity} ${code}`)).toEqual(
      (justified[file] ?? []).map((code) => `hint ${code}`),
    );
  });

  it.each([
    ["mistakes/misspelt-name.formula", "near-service-name"],
    ["mistakes/nine-fraction-digits.formula", "time-fraction-digits"],
    ["mistakes/quotient-cut-to-zero.formula", "truncated-quotient"],
    ["mistakes/unguarded-samples.formula", "unguarded-samples"],
  ])("%s is found out by %s", (file, code) => {
    const sample = sampleFormulas("mistakes/").find((one) => one.file === file);
    expect(codes(sample!.text)).toContain(code);
  });
});
