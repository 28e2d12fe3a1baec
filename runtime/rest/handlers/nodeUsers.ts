/**
 * Users of a node (P-180 to P-182): added, replaced, deleted. A change is answered when the next login sees it; where no node can be logged in to, the users are
 * kept all the same.
 */
import type { ComputeNode } from "../../core/node.ts";
import { nodeUserLifetimeMs, takesUsers } from "../../core/nodeUser.ts";
import { isWindows } from "../../providers/operatingSystem.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { BatchError, badProperty, repeated } from "../errors.ts";
import { passwordHash } from "../passwordHash.ts";
import { nodeUrl } from "../show/urls.ts";
import { changed, nodeOf } from "./acting.ts";
import { NODE_USER, nodeUserKey, type NodeUserRecord, staleUsers, userOfNode } from "./nodeUserRecords.ts";
import { flag, given, instantMs, text } from "./read.ts";

/** Bytes of a password: hashing takes longer the longer it is. */
const PASSWORD_BYTES_MAX = 256;
/** One line of `authorized_keys` without options, which would say what is run at a login. */
const PUBLIC_KEY =
  /^(?:sk-)?(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+)(?:@openssh\.com)? [A-Za-z0-9+/]+={0,2}(?: [^\x00-\x1f\x7f]*)?$/;
/** Names that stand for something else on every Linux machine. */
const RESERVED = new Set(["root", "sshd"]);

/** ComputeNode_AddUser. */
export async function addUser(call: Call): Promise<Reply> {
  const node = usableNode(call);
  const body = call.body ?? {};
  const name = text(body, "name") ?? "";
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(name))
    throw badProperty("name", name, "1 to 64 letters, digits, _ . -, not beginning with a digit");
  if (RESERVED.has(name.toLowerCase())) throw badProperty("name", name, "a name that the operating system has not taken");
  if (userOfNode(call.service.records, node, name) !== undefined)
    throw new BatchError("NodeUserExists", `Node ${node.id} has a user ${name}.`);
  await keep(call, node, name, body, flag(body, "isAdmin") ?? false);
  const { records } = call.service;
  await Promise.all(staleUsers(records, node).map((key) => records.delete(NODE_USER, key)));
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
  await call.service.records.delete(NODE_USER, nodeUserKey(node, user.name));
  await call.logins?.usersChanged(node);
  return { status: call.operation.status };
}

function namedUser(call: Call, node: ComputeNode): NodeUserRecord {
  const { userName } = call.path;
  const user = userOfNode(call.service.records, node, userName);
  if (user === undefined) throw new BatchError("NodeUserNotFound", `Node ${node.id} has no user ${repeated(userName)}.`);
  return user;
}

function usableNode(call: Call): ComputeNode {
  const node = nodeOf(call);
  if (takesUsers(node.state)) return node;
  throw notReady(node, "users can be changed while it is idle, running or offline");
}

const REFUSALS: Partial<Record<ComputeNode["state"], string>> = {
  creating: "NodeBeingCreated",
  starting: "NodeBeingStarted",
  waitingforstarttask: "NodeBeingStarted",
  rebooting: "NodeBeingRebooted",
  reimaging: "NodeBeingReimaged",
};

/** 409 for a node whose state does not allow what was asked; `rule` says what would. */
export function notReady({ id, state }: ComputeNode, rule: string): BatchError {
  return new BatchError(REFUSALS[state] ?? "NodeStateUnusable", `Node ${id} is ${state}; ${rule}.`);
}

async function keep(call: Call, node: ComputeNode, name: string, body: JsonObject, isAdmin: boolean): Promise<void> {
  const now = call.service.now();
  const sshPublicKey = text(body, "sshPublicKey")?.trim();
  const password = text(body, "password");
  const windows = isWindows(node.pool);
  if (windows && sshPublicKey !== undefined) throw badProperty("sshPublicKey", "(a key)", "only on Linux nodes");
  if (windows && password === undefined)
    throw badProperty("password", undefined, "required on Windows nodes", "MissingRequiredProperty");
  if (sshPublicKey !== undefined && !PUBLIC_KEY.test(sshPublicKey))
    throw badProperty("sshPublicKey", "(a key)", "one public key as ssh-keygen writes it: kind, Base64, comment, on one line");
  if (password !== undefined && Buffer.byteLength(password) > PASSWORD_BYTES_MAX)
    throw badProperty("password", "(a password)", `at most ${PASSWORD_BYTES_MAX} bytes`);
  const expiryAt = instantMs(body, "expiryTime") ?? now + nodeUserLifetimeMs;
  if (expiryAt <= now) throw badProperty("expiryTime", text(body, "expiryTime"), "an instant to come");
  const user: NodeUserRecord = {
    name,
    isAdmin,
    expiryAt,
    ...given("passwordHash", password === undefined || password === "" ? undefined : passwordHash(password)),
    ...given("sshPublicKey", sshPublicKey),
    addedAt: now,
    allocationAt: node.allocationAt,
  };
  await call.service.records.put(NODE_USER, nodeUserKey(node, name), user);
  await call.logins?.usersChanged(node);
}
