/**
 * Scenarios of formula tests, run for real. The simulator is loaded only when a test asks for it, because most tests evaluate formulas and are done
 * before it would be read.
 */
import type { SimulationEnd } from "../formulatest/index.ts";
import { InputError } from "./exitCodes.ts";

const plain = { paintError: (_role: string, text: string) => text };

/** Runs a scenario file. `noted` hears the files that it names, from where the command runs, also when one of them is not there. */
export async function runTestScenario(path: string, noted: (path: string) => void): Promise<SimulationEnd> {
  const [{ openScenario, readScenarioText }, { simulate, SimulationProblem }] = await Promise.all([
    import("./scenarioFiles.ts"),
    import("../sim/index.ts"),
  ]);
  try {
    const reading = openScenario(await readScenarioText(path), undefined, plain);
    for (const file of reading.files) noted(file);
    if (!reading.ok) return { kind: "refused", reason: firstOf(reading.problems) };
    return { kind: "ran", summary: simulate(reading.scenario) };
  } catch (error) {
    if (error instanceof InputError || error instanceof SimulationProblem) return { kind: "refused", reason: error.message };
    throw error;
  }
}

/** A test has one line for the trouble: the first problem's first line, and how many more there are. */
function firstOf(problems: readonly string[]): string {
  const first = problems[0].split("\n")[0];
  return problems.length === 1 ? first : `${first} (and ${problems.length - 1} more; weir simulate shows all)`;
}
