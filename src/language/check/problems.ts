/**
 * The checker's problems as diagnostics: the words come from the rows of the evaluation codes, the nearest names from the tables of built-ins and
 * the formula itself. Made only when someone asks: a formula that is compiled to run does not pay for it.
 */
import { nearest } from "../../base/table.ts";
import type { Formula } from "../ast.ts";
import { functions, members, methods, takesCount, variables } from "../builtins/index.ts";
import { byPlace, type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { evaluationRow } from "../diagnostics/failure.ts";
import type { Details } from "../diagnostics/row.ts";
import type { Candidates, Problem } from "./emitter.ts";
import { foreignNameHint } from "./foreignNames.ts";
import type { Scope } from "./scope.ts";

/** In text order. */
export function problemDiagnostics(problems: readonly Problem[], formula: Formula, scope: Scope): readonly Diagnostic[] {
  return problems
    .map(({ fail, candidates }) =>
      diagnostic(
        evaluationRow(fail.code),
        { start: fail.at, end: fail.end },
        explained(fail.details, fail.at, candidates, formula, scope),
      ),
    )
    .sort(byPlace);
}

/** The details with the name that was probably meant, or with a better hint where we know one. */
function explained(details: Details, at: number, candidates: Candidates, formula: Formula, scope: Scope): Details {
  const { name } = details;
  if (candidates === "none" || name === undefined) return details;
  if (candidates === "variables") {
    if (functions.get(name) !== undefined) return { ...details, hint: `${name} is a function: write ${name}(…)` };
    const later = formula.statements.find((statement) => statement.target?.name === name && statement.value.end > at);
    if (later !== undefined)
      return { ...details, hint: "it is assigned only here or further down: a name must be assigned before it is read" };
  }
  if (candidates === "functions" && variables.get(name) !== undefined)
    return { ...details, hint: `${name} is a variable, not a function` };
  if (candidates === "metricMembers" && methods.get(name) !== undefined)
    return {
      ...details,
      hint: `${name} is a method: write ${name}${takesCount(methods.get(name)!.overloads, 0) ? "()" : "(…)"}`,
    };
  if (candidates === "methods" && methods.get(name) !== undefined)
    return { ...details, hint: "only a metric has this method: $PendingTasks.GetSample(1)" };
  if ((candidates === "methods" || candidates === "metricMembers") && members.get(name) !== undefined)
    return { ...details, hint: "only a timestamp has this member: time().hour" };
  if (candidates === "members" && methods.get(name) !== undefined)
    return { ...details, hint: `${name} is a method of a metric: write ${name}(…)` };
  const found = nearest(name, names(candidates, scope));
  if (found !== undefined) return { ...details, nearest: found };
  const hint =
    candidates === "variables" || candidates === "functions" ? foreignNameHint(name) : statisticHint(candidates, name);
  return hint === undefined ? details : { ...details, hint };
}

/** `$PendingTasks.avg(…)`, `$PendingTasks.Average()`: a metric gives samples, and functions make one number of them. */
function statisticHint(candidates: Candidates, name: string): string | undefined {
  if (candidates !== "methods" && candidates !== "metricMembers") return undefined;
  if (functions.get(name.toLowerCase()) === undefined && foreignNameHint(name) === undefined) return undefined;
  return "a metric only gives samples; functions take them: avg($PendingTasks.GetSample(1))";
}

function names(candidates: Candidates, scope: Scope): Iterable<string> {
  const of = (rows: readonly { readonly name: string }[]) => rows.map((row) => row.name);
  switch (candidates) {
    case "variables":
      return [...of(variables.rows), ...scope.names()];
    case "functions":
      return of(functions.rows);
    case "members":
      return of(members.rows);
    case "methods":
    case "metricMembers":
      return of(methods.rows);
    case "writable":
      return of(variables.rows.filter((row) => row.kind === "target" || row.kind === "option"));
    case "none":
      return [];
    default:
      return candidates satisfies never;
  }
}
