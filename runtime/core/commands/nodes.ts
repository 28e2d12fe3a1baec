/** Commands on one node: reboot, reimage, scheduling off and on (section 10 of the pool rules). */
import type { Outcome } from "../answers.ts";
import { emit } from "../apply.ts";
import type { ComputeNode, DeallocationOption, NodeState } from "../node.ts";
import type { NodeCommand } from "../protocol/commands.ts";
import { type Refusal, refuse } from "../refusals.ts";
import { endDrain, startDrain } from "../resize/deallocate.ts";
import { nodeCameUp } from "../schedule/endings.ts";
import type { World } from "../world.ts";
import { livePool, optionRefusal } from "./checks.ts";

/** P-120: what answers a reboot or reimage in each state; undefined where it is legal. */
const restartRefusals: Readonly<Record<NodeState, string | undefined>> = Object.freeze({
  creating: "NodeBeingCreated",
  starting: "NodeBeingStarted",
  waitingforstarttask: "NodeBeingStarted",
  starttaskfailed: undefined,
  idle: undefined,
  running: undefined,
  offline: undefined,
  rebooting: "NodeBeingRebooted",
  reimaging: "NodeBeingReimaged",
  leavingpool: "OperationInvalidForCurrentState",
  preempted: "NodeStateUnusable",
  unusable: undefined,
  unknown: "NodeStateUnusable",
  upgradingos: "NodeBeingReimaged",
});

export function nodeCommand(world: World, command: NodeCommand): Outcome {
  const pool = livePool(world, command.poolId);
  if ("code" in pool) return pool;
  const node = typeof command.nodeId === "string" ? pool.node(command.nodeId) : undefined;
  if (node === undefined) return refuse("NodeNotFound", `pool ${pool.id} has no node ${String(command.nodeId).slice(0, 64)}`);
  switch (command.kind) {
    case "RebootNode":
      return restartNode(world, node, "reboot", command.nodeRebootOption ?? "requeue");
    case "ReimageNode":
      if (pool.spec.configuration !== "cloudService")
        return refuse("OperationNotValidOnNode", "only nodes of cloud services can be reimaged");
      return restartNode(world, node, "reimage", command.nodeReimageOption ?? "requeue");
    case "DisableScheduling":
      return disableScheduling(world, node, command.nodeDisableSchedulingOption ?? "requeue");
    case "EnableScheduling":
      return enableScheduling(world, node);
  }
}

/** P-124: accepted at once, scheduling stops at once, the restart comes when the option is honoured. */
function restartNode(
  world: World,
  node: ComputeNode,
  purpose: "reboot" | "reimage",
  option: DeallocationOption,
): Refusal | undefined {
  const code = restartRefusals[node.state] ?? drainRefusal(node);
  if (code !== undefined)
    return refuse(
      code,
      `node ${node.id} is ${node.state}${node.drain === undefined ? "" : `, ${node.drain.purpose} is under way`}`,
    );
  const wrong = optionRefusal(purpose === "reboot" ? "nodeRebootOption" : "nodeReimageOption", option);
  if (wrong !== undefined) return wrong;
  startDrain(world, node, { option, purpose, reason: `${purpose} was requested` });
  return undefined;
}

/** A node that drains has a fate already; only scheduling that is being disabled may be overtaken. */
function drainRefusal(node: ComputeNode): string | undefined {
  switch (node.drain?.purpose) {
    case undefined:
    case "disable":
      return undefined;
    case "reboot":
      return "NodeBeingRebooted";
    case "reimage":
    case "upgrade":
      return "NodeBeingReimaged";
    case "leave":
      return "OperationInvalidForCurrentState";
  }
}

/** P-91: flips at once; the node is offline when its tasks are gone. P-122: no retaineddata. */
function disableScheduling(world: World, node: ComputeNode, option: DeallocationOption): Refusal | undefined {
  if (node.schedulingState === "disabled")
    return refuse("NodeAlreadyInTargetSchedulingState", `scheduling on node ${node.id} is disabled`);
  const wrong = optionRefusal("nodeDisableSchedulingOption", option, "retaineddata");
  if (wrong !== undefined) return wrong;
  emit(world, { kind: "NodeSchedulingChanged", node, to: "disabled" });
  if (node.state === "idle") emit(world, { kind: "NodeStateChanged", node, to: "offline", errors: [] });
  else if (node.attempts.length > 0 && node.drain === undefined)
    startDrain(world, node, { option, purpose: "disable", reason: "scheduling was disabled" });
  return undefined;
}

/** P-121: what was killed stays killed; the node takes tasks again. */
function enableScheduling(world: World, node: ComputeNode): Refusal | undefined {
  if (node.schedulingState === "enabled")
    return refuse("NodeAlreadyInTargetSchedulingState", `scheduling on node ${node.id} is enabled`);
  if (node.drain?.purpose === "disable") endDrain(world, node);
  emit(world, { kind: "NodeSchedulingChanged", node, to: "enabled" });
  if (node.state === "offline") {
    emit(world, { kind: "NodeStateChanged", node, to: "idle", errors: [] });
    nodeCameUp(world, node);
  }
  return undefined;
}
