/**
 * An agent under test and the server's side of it: sends messages, waits for what must come. Everything lies in a fresh directory and is ended and deleted
 * by `close`. Waiting is for events and never for time; a test that waits for what does not come fails by its own time limit.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, type AgentOptions } from "../../runtime/agent/agent.ts";
import type { FromAgent, RunDescription, RunEnding, ToAgent } from "../../runtime/agent/protocol.ts";

export type Told<Kind extends FromAgent["kind"]> = Extract<FromAgent, { kind: Kind }>;

export const freshDirectory = (): string => mkdtempSync(join(tmpdir(), "weir-agent-"));

/** Resolves when `condition` is true, looking again after each short wait. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A description with everything that is not said. */
export function description(run: string, commandLine: string, more: Partial<RunDescription> = {}): RunDescription {
  return {
    run,
    node: "n1",
    commandLine,
    directory: `workitems/job/job-1/${run}`,
    environment: [],
    resourceFiles: [],
    outputFiles: [],
    packages: [],
    elevated: false,
    ...more,
  };
}

export class Desk {
  readonly root: string;
  readonly heard: FromAgent[] = [];
  agent: Agent;
  private readonly options: Omit<AgentOptions, "root">;

  private constructor(root: string, agent: Agent, options: Omit<AgentOptions, "root">) {
    this.root = root;
    this.agent = agent;
    this.options = options;
    this.connect();
  }

  /** With one node `n1` of two cores. */
  static async open(options: Omit<AgentOptions, "root"> = {}): Promise<Desk> {
    const root = freshDirectory();
    const desk = new Desk(root, await Agent.open({ root, ...options }), options);
    desk.send({ kind: "CreateNode", node: "n1", address: "127.1.0.1", cores: 2 });
    await desk.told("NodeUp", () => true);
    return desk;
  }

  connect(): void {
    this.agent.connect((messages) => this.heard.push(...messages));
  }

  send(message: Exclude<ToAgent, { kind: "Hello" | "Ping" | "Shutdown" }>): void {
    this.agent.receive(message);
  }

  run(run: string, commandLine: string, more: Partial<RunDescription> = {}): void {
    this.send({ kind: "Run", ...description(run, commandLine, more) });
  }

  /** The first message of a kind that fits, said already or later. */
  async told<Kind extends FromAgent["kind"]>(kind: Kind, fits: (message: Told<Kind>) => boolean): Promise<Told<Kind>> {
    const find = () =>
      this.heard.find((message) => message.kind === kind && fits(message as Told<Kind>)) as Told<Kind> | undefined;
    await until(() => find() !== undefined);
    return find()!;
  }

  ended(run: string): Promise<RunEnding> {
    return this.told("Ended", (message) => message.run === run);
  }

  async started(run: string): Promise<number> {
    return (await this.told("Started", (message) => message.run === run)).pid;
  }

  endings(run: string): readonly Told<"Ended">[] {
    return this.heard.filter((message): message is Told<"Ended"> => message.kind === "Ended" && message.run === run);
  }

  /** Runs to the end. */
  async result(run: string, commandLine: string, more: Partial<RunDescription> = {}): Promise<RunEnding> {
    this.run(run, commandLine, more);
    return this.ended(run);
  }

  path(...parts: string[]): string {
    return join(this.root, "nodes", "n1", ...parts);
  }

  /** Of a run in the usual directory. */
  text(run: string, file = "stdout.txt"): string {
    return readFileSync(this.path("workitems", "job", "job-1", run, file), "utf8");
  }

  /** The agent goes in good order and another one comes. */
  async reopen(): Promise<void> {
    await this.agent.close();
    this.heard.length = 0;
    this.agent = await Agent.open({ root: this.root, ...this.options });
    this.connect();
    await this.told("Hello", () => true);
  }

  async close(): Promise<void> {
    await this.agent.close();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
  }
}
