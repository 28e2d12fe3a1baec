/**
 * The command line as a tree: which commands there are, what they take, and what `--help` says. Each command's code is in a file of its
 * own under `commands/` and is loaded only when it is asked for, because most runs are a `validate` in an editor or a check in CI, where
 * start-up is all the time there is.
 */
import { Command, CommanderError, Option } from "commander";
import { type ExitCode, exitCodes, UsageError } from "./exitCodes.ts";
import {
  countOption,
  durationOption,
  jobsOption,
  listenOption,
  mapOption,
  nodesOption,
  positiveDurationOption,
  rangeOption,
  scaleOption,
  seedOption,
  seedsOption,
  slotsOption,
  timeOption,
  untilOption,
} from "./optionValues.ts";
import { createOutput, type Output } from "./output.ts";
import { version } from "./version.ts";

/** Runs the command that `args` (without node and script) name. Throws UsageError, InputError, or a bug. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = buildProgram((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.done;
    if (error.code === "commander.help") return exitCodes.usage;
    throw error;
  }
  return code;
}

type Ended = (code: ExitCode) => void;

/** The tree of commands; `ended` hears the exit code of the one that ran. */
export function buildProgram(ended: Ended): Command {
  const program = new Command("weir")
    .description("Check, explain, evaluate, back-test and simulate Batch autoscale formulas.")
    .version(version, "-V, --version", "print the version")
    .option("--json", "machine-readable: one JSON document on stdout")
    .option("--no-color", "no colour (so does a non-empty NO_COLOR)")
    .option("--quiet", "results and errors only")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 the formula or scenario is wrong, 2 wrong command line or unreadable input,\n" +
        "3 the evaluation failed, 70 a bug of Weir. A FILE of - is standard input.",
    );
  addFormulaCommands(program, ended);
  addRunCommands(program, ended);
  addTestCommand(program, ended);
  addSimulationCommands(program, ended);
  addServiceCommands(program, ended);
  addLaterCommands(program);
  quietErrors(program);
  for (const command of program.commands) quietErrors(command);
  return program;
}

/** Commander's errors become ours: one line, the nearest name, the command whose help to ask for. */
function quietErrors(command: Command): void {
  command.configureOutput({ writeOut: (text) => void process.stdout.write(text), writeErr: () => {}, outputError: () => {} });
  command.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    const name = command.parent === null ? undefined : command.name();
    if (error.code === "commander.help") {
      process.stderr.write(command.helpInformation());
      throw error;
    }
    const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
    throw new UsageError(elsewhere(command, error) ?? message, name);
  });
}

/** What to say of an option that only other commands take; undefined for any other mistake. */
function elsewhere(command: Command, error: CommanderError): string | undefined {
  if (error.code !== "commander.unknownOption" || command.parent === null) return undefined;
  const option = /'(--[^'=]+)/.exec(error.message)?.[1];
  const takers = command.parent.commands.filter((other) => other.options.some(({ long }) => long === option));
  if (option === undefined || takers.length === 0) return undefined;
  const names = takers.map((other) => other.name());
  const listed = names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
  return `${command.name()} takes no ${option}; ${listed} ${names.length === 1 ? "does" : "do"}`;
}

function outputOf(command: Command): Output {
  const { json = false, quiet = false, color = true } = command.optsWithGlobals();
  return createOutput({ json, quiet, color }, process);
}

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

function addFormulaCommands(program: Command, ended: Ended): void {
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
      const { validate } = await import("./commands/validate.ts");
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
      const { format } = await import("./commands/format.ts");
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
        const { evaluateCases } = await import("./commands/evaluateCases.ts");
        ended(await evaluateCases(file, options, outputOf(command)));
        return;
      }
      const { evaluateOnce } = await import("./commands/evaluate.ts");
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
      const { explainOnce } = await import("./commands/explain.ts");
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
      const { backtestFiles } = await import("./commands/backtest.ts");
      ended(await backtestFiles(files, options, outputOf(command)));
    });
  withEvaluationOptions(
    program
      .command("repl")
      .description("try statements one by one, with completion and help")
      .argument("[file]", "formula file to load"),
  ).action(async (file: string | undefined, options, command: Command) => {
    const { repl } = await import("./commands/repl.ts");
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
      const { testFormulas } = await import("./commands/test.ts");
      ended(await testFormulas(files, options, outputOf(command)));
    });
}

