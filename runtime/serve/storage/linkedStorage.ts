/** The storage account that is linked to an account (L-03), and the URLs that the service makes with its key for nodes and clients. */
import type { KnownAccount } from "../accounts/registry.ts";
import { containerUrl, type StorageAccount } from "./sharedAccess.ts";

/** How long a node may read a container after a task was sent to it; a task's files are fetched at its start. */
const NODE_READ_MS = 24 * 3_600_000;

/** The linked storage; undefined without one, and while its key is locked away. */
export function linkedStorage({ document, secrets }: Pick<KnownAccount, "document" | "secrets">): StorageAccount | undefined {
  const { autoStorage } = document;
  if (autoStorage === undefined || secrets?.storage === undefined) return undefined;
  return { name: autoStorage.name, blobEndpoint: autoStorage.blobEndpoint.replace(/\/+$/, ""), key: secrets.storage };
}

/** URL with which a node may list and read a container of the linked storage (`autoStorageContainerName`); undefined without linked storage. */
export function linkedContainer(account: Pick<KnownAccount, "document" | "secrets">, container: string): string | undefined {
  const storage = linkedStorage(account);
  if (storage === undefined || !isContainerName(container)) return undefined;
  return containerUrl(storage, container, { permissions: "rl", expiresAt: new Date(Date.now() + NODE_READ_MS) });
}

/** 3 to 63 lower-case letters, digits and single hyphens, or one of the two special ones. */
const isContainerName = (name: string) => /^(?:[a-z0-9](?:-?[a-z0-9]){2,62}|\$root|\$web)$/.test(name) && name.length <= 63;
