/**
 * One `sshd` for one node, as a process of the agent's: its own configuration, host key, users and log, listening on loopback only. It gets the first free port
 * from 50000 upward, or the one the node had before.
 *
 *     host key made once ──→ sshd on a port ── taken ──→ the next port        "Server listening on …" in its log: it is ready
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { allProcesses, descendantsOf, endProcess, statOf } from "../leftovers/processes.ts";
import type { LoginPrograms } from "./programs.ts";
import { type UserFiles, userFilesIn } from "./userFiles.ts";

/** Where all nodes' servers listen: the one address behind which nodes differ by port (P-183). */
export const LOGIN_ADDRESS = "127.0.0.1";
/** Ports of remote logins (P-183); what the service keeps free of anything else is as wide (P-175). */
const PORT_MIN = 50_000;
const PORT_MAX = 55_000;
/** How long a new server may take until it answers, and how often it is asked; milliseconds. */
const READY_MS_MAX = 10_000;
const READY_EVERY_MS = 15;
/** The log is begun anew when it is longer than this. */
const LOG_BYTES_MAX = 1_048_576;
/** Where sshd locks itself in before anybody has logged in, when it runs as root; compiled into it. */
const SEPARATION_DIRECTORY = "/run/sshd";

/** What a server is started with. */
export interface SshServerOptions {
  readonly programs: LoginPrograms;
  /** Absolute; all files of this node's login are in it. */
  readonly directory: string;
  /** Set in the environment of whoever logs in: how their processes are found again. */
  readonly mark: string;
  /** Ports that others of this agent have. */
  readonly taken: ReadonlySet<number>;
}

/** A server that answers. */
export class SshServer {
  readonly port: number;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
  }

  /** Starts one and waits until it answers. Rejects with why it does not. */
  static async start(options: SshServerOptions): Promise<SshServer> {
    const { directory, taken } = options;
    await prepare(options);
    const before = portBefore(directory);
    const ports = Array.from({ length: PORT_MAX - PORT_MIN }, (_, i) => PORT_MIN + i);
    for (const port of before === undefined ? ports : [before, ...ports]) {
      if (taken.has(port) || (await isAnswered(port))) continue;
      const child = await startAt(port, options);
      if (child === undefined) continue;
      writeFileSync(join(directory, "port"), `${port}\n`);
      return new SshServer(child, port);
    }
    throw new Error(`no port from ${PORT_MIN} to ${PORT_MAX - 1} is free`);
  }

  get isRunning(): boolean {
    return isRunning(this.child);
  }

  /** Ends the server with all who are in, or on their way in; what they left running without it is the caller's matter. */
  async close(): Promise<void> {
    const { pid } = this.child;
    if (!this.isRunning || pid === undefined) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    // Stopped first, so that nobody is let in between looking and ending.
    this.child.kill("SIGSTOP");
    for (const inside of descendantsOf(pid, allProcesses())) endProcess(inside.pid);
    this.child.kill("SIGKILL");
    await ended;
  }
}

