/** Compute nodes: read, restarted, taken out of scheduling and back (section 10 of the pool rules), and what nodes of this machine do not have. */
import type { Command } from "../../core/protocol.ts";
import type { ComputeNode, DeallocationOption } from "../../core/node.ts";
import type { Call, Reply } from "../call.ts";
import { BatchError } from "../errors.ts";
import { showNode } from "../show/node.ts";
import { viewOf } from "../show/view.ts";
import { changed, nodeOf, perform, poolOf } from "./acting.ts";
import { certificatesOnNode } from "./certificateRecords.ts";
import { given, word } from "./read.ts";

/** ComputeNode_List. */
export function listNodes(call: Call): Reply {
  const view = viewOf(call);
  const { files } = call;
  const show = (node: ComputeNode) => showNode(node, files, certificatesOnNode(call.service.records, node), view);
  return { status: 200, items: poolOf(call).nodes.values(), key: ({ id }: ComputeNode) => id, show };
}

/** ComputeNode_Get. */
export function getNode(call: Call): Reply {
  const node = nodeOf(call);
  return { status: 200, body: showNode(node, call.files, certificatesOnNode(call.service.records, node), viewOf(call)) };
}

/** One command on the node of the path. */
async function onNode(call: Call, make: (node: ComputeNode) => Command): Promise<Reply> {
  await perform(call, () => make(nodeOf(call)));
  return changed(call, undefined);
}

/** ComputeNode_Reboot. */
export const rebootNode = (call: Call): Promise<Reply> =>
  onNode(call, ({ pool, id }) => ({
    kind: "RebootNode",
    poolId: pool.id,
    nodeId: id,
    ...given("nodeRebootOption", word<DeallocationOption>(call.body, "nodeRebootOption")),
  }));

/** ComputeNode_Reimage; the node's users go with its disk (P-182). */
export const reimageNode = (call: Call): Promise<Reply> =>
  onNode(call, ({ pool, id }) => ({
    kind: "ReimageNode",
    poolId: pool.id,
    nodeId: id,
    ...given("nodeReimageOption", word<DeallocationOption>(call.body, "nodeReimageOption")),
  }));

/** ComputeNode_DisableScheduling. */
export const disableScheduling = (call: Call): Promise<Reply> =>
  onNode(call, ({ pool, id }) => ({
    kind: "DisableScheduling",
    poolId: pool.id,
    nodeId: id,
    ...given("nodeDisableSchedulingOption", word<DeallocationOption>(call.body, "nodeDisableSchedulingOption")),
  }));

/** ComputeNode_EnableScheduling. */
export const enableScheduling = (call: Call): Promise<Reply> =>
  onNode(call, ({ pool, id }) => ({ kind: "EnableScheduling", poolId: pool.id, nodeId: id }));

/** Handler of an operation that no node of this machine can do: the node must exist, then 409 OperationNotValidOnNode says why. */
function notOnNode(reason: string): (call: Call) => Reply {
  return (call) => {
    const node = nodeOf(call);
    throw new BatchError("OperationNotValidOnNode", `The operation is not valid on node ${node.id}.`, [
      { key: "Reason", value: reason },
    ]);
  };
}

/** ComputeNode_UploadBatchServiceLogs. */
export const uploadLogs = notOnNode(
  "Nodes of this service keep no logs of a Batch node agent to upload; the log of the service tells what happened on its nodes.",
);

/** ComputeNode_Start and ComputeNode_Deallocate. */
export const deallocateNode = notOnNode(
  "Nodes of this service cannot be deallocated and kept; resize the pool or remove the node.",
);

/** ComputeNodeExtension_List: there are none, which is a list. */
export function listExtensions(call: Call): Reply {
  nodeOf(call);
  return { status: 200, items: [], key: String };
}

/** ComputeNodeExtension_Get. */
export function getExtension(call: Call): Reply {
  nodeOf(call);
  throw new BatchError("ResourceNotFound", "Nodes of this service have no virtual machine extensions.");
}
