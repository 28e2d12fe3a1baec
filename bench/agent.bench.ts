/**
 * Tasks that really run: a second through the agent, as a process of its own and over its socket, with directory, stdout.txt, stderr.txt, twenty variables,
 * records on disk, exit code and acknowledgement, against the rate at which a C program starts the same program and does nothing else. Then how long one
 * task takes from the order to its start. All in turns in the same run.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AGENT_PROTOCOL, type FromAgent, type ToAgent } from "../runtime/agent/protocol.ts";
import { compileLimit, limitRate, nodeRate, PROGRAM, parallelRate } from "./agentLimits.ts";
import { median, report } from "./report.ts";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "runtime", "agent", "main.ts");
const ROUNDS = 5;
const TASKS = 1_500;
const NODES = 4;
/** Tasks in the hands of the agent at the same time. */
const TOGETHER = 16;

const SETTINGS: [string, string][] = Array.from({ length: 12 }, (_, i) => [`SETTING_${i}`, `value of the setting number ${i}`]);

/** A server as small as can be. */
class Driver {
  private readonly socket: Socket;
  private readonly child: ChildProcess;
  private readonly hears = new Map<string, (message: FromAgent) => void>();
  private outgoing = "";
  private nextRun = 0;

  private constructor(child: ChildProcess, socket: Socket) {
    this.child = child;
    this.socket = socket;
    let rest = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const message = JSON.parse(line) as FromAgent;
        if ("run" in message) this.hears.get(message.run)?.(message);
      }
    });
  }

  static async open(root: string): Promise<Driver> {
    const path = join(root, "agent.sock");
    const child = spawn(process.execPath, ["--import", "tsx", main, "--root", root, "--socket", path], { stdio: "ignore" });
    for (;;) {
      const socket = await new Promise<Socket | undefined>((resolve) => {
        const tried = createConnection(path, () => resolve(tried)).once("error", () => resolve(undefined));
      });
      if (socket === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      const driver = new Driver(child, socket);
      driver.send({ kind: "Hello", protocol: AGENT_PROTOCOL });
      for (let node = 0; node < NODES; node++)
        driver.send({ kind: "CreateNode", node: `n${node}`, address: "127.0.0.1", cores: 1 });
      return driver;
    }
  }

  send(message: ToAgent): void {
    if (this.outgoing === "") queueMicrotask(() => this.flush());
    this.outgoing += `${JSON.stringify(message)}\n`;
  }

  /** Milliseconds from the order to the start; resolves at the end. */
  run(): Promise<number> {
    const number = this.nextRun++;
    const run = `t${number}`;
    const orderedAt = performance.now();
    let startMs = Number.NaN;
    return new Promise((resolve, reject) => {
      this.hears.set(run, (message) => {
        if (message.kind === "Started") startMs = performance.now() - orderedAt;
        if (message.kind !== "Ended") return;
        this.hears.delete(run);
        this.send({ kind: "Ack", run });
        if (message.exitCode === 0) resolve(startMs);
        else reject(new Error(JSON.stringify(message)));
      });
      const directory = `workitems/job/job-1/task-${number}`;
      this.send({
        kind: "Run",
        run,
        node: `n${number % NODES}`,
        commandLine: PROGRAM,
        directory,
        environment: SETTINGS,
        resourceFiles: [],
        outputFiles: [],
        packages: [],
        elevated: false,
      });
    });
  }

  async rate(tasks: number): Promise<number> {
    const start = process.hrtime.bigint();
    let left = tasks;
    const worker = async () => {
      while (left-- > 0) await this.run();
    };
    await Promise.all(Array.from({ length: TOGETHER }, worker));
    return tasks / (Number(process.hrtime.bigint() - start) / 1e9);
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.send({ kind: "Shutdown" });
    await gone;
    this.socket.destroy();
  }

  private flush(): void {
    this.socket.write(this.outgoing);
    this.outgoing = "";
  }
}

/** What one agent's root reached, by round. */
interface Rates {
  readonly agent: number[];
  readonly limit: number[];
  readonly node: number[];
  readonly startMs: number[];
}

async function measure(root: string, limit: string | undefined, cores: number): Promise<Rates> {
  const driver = await Driver.open(root);
  // Code gets warm, and the launcher is compiled.
  await driver.rate(TASKS);
  const rates: Rates = { agent: [], limit: [], node: [], startMs: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const bounds = limit === undefined ? [Number.NaN] : [limitRate(limit, TASKS, cores)];
    rates.agent.push(await driver.rate(TASKS));
    if (limit !== undefined) bounds.push(limitRate(limit, TASKS, cores));
    rates.limit.push(bounds.reduce((sum, rate) => sum + rate, 0) / bounds.length);
    rates.node.push(await nodeRate(TASKS / 3, 8));
    for (let i = 0; i < 20; i++) rates.startMs.push(await driver.run());
  }
  await driver.close();
  return rates;
}

/** Prints the table: with its root on the disk for temporary files, and in memory where there is such a file system. */
export async function agentBench(): Promise<void> {
  const limit = compileLimit();
  const cores = availableParallelism();
  const table = report(`Agent: tasks that run ${PROGRAM}, a second; ${TOGETHER} at once, ${cores} processors`);
  const perSecond = { unit: "/s", better: "more" } as const;
  if (limit === undefined) table.note("no C compiler: no limit to compare with");
  const memory = existsSync("/dev/shm") && !tmpdir().startsWith("/dev/shm");
  for (const folder of memory ? [tmpdir(), "/dev/shm"] : [tmpdir()]) {
    const root = mkdtempSync(join(folder, "weir-bench-agent-"));
    const rates = await measure(root, limit, cores);
    // Round by round: other work on the machine slows both halves of one.
    const ratios = rates.agent.map((rate, round) => rate / rates.limit[round]);
    const middle = ratios.indexOf([...ratios].sort((a, b) => a - b)[ROUNDS >> 1]);
    const where = folder === "/dev/shm" ? "directories in memory" : "directories on disk";
    if (limit !== undefined) {
      const goal = { ...perSecond, floor: 0.5, moonshot: 0.85 };
      table.row(`${where}, of C posix_spawn`, rates.agent[middle], rates.limit[middle], goal);
    }
    table.row(`${where}, of node spawn`, median(rates.agent), median(rates.node), { ...perSecond, floor: 1.2, moonshot: 2.4 });
    const parallel = folder === tmpdir() ? parallelRate(200, 8) : undefined;
    if (parallel !== undefined && Number.isNaN(parallel)) table.note("GNU parallel is not installed");
    else if (parallel !== undefined) {
      table.row(`${where}, of GNU parallel`, median(rates.agent), parallel, { ...perSecond, floor: 4, moonshot: 8 });
    }
    table.note(`ratios of the rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(" ")}`);
    table.row(`${where}: order to start, ms, of 10`, median(rates.startMs), 10, { unit: "ms", floor: 1, moonshot: 0.3 });
    rmSync(root, { recursive: true, force: true });
  }
  table.finish();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await agentBench();
