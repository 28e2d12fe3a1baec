/**
 * Lint codes about the numbers of nodes a formula asks for and about what happens to the nodes it gives up (rules 4.1 to 4.10, 6.18, 8.4).
 */
import { lintRow } from "./lintRow.ts";

export const lintRowsOfTargets = [
  lintRow("no-target", "warning", "4.5", {
    message: () => "The formula assigns no target",
    hint: () => "assign $TargetDedicatedNodes or $TargetLowPriorityNodes",
    reason:
      "A pool whose targets are not assigned keeps the size it has. Such a formula runs without an error for ever and never does anything.",
    example: "wanted = min(25, max(0, $PendingTasks.GetSample(1)));",
  }),
  lintRow("near-service-name", "warning", "1.6", {
    message: (d) => `${d.name} is a variable of your own: the service reads ${d.nearest}`,
    hint: (d) => `write ${d.nearest}; names are case-sensitive`,
    reason:
      "The service takes any unknown name on the left of = for a new variable, so a misspelt target is no error; the pool just keeps its size.",
    example: "$TargetDedicatedNode = 3;",
  }),
  lintRow("no-upper-bound", "warning", "8.25", {
    message: (d) => `${d.target} has no upper bound`,
    hint: (d) => `bound it: ${d.target} = min(maxNodes, …)`,
    reason:
      "A burst of tasks, or a job that makes tasks without end, then asks for as many nodes as there are tasks. The bill and the account's quota are the only limit.",
    example: "$TargetDedicatedNodes = max(0, $PendingTasks.GetSample(1)); $NodeDeallocationOption = taskcompletion;",
  }),
  lintRow("target-may-be-negative", "warning", "8.4", {
    message: (d) => `${d.target} can become negative: it is ${d.range}`,
    hint: (d) => `bound it: ${d.target} = max(0, …)`,
    reason: "No pool has fewer than no nodes: the run fails, and the pool keeps its old size just when it should shrink.",
    example: "$TargetDedicatedNodes = min(10, $PendingTasks.GetSamplePercent(TimeInterval_Hour) - 50);",
  }),
  lintRow("target-always-refused", "warning", "8.4", {
    message: (d) => `${d.target} is never a number of nodes: it is ${d.range}`,
    hint: () => "a target must be between 0 and 2147483647",
    reason: "Whatever the samples are, the run fails at its end and the pool keeps its size.",
    example: "$TargetDedicatedNodes = -1;",
  }),
  lintRow("division-by-zero", "warning", "8.5", {
    message: (d) => `${d.isAlways ? "The divisor is always 0" : `${d.divisor} can be 0`}, and the quotient decides ${d.target}`,
    hint: (d) =>
      d.isAlways ? "divide by another number" : `divide by max(1, ${d.divisor}), or ask first: ${d.divisor} > 0 ? … : …`,
    reason:
      "A division by 0 gives inf or nan. min and max cannot repair a nan, a target cannot be one, so the run fails: typically when the pool is empty.",
    example: "$TargetDedicatedNodes = min(10, $PendingTasks / $CurrentDedicatedNodes);",
  }),
  lintRow("truncated-quotient", "warning", "4.6", {
    message: (d) => `The quotient is cut to a whole number: few tasks make 0 nodes for ${d.target}`,
    hint: (d) => `round up: ${d.rounded}; ceil(…) does it too, where the service has it (added after 2022)`,
    reason:
      "A target loses its fraction: 9 tasks on nodes of 10 are 0.9 nodes, and 0.9 becomes 0. The last tasks of a job then wait for ever in an empty pool.",
    example: "$TargetDedicatedNodes = min(25, max(0, $PendingTasks.GetSample(1)) / 10);",
    fix: "improves",
  }),
  lintRow("stuck-when-small", "warning", "4.6", {
    message: (d) => `${d.target} cannot grow from ${d.size} ${d.nodes}: the most it can become is ${d.most}`,
    hint: () => "add a node beside the factor: nodes * 1.1 + 1",
    reason:
      "The target is cut to a whole number, so a small pool times a small factor stays as small as it is: 1.1 times 9 nodes is 9.9, that is 9. An empty pool never gets a node.",
    example: "$TargetDedicatedNodes = min(50, $CurrentDedicatedNodes * 1.1); $NodeDeallocationOption = taskcompletion;",
  }),
  lintRow("clamp-fixes-value", "warning", "3.4", {
    message: (d) => `${d.call} is always ${d.value}`,
    hint: () =>
      "are min and max, or the two bounds, the wrong way round? A lower bound is max(least, …), an upper bound min(most, …)",
    reason: "min and max are easily mistaken for each other. Here one argument always wins and the others say nothing.",
    example: "$TargetDedicatedNodes = min(0, $PendingTasks);",
  }),
  lintRow("active-tasks-alone", "warning", "4.10", {
    message: (d) => `${d.target} follows $ActiveTasks alone: running tasks are not counted`,
    hint: () => "use $PendingTasks, which is active plus running",
    reason:
      "$ActiveTasks counts tasks that wait. As soon as they all run it is 0, the target falls, and the nodes are taken from under the running tasks.",
    example: "$TargetDedicatedNodes = min(10, max(0, $ActiveTasks.GetSample(1)));",
  }),
  lintRow("running-tasks-alone", "warning", "4.10", {
    message: (d) => `${d.target} follows $RunningTasks alone: an empty pool never gets a node`,
    hint: () => "use $PendingTasks, which is active plus running",
    reason: "No task runs where no node is: the target stays 0 however many tasks wait.",
    example: "$TargetDedicatedNodes = min(10, max(0, $RunningTasks.GetSample(1)));",
  }),
  lintRow("slots-ignored", "warning", "4.12", {
    message: (d) => `${d.target} takes one node for each task, but a node has several task slots`,
    hint: () => "divide and round up: (tasks + $TaskSlotsPerNode - 1) / $TaskSlotsPerNode",
    reason: "A node of four slots runs four tasks at a time. One node for each task is four times too many.",
    example: "slots = $TaskSlotsPerNode; $TargetDedicatedNodes = min(10, max(0, $PendingTasks.GetSample(1))); x = slots;",
  }),
  lintRow("target-of-other-kind", "warning", "4.1", {
    message: (d) => `${d.target} takes its number from ${d.name}, which counts the other kind of node`,
    hint: (d) => `did you mean ${d.same}?`,
    reason:
      "Dedicated and low-priority nodes are counted and paid for separately. A bound taken from the other kind is often 0 or too large.",
    example: "$TargetLowPriorityNodes = min(10, $CurrentDedicatedNodes);",
  }),
  lintRow("same-count-for-both-targets", "warning", "4.1", {
    message: (d) => `Both targets are given the same count: ${d.value}`,
    hint: () => "give each its share: $TargetLowPriorityNodes = max(0, nodes - $TargetDedicatedNodes)",
    reason: "The two targets are added: a pool that needs 10 nodes gets 10 dedicated and 10 low-priority ones.",
    example: "n = min(10, max(0, $PendingTasks.GetSample(1))); $TargetDedicatedNodes = n; $TargetLowPriorityNodes = n;",
  }),
  lintRow("no-preemption-reserve", "hint", "4.10", {
    message: () => "Preempted low-priority nodes are not replaced: the formula never reads $PreemptedNodeCount",
    hint: () => "add $PreemptedNodeCount to $TargetDedicatedNodes, if the work must go on without low-priority nodes",
    reason: "Low-priority nodes are cheap because they can be taken away at any time, sometimes all at once and for hours.",
    example: "$TargetLowPriorityNodes = 10;",
  }),
  lintRow("no-deallocation-option", "warning", "4.3", {
    message: () => "The formula can remove nodes but does not say what happens to their tasks",
    hint: () => "$NodeDeallocationOption = taskcompletion; lets running tasks finish first",
    reason:
      "Without it the service uses requeue: it stops the tasks of a removed node and starts them again from the beginning. Long tasks may then never finish.",
    example: "$TargetDedicatedNodes = min(10, max(0, $PendingTasks.GetSample(1)));",
  }),
  lintRow("tasks-stopped-on-shrink", "hint", "4.3", {
    message: (d) => `${d.option} stops running tasks whenever the task count falls`,
    hint: () => "$NodeDeallocationOption = taskcompletion; lets them finish first",
    reason:
      "A target that follows the task count falls while other tasks still run, and their nodes may be the ones removed: work is lost with requeue, tasks are lost with terminate.",
    example: "$TargetDedicatedNodes = min(10, max(0, $PendingTasks.GetSample(1))); $NodeDeallocationOption = terminate;",
  }),
] as const;
