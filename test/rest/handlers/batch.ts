/**
 * A whole service for tests of handlers: real server over HTTP, real service over a store in memory, a clock that tests set, and a provider that does at
 * once what it is asked. A task's command line says what becomes of it: `exit 3` ends at once, `stay` runs until it is killed.
 */
import { Readable } from "node:stream";
import type { Command, Effect, Report } from "../../../runtime/core/index.ts";
import { World } from "../../../runtime/core/index.ts";
import type { ComputeNode } from "../../../runtime/core/node.ts";
import { Service } from "../../../runtime/host/service.ts";
import { MemoryPersistence } from "../../../runtime/persistence/memory.ts";
import type { NodeFile, NodeFiles } from "../../../runtime/providers/nodeFiles.ts";
import type { Provider } from "../../../runtime/providers/provider.ts";
import { handlers } from "../../../runtime/rest/handlers/index.ts";
import { createBatchServer } from "../../../runtime/rest/server.ts";

/** When the service starts, milliseconds since 1970. */
const START_AT = Date.UTC(2026, 0, 5, 8, 0, 0);
const TOKEN = "a-token-of-the-tests";
/** Key of the account. */
export const KEY = Buffer.from("a-key-of-the-tests").toString("base64");

/** Carries every effect out at once, unless it is withheld. */
export class InstantProvider implements Provider {
  private readonly reports: Report[] = [];
  private wake: () => void = () => {};
  /** Effects that are not carried out. */
  readonly withheld = new Set<Effect["kind"]>();

  nextDueAt(): number {
    return this.reports.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  }

  take(): Report | undefined {
    return this.reports.shift();
  }

  onReport(wake: () => void): void {
    this.wake = wake;
  }

  tell(...reports: Report[]): void {
    this.reports.push(...reports);
    this.wake();
  }

  perform(effect: Effect): void {
    if (this.withheld.has(effect.kind)) return;
    switch (effect.kind) {
      case "AllocateNodes":
        for (const nodeId of effect.nodeIds) this.boot(effect.pool.id, nodeId, ["NodeAllocated", "NodeStarted", "NodeReady"]);
        return;
      case "ReplaceNode":
        this.boot(effect.node.pool.id, effect.node.id, ["NodeAllocated", "NodeStarted", "NodeReady"]);
        return;
      case "CancelAllocation":
        this.tell({
          kind: "AllocationFailed",
          poolId: effect.pool.id,
          nodeIds: effect.nodeIds,
          code: "AllocationFailed",
          message: "cancelled",
        });
        return;
      case "ReleaseNode":
        this.tell({ kind: "NodeReleased", poolId: effect.pool.id, nodeId: effect.nodeId });
        return;
      case "RebootNode":
      case "ReimageNode":
        this.boot(effect.node.pool.id, effect.node.id, ["NodeStarted", "NodeReady"]);
        return;
      case "RunStartTask":
        this.tell({
          kind: "StartTaskEnded",
          poolId: effect.node.pool.id,
          nodeId: effect.node.id,
          ...ending(effect.startTask.commandLine),
        });
        return;
      case "RunTask": {
        const { commandLine } = effect.attempt.task.spec;
        if (commandLine !== "stay")
          this.tell({ kind: "TaskEnded", attempt: effect.attempt.id, cause: "exit", ...ending(commandLine) });
        return;
      }
      case "KillTask":
        this.tell({ kind: "TaskEnded", attempt: effect.attempt.id, cause: "killed", exitCode: undefined, failure: undefined });
        return;
      case "RunPreparation":
      case "RunRelease":
      case "KillSpecial": {
        const { run } = effect;
        const kind = run.kind === "preparation" ? "PreparationEnded" : "ReleaseEnded";
        const { preparation, release } = run.job.spec;
        const commandLine = (run.kind === "preparation" ? preparation : release)?.commandLine ?? "";
        this.tell({ kind, jobId: run.job.id, run: run.id, ...ending(commandLine) });
        return;
      }
      case "RemoveJobFiles":
      case "ConstrainTask":
      case "RetainPreparationFiles":
      case "RemoveTaskFiles":
    }
  }

  private boot(poolId: string, nodeId: string, kinds: readonly ("NodeAllocated" | "NodeStarted" | "NodeReady")[]): void {
    this.tell(...kinds.map((kind): Report => ({ kind, poolId, nodeId })));
  }
}

function ending(commandLine: string): { exitCode: number; failure: undefined } {
  return { exitCode: Number(/^exit (-?\d+)$/.exec(commandLine)?.[1] ?? 0), failure: undefined };
}

/** Files of all nodes alike, from a plain table of path to content; what lies below a directory makes the directory. */
class TableFiles implements NodeFiles {
  readonly table = new Map<string, string>();

  address(): string {
    return "127.1.2.3";
  }

