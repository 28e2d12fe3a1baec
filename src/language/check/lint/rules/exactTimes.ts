/**
 * Moments that no run ever meets: the time of the run compared by == (rules 2.6, 3.21), or an exact minute of an hour, though runs come minutes apart
 * (rules 6.1, 6.2).
 */
import type { Binary } from "../../../ast.ts";
import { onlyValue } from "../range.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";

export const exactTimes: Rule = {
  codes: ["time-equality", "exact-minute"],
  find(context) {
    for (const node of context.facts.expressions) {
      if (node.kind !== "binary" || (node.operator !== "==" && node.operator !== "!=")) continue;
      if (comparesRunTime(context, node)) context.report("time-equality", spanOf(node), { operator: node.operator });
      else if (node.operator === "==") {
        const member = exactMember(context, node);
        if (member !== undefined) context.report("exact-minute", spanOf(node), { member });
      }
    }
  },
};

/** time() with a fixed time, or the time passed since one with a length. */
function comparesRunTime(context: LintContext, node: Binary): boolean {
  const left = context.analysis.of(node.left);
  const right = context.analysis.of(node.right);
  if (left.kind === "timestamp" && right.kind === "timestamp")
    return (left.sinceNow === undefined) !== (right.sinceNow === undefined);
  if (left.kind !== "timeinterval" || right.kind !== "timeinterval") return false;
  const isOpen = (side: typeof left) =>
    side.range.lo === Number.NEGATIVE_INFINITY && side.range.hi === Number.POSITIVE_INFINITY;
  return isOpen(left) !== isOpen(right);
}

function exactMember(context: LintContext, node: Binary): string | undefined {
  for (const [side, other] of [
    [node.left, node.right],
    [node.right, node.left],
  ]) {
    const member = context.facts.resolve(side);
    const number = context.analysis.double(other);
    if (member.kind !== "member" || (member.name !== "minute" && member.name !== "second")) continue;
    if (number !== undefined && onlyValue(number) !== undefined) return member.name;
  }
  return undefined;
}
