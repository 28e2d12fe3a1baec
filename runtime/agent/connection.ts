/**
 * The agent's door: a Unix socket that only its own user can open. One server at a time: a connection that says Hello takes the place of the one before
 * it, whose server is dead or will soon learn that it is not alone. A connection that ends stops nothing on the nodes.
 */
import { chmodSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import type { Agent } from "./agent.ts";
import type { AgentLog } from "./log.ts";
import { AGENT_PROTOCOL, type FromAgent, type ToAgent } from "./protocol.ts";

/** Characters of one message: a task of a megabyte fits many times over. */
const LINE_LENGTH_MAX = 64 * 1024 * 1024;
/** A server that does not read is cut off when this much waits for it; it learns all that counts when it comes back. */
const UNREAD_BYTES_MAX = 256 * 1024 * 1024;

/** Fields that have to be there for a message to be handed on; whoever can write here is trusted with their content. */
const REQUIRED: Readonly<Record<ToAgent["kind"], readonly string[]>> = {
  Hello: [],
  CreateNode: ["node", "address", "cores"],
  SizeNode: ["node", "size"],
  JoinNetwork: ["node", "network"],
  RebootNode: ["node"],
  RemoveNode: ["node"],
  Run: ["run", "node", "commandLine", "directory", "environment", "resourceFiles", "outputFiles", "packages"],
  Constrain: ["run"],
  Kill: ["run"],
  Ack: ["run"],
  RemoveFiles: ["node", "directory"],
  Retain: ["node", "directory", "retentionMs"],
  OpenLogin: ["node", "number", "users"],
  Usage: ["everyMs"],
  Ping: [],
  Shutdown: [],
};

const PONG: readonly FromAgent[] = [{ kind: "Pong" }];

export interface ConnectionOptions {
  readonly agent: Agent;
  readonly socket: string;
  readonly onShutdown: () => void;
  readonly log: AgentLog;
}

export class Connections {
  private readonly options: ConnectionOptions;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private current: Socket | undefined = undefined;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Begins to listen; a socket that an earlier agent left is taken away. Rejects with what the system says. */
  async listen(): Promise<void> {
    const { socket } = this.options;
    try {
      unlinkSync(socket);
    } catch {
      // There was none.
    }
    const mask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.once("error", reject);
        this.server.listen(socket, resolve);
      });
    } finally {
      process.umask(mask);
    }
    chmodSync(socket, 0o600);
  }

  /** Ends all connections when what was written has left, and listens no more. */
  async close(): Promise<void> {
    this.options.agent.connect(undefined);
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.end(() => socket.destroy());
    await closed;
  }

  private accept(socket: Socket): void {
    const decoder = new StringDecoder("utf8");
    // Pieces of a line whose end has not come; joined once, however long it gets.
    let pieces: string[] = [];
    let length = 0;
    this.sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.sockets.delete(socket);
      if (this.current !== socket) return;
      this.current = undefined;
      this.options.agent.connect(undefined);
    });
    socket.on("data", (chunk) => {
      const lines = decoder.write(chunk).split("\n");
      const rest = lines.pop()!;
      if (lines.length > 0) {
        lines[0] = pieces.join("") + lines[0];
        pieces = [];
        length = 0;
      }
      for (const line of lines) if (!this.take(socket, line)) return;
      pieces.push(rest);
      length += rest.length;
      if (length > LINE_LENGTH_MAX) this.refuse(socket, "a line that does not end");
    });
  }

  /** Whether the connection is still good. */
  private take(socket: Socket, line: string): boolean {
    if (socket.destroyed) return false;
    const message = readMessage(line);
    if (typeof message === "string") return this.refuse(socket, message);
    if (message.kind === "Hello") return this.hello(socket, message.protocol);
    if (this.current !== socket) return this.refuse(socket, "a message before Hello, or after another server came");
    if (message.kind === "Shutdown") this.options.onShutdown();
    else if (message.kind === "Ping") this.write(socket, PONG);
    else this.options.agent.receive(message);
    return true;
  }

  private hello(socket: Socket, protocol: number): boolean {
    if (protocol !== AGENT_PROTOCOL) {
      // It is told which one this agent speaks, and decides.
      socket.end(`${JSON.stringify({ kind: "Hello", protocol: AGENT_PROTOCOL, pid: process.pid })}\n`);
      return this.refuse(socket, `protocol ${protocol}`, false);
    }
    const before = this.current;
    this.current = socket;
    if (before !== undefined && before !== socket) before.destroy();
    this.options.agent.connect((messages) => this.write(socket, messages));
    return true;
  }

  private write(socket: Socket, messages: readonly FromAgent[]): void {
    if (socket.destroyed) return;
    socket.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
    if (socket.writableLength > UNREAD_BYTES_MAX) this.refuse(socket, "it does not read");
  }

  private refuse(socket: Socket, why: string, destroy = true): false {
    this.options.log("connectionRefused", { why });
    if (destroy) socket.destroy();
    return false;
  }
}

/** A message, or what is wrong with the line. */
function readMessage(line: string): ToAgent | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "a line that is no JSON document";
  }
  if (typeof value !== "object" || value === null) return "a line that is no message";
  const { kind } = value as { kind?: unknown };
  if (typeof kind !== "string" || !Object.hasOwn(REQUIRED, kind))
    return `a message of unknown kind ${String(kind).slice(0, 40)}`;
  const fields = value as Record<string, unknown>;
  const missing = REQUIRED[kind as ToAgent["kind"]].find((name) => fields[name] === undefined);
  return missing === undefined ? (value as ToAgent) : `a message ${kind} without ${missing}`;
}
