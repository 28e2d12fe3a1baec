/**
 * Older names of variables, and assignments to one that the full name overrules (rules 4.1, 4.2, 8.24). The fix renames every occurrence at once: a
 * formula in which only some were renamed could mean something else.
 */
import { variables } from "../../../builtins/index.ts";
import type { Span } from "../../../source.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";

export const obsoleteNames: Rule = {
  codes: ["obsolete-name", "alias-without-effect"],
  find(context) {
    for (const row of variables.rows) {
      if (row.aliasOf === undefined) continue;
      const places = placesOf(context, row.name);
      if (places.length === 0) continue;
      const full = row.aliasOf;
      const details = { name: row.name, full };
      const written = (name: string) => context.facts.statements.some(({ statement }) => statement.target?.name === name);
      const isOneName = !(written(row.name) && written(full));
      const fix = { title: `rename to ${full}`, edits: places.map((place) => ({ ...spanOf(place), text: full })) };
      context.report("obsolete-name", spanOf(places[0]), details, isOneName ? { fix } : {});
    }
    for (const fact of context.facts.statements) {
      if (fact.assigns !== undefined && !fact.isEffective) {
        context.report("alias-without-effect", spanOf(fact.statement.target!), { full: fact.assigns });
      }
    }
  },
};

/** Where a name is written, read and assigned, in text order. */
function placesOf(context: LintContext, name: string): Span[] {
  const read = context.facts.names.filter((node) => node.name === name);
  const assigned = context.facts.statements.flatMap(({ statement }) =>
    statement.target?.name === name ? [statement.target] : [],
  );
  return [...read, ...assigned].sort((a, b) => a.start - b.start);
}
