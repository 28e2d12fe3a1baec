/**
 * Commands about the formula of a session: loading, listing, evaluating, explaining and linting it, its variables and types.
 */
import { instantText } from "../../src/base/time.ts";
import { type Explanation, explain, type Why } from "../../src/autoscale/explain.ts";
import { explanationText } from "../../src/autoscale/explanationText.ts";
import { typesOf } from "../../src/editor/types.ts";
import { type Formula, ungroup } from "../../src/language/ast.ts";
import { fullName, variables } from "../../src/language/builtins/index.ts";
import { check } from "../../src/language/check/checker.ts";
import { lint } from "../../src/language/check/lint/index.ts";
import { byPlace } from "../../src/language/diagnostics/diagnostic.ts";
import { resultsText } from "../../src/autoscale/results.ts";
import { Source } from "../../src/language/source.ts";
import { parse } from "../../src/language/syntax/parse.ts";
import { evaluateOnce, showLost, showProblems } from "./answers.ts";
import { type CommandRow, type Context, Refused } from "./context.ts";
import { pathArgument, readTextFile } from "./readFiles.ts";
import { typeWords, valueLine, visible, wrapped } from "./show.ts";

/** A formula file is at most 8 KB long; what is bigger is another file. */
const FORMULA_BYTES_MAX = 1024 * 1024;

export const commandsOfFormula: readonly CommandRow[] = [
  {
    name: "load",
    argument: "FILE",
    doc: "Reads a formula, shows its problems as validate does, and makes it the session's formula.",
    completes: "file",
    examples: [":load pool.formula"],
    run: (context, argument) => {
      if (argument === "") throw new Refused(":load needs a formula file");
      loadFormula(context, pathArgument(argument));
    },
  },
  { name: "list", argument: "", doc: "Prints the session's formula.", completes: "nothing", examples: [], run: list },
  {
    name: "run",
    argument: "",
    doc: "Evaluates the session's formula once and prints its results as the service does. Time and pool stay as they are.",
    completes: "nothing",
    examples: [],
    run: runFormula,
  },
  {
    name: "explain",
    argument: "[EXPR]",
    doc: "Shows how every value came about, the samples read and the branches taken: of an expression, or of the whole formula with the reason for its targets.",
    completes: "expression",
    examples: [":explain", ":explain avg($PendingTasks.GetSample(6))"],
    run: explainEntry,
  },
  {
    name: "type",
    argument: "EXPR",
    doc: "Says which type an expression has, without evaluating it.",
    completes: "expression",
    examples: [":type time() - TimeInterval_Hour"],
    run: showType,
  },
  { name: "lint", argument: "", doc: "Advice on the session's formula.", completes: "nothing", examples: [], run: showLint },
  {
    name: "vars",
    argument: "",
    doc: "Every variable that has a value now.",
    completes: "nothing",
    examples: [],
    run: showVariables,
  },
  {
    name: "reset",
    argument: "",
    doc: "Forgets formula and variables; metrics, time and pool stay.",
    completes: "nothing",
    examples: [],
    run: ({ session, say, paint }) => {
      session.reset();
      say(paint("quiet", "formula and variables are forgotten"));
    },
  },
];

/** Loads a formula file into the session; with syntax errors nothing changes. */
export function loadFormula(context: Context, path: string): boolean {
  const { session, paint } = context;
  const file = readTextFile(path, FORMULA_BYTES_MAX);
  if ("trouble" in file) {
    context.fail(file.trouble);
    return false;
  }
  const source = new Source(file.text, visible(path));
  const { formula, diagnostics } = parse(source);
  if (formula === undefined) {
    showProblems(context, source, diagnostics);
    return false;
  }
  const { semantics } = session;
  const certain = check(formula, { semantics }).diagnostics;
  showProblems(context, source, [...certain, ...lint(source, formula, { semantics })].sort(byPlace));
  session.load(source);
  const count = formula.statements.length;
  context.say(paint("quiet", `${visible(path)}: ${count} statement${count === 1 ? "" : "s"}`));
  context.say(evaluateOnce(session, paint).line);
  return true;
}

