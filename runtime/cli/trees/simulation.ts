/** The commands on scenarios: simulate, tune. */
import { type Command, Option } from "commander";
import { jobsOption, rangeOption, seedOption, seedsOption, untilOption } from "../optionValues.ts";
import { type Ended, outputOf } from "./tree.ts";

/** simulate, tune. */
export function addSimulationCommands(program: Command, ended: Ended): void {
  program
    .command("simulate")
    .description("run a scenario in closed loop: workload, pool and formula on a virtual clock")
    .usage("[options] <scenario>")
    .argument("[scenario]", "scenario file (YAML or JSON)")
    .addOption(new Option("--seed <n>", "instead of the scenario's seed").argParser(seedOption))
    .addOption(new Option("--until <when>", "drained, or a duration such as P1D").argParser(untilOption))
    .option("--compare <file...>", "run these formulas on the same workload; one alone is compared with the scenario's")
    .option("--html <file>", "write a report with charts: one page, nothing to load")
    .option("--csv <file>", "write the timeline")
    .addHelpText(
      "after",
      "\nExamples:\n  weir simulate night.yaml --html report.html\n  weir simulate night.yaml --compare old.formula new.formula",
    )
    .action(async (file: string | undefined, options, command: Command) => {
      const { simulateFile } = await import("../commands/simulate.ts");
      ended(await simulateFile(file, options, outputOf(command)));
    });
  program
    .command("tune")
    .description("search a formula's constants: the best of cost and wait over a scenario")
    .argument("<file>", "formula file; its comments may say what to try: // tune: maxNodes 5..50 step 5")
    .requiredOption("--scenario <file>", "scenario file (YAML or JSON)")
    .addOption(
      new Option("--param <name=from..to/step>", "values to try for a constant; may be repeated").argParser(rangeOption),
    )
    .addOption(new Option("--seeds <n>", "runs of each point, each with another seed (default: 3)").argParser(seedsOption))
    .addOption(new Option("--jobs <n>", "threads (default: one for each processor)").argParser(jobsOption))
    .option("--write <directory>", "write the formula of each best point into a file")
    .option("--html <file>", "write a report with a chart: one page, nothing to load")
    .addHelpText(
      "after",
      "\nExample:\n  weir tune pool.formula --scenario night.yaml --param maxNodes=5..50/5 --param spare=0..2",
    )
    .action(async (file: string, options, command: Command) => {
      const { tuneFile } = await import("../commands/tune.ts");
      ended(await tuneFile(file, options, outputOf(command)));
    });
}
