/**
 * The connection to the agent: messages out in one write a turn, lines in as messages, and a new connection, with a new agent if there is none, for
 * as long as nobody closes it. Everything that has to survive a broken connection is the owner's: it is told of each Hello and each loss.
 *
 *     open → connect ──refused──→ start an agent, try again ──Hello──→ ready ──socket closes, or nothing is heard──→ lost → connect …
 *
 * An agent that hangs keeps its socket open. So it is asked for a sign of life, and one that gives none is as good as gone: the new connection waits in
 * its queue, and its Hello comes when it goes on.
 */
import { createConnection, type Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { AGENT_PROTOCOL, type FromAgent, type ToAgent } from "../../agent/protocol.ts";
import type { Log } from "../log.ts";

/** What an agent says first: its root, its nodes, what runs and what has ended. */
export type AgentHello = Extract<FromAgent, { kind: "Hello" }>;

/** Where the agent is, how to get one, and who is told. */
interface AgentLinkOptions {
  /** Path of the agent's Unix socket. */
  readonly socket: string;
  /** Starts an agent that will listen there; called when nobody does, at most once in five seconds while none comes up. */
  readonly startAgent: () => void;
  /** How often the agent is asked for a sign of life, milliseconds of real time. Default 5,000. */
  readonly heartbeatMs?: number;
  readonly onHello: (hello: AgentHello) => void;
  readonly onMessage: (message: Exclude<FromAgent, { kind: "Hello" | "Pong" }>) => void;
  /** The agent, or the way to it, is gone; a new connection is being sought. */
  readonly onLost: () => void;
  readonly log: Log;
}

/** How long after a connection that failed the next is tried: longer each time, up to a tenth of a second, and a second where talking is in vain. */
const RETRY_MS_MIN = 10;
const RETRY_MS_MAX = 100;
const RETRY_MS_DISTRUSTED = 1_000;
/** An agent that was started and was never heard is given this long before another one is. */
const START_GAP_MS = 5_000;
/** How often a sign of life is asked for, unless another time is given. */
const HEARTBEAT_MS = 5_000;
/** So many times in a row nothing came back: contact is lost. Counted, not timed: while this process slept nobody was asked. */
const UNANSWERED_MAX = 3;
/** How long an agent may take to end everything. */
const SHUTDOWN_MS = 10_000;
/** How long one that is on its way up is waited for before it is told to end: left behind, it would stay. */
const COMING_MS = 15_000;
/** A line longer than this is no message of an agent. */
const LINE_LENGTH_MAX = 64 * 1024 * 1024;

/** The way to the agent, broken or not. */
export class AgentLink {
  private readonly options: AgentLinkOptions;
  private socket: Socket | undefined = undefined;
  private retry: NodeJS.Timeout | undefined = undefined;
  private outgoing: string[] = [];
  private flushing = false;
  private closed = false;
  /** There is a connection, or another try will be made. */
  private seeking = false;
  /** No agent is started any more: the one there is, if any, is to end. */
  private ending = false;
  private startedAt = Number.NEGATIVE_INFINITY;
  private heartbeat: NodeJS.Timeout | undefined = undefined;
  private unanswered = 0;
  private retryMs = RETRY_MS_MIN;
  /** Hello has come: what is sent now arrives. */
  ready = false;
  /** Of the agent that is connected. */
  pid: number | undefined = undefined;

  constructor(options: AgentLinkOptions) {
    this.options = options;
  }

  open(): void {
    if (this.closed) return;
    this.seeking = true;
    const socket = createConnection(this.options.socket);
    this.socket = socket;
    let connected = false;
    socket.on("connect", () => {
      connected = true;
      socket.write(`${JSON.stringify({ kind: "Hello", protocol: AGENT_PROTOCOL })}\n`);
    });
    socket.on("error", () => {});
    socket.on("close", () => this.lost(socket, connected));
    this.read(socket);
  }

  /** Sends when the present turn of the event loop is over, in order; dropped when there is no agent, who will be told by the next Hello's answer. */
  send(message: ToAgent): void {
    if (!this.ready) return;
    this.outgoing.push(JSON.stringify(message));
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  /** Ends the connection for good; the agent goes on. Resolves when what was sent has left. */
  close(): Promise<void> {
    const socket = this.letGo();
    if (socket === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.end(() => socket.destroy());
      setTimeout(() => socket.destroy(), 1_000).unref();
    });
  }

  /**
   * Tells the agent to end with everything it runs; resolves when it has closed the connection, or has not for too long. One that was started and has not
   * been heard yet would stay behind, so it is waited for.
   */
  async shutDown(): Promise<void> {
    this.ending = true;
    for (const end = performance.now() + COMING_MS; this.seeking && !this.ready && performance.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS_MIN));
    this.send({ kind: "Shutdown" });
    const socket = this.letGo();
    if (socket === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), SHUTDOWN_MS);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Sends what waits and seeks no more; the connection that has still to be closed, if there is one. */
  private letGo(): Socket | undefined {
    this.closed = true;
    clearTimeout(this.retry);
    clearInterval(this.heartbeat);
    this.flush();
    this.ready = false;
    return this.socket?.destroyed === false ? this.socket : undefined;
  }

  private flush(): void {
    this.flushing = false;
    if (this.outgoing.length === 0) return;
    this.outgoing.push("");
    const text = this.outgoing.join("\n");
    this.outgoing = [];
    this.socket?.write(text);
  }

  private lost(socket: Socket, connected: boolean): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    clearInterval(this.heartbeat);
    this.outgoing = [];
    const wasReady = this.ready;
    this.ready = false;
    this.pid = undefined;
    if (this.closed) return;
    if (wasReady) this.options.onLost();
    const now = performance.now();
    const waitedMs = now - this.startedAt;
    if (this.ending && !connected && waitedMs > COMING_MS) {
      this.seeking = false;
      return;
    }
    if (!this.ending && !connected && waitedMs > START_GAP_MS) {
      this.startedAt = now;
      this.start();
    }
    this.retry = setTimeout(() => this.open(), this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, RETRY_MS_MAX);
  }

  private start(): void {
    try {
      this.options.startAgent();
    } catch (error) {
      this.options.log("error", "agent cannot be started", { error });
    }
  }

  private read(socket: Socket): void {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    socket.on("data", (chunk: Buffer) => {
      const text = rest + decoder.write(chunk);
      let from = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        if (!this.take(socket, text.slice(from, end))) return;
        from = end + 1;
      }
      rest = from === 0 ? text : text.slice(from);
      if (rest.length > LINE_LENGTH_MAX) this.distrust(socket, "a line that does not end");
    });
  }

  /** Whether the connection is still good. */
  private take(socket: Socket, line: string): boolean {
    if (this.socket !== socket || this.closed) return false;
    let message: FromAgent;
    try {
      message = JSON.parse(line) as FromAgent;
    } catch {
      this.distrust(socket, "a line that is no JSON document");
      return false;
    }
    this.unanswered = 0;
    if (message.kind !== "Hello") {
      if (this.ready && message.kind !== "Pong") this.options.onMessage(message);
      return true;
    }
    if (message.protocol !== AGENT_PROTOCOL) {
      // Of another version of Weir: it may go when its tasks have ended, but nothing can be said to it.
      this.distrust(socket, `protocol ${message.protocol}, this server speaks ${AGENT_PROTOCOL}`);
      return false;
    }
    this.ready = true;
    this.retryMs = RETRY_MS_MIN;
    // It came up, so the next one may be started at once.
    this.startedAt = Number.NEGATIVE_INFINITY;
    this.pid = message.pid;
    this.listenFor(socket);
    this.options.onHello(message);
    return true;
  }

  private listenFor(socket: Socket): void {
    this.heartbeat = setInterval(() => {
      if (this.unanswered++ < UNANSWERED_MAX) {
        this.send({ kind: "Ping" });
        return;
      }
      this.options.log("error", "agent gives no sign of life", { agent: this.pid });
      socket.destroy();
    }, this.options.heartbeatMs ?? HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  private distrust(socket: Socket, what: string): void {
    this.options.log("error", "agent said something else", { what });
    this.retryMs = RETRY_MS_DISTRUSTED;
    socket.destroy();
  }
}
