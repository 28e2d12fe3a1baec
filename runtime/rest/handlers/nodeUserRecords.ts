/**
 * Users of nodes as small durable documents (P-180 to P-182). A user belongs to the machine it was made on: the same node made anew, or another machine in its
 * place, has none of them. Passwords are kept as hashes and shown to nobody (L-64).
 */
import type { ComputeNode } from "../../core/node.ts";
import type { Records } from "../../host/records.ts";
import type { NodeUser } from "../../providers/nodeLogins.ts";

/** Kind of the documents; the key is pool, node and name in lower case. */
export const NODE_USER = "nodeUser";

/** A user; instants in milliseconds since 1970. */
export interface NodeUserRecord extends NodeUser {
  readonly addedAt: number;
  /** When the node was allocated: a later node of the same id has no such user. */
  readonly allocationAt: number;
}

const prefix = (node: ComputeNode): string => `${node.pool.key}/${node.id}/`.toLowerCase();

/** Key of a user's document. */
export const nodeUserKey = (node: ComputeNode, name: string): string => prefix(node) + name.toLowerCase();

/** Whether the disk on which the user was made is the one the node has. */
function isOf(node: ComputeNode, { allocationAt, addedAt }: NodeUserRecord): boolean {
  return allocationAt === node.allocationAt && (node.wipedAt === undefined || addedAt > node.wipedAt);
}

/** The user, expired or not; undefined when the node has none of that name. */
export function userOfNode(records: Records, node: ComputeNode, name: string): NodeUserRecord | undefined {
  const user = records.get(NODE_USER, nodeUserKey(node, name)) as NodeUserRecord | undefined;
  return user !== undefined && isOf(node, user) ? user : undefined;
}

/** All users of a node, expired ones too, in the order in which they were added. */
export function usersOfNode(records: Records, node: ComputeNode): NodeUserRecord[] {
  const of = prefix(node);
  const found = records.list(NODE_USER).filter(([key]) => key.startsWith(of));
  return found.map(([, user]) => user as NodeUserRecord).filter((user) => isOf(node, user));
}

/** Keys of documents that are of no use to anyone: their nodes are gone, or were made anew. Of the one pool. */
export function staleUsers(records: Records, { pool }: ComputeNode): string[] {
  const stale = records.list(NODE_USER).filter(([key, user]) => {
    const [poolKey, nodeId] = key.split("/");
    if (poolKey !== pool.key) return false;
    const node = pool.node(nodeId);
    return node === undefined || !isOf(node, user as NodeUserRecord);
  });
  return stale.map(([key]) => key);
}
