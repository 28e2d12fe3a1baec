/**
 * Directories that nobody will ask for any more. That a deleted task's or job's files are to go is told once and without an answer; when the server ends
 * in between, they are left behind. So a new server looks at what lies on its nodes, once, and has removed what belongs to nothing.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Job } from "../../core/job.ts";
import type { World } from "../../core/world.ts";
import type { Host } from "./hosts.ts";
import { retainPreparation } from "./retention.ts";
import type { LocalState } from "./state.ts";

/** Looks at every host of an agent that has just been met. Does not fail: what cannot be read is left alone. */
export async function sweep(world: World, state: LocalState): Promise<void> {
  for (const host of [...state.hosts]) {
    const root = join(state.root, host.name);
    for (const owner of await names(join(root, "workitems")))
      for (const part of await names(join(root, "workitems", owner))) {
        const job = world.job(owner) ?? world.job(`${owner}:${part}`);
        const directory = `workitems/${owner}/${part}`;
        if (job === undefined) remove(host, directory, state, () => world.job(owner) ?? world.job(`${owner}:${part}`));
        else await sweepJob(host, job, directory, join(root, directory), state);
      }
  }
}

async function sweepJob(host: Host, job: Job, directory: string, path: string, state: LocalState): Promise<void> {
  for (const name of await names(path)) {
    // Told when the job ended, perhaps to nobody.
    if (name === job.spec.preparation?.id && !job.gone && state.hosts.get(host.name) === host)
      retainPreparation(host, job, state);
    remove(host, `${directory}/${name}`, state, () => ownerOf(job, name));
  }
}

/** The task or special task of a directory's name. */
function ownerOf(job: Job, name: string): unknown {
  if (job.gone) return undefined;
  if (name === job.spec.preparation?.id || name === job.spec.release?.id) return job;
  return job.task(name);
}

/** Asked again at the last moment: while directories were read, an owner may have come. */
function remove(host: Host, directory: string, state: LocalState, owner: () => unknown): void {
  if (owner() !== undefined || host.phase === "leaving" || state.hosts.get(host.name) !== host) return;
  for (const run of state.book.on(host)) if (`${run.directory}/`.startsWith(`${directory}/`)) return;
  state.tell({ kind: "RemoveFiles", node: host.name, directory });
}

async function names(path: string): Promise<string[]> {
  try {
    return (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
