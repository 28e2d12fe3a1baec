/**
 * The report of simulated runs: figures, then demand, nodes, queue and cost over time, the distributions of wait and slowdown, warnings, the scenario
 * and its formulas. The frame is `page.ts`, the charts are drawn by `simulationCharts.js`.
 */
import { counted } from "../output.ts";
import { type ScenarioRun, simulationFigures } from "../simulationTable.ts";
import { chart, escaped, figureTable, foldedText, reportFrame, section, swatch } from "./page.ts";
import { simulationData } from "./simulationData.ts";

/** What the page tells besides the runs. */
export interface SimulationContext {
  /** Name and text of the scenario. */
  readonly scenario: string;
  readonly text: string;
}

/** The page's text. */
export function simulationPage(runs: readonly ScenarioRun[], context: SimulationContext): string {
  const [{ scenario }] = runs;
  const data = simulationData(runs);
  const several = runs.length > 1;
  // A workload without tasks leaves no row.
  const ended = new Date((data.times.at(-1) ?? scenario.startAt / 1000) * 1000).toISOString().slice(0, 16);
  const began = new Date(scenario.startAt).toISOString().slice(0, 16);
  const priority = data.hasLowPriority ? ", dedicated and low-priority together" : "";
  return reportFrame({
    title: `Simulation of ${several ? counted(runs.length, "pool") : runs[0].name}`,
    intro: `${counted(scenario.workload.count, "task")} of ${escaped(context.scenario)}, seed ${scenario.seed}, from ${began}Z to ${ended}Z.`,
    sections: [
      figureTable(runs, simulationFigures),
      warnings(runs),
      chart(
        "nodes",
        "Nodes",
        `Nodes of the pool${priority}; dashed what the targets ask for${several ? "" : ", over the demand: nodes that would hold every task submitted and not completed"}. Drag to zoom, double-click to see all; click a name to hide it.`,
      ),
      several ? chart("demand", "Demand", "Nodes that would hold every task submitted and not completed.") : "",
      chart("queue", "Queue", several ? "Tasks that wait for a node." : "Tasks that wait for a node, and tasks that run."),
      data.hasLowPriority ? chart("lowPriority", "Low-priority nodes", "Those that may be preempted.") : "",
      data.hasCost ? chart("cost", "Cost so far", "Node hours at the prices of the scenario.") : "",
      ...(data.wait.at.length === 0
        ? []
        : [
            distributionChart("wait", "Wait", "From submission to the start of the first attempt", data.wait.growing),
            distributionChart(
              "slowdown",
              "Slowdown",
              "Wait and run time over run time, of which at least 10 s",
              data.slowdown.growing,
            ),
          ]),
      foldedText(context.scenario, context.text, false),
      ...runs.flatMap(({ name, formula }, i) => (formula === undefined ? [] : [foldedText(name, formula.text, !several, i)])),
      `<p class="quiet">Closed loop: the shipped scheduler on a virtual clock. The same scenario and seed give the same figures on any machine.</p>`,
    ],
    data,
  });
}

function distributionChart(id: string, title: string, what: string, growing: boolean): string {
  return chart(id, title, `${what}: ${growing ? "percent of the tasks up to there" : "number of tasks"}.`);
}

function warnings(runs: readonly ScenarioRun[]): string {
  const items = runs.flatMap(({ name, result }, i) =>
    result.warnings.map((text) => `<li>${runs.length > 1 ? `${swatch(i)}${escaped(name)}: ` : ""}${escaped(text)}</li>`),
  );
  return items.length === 0 ? "" : section(`<h2>Warnings</h2><ul>${items.join("")}</ul>`);
}
