/**
 * The launcher where there is no perl: Node's own spawn. A process still is a group and a session of its own; starts cost three to four times as much,
 * and what it left in its group is found by one signal more. It runs tasks as other users, but holds them to no processors and no memory.
 */
import { spawn } from "node:child_process";
import { chmodSync, chownSync, closeSync, constants, fchownSync, mkdirSync, openSync, rmSync } from "node:fs";
import { constants as system } from "node:os";
import { dirname, join } from "node:path";
import { endGroup, groupExists, statOf } from "../leftovers/processes.ts";
import type { Launch, Launcher, LaunchFailure, LaunchListener } from "./launcher.ts";

export class NodeLauncher implements Launcher {
  readonly kind = "node";
  private readonly waiting: (readonly [Launch, LaunchListener])[] = [];
  private readonly groups = new Set<number>();
  private running = 0;

  get pending(): number {
    return this.running + this.waiting.length;
  }

  launch(launch: Launch, listener: LaunchListener): void {
    this.waiting.push([launch, listener]);
  }

  flush(): void {
    for (const [launch, listener] of this.waiting.splice(0)) this.start(launch, listener);
  }

  abandon(): void {}

  close(): Promise<void> {
    for (const [, listener] of this.waiting.splice(0)) listener.lost();
    for (const pid of this.groups) endGroup(pid);
    return Promise.resolve();
  }

  private start(launch: Launch, listener: LaunchListener): void {
    const { directory } = launch;
    const user = launch.apart?.user;
    let stage: LaunchFailure["stage"] = "directory";
    const descriptors: number[] = [];
    try {
      if (launch.mode === "fresh") {
        mkdirSync(dirname(directory), { recursive: true, mode: 0o755 });
        try {
          mkdirSync(directory, { mode: 0o755 });
        } catch (error) {
          if (codeOf(error) !== "EEXIST") throw error;
          queueMicrotask(() => listener.occupied());
          return;
        }
        mkdirSync(join(directory, "wd"), { mode: 0o755 });
        if (user !== undefined) {
          chownSync(join(directory, "wd"), user.uid, user.gid);
          if (user.isPrivate) chmodSync(directory, 0o700);
          chownSync(directory, user.uid, user.gid);
        }
      }
      stage = "files";
      for (const name of ["stdout.txt", "stderr.txt"]) {
        const path = join(directory, name);
        // In another user's directory the name may be a link by now.
        if (user !== undefined && launch.mode !== "continues") rmSync(path, { force: true });
        const flags =
          launch.mode === "continues" ? constants.O_APPEND : user === undefined ? constants.O_TRUNC : constants.O_EXCL;
        const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | flags, 0o644);
        descriptors.push(descriptor);
        if (user !== undefined) fchownSync(descriptor, user.uid, user.gid);
      }
      this.spawn(launch, descriptors, listener);
    } catch (error) {
      queueMicrotask(() => listener.failed({ stage, code: codeOf(error) }));
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  }

  private spawn(launch: Launch, [out, err]: number[], listener: LaunchListener): void {
    const [program, ...rest] = launch.arguments;
    const user = launch.apart?.user;
    const child = spawn(program, rest, {
      cwd: join(launch.directory, "wd"),
      env: Object.fromEntries(launch.environment),
      stdio: ["ignore", out, err],
      detached: true,
      ...(user === undefined ? {} : { uid: user.uid, gid: user.nodeGid }),
    });
    this.running++;
    child.once("error", (error) => {
      if (child.pid !== undefined) return;
      this.running--;
      listener.failed({ stage: "program", code: codeOf(error) });
    });
    const { pid } = child;
    if (pid === undefined) return;
    this.groups.add(pid);
    child.once("exit", (code, signal) => {
      this.running--;
      this.groups.delete(pid);
      const leftovers = !launch.lingers && groupExists(pid);
      if (leftovers) endGroup(pid);
      listener.exited({ code: code ?? -(system.signals[signal!] ?? 0), cpuTicks: 0, leftovers });
    });
    queueMicrotask(() => listener.started(pid, statOf(pid)?.startTicks ?? 0));
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? "unknown";
