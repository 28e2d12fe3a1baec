/** What is done to a Batch account beside changing it: its keys, the key of its storage, tokens for it, and whether a name is free. */
import { newKey } from "../accounts/document.ts";
import { AUDIENCES, LIFETIME_SECONDS, LIFETIME_SECONDS_MAX } from "../tokens/issuer.ts";
import { ACCOUNTS_MAX, checkName, placeOf } from "./accounts.ts";
import {
  BATCH_ACCOUNT,
  badBody,
  countIn,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  textIn,
} from "./route.ts";
import { storageAccountOf } from "./storageRecords.ts";

const LOCATION = "/subscriptions/{subscriptionId}/providers/Microsoft.Batch/locations/{location}";

/** Routes of actions. */
export const accountActionRoutes: readonly ManagementRoute[] = [
  { method: "POST", path: `${BATCH_ACCOUNT}/listKeys`, handle: listKeys },
  { method: "POST", path: `${BATCH_ACCOUNT}/regenerateKeys`, handle: regenerateKeys },
  { method: "POST", path: `${BATCH_ACCOUNT}/syncAutoStorageKeys`, handle: syncAutoStorageKeys },
  { method: "POST", path: `${BATCH_ACCOUNT}/issueToken`, handle: issueToken },
  { method: "POST", path: `${LOCATION}/checkNameAvailability`, handle: checkNameAvailability },
  { method: "GET", path: `${LOCATION}/quotas`, handle: () => ({ status: 200, body: { accountQuota: ACCOUNTS_MAX } }) },
];

/** The account with its keys; 409 where shared keys open nothing. */
function withKeys(call: ManagementCall) {
  const known = call.accounts.known(placeOf(call));
  const { name, poolAllocationMode } = known.document;
  if (poolAllocationMode === "UserSubscription")
    throw new ManagementError(
      409,
      "SharedKeyNotAllowed",
      `the account ${name} takes directory tokens only: it is in user subscription mode`,
    );
  return { known, secrets: known.secretsNow() };
}

function listKeys(call: ManagementCall): ManagementReply {
  const { known, secrets } = withKeys(call);
  return { status: 200, body: { accountName: known.document.name, primary: secrets.primary, secondary: secrets.secondary } };
}

/** L-04: one of the two is made anew, and the old one opens nothing from the next request on. */
async function regenerateKeys(call: ManagementCall): Promise<ManagementReply> {
  const { known } = withKeys(call);
  const which = textIn(call.body, "keyName")?.toLowerCase();
  if (which !== "primary" && which !== "secondary") throw badBody("keyName", "Primary or Secondary is required");
  await call.accounts.change(known, {}, { [which]: newKey() });
  return listKeys(call);
}

/** Takes the storage account's present key over. */
async function syncAutoStorageKeys(call: ManagementCall): Promise<ManagementReply> {
  const known = call.accounts.known(placeOf(call));
  const { autoStorage, name } = known.document;
  const storage = autoStorage === undefined ? undefined : storageAccountOf(call.accounts.landscape, autoStorage.id);
  if (autoStorage === undefined || storage === undefined)
    throw new ManagementError(409, "AutoStorageNotConfigured", `no storage account is linked to ${name}`);
  const link = { ...autoStorage, blobEndpoint: storage.blobEndpoint, lastKeySync: new Date().toISOString() };
  await call.accounts.change(known, { autoStorage: link }, { storage: storage.key });
  return { status: 204 };
}

/** An addition of this server: a directory token for one account, for whoever may manage it (L-62). */
async function issueToken(call: ManagementCall): Promise<ManagementReply> {
  const { document } = call.accounts.known(placeOf(call));
  const lifetimeSeconds = countIn(call.body, "lifetimeSeconds") ?? LIFETIME_SECONDS;
  if (lifetimeSeconds < 1 || lifetimeSeconds > LIFETIME_SECONDS_MAX)
    throw badBody("lifetimeSeconds", `a number from 1 to ${LIFETIME_SECONDS_MAX} is required`);
  const audience = textIn(call.body, "audience") ?? `${AUDIENCES.batch[0]}/`;
  const purpose = call.issuer.purposeOf(audience);
  if (purpose === undefined) throw badBody("audience", `one of ${Object.values(AUDIENCES).flat().join(", ")}`);
  const owner = call.accounts.first.document.name;
  const isManagement = purpose === "management";
  const { token, expiresAt } = await call.issuer.issue({
    audience,
    client: owner,
    account: isManagement ? undefined : document,
    lifetimeSeconds,
    url: call.url,
  });
  const expiresOn = new Date(expiresAt * 1000).toISOString();
  return { status: 200, body: { token, expiresOn, audience, ...(isManagement ? {} : { account: document.name }) } };
}

function checkNameAvailability(call: ManagementCall): ManagementReply {
  const name = textIn(call.body, "name") ?? "";
  try {
    checkName(name);
  } catch (error) {
    return { status: 200, body: { nameAvailable: false, reason: "Invalid", message: (error as Error).message } };
  }
  if (call.accounts.find({ name }) === undefined) return { status: 200, body: { nameAvailable: true } };
  const message = `an account named ${name} exists already`;
  return { status: 200, body: { nameAvailable: false, reason: "AlreadyExists", message } };
}
