/**
 * What was entered in former sessions. One entry a line, oldest first, in a file only its owner can read. Every entry is appended when it is
 * made, so that sessions side by side and sessions that are killed keep theirs; the file is cut to its bound when a session begins.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Most entries kept. */
export const HISTORY_MAX = 1000;
/** Longer entries are not remembered: they were pasted. */
const ENTRY_LENGTH_MAX = 2000;

/**
 * The file: WEIR_HISTORY if set (empty: none), else `weir/history` in XDG_STATE_HOME if that is set, else `.weir_history` in the home
 * directory. Undefined: nothing is remembered.
 */
export function historyFileFrom(environment: Readonly<Record<string, string | undefined>>, home: string): string | undefined {
  if (environment.WEIR_HISTORY !== undefined) return environment.WEIR_HISTORY === "" ? undefined : environment.WEIR_HISTORY;
  const state = environment.XDG_STATE_HOME ?? "";
  if (state.startsWith("/")) return join(state, "weir", "history");
  return home === "" ? undefined : join(home, ".weir_history");
}

export class History {
  /** Oldest first. */
  readonly entries: string[];
  #file: string | undefined;

  /** Reads the file; one that is not there or cannot be read is an empty history, and one that cannot be written is not written. */
  constructor(file: string | undefined) {
    this.#file = file;
    const all = file === undefined ? [] : linesOf(file);
    this.entries = all.slice(-HISTORY_MAX);
    if (file !== undefined && all.length > HISTORY_MAX)
      this.quietly(() => writeFileSync(file, `${this.entries.join("\n")}\n`, { mode: 0o600 }));
  }

  /** Remembers an entry; one that spans lines as one line, where that keeps its meaning. Blank entries and repetitions are left out. */
  add(entry: string): string | undefined {
    const line = oneLine(entry);
    if (line === "" || line === undefined || line.length > ENTRY_LENGTH_MAX || line === this.entries[this.entries.length - 1])
      return undefined;
    this.entries.push(line);
    if (this.entries.length > HISTORY_MAX) this.entries.shift();
    const file = this.#file;
    if (file !== undefined) {
      this.quietly(() => {
        makeFolder(dirname(file));
        appendFileSync(file, `${line}\n`, { mode: 0o600 });
      });
    }
    return line;
  }

  /** A history that cannot be written must not get in the way of work: it is given up for this session. */
  private quietly(write: () => void): void {
    try {
      write();
    } catch {
      this.#file = undefined;
    }
  }
}

/**
 * Makes one entry of the lines that readline remembered apart, so that Up brings back what was meant; `recent` is readline's list, newest
 * first. Left alone where other lines have come between.
 */
export function joinRecent(recent: string[], entry: string): void {
  const lines = entry.split("\n").filter((line) => line.trim() !== "");
  const joined = oneLine(entry);
  if (joined === undefined || lines.length < 2 || !lines.every((line, i) => recent[lines.length - 1 - i] === line)) return;
  recent.splice(0, lines.length, joined);
}

/** Makes a folder and the one above it. Not `recursive`: that never ends below a folder that can hold no folders, such as /proc. */
function makeFolder(path: string): void {
  for (const folder of [dirname(path), path]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.replace(/[\u0000-\u001f\u007f]/g, ""))
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}

/** Lines joined by blanks; undefined where a comment would swallow what follows it. */
function oneLine(entry: string): string | undefined {
  const lines = entry.trim().split(/\r\n|\n|\r/);
  if (lines.slice(0, -1).some((line) => line.includes("//"))) return undefined;
  return lines.map((line) => line.trim()).join(" ");
}
