/**
 * The users of one node as files that its SSH server alone reads: a passwd, group and shadow file of its own and a key file a user. The machine's user
 * database is neither read for them nor changed. Users have the identity of the agent's own user, or of the one that the node's tasks have, because the node's
 * files and processes have it too; what they differ in is name, password and key. Their home is the node's root.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A user of a node who may log in (P-180). */
export interface LoginUser {
  readonly name: string;
  /** As crypt(3) of the system reads it; without one no password is good. */
  readonly passwordHash?: string;
  /** One line as in `authorized_keys`. */
  readonly sshPublicKey?: string;
  /** As whom; left out: as the agent's own user. */
  readonly identity?: { readonly uid: number; readonly gid: number };
}

/** Where the files lie, absolute. */
export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
  readonly shadow: string;
  /** A file a user, by name. */
  readonly keys: string;
}

/** The files below a directory of ours. */
export function userFilesIn(directory: string): UserFiles {
  const at = (name: string) => join(directory, name);
  return { passwd: at("passwd"), group: at("group"), shadow: at("shadow"), keys: at("keys") };
}

/** What all users of a node have in common. */
export interface UserSurroundings {
  /** Absolute. */
  readonly home: string;
  readonly shell: string;
  /** Grows with every writing. */
  readonly edition: number;
}

/** Whom sshd has read keys when it is root: with no password and no key nobody logs in as this one. */
const KEY_READER = "root:x:0:0:root:/:/usr/sbin/nologin";
/** The day that a password counts as set: any day that is past; days since 1970. */
const PASSWORD_DAY = 19_000;

/** Writes all files anew; a login that is being checked sees either the old or the new ones. Throws what the file system says. */
export function writeUserFiles(files: UserFiles, users: readonly LoginUser[], around: UserSurroundings): void {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  writeKeys(files, users);
  const lines = users.map(
    ({ name, identity = own }) => `${name}:x:${identity.uid}:${identity.gid}::${around.home}:${around.shell}`,
  );
  const hashes = users.map(({ name, passwordHash }) => `${name}:${passwordHash ?? "*"}:${PASSWORD_DAY}:0:99999:7:::`);
  write(files.group, [`weir:x:${own.gid}:`], around);
  write(files.shadow, hashes, around);
  write(files.passwd, [separationUser(), KEY_READER, ...lines], around);
}

/** One file is replaced at a time: whoever keeps a key keeps it at every instant, because somebody may be signing in with it. */
function writeKeys({ keys }: UserFiles, users: readonly LoginUser[]): void {
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const byName = new Map(
    users.flatMap(({ name, sshPublicKey }) => (sshPublicKey === undefined ? [] : [[name, sshPublicKey] as const])),
  );
  for (const name of readdirSync(keys)) if (!byName.has(name)) rmSync(join(keys, name), { recursive: true, force: true });
  // Beside the directory: in it every name may be a user's.
  const beside = `${keys}.new`;
  for (const [name, key] of byName) {
    writeFileSync(beside, `${key}\n`, { mode: 0o600 });
    renameSync(beside, join(keys, name));
  }
}

/**
 * nss_wrapper reads a file anew when its time of change is another second than before. Two writings within a second must not look the same to it, so the
 * time is the number of the writing.
 */
function write(path: string, lines: readonly string[], { edition }: UserSurroundings): void {
  const beside = `${path}.new`;
  writeFileSync(beside, lines.map((line) => `${line}\n`).join(""), { mode: 0o600 });
  chmodSync(beside, 0o600);
  utimesSync(beside, edition, edition);
  renameSync(beside, path);
}

/** Whom sshd becomes before anybody has logged in: the machine's own user for it, otherwise nobody. */
function separationUser(): string {
  let known = "";
  try {
    known = readFileSync("/etc/passwd", "utf8");
  } catch {
    // Then it is nobody.
  }
  return known.split("\n").find((line) => line.startsWith("sshd:")) ?? "sshd:x:65534:65534::/run/sshd:/usr/sbin/nologin";
}
