/**
 * What starting processes costs on this machine, in the same run: by posix_spawn from a C program (the limit), from Node, by `xargs` and by GNU parallel
 * where there is one. Also the program that tells the first instant of its own life.
 */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const STARTS = `
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
extern char **environ;
int main(int argc, char **argv) {
  int count = atoi(argv[1]), at_once = atoi(argv[2]), running = 0;
  char *args[] = {"/bin/true", 0};
  struct timespec a, b;
  if (argc != 3) return 2;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (int i = 0; i < count; i++) {
    pid_t pid;
    if (running == at_once) { wait(0); running--; }
    if (posix_spawn(&pid, args[0], 0, 0, args, environ)) return 1;
    running++;
  }
  while (running--) wait(0);
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("%f\\n", count / ((b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9));
  return 0;
}`;

const INSTANT = `
#include <stdio.h>
#include <time.h>
int main(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  printf("%lld\\n", t.tv_sec * 1000000000LL + t.tv_nsec);
  return 0;
}`;

/** Programs compiled into `folder`; undefined when there is no gcc. */
export interface Programs {
  /** Prints starts a second: `count` processes, `at once`. */
  readonly starts: string;
  /** Prints the first instant of its life, nanoseconds since 1970. */
  readonly instant: string;
}

export function compilePrograms(folder: string): Programs | undefined {
  const compile = (name: string, source: string) => {
    writeFileSync(join(folder, `${name}.c`), source);
    return spawnSync("gcc", ["-O2", "-o", join(folder, name), join(folder, `${name}.c`)]).status === 0;
  };
  const done = compile("starts", STARTS) && compile("instant", INSTANT);
  return done ? { starts: join(folder, "starts"), instant: join(folder, "instant") } : undefined;
}

/** Processes started and ended a second by posix_spawn, two at once (the best of the numbers for two cores). */
export function posixSpawnRate(programs: Programs, count: number): number {
  return Number(spawnSync(programs.starts, [String(count), "2"], { encoding: "utf8" }).stdout);
}

/** The same by Node's own spawn, 16 at once. */
export async function nodeSpawnRate(count: number): Promise<number> {
  const before = performance.now();
  let left = count;
  const worker = async () => {
    while (left-- > 0) await new Promise((resolve) => spawn("/bin/true", { stdio: "ignore" }).once("exit", resolve));
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return (count / (performance.now() - before)) * 1000;
}

/** The same by a command that reads lines, or undefined when it is not installed. */
export function feederRate(command: string, args: readonly string[], count: number): number | undefined {
  const before = performance.now();
  const { status, error } = spawnSync(command, args, { input: "x\n".repeat(count), stdio: ["pipe", "ignore", "ignore"] });
  return error !== undefined || status !== 0 ? undefined : (count / (performance.now() - before)) * 1000;
}
