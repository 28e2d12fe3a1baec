/**
 * Runs `weir serve` as a user does, a process of its own with a data directory of its own, for clients that nobody here wrote. It can be killed at any
 * moment and started again on the same directory; whatever it leaves running is found through /proc by the directory's name and ended with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { commandPath } from "../cli/weir.ts";

/** What `weir serve --json` prints once it is ready. */
export interface Ready {
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
  readonly pid: number;
}

export interface ServingOptions {
  readonly node?: readonly string[];
  readonly folder?: string;
}

/** One data directory and the service that runs on it, or does not just now. */
export class Serving {
  readonly data: string;
  private readonly options: readonly string[];
  private readonly node: readonly string[];
  /** Of the present or latest process. */
  ready: Ready | undefined;
  /** How long the latest start took, process start to the line that says it is ready, milliseconds. */
  startedInMs = 0;
  private child: ChildProcess | undefined;
  private text = "";

  /**
   * `options` go to `weir serve` at every start, beside the data directory, a free port of 127.0.0.1 and `--json`; `node` to Node itself. The directory
   * is made in `folder`: without one in memory where there is room, since what a killed process has written is there either way.
   */
  constructor(options: readonly string[] = [], { node = [], folder = roomyFolder() }: ServingOptions = {}) {
    this.options = options;
    this.node = node;
    this.data = mkdtempSync(join(folder, "weir-conformance-"));
  }

  /** Starts the service and waits until it says that it is ready. Rejects with what it wrote when it ends instead. */
  async start(more: readonly string[] = []): Promise<Ready> {
    const data = process.env.WEIR_NO_DATA ? [] : ["--data", this.data];
    const program = process.env.WEIR_FROM_SOURCE ? ["--import", "tsx", "runtime/cli/main.ts"] : [commandPath];
    const args = [...this.node, ...program, "serve", "--listen", "127.0.0.1:0", ...data, "--json", ...this.options, ...more];
    const before = performance.now();
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.text = (this.text + text).slice(-200_000);
    });
    this.ready = await new Promise<Ready>((resolve, reject) => {
      let heard = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        heard += text;
        const ready = readReady(heard);
        if (ready !== undefined) resolve(ready);
      });
      child.once("error", reject);
      child.once("exit", (code, signal) =>
        reject(new Error(`weir serve ended with ${code ?? signal} before it was ready:\n${heard}${this.log(4000)}`)),
      );
    });
    this.startedInMs = performance.now() - before;
    return this.ready;
  }

  /** The end of what the service has written to standard error in all its lives. */
  log(characters = 20_000): string {
    return this.text.slice(-characters);
  }

  /** The unmodified SDK's client of the running service. */
  client(): BatchServiceClient {
    const { account, key, endpoint } = this.running();
    return new BatchServiceClient(new BatchSharedKeyCredentials(account, key), endpoint);
  }

  running(): Ready {
    if (this.ready === undefined) throw new Error("the service was never started");
    return this.ready;
  }

  isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Sends a signal to the server alone and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    const child = this.child;
    if (child === undefined) throw new Error("the service was never started");
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await ended;
    }
    return child.exitCode ?? child.signalCode ?? "SIGKILL";
  }

  /** Sends SIGKILL to the agent; false when there is none just now. */
  killAgent(): boolean {
    const pids = this.agents();
    for (const pid of pids) kill(pid);
    return pids.length > 0;
  }

  /** Process ids of the agent of this data directory: built or from source, with the directory on its command line. */
  agents(): number[] {
    return processes()
      .filter(
        ({ command }) => command.includes(this.data) && command.some((word) => /[/\\]agent(\.js|[/\\]main\.ts)$/.test(word)),
      )
      .map(({ pid }) => pid);
  }

  /** Every process that was started under this data directory and is alive: by its command line, its environment or its working directory. */
  leftovers(): { readonly pid: number; readonly command: string }[] {
    return processes()
      .filter(({ pid, command }) => command.some((word) => word.includes(this.data)) || belongs(pid, this.data))
      .map(({ pid, command }) => ({ pid, command: command.join(" ") }));
  }

  /** Ends the service and all it has left, and removes the directory. */
  async clear(): Promise<void> {
    if (this.child !== undefined) await this.end("SIGKILL");
    // The agent first: it would report its tasks' ends and start nothing new, but its successor may just be starting.
    for (let round = 0; round < 5; round++) for (const { pid } of this.leftovers()) kill(pid);
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** Files in memory where that is possible: thousands of small ones are made and removed. */
function roomyFolder(): string {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > MEMORY_BYTES_MIN ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

const MEMORY = "/dev/shm";
const MEMORY_BYTES_MIN = 512 * 1024 * 1024;

function readReady(text: string): Ready | undefined {
  try {
    return JSON.parse(text) as Ready;
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function processes(): { readonly pid: number; readonly command: string[] }[] {
  const found: { pid: number; command: string[] }[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
      if (command.length > 0) found.push({ pid, command });
    } catch {
      // It has ended while we looked.
    }
  }
  return found;
}

function belongs(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) || readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder);
  } catch {
    return false;
  }
}

/** Asks again every `everyMs` until the answer is not undefined; fails with `what` and the latest sign of life after `withinMs`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  options: { readonly withinMs?: number; readonly everyMs?: number; readonly describe?: () => unknown } = {},
): Promise<T> {
  const until = performance.now() + (options.withinMs ?? 30_000);
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > until) {
      const seen = options.describe === undefined ? "" : `; last seen: ${JSON.stringify(options.describe())}`;
      throw new Error(`${what}: not within ${options.withinMs ?? 30_000} ms${seen}`);
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 50));
  }
}
