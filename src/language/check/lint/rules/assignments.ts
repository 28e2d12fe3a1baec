/**
 * Assignments that come to nothing: never read, or overwritten before anything reads them (rules 2.17, 6.11). A `stop()` in between ends some runs
 * there, so it counts as a reader of everything.
 */
import type { StatementFact } from "../facts.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";
import { isTotal } from "../total.ts";
import { meantName } from "./assignedTargets.ts";
import { holdsStop } from "./bareStatements.ts";

export const assignments: Rule = {
  codes: ["unused-variable", "overwritten-before-read"],
  find(context) {
    const { facts } = context;
    const read = new Set(facts.names.map((name) => facts.definition(name)));
    for (const fact of facts.statements) {
      if (!fact.isEffective || read.has(fact)) continue;
      const name = fact.statement.target!;
      const next = facts.statements.find(
        (later) => later.index > fact.index && later.isEffective && later.assigns === fact.assigns,
      );
      if (next !== undefined) {
        const between = facts.statements.slice(fact.index + 1, next.index + 1);
        if (between.some(({ statement }) => holdsStop(statement.value))) continue;
        const line = String(context.source.position(next.statement.start).line);
        const fix = [fact, ...between].every((one) => cannotFail(context, one)) ? removal(context, fact) : undefined;
        context.report("overwritten-before-read", spanOf(name), { name: name.name, line }, fix ? { fix } : {});
      } else if (fact.row === undefined && meantName(context, fact) === undefined) {
        context.report("unused-variable", spanOf(name), { name: name.name });
      }
    }
  },
};

/** Whether the value is surely there and, where a target or option is assigned, one that it takes (rules 8.24, 8.25): a run that fails shows what came before. */
function cannotFail(context: LintContext, { statement, assigns, row }: StatementFact): boolean {
  if (!isTotal(context, statement.value)) return false;
  if (statement.target === undefined) return true;
  const { kind } = context.analysis.of(statement.value);
  return assigns !== undefined && (row === undefined || kind === (row.kind === "target" ? "double" : "option"));
}

/** Removes a statement with its semicolon, and its line if nothing else stands there. */
function removal(context: LintContext, fact: StatementFact) {
  const { text } = context.source;
  let end = fact.statement.end;
  while (text[end] !== ";") {
    const comment = context.comments.find(({ start }) => start === end);
    end = comment?.end ?? end + 1;
  }
  end++;
  let start = fact.statement.start;
  const blanksBefore = /(^|[\r\n])([ \t]*)$/.exec(text.slice(0, start));
  const blanksBehind = /^[ \t]*(\r\n|\r|\n|$)/.exec(text.slice(end));
  if (blanksBefore !== null && blanksBehind !== null) {
    start -= blanksBefore[2].length;
    end += blanksBehind[0].length;
  } else end += /^[ \t]*/.exec(text.slice(end))![0].length;
  return { title: "remove the statement", edits: [{ start, end, text: "" }] };
}
