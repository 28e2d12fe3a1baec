/** The agent as the process it is in earnest: bundled once for a test file, started, spoken to over its socket, killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { AGENT_PROTOCOL, type FromAgent, type ToAgent } from "../../runtime/agent/protocol.ts";
import { type Told, until } from "./desk.ts";

/** One program file at `path`, which starts in a tenth of the time that the sources take. */
export async function bundleAgent(path: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, "..", "..", "runtime", "agent", "main.ts")],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    logLevel: "error",
  });
}

export class AgentProcess {
  readonly child: ChildProcess;
  readonly path: string;
  log = "";

  constructor(program: string, root: string, more: readonly string[] = []) {
    this.path = join(root, "agent.sock");
    this.child = spawn(process.execPath, [program, "--root", root, "--socket", this.path, ...more], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
  }

  /** Resolves with the exit code, or the signal. */
  get gone(): Promise<number | string> {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) return Promise.resolve(exitCode ?? signalCode!);
    return new Promise((resolve) => this.child.once("exit", (code, signal) => resolve(code ?? signal!)));
  }

  /**
   * A connection on which both have said Hello, as soon as the agent listens. One that closes before was in the queue of an agent that is no more: a
   * child that it was about to start can hold its socket open for a moment longer.
   */
  async connect(): Promise<Line> {
    for (;;) {
      const socket = await new Promise<Socket | undefined>((resolve) => {
        const tried = createConnection(this.path, () => resolve(tried)).once("error", () => resolve(undefined));
      });
      if (socket !== undefined) {
        const line = new Line(socket);
        line.send({ kind: "Hello", protocol: AGENT_PROTOCOL });
        await until(() => line.closed || line.heard.length > 0);
        if (line.heard.length > 0) return line;
      }
      if (this.child.exitCode !== null) throw new Error(`the agent has ended: ${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** One connection. */
export class Line {
  readonly socket: Socket;
  readonly heard: FromAgent[] = [];
  closed = false;
  onMessage: (message: FromAgent) => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    let rest = "";
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
    });
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const message = JSON.parse(line) as FromAgent;
        this.heard.push(message);
        this.onMessage(message);
      }
    });
  }

  send(message: ToAgent): void {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }

  async told<Kind extends FromAgent["kind"]>(
    kind: Kind,
    fits: (message: Told<Kind>) => boolean = () => true,
  ): Promise<Told<Kind>> {
    const find = () =>
      this.heard.find((message) => message.kind === kind && fits(message as Told<Kind>)) as Told<Kind> | undefined;
    await until(() => find() !== undefined);
    return find()!;
  }
}
