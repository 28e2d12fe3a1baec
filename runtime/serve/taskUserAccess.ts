/**
 * A data directory whose nodes are used by users of their own: they have to come through to the nodes, and to nothing else of it. Directories on the way
 * can be passed and not listed; everything beside the nodes is closed to all but root.
 */
import { chmodSync, closeSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DataDirectory } from "./dataDirectory.ts";
import { ServeProblem } from "./serveProblem.ts";
import type { NumberRange } from "./serveSettings.ts";

/** On the way to nodes: to be passed, not to be listed. */
const PASSABLE = 0o711;
const OTHERS_PASS = 0o001;
const OWNER_BITS = 0o700;
/** Parts of a data directory that lead to nodes. */
const LEADS_TO_NODES = new Set(["nodes", "accounts"]);

/**
 * Opens the way, before anything of the store is made. Throws ServeProblem when a directory above is closed, when this is not root, or when the numbers do
 * not exist here or are somebody's.
 */
export function openToTaskUsers({ path, database }: Pick<DataDirectory, "path" | "database">, numbers: NumberRange): void {
  if (process.getuid?.() !== 0) throw new ServeProblem("--task-users is for a service that root starts");
  checkNumbers(numbers);
  // What this process makes from now on; agents set their own.
  process.umask(0o077);
  // The store's other files take over the mode of this one.
  closeSync(openSync(database, "a", 0o600));
  for (const name of readdirSync(path)) {
    const part = join(path, name);
    chmodSync(part, LEADS_TO_NODES.has(name) ? PASSABLE : statSync(part).mode & OWNER_BITS);
  }
  chmodSync(path, PASSABLE);
  if (basename(dirname(path)) === "accounts") chmodSync(dirname(path), PASSABLE);
  for (let at = dirname(path); ; at = dirname(at)) {
    if ((statSync(at).mode & OTHERS_PASS) === 0)
      throw new ServeProblem(
        `users of tasks cannot come to ${path}, because ${at} is closed to others; name another directory with --data`,
      );
    if (at === dirname(at)) return;
  }
}

function checkNumbers([first, last]: NumberRange): void {
  const range = `the user numbers ${first}-${last}`;
  const others = "name others, such as --task-users 20000-29999";
  // A container may know only some: lines of first number inside, first outside, how many.
  const maps = linesOf("/proc/self/uid_map").map((line) => line.trim().split(/\s+/).map(Number));
  if (maps.length > 0 && !maps.some(([inside, , count]) => first >= inside && last < inside + count))
    throw new ServeProblem(`${range} do not exist here; ${others}`);
  for (const line of linesOf("/etc/passwd")) {
    const [name, , number] = line.split(":");
    if (Number(number) >= first && Number(number) <= last)
      throw new ServeProblem(`${range} hold that of the user ${name}; ${others}`);
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}
