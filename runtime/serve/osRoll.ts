/**
 * Pools that want the newest guest OS (`*`) go over to it when a release is published, node by node (P-04, P-125). A pool that is being upgraded already
 * comes to it when that upgrade is through; pools with a release of their own choice stay where they are.
 */
import type { PoolDetails } from "../agent/run/details.ts";
import { familyOfDetails } from "../core/guestOSFamilies.ts";
import type { Pool } from "../core/pool.ts";
import type { Service } from "../host/service.ts";
import { newestRelease } from "../rest/handlers/guestOS.ts";
import type { OpenAccount } from "./accounts/openAccount.ts";

/** Accounts, open or not. */
type Accounts = readonly { readonly open: OpenAccount | undefined }[];

/** Services that are watched until none of their pools is behind. */
const watched = new WeakSet<Service>();

/** Has every pool that is behind go over to the newest release of its family; how many there are. */
export function rollPools(accounts: Accounts): number {
  let behind = 0;
  for (const { open } of accounts) if (open !== undefined) behind += rollAccount(open);
  return behind;
}

function rollAccount({ service, served }: OpenAccount): number {
  const behind = [...service.world.pools.values()].filter((pool) => isBehind(pool, served));
  for (const pool of behind) if (pool.state === "active") upgrade(service, pool, newestOf(pool, served)!);
  if (behind.some(({ state }) => state === "upgrading")) watch({ service, served });
  return behind.length;
}

/** Looks again after every turn of the service; a turn in which a pool has become active is among them. */
function watch(account: Pick<OpenAccount, "service" | "served">): void {
  const { service, served } = account;
  if (watched.has(service)) return;
  watched.add(service);
  const stop = service.onCommit(() => {
    const behind = [...service.world.pools.values()].filter((pool) => isBehind(pool, served));
    for (const pool of behind) if (pool.state === "active") upgrade(service, pool, newestOf(pool, served)!);
    if (behind.some(({ state }) => state === "upgrading")) return;
    stop();
    watched.delete(service);
  });
}

function upgrade(service: Service, { id }: Pool, currentOSVersion: string): void {
  // Refused when somebody else was quicker: then there is nothing left to do. A service that stops takes it up at its next start.
  service.submit(() => ({ kind: "UpgradePoolOS", poolId: id, targetOSVersion: "*", currentOSVersion })).catch(() => {});
}

function newestOf({ spec }: Pool, { facts }: OpenAccount["served"]): string | undefined {
  const family = familyOfDetails((spec.opaque as PoolDetails | undefined)?.cloudServiceConfiguration);
  return family === undefined || facts === undefined ? undefined : newestRelease(family, facts.landscape);
}

/** It wants the newest, and neither has it nor is on its way to it. */
function isBehind(pool: Pool, served: OpenAccount["served"]): boolean {
  const { spec, state, upgrade: going } = pool;
  if (spec.osVersion !== "*" || state === "deleting" || (going !== undefined && going.targetOSVersion !== "*")) return false;
  const newest = newestOf(pool, served);
  return newest !== undefined && (going?.currentOSVersion ?? spec.currentOSVersion) !== newest;
}
