/** Operations of compute nodes: reading, restarting, draining, users and extensions (P-100 and later). */
import { list, one, operation } from "./row.ts";

const NODE = "/pools/{poolId}/nodes/{nodeId}";

/** Their rows. */
export const nodeOperations = [
  operation("ComputeNode_List", "GET /pools/{poolId}/nodes", 200, {
    ...list("ComputeNode", "nodes", ["$filter", "$select"]),
    does: "Lists the nodes of a pool.",
  }),
  operation("ComputeNode_Get", `GET ${NODE}`, 200, {
    ...one("ComputeNode", "nodes"),
    does: "Reads a node, its state, its start task's outcome and its recent tasks.",
  }),
  operation("ComputeNode_Reboot", `POST ${NODE}/reboot`, 202, {
    requestModel: "NodeRebootParameter",
    does: "Restarts a node: its processes end, its directory stays, its start task runs again.",
  }),
  operation("ComputeNode_Reimage", `POST ${NODE}/reimage`, 202, {
    requestModel: "NodeReimageParameter",
    does: "Restarts a node of a cloud services pool with an empty directory.",
  }),
  operation("ComputeNode_DisableScheduling", `POST ${NODE}/disablescheduling`, 200, {
    requestModel: "NodeDisableSchedulingParameter",
    does: "Takes a node out of scheduling, with its tasks as the option says.",
  }),
  operation("ComputeNode_EnableScheduling", `POST ${NODE}/enablescheduling`, 200, {
    does: "Lets tasks be placed on a node again.",
  }),
  operation("ComputeNode_Start", `POST ${NODE}/start`, 202, {
    since: "2024-07-01",
    does: "Nodes here are never deallocated and kept, so none can be started: answered with 409 OperationNotValidOnNode.",
  }),
  operation("ComputeNode_Deallocate", `POST ${NODE}/deallocate`, 202, {
    requestModel: "NodeDeallocateParameter",
    since: "2024-07-01",
    does: "A local node costs nothing while it is idle and cannot be deallocated and kept: 409 OperationNotValidOnNode.",
  }),
  operation("ComputeNode_AddUser", `POST ${NODE}/users`, 201, {
    requestModel: "ComputeNodeUser",
    does: "Adds a user who can log in to a node by SSH with key or password; the machine's own users stay as they are.",
  }),
  operation("ComputeNode_UpdateUser", `PUT ${NODE}/users/{userName}`, 200, {
    requestModel: "NodeUpdateUserParameter",
    does: "Replaces password, key and expiry of a node's user; what is absent is removed.",
  }),
  operation("ComputeNode_DeleteUser", `DELETE ${NODE}/users/{userName}`, 200, {
    does: "Deletes a user of a node, who cannot log in any more.",
  }),
  operation("ComputeNode_GetRemoteLoginSettings", `GET ${NODE}/remoteloginsettings`, 200, {
    answerModel: "ComputeNodeGetRemoteLoginSettingsResult",
    metadata: "Microsoft.Azure.Batch.Protocol.Entities.RemoteLoginSettings",
    dataServiceId: true,
    does: "Tells address and port of the node's SSH server, which is started when it is first asked for; needs OpenSSH and nss_wrapper on this machine.",
  }),
  operation("ComputeNode_GetRemoteDesktop", `GET ${NODE}/rdp`, 200, {
    until: "2024-02-01",
    does: "Gives a Remote Desktop file for a node of a cloud services pool; nothing of this machine listens at its port.",
  }),
  operation("ComputeNode_UploadBatchServiceLogs", `POST ${NODE}/uploadbatchservicelogs`, 200, {
    requestModel: "UploadBatchServiceLogsConfiguration",
    answerModel: "UploadBatchServiceLogsResult",
    metadata: "Microsoft.Azure.Batch.Protocol.Entities.UploadBatchServiceLogsResult",
    dataServiceId: false,
    does: "Uploads a node's agent log to a container, where there is a storage to take it.",
  }),
  operation("ComputeNodeExtension_List", `GET ${NODE}/extensions`, 200, {
    ...list("NodeVMExtension", "extensions", ["$select"]),
    since: "2021-06-01",
    does: "Lists the extensions of a node: local nodes have none.",
  }),
  operation("ComputeNodeExtension_Get", `GET ${NODE}/extensions/{extensionName}`, 200, {
    ...one("NodeVMExtension", "extensions"),
    since: "2021-06-01",
    does: "Reads an extension of a node: local nodes have none.",
  }),
] as const;
