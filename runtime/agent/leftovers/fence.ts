/**
 * What a new agent does before it says a word: everything that the agent before it had started and not seen the end of is ended. Ended is only what can
 * be nobody else's: the process with the recorded pid and start time, its group, and whatever carries the mark of a directory under this root. Then
 * nothing of it runs, and the server may have it run again.
 */
import { join } from "node:path";
import type { AgentLog } from "../log.ts";
import type { RunEnding } from "../protocol.ts";
import { loginMark, nodeMark, runMark } from "../run/environment.ts";
import { allProcesses, endProcess, environmentOfProcess, membersOf, type ProcessStat, statOf } from "./processes.ts";
import type { Records } from "./records.ts";

const WAIT_MS_MIN = 1;
const WAIT_MS_MAX = 50;
/** A process that does not go although it was killed hangs in the kernel; whoever waits for it is told after this long, and again. */
const COMPLAIN_MS = 5_000;

/** Ends what is left; resolves when there is nothing. Runs without an ending then have the ending `lost`, which is in the records. */
export async function fence(records: Records, nodesRoot: string, log: AgentLog): Promise<RunEnding[]> {
  const since = performance.now();
  let complaints = 0;
  for (let waitMs = WAIT_MS_MIN; ; waitMs = Math.min(2 * waitMs, WAIT_MS_MAX)) {
    const launchers = oldLaunchers(records);
    const { left, unclear } = remains(records, nodesRoot);
    if (left.length === 0 && launchers.length === 0 && (!unclear || performance.now() - since > COMPLAIN_MS)) break;
    for (const pid of left) endProcess(pid);
    if (performance.now() - since > COMPLAIN_MS * (complaints + 1)) {
      complaints++;
      log("fenceWaits", { pids: left, launchers });
      for (const pid of launchers) endProcess(pid);
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  records.forgetLaunchers();
  const lost: RunEnding[] = [];
  const endedAt = Date.now();
  for (const record of [...records.remembered.runs.values()]) {
    if (record.over) continue;
    const ending: RunEnding = { run: record.run, node: record.node, cause: "lost", endedAt };
    records.ended(ending, true);
    lost.push(ending);
  }
  records.flush();
  return lost;
}

/** Launchers that are still ending what they started, orphans without any mark too; they go when they have. */
function oldLaunchers(records: Records): number[] {
  const left: number[] = [];
  for (const [pid, startTicks] of records.remembered.launchers) {
    const stat = statOf(pid);
    if (stat !== undefined && stat.startTicks === startTicks && stat.state !== "Z") left.push(pid);
  }
  return left;
}

/** Processes to end; `unclear`: there is one that nobody can tell of yet. */
function remains(records: Records, nodesRoot: string): { readonly left: number[]; readonly unclear: boolean } {
  const processes = allProcesses().filter(({ state, pid }) => state !== "Z" && pid !== process.pid);
  const found = new Set<number>();
  for (const { pid, startTicks, directory, over } of records.remembered.runs.values()) {
    if (over || pid === undefined || startTicks === undefined || startTicks === 0) continue;
    for (const member of membersOf({ pid, startTicks }, processes, runMark(directory))) found.add(member.pid);
  }
  let unclear = false;
  for (const stray of processes) {
    if (found.has(stray.pid)) continue;
    const isOurs = isOfRoot(stray, nodesRoot);
    if (isOurs === true) found.add(stray.pid);
    unclear ||= isOurs === undefined;
  }
  return { left: [...found], unclear };
}

/** Carries the mark of a node directly under this root; one deeper down is of an agent that a task has started, and dies with that. */
function isOfRoot({ pid }: ProcessStat, nodesRoot: string): boolean | undefined {
  const within = join(nodesRoot, "/");
  const prefixes = [nodeMark(within), loginMark(within)];
  return environmentOfProcess(pid)?.some((entry) =>
    prefixes.some((prefix) => entry.startsWith(prefix) && !entry.slice(prefix.length).includes("/")),
  );
}