/** Ends the server that an agent before this one has left in `directory`, if it is the same process still. */
export function endLeftServer(directory: string): void {
  try {
    const [pid, startTicks] = readFileSync(join(directory, "pid"), "utf8").split(" ").map(Number);
    if (statOf(pid)?.startTicks === startTicks) endProcess(pid);
  } catch {
    // There was none.
  }
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

async function prepare({ directory, programs }: SshServerOptions): Promise<void> {
  if (process.getuid?.() === 0 && !existsSync(SEPARATION_DIRECTORY)) {
    try {
      mkdirSync(SEPARATION_DIRECTORY, { mode: 0o755 });
    } catch (error) {
      throw new Error(`sshd needs the directory ${SEPARATION_DIRECTORY}: ${(error as Error).message}`);
    }
  }
  const key = join(directory, "host_key");
  if (!existsSync(key)) await promisify(execFile)(programs.keygen, ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
}

/** The process, once it answers; undefined when somebody else has the port. */
async function startAt(port: number, options: SshServerOptions): Promise<ChildProcess | undefined> {
  const { directory, programs } = options;
  const files = userFilesIn(directory);
  const config = join(directory, "sshd_config");
  const log = join(directory, "sshd.log");
  writeFileSync(config, configuration(port, options, files), { mode: 0o600 });
  if (existsSync(log) && statSync(log).size > LOG_BYTES_MAX) truncateSync(log);
  const out = openSync(log, "a", 0o600);
  const from = statSync(log).size;
  // -r: the process that answers is forked and not started anew, which would lose it the users.
  const child = spawn(programs.sshd, ["-r", "-D", "-e", "-f", config], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", "ignore", out],
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      LD_PRELOAD: programs.wrapper,
      NSS_WRAPPER_PASSWD: files.passwd,
      NSS_WRAPPER_GROUP: files.group,
      NSS_WRAPPER_SHADOW: files.shadow,
    },
  });
  closeSync(out);
  let failure: Error | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  if (child.pid !== undefined) writeFileSync(join(directory, "pid"), `${child.pid} ${statOf(child.pid)?.startTicks ?? 0}`);
  for (const end = performance.now() + READY_MS_MAX; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, READY_EVERY_MS));
    if (failure !== undefined) throw failure;
    const isAlive = isRunning(child);
    // By its own word: whoever answers at the port may be another.
    const said = readFileSync(log).subarray(from).toString("utf8").trim();
    if (/^Server listening on /m.test(said)) return child;
    if (isAlive) continue;
    if (/Address already in use/.test(said)) return undefined;
    throw new Error(`sshd ended: ${said.split("\n").at(-1) ?? "it said nothing"}`);
  }
  child.kill("SIGKILL");
  throw new Error("sshd did not come up");
}

/** Whether somebody listens there. */
function isAnswered(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOGIN_ADDRESS);
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(READY_MS_MAX / 2, () => answer(false));
    socket.on("error", () => answer(false));
    socket.on("connect", () => answer(true));
  });
}

function portBefore(directory: string): number | undefined {
  try {
    const port = Number(readFileSync(join(directory, "port"), "utf8"));
    return port >= PORT_MIN && port < PORT_MAX ? port : undefined;
  } catch {
    return undefined;
  }
}

/** No PAM, which knows the machine's users only; everybody has the agent's identity, so `root` is not a special one here. */
function configuration(port: number, { directory, mark }: SshServerOptions, { keys }: UserFiles): string {
  const lines: (readonly [name: string, value: string])[] = [
    ["ListenAddress", `${LOGIN_ADDRESS}:${port}`],
    ["HostKey", quoted(join(directory, "host_key"))],
    ["PidFile", "none"],
    ...keysOf(join(keys.replaceAll("%", "%%"), "%u")),
    ["PubkeyAuthentication", "yes"],
    ["PasswordAuthentication", "yes"],
    ["KbdInteractiveAuthentication", "no"],
    ["UsePAM", "no"],
    ["PermitRootLogin", "yes"],
    ["PermitUserEnvironment", "no"],
    ["StrictModes", "no"],
    ["X11Forwarding", "no"],
    ["UseDNS", "no"],
    ["PrintMotd", "no"],
    ["PrintLastLog", "no"],
    ["SetEnv", quoted(mark)],
    ["Subsystem", "sftp internal-sftp"],
    ["LogLevel", "INFO"],
  ];
  return lines.map(([name, value]) => `${name} ${value}\n`).join("");
}

/** A key file is read as the user that it is for, who may not look into our directory; where sshd is root it has it read as root. */
function keysOf(file: string): [name: string, value: string][] {
  if (process.getuid?.() !== 0) return [["AuthorizedKeysFile", quoted(file)]];
  const cat = ["/usr/bin/cat", "/bin/cat"].find((path) => existsSync(path)) ?? "/bin/cat";
  return [
    ["AuthorizedKeysFile", "none"],
    ["AuthorizedKeysCommand", `${cat} ${quoted(file)}`],
    ["AuthorizedKeysCommandUser", "root"],
  ];
}

const quoted = (text: string) => `"${text}"`;

/** Why a path cannot be named in sshd's and the users' files; undefined when it can. */
export function unusablePath(path: string): string | undefined {
  return /[":\\\n\r]/.test(path) ? `the path ${JSON.stringify(path)} holds a colon, a quote or a line break` : undefined;
}
