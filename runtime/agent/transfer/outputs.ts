/**
 * Output files (T-75 to T-77): what matches is uploaded when the process has ended, each file as a blob of the container whose URL carries the right to
 * write; a `file:` URL is a directory of this machine, which the service of the cloud does not have. What was done is told in fileuploadout.txt, what went wrong in
 * fileuploaderr.txt of the task's directory; neither is there when nothing was to be uploaded.
 */
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { confine } from "../node/directories.ts";
import type { OutputFile } from "../run/details.ts";
import { DISK_FULL, type Failure, RunFailure, systemCode } from "../run/failures.ts";
import { blobUrl, putBlob } from "./blobs.ts";
import { type FoundFile, findFiles } from "./filePatterns.ts";
import { publicUrl, TransferError } from "./transfer.ts";

export interface Upload {
  readonly outputFiles: readonly OutputFile[];
  /** Absolute, of the task. */
  readonly directory: string;
  readonly succeeded: boolean;
  readonly signal: AbortSignal;
}

/** Uploads all that the condition wants; the first failure, after everything has been tried. Rejects with what `signal` was aborted with. */
export async function uploadOutputs({ outputFiles, directory, succeeded, signal }: Upload): Promise<Failure | undefined> {
  const wanted = outputFiles.filter(({ uploadOptions }) => applies(uploadOptions.uploadCondition, succeeded));
  if (wanted.length === 0) return undefined;
  const done: string[] = [];
  const failed: string[] = [];
  let failure: Failure | undefined;
  for (const output of wanted) {
    const { wildcards, files } = await findFiles(join(directory, "wd"), output.filePattern);
    if (files.length === 0) done.push(`no file matches ${output.filePattern}`);
    for (const file of files) {
      signal.throwIfAborted();
      try {
        done.push(`${file.path} -> ${await uploadFile(output, file, wildcards, signal)}`);
      } catch (error) {
        signal.throwIfAborted();
        const found = uploadFailure(file, error);
        failed.push(found.message);
        failure ??= found;
      }
    }
  }
  await log(join(directory, "fileuploadout.txt"), done);
  await log(join(directory, "fileuploaderr.txt"), failed);
  return failure;
}

function applies(condition: string, succeeded: boolean): boolean {
  switch (condition.toLowerCase()) {
    case "tasksuccess":
      return succeeded;
    case "taskfailure":
      return !succeeded;
    default:
      return true;
  }
}

/** Gives where it went, to be shown. */
async function uploadFile(output: OutputFile, file: FoundFile, wildcards: boolean, signal: AbortSignal): Promise<string> {
  const { container } = output.destination;
  const protocol =
    container !== undefined && URL.canParse(container.containerUrl) ? new URL(container.containerUrl).protocol : "";
  if (container === undefined || !["http:", "https:", "file:"].includes(protocol)) {
    throw new RunFailure(
      "UserError",
      "FileUploadContainerNotFound",
      "The destination is no http, https or file URL of a container.",
    );
  }
  const path = container.path === undefined || container.path === "" ? undefined : container.path.replace(/^\/+|\/+$/g, "");
  // Without wildcards the path is the blob's name, with them a directory before it.
  const name = path === undefined ? file.name : wildcards ? `${path}/${file.name}` : path;
  if (protocol === "file:") {
    const target = confine(fileURLToPath(container.containerUrl), name);
    if (target === undefined)
      throw new RunFailure("UserError", "FileUploadMiscError", `The name ${JSON.stringify(name)} leaves the container.`);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(file.path, target);
    return target;
  }
  const url = blobUrl(container.containerUrl, name);
  const headers = Object.fromEntries(
    (container.uploadHeaders ?? []).map(({ name: header, value }) => [header.toLowerCase(), value ?? ""]),
  );
  await putBlob(url, { path: file.path, size: file.size, signal, headers });
  return publicUrl(url);
}

function uploadFailure({ path }: FoundFile, error: unknown): Failure {
  if (error instanceof RunFailure) return error.failure;
  const message = `${path}: ${(error as Error).message}`;
  if (!(error instanceof TransferError)) {
    return systemCode(error) === "ENOSPC" ? DISK_FULL : { category: "ServerError", code: "FileUploadMiscError", message };
  }
  const { status } = error.problem;
  if (status === 404) return { category: "UserError", code: "FileUploadContainerNotFound", message };
  if (status === 401 || status === 403) return { category: "UserError", code: "FileUploadAccessDenied", message };
  return { category: "ServerError", code: "FileUploadMiscError", message };
}

async function log(path: string, lines: readonly string[]): Promise<void> {
  // A log that cannot be written does not make an upload fail. What the task has put in its place may be a link that leads elsewhere.
  await rm(path, { force: true, recursive: true })
    .then(() => writeFile(path, lines.map((line) => `${line}\n`).join(""), { flag: "wx" }))
    .catch(() => {});
}
