/**
 * `weir serve` on a data directory of its own, for clients that nobody here wrote. It can be killed at any moment and started again on the same
 * directory; whatever it leaves running is found through /proc by the directory's name and ended with it.
 */
import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { agentsOf, type FoundProcess, killIfRunning, processesUnder } from "../support/processes.ts";
import { type Ready, ServeProcess } from "../support/serveProcess.ts";
import { eventually } from "../support/waiting.ts";

/** `node`: options for Node itself. `folder`: where the directory is made; without one in memory where there is room. */
interface ServingOptions {
  readonly node?: readonly string[];
  readonly folder?: string;
}

/** One data directory and the service that runs on it, or does not just now. */
export class Serving {
  readonly data: string;
  private readonly options: readonly string[];
  private readonly node: readonly string[];
  private ready: Ready | undefined;
  private process: ServeProcess | undefined;
  /** What the processes before the present one have written. */
  private earlierLog = "";

  /**
   * `options` go to `weir serve` at every start, beside the data directory, a free port of 127.0.0.1 and `--json`. In memory a directory is as good as on
   * a disk, since what a killed process has written is there either way.
   */
  constructor(options: readonly string[] = [], { node = [], folder = roomyFolder() }: ServingOptions = {}) {
    this.options = options;
    this.node = node;
    this.data = mkdtempSync(join(folder, "weir-conformance-"));
  }

  /** Starts the service and waits until it says that it is ready. Rejects with what it wrote when it ends instead. */
  async start(): Promise<Ready> {
    this.earlierLog = this.log();
    this.process = new ServeProcess(["--data", this.data, ...this.options], this.node);
    this.ready = await this.process.ready;
    return this.ready;
  }

  /** How long the latest start took, process start to the line that says it is ready, milliseconds. */
  get startedInMs(): number {
    return this.process?.startedInMs ?? 0;
  }

  /** The end of what the service has written to standard error in all its lives. */
  log(characters = 20_000): string {
    return (this.earlierLog + (this.process?.stderr ?? "")).slice(-characters);
  }

  /** The unmodified SDK's client of the running service. */
  client(): BatchServiceClient {
    const { account, key, endpoint } = this.running();
    return new BatchServiceClient(new BatchSharedKeyCredentials(account, key), endpoint);
  }

  /** What the present or latest process said when it was ready. */
  running(): Ready {
    if (this.ready === undefined) throw new Error("the service was never started");
    return this.ready;
  }

  /** Sends a signal to the server alone and waits for its end; its exit code, or the signal that has ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    if (this.process === undefined) throw new Error("the service was never started");
    const ended = await this.process.end(signal);
    return ended.code ?? ended.signal ?? signal;
  }

  /** Sends SIGKILL to the agent; false when there is none just now. */
  killAgent(): boolean {
    const pids = agentsOf(this.data);
    for (const pid of pids) killIfRunning(pid);
    return pids.length > 0;
  }

  /** Every process that was started under this data directory and is alive. */
  leftovers(): FoundProcess[] {
    return processesUnder(this.data);
  }

  /** Ends the service and all it has left, and removes the directory. */
  async clear(): Promise<void> {
    if (this.process !== undefined) await this.end("SIGKILL");
    // Again and again: what was just being born when we looked is there the next time.
    await eventually("what the service has left to end", () => {
      const left = this.leftovers();
      for (const { pid } of left) killIfRunning(pid);
      return left.length === 0 ? true : undefined;
    });
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