function addSimulationCommands(program: Command, ended: Ended): void {
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
      const { simulateFile } = await import("./commands/simulate.ts");
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
      const { tuneFile } = await import("./commands/tune.ts");
      ended(await tuneFile(file, options, outputOf(command)));
    });
}

function addServiceCommands(program: Command, ended: Ended): void {
  const quota = (name: string, what: string) =>
    new Option(`--${name} <n>`, `quota: ${what}`).argParser(countOption).helpGroup("Quotas:");
  program
    .command("serve")
    .description("the Batch service on this machine: REST API, scheduler, local nodes")
    .addOption(
      new Option("--listen <address>", "host:port, or a port (default: 127.0.0.1 and any free port)").argParser(listenOption),
    )
    .option("--data <directory>", "keep everything there (default: in memory, gone when it stops)")
    .option("--account <name>", "account name (default: weir, or the one that was kept)")
    .option("--key <base64>", "account key (default: a new one, or the one that was kept)")
    .option("--https", "speak HTTPS with a self-made certificate")
    .addOption(periodOption())
    .addOption(new Option("--time-scale <n>", "service time passes n times as fast").argParser(scaleOption))
    .option("--fast", "no artificial waits, for tests")
    .addOption(new Option("--boot <duration>", "how long a node boots (default: PT0S)").argParser(durationOption))
    .addOption(new Option("--nodes-max <n>", "nodes this machine hosts (default: 64)").argParser(nodesOption))
    .addOption(
      new Option("--on-stop <what>", "running tasks when it stops (default: leave)").choices(["leave", "requeue", "end"]),
    )
    .option("--seed <file>", "YAML with pools, jobs and tasks to be there at the start")
    .option("--reset", "forget what the data directory holds first")
    .addOption(
      new Option("--log-level <level>", "log on stderr (default: info)").choices(["debug", "info", "warn", "error", "silent"]),
    )
    .addOption(quota("dedicated-cores", "cores of dedicated nodes (default: 256)"))
    .addOption(quota("low-priority-cores", "cores of low-priority nodes (default: 256)"))
    .addOption(quota("active-jobs", "active jobs and schedules (default: 1000)"))
    .addOption(quota("pools", "pools (default: 100)"))
    .addHelpText(
      "after",
      "\nExamples:\n  weir serve\n  weir serve --data ~/batch --listen 8123\n  weir serve --fast --seed state.yaml --json",
    )
    .action(async (options, command: Command) => {
      const { serve } = await import("./commands/serve.ts");
      ended(await serve(options, outputOf(command)));
    });
  program
    .command("doctor")
    .description("say in a sentence why tasks of a pool do not run")
    .argument("<pool>", "id of the pool")
    .option("--endpoint <url>", "ask a running service")
    .option("--data <directory>", "read a service that is stopped; with --endpoint: where its account is kept")
    .option("--account <name>", "account name (default: AZURE_BATCH_ACCOUNT)")
    .option("--key <base64>", "account key (default: AZURE_BATCH_ACCESS_KEY)")
    .option("--certificate <file>", "self-made certificate to trust")
    .addHelpText(
      "after",
      "\nExamples:\n  weir doctor render --endpoint http://127.0.0.1:8123 --data ~/batch\n  weir doctor render --data ~/batch",
    )
    .action(async (pool: string, options, command: Command) => {
      const { doctor } = await import("./commands/doctor.ts");
      ended(await doctor(pool, options, outputOf(command)));
    });
}

/** Commands that scripts may already know of, but that this version cannot run: they say so, whatever follows them. */
function addLaterCommands(program: Command): void {
  const later = {
    lsp: "language server on stdio",
  };
  for (const [name, description] of Object.entries(later)) {
    program
      .command(name)
      .description(description)
      .helpGroup("Not in this version:")
      .argument("[anything...]")
      .allowUnknownOption()
      .action(() => {
        throw new UsageError(`not supported in this version (${version})`, name);
      });
  }
}
