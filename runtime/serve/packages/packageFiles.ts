/**
 * The files of packages on their way: from the linked storage or the server's own uploads through inspection onto the shelf, and away again. Every file
 * is made beside its place and renamed, so that a node never sees half of one.
 */
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { inspectPackage } from "../../agent/transfer/packages.ts";
import { exchange, TransferError } from "../../agent/transfer/transfer.ts";
import { ManagementError } from "../management/route.ts";
import { blobUrl, containerMakingUrl } from "../storage/sharedAccess.ts";
import { type PackageHome, type PackageName, packageLink, shelfFile, storedBlob, uploadFile } from "./packageHome.ts";

/** Bytes of one package, as it is uploaded. */
export const PACKAGE_BYTES_MAX = 8 * 1024 ** 3;
/** For what the service itself asks of the linked storage. */
const OWN_LINK_MS = 600_000;
/** An answer of storage that does not come in this time holds up the client no longer. */
const PATIENCE_MS = 120_000;

const inAWhile = () => new Date(Date.now() + OWN_LINK_MS);

/** A stream that breaks off at more than `bytesMax`. */
export function bounded(bytesMax: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) done(new RangeError(`more than ${bytesMax} bytes`));
      else done(null, chunk);
    },
  });
}

/** A name beside this one that nobody else uses. */
export const beside = (file: string) => `${file}.${process.pid}-${randomBytes(6).toString("hex")}.part`;

/** Makes the place that the package is uploaded to. Throws ManagementError 409 when the linked storage will not have it. */
export async function prepareUpload(home: PackageHome, name: PackageName): Promise<void> {
  const { storage } = home;
  if (storage === undefined) {
    await mkdir(home.uploads, { recursive: true, mode: 0o700 });
    return;
  }
  const url = containerMakingUrl(storage, storedBlob(home, name).container, inAWhile());
  await asked(url, "PUT", [409]);
}

/** Brings the package onto the shelf. Throws ManagementError 400 for what is no package, 409 when nothing was uploaded. */
export async function bringToShelf(home: PackageHome, name: PackageName): Promise<void> {
  const target = shelfFile(home, name);
  const part = beside(target);
  const uploaded = uploadFile(home, name);
  await mkdir(dirname(target), { recursive: true });
  try {
    if (home.storage !== undefined) await download(home, name, part);
    else if (existsSync(uploaded)) await copyTo(uploaded, part);
    else if (existsSync(target)) return;
    else throw nothingUploaded();
    const problem = await inspectPackage(part);
    if (problem !== undefined)
      throw new ManagementError(400, "InvalidApplicationPackage", `the package cannot be activated: ${problem}`);
    await rename(part, target);
    await rm(uploaded, { force: true });
  } finally {
    await rm(part, { force: true });
    // A directory that nothing was brought to would look like an application without versions.
    await rmdir(dirname(target)).catch(() => {});
  }
}

async function copyTo(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createWriteStream(to, { flags: "wx", mode: 0o600 }));
}

async function download(home: PackageHome, name: PackageName, part: string): Promise<void> {
  const { url } = packageLink(home, name, "r");
  try {
    await exchange({ url, signal: AbortSignal.timeout(PATIENCE_MS * 10) }, async (response, touch) => {
      const file = createWriteStream(part, { flags: "w", mode: 0o600 });
      response.on("data", touch);
      await pipeline(response, bounded(PACKAGE_BYTES_MAX), file);
    });
  } catch (error) {
    if (error instanceof TransferError && error.problem.status === 404) throw nothingUploaded();
    throw storageFailed(error);
  }
}

/** Takes the package from the shelf and from wherever it was uploaded to. What is not there is no mistake. */
export async function removePackage(home: PackageHome, name: PackageName): Promise<void> {
  const target = shelfFile(home, name);
  await rm(target, { force: true });
  await rmdir(dirname(target)).catch(() => {});
  await rm(uploadFile(home, name), { force: true });
  await rm(`${uploadFile(home, name)}.blocks`, { recursive: true, force: true });
  if (home.storage === undefined) return;
  const { container, blob } = storedBlob(home, name);
  await asked(blobUrl(home.storage, container, blob, { permissions: "d", expiresAt: inAWhile() }), "DELETE", [404]);
}

/** Bytes of the package on the shelf; undefined when it is not there. */
export async function shelfBytes(home: PackageHome, name: PackageName): Promise<number | undefined> {
  const found = await stat(shelfFile(home, name)).catch(() => undefined);
  return found?.size;
}

/** Asks the linked storage for something without content; answers among `fine` are as good as success. */
async function asked(url: string, method: string, fine: readonly number[]): Promise<void> {
  const sending = () => ({ method, headers: { "x-ms-version": "2021-12-02", "content-length": "0" } });
  try {
    await exchange({ url, sending, signal: AbortSignal.timeout(PATIENCE_MS) }, async (response) => void response.resume());
  } catch (error) {
    const status = error instanceof TransferError ? error.problem.status : undefined;
    if (typeof status !== "number" || !fine.includes(status)) throw storageFailed(error);
  }
}

const nothingUploaded = () =>
  new ManagementError(409, "ApplicationPackageBlobNotFound", "nothing was uploaded yet to the storageUrl of this package");

function storageFailed(error: unknown): ManagementError {
  const why = error instanceof Error ? error.message : String(error);
  return new ManagementError(409, "LinkedStorageFailed", `the account's linked storage cannot be used: ${why}`);
}
