/** `weir account …`: accounts of a running server, made, read, changed and removed through its management routes; their keys and tokens. */
import type { Output } from "../output.ts";
import { type ExitCode, exitCodes, UsageError } from "../exitCodes.ts";
import { Managed, type PlaceOptions, type Resource } from "../managing.ts";
import { textTable } from "../resources/textTable.ts";
import { registerStorage, STORAGE, type StorageOptions } from "./storage.ts";

const ACCOUNT = "Microsoft.Batch/batchAccounts";
const VAULT = "Microsoft.KeyVault/vaults";

/** What `create` and `set` have in common. */
export interface AccountOptions extends PlaceOptions, StorageOptions {
  /** Name or resource id of a storage account that the server knows, or the URL of its blobs; `none` unlinks. */
  readonly storageAccount?: string;
  readonly coreQuota?: number;
  readonly lowPriorityCoreQuota?: number;
  readonly poolQuota?: number;
  readonly activeJobQuota?: number;
}

export interface CreateOptions extends AccountOptions {
  readonly location: string;
  readonly poolAllocationMode?: "BatchService" | "UserSubscription";
  /** Name or resource id. */
  readonly keyvault?: string;
}

export interface SetOptions extends AccountOptions {
  readonly disabled?: boolean;
}

/** `weir account create NAME`. */
export async function createAccount(name: string, options: CreateOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "account create");
  const path = managed.path(ACCOUNT, name);
  await refuseSecond(managed, name, options.location);
  const vault = options.keyvault === undefined ? undefined : await vaultOf(managed, options.keyvault);
  const properties = {
    ...(options.poolAllocationMode === undefined ? {} : { poolAllocationMode: options.poolAllocationMode }),
    ...(vault === undefined ? {} : { keyVaultReference: { id: vault.id, url: vault.properties.vaultUri } }),
    ...(await changes(managed, options)),
  };
  const account = await managed.expect<Resource>("PUT", path, { location: options.location, properties });
  showAccount(account, output);
  return exitCodes.done;
}

/** A PUT of Resource Manager changes what is there; `create` must not. */
async function refuseSecond(managed: Managed, name: string, location: string): Promise<void> {
  const subscription = managed.path(ACCOUNT, name).split("/")[2];
  const path = `/subscriptions/${subscription}/providers/Microsoft.Batch/locations/${encodeURIComponent(location)}/checkNameAvailability`;
  type Availability = { nameAvailable: boolean; message?: string };
  const { nameAvailable, message } = await managed.expect<Availability>("POST", path, { name, type: ACCOUNT });
  if (!nameAvailable) throw new UsageError(message ?? `the name ${name} cannot be had`, "account create");
}

async function vaultOf(managed: Managed, named: string): Promise<Resource> {
  return named.startsWith("/") ? await managed.expect("GET", named) : await managed.find(VAULT, named, "key vault");
}

/** What options say of quotas and storage, as properties. */
async function changes(managed: Managed, options: AccountOptions): Promise<Record<string, unknown>> {
  const quotas = {
    dedicatedCoreQuota: options.coreQuota,
    lowPriorityCoreQuota: options.lowPriorityCoreQuota,
    poolQuota: options.poolQuota,
    activeJobAndJobScheduleQuota: options.activeJobQuota,
  };
  const { storageAccount } = options;
  if (storageAccount === undefined) return quotas;
  if (storageAccount === "none") return { ...quotas, autoStorage: null };
  const storage = /^https?:\/\//.test(storageAccount)
    ? await registerStorage(managed, storageAccount, options)
    : storageAccount.startsWith("/")
      ? { id: storageAccount }
      : await managed.find(STORAGE, storageAccount, "storage account");
  return { ...quotas, autoStorage: { storageAccountId: storage.id } };
}

/** `weir account set NAME`. */
export async function setAccount(name: string, options: SetOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "account set");
  const { id } = await managed.find(ACCOUNT, name, "account");
  const disabled = options.disabled === undefined ? {} : { isDisabled: options.disabled };
  const properties = { ...disabled, ...(await changes(managed, options)) };
  if (Object.values(properties).every((value) => value === undefined))
    throw new UsageError("say what to set: a quota, --storage-account, --disabled or --no-disabled", "account set");
  showAccount(await managed.expect<Resource>("PATCH", id, { properties }), output);
  return exitCodes.done;
}

