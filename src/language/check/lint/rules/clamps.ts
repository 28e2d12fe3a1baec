/**
 * Calls of min and max in which one constant always wins: min(0, tasks), or bounds that contradict each other (rule 3.4). Equal bounds in
 * variables are a way to fix a pool's size, so they pass.
 */
import type { Call } from "../../../ast.ts";
import { ungroup } from "../../../ast.ts";
import { onlyValue, type Range } from "../range.ts";
import { type LintContext, type Rule, shortText, spanOf } from "../rule.ts";

export const clamps: Rule = {
  codes: ["clamp-fixes-value"],
  find(context) {
    for (const node of context.facts.expressions) {
      if (node.kind !== "call" || (node.name !== "min" && node.name !== "max") || node.args.length < 2) continue;
      const result = context.analysis.double(node);
      const value = result && onlyValue(result);
      if (value === undefined || !winsAlways(context, node, value)) continue;
      context.report("clamp-fixes-value", spanOf(node), { call: shortText(context, node), value: String(value) });
    }
  },
};

function winsAlways(context: LintContext, node: Call, value: number): boolean {
  const ranges = node.args.map((arg) => elementRange(context, arg));
  if (ranges.some((r) => r === undefined)) return false;
  const others = ranges.filter((r): r is Range => r !== undefined && onlyValue(r) === undefined);
  if (others.length === 0) return false;
  const isLiteral = node.args.some((arg) => ungroup(arg).kind === "number" && context.analysis.double(arg)?.lo === value);
  const isStrict = others.every((r) => (node.name === "min" ? r.lo > value : r.hi < value));
  return isLiteral || isStrict;
}

function elementRange(context: LintContext, arg: Call["args"][number]): Range | undefined {
  const known = context.analysis.of(arg);
  return known.kind === "double" ? known.range : known.kind === "vector" ? known.element : undefined;
}
