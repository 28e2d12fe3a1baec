/**
 * The files of a node as the file operations see them (P-190 to P-194): listing, properties, ranges, removal, all below the node's root. Tasks may make links
 * wherever they like, so a path is believed only after the system has said where it really leads: what leads outside is as if it did not exist.
 * The server uses this directly where nodes are on its own machine.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, readlink, realpath, rm, rmdir, stat, unlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { systemCode } from "../run/failures.ts";
import { confine } from "./directories.ts";

/** One file or directory. */
export interface NodeFileEntry {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly lastModifiedAt: number;
  readonly createdAt: number;
  /** As of `stat`, type bits included. */
  readonly mode: number;
}

/** More entries than this are not listed: a task can make any number. */
const ENTRIES_MAX = 200_000;
const DEPTH_MAX = 128;

/** The files below one root, an absolute path; the root need not exist. */
export class DirectoryFiles {
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** What is below `directory` ("" is the root), in order of path by code units; undefined when there is no such directory. */
  async list(directory: string, recursive: boolean): Promise<NodeFileEntry[] | undefined> {
    const root = await this.realRoot();
    const start = root === undefined ? undefined : await this.real(root, directory);
    if (root === undefined || start === undefined) return undefined;
    const found: NodeFileEntry[] = [];
    const prefix = directory.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
    const complete = await this.walk(root, start, prefix, recursive ? DEPTH_MAX : 0, found);
    if (!complete) return undefined;
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Of a file or directory; undefined when there is none. */
  async stat(path: string): Promise<NodeFileEntry | undefined> {
    const root = await this.realRoot();
    const real = root === undefined ? undefined : await this.real(root, path);
    if (real === undefined) return undefined;
    const found = await stat(real).catch(() => undefined);
    return found === undefined || !isShown(found) ? undefined : entry(path.split(/[/\\]/).filter(Boolean).join("/"), found);
  }

  /** Bytes `start` to `end`, both inclusive, of a file. Rejects with ENOENT when it is none, or leads outside. `end` below `start`: nothing. */
  async open(path: string, start: number, end: number): Promise<Readable> {
    const root = await this.realRoot();
    const real = root === undefined ? undefined : await this.real(root, path);
    if (root === undefined || real === undefined) throw missing(path);
    // What `real` found may have been replaced since: what counts is the file that is open. A pipe is not waited for.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => {
      throw missing(path);
    });
    if (!(await isRegularBelow(file, root))) {
      await file.close();
      throw missing(path);
    }
    if (end < start) {
      await file.close();
      return Readable.from([]);
    }
    return file.createReadStream({ start, end });
  }

  /** `gone`: there was none. `notEmpty`: a directory with content, and `recursive` was not asked for. A link goes, not what it leads to. */
  async remove(path: string, recursive: boolean): Promise<"removed" | "gone" | "notEmpty"> {
    const root = await this.realRoot();
    const lexical = confine(this.root, path);
    if (root === undefined || lexical === undefined) return "gone";
    const parts = relative(this.root, lexical).split("/");
    const name = parts.pop()!;
    const parent = parts.length === 0 ? root : await this.real(root, parts.join("/"));
    if (parent === undefined) return "gone";
    const target = join(parent, name);
    try {
      const found = await lstat(target);
      if (!found.isDirectory()) await unlink(target);
      else if (recursive) await rm(target, { recursive: true });
      else await rmdir(target);
      return "removed";
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOTEMPTY" || code === "EEXIST") return "notEmpty";
      if (code === "ENOENT" || code === "ENOTDIR") return "gone";
      throw error;
    }
  }

  private async realRoot(): Promise<string | undefined> {
    return realpath(this.root).catch(() => undefined);
  }

  /** Where a path really leads; undefined when that is nowhere, or not at or below the root. */
  private async real(root: string, path: string): Promise<string | undefined> {
    const lexical = /^[/\\.]*$/.test(path) && !path.includes("..") ? this.root : confine(this.root, path);
    if (lexical === undefined) return undefined;
    const real = await realpath(lexical).catch(() => undefined);
    return real !== undefined && isBelow(real, root) ? real : undefined;
  }

  /** Whether `directory`, a real path, is a directory. */
  private async walk(
    root: string,
    directory: string,
    prefix: readonly string[],
    depth: number,
    found: NodeFileEntry[],
  ): Promise<boolean> {
    const names = await readdir(directory).catch(() => undefined);
    if (names === undefined) return false;
    for (const name of names) {
      if (found.length >= ENTRIES_MAX) return true;
      const path = join(directory, name);
      let seen = await lstat(path).catch(() => undefined);
      if (seen?.isSymbolicLink() === true) {
        // A link to a file of the node is shown as that file; into a directory it is not followed, so that no listing goes round.
        const real = await realpath(path).catch(() => undefined);
        seen = real !== undefined && isBelow(real, root) ? await stat(real).catch(() => undefined) : undefined;
        if (seen?.isFile() !== true) continue;
      }
      if (seen === undefined || !isShown(seen)) continue;
      const parts = [...prefix, name];
      found.push(entry(parts.join("/"), seen));
      if (seen.isDirectory() && depth > 0) await this.walk(root, path, parts, depth - 1, found);
    }
    return true;
  }
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root === "/" ? root : `${root}/`);
}

/** Pipes, sockets and devices are no files of a node. */
const isShown = (found: Stats) => found.isFile() || found.isDirectory();

function entry(path: string, found: Stats): NodeFileEntry {
  const isDirectory = found.isDirectory();
  return {
    path,
    isDirectory,
    size: isDirectory ? 0 : found.size,
    lastModifiedAt: found.mtimeMs,
    createdAt: found.birthtimeMs,
    mode: found.mode,
  };
}

/** Whether an open file is a regular one, and below the root; where the kernel does not say which file it is, the path it was opened by has been checked. */
async function isRegularBelow(file: FileHandle, root: string): Promise<boolean> {
  if (!(await file.stat()).isFile()) return false;
  const path = await readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined);
  return path === undefined || isBelow(path, root);
}

function missing(path: string): Error {
  return Object.assign(new Error(`There is no file ${path} on the node.`), { code: "ENOENT" });
}
