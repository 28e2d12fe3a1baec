/**
 * Lines that were meant to be statements of their own but continue the one above, because its semicolon is missing and they begin with `-` or `(`
 * (rules 1.1, 1.3). Other forgotten semicolons are syntax errors. A line that is indented deeper than its statement is a continuation on purpose.
 */
import type { Binary, Call, Expression } from "../../../ast.ts";
import { type LintContext, type Rule, shortText } from "../rule.ts";

export const lineBreaks: Rule = {
  codes: ["forgotten-semicolon"],
  find(context) {
    for (const node of context.facts.expressions) {
      const at = joint(context, node);
      if (at !== undefined)
        context.report("forgotten-semicolon", { start: at, end: at + 1 }, { read: shortText(context, node) });
    }
  },
};

/** The `-` or `(` that begins a line and joins it to the one above, outside of all parentheses. */
function joint(context: LintContext, node: Expression): number | undefined {
  if (node.kind === "call") return isJoined(context, node, node.start + node.name.length, node.open) ? node.open : undefined;
  if (node.kind !== "binary" || node.operator !== "-") return undefined;
  return isJoined(context, node, node.left.end, node.at) ? node.at : undefined;
}

function isJoined(context: LintContext, node: Call | Binary, before: number, at: number): boolean {
  const { source, facts } = context;
  const place = source.position(at);
  if (source.position(before).line === place.line) return false;
  const { statement } = facts.statementOf(node);
  if (place.column > source.position(statement.start).column) return false;
  for (let outer = facts.parent(node); outer !== undefined; outer = facts.parent(outer)) {
    if (outer.kind === "group" || outer.kind === "call" || outer.kind === "vector" || outer.kind === "method") return false;
  }
  return true;
}
