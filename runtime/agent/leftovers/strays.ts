/**
 * The processes that a run leaves behind. Its group is ended by one signal; who made a group of his own (`timeout`, a shell with job control) is still in
 * the session, and who made a session of his own still carries the node's mark in his environment. A search of /proc costs milliseconds, so searches
 * are gathered: all runs that end within a moment share one.
 */
import { loginMark, nodeMark, runMark } from "../run/environment.ts";
import {
  allProcesses,
  descendantsOf,
  endGroup,
  endProcess,
  environmentOfProcess,
  groupExists,
  type ProcessStat,
  standsIn,
} from "./processes.ts";

/** First wait for a group to be empty; doubled up to the second. */
const WAIT_MS_MIN = 1;
const WAIT_MS_MAX = 50;
/** From then on members that are only waiting to be waited for do not count: an init that does not do its work cannot hold us up. */
const ZOMBIES_AFTER_MS = 200;
/** How long ends are gathered for one search. */
const SEARCH_GAP_MS = 250;
/** What is just becoming another program (processes.ts) is looked at again for so long: it takes microseconds, and milliseconds where processors are scarce. */
const BECOMING_MS_MAX = 5_000;

/** Whether a process is sought; undefined when that cannot be told yet. */
type Wanted = (stray: ProcessStat) => boolean | undefined;

/** Whose members are sought. */
interface Sought {
  readonly pid: number;
  readonly directory: string;
}

export class Strays {
  private sessions = new Map<number, () => void>();
  private ending: NodeJS.Immediate | undefined = undefined;
  private sought: Sought[] = [];
  private searching: NodeJS.Timeout | undefined = undefined;
  private readonly waits = new Set<NodeJS.Timeout>();

  /** The leader has just been waited for, and its group told to end; `then` is called when the group is empty. */
  whenGroupEmpty(pid: number, then: () => void): void {
    this.wait(pid, performance.now(), WAIT_MS_MIN, then);
  }

  /** The same for a run that was ended by force: members of its session that had left the group are ended too. */
  endSession(pid: number, then: () => void): void {
    this.sessions.set(pid, then);
    this.ending ??= setImmediate(() => this.endSessions());
  }

  /** For a run whose pid says nothing any more: everything that carries its mark is ended. */
  endMarked(directory: string, then: () => void): void {
    const mark = runMark(directory);
    void this.endAll(() => (stray) => carries(stray, [mark])).then(then);
  }

  /** A run has ended by itself: what is left of its session, though not of its group, goes soon. */
  ended(pid: number, directory: string): void {
    this.sought.push({ pid, directory });
    this.searching ??= setTimeout(() => this.search(), SEARCH_GAP_MS);
  }

  /**
   * Ends whatever carries the node's mark, or that of who has logged in there, and waits until it has gone. What has thrown its environment away is known by where it works, if it descends
   * from this agent: somebody who merely looks at the node's directory is left in peace.
   */
  async endNode(nodeRoot: string): Promise<void> {
    const marks = [nodeMark(nodeRoot), loginMark(nodeRoot)];
    await this.endAll((all) => {
      const ours = new Set(descendantsOf(process.pid, all).map(({ pid }) => pid));
      return (stray) => (ours.has(stray.pid) && standsIn(stray.pid, nodeRoot)) || carries(stray, marks);
    });
  }

  /** Ends what `wanted` says of all the processes there are until there is none, zombies apart. */
  private async endAll(wanted: (all: readonly ProcessStat[]) => Wanted): Promise<void> {
    const since = performance.now();
    for (let waitMs = WAIT_MS_MIN; ; waitMs = Math.min(2 * waitMs, WAIT_MS_MAX)) {
      const all = allProcesses();
      const isWanted = wanted(all);
      let again = false;
      for (const stray of all) {
        if (stray.state === "Z" || stray.pid === process.pid) continue;
        const answer = isWanted(stray);
        if (answer === true) endProcess(stray.pid);
        again ||= answer ?? performance.now() - since < BECOMING_MS_MAX;
      }
      if (!again) return;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  close(): void {
    clearTimeout(this.searching);
    clearImmediate(this.ending);
    for (const wait of this.waits) clearTimeout(wait);
  }

  private wait(pid: number, since: number, waitMs: number, then: () => void): void {
    if (!groupExists(pid) || (performance.now() - since > ZOMBIES_AFTER_MS && onlyZombies(pid))) {
      then();
      return;
    }
    // A member that was just being born missed the first signal.
    endGroup(pid);
    const timer = setTimeout(() => {
      this.waits.delete(timer);
      this.wait(pid, since, Math.min(2 * waitMs, WAIT_MS_MAX), then);
    }, waitMs);
    this.waits.add(timer);
  }

  private endSessions(): void {
    this.ending = undefined;
    const sessions = this.sessions;
    this.sessions = new Map();
    for (const stray of allProcesses()) if (sessions.has(stray.session)) endProcess(stray.pid);
    for (const [pid, then] of sessions) this.whenGroupEmpty(pid, then);
  }

  private search(): void {
    this.searching = undefined;
    const { sought } = this;
    this.sought = [];
    const directories = new Map(sought.map(({ pid, directory }) => [pid, directory]));
    const again = new Set<number>();
    for (const stray of allProcesses()) {
      const directory = directories.get(stray.session);
      if (directory === undefined || stray.state === "Z") continue;
      // By now the number may be another's.
      const isOurs = carries(stray, [runMark(directory)]);
      if (isOurs === true) endProcess(stray.pid);
      // What it was about to start meanwhile is not in the list.
      if (isOurs !== false) again.add(stray.session);
    }
    for (const { pid, directory } of sought) if (again.has(pid)) this.ended(pid, directory);
  }
}

function carries({ pid }: ProcessStat, marks: readonly string[]): boolean | undefined {
  return environmentOfProcess(pid)?.some((entry) => marks.includes(entry));
}

function onlyZombies(group: number): boolean {
  return allProcesses().every((member) => member.group !== group || member.state === "Z");
}
