/**
 * Runs the built command as a user does: a process of its own in a folder of its own. The command is built once, into a folder beside the shipped
 * one, by the first test file that asks; the others wait for it.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const dist = join(root, "dist", "cli-under-test");

/** The built command's path. */
export const commandPath: string = join(dist, "cli", "weir.js");
/** Files to run commands on: formulas, samples, cases. */
export const exampleFiles: string = join(root, "test", "golden", "cli", "files");

/** What a run of the command left. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for one test file with copies of the example files in it. */
export class Workplace {
  readonly path: string = mkdtempSync(join(tmpdir(), "weir-cli-"));

  constructor() {
    cpSync(exampleFiles, this.path, { recursive: true });
    mkdirSync(join(this.path, ".bin"));
    symlinkSync(commandPath, join(this.path, ".bin", "weir"));
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.path, name), content);
    return name;
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  /** Runs `weir` here. */
  weir(
    args: readonly string[],
    options: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
  ): Ran {
    return this.ran(process.execPath, [commandPath, ...args], options.input ?? "", options.env ?? {});
  }

  /** Runs a line of shell here, in which `weir` is the built command. */
  shell(line: string): Ran {
    return this.ran("/bin/sh", ["-c", line], "", {});
  }

  clear(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** The environment is bare: no colour, width or habits of a developer get in, and a time zone that is not UTC would show. */
  private ran(
    command: string,
    args: readonly string[],
    input: string | Uint8Array,
    more: Readonly<Record<string, string>>,
  ): Ran {
    const env = {
      PATH: `${join(this.path, ".bin")}:${process.env.PATH}`,
      HOME: this.path,
      TZ: "America/New_York",
      LC_ALL: "C.UTF-8",
      ...more,
    };
    const ran = spawnSync(command, args, { cwd: this.path, env, input, encoding: "utf8", maxBuffer: 1 << 28 });
    return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  }
}

/** Builds the command once for a run of the tests, unless a build is there that is newer than every source. */
export function buildOnce(): void {
  const lock = `${dist}.lock`;
  // All files of a run have the same parent. A source that changes while tests run must not change the command under them.
  const marker = join(dist, "built-for");
  const run = `${process.ppid} ${startOf(process.ppid)}`;
  mkdirSync(join(root, "dist"), { recursive: true });
  while (!taken(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  try {
    if (existsSync(marker) && existsSync(commandPath) && readFileSync(marker, "utf8") === run) return;
    const isFresh = existsSync(commandPath) && statSync(commandPath).mtimeMs > newestSource();
    if (!isFresh) build();
    writeFileSync(marker, run);
  } finally {
    rmdirSync(lock);
  }
}

function build(): void {
  const args = [join(root, "runtime/cli/build.mjs"), `--outdir=${dist}`, "--cli-only"];
  const built = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the command does not build:\n${built.stderr}`);
}

/** Sets a parent apart from an earlier one that had the same number; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return "";
  }
}

/** A build takes seconds, and longer where there is much else to do; who holds the lock for so long has been killed. */
const BUILD_MS_MAX = 90_000;

/** Makes the lock, or throws away one that a run left behind when it was killed. */
function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    try {
      if (Date.now() - statSync(lock).mtimeMs > BUILD_MS_MAX) rmdirSync(lock);
    } catch {
      // Its owner has just removed it.
    }
    return false;
  }
}

function newestSource(): number {
  const times = ["grammar", "src", "runtime"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((file) => statSync(join(root, folder, String(file))).mtimeMs),
  );
  return Math.max(...times, statSync(join(root, "package.json")).mtimeMs);
}
