/**
 * Storage accounts that this server knows, as small durable documents: name, kind, where their blobs are, and a key. The accounts themselves are somewhere
 * else (an emulator on this machine, most often); what is kept here is what the subscription would tell a Batch account that is being linked to one.
 */
import type { Records } from "../../host/records.ts";

/** Kind of the documents; the key is the name. */
export const STORAGE_ACCOUNT = "storageAccount";

/** Kinds of storage accounts, general-purpose ones first. */
export const STORAGE_KINDS = ["Storage", "StorageV2", "BlobStorage", "BlockBlobStorage", "FileStorage"] as const;
export type StorageKind = (typeof STORAGE_KINDS)[number];

/** One storage account, as it is kept. */
export interface StorageRecord {
  readonly name: string;
  /** Resource id as it was asked for. */
  readonly id: string;
  readonly location: string;
  readonly kind: StorageKind;
  /** Without a slash at its end. */
  readonly blobEndpoint: string;
  /** Base64; shown by listKeys alone. */
  readonly key: string;
}

/** Batch works with general-purpose accounts only. */
export function isGeneralPurpose(kind: StorageKind): kind is "Storage" | "StorageV2" {
  return kind === "Storage" || kind === "StorageV2";
}

/** The storage account with this resource id, without case. */
export function storageAccountOf(landscape: Records, id: string): StorageRecord | undefined {
  const name = id.slice(id.lastIndexOf("/") + 1).toLowerCase();
  const found = landscape.get(STORAGE_ACCOUNT, name) as StorageRecord | undefined;
  return found?.id.toLowerCase() === id.toLowerCase() ? found : undefined;
}

/** All of them in the order in which they were made. */
export function storageAccounts(landscape: Records): StorageRecord[] {
  return landscape.list(STORAGE_ACCOUNT).map(([, document]) => document as StorageRecord);
}
