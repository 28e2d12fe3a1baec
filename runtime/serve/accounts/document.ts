/**
 * The document of an account: what is kept of it in `account.json`, readable by its owner alone and always written whole (beside, then renamed). Its
 * secrets are kept apart in memory: they stand in the same file, or in a vault when the account has one (L-02).
 *
 *     { name, key, secondaryKey, tokenSeed, location, subscriptionId, resourceGroup, poolAllocationMode, createdAt, isDisabled, quotas, autoStorage, keyVault, tags }
 */
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Quotas } from "../../core/settings.ts";
import { HOME, type PoolAllocationMode } from "../../rest/accountFacts.ts";
import { type Account, checkAccount } from "../account.ts";
import { ServeProblem, systemReason } from "../serveProblem.ts";

export { HOME } from "../../rest/accountFacts.ts";

/** Storage that is linked to an account, without its key. */
export interface StorageLink {
  readonly name: string;
  /** Resource id. */
  readonly id: string;
  readonly kind: "Storage" | "StorageV2";
  readonly blobEndpoint: string;
  /** When the key was last taken over, ISO 8601. */
  readonly lastKeySync: string;
}

/** A vault that keeps the secrets of an account. */
export interface VaultReference {
  /** Resource id: `/subscriptions/…/providers/Microsoft.KeyVault/vaults/<name>`. */
  readonly id: string;
  readonly url: string;
}

/** Everything of an account that may be shown. */
export interface AccountDocument {
  readonly name: string;
  readonly location: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly poolAllocationMode: PoolAllocationMode;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly isDisabled: boolean;
  /** What was set for this account; the rest is as the service was started. */
  readonly quotas: Partial<Quotas>;
  readonly autoStorage: StorageLink | undefined;
  readonly keyVault: VaultReference | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** What is never shown but by the operations made for it. Base64. */
export interface AccountSecrets {
  readonly primary: string;
  readonly secondary: string;
  /** With which tokens of tasks are signed; outlives a renewed key. */
  readonly tokenSeed: string;
  /** Of the linked storage. */
  readonly storage: string | undefined;
}

/** Bytes of a new key; those of the service have as many. */
const KEY_BYTES = 64;

/** A new key, Base64. */
export const newKey = (): string => randomBytes(KEY_BYTES).toString("base64");

/** Keys of a new account. */
export function newSecrets(storage: string | undefined): AccountSecrets {
  return { primary: newKey(), secondary: newKey(), tokenSeed: newKey(), storage };
}

/** What a file holds: the document, and the secrets unless a vault has them. */
export interface ReadAccount {
  readonly document: AccountDocument;
  readonly secrets: AccountSecrets | undefined;
}

type Raw = { readonly [name: string]: unknown };

/** Reads an account's file. One that holds only name and key, as of old, gets the defaults of a single account. Throws ServeProblem. */
export function readAccountFile(file: string): ReadAccount {
  let raw: Raw;
  try {
    raw = JSON.parse(readFileSync(file, "utf8")) as Raw;
  } catch (error) {
    throw new ServeProblem(`${file}: ${error instanceof SyntaxError ? "not a JSON document" : systemReason(error)}`);
  }
  const name = text(raw.name);
  if (name === undefined) throw new ServeProblem(`${file}: the account's name is missing`);
  const key = text(raw.key);
  checkAccount({ name, key: key ?? "AAAA" });
  const document: AccountDocument = {
    name,
    location: text(raw.location) ?? HOME.location,
    subscriptionId: text(raw.subscriptionId) ?? HOME.subscriptionId,
    resourceGroup: text(raw.resourceGroup) ?? HOME.resourceGroup,
    poolAllocationMode: raw.poolAllocationMode === "UserSubscription" ? "UserSubscription" : "BatchService",
    createdAt: text(raw.createdAt) ?? new Date().toISOString(),
    isDisabled: raw.isDisabled === true,
    quotas: (raw.quotas as Partial<Quotas> | undefined) ?? {},
    autoStorage: raw.autoStorage as StorageLink | undefined,
    keyVault: raw.keyVault as VaultReference | undefined,
    tags: (raw.tags as Record<string, string> | undefined) ?? {},
  };
  if (key === undefined) return { document, secrets: undefined };
  const secrets = {
    primary: key,
    secondary: text(raw.secondaryKey) ?? newKey(),
    tokenSeed: text(raw.tokenSeed) ?? seedOfOld({ name, key }),
    storage: text(raw.storageKey),
  };
  return { document, secrets };
}

/** Writes the file whole. `secrets` undefined: a vault has them. Throws ServeProblem. */
export function writeAccountFile(file: string, document: AccountDocument, secrets: AccountSecrets | undefined): void {
  const { name, ...rest } = document;
  const own =
    secrets === undefined
      ? {}
      : {
          key: secrets.primary,
          secondaryKey: secrets.secondary,
          tokenSeed: secrets.tokenSeed,
          storageKey: secrets.storage,
        };
  writeWhole(file, `${JSON.stringify({ name, ...own, ...rest })}\n`);
}

/** Replaces a file at once, for its owner's eyes alone. Throws ServeProblem. */
export function writeWhole(file: string, content: string): void {
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, content, { mode: 0o600, flush: true });
    chmodSync(beside, 0o600);
    renameSync(beside, file);
  } catch (error) {
    throw new ServeProblem(`${file}: ${systemReason(error)}`);
  }
}

/** Tokens that tasks were given before seeds were kept must go on opening their jobs. */
function seedOfOld({ name, key }: Account): string {
  return createHash("sha256").update(`task tokens of ${name}\n${key}`).digest("base64");
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
