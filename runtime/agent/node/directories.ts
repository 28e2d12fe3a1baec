/**
 * The directories of a node (section 18 of the task rules) and the one way from a name that somebody else chose to a path: whatever leaves the root is
 * refused. What is thrown away is first renamed into the agent's trash, so that its name is free at once, however much there is to delete.
 *
 *     <root>/nodes/<node>/   applications/ shared/ startup/wd/ fsmounts/ volatile/ workitems/<job>/job-1/<task>/wd/
 *     <root>/agent/          records, users, retention/, trash/, logins/<node>/
 */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Below a node's root, made with it. */
const NODE_DIRECTORIES = ["applications", "shared", "startup", "startup/wd", "fsmounts", "volatile", "workitems"] as const;

/** Of all directories that the agent makes. */
const DIRECTORY_MODE = 0o755;

/** Bytes of one name in a path on every file system in use. */
const NAME_BYTES_MAX = 255;

/** Whether a name can be one part of a path: not empty, not `.` or `..`, no `/` or NUL, not too long for a file system. */
export function isPathPart(name: string): boolean {
  return (
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    !name.includes("/") &&
    !name.includes("\0") &&
    Buffer.byteLength(name) <= NAME_BYTES_MAX
  );
}

/**
 * The absolute path of `path`, relative to `root`, with `/` or `\` between its parts; undefined when it is absolute, empty, or has a part that is none.
 * Links are not looked at: what a task has made of its own directories is the matter of whoever opens the file.
 */
export function confine(root: string, path: string): string | undefined {
  const parts = path.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
  if (/^[/\\]/.test(path) || parts.length === 0 || !parts.every(isPathPart)) return undefined;
  return join(root, ...parts);
}

/** Where an agent with this root keeps everything. */
export class AgentDirectories {
  /** Nodes have their roots here; what Hello tells as `root`. */
  readonly nodes: string;
  readonly own: string;
  readonly trash: string;
  readonly retention: string;
  readonly records: string;
  readonly users: string;
  /** A directory for each node that people can log in to. */
  readonly logins: string;
  private thrownAway = 0;

  constructor(root: string) {
    this.nodes = join(root, "nodes");
    this.own = join(root, "agent");
    this.trash = join(this.own, "trash");
    this.retention = join(this.own, "retention");
    this.records = join(this.own, "records");
    this.users = join(this.own, "users");
    this.logins = join(this.own, "logins");
    for (const path of [this.nodes, this.trash, this.retention]) mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** The node's root; undefined when its name is no name of a directory. */
  node(node: string): string | undefined {
    return isPathPart(node) ? join(this.nodes, node) : undefined;
  }

  /** Makes the tree of a node, and leaves what is there. Throws what the file system says. */
  make(nodeRoot: string): void {
    for (const directory of NODE_DIRECTORIES) mkdirSync(join(nodeRoot, directory), { recursive: true, mode: DIRECTORY_MODE });
  }

  /** Takes a file or directory away at once; the bytes go later. A path that is not there is no mistake. */
  discard(path: string): void {
    const grave = join(this.trash, `${process.pid}-${Date.now()}-${this.thrownAway++}`);
    try {
      renameSync(path, grave);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return;
      // A mount point or another file system cannot be renamed: it goes in its place.
      rmSync(path, { recursive: true, force: true });
      return;
    }
    // What cannot be deleted now is tried again at the next start.
    rm(grave, { recursive: true, force: true }).catch(() => {});
  }

  /** Deletes what an earlier agent threw away and did not live to delete. */
  async emptyTrash(): Promise<void> {
    for (const name of await readdir(this.trash).catch(() => [])) {
      await rm(join(this.trash, name), { recursive: true, force: true }).catch(() => {});
    }
  }
}
