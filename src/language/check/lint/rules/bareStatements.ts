/**
 * Statements that assign nothing (rule 1.13), and statements that no run reaches because stop() stands before them (rule 3.15).
 */
import { ungroup, type Expression } from "../../../ast.ts";
import { partsOf } from "../../../ast.ts";
import { isStop } from "../facts.ts";
import { type Rule, spanOf } from "../rule.ts";

export const bareStatements: Rule = {
  codes: ["comparison-as-statement", "statement-without-effect", "unreachable-statement"],
  find(context) {
    const { facts, formula } = context;
    for (const { statement } of facts.statements) {
      if (statement.target !== undefined || holdsStop(statement.value)) continue;
      const value = ungroup(statement.value);
      const isComparison = value.kind === "binary" && ["<", "<=", ">", ">=", "==", "!="].includes(value.operator);
      if (isComparison) context.report("comparison-as-statement", spanOf(statement), { operator: value.operator });
      else context.report("statement-without-effect", spanOf(statement));
    }
    const rest = formula.statements.slice(facts.statements.length);
    if (rest.length > 0) context.report("unreachable-statement", { start: rest[0].start, end: rest[rest.length - 1].end });
  },
};

/** Whether `stop()` is called anywhere in an expression. */
export function holdsStop(expression: Expression): boolean {
  const open: Expression[] = [expression];
  while (open.length > 0) {
    const node = open.pop()!;
    if (isStop(node)) return true;
    open.push(...partsOf(node));
  }
  return false;
}
