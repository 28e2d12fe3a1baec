/**
 * Users of nodes as small durable documents (P-180 to P-182). A user belongs to the machine it was made on: the same node made anew, or another machine in its
 * place, has none of them. Passwords are kept as hashes and shown to nobody (L-64).
 */
import type { ComputeNode } from "../../core/node.ts";
import { isUserOf, type MadeOn } from "../../core/nodeUser.ts";
import type { Records } from "../../host/records.ts";
import type { NodeUser } from "../../providers/nodeLogins.ts";

/** Kind of the documents; the key is pool, node and name in lower case. */
export const NODE_USER = "nodeUser";

/** A user, and of which machine. */
export interface NodeUserRecord extends NodeUser, MadeOn {}

const prefix = (node: ComputeNode): string => `${node.pool.key}/${node.id}/`.toLowerCase();

/** Key of a user's document. */
export const nodeUserKey = (node: ComputeNode, name: string): string => prefix(node) + name.toLowerCase();

/** The user, expired or not; undefined when the node has none of that name. */
export function userOfNode(records: Records, node: ComputeNode, name: string): NodeUserRecord | undefined {
  const user = records.get(NODE_USER, nodeUserKey(node, name)) as NodeUserRecord | undefined;
  return user !== undefined && isUserOf(node, user) ? user : undefined;
}

/** All users of a node, expired ones too, in the order in which they were added. */
export function usersOfNode(records: Records, node: ComputeNode): NodeUserRecord[] {
  const of = prefix(node);
  const found = records.list(NODE_USER).filter(([key]) => key.startsWith(of));
  return found.map(([, user]) => user as NodeUserRecord).filter((user) => isUserOf(node, user));
}

/** Keys of documents that are of no use to anyone: their nodes are gone, or were made anew. Of the one pool. */
export function staleUsers(records: Records, { pool }: ComputeNode): string[] {
  const stale = records.list(NODE_USER).filter(([key, user]) => {
    const [poolKey, nodeId] = key.split("/");
    if (poolKey !== pool.key) return false;
    const node = pool.node(nodeId);
    return node === undefined || !isUserOf(node, user as NodeUserRecord);
  });
  return stale.map(([key]) => key);
}
