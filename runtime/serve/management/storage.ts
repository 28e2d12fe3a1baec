/** Storage accounts on the wire, as `Microsoft.Storage` has them: made with kind, blob endpoint and key, read without the key, listed, removed. */
import { normalLocation } from "./accountBody.ts";
import {
  badBody,
  GROUP,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  notFound,
  objectIn,
  shown,
  textIn,
} from "./route.ts";
import {
  STORAGE_ACCOUNT,
  STORAGE_KINDS,
  type StorageKind,
  type StorageRecord,
  storageAccountOf,
  storageAccounts,
} from "./storageRecords.ts";

const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/{name}`;

/** Routes of storage accounts. */
export const storageRoutes: readonly ManagementRoute[] = [
  { method: "PUT", path: ACCOUNT, handle: put },
  { method: "GET", path: ACCOUNT, handle: (call) => ({ status: 200, body: show(found(call)) }) },
  { method: "DELETE", path: ACCOUNT, handle: remove },
  { method: "POST", path: `${ACCOUNT}/listKeys`, handle: listKeys },
  { method: "GET", path: "/subscriptions/{subscriptionId}/providers/Microsoft.Storage/storageAccounts", handle: list },
];

async function put(call: ManagementCall): Promise<ManagementReply> {
  const { body, accounts } = call;
  const { subscriptionId, resourceGroup } = call.path;
  const name = call.path.name.toLowerCase();
  if (!/^[a-z0-9]{3,24}$/.test(name)) throw badBody("name", "3 to 24 lower-case letters and digits");
  const properties = objectIn(body, "properties");
  const kind = textIn(body, "kind") ?? "StorageV2";
  if (!(STORAGE_KINDS as readonly string[]).includes(kind)) throw badBody("kind", `one of ${STORAGE_KINDS.join(", ")}`);
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${name}`;
  const before = accounts.landscape.get(STORAGE_ACCOUNT, name) as StorageRecord | undefined;
  if (before !== undefined && before.id.toLowerCase() !== id.toLowerCase())
    throw new ManagementError(409, "StorageAccountAlreadyTaken", `there is a storage account ${name} already`);
  const endpoint = textIn(
    objectIn(properties, "primaryEndpoints", "properties.primaryEndpoints"),
    "blob",
    "properties.primaryEndpoints.blob",
  );
  const key = textIn(properties, "key", "properties.key") ?? before?.key;
  if (key === undefined || !/^[A-Za-z0-9+/]{8,}={0,2}$/.test(key))
    throw badBody("properties.key", "the storage account's key is required, Base64");
  const record: StorageRecord = {
    name,
    id,
    location: normalLocation(textIn(body, "location") ?? before?.location ?? "local"),
    kind: kind as StorageKind,
    blobEndpoint: blobEndpoint(endpoint ?? before?.blobEndpoint),
    key,
  };
  await accounts.landscape.put(STORAGE_ACCOUNT, name, record);
  return { status: before === undefined ? 201 : 200, body: show(record) };
}

function blobEndpoint(text: string | undefined): string {
  if (text === undefined || !URL.canParse(text) || !/^https?:\/\//i.test(text))
    throw badBody(
      "properties.primaryEndpoints.blob",
      `${shown(text)}: the URL of the blob service is required, such as http://127.0.0.1:10000/devstoreaccount1`,
    );
  const { username, password, search, hash } = new URL(text);
  if (username !== "" || password !== "" || search !== "" || hash !== "")
    throw badBody("properties.primaryEndpoints.blob", "a URL without user, query and fragment");
  return text.replace(/\/+$/, "");
}

function found({ accounts, path }: ManagementCall): StorageRecord {
  const { subscriptionId, resourceGroup, name } = path;
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${name}`;
  const record = storageAccountOf(accounts.landscape, id);
  if (record === undefined) throw notFound("storage account", name);
  return record;
}

async function remove(call: ManagementCall): Promise<ManagementReply> {
  const { name, id } = found(call);
  const user = call.accounts.list().find(({ document }) => document.autoStorage?.id.toLowerCase() === id.toLowerCase());
  if (user !== undefined)
    throw new ManagementError(
      409,
      "StorageAccountInUse",
      `the Batch account ${user.document.name} is linked to ${name}: unlink it first`,
    );
  await call.accounts.landscape.delete(STORAGE_ACCOUNT, name);
  return { status: 200 };
}

function listKeys(call: ManagementCall): ManagementReply {
  return { status: 200, body: { keys: [{ keyName: "key1", value: found(call).key, permissions: "FULL" }] } };
}

function list({ accounts, path }: ManagementCall): ManagementReply {
  const prefix = `/subscriptions/${path.subscriptionId}/`.toLowerCase();
  const own = storageAccounts(accounts.landscape).filter(({ id }) => id.toLowerCase().startsWith(prefix));
  return { status: 200, body: { value: own.map(show) } };
}

function show({ id, name, location, kind, blobEndpoint: blob }: StorageRecord): object {
  const properties = { provisioningState: "Succeeded", primaryEndpoints: { blob: `${blob}/` } };
  return { id, name, type: "Microsoft.Storage/storageAccounts", location, kind, properties };
}
