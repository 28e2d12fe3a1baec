/**
 * `weir serve` as a process of the built command, on a free port of loopback: the one way in which tests start it. What it says when it is ready is read
 * as any program would read it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { commandPath } from "../cli/weir.ts";

/** The document that `weir serve --json` prints once it is ready. */
export interface Ready {
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
  readonly pid: number;
  readonly data: string | null;
  readonly certificate: string | null;
}

/** How a process has ended, and the end of what it wrote. */
export interface Ended {
  /** Null when a signal has ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Characters of standard error that are kept. */
const KEPT_MAX = 200_000;

/** One process, from its start to its end. */
export class ServeProcess {
  readonly child: ChildProcess;
  /** Rejects with what it wrote when it ends before it is ready. */
  readonly ready: Promise<Ready>;
  readonly ended: Promise<Ended>;
  /** From the start of the process to the line that says it is ready, milliseconds; 0 until then. */
  startedInMs = 0;
  stderr = "";
  private stdout = "";

  /** `options` go to `weir serve`, `node` to Node itself. */
  constructor(options: readonly string[], node: readonly string[] = []) {
    const before = performance.now();
    const args = [...node, commandPath, "serve", "--listen", "127.0.0.1:0", "--json", ...options];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-KEPT_MAX);
    });
    this.ended = new Promise((resolve) =>
      child.once("close", (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr })),
    );
    this.ready = new Promise((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        this.stdout += text;
        const ready = readReady(this.stdout);
        if (ready === undefined) return;
        this.startedInMs = performance.now() - before;
        resolve(ready);
      });
      child.once("error", reject);
      void this.ended.then(({ code, signal }) =>
        reject(
          new Error(`weir serve ended with ${code ?? signal} before it was ready:\n${this.stdout}${this.stderr.slice(-4000)}`),
        ),
      );
    });
    // Whoever wants it to end by itself does not wait for it to be ready.
    this.ready.catch(() => {});
  }

  isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Sends a signal to the server alone, if it has not ended, and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    if (this.isRunning()) this.child.kill(signal);
    return await this.ended;
  }
}

function readReady(text: string): Ready | undefined {
  try {
    return JSON.parse(text) as Ready;
  } catch {
    return undefined;
  }
}
