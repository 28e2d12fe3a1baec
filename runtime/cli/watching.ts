/**
 * Running something again whenever a file that it reads changes, until Ctrl-C. Files are looked at a few times a second rather than waited for: that
 * works for editors that replace files, on network disks, and for files that are not there yet. What a file looked like is noted before a run
 * reads it, so that nothing saved meanwhile is missed.
 */
import { type Stats, statSync } from "node:fs";
import { type ExitCode, exitCodes } from "./exitCodes.ts";
import { counted, type Output } from "./output.ts";

/** What a run left. */
export interface WatchedRun {
  readonly code: ExitCode;
  /** Every file that it read or tried to read. */
  readonly paths: readonly string[];
}

/** How often files are looked at. A change counts when the next look finds no other: an editor may write in pieces. */
const INTERVAL_MS = 150;

/** Runs at once and after every change; the exit code is the last run's. `paths` are what the first run surely reads. */
export async function runAtEveryChange(
  paths: readonly string[],
  runOnce: () => Promise<WatchedRun>,
  output: Output,
): Promise<ExitCode> {
  let isOver = false;
  let wake = () => {};
  const end = () => {
    isOver = true;
    wake();
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, INTERVAL_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  process.once("SIGINT", end);
  let run: WatchedRun = { code: exitCodes.done, paths };
  while (!isOver) {
    const startedAt = Date.now();
    const before = looks(run.paths);
    run = await runOnce();
    output.note(`watching ${counted(run.paths.length, "file")}; Ctrl-C ends`);
    for (const path of run.paths)
      if (!before.has(path)) before.set(path, wasSavedSince(path, startedAt) ? "saved meanwhile" : look(path));
    while (!isOver && isSame(before, looks(run.paths))) await pause();
    let last = looks(run.paths);
    for (let isStill = false; !isOver && !isStill; ) {
      await pause();
      const now = looks(run.paths);
      isStill = isSame(last, now);
      last = now;
    }
    if (!isOver) output.line("");
  }
  process.removeListener("SIGINT", end);
  return run.code;
}

/** What tells one state of a file from another without reading it. */
function look(path: string): string {
  const status = statusOf(path);
  return status === undefined ? "not there" : `${status.mtimeMs} ${status.size} ${status.ino}`;
}

/** Undefined for a path that is not there or may not be looked at. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function looks(paths: readonly string[]): Map<string, string> {
  return new Map(paths.map((path) => [path, look(path)]));
}

function isSame(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): boolean {
  return [...now].every(([path, state]) => before.get(path) === state);
}

/** A time in the future is a clock that is wrong, not a change. */
function wasSavedSince(path: string, since: number): boolean {
  const savedAt = statusOf(path)?.mtimeMs ?? 0;
  return savedAt >= since && savedAt <= Date.now();
}
