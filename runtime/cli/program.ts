/**
 * The command line as a tree: which commands there are, what they take (`trees/`), and what `--help` says. Each command's code is in a file of its own
 * under `commands/` and is loaded only when it is asked for, because most runs are a `validate` in an editor or a check in CI, where start-up is all the
 * time there is.
 */
import { Command, CommanderError } from "commander";
import { type ExitCode, exitCodes, UsageError } from "./exitCodes.ts";
import { addAccountCommands } from "./trees/account.ts";
import { addApplicationCommands } from "./trees/application.ts";
import { addFormulaCommands } from "./trees/formulas.ts";
import { addNetworkCommands } from "./trees/network.ts";
import { addNodeCommands } from "./trees/node.ts";
import { addResourceCommands } from "./trees/resources.ts";
import { addServiceCommands } from "./trees/service.ts";
import { addSimulationCommands } from "./trees/simulation.ts";
import type { Ended } from "./trees/tree.ts";
import { version } from "./version.ts";

/** Runs the command that `args` (without node and script) name. Throws UsageError, InputError, or a bug. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = buildProgram((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(withoutVainHelp(program, args), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.done;
    if (error.code === "commander.help") return exitCodes.usage;
    throw error;
  }
  return code;
}

/** Help for a command that does not exist would hide that: then the options that ask for it are left out, and the name is what is wrong. */
function withoutVainHelp(program: Command, args: readonly string[]): readonly string[] {
  const asked = args[0] === "help" ? args.slice(1) : args;
  const name = asked.find((arg) => !arg.startsWith("-"));
  const known = program.commands.some((command) => command.name() === name);
  return name === undefined || name === "help" || known ? args : asked.filter((arg) => arg !== "--help" && arg !== "-h");
}

/** The tree of commands; `ended` hears the exit code of the one that ran. */
function buildProgram(ended: Ended): Command {
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
  program.commandsGroup("Formulas:");
  addFormulaCommands(program, ended);
  program.commandsGroup("Scenarios:");
  addSimulationCommands(program, ended);
  program.commandsGroup("Service:");
  addServiceCommands(program, ended);
  addAccountCommands(program, ended);
  addApplicationCommands(program, ended);
  addNetworkCommands(program, ended);
  addResourceCommands(program, ended);
  addNodeCommands(program, ended);
  addLaterCommands(program);
  quietErrors(program);
  return program;
}

/** Commander's errors become ours: one line, the nearest name, the command whose help to ask for. */
function quietErrors(command: Command): void {
  command.configureOutput({ writeOut: (text) => void process.stdout.write(text), writeErr: () => {}, outputError: () => {} });
  command.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    const name = pathOf(command);
    if (error.code === "commander.help") {
      process.stderr.write(command.helpInformation());
      throw error;
    }
    const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
    throw new UsageError(elsewhere(command, error) ?? message, name);
  });
  for (const each of command.commands) quietErrors(each);
}

/** As it is typed after `weir`: `serve`, `account keys list`; undefined for `weir` itself. */
function pathOf(command: Command): string | undefined {
  const { parent } = command;
  if (parent === null) return undefined;
  const before = pathOf(parent);
  return before === undefined ? command.name() : `${before} ${command.name()}`;
}

/** What to say of an option that only other commands take; undefined for any other mistake. */
function elsewhere(command: Command, error: CommanderError): string | undefined {
  if (error.code !== "commander.unknownOption" || command.parent === null) return undefined;
  const option = /'(--[^'=]+)/.exec(error.message)?.[1];
  const behind = command.commands.find((other) => other.options.some(({ long }) => long === option));
  if (option !== undefined && behind !== undefined)
    return `${option} comes behind the command, as in weir ${pathOf(behind)} ${option} …`;
  const takers = command.parent.commands.filter((other) => other.options.some(({ long }) => long === option));
  if (option === undefined || takers.length === 0) return undefined;
  const names = takers.map((other) => other.name());
  const listed = names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
  return `${command.name()} takes no ${option}; ${listed} ${names.length === 1 ? "does" : "do"}`;
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
