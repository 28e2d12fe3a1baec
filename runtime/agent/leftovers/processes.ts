/**
 * What the kernel knows of processes, read from /proc (Linux): identity by pid and start time, group, session, processor time. A pid alone names
 * nobody: numbers are used again, so whoever wants to end a process of yesterday compares its start time too. Where there is no /proc, nothing is
 * found and nothing is ended by search; ending a process group that was started by this agent works everywhere.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** One process, from /proc/<pid>/stat. */
export interface ProcessStat {
  readonly pid: number;
  /** `R`, `S`, `D`, `Z` (ended, not yet waited for) … */
  readonly state: string;
  /** Its parent's; an orphan's is that of the launcher, which takes orphans in. */
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks of its own and of the children it has waited for. */
  readonly cpuTicks: number;
  /** Clock ticks from the start of the machine to that of the process: with the pid, its identity. */
  readonly startTicks: number;
}

/** Clock ticks in a second; the kernel tells user programs 100 on every machine that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** A process without variables shows none so many times in a row. */
const LOOKS_MAX = 5;

/** Reads the text of a stat file; undefined when it is none. The name, in parentheses, may hold anything, parentheses too. */
function parseStat(text: string): ProcessStat | undefined {
  const nameEnd = text.lastIndexOf(") ");
  const pid = Number.parseInt(text, 10);
  if (nameEnd < 0 || !Number.isInteger(pid)) return undefined;
  const fields = text.slice(nameEnd + 2).split(" ");
  if (fields.length < 20) return undefined;
  return {
    pid,
    state: fields[0],
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    cpuTicks: Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]),
    startTicks: Number(fields[19]),
  };
}

/** The process with this number now; undefined when there is none. */
export function statOf(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined;
  }
}

/** All processes of the machine that this one may see, without the threads. Costs some 15 microseconds a process. */
export function allProcesses(): ProcessStat[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const found: ProcessStat[] = [];
  for (const name of names) {
    if (name.charCodeAt(0) > 57) continue;
    const stat = statOf(Number(name));
    if (stat !== undefined) found.push(stat);
  }
  return found;
}

/** Those of the processes that descend from one: its children, theirs, and so on. */
export function descendantsOf(ancestor: number, processes: readonly ProcessStat[]): ProcessStat[] {
  const children = new Map<number, ProcessStat[]>();
  for (const process of processes) {
    const siblings = children.get(process.parent);
    if (siblings === undefined) children.set(process.parent, [process]);
    else siblings.push(process);
  }
  const found: ProcessStat[] = [];
  const next = [ancestor];
  for (let pid = next.pop(); pid !== undefined; pid = next.pop()) {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      next.push(child.pid);
    }
    children.delete(pid);
  }
  return found;
}

/** Whether a process works in a directory, or below it, or writes its output there. False when that may not be read, or the process has ended. */
export function standsIn(pid: number, directory: string): boolean {
  return ["cwd", "fd/1", "fd/2"].some((name) => {
    try {
      const path = readlinkSync(`/proc/${pid}/${name}`);
      return path === directory || path.startsWith(`${directory}/`);
    } catch {
      return false;
    }
  });
}

/**
 * The environment a process was started with, as the kernel kept it; empty when it may not be read, or the process has ended. Undefined while it is becoming
 * another program: for that moment the kernel shows nothing of it, nobody can tell whose it is, and whoever searches has to look again.
 */
export function environmentOfProcess(pid: number): string[] | undefined {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const environment = textOf(pid, "environ");
    if (environment !== "") return environment.split("\0");
    // A program that has been told no variables has a name at least. Between the two looks it may have become what it was becoming.
    if (textOf(pid, "cmdline") === "") return hasProgram(pid) ? undefined : [];
  }
  return [];
}

/** False for threads of the kernel and for what has ended. */
function hasProgram(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== "";
  } catch {
    return false;
  }
}

function textOf(pid: number, file: "environ" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Ends a process group, or when it has not yet made its group the process alone. Whether there was anything to end. */
export function endGroup(pid: number): boolean {
  // Number 0 and 1 would mean ourselves and everything.
  if (!Number.isInteger(pid) || pid <= 1) return false;
  return signal(-pid) || signal(pid);
}

/** Ends one process. */
export function endProcess(pid: number): boolean {
  return Number.isInteger(pid) && pid > 1 && signal(pid);
}

/** Whether a process of the group is left, zombies included. */
export function groupExists(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal is there all the same.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function signal(target: number): boolean {
  try {
    process.kill(target, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

/** What decides whether a process found by search belongs to a run that has been recorded. */
export interface Suspect {
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * Processes of the recorded group, if the group can be no other's: its leader is there and began when ours did, or the leader has gone and the kernel
 * therefore keeps the number from being used again for as long as the group lives. In the second case a group could still be a stranger's whose own leader
 * has gone too, so each member has to carry `mark` in its environment.
 */
export function membersOf(suspect: Suspect, processes: readonly ProcessStat[], mark: string): ProcessStat[] {
  const leader = processes.find((process) => process.pid === suspect.pid);
  if (leader !== undefined && leader.startTicks !== suspect.startTicks) return [];
  const members = processes.filter(({ group, session }) => group === suspect.pid || session === suspect.pid);
  if (leader !== undefined) return members;
  return members.filter(({ pid }) => environmentOfProcess(pid)?.includes(mark) === true);
}
