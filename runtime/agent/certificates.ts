/**
 * Certificates on a node. A boot puts into the node's store what its pool names, and nothing else stays there; a run gets copies of those it may see, in the
 * directory that AZ_BATCH_CERTIFICATES_DIR names (P-163). Files are readable by their owner alone: a private key and its password are among them.
 *
 *     <node>/volatile/certs/sha1-<thumbprint>.pfx, .pfx.pw or .cer      the store
 *     <node>/certs/                                                     for users who log in, whose home the node's root is
 *     <task>/certs/                                                     for one run
 */
import { copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isPathPart } from "./directories.ts";
import { localFailure } from "./failures.ts";
import type { StoredCertificate } from "./protocol.ts";

/** Name of the directory, whoever's it is. */
export const CERTIFICATES_DIRECTORY = "certs";
const STORE = join("volatile", CERTIFICATES_DIRECTORY);
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** Makes the node have these certificates and no others. Rejects with a RunFailure. */
export async function installCertificates(nodeRoot: string, certificates: readonly StoredCertificate[]): Promise<void> {
  try {
    await fill(join(nodeRoot, STORE), certificates);
    await fill(
      join(nodeRoot, CERTIFICATES_DIRECTORY),
      certificates.filter(({ isForUsers }) => isForUsers),
    );
  } catch (error) {
    throw localFailure("CertificateInstallationFailed", "The node's certificates", error);
  }
}

/** Written beside and renamed: a node has the old ones or the new ones. */
async function fill(directory: string, certificates: readonly StoredCertificate[]): Promise<void> {
  const beside = `${directory}.new`;
  await rm(beside, { recursive: true, force: true });
  if (certificates.length > 0) {
    await mkdir(beside, { recursive: true, mode: DIRECTORY_MODE });
    for (const { name, files } of certificates)
      for (const { suffix, data } of files) {
        if (!isPathPart(name + suffix)) continue;
        await writeFile(join(beside, name + suffix), Buffer.from(data, "base64"), { mode: FILE_MODE });
      }
  }
  await rm(directory, { recursive: true, force: true });
  if (certificates.length > 0) await rename(beside, directory);
}

/** Gives a run copies of those of the node's certificates that have these names, and takes away what an earlier run got. Rejects with a RunFailure. */
export async function placeCertificates(nodeRoot: string, directory: string, names: readonly string[]): Promise<void> {
  const store = join(nodeRoot, STORE);
  const target = join(directory, CERTIFICATES_DIRECTORY);
  try {
    await rm(target, { recursive: true, force: true });
    if (names.length === 0) return;
    await mkdir(target, { mode: DIRECTORY_MODE });
    for (const file of await readdir(store))
      if (names.some((name) => file.startsWith(`${name}.`))) await copyFile(join(store, file), join(target, file));
  } catch (error) {
    throw localFailure("CertificateInstallationFailed", "The task's certificates", error);
  }
}
