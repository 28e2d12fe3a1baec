/**
 * Application packages: zip files unpacked under `applications` of a node (P-151). A package is unpacked beside its place and renamed into it, so that it
 * is there as a whole or not at all; one that is there already, from the same zip file, is left alone. A zip file is not trusted: no entry leaves the
 * directory, links stay inside and are made last, and what it unpacks to is bounded.
 */
import { createWriteStream } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { type AgentDirectories, confine } from "../node/directories.ts";
import { localFailure, RunFailure, systemCode } from "../run/failures.ts";

/** Bytes and entries that one package may unpack to. */
const PACKAGE_BYTES_MAX = 32 * 1024 ** 3;
const PACKAGE_ENTRIES_MAX = 1_000_000;
/** Above a gigabyte a package may not grow by more than this: programs and data do by 2 to 20, bombs by 1,000. */
const GROWTH_MAX = 200;
const GROWTH_FREE_BYTES = 1024 ** 3;
/** Bytes of the name that a link points to. */
const LINK_BYTES_MAX = 4096;

const FILE_TYPE = 0o170000;
const LINK_TYPE = 0o120000;

export interface Installation {
  /** Absolute path of the zip file. */
  readonly zip: string;
  /** Absolute; undefined when the name of the directory is none. */
  readonly target: string | undefined;
  readonly directories: AgentDirectories;
  readonly signal: AbortSignal;
  /** Hears that it was not there and is now; `bytes` of the zip file. */
  readonly installed?: (bytes: number) => void;
}

/** By target: two tasks that want the same package wait for the same unpacking. */
const going = new Map<string, Promise<void>>();

/** Makes the package be there. Rejects with a RunFailure `ApplicationPackageError` or `DiskFull`. */
export async function installPackage({ zip, target, directories, signal, installed }: Installation): Promise<void> {
  if (target === undefined) throw broken("its directory leaves `applications`");
  signal.throwIfAborted();
  let installing = going.get(target);
  if (installing === undefined) {
    installing = install(zip, target, directories, installed).finally(() => going.delete(target));
    going.set(target, installing);
  }
  await installing;
  signal.throwIfAborted();
}

async function install(
  zip: string,
  target: string,
  directories: AgentDirectories,
  installed: ((bytes: number) => void) | undefined,
): Promise<void> {
  const { size, mtimeMs } = await stat(zip).catch((error) => {
    throw broken(`${basename(zip)} is not available (${systemCode(error)})`);
  });
  const name = basename(target);
  const volatile = join(dirname(target), "..", "volatile");
  const marker = join(volatile, `package-${name}`);
  const wanted = `${JSON.stringify([zip, size, mtimeMs])}\n`;
  const present = await readFile(marker, "utf8").catch(() => "");
  if (present === wanted && (await stat(target).catch(() => undefined))?.isDirectory() === true) return;
  const beside = join(volatile, `unpacking-${name}`);
  try {
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside, { recursive: true, mode: 0o755 });
    await unpack(zip, size, beside);
    directories.discard(target);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await rename(beside, target);
    await writeFile(marker, wanted, { mode: 0o600 });
    installed?.(size);
  } catch (error) {
    await rm(beside, { recursive: true, force: true }).catch(() => {});
    if (error instanceof RunFailure) throw error;
    // The reader's own findings have no system code: what they say is about the file.
    if (systemCode(error) === "unknown") throw broken((error as Error).message);
    throw localFailure("ApplicationPackageError", `Application package ${name}`, error);
  }
}

async function unpack(zip: string, zipBytes: number, directory: string): Promise<void> {
  const links: (readonly [path: string, target: string])[] = [];
  await eachEntry(zip, zipBytes, async (file, entry) => {
    const link = await unpackEntry(file, entry, directory);
    if (link !== undefined) links.push(link);
  });
  for (const [path, target] of links) await symlink(target, path);
}

