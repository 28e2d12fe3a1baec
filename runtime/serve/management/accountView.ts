/** A Batch account as it is shown: everything but its secrets. */
import type { AccountRegistry, KnownAccount } from "../accounts/registry.ts";
import { QUOTA_NAMES } from "./accountBody.ts";

/** Resource id of an account. */
export function accountId({ document: { subscriptionId, resourceGroup, name } }: KnownAccount): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Batch/batchAccounts/${name}`;
}

/** The resource. `url`: of this server, as the client wrote it. */
export function showAccount(known: KnownAccount, accounts: AccountRegistry, url: string): object {
  const { document } = known;
  const { poolAllocationMode, autoStorage, keyVault } = document;
  const isOwn = poolAllocationMode === "UserSubscription";
  const quotas = accounts.quotasOf(known);
  const shownQuotas = QUOTA_NAMES.filter(([, name]) => !isOwn || !name.endsWith("Cores"));
  return {
    id: accountId(known),
    name: document.name,
    type: "Microsoft.Batch/batchAccounts",
    location: document.location,
    tags: document.tags,
    identity: { type: "None" },
    properties: {
      accountEndpoint: endpointOf(document.name, url),
      provisioningState: "Succeeded",
      poolAllocationMode,
      // L-11: cores of a user's subscription are no quota of the account.
      ...Object.fromEntries(shownQuotas.map(([wire, name]) => [wire, quotas[name]])),
      dedicatedCoreQuotaPerVMFamilyEnforced: false,
      allowedAuthenticationModes: isOwn ? ["AAD", "TaskAuthenticationToken"] : ["SharedKey", "AAD", "TaskAuthenticationToken"],
      publicNetworkAccess: "Enabled",
      privateEndpointConnections: [],
      encryption: { keySource: "Microsoft.Batch" },
      ...(autoStorage === undefined
        ? {}
        : {
            autoStorage: {
              storageAccountId: autoStorage.id,
              lastKeySync: autoStorage.lastKeySync,
              authenticationMode: "StorageKeys",
              name: autoStorage.name,
              kind: autoStorage.kind,
              blobEndpoint: autoStorage.blobEndpoint,
            },
          }),
      ...(keyVault === undefined ? {} : { keyVaultReference: keyVault }),
      isDisabled: document.isDisabled,
      isLocked: known.open === undefined,
    },
  };
}

/** `<account>.localhost:<port>` where this server is asked on its own machine; otherwise the host that was asked. */
function endpointOf(name: string, url: string): string {
  const { hostname, port, host } = new URL(url);
  const isHere = /^127\.|^\[?::1\]?$|^localhost$|\.localhost$/.test(hostname);
  return isHere ? `${name}.localhost${port === "" ? "" : `:${port}`}` : host;
}
