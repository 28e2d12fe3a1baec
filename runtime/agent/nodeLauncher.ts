/**
 * The launcher where there is no perl: Node's own spawn. A process still is a group and a session of its own; starts cost three to four times as much,
 * and what it left in its group is found by one signal more.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { constants as system } from "node:os";
import { dirname, join } from "node:path";
import type { Launch, Launcher, LaunchFailure, LaunchListener } from "./launcher.ts";
import { endGroup, groupExists, statOf } from "./processes.ts";

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
      }
      stage = "files";
      for (const name of ["stdout.txt", "stderr.txt"]) {
        descriptors.push(openSync(join(directory, name), launch.mode === "continues" ? "a" : "w", 0o644));
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
    const child = spawn(program, rest, {
      cwd: join(launch.directory, "wd"),
      env: Object.fromEntries(launch.environment),
      stdio: ["ignore", out, err],
      detached: true,
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
