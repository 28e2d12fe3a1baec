/**
 * Compares what a run gave with what a case expects. Every difference says expected and actual in the words of the test file and points at the place
 * in the formula that decided: the assignment, or where the run failed.
 */
import type { AutoScaleRun } from "../../src/autoscale/run.ts";
import type { JsonValue } from "../../src/autoscale/results.ts";
import { nearest } from "../../src/base/table.ts";
import { parseDuration, parseInstant } from "../../src/base/time.ts";
import type { Diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import type { Span } from "../../src/language/source.ts";
import { doubleText } from "../../src/language/values/text.ts";
import type { ExpectedError, ExpectedVariable, Expectation } from "./testFile.ts";

/** One difference between expected and actual. */
export interface Mismatch {
  /** What was asked about: `$TargetDedicatedNodes`, a variable, `error`, `lint`. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  /** The sentence that explains a target, or what to do about a failure. */
  readonly why: string | undefined;
  /** The place in the formula; undefined where there is none. */
  readonly span: Span | undefined;
}

/** What is judged of one evaluation. */
export interface Evidence {
  readonly run: AutoScaleRun;
  /** Why the run failed, with its place in the formula; undefined after a success. For a formula that was refused, its first problem. */
  readonly failure: Diagnostic | undefined;
  /** The last assignment of a name that the run completed. */
  readonly assignment: (name: string) => Span | undefined;
  /** The sentence on a target. */
  readonly why: (target: "$TargetDedicatedNodes" | "$TargetLowPriorityNodes") => string | undefined;
  /** Line and column of an offset, from 1. */
  readonly position: (offset: number) => { readonly line: number; readonly column: number };
  /** Codes that lint reports. Asked only where a case expects something of them. */
  readonly lint: () => readonly Diagnostic[];
}

/** All differences, in the order of the expectation; empty when the run is as expected. */
export function judge(expect: Expectation, evidence: Evidence): readonly Mismatch[] {
  const { run } = evidence;
  const surprise = judgeError(expect.error, evidence);
  // After a failure nobody expected every other difference is its consequence.
  if (surprise !== undefined && run.error !== null) return [surprise];
  const found: (Mismatch | undefined)[] = [surprise];
  found.push(judgeTarget("$TargetDedicatedNodes", expect.dedicated, run.targets.dedicated, evidence));
  found.push(judgeTarget("$TargetLowPriorityNodes", expect.lowPriority, run.targets.lowPriority, evidence));
  const option = run.targets.nodeDeallocationOption;
  if (expect.nodeDeallocationOption !== undefined && expect.nodeDeallocationOption !== option) {
    const name = "$NodeDeallocationOption";
    const span = evidence.assignment(name);
    found.push({
      what: name,
      expected: expect.nodeDeallocationOption,
      actual: span === undefined ? `${option} (not assigned)` : option,
      why: undefined,
      span,
    });
  }
  for (const variable of expect.variables) found.push(judgeVariable(variable, evidence));
  found.push(...judgeLint(expect.lint, evidence));
  return found.filter((item) => item !== undefined);
}

function judgeTarget(
  name: "$TargetDedicatedNodes" | "$TargetLowPriorityNodes",
  expected: number | undefined,
  actual: number,
  evidence: Evidence,
): Mismatch | undefined {
  if (expected === undefined || expected === actual) return undefined;
  return {
    what: name,
    expected: String(expected),
    actual: String(actual),
    why: evidence.why(name),
    span: evidence.assignment(name),
  };
}

function judgeError(expected: Expectation["error"], evidence: Evidence): Mismatch | undefined {
  const { error } = evidence.run;
  const { failure } = evidence;
  if (error === null) {
    if (expected === "none") return undefined;
    return {
      what: "error",
      expected: expected === "any" ? "an error" : errorText(expected),
      actual: "no error",
      why: undefined,
      span: undefined,
    };
  }
  if (expected === "any") return undefined;
  const at = failure === undefined ? undefined : evidence.position(failure.start);
  const texts = [error.values[0]?.value ?? "", error.message, failure?.message ?? ""];
  const place = at === undefined ? "" : `, line ${at.line}, column ${at.column}`;
  const actual = `${error.code}${failure === undefined ? "" : ` (${failure.code})`}${place}: ${failure?.message ?? error.message}`;
  const mismatch = { what: "error", actual, why: failure?.hint, span: failure };
  if (expected === "none") return { ...mismatch, expected: "no error" };
  const fits =
    (expected.code === undefined || expected.code === error.code || expected.code === failure?.code) &&
    (expected.line === undefined || expected.line === at?.line) &&
    (expected.column === undefined || expected.column === at?.column) &&
    (expected.text === undefined || texts.some((text) => text.includes(expected.text as string)));
  return fits ? undefined : { ...mismatch, expected: errorText(expected) };
}

function errorText({ code, line, column, text }: ExpectedError): string {
  const parts = [
    code ?? "an error",
    line === undefined ? "" : `line ${line}`,
    column === undefined ? "" : `column ${column}`,
    text === undefined ? "" : `with "${text}"`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function judgeVariable(expected: ExpectedVariable, evidence: Evidence): Mismatch | undefined {
  const { name, value } = expected;
  const { variables } = evidence.run;
  const actual = Object.hasOwn(variables, name) ? variables[name] : undefined;
  const span = evidence.assignment(name);
  if (actual === undefined) {
    if (value === null) return undefined;
    const meant = nearest(name, Object.keys(variables));
    return {
      what: name,
      expected: expectedText(value),
      actual: "not assigned",
      why: meant === undefined ? undefined : `did you mean ${meant}?`,
      span: undefined,
    };
  }
  if (value !== null && fitsValue(value, actual, expected.tolerance)) return undefined;
  const within = expected.tolerance === undefined || actual.type !== "double" ? "" : ` ± ${expected.tolerance}`;
  return {
    what: name,
    expected: `${expectedText(value)}${within}`,
    actual: `${actualText(actual)} (${actual.type})`,
    why: undefined,
    span,
  };
}

function expectedText(value: ExpectedVariable["value"]): string {
  if (value === null) return "not assigned";
  return typeof value === "object" ? `[${value.join(",")}]` : String(value);
}

function actualText({ value }: JsonValue): string {
  return typeof value === "object" ? `[${value.join(",")}]` : String(value);
}

function fitsValue(
  expected: number | string | readonly number[],
  { type, value }: JsonValue,
  tolerance: number | undefined,
): boolean {
  switch (type) {
    case "double":
      return typeof expected !== "object" && isSameDouble(Number(expected), Number(value), tolerance);
    case "doubleVec": {
      const elements = value as readonly (number | string)[];
      if (typeof expected !== "object" || expected.length !== elements.length) return false;
      return expected.every((element, i) => isSameDouble(element, Number(elements[i]), tolerance));
    }
    case "timestamp":
      return typeof expected === "string" && parseInstant(expected) === parseInstant(String(value));
    case "timeinterval":
      return typeof expected === "string" && expected.length < 60 && parseDuration(expected) === parseDuration(String(value));
    case "string":
    case "deallocationOption":
      return expected === value;
    default:
      return type satisfies never;
  }
}

/**
 * Without a tolerance: a number written with a fraction is compared as the service prints it (six significant digits, rule 8.27), because that is
 * where people read it off; a whole number is compared exactly, but for the last bits of a sum.
 */
function isSameDouble(expected: number, actual: number, tolerance: number | undefined): boolean {
  if (Number.isNaN(expected) || Number.isNaN(actual)) return Number.isNaN(expected) && Number.isNaN(actual);
  if (expected === actual) return true;
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) return false;
  if (tolerance !== undefined) return Math.abs(expected - actual) <= tolerance;
  if (Math.abs(expected - actual) <= 1e-9 * Math.abs(expected)) return true;
  return !Number.isInteger(expected) && doubleText(expected) === doubleText(actual);
}

function judgeLint(expected: Expectation["lint"], evidence: Evidence): Mismatch[] {
  if (expected.present.length === 0 && expected.absent.length === 0) return [];
  const found = evidence.lint();
  const missing = expected.present
    .filter((code) => !found.some((item) => item.code === code))
    .map((code): Mismatch => ({ what: "lint", expected: code, actual: "no such advice", why: undefined, span: undefined }));
  const unwanted = expected.absent.flatMap((code): Mismatch[] => {
    const first = found.find((item) => item.code === code);
    return first === undefined
      ? []
      : [{ what: "lint", expected: `no ${code}`, actual: first.message, why: first.hint, span: first }];
  });
  return [...missing, ...unwanted];
}
