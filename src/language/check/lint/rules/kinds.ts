/**
 * Dedicated and low-priority nodes mixed up: a target taken from the other kind's count, one count given to both, and low-priority nodes that no
 * one replaces when they are preempted (rules 4.1, 4.10). Taking one target from a total (`maxNodes - $TargetDedicatedNodes`) is how a mix is made.
 */
import type { FinalTarget } from "../analysis.ts";
import { onlyValue } from "../range.ts";
import { type LintContext, type Rule, shortText, spanOf } from "../rule.ts";

const OTHER_KIND: Readonly<Record<FinalTarget["name"], Readonly<Record<string, string>>>> = {
  $TargetDedicatedNodes: {
    $CurrentLowPriorityNodes: "$CurrentDedicatedNodes",
    $TargetLowPriorityNodes: "$TargetDedicatedNodes",
  },
  $TargetLowPriorityNodes: {
    $CurrentDedicatedNodes: "$CurrentLowPriorityNodes",
    $TargetDedicatedNodes: "$TargetLowPriorityNodes",
  },
};

export const kinds: Rule = {
  codes: ["target-of-other-kind", "same-count-for-both-targets", "no-preemption-reserve"],
  find(context) {
    const { facts, targets, flow } = context;
    let isMixedUp = false;
    for (const target of targets) {
      const others = OTHER_KIND[target.name];
      const taken = new Set(target.givenBy.flatMap(({ statement }) => flow.takenOver(statement.value)));
      for (const name of taken) {
        if (!Object.hasOwn(others, name.name)) continue;
        isMixedUp = true;
        context.report("target-of-other-kind", spanOf(name), { target: target.name, name: name.name, same: others[name.name] });
      }
    }
    if (!isMixedUp) sameCount(context);
    const lowPriority = targets.find(({ name }) => name === "$TargetLowPriorityNodes");
    if (lowPriority === undefined || context.pool.hasLowPriority === false) return;
    const isUsed = lowPriority.known.kind !== "double" || lowPriority.known.range.hi >= 1;
    if (isUsed && !facts.names.some(({ name }) => name === "$PreemptedNodeCount")) {
      context.report("no-preemption-reserve", spanOf(lowPriority.givenBy[lowPriority.givenBy.length - 1].statement.target!));
    }
  },
};

function sameCount(context: LintContext): void {
  const { facts, flow, analysis, targets } = context;
  if (targets.length !== 2 || targets.some(({ givenBy }) => givenBy.length !== 1)) return;
  const [first, second] = targets.map(({ givenBy }) => givenBy[0].statement).sort((a, b) => a.start - b.start);
  const range = analysis.double(second.value);
  if (range === undefined || onlyValue(range) !== undefined || facts.key(first.value) !== facts.key(second.value)) return;
  // A variable between the two may have changed; then they are only written alike.
  const definitions = [first, second].map(({ value }) =>
    facts.names.filter((name) => name.start >= value.start && name.end <= value.end).map((name) => facts.definition(name)),
  );
  if (definitions[0].some((definition, i) => definition !== definitions[1][i])) return;
  // Whoever divides may well mean half and half.
  if (flow.reached(second.value).some((node) => node.kind === "binary" && (node.operator === "/" || node.operator === "*")))
    return;
  context.report("same-count-for-both-targets", spanOf(second.value), { value: shortText(context, second.value) });
}
