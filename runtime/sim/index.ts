/** The simulator's door: read a scenario, run it, judge the run, tune a formula. Pure; runs in Node, in a worker and in a browser. */
export { brokenClaims, type Checker, checkers } from "./checkers.ts";
export { type Run, runScenario, type SimulateOptions, simulate, SimulationProblem } from "./cluster.ts";
export { readJsonLines } from "./readJsonLines.ts";
export { readScenario, type ScenarioReading, type TextReader } from "./readScenario.ts";
export { readSwf, type SwfOptions } from "./readSwf.ts";
export { type Bin, type Figures, resultOf, type SimulationResult, type TimelineDocument } from "./result.ts";
export { type Faults, type Scenario, scenarioDefaults, type ScenarioPool } from "./scenario.ts";
export type { ScenarioProblem } from "./scenarioDocument.ts";
export { type ScenarioFile, scenarioJsonSchema } from "./scenarioSchema.ts";
export { type Arrivals, type Synthetic, synthetic } from "./synthetic.ts";
export { coresOf } from "../core/vmSizes.ts";
export {
  adjusted,
  type Workload,
  WorkloadBuilder,
  type WorkloadJob,
  type WorkloadKnobs,
  WorkloadProblem,
  workOf,
} from "./workload.ts";
export { type ReportCharts, type ReportFigure, reportCharts, reportFigures } from "./report.ts";
export {
  declaredRanges,
  formulaAt,
  paretoFront,
  readRange,
  type TuneOutcome,
  type TunePoint,
  TuneProblem,
  type TuneRange,
  tunePoint,
  tunePoints,
} from "./tune.ts";
