/**
 * Formulas that set no target, and variables that were meant to be one (rules 1.6, 4.5).
 */
import { nearest } from "../../../../base/table.ts";
import { variables } from "../../../builtins/index.ts";
import type { StatementFact } from "../facts.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";

const WRITABLE = variables.rows
  .filter((row) => (row.kind === "target" || row.kind === "option") && row.aliasOf === undefined)
  .map((row) => row.name);

/**
 * The target or option that a variable of the formula was probably meant to be: nearly the same name, and nothing reads it. A copy that is read
 * later may have such a name on purpose.
 */
export function meantName(context: LintContext, fact: StatementFact): string | undefined {
  const name = fact.assigns;
  if (name === undefined || fact.row !== undefined || context.facts.names.some((read) => read.name === name)) return undefined;
  const folded = WRITABLE.find(
    (row) => row.toLowerCase() === name.toLowerCase() || row.toLowerCase() === `$${name.toLowerCase()}`,
  );
  if (folded !== undefined) return folded;
  const near = nearest(name, WRITABLE);
  return near !== undefined && Math.abs(near.length - name.length) <= 2 ? near : undefined;
}

export const assignedTargets: Rule = {
  codes: ["no-target", "near-service-name"],
  find(context) {
    const { facts, targets, formula } = context;
    let isMisspelt = false;
    for (const fact of facts.statements) {
      const meant = meantName(context, fact);
      if (meant === undefined) continue;
      isMisspelt ||= meant.startsWith("$Target");
      context.report("near-service-name", spanOf(fact.statement.target!), { name: fact.assigns!, nearest: meant });
    }
    if (targets.length > 0 || isMisspelt || formula.statements.length === 0) return;
    const last = facts.statements[facts.statements.length - 1].statement;
    context.report("no-target", spanOf(last.target ?? last));
  },
};