/** Hands on every entry of a zip file, as long as they are not too many or too large. */
async function eachEntry(zip: string, zipBytes: number, take: (file: ZipFile, entry: Entry) => Promise<void>): Promise<void> {
  const file = await openPromise(zip, { lazyEntries: true, autoClose: false });
  let bytes = 0;
  let entries = 0;
  try {
    for await (const entry of file.eachEntry()) {
      bytes += entry.uncompressedSize;
      if (++entries > PACKAGE_ENTRIES_MAX) throw broken(`it has more than ${PACKAGE_ENTRIES_MAX} entries`);
      if (bytes > PACKAGE_BYTES_MAX) throw broken(`it unpacks to more than ${PACKAGE_BYTES_MAX / 1024 ** 3} GB`);
      if (bytes > GROWTH_FREE_BYTES && bytes > GROWTH_MAX * zipBytes) throw broken(`it grows more than ${GROWTH_MAX} times`);
      await take(file, entry);
    }
  } finally {
    file.close();
  }
}

/** Reads a zip file as installing would, but writes nothing. Resolves with undefined when nothing is wrong, else with what is: half a sentence. */
export async function inspectPackage(zip: string): Promise<string | undefined> {
  // A directory that is not made: only names are looked at.
  const root = "/package";
  try {
    const { size } = await stat(zip);
    await eachEntry(zip, size, async (file, entry) => {
      const path = entryPath(entry, root);
      if (isLink(entry)) await linkTarget(file, entry, path, root);
    });
    return undefined;
  } catch (error) {
    return error instanceof BrokenPackage ? error.why : `it is no zip file that can be read (${(error as Error).message})`;
  }
}

/** Writes a file or directory; gives a link, to be made when everything else is there, so that nothing is written through it. */
async function unpackEntry(file: ZipFile, entry: Entry, root: string): Promise<readonly [string, string] | undefined> {
  const path = entryPath(entry, root);
  if (entry.fileName.endsWith("/")) {
    await mkdir(path, { recursive: true, mode: 0o755 });
    return undefined;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  if (isLink(entry)) return [path, await linkTarget(file, entry, path, root)];
  const mode = modeOf(entry);
  // A zip file that was made on Windows has no modes; what is in it may be a program (assumed).
  const permissions = (mode & 0o777) === 0 ? 0o755 : (mode & 0o777) | 0o600;
  const content = await file.openReadStreamPromise(entry);
  await pipeline(content, createWriteStream(path, { flags: "wx", mode: permissions }));
  await chmod(path, permissions);
  return undefined;
}

const modeOf = (entry: Entry) => entry.externalFileAttributes >>> 16;
const isLink = (entry: Entry) => !entry.fileName.endsWith("/") && (modeOf(entry) & FILE_TYPE) === LINK_TYPE;
const shownName = (entry: Entry) => JSON.stringify(entry.fileName.slice(0, 200));

function entryPath(entry: Entry, root: string): string {
  const path = confine(root, entry.fileName);
  if (path === undefined) throw broken(`the entry ${shownName(entry)} leaves the package`);
  return path;
}

/** What a link points to: relative, and inside the package. */
async function linkTarget(file: ZipFile, entry: Entry, path: string, root: string): Promise<string> {
  if (entry.uncompressedSize > LINK_BYTES_MAX) throw broken("a link in it is too long");
  const chunks: Buffer[] = [];
  for await (const chunk of await file.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  const target = Buffer.concat(chunks).toString("utf8");
  const inside = relative(root, resolve(dirname(path), target));
  if (target.startsWith("/") || inside === ".." || inside.startsWith("../") || target.includes("\0"))
    throw broken(`the link ${shownName(entry)} leaves the package`);
  return target;
}

/** A package that cannot be installed, and why: half a sentence. */
class BrokenPackage extends RunFailure {
  readonly why: string;

  constructor(why: string) {
    super("ServerError", "ApplicationPackageError", `The application package cannot be installed: ${why}.`);
    this.why = why;
  }
}

const broken = (why: string) => new BrokenPackage(why);
