/**
 * Certificates on a node. A boot puts into the node's store what its pool names, and nothing else stays there; a run gets copies of those it may see, in the
 * directory that AZ_BATCH_CERTIFICATES_DIR names (P-163). Files are readable by their owner alone: a private key and its password are among them.
 *
 *     <node>/volatile/certs/sha1-<thumbprint>.pfx, .pfx.pw or .cer      the store
 *     <node>/certs/                                                     for users who log in, whose home the node's root is
 *     <task>/certs/                                                     for one run
 */
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StoredCertificate } from "../protocol.ts";
import { localFailure } from "../run/failures.ts";
import { isPathPart } from "./directories.ts";

/** Name of the directory, whoever's it is. */
const CERTIFICATES_DIRECTORY = "certs";
/** Bits of a mode that let in those who are neither owner nor of the group. */
const OTHERS = 0o007;
const STORE = join("volatile", CERTIFICATES_DIRECTORY);
/** For the owner alone. */
const CLOSED = { directory: 0o700, file: 0o600 } as const;
/** For everybody who gets into the node's directory, where that lets in its own group only. */
const OPEN = { directory: 0o755, file: 0o644 } as const;
type Modes = typeof CLOSED | typeof OPEN;

/** Makes the node have these certificates and no others. Rejects with a RunFailure. */
export async function installCertificates(nodeRoot: string, certificates: readonly StoredCertificate[]): Promise<void> {
  try {
    const forUsers = certificates.filter(({ isForUsers }) => isForUsers);
    const isGuarded = ((await stat(nodeRoot)).mode & OTHERS) === 0;
    await fill(join(nodeRoot, STORE), certificates, CLOSED);
    await fill(join(nodeRoot, CERTIFICATES_DIRECTORY), forUsers, isGuarded ? OPEN : CLOSED);
  } catch (error) {
    throw localFailure("CertificateInstallationFailed", "The node's certificates", error);
  }
}

/** Written beside and renamed: a node has the old ones or the new ones. */
async function fill(directory: string, certificates: readonly StoredCertificate[], modes: Modes): Promise<void> {
  const beside = `${directory}.new`;
  await rm(beside, { recursive: true, force: true });
  if (certificates.length > 0) {
    await mkdir(beside, { recursive: true, mode: modes.directory });
    for (const { name, files } of certificates)
      for (const { suffix, data } of files) {
        if (!isPathPart(name + suffix)) continue;
        await writeFile(join(beside, name + suffix), Buffer.from(data, "base64"), { mode: modes.file });
      }
  }
  await rm(directory, { recursive: true, force: true });
  if (certificates.length > 0) await rename(beside, directory);
}

/** The node lets its own users in, and nobody else: those who log in may read what is for them. Throws what the file system says. */
export function openCertificates(nodeRoot: string): void {
  const directory = join(nodeRoot, CERTIFICATES_DIRECTORY);
  if (!existsSync(directory)) return;
  chmodSync(directory, OPEN.directory);
  for (const name of readdirSync(directory)) chmodSync(join(directory, name), OPEN.file);
}

/** Gives a run copies of those of the node's certificates that have these names, and takes away what an earlier run got. Rejects with a RunFailure. */
export async function placeCertificates(nodeRoot: string, directory: string, names: readonly string[]): Promise<void> {
  const store = join(nodeRoot, STORE);
  const target = join(directory, CERTIFICATES_DIRECTORY);
  try {
    await rm(target, { recursive: true, force: true });
    if (names.length === 0) return;
    await mkdir(target, { mode: CLOSED.directory });
    for (const file of await readdir(store))
      if (names.some((name) => file.startsWith(`${name}.`))) await copyFile(join(store, file), join(target, file));
  } catch (error) {
    throw localFailure("CertificateInstallationFailed", "The task's certificates", error);
  }
}
