/**
 * Targets made from the pool's own size that cannot leave a small size: 1.1 times 9 is 9.9, cut to 9 (rule 4.6). The formula is analysed again for
 * a pool of 0, 1, 2 … nodes; it is stuck where the largest possible target is no larger than the pool, though a larger pool could grow.
 */
import { type LintContext, type Rule, spanOf } from "../rule.ts";

/** Sizes at which a pool must be able to grow, and sizes that show that growing is meant at all. */
const SMALL_MAX = 12;
const SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, SMALL_MAX, 14, 16, 20, 24, 32, 48, 64, 100];

export const smallPools: Rule = {
  codes: ["stuck-when-small"],
  find(context) {
    for (const target of context.targets) {
      const isDedicated = target.name === "$TargetDedicatedNodes";
      const own = isDedicated
        ? ["$TargetDedicatedNodes", "$CurrentDedicatedNodes"]
        : ["$TargetLowPriorityNodes", "$CurrentLowPriorityNodes"];
      const readsOwn = target.givenBy.some(({ statement }) =>
        own.some((name) => context.flow.dataNames(statement.value).has(name)),
      );
      if (!readsOwn || target.known.kind !== "double") continue;
      const stuck = stuckSize((size) => largest(context, target.name, isDedicated, size));
      if (stuck === undefined) continue;
      const name = target.givenBy[target.givenBy.length - 1].statement.target!;
      const text = String(Math.trunc(stuck.most * 1e6) / 1e6);
      context.report("stuck-when-small", spanOf(name), {
        target: target.name,
        size: String(stuck.size),
        nodes: stuck.size === 1 ? "node" : "nodes",
        most: text,
      });
    }
  },
};

/** The smallest size that cannot grow though a larger one can. */
function stuckSize(mostFrom: (size: number) => number): { readonly size: number; readonly most: number } | undefined {
  let stuck: { readonly size: number; readonly most: number } | undefined;
  for (const size of SIZES) {
    if (stuck === undefined && size > SMALL_MAX) return undefined;
    const most = mostFrom(size);
    if (Math.trunc(most) <= size) stuck ??= { size, most };
    else if (stuck !== undefined) return stuck;
  }
  return undefined;
}

/** The largest target that a pool of this size can be given. */
function largest(context: LintContext, target: string, isDedicated: boolean, size: number): number {
  const analysis = context.suppose(isDedicated ? { dedicated: size } : { lowPriority: size });
  const known = analysis.targets().find((one) => one.name === target)?.known;
  return known?.kind === "double" ? known.range.hi : Number.POSITIVE_INFINITY;
}
