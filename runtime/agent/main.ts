/**
 * The agent's program: `--root DIR --socket PATH [--with-server PID]`. It is started once for a data directory and outlives the servers that talk to it; a
 * second one for the same root ends at once with exit code 3. With a server, it ends when that process has gone, and takes its root along. SIGTERM and
 * SIGINT end all tasks and then the agent, as the message Shutdown does; SIGHUP is not heard. Log lines are JSON documents on standard error.
 */
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { Agent } from "./agent.ts";
import { Connections } from "./connection.ts";
import { statOf } from "./leftovers/processes.ts";
import type { AgentLog } from "./log.ts";
import { takeRoot } from "./onlyOne.ts";

/** Exit codes: 2 for what the caller has to mend, 3 when there is an agent already. */
const USAGE = 2;
const ALREADY = 3;
/** How often it is looked whether the server is still there. */
const SERVER_WATCH_MS = 1_000;

const log: AgentLog = (event, fields) => {
  process.stderr.write(`${JSON.stringify({ time: Date.now(), pid: process.pid, event, ...fields })}\n`);
};

/** What tasks make can be read by others, whoever has started the service. */
const TASKS_MASK = 0o022;

async function main(): Promise<number> {
  process.umask(TASKS_MASK);
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { root: text, socket: text, "with-server": text } });
  const { root, socket } = values;
  if (root === undefined || socket === undefined) throw new Error("usage: agent --root DIR --socket PATH");
  const release = await takeRoot(root);
  if (release === undefined) {
    log("alreadyRunning", { root });
    return ALREADY;
  }
  const agent = await Agent.open({ root, log });
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  process.on("SIGHUP", () => {});
  const connections = new Connections({ agent, socket, log, onShutdown: stop });
  const server = values["with-server"];
  const isServerThere = server === undefined ? undefined : presence(Number(server));
  const watch = setInterval(() => {
    if (isServerThere?.() === false) stop();
  }, SERVER_WATCH_MS);
  await connections.listen();
  log("listening", { root, socket, launcher: agent.launchers.kind });
  await stopped;
  await agent.close();
  await connections.close();
  release();
  clearInterval(watch);
  // Nobody else would: a server that had no data directory does not come back.
  if (isServerThere?.() === false) rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  log("stopped", {});
  return 0;
}

/** Whether the process that has this number now is still there; one that gets the number later is another. */
function presence(pid: number): () => boolean {
  const startTicks = statOf(pid)?.startTicks;
  return () => {
    const now = statOf(pid)?.startTicks;
    // Without /proc the number alone has to do.
    if (startTicks === undefined && now === undefined && process.platform !== "linux") return isSignalled(pid);
    return startTicks !== undefined && now === startTicks;
  };
}

function isSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    log("failed", { message: error.message });
    process.exit(USAGE);
  },
);
