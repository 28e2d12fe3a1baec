/**
 * Results as JUnit XML, which every CI system reads: a suite for each test file, a test case for each case. No durations: evaluations take
 * microseconds, and a report that is the same for the same tests can be compared.
 */
import type { CaseResult } from "./run.ts";
import { testProblemText, type TestProblem } from "./problem.ts";

/** One test file's results, or why it was not run. */
export interface FileResult {
  readonly name: string;
  readonly cases: readonly CaseResult[];
  readonly problems: readonly TestProblem[];
}

/** The document, ending in a line end. */
export function junitXml(files: readonly FileResult[]): string {
  const counts = files.map(countsOf);
  const sum = (key: "tests" | "failures" | "errors") => counts.reduce((total, count) => total + count[key], 0);
  const head = `<testsuites name="weir test" tests="${sum("tests")}" failures="${sum("failures")}" errors="${sum("errors")}">`;
  const suites = files.map((file, i) => suite(file, counts[i]));
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, "</testsuites>", ""].join("\n");
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
}

/** A file that could not be read counts as one test with an error, so that no CI takes it for an empty success. */
function countsOf({ cases, problems }: FileResult): Counts {
  const of = (status: CaseResult["status"]) => cases.filter((one) => one.status === status).length;
  const broken = problems.length > 0 ? 1 : 0;
  return { tests: cases.length + broken, failures: of("failed"), errors: of("notRun") + broken };
}

function suite(file: FileResult, { tests, failures, errors }: Counts): string {
  const name = attribute(file.name);
  const lines = [`  <testsuite name="${name}" tests="${tests}" failures="${failures}" errors="${errors}" skipped="0">`];
  if (file.problems.length > 0) {
    const text = file.problems.map((problem) => testProblemText(file.name, problem)).join("\n");
    lines.push(...testCase(file.name, "the test file", file.problems[0].line, "error", "the test file has problems", text));
  }
  for (const one of file.cases) {
    if (one.status === "passed")
      lines.push(`    <testcase classname="${name}" name="${attribute(one.name)}" file="${name}" line="${one.line}"/>`);
    else if (one.problem !== undefined)
      lines.push(
        ...testCase(file.name, one.name, one.line, "error", one.problem.message, testProblemText(file.name, one.problem)),
      );
    else {
      const texts = one.steps.flatMap((step) => step.mismatches.map((mismatch) => ({ step: step.name, mismatch })));
      const all = texts.map(({ step, mismatch: { what, expected, actual, why, span } }) => {
        const at = span === undefined || one.source === undefined ? undefined : one.source.position(span.start);
        const place = at === undefined ? "" : `\n  at ${one.source?.name}:${at.line}:${at.column}`;
        return `${step === undefined ? "" : `${step}: `}${what}: expected ${expected}, got ${actual}${why === undefined ? "" : `\n  ${why}`}${place}`;
      });
      lines.push(...testCase(file.name, one.name, one.line, "failure", all[0].split("\n")[0], all.join("\n")));
    }
  }
  lines.push("  </testsuite>");
  return lines.join("\n");
}

function testCase(
  file: string,
  name: string,
  line: number,
  kind: "failure" | "error",
  message: string,
  text: string,
): string[] {
  const named = attribute(file);
  return [
    `    <testcase classname="${named}" name="${attribute(name)}" file="${named}" line="${line}">`,
    `      <${kind} type="${kind === "failure" ? "expectation" : "not-run"}" message="${attribute(message)}">${content(text)}</${kind}>`,
    "    </testcase>",
  ];
}

/** Text between tags. `>` is escaped too, because `]]>` may not stand there. */
function content(text: string): string {
  return allowed(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** Text in double quotes; line ends and tabs would be read as blanks. */
function attribute(text: string): string {
  return content(text).replace(/"/g, "&quot;").replace(/\t/g, "&#9;").replace(/\r/g, "&#13;").replace(/\n/g, "&#10;");
}

/** XML 1.0 has no way to write control characters, halves of surrogate pairs, U+FFFE and U+FFFF: they become U+FFFD. */
function allowed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd").replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}
