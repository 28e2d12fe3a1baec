/**
 * Key vaults on the wire, as far as an account needs one: made with a passphrase, locked and unlocked, read (names of secrets, never a secret), removed when no
 * account keeps anything there.
 */
import type { Vault } from "../accounts/vault.ts";
import {
  GROUP,
  badBody,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  notFound,
  objectIn,
  shown,
  textIn,
} from "./route.ts";

const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/{name}`;

/** Routes of key vaults. */
export const vaultRoutes: readonly ManagementRoute[] = [
  { method: "PUT", path: VAULT, handle: put },
  { method: "GET", path: VAULT, handle: (call) => ({ status: 200, body: show(found(call), call) }) },
  { method: "DELETE", path: VAULT, handle: remove },
  { method: "POST", path: `${VAULT}/unlock`, handle: unlock },
  { method: "GET", path: "/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/vaults", handle: list },
];

/** Names of vaults: letters, digits, hyphens. */
const NAME = /^[a-z][a-z0-9-]{1,22}[a-z0-9]$/i;

async function put(call: ManagementCall): Promise<ManagementReply> {
  const { subscriptionId, resourceGroup, name } = call.path;
  if (!NAME.test(name)) throw badBody("name", `${shown(name)}: 3 to 24 letters, digits and hyphens, a letter first`);
  const { vaults } = call.accounts;
  if (vaults.get(name) !== undefined)
    throw new ManagementError(409, "VaultAlreadyExists", `there is a key vault ${name} already`);
  const passphrase = textIn(objectIn(call.body, "properties"), "passphrase", "properties.passphrase") ?? "";
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`;
  try {
    return { status: 201, body: show(await vaults.create(id, passphrase), call) };
  } catch (error) {
    if (error instanceof RangeError) throw badBody("properties.passphrase", error.message);
    throw error;
  }
}

/** Opens it, and with it the accounts whose secrets it keeps. A wrong passphrase is refused even when it is open: whoever asks wants to know. */
async function unlock(call: ManagementCall): Promise<ManagementReply> {
  const vault = found(call);
  if (!(await vault.unlock(textIn(call.body, "passphrase") ?? "")))
    throw new ManagementError(403, "WrongPassphrase", `the passphrase is not that of the key vault ${vault.name}`);
  await call.accounts.openOthers();
  return { status: 200, body: show(vault, call) };
}

function remove(call: ManagementCall): ManagementReply {
  const vault = found(call);
  const user = call.accounts.list().find(({ document }) => document.keyVault?.id.toLowerCase() === vault.id.toLowerCase());
  if (user !== undefined)
    throw new ManagementError(
      409,
      "VaultInUse",
      `the account ${user.document.name} keeps its secrets in ${vault.name}: delete it first`,
    );
  call.accounts.vaults.remove(vault);
  return { status: 200 };
}

function list(call: ManagementCall): ManagementReply {
  const prefix = `/subscriptions/${call.path.subscriptionId}/`.toLowerCase();
  const own = call.accounts.vaults.list().filter(({ id }) => id.toLowerCase().startsWith(prefix));
  return { status: 200, body: { value: own.map((vault) => show(vault, call)) } };
}

function found({ accounts, path: { subscriptionId, resourceGroup, name } }: ManagementCall): Vault {
  const vault = accounts.vaults.byId(
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`,
  );
  if (vault === undefined) throw notFound("key vault", name);
  return vault;
}

function show(vault: Vault, { accounts }: ManagementCall): object {
  const { id, name, isLocked } = vault;
  const properties = { vaultUri: `file://${vault.file}`, isLocked, secrets: vault.names() };
  return { id, name, type: "Microsoft.KeyVault/vaults", location: accounts.first.document.location, properties };
}
