/**
 * What starting processes costs on this machine, in the same run: by posix_spawn from a C program (the limit), from Node, by `xargs` and by GNU parallel
 * where there is one. Also the program that tells the first instant of its own life.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const STARTS = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
extern char **environ;
static int file(int task, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "t%d/%s", task, name);
  return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
}
int main(int argc, char **argv) {
  char *args[] = {"/bin/true", 0}, path[64];
  struct timespec a, b;
  if (argc < 3 || (argc > 3 && chdir(argv[3]))) return 2;
  int count = atoi(argv[1]), at_once = atoi(argv[2]), running = 0;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (int i = 0; i < count; i++) {
    pid_t pid;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int out = -1, err = -1;
    if (argc > 3) {
      snprintf(path, sizeof path, "t%d", i);
      mkdir(path, 0755);
      snprintf(path, sizeof path, "t%d/wd", i);
      mkdir(path, 0755);
      posix_spawn_file_actions_adddup2(&actions, out = file(i, "stdout.txt"), 1);
      posix_spawn_file_actions_adddup2(&actions, err = file(i, "stderr.txt"), 2);
    }
    if (running == at_once) { wait(0); running--; }
    if (posix_spawn(&pid, args[0], &actions, 0, args, environ)) return 1;
    if (argc > 3) { close(out); close(err); }
    posix_spawn_file_actions_destroy(&actions);
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
  /** Prints starts a second. Arguments: how many, how many at once, and a folder for directories and files of each, or nothing. */
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

/**
 * Processes started and ended a second by posix_spawn, two at once (the best of the numbers for two cores). With `folder` each gets two directories and two
 * files of its own there, as a task does.
 */
export function posixSpawnRate(programs: Programs, count: number, folder?: string): number {
  if (folder === undefined) return Number(spawnSync(programs.starts, [String(count), "2"], { encoding: "utf8" }).stdout);
  const own = mkdtempSync(join(folder, "weir-starts-"));
  const rate = Number(spawnSync(programs.starts, [String(count), "2", own], { encoding: "utf8" }).stdout);
  rmSync(own, { recursive: true, force: true });
  return rate;
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
