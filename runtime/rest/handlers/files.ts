/**
 * Files of tasks and nodes (P-190 to P-194, T-87). A task's files are those below its directory on the node where it last ran; paths are relative to that.
 * What a path leads to is the provider's matter; here it is refused to lead upwards.
 */
import type { ComputeNode } from "../../core/node.ts";
import type { Task } from "../../core/task.ts";
import { taskDirectory } from "../../providers/taskDirectories.ts";
import type { NodeFile } from "../../providers/nodeFiles.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { checkConditions } from "../conditions.ts";
import { BatchError, repeated } from "../errors.ts";
import { contentType, fileHeaders, showFile } from "../show/file.ts";
import { fileUrl, nodeUrl, taskUrl } from "../show/urls.ts";
import { nodeOf, taskOf } from "./acting.ts";

/** Certificates with private keys, and their passwords, as nodes have them: they can be listed, not read (L-64). */
const SECRET = /(?:^|\/)certs\/sha1-[0-9a-f]{40}\.pfx(?:\.pw)?$/;

/** Where the files of a request are. */
interface Place {
  readonly node: ComputeNode;
  /** Directory below the node's root that paths are relative to; "" the root itself. */
  readonly directory: string;
  /** Address of whose files they are. */
  readonly owner: string;
  /** Undefined: they are the node's. */
  readonly task?: Task;
}

/** The task of the path must have run, on a node that is still there, and its directory must still be kept. */
function placeOfTask(call: Call): Place {
  const task = taskOf(call);
  const { node } = task;
  // A preempted node's disk is lost with it (P-81).
  if (node === undefined || node.gone || node.state === "preempted")
    throw new BatchError("TaskFilesUnavailable", `The files of task ${task.id} are not available: ${noNode(task)}.`);
  if (retentionIsOver(call, task)) throw cleanedUp(task);
  return { node, directory: taskDirectory(task.job, task.id), owner: taskUrl(call.account.url, task), task };
}

const cleanedUp = (task: Task): BatchError =>
  new BatchError("TaskFilesCleanedup", `The files of task ${task.id} were cleaned up: its retention time is over.`);

/**
 * The directory of a task whose process has run was there, so one that is missing was cleaned up, even if there is some retention time left: the node
 * counts from when it saw the end, which is a little before the service heard of it.
 */
async function checkKept(call: Call, { node, directory, task }: Place): Promise<void> {
  if (task?.exitCode === undefined || task.endAt === undefined) return;
  if ((await call.files.list(node, directory, false)) === undefined) throw cleanedUp(task);
}

const noNode = (task: Task): string => (task.node === undefined ? "it has not run yet" : "the node where it ran is gone");

function retentionIsOver(call: Call, { endAt, spec }: Task): boolean {
  return endAt !== undefined && endAt + (spec.retentionMs ?? call.service.world.settings.retentionMs) <= call.service.now();
}

function placeOfNode(call: Call): Place {
  const node = nodeOf(call);
  if (node.state === "creating")
    throw new BatchError("NodeBeingCreated", `Node ${node.id} has no files before it has started.`);
  return { node, directory: "", owner: nodeUrl(call.account.url, node) };
}

const joined = (directory: string, path: string): string => (directory === "" ? path : `${directory}/${path}`);

/** The path of the request below the place's directory; one with empty or upward parts does not exist. */
function pathOf(call: Call, { directory }: Place): string {
  const { filePath } = call.path;
  const path = filePath.endsWith("/") ? filePath.slice(0, -1) : filePath;
  const parts = path.split("/");
  if (path.includes("\0") || parts.some((part) => part === "" || part === "." || part === "..")) throw noFile(filePath);
  return joined(directory, path);
}

const noFile = (path: string): BatchError => new BatchError("FileNotFound", `There is no file ${repeated(path)}.`);

/** File_ListFromTask, File_ListFromComputeNode. */
async function list(call: Call, place: Place): Promise<Reply> {
  const { node, directory, owner } = place;
  const files = await call.files.list(node, directory, call.query.recursive === "true");
  if (files === undefined) {
    await checkKept(call, place);
    throw directory === ""
      ? noFile("/")
      : new BatchError("TaskFilesUnavailable", "The task's directory is not there yet, or not any more.");
  }
  const skip = directory === "" ? 0 : directory.length + 1;
  const show = (file: NodeFile): JsonObject => showFile(file, file.path.slice(skip), owner);
  return { status: 200, items: files, key: ({ path }: NodeFile) => path, show };
}

