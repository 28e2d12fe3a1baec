/**
 * Directories of ended runs go when their retention time is over (T-87). What is due is kept in files, one a minute, because a service that runs for a
 * week remembers millions: an end costs a line at the end of one file, memory nothing. What is due within the minute has a timer besides.
 *
 *     <root>/agent/retention/<minutes since 1970>     lines: instant of the end, directory relative to the nodes' root
 */
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { type AgentDirectories, confine } from "../node/directories.ts";

const MINUTE_MS = 60_000;
/** What is due sooner than this has a timer of its own. */
const TIMER_MS_MAX = MINUTE_MS;

export class Retention {
  private readonly directories: AgentDirectories;
  private readonly busy: () => ReadonlySet<string>;
  private readonly waiting = new Map<number, string[]>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private sweeping: NodeJS.Timeout | undefined = undefined;

  /** `busy`: directories in which something runs; they are somebody else's by now. */
  constructor(directories: AgentDirectories, busy: () => ReadonlySet<string>) {
    this.directories = directories;
    this.busy = busy;
  }

  start(): void {
    this.sweep();
    this.sweeping = setInterval(() => this.sweep(), MINUTE_MS);
    this.sweeping.unref();
  }

  /** An absolute directory whose run has ended; both times in milliseconds. */
  keep(directory: string, endedAt: number, retentionMs: number): void {
    const dueAt = endedAt + retentionMs;
    if (!Number.isFinite(dueAt)) return;
    const minute = Math.ceil(dueAt / MINUTE_MS);
    const line = `${endedAt} ${JSON.stringify(relative(this.directories.nodes, directory))}\n`;
    const lines = this.waiting.get(minute);
    if (lines === undefined) this.waiting.set(minute, [line]);
    else lines.push(line);
    if (retentionMs >= TIMER_MS_MAX) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.remove(directory, endedAt, this.busy());
    }, retentionMs);
    timer.unref();
    this.timers.add(timer);
  }

  /** Writes what was told since the last time. A disk that is full keeps what should go: told again with the next end. */
  flush(): void {
    for (const [minute, lines] of this.waiting) {
      try {
        appendFileSync(join(this.directories.retention, String(minute)), lines.join(""), { mode: 0o600 });
      } catch {
        return;
      }
      this.waiting.delete(minute);
    }
  }

  close(): void {
    this.flush();
    clearInterval(this.sweeping);
    for (const timer of this.timers) clearTimeout(timer);
  }

  private sweep(): void {
    const present = Date.now() / MINUTE_MS;
    const due = readdirSync(this.directories.retention).filter((name) => /^\d+$/.test(name) && Number(name) <= present);
    if (due.length === 0) return;
    const busy = this.busy();
    for (const name of due) {
      const path = join(this.directories.retention, name);
      for (const line of readFileSync(path, "utf8").split("\n")) this.removeLine(line, busy);
      rmSync(path, { force: true });
    }
  }

  private removeLine(line: string, busy: ReadonlySet<string>): void {
    const blank = line.indexOf(" ");
    if (blank < 0) return;
    try {
      const directory = confine(this.directories.nodes, JSON.parse(line.slice(blank + 1)) as string);
      if (directory !== undefined) this.remove(directory, Number(line.slice(0, blank)), busy);
    } catch {
      // A line cut off by the end of an earlier agent: its directory stays until its job or node goes.
    }
  }

  /** A directory that has been made anew since belongs to a later run, whose own end has its own line. */
  private remove(directory: string, endedAt: number, busy: ReadonlySet<string>): void {
    if (busy.has(directory)) return;
    try {
      // In whole milliseconds, as the end is: a run may begin and end within one.
      const made = Math.floor(statSync(join(directory, "stdout.txt"), { throwIfNoEntry: false })?.birthtimeMs ?? 0);
      if (made <= endedAt) this.directories.discard(directory);
    } catch {
      // Cannot be looked at or deleted: the same.
    }
  }
}