function list({ session, say, paint }: Context): void {
  const lines = session
    .formula()
    .trimEnd()
    .split(/\r\n|\n|\r/);
  if (lines.join("") === "") {
    say(paint("quiet", "no formula yet: enter statements, or :load FILE"));
    return;
  }
  for (const [i, line] of lines.entries()) {
    say(`${paint("gutter", `${String(i + 1).padStart(4)} |`)} ${visible(line.replaceAll("\t", " "))}`);
  }
}

function runFormula(context: Context): void {
  const { session, paint } = context;
  const run = session.run();
  if ("diagnostics" in run) {
    showProblems(context, run.source, run.diagnostics);
    return;
  }
  context.say(paint("quiet", instantText(session.now)));
  for (const part of resultsText(run.outcome).split(";")) {
    const equals = part.indexOf("=");
    context.say(`${paint("name", part.slice(0, equals))}=${paint("value", part.slice(equals + 1))}`);
  }
  if (run.problem !== undefined) showProblems(context, run.source, [run.problem]);
}

function explainEntry(context: Context, argument: string): void {
  const { session } = context;
  const formula = session.formula();
  const source = new Source(argument, "input");
  const { formula: entered, diagnostics } = parse(source);
  if (entered === undefined) {
    showProblems(context, source, diagnostics);
    return;
  }
  if (formula === "" && argument === "")
    throw new Refused("there is nothing to explain: name an expression, enter statements, or :load FILE");
  const { store, now, targets, seed, semantics } = session;
  const explanation = explain(`${formula}${argument}`, { store, at: now, targets, seed, semantics });
  const { error } = explanation.run;
  // Of an expression only its own tree is shown, numbered from 1; of the whole formula also why, in lines that fit.
  const own = argument === "" ? [] : explanation.statements.slice(-entered.statements.length);
  const shown = argument === "" ? explanation.statements : own.map((statement, i) => ({ ...statement, line: i + 1 }));
  context.say(explanationText({ ...explanation, statements: shown, why: [] }, context.paint).trimEnd());
  const asked = argument === "" ? explanation.why : whyOf(explanation, entered);
  if (asked.length > 0) {
    for (const why of asked)
      for (const line of wrapped(visible(why.sentence), context.width)) context.say(context.paint("why", line));
  }
  if (argument !== "" && error !== null) throw new Refused(`${error.code}: ${error.values[0]?.value ?? error.message}`);
}

/** Why a target is what it is, if just its name was asked for and the formula came to its end. */
function whyOf({ why, run }: Explanation, { statements }: Formula): readonly Why[] {
  const [first] = statements;
  const named = first?.target === undefined && first !== undefined ? ungroup(first.value) : undefined;
  if (named?.kind !== "name" || statements.length > 1 || run.error !== null) return [];
  const row = variables.get(named.name);
  return row === undefined ? [] : why.filter(({ name }) => name === fullName(row));
}

function showType(context: Context, argument: string): void {
  const source = new Source(argument, "input");
  const { formula, diagnostics } = parse(source);
  if (formula === undefined) {
    showProblems(context, source, diagnostics);
    return;
  }
  if (formula.statements.length === 0) throw new Refused(":type needs an expression");
  const types = typesOf(formula, context.session.types(), context.session.semantics);
  for (const statement of formula.statements) context.say(typeWords(types.of(statement.value)));
}

function showLint(context: Context): void {
  const { session } = context;
  const source = new Source(session.formula(), "formula");
  const { formula, diagnostics } = parse(source);
  if (formula === undefined) {
    showProblems(context, source, diagnostics);
    return;
  }
  const found = formula.statements.length === 0 ? [] : lint(source, formula, { semantics: session.semantics });
  if (found.length === 0) {
    context.say(context.paint("good", "no advice"));
    return;
  }
  showLost(context, [{ kind: "problems", source, diagnostics: found }]);
}

function showVariables({ session, say, paint }: Context): void {
  if (session.values.size === 0) {
    say(paint("quiet", "no variables yet"));
    return;
  }
  for (const [name, value] of session.values) say(valueLine(name, value, paint));
}
