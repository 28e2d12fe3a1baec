/**
 * Batch accounts on the wire, as `Microsoft.Batch/batchAccounts` has them (L-01 to L-07): made, changed, read, listed and removed while the service runs.
 * A name is unique on this server, whatever its region, resource group and subscription: requests are told apart by it alone.
 */
import { newSecrets, type AccountDocument } from "../accounts/document.ts";
import type { AccountRegistry, KnownAccount } from "../accounts/registry.ts";
import { type AccountBody, readAccountBody } from "./accountBody.ts";
import { showAccount } from "./accountView.ts";
import {
  BATCH_ACCOUNT,
  badBody,
  GROUP,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  shown,
} from "./route.ts";
import { storageAccounts } from "./storageRecords.ts";

/** Routes of accounts; what is done to one (keys, storage, tokens) is in `accountActions.ts`. */
export const accountRoutes: readonly ManagementRoute[] = [
  { method: "PUT", path: BATCH_ACCOUNT, handle: put },
  { method: "PATCH", path: BATCH_ACCOUNT, handle: patch },
  { method: "GET", path: BATCH_ACCOUNT, handle: (call) => shownAs(200, call, call.accounts.known(placeOf(call))) },
  { method: "DELETE", path: BATCH_ACCOUNT, handle: remove },
  { method: "GET", path: `${GROUP}/providers/Microsoft.Batch/batchAccounts`, handle: list },
  { method: "GET", path: "/subscriptions/{subscriptionId}/providers/Microsoft.Batch/batchAccounts", handle: list },
  { method: "GET", path: "/subscriptions", handle: subscriptions },
];

/** L-05: the most accounts of a subscription in a region. */
export const ACCOUNTS_MAX = 50;

/** Where the path says that the account is. */
export function placeOf({ path }: ManagementCall): { name: string; subscriptionId: string; resourceGroup: string } {
  return { name: path.account, subscriptionId: path.subscriptionId, resourceGroup: path.resourceGroup };
}

async function put(call: ManagementCall): Promise<ManagementReply> {
  const { accounts } = call;
  const body = readAccountBody(call.body, accounts);
  const known = accounts.find(placeOf(call));
  if (known === undefined) return await create(call, body);
  if (call.headers["if-none-match"] === "*")
    throw new ManagementError(412, "PreconditionFailed", `there is an account ${known.document.name} already`);
  return await change(call, known, body);
}

async function create(call: ManagementCall, body: AccountBody): Promise<ManagementReply> {
  const { accounts, path } = call;
  const { subscriptionId, resourceGroup, account: name } = path;
  checkName(name);
  if (accounts.find({ name }) !== undefined)
    throw new ManagementError(409, "AccountAlreadyExists", `there is an account ${name} already: names are unique in a region`);
  if (body.location === undefined) throw badBody("location", "it is required", "LocationRequired");
  checkCount(accounts, subscriptionId, body.location);
  const poolAllocationMode = body.poolAllocationMode ?? "BatchService";
  checkVault(body, poolAllocationMode, accounts);
  const document: AccountDocument = {
    name,
    location: body.location,
    subscriptionId,
    resourceGroup,
    poolAllocationMode,
    createdAt: new Date().toISOString(),
    isDisabled: body.isDisabled ?? false,
    quotas: body.quotas ?? {},
    autoStorage: body.storage?.link,
    keyVault: body.keyVault,
    tags: body.tags ?? {},
  };
  const known = await accounts.create(document, newSecrets(body.storage?.key));
  return shownAs(201, call, known);
}

