/**
 * `weir serve` with a client of its own, and the data directories of a test. Everything that was started is ended by its process id when the test is over,
 * agents too.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, ask } from "../../runtime/serve/client.ts";
import { agentsOf, isRunning } from "../support/processes.ts";
import { type Ended, type Ready, ServeProcess } from "../support/serveProcess.ts";
import { until } from "../support/waiting.ts";

/** A service that has said that it is ready. */
export class Served {
  readonly document: Ready;
  private readonly process: ServeProcess;

  constructor(process: ServeProcess, document: Ready) {
    this.process = process;
    this.document = document;
  }

  /** Of the server, as the system knows it. */
  get pid(): number | undefined {
    return this.process.child.pid;
  }

  /** The end of what the server has written to standard error. */
  get log(): string {
    return this.process.stderr;
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const { endpoint, account: name, key, certificate } = this.document;
    const ca = certificate === null ? {} : { ca: readFileSync(certificate, "utf8") };
    return ask({ endpoint, account: { name, key }, ...ca }, method, path, body);
  }

  /** Asks for what must not fail; its body. */
  async get<Body = Record<string, never>>(path: string): Promise<Body> {
    const answer = await this.ask("GET", path);
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
    return answer.body as Body;
  }

  async post(path: string, body: unknown): Promise<Answer> {
    const answer = await this.ask("POST", path, body);
    if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Ended> {
    return this.process.end(signal);
  }
}

const processes: ServeProcess[] = [];
const directories: string[] = [];

/** A data directory of the test's own. */
export function dataDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "weir-served-"));
  directories.push(path);
  return path;
}

/** Starts and waits until it is healthy. Rejects with what it said when it ended instead. */
export async function served(...args: string[]): Promise<Served> {
  const process = start(args);
  const server = new Served(process, await process.ready);
  await until(async () => (await server.ask("GET", "/healthz")).status === 200, "the service to be healthy");
  return server;
}

/** Runs `weir serve` that is expected to end by itself. */
export function servedToEnd(...args: string[]): Promise<Ended> {
  return start(args).ended;
}

function start(args: readonly string[]): ServeProcess {
  const process = new ServeProcess(args);
  processes.push(process);
  return process;
}

/** Process id of the agent of a data directory. */
export function agentPid(directory: string): number {
  const log = readFileSync(join(directory, "agent", "agent.log"), "utf8")
    .trim()
    .split("\n");
  const listening = log.filter((line) => line.includes('"listening"'));
  return (JSON.parse(listening[listening.length - 1]) as { pid: number }).pid;
}

/** Ends whatever is left of what the test started. */
export async function endAll(): Promise<void> {
  for (const process of processes.splice(0)) await process.end("SIGKILL");
  for (const path of directories.splice(0)) {
    for (const pid of agentsUnder(path)) {
      if (isRunning(pid)) process.kill(pid, "SIGTERM");
      await until(() => !isRunning(pid), "the agent to end");
    }
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The agents of a data directory and of the further accounts in it: each account has one of its own, which would live on without its files. */
function agentsUnder(path: string): number[] {
  const accounts = join(path, "accounts");
  const further = existsSync(accounts) ? readdirSync(accounts).map((name) => join(accounts, name)) : [];
  return [...new Set([path, ...further].flatMap(agentsOf))];
}

/** A pool body that needs nothing but its id; `more` adds to it. */
export function poolBody(id: string, more: object = {}): object {
  return {
    id,
    vmSize: "standard_d2s_v3",
    virtualMachineConfiguration: {
      imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-focal", sku: "20_04-lts", version: "latest" },
      nodeAgentSKUId: "batch.node.ubuntu 20.04",
    },
    ...more,
  };
}
