/**
 * How rows name nodes. A pool that is made again gives the same node ids again, so a node is named with its instant of allocation; a row may also
 * name a node that is gone, and then ids are all that is left of it.
 */
import { idKey } from "../../limits.ts";
import { ComputeNode } from "../../node.ts";
import { Pool } from "../../pool.ts";
import type { World } from "../../world.ts";

/** Ids of pool and node, and the node's `allocationAt`. */
export type NodeName = readonly [poolId: string, nodeId: string, allocationAt: number];

/** How a row names this node. */
export function nameOf(node: ComputeNode): NodeName {
  return [node.pool.id, node.id, node.allocationAt];
}

/** Key of a node's row: ids without case, which have no slash. */
export function nodeKey(node: ComputeNode): string {
  return `${node.pool.key}/${idKey(node.id)}`;
}

/** Finds nodes by name in a world that is being restored; makes a stand-in with `gone` set for each one that is not there, once. */
export class NodeFinder {
  private readonly world: World;
  private readonly pools = new Map<string, Pool>();
  private readonly nodes = new Map<string, ComputeNode>();

  constructor(world: World) {
    this.world = world;
  }

  find([poolId, nodeId, allocationAt]: NodeName): ComputeNode {
    const present = this.world.pools.get(idKey(poolId))?.nodes.get(idKey(nodeId));
    if (present !== undefined && present.allocationAt === allocationAt) return present;
    const key = `${poolId}/${nodeId}/${allocationAt}`;
    let node = this.nodes.get(key);
    if (node === undefined) {
      node = new ComputeNode(this.goneOrPresent(poolId, allocationAt), nodeId, -1, true, allocationAt);
      node.gone = true;
      this.nodes.set(key, node);
    }
    return node;
  }

  private goneOrPresent(poolId: string, allocationAt: number): Pool {
    const present = this.world.pools.get(idKey(poolId));
    if (present !== undefined && present.creationAt <= allocationAt) return present;
    let pool = this.pools.get(poolId);
    if (pool === undefined) {
      pool = new Pool({ ...UNKNOWN_POOL, id: poolId }, idKey(poolId), Number.NEGATIVE_INFINITY);
      pool.gone = true;
      this.pools.set(poolId, pool);
    }
    return pool;
  }
}

/** What a pool was that is gone: nobody asks for more than its id. */
const UNKNOWN_POOL = Object.freeze({
  vmSize: "",
  coresPerNode: 1,
  taskSlotsPerNode: 1,
  nodeFillType: "spread",
  enableInterNodeCommunication: false,
  resizeTimeoutMs: 0,
  configuration: "virtualMachine",
  osVersion: "*",
} as const);
