/**
 * The reference page of the language as markdown, written from the tables alone, so that it cannot say anything else than what runs. A test
 * compares it with the page that is checked in. Text from the tables stands in table cells, so `|` and line ends are escaped there.
 */
import * as limits from "../base/limits.ts";
import type { Limit } from "../base/limits.ts";
import { functions, members, methods, variables } from "../language/builtins/index.ts";
import type { Overload, VariableRow } from "../language/builtins/row.ts";
import { evaluationRows } from "../language/diagnostics/evaluationCodes.ts";
import type { DiagnosticRow } from "../language/diagnostics/row.ts";
import { syntaxRows } from "../language/diagnostics/syntaxCodes.ts";
import { semanticsRows } from "../language/semantics.ts";
import { operatorRows } from "../language/values/arithmetic.ts";
import { OPERATOR_DOC } from "./describe.ts";

/** The whole page; ends with a line end. */
export function referencePage(): string {
  return `${[
    "# The formula language",
    "<!-- Generated from the tables in src/language and src/base. Do not edit: change the row and regenerate. -->",
    INTRODUCTION,
    "## Variables a formula writes",
    variableTable(["target", "option"]),
    "Words for `$NodeDeallocationOption`, written without quotes:",
    table(
      ["word", "meaning"],
      rowsOf("word").map((row) => [code(row.name), row.doc]),
    ),
    "## Metrics a formula reads",
    "A metric's bare name is its latest value. Directly before a method it stands for its samples.",
    variableTable(["metric"]),
    "## Methods of metrics",
    ...methods.rows.map((row) => callable(row.name, row.doc, row.overloads, [], row.sure)),
    "## Functions",
    "`doubleVecList` is any number of doubles and doubleVecs, joined into one vector before the call.",
    ...functions.rows.map((row) => callable(row.name, row.doc, row.overloads, row.examples, row.sure)),
    "## Members of timestamps",
    table(
      ["member", "meaning"],
      members.rows.map((row) => [code(`.${row.name}`), row.doc]),
    ),
    "## Interval constants",
    table(
      ["constant", "length"],
      rowsOf("constant").map((row) => [code(row.name), row.doc]),
    ),
    "## Operators",
    OPERATORS,
    operatorTable(),
    "## Limits",
    table(["limit", "value", "how well known", "source"], limitRows()),
    "## What the service leaves open",
    "These points are documented nowhere. Each is a setting with a default.",
    table(
      ["setting", "default", "choices", "why", "rule"],
      semanticsRows.map((row) => [code(row.name), code(String(row.default)), row.choices, row.reason, row.rule]),
    ),
    "## Diagnostics",
    "A syntax error refuses the formula before it runs. An evaluation error fails the run that reaches it, and the pool stays as it is. Advice has [a page of its own](lint.md).",
    "### Syntax errors",
    diagnosticTable(syntaxRows),
    "### Evaluation errors",
    diagnosticTable(evaluationRows),
  ].join("\n\n")}\n`;
}

const INTRODUCTION = [
  "A formula is a list of statements, separated by `;`. A statement assigns the value of an expression to a name (`name = expression`) or is a",
  "bare expression. Statements are evaluated once, in order. Comments begin with `//` and end with the line. Names are case-sensitive; a name",
  "begins with a letter, `_` or `$`. The types are double, doubleVec, string, timestamp and timeinterval; there is no boolean type: a",
  "comparison gives 1 or 0, and every number but 0 is true.",
].join("\n");

const OPERATORS = [
  "From strongest to weakest: call and member; `-` `!` before an operand; `*` `/`; `+` `-`; `<` `<=` `>` `>=`; `==` `!=`; `&&`; `||`; `? :`.",
  "Operators of one strength group from the left, `? :` from the right. `&&` and `||` take doubles and give 1 or 0; `!` takes a double, `-` a",
  "double or a timeinterval. Of `c ? a : b` only the chosen branch is evaluated.",
].join("\n");

/** Text as it may stand in a cell: no line end, no `|`. */
const cell = (text: string) => text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
const code = (text: string) => `\`${text}\``;
const rowsOf = (kind: VariableRow["kind"]) => variables.rows.filter((row) => row.kind === kind);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function variableTable(kinds: readonly VariableRow["kind"][]): string {
  const rows = variables.rows.filter((row) => kinds.includes(row.kind));
  return table(
    ["name", "type", "unit", "meaning"],
    rows.map((row) => [
      code(row.name),
      row.type,
      row.unit,
      row.obsolete === undefined ? row.doc : `${row.doc} *Obsolete: ${row.obsolete}.*`,
    ]),
  );
}

function callable(
  name: string,
  doc: string,
  overloads: readonly Overload[],
  examples: readonly { formula: string; result: string }[],
  sure: string,
): string {
  const forms = overloads.map(({ signature, result }) => `- ${code(signature)}${result === "none" ? "" : ` → ${result}`}`);
  const shown = examples.map((example) => `Example: ${code(example.formula)} gives ${code(`x=${example.result}`)}.`);
  const known = sure === "documented" ? [] : [`How well known: ${sure}.`];
  return [`### ${name}`, doc, forms.join("\n"), ...shown, ...known].join("\n\n");
}

function operatorTable(): string {
  const rows = operatorRows.map(({ operators, left, right, result, extension }) => [
    left,
    operators.map(code).join(" "),
    right,
    result,
    extension ? "not in the documented table; refused in strict mode" : "",
  ]);
  const meaning = Object.entries(OPERATOR_DOC).map(([operator, doc]) => [code(operator), doc]);
  return [table(["left", "operators", "right", "result", "note"], rows), table(["operator", "meaning"], meaning)].join("\n\n");
}

/** camelCase as words, without the unit that stands in the next cell: `samplePeriodMsLive` becomes `sample period live`. */
const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/ ms\b/, "");

function limitRows(): string[][] {
  const rows = Object.entries(limits).filter((entry): entry is [string, Limit] => typeof entry[1] === "object");
  return rows
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { value, unit, sure, source }]) => [words(name), `${value} ${unit}`, sure, source]);
}

/** A row's message with its details named: what stands in the place of each is told by the detail's name. */
function diagnosticTable(rows: readonly DiagnosticRow[]): string {
  const details = new Proxy({}, { get: (_target, name) => `‹${String(name)}›` }) as Record<string, string>;
  return table(
    ["code", "message", "example"],
    rows.map((row) => [code(row.name), row.message(details), row.example === undefined ? "" : code(row.example)]),
  );
}