/** File_GetFromTask, File_GetFromComputeNode. A range beyond the end is 416; a part of a file is answered with 200 as the service does. */
async function get(call: Call, place: Place): Promise<Reply> {
  const file = await found(call, place);
  const { filePath } = call.path;
  if (file.isDirectory) throw new BatchError("FileNotFound", `${repeated(filePath)} is a directory.`);
  if (SECRET.test(file.path))
    throw new BatchError("Forbidden", "Private keys of certificates, and their passwords, are for commands on the node alone.");
  const start = call.range?.start ?? 0;
  const end = Math.min(call.range?.end ?? file.size - 1, file.size - 1);
  if (call.range !== undefined && (start >= file.size || end < start))
    throw new BatchError("InvalidRange", `The file has ${file.size} bytes.`, [
      { key: "Reason", value: "the range begins behind the end" },
    ]);
  const stream = file.size === 0 ? nothing() : await call.files.open(place.node, file.path, start, end);
  const length = file.size === 0 ? 0 : end - start + 1;
  return { status: 200, lastModifiedAt: file.lastModifiedAt, headers: headers(file, place, filePath, length), stream };
}

async function* nothing(): AsyncIterable<Uint8Array> {}

/** File_GetPropertiesFromTask, File_GetPropertiesFromComputeNode. */
async function properties(call: Call, place: Place): Promise<Reply> {
  const file = await found(call, place);
  const { filePath } = call.path;
  return { status: 200, lastModifiedAt: file.lastModifiedAt, headers: headers(file, place, filePath, file.size) };
}

function headers(file: NodeFile, { owner }: Place, path: string, length: number): Record<string, string> {
  return {
    ...fileHeaders(file, fileUrl(owner, path)),
    "Content-Type": contentType(file.path),
    "Content-Length": String(length),
  };
}

async function found(call: Call, place: Place): Promise<NodeFile> {
  const file = await call.files.stat(place.node, pathOf(call, place));
  if (file === undefined) {
    await checkKept(call, place);
    throw noFile(call.path.filePath);
  }
  checkConditions(call, undefined, file.lastModifiedAt);
  return file;
}

/** File_DeleteFromTask, File_DeleteFromComputeNode: a directory with content needs `recursive=true` (P-190). */
async function remove(call: Call, place: Place): Promise<Reply> {
  switch (await call.files.remove(place.node, pathOf(call, place), call.query.recursive === "true")) {
    case "removed":
      return { status: 200 };
    case "gone":
      throw noFile(call.path.filePath);
    case "notEmpty":
      throw new BatchError(
        "OperationInvalidForCurrentState",
        `Directory ${repeated(call.path.filePath)} is not empty; use recursive=true.`,
      );
  }
}

type OnFiles = (call: Call, place: Place) => Promise<Reply>;
// Async, so that a refusal to name a place is a rejected promise like any other.
const ofTask =
  (act: OnFiles) =>
  async (call: Call): Promise<Reply> =>
    act(call, placeOfTask(call));
const ofNode =
  (act: OnFiles) =>
  async (call: Call): Promise<Reply> =>
    act(call, placeOfNode(call));

/** File_ListFromTask. */
export const listTaskFiles = ofTask(list);
/** File_GetFromTask. */
export const getTaskFile = ofTask(get);
/** File_GetPropertiesFromTask. */
export const getTaskFileProperties = ofTask(properties);
/** File_DeleteFromTask. */
export const deleteTaskFile = ofTask(remove);
/** File_ListFromComputeNode. */
export const listNodeFiles = ofNode(list);
/** File_GetFromComputeNode. */
export const getNodeFile = ofNode(get);
/** File_GetPropertiesFromComputeNode. */
export const getNodeFileProperties = ofNode(properties);
/** File_DeleteFromComputeNode. */
export const deleteNodeFile = ofNode(remove);
