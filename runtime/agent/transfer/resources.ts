/**
 * Resource files (T-70, T-71): a file by URL, or all files of a container, into the working directory before the command line runs. URLs are read with
 * what they carry (a signature, or nothing); `file:` reads from this machine, which the service of the cloud does not have. A path that leaves the
 * directory is refused. What goes wrong has the codes of section 11 of the task rules.
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { confine } from "../node/directories.ts";
import type { ResourceFile } from "../run/details.ts";
import { localFailure, RunFailure, systemCode } from "../run/failures.ts";
import { blobUrl, listBlobs } from "./blobs.ts";
import { exchange, publicUrl, TransferError } from "./transfer.ts";

/** T-70. */
const FILE_MODE_DEFAULT = 0o770;
/** Files of one container at the same time; transfers as a whole are bounded elsewhere. */
const TOGETHER_MAX = 8;

export interface ResourceFetch {
  readonly files: readonly ResourceFile[];
  /** Absolute: paths are relative to it. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Fetches all. Rejects with a RunFailure at the first that cannot be had, or what `signal` was aborted with. */
export async function fetchResourceFiles({ files, directory, signal }: ResourceFetch): Promise<void> {
  await together(files, (file) => fetchResource(file, directory, signal));
}

async function fetchResource(file: ResourceFile, directory: string, signal: AbortSignal): Promise<void> {
  const mode = modeOf(file.fileMode);
  const url = file.httpUrl ?? file.blobSource;
  if (url !== undefined) {
    const name = file.filePath ?? lastPart(url);
    await fetchFile(url, within(directory, name), mode, signal);
    return;
  }
  if (file.storageContainerUrl === undefined) {
    const which = file.autoStorageContainerName;
    const why = which === undefined ? "it names no source" : `the account has no linked storage for the container ${which}`;
    throw new RunFailure("UserError", "BlobNotFound", `The resource file cannot be fetched: ${why}.`);
  }
  const below = file.filePath === undefined || file.filePath === "" ? directory : within(directory, file.filePath);
  const container = checkedUrl(file.storageContainerUrl);
  try {
    for await (const names of listBlobs(container, file.blobPrefix ?? "", signal)) {
      // A name that ends in a slash stands for a directory.
      const blobs = names.filter((name) => !name.endsWith("/"));
      await together(blobs, (name) => fetchFile(blobUrl(container, name), within(below, name), mode, signal));
    }
  } catch (error) {
    throw downloadFailure(container, error, signal);
  }
}

async function together<T>(all: readonly T[], what: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < all.length) await what(all[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(TOGETHER_MAX, all.length) }, worker));
}

function within(directory: string, path: string): string {
  const found = confine(directory, path);
  if (found !== undefined) return found;
  const shown = JSON.stringify(path.slice(0, 200));
  throw new RunFailure(
    "UserError",
    "ResourceFileCreateFailed",
    `The path ${shown} of a resource file leaves the working directory.`,
  );
}

function modeOf(text: string | undefined): number {
  if (text === undefined || text === "") return FILE_MODE_DEFAULT;
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8) & 0o777;
  const shown = JSON.stringify(text.slice(0, 20));
  throw new RunFailure("UserError", "ResourceFileCreateFailed", `The mode ${shown} of a resource file is no octal number.`);
}

function checkedUrl(url: string): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol === "http:" || protocol === "https:" || protocol === "file:") return url;
  throw new RunFailure(
    "UserError",
    "BlobNotFound",
    `The source of a resource file is no http, https or file URL: ${publicUrl(url)}.`,
  );
}

function lastPart(url: string): string {
  try {
    return decodeURIComponent(basename(new URL(checkedUrl(url)).pathname));
  } catch (error) {
    if (error instanceof RunFailure) throw error;
    return "";
  }
}

async function fetchFile(source: string, path: string, mode: number, signal: AbortSignal): Promise<void> {
  const url = checkedUrl(source);
  try {
    if (new URL(url).protocol === "file:") await copyLocal(url, path, mode, signal);
    else {
      await exchange({ url, signal }, async (response, touch) => {
        await write(path, mode, response, touch);
      });
    }
  } catch (error) {
    throw downloadFailure(url, error, signal);
  }
}

async function copyLocal(url: string, path: string, mode: number, signal: AbortSignal): Promise<void> {
  let source: FileHandle;
  try {
    source = await open(fileURLToPath(url), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new TransferError({ status: systemCode(error) === "EACCES" ? 403 : 404 });
  }
  try {
    // A pipe or a device would never end.
    if (!(await source.stat()).isFile()) throw new TransferError({ status: 404 });
    await write(path, mode, source.createReadStream({ autoClose: false, signal }), () => {});
  } finally {
    await source.close();
  }
}

async function write(path: string, mode: number, content: AsyncIterable<Uint8Array>, touch: () => void): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // A link that an earlier run of a start task left there is replaced, not followed.
  await rm(path, { force: true });
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    for await (const chunk of content) {
      touch();
      await file.writeFile(chunk);
    }
    await file.chmod(mode);
  } finally {
    await file.close();
  }
}

function downloadFailure(url: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof RunFailure) return error;
  if (!(error instanceof TransferError)) return localFailure("ResourceFileWriteFailed", "A resource file", error);
  const { status } = error.problem;
  const message = `${publicUrl(url)}: ${error.message}.`;
  if (status === 401 || status === 403) return new RunFailure("UserError", "BlobAccessDenied", message);
  if (status === 404 || status === 410) return new RunFailure("UserError", "BlobNotFound", message);
  if (status === "timedOut" || status === 408 || status === 504)
    return new RunFailure("ServerError", "BlobDownloadTimedOut", message);
  return new RunFailure("ServerError", "BlobDownloadMiscError", message);
}
