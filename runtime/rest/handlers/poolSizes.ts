/** What changes the number of a pool's nodes or how they come to their number: resize, stop, remove nodes, autoscale (sections 3 to 6 of the pool rules). */
import type { AutoScaleRun } from "../../../src/autoscale/run.ts";
import type { PoolDetails } from "../../agent/run/details.ts";
import { familyOfDetails } from "../../core/guestOSFamilies.ts";
import type { DeallocationOption } from "../../core/node.ts";
import type { Command } from "../../core/protocol.ts";
import type { Pool } from "../../core/pool.ts";
import type { Call, Reply } from "../call.ts";
import { showAutoScaleRun } from "../show/pool.ts";
import { versionOf } from "../show/tags.ts";
import { addressOf, expectVersion, perform, poolOf } from "./acting.ts";
import { resolveVersion } from "./guestOS.ts";
import { poolChanged } from "./pools.ts";
import { durationMs, given, text, texts, whole, word } from "./read.ts";

/** One command on the pool of the path, if the request's conditions hold for it. */
async function onPool(call: Call, make: (pool: Pool) => Command): Promise<Reply> {
  await perform(call, () => {
    const pool = poolOf(call);
    expectVersion(call, versionOf(pool));
    return make(pool);
  });
  return poolChanged(call);
}

/** Pool_Resize. */
export function resizePool(call: Call): Promise<Reply> {
  const { body } = call;
  return onPool(call, ({ id }) => ({
    kind: "ResizePool",
    poolId: id,
    ...given("targetDedicatedNodes", whole(body, "targetDedicatedNodes")),
    ...given("targetLowPriorityNodes", whole(body, "targetLowPriorityNodes")),
    ...given("resizeTimeoutMs", durationMs(body, "resizeTimeout")),
    ...given("nodeDeallocationOption", word<DeallocationOption>(body, "nodeDeallocationOption")),
  }));
}

/** Pool_StopResize. */
export const stopResize = (call: Call): Promise<Reply> => onPool(call, ({ id }) => ({ kind: "StopResize", poolId: id }));

/** Pool_RemoveNodes. */
export function removeNodes(call: Call): Promise<Reply> {
  const { body } = call;
  return onPool(call, ({ id }) => ({
    kind: "RemoveNodes",
    poolId: id,
    nodeIds: texts(body, "nodeList") ?? [],
    ...given("resizeTimeoutMs", durationMs(body, "resizeTimeout")),
    ...given("nodeDeallocationOption", word<DeallocationOption>(body, "nodeDeallocationOption")),
  }));
}

/** Pool_EnableAutoScale. */
export function enableAutoScale(call: Call): Promise<Reply> {
  const { body } = call;
  return onPool(call, ({ id }) => ({
    kind: "EnableAutoScale",
    poolId: id,
    ...given("autoScaleFormula", text(body, "autoScaleFormula")),
    ...given("autoScaleEvaluationIntervalMs", durationMs(body, "autoScaleEvaluationInterval")),
  }));
}

/** Pool_DisableAutoScale. */
export const disableAutoScale = (call: Call): Promise<Reply> =>
  onPool(call, ({ id }) => ({ kind: "DisableAutoScale", poolId: id }));

/** Pool_EvaluateAutoScale: 200 also when the formula fails; the run tells. */
export async function evaluateAutoScale(call: Call): Promise<Reply> {
  const autoScaleFormula = text(call.body, "autoScaleFormula") ?? "";
  const { answer } = await perform(call, () => ({ kind: "EvaluateAutoScale", poolId: poolOf(call).id, autoScaleFormula }));
  return { status: 200, url: addressOf(call), body: showAutoScaleRun(answer as AutoScaleRun) };
}

/** Pool_UpgradeOS of versions before 2018-12 (P-125). Only a pool of cloud services has a family whose releases could be looked up; the core refuses others. */
export function upgradeOS(call: Call): Promise<Reply> {
  const wanted = text(call.body, "targetOSVersion") ?? "";
  return onPool(call, ({ id, spec }) => {
    const family = familyOfDetails((spec.opaque as PoolDetails | undefined)?.cloudServiceConfiguration);
    if (family === undefined) return { kind: "UpgradePoolOS", poolId: id, targetOSVersion: wanted };
    const currentOSVersion = resolveVersion(call, family, wanted);
    const targetOSVersion = wanted === "*" ? wanted : currentOSVersion;
    return { kind: "UpgradePoolOS", poolId: id, targetOSVersion, currentOSVersion };
  });
}
