/**
 * The vaults of a server, one file each in `<data>/vaults`, by name without case, and the secrets of accounts in them. All are locked at the start; a
 * passphrase that the service is started with opens those it fits.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AccountSecrets } from "./document.ts";
import { Vault } from "./vault.ts";

/** All vaults. */
export class Vaults {
  private readonly folder: string;
  private readonly byName = new Map<string, Vault>();

  /** Reads what is there. Throws ServeProblem for a file that is no vault. */
  constructor(folder: string) {
    this.folder = folder;
    for (const entry of existsSync(folder) ? readdirSync(folder) : [])
      if (entry.endsWith(".json")) this.byName.set(entry.slice(0, -".json".length), Vault.read(join(folder, entry)));
  }

  get(name: string): Vault | undefined {
    return this.byName.get(name.toLowerCase());
  }

  /** The vault with this resource id, without case. */
  byId(id: string): Vault | undefined {
    const vault = this.get(id.slice(id.lastIndexOf("/") + 1));
    return vault?.id.toLowerCase() === id.toLowerCase() ? vault : undefined;
  }

  list(): Vault[] {
    return [...this.byName.values()];
  }

  /** Makes one. Throws RangeError for a short passphrase; the caller has checked that there is none of the name. */
  async create(id: string, passphrase: string): Promise<Vault> {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const name = id.slice(id.lastIndexOf("/") + 1).toLowerCase();
    const vault = await Vault.create(join(this.folder, `${name}.json`), id, passphrase);
    this.byName.set(name, vault);
    return vault;
  }

  remove(vault: Vault): void {
    this.byName.delete(vault.name.toLowerCase());
    rmSync(vault.file, { force: true });
  }

  /** Tries a passphrase on every vault that is locked. */
  async unlockAll(passphrase: string): Promise<void> {
    for (const vault of this.list()) if (vault.isLocked) await vault.unlock(passphrase);
  }
}

const secretName = (account: string, what: string) => `batch--${account}--${what}`;

/** Puts an account's secrets into a vault; undefined: takes them out. */
export function keepSecrets(vault: Vault, account: string, secrets: AccountSecrets | undefined): void {
  vault.put({
    [secretName(account, "primary-key")]: secrets?.primary,
    [secretName(account, "secondary-key")]: secrets?.secondary,
    [secretName(account, "token-seed")]: secrets?.tokenSeed,
    [secretName(account, "storage-key")]: secrets?.storage,
  });
}

/** An account's secrets; undefined while the vault is locked or has none of them. */
export function secretsIn(vault: Vault, account: string): AccountSecrets | undefined {
  const primary = vault.get(secretName(account, "primary-key"));
  const secondary = vault.get(secretName(account, "secondary-key"));
  const tokenSeed = vault.get(secretName(account, "token-seed"));
  if (primary === undefined || secondary === undefined || tokenSeed === undefined) return undefined;
  return { primary, secondary, tokenSeed, storage: vault.get(secretName(account, "storage-key")) };
}
