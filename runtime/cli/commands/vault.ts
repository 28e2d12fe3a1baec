/** `weir vault …`: key vaults of a running server. A passphrase comes from a file, from standard input (`-`), or from WEIR_VAULT_PASSPHRASE; never from the command line. */
import { type ExitCode, exitCodes, UsageError } from "../exitCodes.ts";
import { decodeText, readBytes } from "../files.ts";
import { Managed, type PlaceOptions, type Resource } from "../managing.ts";
import type { Output } from "../output.ts";
import { textTable } from "../resources/textTable.ts";

const VAULT = "Microsoft.KeyVault/vaults";
const WHAT = "a passphrase";

export interface VaultOptions extends PlaceOptions {
  readonly passphraseFile?: string;
}

async function passphrase({ passphraseFile }: VaultOptions, command: string): Promise<string> {
  const known = process.env.WEIR_VAULT_PASSPHRASE;
  if (passphraseFile === undefined && known !== undefined) return known;
  if (passphraseFile === undefined)
    throw new UsageError(
      "give the passphrase: --passphrase-file FILE (- for standard input), or set WEIR_VAULT_PASSPHRASE",
      command,
    );
  const text = decodeText(await readBytes(passphraseFile, WHAT, 10_000), passphraseFile, WHAT);
  return text.replace(/\r?\n$/, "");
}

/** `weir vault create NAME`. */
export async function createVault(name: string, options: VaultOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "vault create");
  const properties = { passphrase: await passphrase(options, "vault create") };
  show(await managed.expect<Resource>("PUT", managed.path(VAULT, name), { properties }), output);
  return exitCodes.done;
}

/** `weir vault unlock NAME`: opens it, and the accounts that keep their secrets there. */
export async function unlockVault(name: string, options: VaultOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "vault unlock");
  const { id } = await managed.find(VAULT, name, "key vault");
  const body = { passphrase: await passphrase(options, "vault unlock") };
  show(await managed.expect<Resource>("POST", `${id}/unlock`, body), output);
  return exitCodes.done;
}

/** `weir vault show NAME`: where it is and the names of the secrets in it, never a secret. */
export async function showVault(name: string, options: PlaceOptions, output: Output): Promise<ExitCode> {
  show(await new Managed(options, "vault show").find(VAULT, name, "key vault"), output);
  return exitCodes.done;
}

/** `weir vault list`. */
export async function listVaults(options: PlaceOptions, output: Output): Promise<ExitCode> {
  const vaults = await new Managed(options, "vault list").list(VAULT);
  const rows = vaults.map(({ name, properties }) => [name, stateOf(properties), String(properties.vaultUri)]);
  if (output.json) output.document(vaults);
  else for (const line of textTable(["vault", "state", "file"], rows, output)) output.line(line);
  return exitCodes.done;
}

/** `weir vault delete NAME`. */
export async function deleteVault(name: string, options: PlaceOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "vault delete");
  await managed.expect("DELETE", (await managed.find(VAULT, name, "key vault")).id);
  output.note(`vault ${name} is gone`);
  return exitCodes.done;
}

const stateOf = ({ isLocked }: Resource["properties"]) => (isLocked === true ? "locked" : "unlocked");

function show(vault: Resource, output: Output): void {
  if (output.json) {
    output.document(vault);
    return;
  }
  const { id, name, properties } = vault;
  const secrets = properties.secrets as string[];
  const rows = {
    vault: name,
    id,
    file: properties.vaultUri,
    state: stateOf(properties),
    secrets: properties.isLocked === true ? "unknown while it is locked" : secrets.join(", ") || "none",
  };
  for (const [what, value] of Object.entries(rows)) output.line(`${output.paint("name", what.padEnd(9))}${String(value)}`);
}