  async list(_node: ComputeNode, directory: string, recursive: boolean): Promise<readonly NodeFile[] | undefined> {
    const below = directory === "" ? "" : `${directory}/`;
    const found = new Map<string, NodeFile>();
    for (const [path, content] of this.table) {
      if (!path.startsWith(below)) continue;
      const parts = path.slice(below.length).split("/");
      for (let depth = 1; depth <= (recursive ? parts.length : 1); depth++) {
        const at = below + parts.slice(0, depth).join("/");
        found.set(at, depth === parts.length ? this.file(at, content) : this.directory(at));
      }
    }
    return found.size === 0 && directory !== "" ? undefined : [...found.values()];
  }

  async stat(_node: ComputeNode, path: string): Promise<NodeFile | undefined> {
    const content = this.table.get(path);
    if (content !== undefined) return this.file(path, content);
    return [...this.table.keys()].some((each) => each.startsWith(`${path}/`)) ? this.directory(path) : undefined;
  }

  async open(_node: ComputeNode, path: string, start: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    return Readable.from([Buffer.from(this.table.get(path) ?? "").subarray(start, end + 1)]);
  }

  async remove(_node: ComputeNode, path: string, recursive: boolean): Promise<"removed" | "gone" | "notEmpty"> {
    if (this.table.delete(path)) return "removed";
    const below = [...this.table.keys()].filter((each) => each.startsWith(`${path}/`));
    if (below.length === 0) return "gone";
    if (!recursive) return "notEmpty";
    for (const each of below) this.table.delete(each);
    return "removed";
  }

  private file(path: string, content: string): NodeFile {
    const at = START_AT + 1_000;
    return { path, isDirectory: false, size: Buffer.byteLength(content), lastModifiedAt: at, createdAt: at, mode: 0o100644 };
  }

  private directory(path: string): NodeFile {
    return { path, isDirectory: true, size: 0, lastModifiedAt: START_AT, createdAt: START_AT, mode: 0o40755 };
  }
}

/** An answer; `body` is the parsed JSON, or undefined where there is none. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly body: any;
  readonly text: string;
}

/** What a request has beside verb and path. */
interface AskOptions {
  readonly body?: unknown;
  readonly version?: string;
  readonly headers?: Record<string, string>;
}

/** The running service; `close` it when done. */
export class Batch {
  readonly provider = new InstantProvider();
  readonly files = new TableFiles();
  readonly clock = { at: START_AT, now: () => this.clock.at };
  readonly world: World;
  readonly service: Service;
  private readonly server: ReturnType<typeof createBatchServer>;
  url = "";

  constructor(settings: ConstructorParameters<typeof World>[0] = {}) {
    this.world = new World({
      trackChanges: true,
      events: "keep",
      quotas: { dedicatedCores: 1000, lowPriorityCores: 1000 },
      ...settings,
    });
    this.service = new Service({
      world: this.world,
      provider: this.provider,
      persistence: new MemoryPersistence(),
      clock: this.clock,
    });
    const account = { name: "acct", keys: [KEY], bearerTokens: [TOKEN], service: this.service, files: this.files };
    this.server = createBatchServer({ accounts: [account], handlers });
  }

  async start(): Promise<this> {
    this.service.start();
    this.url = await this.server.listen(0);
    return this;
  }

  async close(): Promise<void> {
    await this.server.close(100);
    await this.service.stop();
  }

  /** One request: `ask("POST /pools", { body })`. */
  async ask(line: string, { body, version = "2022-10-01.16.0", headers = {} }: AskOptions = {}): Promise<Answer> {
    const [method, path] = line.split(/ (.*)/, 2);
    const response = await fetch(`${this.url}${path}${path.includes("?") ? "&" : "?"}api-version=${version}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { "content-type": "application/json; odata=minimalmetadata; charset=utf-8" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true && text !== "";
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : undefined, text };
  }

  /** The same, which has to succeed. */
  async ok(line: string, options: AskOptions = {}): Promise<Answer> {
    const answer = await this.ask(line, options);
    if (answer.status >= 300) throw new Error(`${line}: ${answer.status} ${answer.text}`);
    return answer;
  }

  /** Lets the service do everything that follows by itself from what was asked: reports of the provider and their effects. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      const before = this.service.eventNumber;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.service.eventNumber === before && this.provider.nextDueAt() > 0 ? quiet + 1 : 0;
    }
  }

  /** Moves the clock on and lets due timers fire. */
  async pass(ms: number): Promise<void> {
    this.clock.at += ms;
    // A command wakes the loop, which then sees what is due.
    await this.service.submit({ kind: "SetQuotas", quotas: {} } satisfies Command);
    await this.settle();
  }
}

/** An image that the catalogue has. */
export const MACHINE = {
  imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts", version: "latest" },
  nodeAgentSKUId: "batch.node.ubuntu 22.04",
};

/** The body of a small pool. */
export const poolBody = (id: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id,
  vmSize: "standard_d4_v3",
  virtualMachineConfiguration: MACHINE,
  targetDedicatedNodes: 2,
  ...more,
});

/** The code of an error answer and its pairs as an object. */
export function errorOf(answer: Answer): { status: number; code: string; values: Record<string, string> } {
  const values = Object.fromEntries(
    (answer.body?.values ?? []).map(({ key, value }: { key: string; value: string }) => [key, value]),
  );
  return { status: answer.status, code: answer.body?.code, values };
}
