/**
 * A thread of `weir tune`: gets a choice of constants and a seed, simulates, answers with the figures. The scenario is read once a seed, because a
 * synthetic workload and the thinning of a log depend on it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { type Scenario, SimulationProblem, type TunePoint, tunePoint } from "../sim/index.ts";
import { NamedFiles, openScenario, type ScenarioText } from "./scenarioFiles.ts";
import { comparable } from "./tuning.ts";

/** What a thread is started with. */
export interface TuneSetup {
  readonly scenario: ScenarioText;
  readonly formula: string;
}

/** One run: constants to put into the formula, none for the formula as it is. */
export interface TuneOrder {
  readonly index: number;
  readonly point: TunePoint;
  readonly seed: number;
}

const setup = workerData as TuneSetup;
const files = new NamedFiles(setup.scenario.path);
const scenarios = new Map<number, Scenario>();

function scenarioOf(seed: number): Scenario {
  const known = scenarios.get(seed);
  if (known !== undefined) return known;
  const reading = openScenario(setup.scenario, seed, { paintError: (_role, text) => text }, files);
  if (!reading.ok) throw new SimulationProblem(reading.problems[0]);
  const scenario = comparable(reading.scenario);
  scenarios.set(seed, scenario);
  return scenario;
}

parentPort!.on("message", ({ index, point, seed }: TuneOrder) => {
  try {
    parentPort!.postMessage({ index, outcome: tunePoint(scenarioOf, setup.formula, point, [seed]) });
  } catch (error) {
    // A scenario that the service refuses is the user's to mend; anything else ends the thread and is told as a bug.
    if (!(error instanceof SimulationProblem)) throw error;
    parentPort!.postMessage({ index, problem: error.message });
  }
});
