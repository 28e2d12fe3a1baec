/**
 * Whose files are whose on a node whose tasks have users of their own (T-86, L-66): the node's directory is for its group, `shared` for all in it, and
 * each run's directory for the run's user, which others may read unless it is private. Only root can arrange that.
 */
import { chmodSync, chownSync, constants, mkdirSync } from "node:fs";
import { chmod, lchown, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Apart } from "../launch/launcher.ts";

type User = NonNullable<Apart["user"]>;

const ROOT = 0;
/** Whoever has the node's group gets in, and nobody else. */
const NODE_MODE = 0o750;
/** As /tmp without its sticky bit: tasks change and delete each other's files there. */
const SHARED_MODE = 0o777;
const PRIVATE_MODE = 0o700;

/** Opens a node's tree to the users of its tasks. Throws what the file system says. */
export function openNode(nodeRoot: string, nodeGid: number): void {
  chownSync(nodeRoot, ROOT, nodeGid);
  chmodSync(nodeRoot, NODE_MODE);
  chmodSync(join(nodeRoot, "shared"), SHARED_MODE);
}

/** Parts of the path of a task's directory below its node: `workitems/<job>/job-1/<task>`. What lies deeper is a subtask's. */
const TASK_PARTS = 4;

/**
 * Makes the directory of the task around a subtask's, and gives it to the user: on each node it is the one that all instances share (T-54). `path`: the
 * run's own, relative to the node. Throws what the file system says.
 */
export function giveSharedDirectory(nodeRoot: string, path: string, user: User): void {
  const parts = path.split("/");
  if (parts.length <= TASK_PARTS) return;
  const shared = join(nodeRoot, ...parts.slice(0, TASK_PARTS));
  mkdirSync(shared, { recursive: true, mode: user.isPrivate ? PRIVATE_MODE : 0o755 });
  chownSync(shared, user.uid, user.gid);
}

/** Gives a run's directory, with all that was prepared in it, to its user. Rejects with what the file system says. */
export async function giveDirectory(directory: string, user: User): Promise<void> {
  await giveBelow(directory, user);
  if (user.isPrivate) await chmod(directory, PRIVATE_MODE);
  await lchown(directory, user.uid, user.gid);
}

/** By open directories: where an earlier run of the user has left processes, a name may be a link by the time it is looked at again. */
async function giveBelow(directory: string, user: User): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const opened = `/proc/self/fd/${handle.fd}`;
    for (const name of await readdir(opened)) {
      const path = join(opened, name);
      const found = await lstat(path);
      if (found.isDirectory()) await giveBelow(path, user);
      // A second name of a file is somebody's who wants that file.
      if (found.uid !== user.uid && (found.isDirectory() || found.nlink === 1)) await lchown(path, user.uid, user.gid);
    }
  } finally {
    await handle.close();
  }
}