async function change(call: ManagementCall, known: KnownAccount, body: AccountBody): Promise<ManagementReply> {
  const { document } = known;
  if (body.poolAllocationMode !== undefined && body.poolAllocationMode !== document.poolAllocationMode)
    throw badBody(
      "properties.poolAllocationMode",
      `it is ${document.poolAllocationMode} for the life of the account`,
      "PropertyChangeNotAllowed",
    );
  if (body.location !== undefined && body.location !== document.location)
    throw new ManagementError(409, "InvalidResourceLocation", `the account is in ${document.location} for life`, "location");
  if (body.keyVault !== undefined && body.keyVault.id.toLowerCase() !== document.keyVault?.id.toLowerCase())
    throw badBody("properties.keyVaultReference", "it cannot be changed", "PropertyChangeNotAllowed");
  const { storage } = body;
  await call.accounts.change(
    known,
    {
      ...(storage === undefined ? {} : { autoStorage: storage?.link }),
      ...(body.quotas === undefined ? {} : { quotas: { ...document.quotas, ...body.quotas } }),
      ...(body.isDisabled === undefined ? {} : { isDisabled: body.isDisabled }),
      ...(body.tags === undefined ? {} : { tags: body.tags }),
    },
    storage === undefined ? {} : { storage: storage?.key },
  );
  return shownAs(200, call, known);
}

function patch(call: ManagementCall): Promise<ManagementReply> {
  return change(call, call.accounts.known(placeOf(call)), readAccountBody(call.body, call.accounts));
}

async function remove(call: ManagementCall): Promise<ManagementReply> {
  const known = call.accounts.find(placeOf(call));
  if (known === undefined) return { status: 204 };
  await call.accounts.remove(known);
  return { status: 200 };
}

function list(call: ManagementCall): ManagementReply {
  const { subscriptionId, resourceGroup } = call.path;
  const own = call.accounts
    .list()
    .filter(({ document: { name } }) => call.accounts.find({ name, subscriptionId, resourceGroup }));
  return { status: 200, body: { value: own.map((known) => showAccount(known, call.accounts, call.url)) } };
}

/** Every subscription that something of this server is in. */
function subscriptions({ accounts }: ManagementCall): ManagementReply {
  const ids = new Set([
    ...accounts.list().map(({ document }) => document.subscriptionId),
    ...accounts.vaults.list().map(({ id }) => id.split("/")[2]),
    ...storageAccounts(accounts.landscape).map(({ id }) => id.split("/")[2]),
  ]);
  const value = [...ids].map((id) => ({ id: `/subscriptions/${id}`, subscriptionId: id, displayName: id, state: "Enabled" }));
  return { status: 200, body: { value } };
}

function shownAs(status: number, call: ManagementCall, known: KnownAccount): ManagementReply {
  return { status, body: showAccount(known, call.accounts, call.url) };
}

/** L-01. Throws 400. */
export function checkName(name: string): void {
  if (!/^[a-z0-9]{3,24}$/.test(name))
    throw badBody("name", `${shown(name)}: 3 to 24 lower-case letters and digits are required`, "InvalidAccountName");
}

function checkCount(accounts: AccountRegistry, subscriptionId: string, location: string): void {
  const own = accounts
    .list()
    .filter(({ document }) => document.subscriptionId === subscriptionId && document.location === location);
  if (own.length >= ACCOUNTS_MAX)
    throw new ManagementError(409, "AccountQuotaReached", `a subscription may have ${ACCOUNTS_MAX} Batch accounts in a region`);
}

/** L-02: a user subscription demands a vault, which must be there and open to take the account's secrets. */
function checkVault({ keyVault }: AccountBody, mode: string, { vaults }: AccountRegistry): void {
  const place = "properties.keyVaultReference";
  if (mode === "BatchService") {
    if (keyVault !== undefined) throw badBody(place, "only an account in user subscription mode has a key vault");
    return;
  }
  if (keyVault === undefined)
    throw badBody(
      place,
      "an account in user subscription mode needs a key vault: make one with weir vault create NAME",
      "KeyVaultReferenceRequired",
    );
  const vault = vaults.byId(keyVault.id);
  if (vault === undefined) throw badBody(`${place}.id`, `there is no key vault ${shown(keyVault.id)}`, "KeyVaultNotFound");
  if (vault.isLocked)
    throw new ManagementError(409, "VaultIsLocked", `the key vault ${vault.name} is locked: weir vault unlock ${vault.name}`);
}
