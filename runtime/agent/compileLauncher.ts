/**
 * Has the launcher's program compiled, once for an agent's directory: the file's name holds a hash of the source, so another version is another file. A
 * machine without a C compiler, or one where the result cannot be run, does without.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { COMPILED_PROGRAM } from "./compiledProgram.ts";

/** A compiler that takes longer than this is not waited for. */
const COMPILE_MS_MAX = 30_000;

/** Path of the program in `directory`; undefined when it cannot be made. */
export async function compileLauncher(directory: string): Promise<string | undefined> {
  // posix_spawn that makes sessions, and waiting for orphans, are of Linux.
  if (process.platform !== "linux") return undefined;
  const hash = createHash("sha256").update(COMPILED_PROGRAM).update(process.arch).digest("hex").slice(0, 16);
  const program = join(directory, `launcher-${hash}`);
  try {
    await access(program);
    return program;
  } catch {
    // Not yet.
  }
  // Names of our own: a compiler that an earlier agent called may still be at work.
  const source = `${program}-${process.pid}.c`;
  const beside = `${program}-${process.pid}.new`;
  try {
    await writeFile(source, COMPILED_PROGRAM, { mode: 0o600 });
    await new Promise<void>((resolve, reject) => {
      execFile("cc", ["-O1", "-o", beside, source], { timeout: COMPILE_MS_MAX }, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    await chmod(beside, 0o700);
    await rename(beside, program);
    return program;
  } catch {
    return undefined;
  } finally {
    await rm(source, { force: true });
    await rm(beside, { force: true });
  }
}
