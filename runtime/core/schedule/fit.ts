/** Which nodes a task gets: what its shape needs, what its job refuses, and what it wishes for (P-130, P-131, J-62, T-27, T-51, T-65). */
import { idKey } from "../limits.ts";
import type { ComputeNode } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { Task } from "../task.ts";
import type { World } from "../world.ts";
import type { Need, Refuses } from "./freeSlots.ts";
import type { Lane, Shape } from "./lane.ts";

/** Whether the pool could take such a task at all, with every node idle: nothing is checked when the task is added (P-130, T-51). */
export function canEverFit(pool: Pool, shape: Shape): boolean {
  const { taskSlotsPerNode, enableInterNodeCommunication } = pool.spec;
  if (shape.slots > taskSlotsPerNode) return false;
  return !shape.multiInstance || (enableInterNodeCommunication && taskSlotsPerNode === 1);
}

/** The node for an ordinary task; undefined when it does not fit now. */
export function nodeFor(world: World, pool: Pool, lane: Lane, task: Task): ComputeNode | undefined {
  const shape = lane.shape;
  if (!canEverFit(pool, shape)) return undefined;
  const need = needOf(pool, shape);
  const refuses = refusalsOf(pool, lane);
  const wished = wishedNode(world, pool, task);
  if (wished !== undefined && takes(pool, wished, need, refuses)) return wished;
  const place = pool.free.find(need, pool.spec.nodeFillType, refuses);
  return place < 0 ? undefined : pool.places[place];
}

/** The nodes for a multi-instance task, the primary's first (T-52, T-53); undefined when there are too few now. */
export function groupFor(world: World, pool: Pool, lane: Lane, task: Task): readonly ComputeNode[] | undefined {
  const shape = lane.shape;
  if (!canEverFit(pool, shape)) return undefined;
  const need = needOf(pool, shape);
  const refuses = refusalsOf(pool, lane);
  const places = pool.free.findGroup(need, shape.instances, refuses);
  if (places === undefined) return undefined;
  const nodes = places.map((place) => pool.places[place]!);
  const wished = wishedNode(world, pool, task);
  if (wished === undefined || !takes(pool, wished, need, refuses)) return nodes;
  const others = nodes.filter((node) => node !== wished);
  return [wished, ...others.slice(0, nodes.length - 1)];
}

/** Nodes on which the job's preparation failed (J-62). */
function refusalsOf(pool: Pool, lane: Lane): Refuses | undefined {
  const excluded = lane.job.excluded;
  if (excluded === undefined || excluded.size === 0) return undefined;
  return (place) => excluded.has(pool.places[place]!);
}

/** An exclusive run needs an empty node (P-133). */
function needOf(pool: Pool, shape: Shape): Need {
  return shape.exclusive ? { slots: pool.spec.taskSlotsPerNode, dedicatedOnly: shape.dedicatedOnly } : shape;
}

function takes(pool: Pool, node: ComputeNode, need: Need, refuses: Refuses | undefined): boolean {
  if (need.dedicatedOnly && !node.isDedicated) return false;
  return pool.free.at(node.place) >= need.slots && refuses?.(node.place) !== true;
}

const NODE_AFFINITY = "tvm:";

/** Affinity is a wish (T-65); a retry would like the node where its files are (T-27). */
function wishedNode(world: World, pool: Pool, task: Task): ComputeNode | undefined {
  const affinityId = task.spec.affinityId;
  let node: ComputeNode | undefined;
  if (task.retryCount > 0 && world.settings.retryPrefersSameNode) node = task.node;
  else if (affinityId === undefined) return undefined;
  else {
    const key = idKey(affinityId);
    // Where nodes are in several clusters the cluster follows the node's id: `tvm:tvm-1@cluster-2`.
    node = key.startsWith(NODE_AFFINITY)
      ? pool.nodes.get(key.slice(NODE_AFFINITY.length).split("@", 1)[0])
      : task.job.tasks.get(key)?.node;
  }
  return node !== undefined && !node.gone && node.pool === pool ? node : undefined;
}
