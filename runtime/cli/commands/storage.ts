/** `weir storage …`: storage accounts that a running server knows, so that Batch accounts can be linked to them. */
import { exitCodes, type ExitCode, InputError, UsageError } from "../exitCodes.ts";
import { Managed, type PlaceOptions, type Resource } from "../managing.ts";
import type { Output } from "../output.ts";
import { textTable } from "../resources/textTable.ts";

/** Type of the resources. */
export const STORAGE = "Microsoft.Storage/storageAccounts";

/** How a storage account is described. */
export interface StorageOptions {
  readonly storageKey?: string;
  readonly storageKind?: string;
}

/**
 * Tells the server of the storage account whose blobs are at a URL. Its name is the last part of the path, as emulators have it
 * (`http://127.0.0.1:10000/devstoreaccount1`), or else the first label of the host.
 */
export async function registerStorage(
  managed: Managed,
  url: string,
  options: PlaceOptions & StorageOptions & { readonly location?: string },
  named?: string,
): Promise<Resource> {
  if (!URL.canParse(url)) throw new InputError(`${url}: not a URL`);
  const { pathname, hostname } = new URL(url);
  const name = named ?? (pathname.split("/").findLast((part) => part !== "") || hostname.split(".")[0]);
  if (options.storageKey === undefined)
    throw new UsageError("a storage account needs its key: --storage-key", "account create");
  return await managed.expect<Resource>("PUT", managed.path(STORAGE, name), {
    kind: options.storageKind ?? "StorageV2",
    location: options.location,
    properties: { primaryEndpoints: { blob: url }, key: options.storageKey },
  });
}

/** `weir storage add NAME --blob-endpoint URL`. */
export async function addStorage(
  name: string,
  options: PlaceOptions & StorageOptions & { readonly blobEndpoint: string },
  output: Output,
): Promise<ExitCode> {
  const managed = new Managed(options, "storage add");
  const storage = await registerStorage(managed, options.blobEndpoint, options, name);
  if (output.json) output.document(storage);
  else output.line(storage.id);
  return exitCodes.done;
}

/** `weir storage list`. */
export async function listStorage(options: PlaceOptions, output: Output): Promise<ExitCode> {
  const found = await new Managed(options, "storage list").list(STORAGE);
  const blobs = ({ properties }: Resource) => (properties.primaryEndpoints as { blob: string }).blob;
  const rows = found.map((each) => [each.name, each.kind ?? "", each.location, blobs(each)]);
  if (output.json) output.document(found);
  else for (const line of textTable(["name", "kind", "location", "blobs"], rows, output)) output.line(line);
  return exitCodes.done;
}

/** `weir storage remove NAME`: the server forgets it; the storage itself stays as it is. */
export async function removeStorage(name: string, options: PlaceOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "storage remove");
  await managed.expect("DELETE", (await managed.find(STORAGE, name, "storage account")).id);
  output.note(`${name} is not known any more`);
  return exitCodes.done;
}
