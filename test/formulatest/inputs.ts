/**
 * Test files and what they name, in memory: shows the engine a small world without a disk.
 */
import { expect } from "vitest";
import {
  type CaseResult,
  readTestFile,
  runTestFile,
  type Simulate,
  TestedFormulas,
  testProblemText,
} from "../../runtime/formulatest/index.ts";

/** Files by path. */
export type Files = Readonly<Record<string, string>>;

const noSimulator: Simulate = async () => ({ kind: "notSupported", reason: "no simulator here" });

/** Runs a test file that is right; its results and what they covered. */
export async function runText(
  text: string,
  files: Files = {},
  simulate = noSimulator,
): Promise<{ results: readonly CaseResult[]; formulas: TestedFormulas }> {
  const reading = readTestFile(text, "t.yaml");
  if (!reading.ok) throw new Error(reading.problems.map((problem) => testProblemText("t.yaml", problem)).join("\n"));
  const formulas = new TestedFormulas();
  const results = await runTestFile(
    reading.file,
    {
      readFile: ({ path }) => (Object.hasOwn(files, path) ? { text: files[path] } : { trouble: `${path}: no such file` }),
      nameOf: ({ path }) => path,
      simulate,
    },
    formulas,
  );
  expect(results.length).toBeGreaterThan(0);
  return { results, formulas };
}

/** `passed`, or the differences of a case as `what: expected, got`. */
export function verdict(result: CaseResult): string {
  if (result.problem !== undefined) return `notRun ${result.problem.line}: ${result.problem.message}`;
  const differences = result.steps.flatMap((step) =>
    step.mismatches.map(
      ({ what, expected, actual }) => `${step.name === undefined ? "" : `${step.name}: `}${what}: ${expected}, got ${actual}`,
    ),
  );
  return differences.length === 0 ? result.status : differences.join("\n");
}

/** The verdicts of all cases. */
export async function verdicts(text: string, files: Files = {}, simulate = noSimulator): Promise<string[]> {
  return (await runText(text, files, simulate)).results.map(verdict);
}

/** The problems of a test file that is wrong, as `line:column: message (remedy)`. */
export function problemsOf(text: string): string[] {
  const reading = readTestFile(text, "t.yaml");
  if (reading.ok) throw new Error("the test file has no problem");
  expect(reading.problems.length).toBeGreaterThan(0);
  return reading.problems.map((problem) => testProblemText("", problem).slice(1).replace(" error:", ""));
}
