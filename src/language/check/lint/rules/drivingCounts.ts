/**
 * Which count of tasks moves a target: active tasks alone take the nodes of running ones, running tasks alone never start an empty pool, and on a
 * node of several slots a task is not a node (rules 4.10, 4.12).
 */
import { isTaskCount } from "../flow.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";
import type { FinalTarget } from "../analysis.ts";

export const drivingCounts: Rule = {
  codes: ["active-tasks-alone", "running-tasks-alone", "slots-ignored"],
  find(context) {
    const { flow, analysis, facts, pool } = context;
    const hasSlots = (pool.taskSlotsPerNode ?? 1) > 1 || facts.names.some(({ name }) => name === "$TaskSlotsPerNode");
    for (const target of context.targets) {
      const moved = (metric: string) => target.givenBy.find(({ statement }) => flow.isMovedByAlone(statement.value, metric));
      const details = { target: target.name };
      const byActive = moved("$ActiveTasks");
      if (byActive !== undefined) context.report("active-tasks-alone", spanOf(byActive.statement.target!), details);
      const byRunning = moved("$RunningTasks");
      const least = byRunning && analysis.double(byRunning.statement.value)?.lo;
      if (least !== undefined && least < 1)
        context.report("running-tasks-alone", spanOf(byRunning!.statement.target!), details);
      if (hasSlots && countsTasksAsNodes(context, target)) {
        context.report("slots-ignored", spanOf(target.givenBy[target.givenBy.length - 1].statement.target!), details);
      }
    }
  },
};

/** A count of tasks goes in, and nothing on its way divides or scales it. */
function countsTasksAsNodes(context: LintContext, target: FinalTarget): boolean {
  return target.givenBy.some(({ statement }) => {
    const names = context.flow.dataNames(statement.value);
    if (![...names].some(isTaskCount) || names.has("$TaskSlotsPerNode")) return false;
    return !context.flow
      .reached(statement.value)
      .some((node) => node.kind === "binary" && (node.operator === "/" || node.operator === "*"));
  });
}
