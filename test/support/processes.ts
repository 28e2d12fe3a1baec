/** Processes of this machine as /proc shows them: which are alive, and which belong to a directory of a test. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process and its command line, its words joined by blanks. */
export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Alive, and not merely waiting to be reaped. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false;
  }
}

/** Every process that was started under the folder and is alive: by its command line, its environment or its working directory. Never this one. */
export function processesUnder(folder: string): FoundProcess[] {
  return processes()
    .filter(({ pid, words }) => words.some((word) => word.includes(folder)) || belongs(pid, folder))
    .map(({ pid, words }) => ({ pid, command: words.join(" ") }));
}

/** The agents of a data directory: built or from source, with the directory on their command line. */
export function agentsOf(directory: string): number[] {
  return processes()
    .filter(({ words }) => words.includes(directory) && words.some((word) => /[/\\]agent(\.js|[/\\]main\.ts)$/.test(word)))
    .map(({ pid }) => pid);
}

/** Sends SIGKILL to what may have ended by itself. */
export function killIfRunning(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function processes(): { readonly pid: number; readonly words: string[] }[] {
  const found: { readonly pid: number; readonly words: string[] }[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
      if (words.length > 0) found.push({ pid, words });
    } catch {
      // It has ended while we looked.
    }
  }
  return found;
}

function belongs(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) || readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder);
  } catch {
    return false;
  }
}
