/** The unmodified management client of Azure, `@azure/arm-batch`, pointed at the service, with a token of its own issuer over HTTPS. */
import { readFileSync } from "node:fs";
import { BatchManagementClient } from "@azure/arm-batch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOME } from "../../runtime/rest/accountFacts.ts";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { accountPath, must, Owner, PLACE, Tenant } from "./owner.ts";

const GROUP = HOME.resourceGroup;
let owner: Owner;
let client: BatchManagementClient;

beforeAll(async () => {
  buildOnce();
  const server = await served("--fast", "--https", "--log-level", "warn");
  owner = new Owner(server);
  const { certificate, account } = server.document;
  const ca = readFileSync(certificate ?? "", "utf8");
  const audience = { audience: "https://management.azure.com/" };
  const issued = must("token", await owner.manage("POST", `${accountPath(account)}/issueToken`, audience)) as {
    token: string;
    expiresOn: string;
  };
  const token = { token: issued.token, expiresOnTimestamp: Date.parse(issued.expiresOn) };
  const credential = { getToken: async () => token };
  client = new BatchManagementClient(credential, HOME.subscriptionId, { endpoint: owner.endpoint, tlsOptions: { ca } });
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 30_000);

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of pages) found.push(each);
  return found;
}

/** Status and code of a refusal as the client understands it. */
const refusal = (request: Promise<unknown>) =>
  request.then(
    () => "done",
    (error: { statusCode?: number; code?: string }) => `${error.statusCode} ${error.code}`,
  );

test("row 22: Azure's own management library makes, reads, lists, updates and deletes an account", async () => {
  const made = await client.batchAccountOperations.beginCreateAndWait(GROUP, "bylibrary", {
    location: "local",
    tags: { made: "by library" },
  });
  expect(made).toMatchObject({
    name: "bylibrary",
    type: "Microsoft.Batch/batchAccounts",
    provisioningState: "Succeeded",
    poolAllocationMode: "BatchService",
    dedicatedCoreQuota: 20,
    poolQuota: 20,
  });
  expect(await client.batchAccountOperations.get(GROUP, "bylibrary")).toEqual(made);
  const updated = await client.batchAccountOperations.update(GROUP, "bylibrary", { tags: { changed: "yes" } });
  expect(updated.tags).toEqual({ changed: "yes" });
  const names = async () => (await all(client.batchAccountOperations.list())).map(({ name }) => name);
  expect(await names()).toEqual(["weir", "bylibrary"]);
  expect(await all(client.batchAccountOperations.listByResourceGroup("another"))).toEqual([]);
  const available = (name: string) =>
    client.location.checkNameAvailability("local", { name, type: "Microsoft.Batch/batchAccounts" });
  expect(await available("bylibrary")).toMatchObject({ nameAvailable: false, reason: "AlreadyExists" });
  expect(await available("stillfree")).toMatchObject({ nameAvailable: true });
  expect((await client.location.getQuotas("local")).accountQuota).toBeGreaterThan(0);
  await client.batchAccountOperations.beginDeleteAndWait(GROUP, "bylibrary");
  expect(await names()).toEqual(["weir"]);
  expect(await refusal(client.batchAccountOperations.get(GROUP, "bylibrary"))).toBe("404 ResourceNotFound");
});

test("L-03: the library links storage when it makes an account; the account's record names it, and syncing takes a new key over", async () => {
  const storageAccountId = `${PLACE}/Microsoft.Storage/storageAccounts/files`;
  const storage = (key: string) => ({
    kind: "StorageV2",
    properties: { primaryEndpoints: { blob: "http://127.0.0.1:1/files" }, key },
  });
  must("storage", await owner.manage("PUT", storageAccountId, storage("Zmlyc3Qga2V5")));
  const made = await client.batchAccountOperations.beginCreateAndWait(GROUP, "linked", {
    location: "local",
    autoStorage: { storageAccountId },
  });
  expect(made.autoStorage).toMatchObject({ storageAccountId, authenticationMode: "StorageKeys" });
  must("new key", await owner.manage("PUT", storageAccountId, storage("c2Vjb25kIGtleQ==")));
  await client.batchAccountOperations.synchronizeAutoStorageKeys(GROUP, "linked");
  const synced = await client.batchAccountOperations.get(GROUP, "linked");
  expect(synced.autoStorage?.lastKeySync.getTime()).toBeGreaterThanOrEqual(made.autoStorage?.lastKeySync.getTime() ?? 0);
});

test("L-04: the library lists both keys and renews one; only the new one opens the account", async () => {
  await client.batchAccountOperations.beginCreateAndWait(GROUP, "keyed", { location: "local" });
  const keys = await client.batchAccountOperations.getKeys(GROUP, "keyed");
  const renewed = await client.batchAccountOperations.regenerateKey(GROUP, "keyed", { keyName: "Primary" });
  expect(renewed.primary).not.toBe(keys.primary);
  expect(renewed.secondary).toBe(keys.secondary);
  const ca = readFileSync(owner.server.document.certificate ?? "", "utf8");
  const status = async (key = "") => (await new Tenant(owner.endpoint, "keyed", key, ca).ask("GET", "/pools")).status;
  expect([await status(keys.primary), await status(renewed.primary), await status(renewed.secondary)]).toEqual([403, 200, 200]);
});

test("L-02: to the library too the mode is for life, and user subscription mode needs a key vault", async () => {
  const own = { location: "local", poolAllocationMode: "UserSubscription" } as const;
  expect(await refusal(client.batchAccountOperations.beginCreateAndWait(GROUP, "keyed", own))).toBe(
    "400 PropertyChangeNotAllowed",
  );
  expect(await refusal(client.batchAccountOperations.beginCreateAndWait(GROUP, "novault", own))).toBe(
    "400 KeyVaultReferenceRequired",
  );
});
