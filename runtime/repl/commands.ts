/**
 * All `:commands` of a session in one table: help, completion and the dispatcher read it. `:help` reads the tables of built-ins as well.
 */
import { nearest, table } from "../../src/base/table.ts";
import { type Entry, entries, lookUp } from "../../src/editor/lookup.ts";
import { diagnosticCodes } from "../../src/language/diagnostics/codes.ts";
import type { DiagnosticRow } from "../../src/language/diagnostics/row.ts";
import { calculate } from "./calc.ts";
import { commandsOfFormula } from "./commandsOfFormula.ts";
import { commandsOfWorld } from "./commandsOfWorld.ts";
import { type CommandRow, type Context, Refused } from "./context.ts";
import { visible, wrapped } from "./show.ts";

const others: readonly CommandRow[] = [
  {
    name: "help",
    argument: "[NAME]",
    doc: "This list; or all about a function, variable, method, member, command or diagnostic code.",
    completes: "name",
    examples: [":help GetSample", ":help insufficient-data"],
    run: help,
  },
  {
    name: "calc",
    argument: "EXPR",
    doc: "Calculates with units (mathjs); the session's variables are known by name, intervals in seconds.",
    completes: "nothing",
    examples: [":calc 3 minutes to s", ":calc 7 GB / 2 hours to MB/s"],
    run: async (context, argument) => {
      if (argument === "") throw new Refused(":calc needs an expression");
      try {
        context.say(visible(await calculate(argument, context.session.values)));
      } catch (error) {
        context.fail(`:calc: ${visible(error instanceof Error ? error.message : String(error))}`);
      }
    },
  },
  {
    name: "history",
    argument: "[N]",
    doc: "The last entries, at most N (20).",
    completes: "nothing",
    examples: [],
    run: ({ history, say }, argument) => {
      const most = argument === "" ? 20 : /^[1-9]\d{0,5}$/.test(argument) ? Number(argument) : undefined;
      if (most === undefined) throw new Refused(":history takes a whole number from 1");
      for (const entry of history.entries.slice(-most)) say(visible(entry));
    },
  },
  {
    name: "quit",
    argument: "",
    doc: "Leaves; so does Ctrl-D.",
    completes: "nothing",
    examples: [],
    run: (context) => context.leave(),
  },
];

/** Every command, in the order in which help lists them. */
export const commands = table<CommandRow>([others[0], ...commandsOfFormula, ...commandsOfWorld, ...others.slice(1)]);

/** Runs a line that begins with `:`. A name may be shortened as long as it is the only one that begins so. */
export async function runCommand(context: Context, line: string): Promise<void> {
  const [, name = "", argument = ""] = /^:\s*(\S*)\s*([\s\S]*)$/.exec(line.trim()) ?? [];
  try {
    const row = findCommand(name);
    if (row === undefined) throw unknownCommand(name);
    if (row.argument === "" && argument !== "") throw new Refused(`:${row.name} takes no argument`);
    await row.run(context, argument.trim());
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    context.fail(refusal.text);
  }
}

function unknownCommand(name: string): Refused {
  const names = commands.rows.map((command) => command.name);
  const begun = name === "" ? [] : names.filter((other) => other.startsWith(name));
  const meant = begun.length > 1 ? begun : [nearest(name, names)].filter((found) => found !== undefined);
  const hint = meant.length === 0 ? "; try :help" : `; did you mean ${meant.map((other) => `:${other}`).join(" or ")}?`;
  return new Refused(`no such command: :${visible(name.slice(0, 60))}${hint}`);
}

function findCommand(name: string): CommandRow | undefined {
  const exact = commands.get(name);
  if (exact !== undefined || name === "") return exact;
  const begun = commands.rows.filter((row) => row.name.startsWith(name));
  return begun.length === 1 ? begun[0] : undefined;
}

function help(context: Context, argument: string): void {
  const { say, paint } = context;
  if (argument === "") {
    for (const { name, argument: wanted, doc } of commands.rows) {
      const usage = `:${name} ${wanted}`.trimEnd();
      for (const [i, line] of wrapped(doc, context.width - 24).entries()) {
        say(`  ${i === 0 ? paint("name", usage.padEnd(21)) : " ".repeat(21)} ${line}`);
      }
    }
    say("");
    for (const line of wrapped(
      "Everything else is a statement or an expression of the language. Tab completes; an open parenthesis or an operator at the end of a line goes on on the next; a blank line or Ctrl-C ends that.",
      context.width,
    ))
      say(line);
    return;
  }
  const command = commands.get(argument.replace(/^:/, ""));
  const found = argument.startsWith(":") ? [] : lookUp(argument);
  const code = diagnosticCodes.get(argument);
  for (const entry of found) entryHelp(entry, context);
  if (code !== undefined) diagnosticHelp(code, context);
  if (command !== undefined && (found.length === 0 || argument.startsWith(":"))) commandHelp(command, context);
  if (found.length > 0 || code !== undefined || command !== undefined) return;
  const names = [
    ...entries().map((entry) => entry.name),
    ...commands.rows.map((row) => row.name),
    ...diagnosticCodes.rows.map((row) => row.name),
  ];
  const low = argument.toLowerCase();
  const begun = names
    .filter((name) => name.toLowerCase().startsWith(low) || name.toLowerCase().startsWith(`$${low}`))
    .slice(0, 8);
  const near = begun.length > 0 ? begun.join(", ") : nearest(argument, names);
  throw new Refused(
    `no help on ${visible(argument.slice(0, 60))}${near === undefined ? "; :help lists the commands" : `; did you mean ${near}?`}`,
  );
}

function entryHelp({ signatures, doc, unit, obsolete, examples, sure, kind }: Entry, context: Context): void {
  const { say, paint, width } = context;
  for (const signature of signatures) say(paint("title", signature));
  for (const line of wrapped(doc, width - 2)) say(`  ${line}`);
  if (unit !== undefined) say(`  Unit: ${unit}.`);
  if (kind === "constant" || kind === "word")
    say(paint("quiet", kind === "word" ? "  A word for $NodeDeallocationOption." : "  A constant."));
  if (obsolete !== undefined) say(`  ${paint("warning", "Obsolete")}: ${obsolete}.`);
  for (const { formula, result } of examples) say(`  ${formula} ${paint("quiet", "→")} x=${result}`);
  if (sure !== "documented") say(paint("quiet", `  How well known: ${sure}.`));
}

function diagnosticHelp(row: DiagnosticRow, context: Context): void {
  const { say, paint, width } = context;
  const kind =
    row.phase === "lint"
      ? "advice"
      : row.phase === "syntax"
        ? "refuses the formula before it runs"
        : "fails the run that reaches it";
  say(`${paint(row.severity, `${row.severity}[${row.name}]`)} ${paint("quiet", kind)}`);
  for (const line of wrapped(row.reason ?? "", width - 2)) say(`  ${line}`);
  if (row.example !== undefined) for (const line of row.example.split("\n")) say(`  ${visible(line)}`);
}

function commandHelp({ name, argument, doc, examples }: CommandRow, context: Context): void {
  const { say, paint, width } = context;
  say(paint("title", `:${name} ${argument}`.trimEnd()));
  for (const line of wrapped(doc, width - 2)) say(`  ${line}`);
  for (const example of examples) say(`  ${paint("quiet", example)}`);
}
