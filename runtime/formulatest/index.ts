/**
 * The door of formula tests: read a test file, run it, write the results down. Everything from outside (files, names, a simulator) is handed in, so
 * that the same tests run in a process, in an editor or in a page.
 *
 *     const reading = readTestFile(text, "pool.test.yaml");
 *     if (reading.ok) await runTestFile(reading.file, inputs, new TestedFormulas());
 */
export { type CoveragePart, FormulaCoverage, type Share } from "./coverage.ts";
export { type TestedFormula, TestedFormulas } from "./formulas.ts";
export type { Mismatch } from "./judge.ts";
export { type FileResult, junitXml } from "./junit.ts";
export { type Place, type TestProblem, testProblemText } from "./problem.ts";
export { readTestFile, type TestFileReading } from "./read.ts";
export { type CaseResult, runTestFile, type SimulationResult, type StepResult, type TestInputs } from "./run.ts";
export { testJsonSchema } from "./schema.ts";
export {
  judgeSimulation,
  measures,
  readSimulationExpectations,
  type Simulate,
  type SimulationEnd,
  type SimulationSummary,
} from "./simulation.ts";
export type { FileReference, TestCase, TestFile } from "./testFile.ts";
export type { FileText, ReadFile } from "./world.ts";
