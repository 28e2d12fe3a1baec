/** Pools: added, read, changed, deleted (sections 1 and 2 of the pool rules). Sizes are in `poolSizes.ts`, autoscale in `autoScale.ts`. */
import type { PoolDetails } from "../../agent/run/details.ts";
import type { Pool } from "../../core/pool.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { showNodeCounts, showPool } from "../show/pool.ts";
import { versionOf } from "../show/tags.ts";
import { poolUrl } from "../show/urls.ts";
import { viewOf } from "../show/view.ts";
import { changed, expectVersion, perform, poolOf } from "./acting.ts";
import { checkMetadata } from "./decode/command.ts";
import { poolSpec } from "./decode/pool.ts";
import { startTaskSpec } from "./decode/startTask.ts";
import { given, object, objects, picked, text } from "./read.ts";
import { checkReferences } from "./references.ts";

/** Pool_Add. */
export async function addPool(call: Call): Promise<Reply> {
  const body = call.body ?? {};
  const id = text(body, "id") ?? "";
  await perform(call, () => ({ kind: "AddPool", spec: { ...poolSpec(call, body), id } }));
  const pool = call.service.world.pool(id);
  return changed(call, pool === undefined ? undefined : versionOf(pool), poolUrl(call.account.url, id));
}

/** The answer to a change of the path's pool, which may be gone already. */
export function poolChanged(call: Call): Reply {
  const pool = call.service.world.pool(call.path.poolId);
  return changed(call, pool === undefined ? undefined : versionOf(pool));
}

const keyOf = ({ key }: Pool): string => key;

/** Pool_List. */
export function listPools(call: Call): Reply {
  const view = viewOf(call);
  return { status: 200, items: call.service.world.pools.values(), key: keyOf, show: (pool: Pool) => showPool(pool, view) };
}

/** Pool_Get. */
export function getPool(call: Call): Reply {
  const pool = poolOf(call);
  const version = versionOf(pool);
  expectVersion(call, version);
  return { status: 200, ...version, body: showPool(pool, viewOf(call)) };
}

/** Pool_Exists; that there is none is said by the error's status. */
export function poolExists(call: Call): Reply {
  const version = versionOf(poolOf(call));
  expectVersion(call, version);
  return { status: 200, ...version };
}

/** Pool_Delete. */
export async function deletePool(call: Call): Promise<Reply> {
  await perform(call, () => {
    const pool = poolOf(call);
    expectVersion(call, versionOf(pool));
    return { kind: "DeletePool", poolId: pool.id };
  });
  return { status: call.operation.status };
}

const CHANGEABLE = [
  "certificateReferences",
  "applicationPackageReferences",
  "metadata",
  "targetNodeCommunicationMode",
] as const;

/** Pool_Patch: what the body names (P-23). */
export function patchPool(call: Call): Promise<Reply> {
  return changeProperties(call, "PatchPool", (pool, body) => ({
    ...(pool.spec.opaque as PoolDetails | undefined),
    ...picked<PoolDetails>(body, CHANGEABLE),
  }));
}

/** Pool_UpdateProperties: the whole set; what the body lacks is removed, what cannot be changed stays (P-23). */
export function updatePoolProperties(call: Call): Promise<Reply> {
  return changeProperties(call, "ReplacePoolProperties", (pool, body) => {
    const kept = { ...(pool.spec.opaque as PoolDetails | undefined) } as Record<string, unknown>;
    for (const name of CHANGEABLE) delete kept[name];
    return { ...kept, ...picked<PoolDetails>(body, CHANGEABLE) };
  });
}

async function changeProperties(
  call: Call,
  kind: "PatchPool" | "ReplacePoolProperties",
  details: (pool: Pool, body: JsonObject) => PoolDetails,
): Promise<Reply> {
  const body = call.body ?? {};
  const startTask = startTaskSpec(object(body, "startTask"));
  checkMetadata(objects(body, "metadata"), "metadata");
  await perform(call, () => {
    const pool = poolOf(call);
    expectVersion(call, versionOf(pool));
    checkReferences(call, body, "");
    return { kind, poolId: pool.id, ...given("startTask", startTask), opaque: details(pool, body) };
  });
  return poolChanged(call);
}

/** Account_ListPoolNodeCounts (P-210). */
export function listNodeCounts(call: Call): Reply {
  return { status: 200, items: call.service.world.pools.values(), key: keyOf, show: (pool: Pool) => showNodeCounts(pool) };
}
