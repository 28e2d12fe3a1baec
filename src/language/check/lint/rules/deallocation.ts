/**
 * What happens to the tasks of nodes that are given up (rule 4.3): nothing said, or running tasks stopped by a target that follows their count.
 */
import { ungroup } from "../../../ast.ts";
import type { FinalTarget } from "../analysis.ts";
import { isTaskCount } from "../flow.ts";
import { onlyValue } from "../range.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";

export const deallocation: Rule = {
  codes: ["no-deallocation-option", "tasks-stopped-on-shrink"],
  find(context) {
    const { facts, flow, targets } = context;
    const shrinking = targets.filter((target) => canShrink(context, target));
    if (shrinking.length === 0) return;
    const options = facts.assignments("$NodeDeallocationOption");
    if (options.length === 0) {
      const { givenBy } = shrinking[shrinking.length - 1];
      context.report("no-deallocation-option", spanOf(givenBy[givenBy.length - 1].statement.target!));
      return;
    }
    const followsTasks = shrinking.some(({ givenBy }) =>
      givenBy.some(({ statement }) => [...flow.dataNames(statement.value)].some(isTaskCount)),
    );
    if (!followsTasks) return;
    for (const { statement } of options) {
      const word = facts.resolve(statement.value);
      if (word.kind === "name" && (word.name === "requeue" || word.name === "terminate")) {
        context.report("tasks-stopped-on-shrink", spanOf(statement.value), { option: word.name });
      }
    }
  },
};

/** A constant never shrinks a pool, and neither does the larger of its present size and something. */
function canShrink(context: LintContext, target: FinalTarget): boolean {
  if (target.known.kind === "double" && onlyValue(target.known.range) !== undefined) return false;
  const own =
    target.name === "$TargetDedicatedNodes"
      ? ["$TargetDedicatedNodes", "$CurrentDedicatedNodes"]
      : ["$TargetLowPriorityNodes", "$CurrentLowPriorityNodes"];
  return target.givenBy.some(({ statement }) => {
    const value = context.facts.resolve(statement.value);
    const parts =
      value.kind === "call" && value.name === "max" ? value.args.map((arg) => context.facts.resolve(arg)) : [ungroup(value)];
    return !parts.some((part) => part.kind === "name" && own.includes(part.name));
  });
}
