/**
 * The ways to a node for people (P-183): SSH to nodes of virtual machine pools, which run Linux, and a Remote Desktop file for those of cloud services pools,
 * which run Windows. Each is refused where the other belongs.
 */
import type { ComputeNode } from "../../core/node.ts";
import { remoteLoginProblem, subnetIdOf } from "../../providers/network/networks.ts";
import { type LoginAddress, NoLogin } from "../../providers/nodeLogins.ts";
import type { Call, Reply } from "../call.ts";
import { BatchError } from "../errors.ts";
import { nodeOf } from "./acting.ts";
import { notReady } from "./nodeUsers.ts";

/** The port of Remote Desktop. Nothing of this service listens there: local nodes of cloud services pools are Windows machines in name only. */
const DESKTOP_PORT = 3389;

const ABSENT: readonly ComputeNode["state"][] = ["creating", "rebooting", "reimaging", "leavingpool", "preempted", "unknown"];

/** ComputeNode_GetRemoteLoginSettings: address and port of an SSH server that answers. */
export async function getRemoteLogin(call: Call): Promise<Reply> {
  const node = presentNode(call);
  if (node.pool.spec.configuration === "cloudService")
    throw invalid(node, "Nodes of cloud services pools run Windows: get a Remote Desktop file (rdp) instead.");
  checkRules(call, node, 22);
  const { address, port } = await opened(call, node);
  return { status: 200, body: { remoteLoginIPAddress: address, remoteLoginPort: port } };
}

async function opened({ logins }: Call, node: ComputeNode): Promise<LoginAddress> {
  if (logins === undefined) throw invalid(node, "Nodes of this service cannot be logged in to.");
  try {
    return await logins.open(node);
  } catch (error) {
    if (error instanceof NoLogin) throw invalid(node, `Nobody can log in: ${error.message}.`);
    throw error;
  }
}

/** ComputeNode_GetRemoteDesktop: a file that Remote Desktop clients open; users and their passwords are not in it. */
export function getRemoteDesktop(call: Call): Reply {
  const node = presentNode(call);
  if (node.pool.spec.configuration !== "cloudService")
    throw invalid(node, "Nodes of virtual machine pools run Linux: get the remote login settings for SSH instead.");
  checkRules(call, node, DESKTOP_PORT);
  const address = call.files.address?.(node);
  if (address === undefined) throw invalid(node, "The node has no address yet.");
  const bytes = Buffer.from(desktopFile(address), "utf8");
  const headers = {
    "Content-Type": "application/octet-stream",
    "Content-Length": String(bytes.length),
    "Content-Disposition": `attachment; filename="${node.id}.rdp"`,
  };
  return { status: 200, headers, stream: once(bytes) };
}

/** Lines `name:type:value` with `s` for texts and `i` for numbers, as every Remote Desktop client reads them. */
function desktopFile(address: string): string {
  return [`full address:s:${address}:${DESKTOP_PORT}`, "prompt for credentials:i:1", "administrative session:i:1", ""].join(
    "\r\n",
  );
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function presentNode(call: Call): ComputeNode {
  const node = nodeOf(call);
  if (ABSENT.includes(node.state)) throw notReady(node, "there is nothing to log in to");
  return node;
}

/** Security rules of the pool's subnet may keep people out (P-174). */
function checkRules(call: Call, node: ComputeNode, port: 22 | 3389): void {
  const problem = remoteLoginProblem(call.account.landscape, subnetIdOf(node.pool.spec.opaque), port);
  if (problem !== undefined) throw invalid(node, `Nobody can log in: ${problem}.`);
}

function invalid(node: ComputeNode, reason: string): BatchError {
  return new BatchError("OperationNotValidOnNode", `The operation is not valid on node ${node.id}.`, [
    { key: "Reason", value: reason },
  ]);
}
