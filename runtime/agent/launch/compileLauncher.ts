/**
 * Has the launcher's program compiled, once for an agent's directory: the file's name holds a hash of the source, so another version is another file. A
 * machine without a C compiler, or one where the result cannot be run, does without.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endGroup } from "../leftovers/processes.ts";
import { COMPILED_PROGRAM } from "./compiledProgram.ts";

/** A compiler that takes longer than this is not waited for. */
const COMPILE_MS_MAX = 30_000;

/** Path of the program in `directory`; undefined when it cannot be made, or `signal` was aborted before it was. */
export async function compileLauncher(directory: string, signal: AbortSignal): Promise<string | undefined> {
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
    await compile(source, beside, signal);
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

/** A compiler is several programs: they are a group, so that they can be ended together. */
function compile(source: string, program: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const compiler = spawn("cc", ["-O1", "-o", program, source], { stdio: "ignore", detached: true });
    const stop = () => {
      if (compiler.pid !== undefined) endGroup(compiler.pid);
    };
    const timer = setTimeout(stop, COMPILE_MS_MAX);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    compiler.once("error", reject);
    compiler.once("exit", (code) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      if (code === 0) resolve();
      else reject(new Error(`the compiler returned ${code}`));
    });
  });
}
