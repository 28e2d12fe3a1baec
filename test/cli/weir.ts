/**
 * Runs the built command as a user does: a process of its own in a folder of its own. The command is built once, into a temporary folder, by
 * the first test file that asks; the others wait for it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const dist = join(root, "dist", "cli-under-test");
const command = join(dist, "cli", "weir.js");

/** What a run of the command left. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for one test file with the given files in it; removed by `clear`. */
export class Workplace {
  readonly path = mkdtempSync(join(tmpdir(), "weir-cli-"));

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Runs `weir` in this folder. No colour variables, time zone or width of the developer's get in. */
  weir(
    args: readonly string[],
    options: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
  ): Ran {
    const env = { PATH: process.env.PATH ?? "", HOME: this.path, TZ: "America/New_York", ...options.env };
    const ran = spawnSync(process.execPath, [command, ...args], {
      cwd: this.path,
      env,
      input: options.input ?? "",
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  }

  clear(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The built command's path. */
export const commandPath = command;

/** Builds the command unless a build is there that is newer than every source. */
export function buildOnce(): void {
  if (existsSync(command) && statSync(command).mtimeMs > newest()) return;
  const built = spawnSync(process.execPath, [join(root, "runtime/cli/build.mjs"), `--outdir=${dist}`, "--cli-only"], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`the command does not build:\n${built.stderr}`);
}

function newest(): number {
  const times = ["grammar", "src", "runtime"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((file) => statSync(join(root, folder, String(file))).mtimeMs),
  );
  return Math.max(...times, statSync(join(root, "package.json")).mtimeMs);
}
