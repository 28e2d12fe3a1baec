/** Operations of pools: their life, size, autoscale and account-wide counts (P rules). */
import { list, one, operation } from "./row.ts";

/** Their rows. */
export const poolOperations = [
  operation("Pool_Add", "POST /pools", 201, {
    requestModel: "PoolAddParameter",
    does: "Adds a pool; its nodes are allocated on this machine.",
  }),
  operation("Pool_List", "GET /pools", 200, {
    ...list("CloudPool", "pools", ["$filter", "$select", "$expand"]),
    does: "Lists the account's pools.",
  }),
  operation("Pool_Get", "GET /pools/{poolId}", 200, {
    ...one("CloudPool", "pools", ["$select", "$expand"]),
    conditions: "all",
    does: "Reads a pool, its targets, its resize errors and its last autoscale run.",
  }),
  operation("Pool_Exists", "HEAD /pools/{poolId}", 200, {
    conditions: "all",
    does: "Says by its status, 200 or 404, whether there is such a pool.",
  }),
  operation("Pool_Delete", "DELETE /pools/{poolId}", 202, {
    query: ["force"],
    conditions: "all",
    does: "Deletes a pool: its nodes go, their tasks are requeued.",
  }),
  operation("Pool_Patch", "PATCH /pools/{poolId}", 200, {
    requestModel: "PoolPatchParameter",
    conditions: "all",
    does: "Changes those properties of a pool that the body names.",
  }),
  operation("Pool_UpdateProperties", "POST /pools/{poolId}/updateproperties", 204, {
    requestModel: "PoolUpdatePropertiesParameter",
    does: "Replaces the changeable properties of a pool; what the body lacks is removed.",
  }),
  operation("Pool_Resize", "POST /pools/{poolId}/resize", 202, {
    requestModel: "PoolResizeParameter",
    conditions: "all",
    does: "Sets the targets of a pool; nodes are allocated or removed.",
  }),
  operation("Pool_StopResize", "POST /pools/{poolId}/stopresize", 202, {
    conditions: "all",
    does: "Stops a resize where it stands.",
  }),
  operation("Pool_EnableAutoScale", "POST /pools/{poolId}/enableautoscale", 200, {
    requestModel: "PoolEnableAutoScaleParameter",
    conditions: "all",
    does: "Gives a pool a formula, an interval or both, and evaluates it on that grid.",
  }),
  operation("Pool_DisableAutoScale", "POST /pools/{poolId}/disableautoscale", 200, {
    does: "Takes a pool's formula away; its targets stay.",
  }),
  operation("Pool_EvaluateAutoScale", "POST /pools/{poolId}/evaluateautoscale", 200, {
    requestModel: "PoolEvaluateAutoScaleParameter",
    answerModel: "AutoScaleRun",
    metadata: "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun",
    does: "Runs a formula on the pool's samples and tells its results; the pool does not change.",
  }),
  operation("Pool_RemoveNodes", "POST /pools/{poolId}/removenodes", 202, {
    requestModel: "NodeRemoveParameter",
    conditions: "all",
    does: "Removes up to 100 named nodes, with their tasks as the deallocation option says.",
  }),
  operation("Pool_UpgradeOS", "POST /pools/{poolId}/upgradeos", 202, {
    requestModel: "PoolUpgradeOSParameter",
    conditions: "all",
    until: "2018-08-01",
    does: "Reimages the nodes of a cloud services pool to another OS version, one after another.",
  }),
  operation("Account_ListPoolNodeCounts", "GET /nodecounts", 200, {
    ...list("PoolNodeCounts", "poolnodecounts", ["$filter"], 10),
    does: "Counts the nodes of each pool by state.",
  }),
  operation("Pool_ListUsageMetrics", "GET /poolusagemetrics", 200, {
    ...list("PoolUsageMetrics", "poolusagemetrics", ["starttime", "endtime", "$filter"]),
    does: "Tells the core hours of pools by interval.",
  }),
  operation("Pool_GetAllLifetimeStatistics", "GET /lifetimepoolstats", 200, {
    answerModel: "PoolStatistics",
    metadata: "poolstats/@Element",
    until: "2022-10-01",
    does: "Nobody counts from the account's first day here: answered with 400 InvalidRestAPIForAccountSetting.",
  }),
] as const;
