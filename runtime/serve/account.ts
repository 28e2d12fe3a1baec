/**
 * The account that the service plays: its name and its shared key (L-01, L-04). Given ones are used and kept; otherwise those of the data directory,
 * otherwise new ones. The file is readable by its owner alone.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { ServeProblem, systemReason } from "./serveProblem.ts";

/** Name and key. */
export interface Account {
  readonly name: string;
  /** Base64. */
  readonly key: string;
}

const NAME_DEFAULT = "weir";
/** Bytes of a new key; those of the service have as many. */
const KEY_BYTES = 64;

/** Reads, takes over or makes the account of a data directory. Throws ServeProblem. */
export function openAccount(file: string, given: Account | undefined): Account {
  if (given !== undefined) {
    checkAccount(given);
    keep(file, given);
    return given;
  }
  if (existsSync(file)) return readAccount(file);
  const made = { name: NAME_DEFAULT, key: randomBytes(KEY_BYTES).toString("base64") };
  keep(file, made);
  return made;
}

/** The account that a data directory was left with. Throws ServeProblem. */
export function readAccount(file: string): Account {
  let document: { name?: unknown; key?: unknown } | null;
  try {
    document = JSON.parse(readFileSync(file, "utf8")) as typeof document;
  } catch (error) {
    const reason = error instanceof SyntaxError ? "not a JSON document" : systemReason(error);
    throw new ServeProblem(`${file}: ${reason}; give --account and --key to write it anew`);
  }
  const account = { name: document?.name, key: document?.key };
  if (typeof account.name !== "string" || typeof account.key !== "string")
    throw new ServeProblem(`${file}: name or key is missing; give --account and --key to write it anew`);
  checkAccount(account as Account);
  return account as Account;
}

/** Throws ServeProblem for a name or a key that no account may have (L-01). */
export function checkAccount({ name, key }: Account): void {
  if (!/^[a-z0-9]{3,24}$/.test(name))
    throw new ServeProblem(`account name ${JSON.stringify(name.slice(0, 40))}: 3 to 24 lower-case letters and digits`);
  // Decoding forgives everything; what comes out the same again was Base64.
  const bytes = Buffer.from(key, "base64");
  if (bytes.length === 0 || bytes.toString("base64").replace(/=+$/, "") !== key.replace(/=+$/, ""))
    throw new ServeProblem("the account key is not Base64; 64 random bytes are usual: openssl rand -base64 64 | tr -d '\\n'");
}

/** What else is known of the account stays in the file. */
function keep(file: string, account: Account): void {
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, `${JSON.stringify({ ...restOf(file), ...account })}\n`, { mode: 0o600 });
    chmodSync(beside, 0o600);
    renameSync(beside, file);
  } catch (error) {
    throw new ServeProblem(`${file}: ${systemReason(error)}`);
  }
}

function restOf(file: string): object {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as object;
  } catch {
    // Not there yet, or not to be read: it is being written anew.
    return {};
  }
}
