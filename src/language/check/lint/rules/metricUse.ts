/**
 * Metrics read without a look-back where one is usually wanted, and metrics that the service no longer collects (rules 2.18, 4.10, 8.23). Each metric
 * is mentioned once.
 */
import { fullName, variables } from "../../../builtins/index.ts";
import type { Name } from "../../../ast.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";

/** What nodes and slots count changes only when the pool does: the newest value is the right one. */
const STEADY_UNITS = new Set(["nodes", "slots"]);

export const metricUse: Rule = {
  codes: ["metric-as-number", "retired-metric"],
  find(context) {
    const mentioned = new Set<string>();
    const once = (code: "metric-as-number" | "retired-metric", name: Name, metric: string) => {
      if (mentioned.has(`${code} ${metric}`)) return;
      mentioned.add(`${code} ${metric}`);
      context.report(code, spanOf(name), { metric });
    };
    for (const name of context.facts.names) {
      const row = variables.get(name.name);
      if (row?.kind !== "metric") continue;
      if (row.obsolete !== undefined && row.aliasOf === undefined) once("retired-metric", name, row.name);
      if (!STEADY_UNITS.has(row.unit) && !isObject(context, name)) once("metric-as-number", name, fullName(row));
    }
  },
};

/** Whether a metric's name stands before `.method(…)` (rule 8.23). */
function isObject(context: LintContext, name: Name): boolean {
  let outer = context.facts.parent(name);
  let inner: unknown = name;
  while (outer?.kind === "group") {
    inner = outer;
    outer = context.facts.parent(outer);
  }
  return outer !== undefined && (outer.kind === "method" || outer.kind === "member") && outer.object === inner;
}
