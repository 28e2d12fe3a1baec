/**
 * What a request's handler may know of the account it is for, beside its world: how it allocates, where it is, which storage is linked, and the documents
 * of the subscription around it (networks, storage accounts, role assignments), which several accounts of one server share.
 */
import type { Records } from "../host/records.ts";

/** Where the nodes of an account are allocated (L-02): out of sight, or in the owner's subscription. Chosen at creation, for life. */
export type PoolAllocationMode = "BatchService" | "UserSubscription";

/** A storage account that is linked to a Batch account (L-03); it is of a general-purpose kind. */
export interface LinkedStorage {
  readonly name: string;
  /** Resource id: `/subscriptions/…/providers/Microsoft.Storage/storageAccounts/<name>`. */
  readonly id: string;
  readonly kind: "Storage" | "StorageV2";
  /** Without a slash at its end: `http://127.0.0.1:10000/devstoreaccount1`. */
  readonly blobEndpoint: string;
  /** Base64; never shown by any read. */
  readonly key: string;
}

/** Facts of an account that rules ask for. They are read anew at every request: most of them can be changed while the service runs. */
export interface AccountFacts {
  readonly poolAllocationMode: PoolAllocationMode;
  /** Region, in lower case without blanks: `local`, `westeurope`. */
  readonly location: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly linkedStorage: LinkedStorage | undefined;
  /** Refuse what the service of spring 2017 refused and later ones allow (`weir serve --strict-2017`). Left out: no. */
  readonly strict?: boolean;
  /** Documents of the subscription, shared by the accounts of this server. */
  readonly landscape: Records;
}

/** Region, subscription and resource group of an account that nobody has put anywhere else. */
export const HOME = Object.freeze({
  location: "local",
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  resourceGroup: "weir",
});

/** The facts of an account that stands alone: batch service mode, no storage, and its own records as the landscape. */
export function standaloneFacts(records: Records): AccountFacts {
  return { ...HOME, poolAllocationMode: "BatchService", linkedStorage: undefined, landscape: records };
}
