/** The commands on formulas: check, lay out, evaluate once, run over a history, try, test. */
import { type Command, Option } from "commander";
import {
  countOption,
  durationOption,
  mapOption,
  nodesOption,
  positiveDurationOption,
  seedOption,
  slotsOption,
  timeOption,
} from "../optionValues.ts";
import { type Ended, outputOf } from "./tree.ts";

const metricsOption = () =>
  new Option("--metrics <file>", "metric history: CSV, JSON, Azure Monitor or Prometheus; gzip as it is");
const mapNames = () =>
  new Option("--map <name=$Metric>", "what another system's metric stands for; may be repeated").argParser(mapOption);
const atOption = () =>
  new Option("--at <time>", "the instant to evaluate at (default: the newest sample's time)").argParser(timeOption);
const periodOption = () =>
  new Option("--sample-period <duration>", "spacing of samples, such as PT30S").argParser(positiveDurationOption);
const delayOption = () =>
  new Option("--sample-delay <duration>", "how long a sample stays invisible (default: PT0S)").argParser(durationOption);
const seedOf = () => new Option("--seed <n>", "seed of rand() (default: 1)").argParser(seedOption);
const strictOption = () => new Option("--strict", "refuse documented extensions, and statistics of nothing");
const dedicatedOption = () =>
  new Option("--target-dedicated <n>", "dedicated nodes that the pool has now (default: 0)").argParser(nodesOption);
const lowPriorityOption = () =>
  new Option("--target-low-priority <n>", "low-priority nodes that it has now (default: 0)").argParser(nodesOption);

/** validate, format, evaluate, explain, backtest, repl, test. */
export function addFormulaCommands(program: Command, ended: Ended): void {
  addCheckCommands(program, ended);
  addRunCommands(program, ended);
  addTestCommand(program, ended);
}

function addCheckCommands(program: Command, ended: Ended): void {
  program
    .command("validate")
    .description("show all problems of formulas, with lint, at once")
    .argument("<file...>", "formula files")
    .addOption(strictOption())
    .option("--no-lint", "errors only, no advice")
    .option("--fix", "make the fixes that are safe, and write the file back")
    .addOption(new Option("--max-warnings <n>", "end with 1 when there are more warnings").argParser(countOption))
    .addOption(new Option("--pool-slots <n>", "the pool's task slots per node, for advice").argParser(slotsOption))
    .addOption(periodOption())
    .addOption(delayOption())
    .addHelpText("after", "\nExamples:\n  weir validate pool.formula\n  weir validate --max-warnings 0 formulas/*.formula")
    .action(async (files: string[], options, command: Command) => {
      const { validate } = await import("../commands/validate.ts");
      ended(await validate(files, options, outputOf(command)));
    });
  program
    .command("format")
    .description("print formulas in canonical layout")
    .argument("<file...>", "formula files")
    .addOption(new Option("--check", "change nothing; end with 1 when a file is laid out otherwise").conflicts("write"))
    .option("--write", "write the files back")
    .addHelpText("after", "\nExamples:\n  weir format --check formulas/*.formula\n  weir format - < pool.formula")
    .action(async (files: string[], options, command: Command) => {
      const { format } = await import("../commands/format.ts");
      ended(await format(files, options, outputOf(command)));
    });
}

/** What one evaluation of a formula is asked for. */
function withEvaluationOptions(command: Command): Command {
  const options = [
    metricsOption(),
    mapNames(),
    atOption(),
    dedicatedOption(),
    lowPriorityOption(),
    periodOption(),
    delayOption(),
    seedOf(),
    strictOption(),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

function addRunCommands(program: Command, ended: Ended): void {
  withEvaluationOptions(
    program
      .command("evaluate")
      .description("evaluate a formula once, or many cases in one process")
      .argument("[file]", "formula file; with --cases the formula of cases that give none"),
  )
    .option("--cases <file>", "JSON Lines: a case a line in, a result a line out, in order")
    .addHelpText(
      "after",
      "\nExamples:\n  weir evaluate pool.formula --metrics week.csv --at 2026-01-06T15:00:00Z\n  weir evaluate --cases cases.jsonl > results.jsonl",
    )
    .action(async (file: string | undefined, options, command: Command) => {
      if (options.cases !== undefined) {
        const { evaluateCases } = await import("../commands/evaluateCases.ts");
        ended(await evaluateCases(file, options, outputOf(command)));
        return;
      }
      const { evaluateOnce } = await import("../commands/evaluate.ts");
      ended(await evaluateOnce(file, options, outputOf(command)));
    });
  withEvaluationOptions(
    program
      .command("explain")
      .description("show every value, sample window and branch of an evaluation")
      .argument("<file>", "formula file"),
  )
    .addHelpText("after", "\nExample:\n  weir explain pool.formula --metrics week.csv --at 2026-01-06T15:00:00Z")
    .action(async (file: string, options, command: Command) => {
      const { explainOnce } = await import("../commands/explain.ts");
      ended(await explainOnce(file, options, outputOf(command)));
    });
  program
    .command("backtest")
    .description("run formulas over a recorded history and compare them")
    .argument("<file...>", "formula files")
    .addOption(metricsOption().makeOptionMandatory())
    .addOption(mapNames())
    .addOption(new Option("--from <time>", "first evaluation (default: the oldest sample)").argParser(timeOption))
    .addOption(new Option("--to <time>", "last evaluation at the latest (default: the newest sample)").argParser(timeOption))
    .addOption(new Option("--interval <duration>", "evaluation interval (default: PT15M)").argParser(positiveDurationOption))
    .addOption(dedicatedOption())
    .addOption(lowPriorityOption())
    .addOption(periodOption())
    .addOption(delayOption())
    .addOption(seedOf())
    .addOption(strictOption())
    .option("--html <file>", "write a report with charts: one page, nothing to load")
    .option("--csv <file>", "write every step")
    .addHelpText("after", "\nExample:\n  weir backtest old.formula new.formula --metrics week.csv --html report.html")
    .action(async (files: string[], options, command: Command) => {
      const { backtestFiles } = await import("../commands/backtest.ts");
      ended(await backtestFiles(files, options, outputOf(command)));
    });
  withEvaluationOptions(
    program
      .command("repl")
      .description("try statements one by one, with completion and help")
      .argument("[file]", "formula file to load"),
  ).action(async (file: string | undefined, options, command: Command) => {
    const { repl } = await import("../commands/repl.ts");
    ended(await repl(file, options, outputOf(command)));
  });
}

function addTestCommand(program: Command, ended: Ended): void {
  program
    .command("test")
    .description("run formula test files: given metrics and time, expected targets")
    .argument("<file...>", "formula test files (YAML)")
    .option("--coverage", "show what no case takes of each formula")
    .addOption(
      new Option("--min-coverage <percent>", "end with 1 when the cases take less of a formula").argParser(countOption),
    )
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--watch", "run again when a file changes, until Ctrl-C")
    .addHelpText(
      "after",
      "\nExamples:\n  weir test tests/*.yaml --coverage\n  weir test --min-coverage 90 --junit results.xml tests/*.yaml",
    )
    .action(async (files: string[], options, command: Command) => {
      const { testFormulas } = await import("../commands/test.ts");
      ended(await testFormulas(files, options, outputOf(command)));
    });
}
