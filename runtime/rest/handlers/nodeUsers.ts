/**
 * Users of a node (P-180 to P-182): documents with the documented checks and expiry. No account of the machine is made of them, so they sign in nowhere; a
 * password is checked for and not kept.
 */
import type { ComputeNode } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { BatchError, badProperty, repeated } from "../errors.ts";
import { nodeUrl } from "../show/urls.ts";
import { changed, nodeOf } from "./acting.ts";
import { flag, given, instantMs, text } from "./read.ts";

/** Kind of the documents; the key is pool, node and name in lower case. */
const NODE_USER = "nodeUser";

const DAY_MS = 86_400_000;

/** A user; instants in milliseconds since 1970. */
interface NodeUserRecord {
  readonly name: string;
  readonly isAdmin: boolean;
  readonly expiryAt: number;
  readonly hasPassword: boolean;
  readonly sshPublicKey?: string;
  /** When the node was allocated: a later node of the same id has no such user. */
  readonly allocationAt: number;
}

const prefix = (node: ComputeNode): string => `${node.pool.key}/${node.id}/`.toLowerCase();
const keyOf = (node: ComputeNode, name: string): string => prefix(node) + name.toLowerCase();

function userOf(call: Call, node: ComputeNode, name: string): NodeUserRecord | undefined {
  const user = call.service.records.get(NODE_USER, keyOf(node, name)) as NodeUserRecord | undefined;
  return user?.allocationAt === node.allocationAt ? user : undefined;
}

/** ComputeNode_AddUser. */
export async function addUser(call: Call): Promise<Reply> {
  const node = usableNode(call);
  const body = call.body ?? {};
  const name = text(body, "name") ?? "";
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(name))
    throw badProperty("name", name, "1 to 64 letters, digits, _ . -, not beginning with a digit");
  if (userOf(call, node, name) !== undefined) throw new BatchError("NodeUserExists", `Node ${node.id} has a user ${name}.`);
  await keep(call, node, name, body, flag(body, "isAdmin") ?? false);
  await forgetStale(call, node.pool);
  return changed(call, undefined, `${nodeUrl(call.account.url, node)}/users/${name}`);
}

/** ComputeNode_UpdateUser: absent properties go back to their defaults, an absent password or key is removed (P-181). */
export async function updateUser(call: Call): Promise<Reply> {
  const node = usableNode(call);
  const user = namedUser(call, node);
  await keep(call, node, user.name, call.body ?? {}, user.isAdmin);
  return changed(call, undefined);
}

/** ComputeNode_DeleteUser. */
export async function deleteUser(call: Call): Promise<Reply> {
  const node = usableNode(call);
  const user = namedUser(call, node);
  await call.service.records.delete(NODE_USER, keyOf(node, user.name));
  return { status: call.operation.status };
}

/** Users vanish when a node is made anew (P-182). */
export async function forgetUsers(call: Call, node: ComputeNode): Promise<void> {
  const { records } = call.service;
  const of = prefix(node);
  await Promise.all(
    records
      .list(NODE_USER)
      .filter(([key]) => key.startsWith(of))
      .map(([key]) => records.delete(NODE_USER, key)),
  );
}

/** Documents of nodes that are gone, or were made anew under the same id, are of no use to anyone. */
async function forgetStale(call: Call, { key: poolKey, nodes }: Pool): Promise<void> {
  const { records } = call.service;
  const stale = records.list(NODE_USER).filter(([key, user]) => {
    const [pool, node] = key.split("/");
    return pool === poolKey && nodes.get(node)?.allocationAt !== (user as NodeUserRecord).allocationAt;
  });
  await Promise.all(stale.map(([key]) => records.delete(NODE_USER, key)));
}

function namedUser(call: Call, node: ComputeNode): NodeUserRecord {
  const { userName } = call.path;
  const user = userOf(call, node, userName);
  if (user === undefined) throw new BatchError("NodeUserNotFound", `Node ${node.id} has no user ${repeated(userName)}.`);
  return user;
}

/** P-180: idle, running, or offline, since people are told to disable scheduling before they sign in. */
function usableNode(call: Call): ComputeNode {
  const node = nodeOf(call);
  if (node.state === "idle" || node.state === "running" || node.state === "offline") return node;
  const code = REFUSALS[node.state] ?? "NodeStateUnusable";
  throw new BatchError(code, `Node ${node.id} is ${node.state}; users can be changed while it is idle, running or offline.`);
}

const REFUSALS: Partial<Record<ComputeNode["state"], string>> = {
  creating: "NodeBeingCreated",
  starting: "NodeBeingStarted",
  waitingforstarttask: "NodeBeingStarted",
  rebooting: "NodeBeingRebooted",
  reimaging: "NodeBeingReimaged",
};

async function keep(call: Call, node: ComputeNode, name: string, body: JsonObject, isAdmin: boolean): Promise<void> {
  const now = call.service.now();
  const sshPublicKey = text(body, "sshPublicKey");
  const password = text(body, "password");
  const windows = node.pool.spec.configuration === "cloudService";
  if (windows && sshPublicKey !== undefined) throw badProperty("sshPublicKey", "(a key)", "only on Linux nodes");
  if (windows && password === undefined)
    throw badProperty("password", undefined, "required on Windows nodes", "MissingRequiredProperty");
  const expiryAt = instantMs(body, "expiryTime") ?? now + DAY_MS;
  if (expiryAt <= now) throw badProperty("expiryTime", text(body, "expiryTime"), "an instant to come");
  const user: NodeUserRecord = {
    name,
    isAdmin,
    expiryAt,
    hasPassword: password !== undefined && password !== "",
    ...given("sshPublicKey", sshPublicKey),
    allocationAt: node.allocationAt,
  };
  await call.service.records.put(NODE_USER, keyOf(node, name), user);
}
