/**
 * `weir serve` as a process of the built command, on a port and in a directory of its own. Everything that was started is ended by its process id when
 * the test is over, agents too.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, ask } from "../../runtime/serve/client.ts";
import { commandPath } from "../cli/weir.ts";

export interface ServedDocument {
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
  readonly pid: number;
  readonly data: string | null;
  readonly certificate: string | null;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Served {
  readonly process: ChildProcess;
  readonly document: ServedDocument;
  readonly readyMs: number;
  readonly ended: Promise<Ended>;

  constructor(process: ChildProcess, document: ServedDocument, readyMs: number, ended: Promise<Ended>) {
    this.process = process;
    this.document = document;
    this.readyMs = readyMs;
    this.ended = ended;
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

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Ended> {
    this.process.kill(signal);
    return this.ended;
  }
}

const children: ChildProcess[] = [];
const directories: string[] = [];

/** A data directory of the test's own. */
export function dataDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "weir-served-"));
  directories.push(path);
  return path;
}

/** Starts and waits until it has said that it is ready. Rejects with what it said when it ended instead. */
export async function served(...args: string[]): Promise<Served> {
  const began = performance.now();
  const { child, ended, output } = run(args);
  const document = await new Promise<ServedDocument>((resolve, reject) => {
    child.stdout?.on("data", () => {
      if (output.stdout.trimEnd().endsWith("}")) resolve(JSON.parse(output.stdout) as ServedDocument);
    });
    void ended.then((how) => reject(new Error(`weir serve ended with ${how.code}: ${how.stderr}`)));
  });
  const readyMs = performance.now() - began;
  const server = new Served(child, document, readyMs, ended);
  await until(async () => (await server.ask("GET", "/healthz")).status === 200, "the service to be healthy");
  return server;
}

/** Runs `weir serve` that is expected to end by itself. */
export function servedToEnd(...args: string[]): Promise<Ended> {
  return run(args).ended;
}

function run(args: readonly string[]) {
  const child = spawn(process.execPath, [commandPath, "serve", "--json", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (text) => {
    output.stdout += text;
  });
  child.stderr?.on("data", (text) => {
    output.stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...output })));
  return { child, ended, output };
}

/** Polls until the condition holds; 15 s is far more than any of them takes. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 15_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Process id of the agent of a data directory. */
export function agentPid(directory: string): number {
  const log = readFileSync(join(directory, "agent", "agent.log"), "utf8")
    .trim()
    .split("\n");
  const listening = log.filter((line) => line.includes('"listening"'));
  return (JSON.parse(listening[listening.length - 1]) as { pid: number }).pid;
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false;
  }
}

/** Ends whatever is left of what the test started. */
export async function endAll(): Promise<void> {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
  }
  for (const path of directories.splice(0)) {
    if (existsSync(join(path, "agent", "agent.log"))) {
      const pid = agentPid(path);
      if (isRunning(pid)) process.kill(pid, "SIGTERM");
      await until(() => !isRunning(pid), "the agent to end");
    }
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  }
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
