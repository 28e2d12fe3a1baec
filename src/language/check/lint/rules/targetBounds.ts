/**
 * Targets that no pool can have, now and then or always: negative, without bound, or not a number (rules 8.4, 8.5, 8.25). What a target can be is
 * read off the analysis, so a bound counts wherever it stands, in a variable too.
 */
import { targetMax } from "../../../../base/limits.ts";
import type { Binary } from "../../../ast.ts";
import type { FinalTarget } from "../analysis.ts";
import { rangeInWords } from "../known.ts";
import { mayBeZero, onlyValue, type Range } from "../range.ts";
import { type LintContext, type Rule, shortText, spanOf } from "../rule.ts";

export const targetBounds: Rule = {
  codes: ["no-upper-bound", "target-may-be-negative", "target-always-refused", "division-by-zero"],
  find(context) {
    const divisions = new Set<Binary>();
    for (const target of context.targets) {
      if (target.known.kind !== "double") continue;
      const { range } = target.known;
      const name = target.givenBy[target.givenBy.length - 1].statement.target!;
      const details = { target: target.name, range: rangeInWords(range) };
      // A fraction is cut off before the target is judged: -0.5 is 0.
      if (range.hi <= -1 || range.lo > targetMax.value) context.report("target-always-refused", spanOf(name), details);
      else {
        if (range.lo <= -1) context.report("target-may-be-negative", spanOf(name), details);
        if (range.hi > targetMax.value) context.report("no-upper-bound", spanOf(name), details);
      }
      for (const division of divisionsByZero(context, target, range)) {
        if (divisions.has(division)) continue;
        divisions.add(division);
        context.report("division-by-zero", spanOf(division.right), {
          divisor: shortText(context, division.right),
          target: target.name,
          isAlways: onlyValue(context.analysis.double(division.right)!) === 0 ? "always" : "",
        });
      }
    }
  },
};

/** Divisions by what can be 0, if the nan or inf they give can come through to the target. */
function divisionsByZero(context: LintContext, target: FinalTarget, range: Range): Binary[] {
  const isInfinite = (r: Range) => r.positiveInfinity || r.negativeInfinity;
  if (!range.nan && !isInfinite(range)) return [];
  const found: Binary[] = [];
  for (const { statement } of target.givenBy) {
    for (const node of context.flow.reached(statement.value)) {
      if (node.kind !== "binary" || node.operator !== "/") continue;
      const divisor = context.analysis.double(node.right);
      if (divisor !== undefined && mayBeZero(divisor) && context.analysis.double(node) !== undefined) found.push(node);
    }
  }
  const givesNan = found.filter((node) => context.analysis.double(node)!.nan);
  return (isInfinite(range) || givesNan.length === 0 ? found : givesNan).sort((a, b) => a.start - b.start);
}
