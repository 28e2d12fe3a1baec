/**
 * An agent that does what the test says: it writes down every message of the server and answers only when told to. It listens on a real Unix socket,
 * so connections break like real ones.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGENT_PROTOCOL, type FromAgent, type RunEnding, type ToAgent } from "../../runtime/agent/protocol.ts";

type Hello = Extract<FromAgent, { kind: "Hello" }>;

/** One agent; it may die and listen again. */
export class ScriptedAgent {
  readonly directory = mkdtempSync(join(tmpdir(), "weir-scripted-"));
  readonly socket = join(this.directory, "agent.sock");
  /** Messages of the server on all connections, Hello apart. */
  readonly heard: ToAgent[] = [];
  hello: Partial<Hello> = {};
  connections = 0;
  private server: Server | undefined = undefined;
  private client: Socket | undefined = undefined;

  listen(): Promise<void> {
    this.server = createServer((socket) => this.serve(socket));
    return new Promise((resolve) => this.server?.listen(this.socket, resolve));
  }

  tell(message: FromAgent): void {
    this.client?.write(`${JSON.stringify(message)}\n`);
  }

  /** Bytes as they are. */
  write(bytes: Buffer): void {
    this.client?.write(bytes);
  }

  ended(ending: Partial<RunEnding> & { run: string }): void {
    this.tell({ kind: "Ended", ...endingOf(ending) });
  }

  /** The connection breaks, as when the agent is killed; nobody listens any more. */
  async die(): Promise<void> {
    this.client?.destroy();
    this.client = undefined;
    await new Promise((resolve) => this.server?.close(resolve));
  }

  async close(): Promise<void> {
    await this.die();
    rmSync(this.directory, { recursive: true, force: true });
  }

  of<Kind extends ToAgent["kind"]>(kind: Kind): Extract<ToAgent, { kind: Kind }>[] {
    return this.heard.filter((message): message is Extract<ToAgent, { kind: Kind }> => message.kind === kind);
  }

  private serve(socket: Socket): void {
    this.client = socket;
    this.connections++;
    let rest = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const message = JSON.parse(line) as ToAgent;
        if (message.kind !== "Hello") {
          this.heard.push(message);
          continue;
        }
        const hello: Hello = {
          kind: "Hello",
          protocol: AGENT_PROTOCOL,
          pid: 1,
          root: "/nodes",
          nodes: [],
          running: [],
          ended: [],
          ...this.hello,
        };
        this.tell(hello);
      }
    });
  }
}

/** A complete ending: exit code 0, unless it says otherwise. */
export function endingOf(ending: Partial<RunEnding> & { run: string }): RunEnding {
  const { cause = "exit" } = ending;
  return { node: "p.tvm-1", cause, endedAt: 1, ...(cause === "exit" ? { exitCode: 0 } : {}), ...ending };
}

/** What the agent would tell of itself now: runs, endings not yet acknowledged, and that many nodes, booted once. */
export function knows(agent: ScriptedAgent, running: readonly string[], ended: readonly RunEnding[] = [], nodes = 1): void {
  agent.hello = {
    running: [...running],
    ended: [...ended],
    nodes: Array.from({ length: nodes }, (_, i) => ({ node: `p.tvm-${i + 1}`, address: `127.9.9.${i + 1}`, boot: 1 })),
  };
}
