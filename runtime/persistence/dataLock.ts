/**
 * A data directory belongs to one process at a time. The file `lock` in it names that process by id and by when it started, since ids are given
 * again: one left behind by a process that was killed is found out and taken over.
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./persistence.ts";

interface Owner {
  readonly pid: number;
  /** In clock ticks since the machine started, as `/proc` tells; empty where there is no `/proc`. */
  readonly startedAt: string;
}

/** Takes the directory for this process; returns how to give it back. Throws StoreError where another one has it. */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, "lock");
  const own: Owner = { pid: process.pid, startedAt: startOf(process.pid) ?? "" };
  const text = JSON.stringify(own);
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, text);
  } catch (error) {
    const isFull = (error as NodeJS.ErrnoException).code === "ENOSPC";
    const why = isFull ? "the disk is full; make room" : "check that it exists and its permissions";
    throw new StoreError(directory, `${directory} cannot be written: ${why}`, error);
  }
  try {
    take(path, draft, directory);
  } finally {
    removeIfThere(draft);
  }
  return () => {
    if (readIfThere(path) === text) removeIfThere(path);
  };
}

function take(path: string, draft: string, directory: string): void {
  for (let tries = 0; tries < 3; tries++) {
    try {
      // A link is made whole or not at all, and fails where there is a file.
      linkSync(draft, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotLock(directory, error);
    }
    const found = readIfThere(path);
    const owner = found === undefined ? undefined : ownerOf(found);
    if (owner !== undefined && isAlive(owner))
      throw new StoreError(
        directory,
        `${directory} is in use by process ${owner.pid}: stop that one first, or choose another data directory`,
      );
    // Moved aside first: whoever else finds the same dead owner moves a file that is not there any more, and tries again.
    const aside = `${path}.${process.pid}.old`;
    try {
      if (readIfThere(path) === found && found !== undefined) renameSync(path, aside);
      if (readIfThere(aside) !== found) linkSync(aside, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw cannotLock(directory, error);
    }
    removeIfThere(aside);
  }
  throw new StoreError(directory, `${directory} is being taken by another process: try again`);
}

function cannotLock(directory: string, error: unknown): StoreError {
  return new StoreError(directory, `${directory} cannot be locked: ${(error as Error).message}`, error);
}

function ownerOf(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    return typeof owner?.pid === "number" && typeof owner.startedAt === "string" ? (owner as Owner) : undefined;
  } catch {
    // Cut short by a crash: nobody's.
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Owner): boolean {
  if (pid === process.pid && startedAt === (startOf(pid) ?? "")) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const start = startOf(pid);
  // One that has ended and was not waited for yet holds nothing any more, and may stay so for ever.
  if (stateOf(pid) === "Z") return false;
  return start === undefined || startedAt === "" || start === startedAt;
}

/** Field 22 of `/proc/<pid>/stat`; undefined where it cannot be read. */
const startOf = (pid: number) => statOf(pid)?.[19];
/** Field 3: `R`, `S`, `Z` … */
const stateOf = (pid: number) => statOf(pid)?.[0];

/** Fields of `/proc/<pid>/stat`, counted behind the command's closing parenthesis. */
function statOf(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, which is what was wanted.
  }
}