/** `weir account list`. */
export async function listAccounts(options: PlaceOptions, output: Output): Promise<ExitCode> {
  const accounts = await new Managed(options, "account list").list(ACCOUNT);
  const rows = accounts.map(({ name, location, properties: { poolAllocationMode, autoStorage, ...state } }) => [
    name,
    location,
    String(poolAllocationMode),
    (autoStorage as { name?: string } | undefined)?.name ?? "-",
    state.isLocked === true ? "locked" : state.isDisabled === true ? "disabled" : "open",
  ]);
  if (output.json) output.document(accounts);
  else
    for (const line of textTable(["account", "location", "pool allocation", "storage", "state"], rows, output))
      output.line(line);
  return exitCodes.done;
}

/** `weir account show NAME`. */
export async function showOneAccount(name: string, options: PlaceOptions, output: Output): Promise<ExitCode> {
  showAccount(await new Managed(options, "account show").find(ACCOUNT, name, "account"), output);
  return exitCodes.done;
}

/** `weir account delete NAME`. */
export async function deleteAccount(name: string, options: PlaceOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "account delete");
  const { id } = await managed.find(ACCOUNT, name, "account");
  await managed.expect("DELETE", id);
  output.note(`account ${name} is gone, with its pools, jobs and files`);
  return exitCodes.done;
}

interface Keys {
  readonly accountName: string;
  readonly primary: string;
  readonly secondary: string;
}

/** `weir account keys list NAME`; with `renew`: after making that one anew. */
export async function accountKeys(
  name: string,
  options: PlaceOptions & { readonly keyName?: string },
  output: Output,
): Promise<ExitCode> {
  const managed = new Managed(options, "account keys");
  const { id } = await managed.find(ACCOUNT, name, "account");
  const { keyName } = options;
  const keys = await (keyName === undefined
    ? managed.expect<Keys>("POST", `${id}/listKeys`)
    : managed.expect<Keys>("POST", `${id}/regenerateKeys`, { keyName }));
  if (output.json) output.document(keys);
  else
    for (const which of ["primary", "secondary"] as const)
      output.line(`${output.paint("name", which.padEnd(11))}${keys[which]}`);
  return exitCodes.done;
}

export interface TokenOptions extends PlaceOptions {
  readonly lifetimeSeconds?: number;
  readonly audience?: "batch" | "management";
}

const AUDIENCES = { batch: "https://batch.core.windows.net/", management: "https://management.azure.com/" } as const;

/** `weir account token NAME`: the token alone on stdout, so that a shell can put it into a variable. */
export async function accountToken(name: string, options: TokenOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "account token");
  const { id } = await managed.find(ACCOUNT, name, "account");
  const { lifetimeSeconds, audience = "batch" } = options;
  type Issued = { token: string; expiresOn: string };
  const asked = { lifetimeSeconds, audience: AUDIENCES[audience] };
  const issued = await managed.expect<Issued>("POST", `${id}/issueToken`, asked);
  if (output.json) output.document(issued);
  else {
    output.line(issued.token);
    output.note(`good until ${issued.expiresOn}`);
  }
  return exitCodes.done;
}

function showAccount(account: Resource, output: Output): void {
  if (output.json) {
    output.document(account);
    return;
  }
  const { id, name, location, properties } = account;
  const storage = properties.autoStorage as { name: string; kind: string; blobEndpoint: string } | undefined;
  const vault = properties.keyVaultReference as { id: string } | undefined;
  const rows: readonly (readonly [string, unknown])[] = [
    ["account", name],
    ["id", id],
    ["location", location],
    ["endpoint", properties.accountEndpoint],
    ["pool allocation", properties.poolAllocationMode],
    ["open to", (properties.allowedAuthenticationModes as string[]).join(", ")],
    ["storage", storage === undefined ? undefined : `${storage.name} (${storage.kind}) at ${storage.blobEndpoint}`],
    ["key vault", vault?.id],
    ["core quota", properties.dedicatedCoreQuota],
    ["low-priority core quota", properties.lowPriorityCoreQuota],
    ["pool quota", properties.poolQuota],
    ["active job quota", properties.activeJobAndJobScheduleQuota],
    ["disabled", properties.isDisabled === true ? "yes" : undefined],
    ["locked", properties.isLocked === true ? "yes, with its key vault" : undefined],
  ];
  for (const [what, value] of rows)
    if (value !== undefined) output.line(`${output.paint("name", what.padEnd(24))}${String(value)}`);
}
