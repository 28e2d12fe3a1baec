/**
 * A launcher that is a program of its own, seen from the agent: frames out, lines in (launcherProgram.ts). Launches of one turn leave in one write. When
 * the program goes although nobody closed it, every launch that has not ended is lost; whoever owns it takes another.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { constants as system } from "node:os";
import type { Apart, Launch, Launcher, LaunchFailure, LaunchListener } from "./launcher.ts";

const STAGES: Readonly<Record<string, LaunchFailure["stage"]>> = { d: "directory", f: "files", p: "program", k: "fork" };

/** A launcher that is closed has this long to end what it started before it is ended itself. */
const CLOSE_MS_MAX = 5_000;

/** Which program, how it is started, and what it is called. */
export interface LauncherProgram {
  readonly kind: "compiled" | "perl";
  readonly path: string;
  readonly arguments: readonly string[];
}

export class PipeLauncher implements Launcher {
  readonly kind: LauncherProgram["kind"];
  private readonly child: ChildProcess;
  private readonly listeners = new Map<number, LaunchListener>();
  private readonly onGone: (served: boolean) => void;
  private nextId = 1;
  private frames: Buffer[] = [];
  private rest = "";
  private served = false;
  private closing = false;

  /** `onGone`: it has ended unasked, after all listeners were told; `served` when it has ever answered. */
  constructor(program: LauncherProgram, onGone: (served: boolean) => void) {
    this.kind = program.kind;
    this.onGone = onGone;
    // In a session of its own, so that Ctrl-C in the terminal of a server is not for it.
    this.child = spawn(program.path, program.arguments, {
      stdio: ["pipe", "pipe", "inherit"],
      detached: true,
      cwd: "/",
    });
    let gone = false;
    const end = () => {
      if (gone) return;
      gone = true;
      this.gone();
    };
    // The pipe's end comes after everything it said; `exit` may come before.
    this.child.once("close", end);
    this.child.once("error", end);
    this.child.stdin!.on("error", () => {});
    this.child.stdout!.on("error", () => {});
    this.child.stdout!.setEncoding("latin1").on("data", (text: string) => this.read(text));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get pending(): number {
    return this.listeners.size;
  }

  launch(launch: Launch, listener: LaunchListener): void {
    const id = this.nextId++;
    this.listeners.set(id, listener);
    this.frames.push(frame(id, launch));
  }

  flush(): void {
    if (this.frames.length === 0) return;
    const bytes = Buffer.concat(this.frames);
    this.frames = [];
    this.child.stdin!.write(bytes);
  }

  abandon(): void {
    this.closing = true;
    this.child.kill("SIGKILL");
  }

  close(): Promise<void> {
    this.closing = true;
    return new Promise((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined) {
        resolve();
        return;
      }
      const timer = setTimeout(() => this.child.kill("SIGKILL"), CLOSE_MS_MAX);
      this.child.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      this.flush();
      this.child.stdin!.end();
    });
  }

  private gone(): void {
    const orphans = [...this.listeners.values()];
    this.listeners.clear();
    for (const listener of orphans) listener.lost();
    if (!this.closing) this.onGone(this.served);
  }

  private read(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop()!;
    this.served = true;
    for (const line of lines) this.take(line.split(" "));
  }

  private take([what, id, first, second, third]: string[]): void {
    const key = Number(id);
    const listener = this.listeners.get(key);
    if (listener === undefined) return;
    if (what === "S") {
      listener.started(Number(first), Number(second));
      return;
    }
    this.listeners.delete(key);
    if (what === "X") {
      const status = Number(first);
      const signal = status & 127;
      const code = signal === 0 ? status >> 8 : -signal;
      listener.exited({ code, cpuTicks: Number(second), leftovers: third !== "0" });
    } else if (what === "O") listener.occupied();
    else listener.failed({ stage: STAGES[first] ?? "fork", code: errorName(Number(second)) });
  }
}

function frame(id: number, launch: Launch): Buffer {
  const mode = launch.mode === "fresh" ? "f" : launch.mode === "continues" ? "a" : "";
  const flags = `${mode}${launch.lingers ? "l" : ""}${launch.apart === undefined ? "" : apartFlags(launch.apart)}`;
  const fields = [String(id), flags, launch.directory, String(launch.arguments.length), ...launch.arguments];
  for (const [name, value] of launch.environment) fields.push(name, value);
  const text = fields.join("\0");
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(4 + length);
  bytes.writeUInt32LE(length, 0);
  bytes.write(text, 4);
  return bytes;
}

/** As launcherProgram.ts has them: letters, then settings. */
function apartFlags({ user, processors, memoryBytes }: Apart): string {
  const of = user === undefined ? "" : `;u=${user.uid}:${user.gid}:${user.nodeGid}`;
  const on = processors === undefined ? "" : `;c=${processors.join(",")}`;
  return `${user?.isPrivate === true ? "p" : ""}${of}${on}${memoryBytes === undefined ? "" : `;m=${memoryBytes}`}`;
}

function errorName(number: number): string {
  return Object.entries(system.errno).find(([, known]) => known === number)?.[0] ?? `errno ${number}`;
}
