/**
 * What processes cost on this machine without an agent: a C program that calls posix_spawn and waits (the limit), Node's own spawn, GNU parallel. Each starts
 * the same program without directories, files or an environment of its own, so the agent has more to do than any of them.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What every contender starts. */
export const PROGRAM = "/bin/true";

const SOURCE = `
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
extern char **environ;
int main(int count, char **values) {
  int left = atoi(values[1]), room = atoi(values[2]), running = 0, status;
  char *program[] = { values[3], 0 };
  while (left > 0 || running > 0) {
    for (; left > 0 && running < room; left--, running++) {
      pid_t pid;
      if (posix_spawn(&pid, program[0], 0, 0, program, environ) != 0) return 1;
    }
    if (wait(&status) > 0) running--;
  }
  return 0;
}
`;

/** Path of the compiled limit; undefined where there is no C compiler. */
export function compileLimit(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "weir-bench-"));
  const source = join(folder, "limit.c");
  const program = join(folder, "limit");
  writeFileSync(source, SOURCE);
  const compiled = spawnSync("cc", ["-O2", "-o", program, source], { stdio: "ignore" });
  return compiled.status === 0 ? program : undefined;
}

const secondsSince = (start: bigint) => Number(process.hrtime.bigint() - start) / 1e9;

/** Starts a second, with so many at once. */
export function limitRate(limit: string, tasks: number, together: number): number {
  const start = process.hrtime.bigint();
  if (spawnSync(limit, [String(tasks), String(together), PROGRAM]).status !== 0) throw new Error("the limit failed");
  return tasks / secondsSince(start);
}

export async function nodeRate(tasks: number, together: number): Promise<number> {
  const start = process.hrtime.bigint();
  let left = tasks;
  const worker = async () => {
    while (left-- > 0) {
      await new Promise((resolve) => spawn(PROGRAM, [], { stdio: "ignore", detached: true }).once("exit", resolve));
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  return tasks / secondsSince(start);
}

/** NaN where it is not installed. */
export function parallelRate(tasks: number, together: number): number {
  if (spawnSync("parallel", ["--version"]).status !== 0) return Number.NaN;
  const start = process.hrtime.bigint();
  spawnSync("parallel", ["-N0", `-j${together}`, PROGRAM], { input: "x\n".repeat(tasks) });
  return tasks / secondsSince(start);
}
