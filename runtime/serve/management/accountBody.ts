/**
 * The body of a Batch account, read and checked: the region, how pools are allocated, the linked storage, the key vault, and (an addition of this server,
 * where there is nobody to write a support request to) quotas and whether the account is disabled.
 */
import type { Quotas } from "../../core/settings.ts";
import type { PoolAllocationMode } from "../../rest/accountFacts.ts";
import type { StorageLink, VaultReference } from "../accounts/document.ts";
import type { AccountRegistry } from "../accounts/registry.ts";
import { badBody, countIn, flagIn, type Json, ManagementError, objectIn, shown, textIn } from "./route.ts";
import { isGeneralPurpose, storageAccountOf } from "./storageRecords.ts";

/** What of a body was given, checked; undefined is what it does not say. */
export interface AccountBody {
  readonly location: string | undefined;
  readonly poolAllocationMode: PoolAllocationMode | undefined;
  /** Null: unlinked. */
  readonly storage: { readonly link: StorageLink; readonly key: string } | null | undefined;
  readonly keyVault: VaultReference | undefined;
  readonly quotas: Partial<Quotas> | undefined;
  readonly isDisabled: boolean | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
}

/** Wire names of quotas, and what they are called within. */
export const QUOTA_NAMES = [
  ["dedicatedCoreQuota", "dedicatedCores"],
  ["lowPriorityCoreQuota", "lowPriorityCores"],
  ["poolQuota", "pools"],
  ["activeJobAndJobScheduleQuota", "activeJobsAndSchedules"],
] as const satisfies readonly (readonly [string, keyof Quotas])[];

const QUOTA_MAX = 1_000_000;
const TAGS_MAX = 50;

/** Reads it. Throws 400 for what cannot be. `landscape` and vaults are looked into: what is named has to be there. */
export function readAccountBody(body: Json, accounts: AccountRegistry): AccountBody {
  const properties = objectIn(body, "properties");
  return {
    location: locationIn(body),
    poolAllocationMode: modeIn(properties),
    storage: storageIn(properties, accounts),
    keyVault: vaultIn(properties),
    quotas: quotasIn(properties),
    isDisabled: flagIn(properties, "isDisabled", "properties.isDisabled"),
    tags: tagsIn(body),
  };
}

/** Regions are compared without case and blanks: `West Europe` is `westeurope`. */
export function normalLocation(location: string): string {
  const bare = location.replaceAll(" ", "").toLowerCase();
  if (!/^[a-z0-9-]{1,40}$/.test(bare))
    throw badBody("location", `${shown(location)} is not the name of a region`, "LocationNotAvailableForResourceType");
  return bare;
}

function locationIn(body: Json): string | undefined {
  const location = textIn(body, "location");
  return location === undefined ? undefined : normalLocation(location);
}

function modeIn(properties: Json | undefined): PoolAllocationMode | undefined {
  const place = "properties.poolAllocationMode";
  const mode = textIn(properties, "poolAllocationMode", place);
  if (mode === undefined || mode === "BatchService" || mode === "UserSubscription") return mode;
  throw badBody(place, `${shown(mode)} is neither BatchService nor UserSubscription`);
}

/** Only storage of a general-purpose kind can be linked, and only one that this server knows. */
function storageIn(properties: Json | undefined, { landscape }: AccountRegistry): AccountBody["storage"] {
  if (properties !== undefined && Object.hasOwn(properties, "autoStorage") && properties.autoStorage === null) return null;
  const place = "properties.autoStorage";
  const storage = objectIn(properties, "autoStorage", place);
  if (storage === undefined) return undefined;
  const id = textIn(storage, "storageAccountId", `${place}.storageAccountId`);
  if (id === undefined) throw badBody(`${place}.storageAccountId`, "it is required");
  if ((textIn(storage, "authenticationMode", `${place}.authenticationMode`) ?? "StorageKeys") !== "StorageKeys")
    throw badBody(`${place}.authenticationMode`, "only StorageKeys is supported: there are no managed identities here");
  const found = storageAccountOf(landscape, id);
  if (found === undefined)
    throw badBody(
      `${place}.storageAccountId`,
      `there is no storage account ${shown(id)} in this subscription`,
      "StorageAccountNotFound",
    );
  const { name, kind, blobEndpoint, key } = found;
  if (!isGeneralPurpose(kind))
    throw badBody(
      `${place}.storageAccountId`,
      `the storage account ${name} is of kind ${kind}; only general-purpose accounts (Storage, StorageV2) can be linked`,
      "InvalidStorageAccountKind",
    );
  return { link: { name, id: found.id, kind, blobEndpoint, lastKeySync: new Date().toISOString() }, key };
}

function vaultIn(properties: Json | undefined): VaultReference | undefined {
  const place = "properties.keyVaultReference";
  const vault = objectIn(properties, "keyVaultReference", place);
  if (vault === undefined) return undefined;
  const id = textIn(vault, "id", `${place}.id`);
  if (id === undefined) throw badBody(`${place}.id`, "it is required");
  return { id, url: textIn(vault, "url", `${place}.url`) ?? "" };
}

function quotasIn(properties: Json | undefined): Partial<Quotas> | undefined {
  const quotas: Partial<Quotas> = {};
  for (const [wire, name] of QUOTA_NAMES) {
    const count = countIn(properties, wire, `properties.${wire}`);
    if (count === undefined) continue;
    if (count > QUOTA_MAX) throw badBody(`properties.${wire}`, `at most ${QUOTA_MAX}`);
    quotas[name] = count;
  }
  return Object.keys(quotas).length === 0 ? undefined : quotas;
}

function tagsIn(body: Json): Readonly<Record<string, string>> | undefined {
  const tags = objectIn(body, "tags");
  if (tags === undefined) return undefined;
  const names = Object.keys(tags);
  if (names.length > TAGS_MAX) throw new ManagementError(400, "TooManyTags", `at most ${TAGS_MAX} tags`);
  return Object.fromEntries(names.map((name) => [name.slice(0, 512), textIn(tags, name, "tags", 256) ?? ""]));
}
