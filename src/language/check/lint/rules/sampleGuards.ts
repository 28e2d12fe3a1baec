/**
 * GetSample over a range fails the run when too few samples are there (rules 5.6, 5.7), so a condition has to ask first: about the same metric and
 * the same range, for as large a percentage, and in the right direction. A start-up phase or a Count() also shows that someone thought of it.
 */
import type { Guards } from "../guards.ts";
import { type LintContext, type Rule, shortText, spanOf } from "../rule.ts";
import { differ, rangeText, type Window, windowOf } from "../windows.ts";

export const sampleGuards: Rule = {
  codes: [
    "unguarded-samples",
    "guard-of-other-metric",
    "guard-of-other-window",
    "guard-inverted",
    "guard-below-wanted-percent",
  ],
  find(context) {
    for (const window of context.windows) {
      const { wanted } = window;
      if (wanted === undefined || wanted <= 0) continue;
      const guards = context.guards.around(window.call);
      const asked = guards.percentages.map((guard) => ({
        guard,
        window: windowOf(guard.call, context.analysis, context.semantics),
      }));
      const sameMetric = asked.filter((one) => one.window?.metric === window.metric);
      const same = sameMetric.filter((one) => !differ(one.window!, window));
      if (same.length > 0)
        judge(
          context,
          window,
          wanted,
          same.map(({ guard }) => guard),
        );
      else if (guards.counts.has(window.metric) || guards.asksTime) continue;
      else if (sameMetric.length > 0) {
        const details = { guarded: rangeText(sameMetric[0].window!), window: rangeText(window), metric: window.metric };
        context.report("guard-of-other-window", spanOf(window.call), details);
      } else if (asked.length > 0) {
        context.report("guard-of-other-metric", spanOf(window.call), {
          guarded: asked[0].window?.metric ?? "another metric",
          metric: window.metric,
        });
      } else {
        const range = window.ends.map((end) => shortText(context, end)).join(", ");
        context.report("unguarded-samples", spanOf(window.call), { metric: window.metric, wanted: String(wanted), range });
      }
    }
  },
};

/** A guard of the right metric and range may still ask the wrong question. */
function judge(context: LintContext, window: Window, wanted: number, guards: Guards["percentages"]): void {
  const isUndecided = guards.some(({ atLeast, below }) => atLeast === undefined && below === undefined);
  const assured = guards.flatMap(({ atLeast }) => (atLeast === undefined ? [] : [atLeast]));
  if (assured.length === 0 && !isUndecided) context.report("guard-inverted", spanOf(window.call));
  else if (assured.length > 0 && !isUndecided && Math.max(...assured) < wanted) {
    const details = { guard: String(Math.max(...assured)), wanted: String(wanted) };
    context.report("guard-below-wanted-percent", spanOf(window.call), details);
  }
}
