/** Forgetting what a data directory holds: pools, jobs, tasks, nodes and their files. The account, its certificate and application packages stay. */
import { createConnection } from "node:net";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AGENT_PROTOCOL } from "../agent/protocol.ts";
import { type DataDirectory, layout, makeParts } from "./dataDirectory.ts";
import { ServeProblem, systemReason } from "./serveProblem.ts";

const FORGOTTEN = ["weir.db", "weir.db-wal", "weir.db-shm", "nodes", "agent", "uploads"];
/** How long an agent that is told to end may take, milliseconds. */
const AGENT_MS = 10_000;

/**
 * Ends the agents with all they run, then removes everything, in all accounts. The caller holds the directory's lock. Accounts other than the first
 * stay, empty. Throws ServeProblem.
 */
export async function forget(directory: DataDirectory): Promise<void> {
  await forgetOne(directory);
  const accounts = join(directory.path, "accounts");
  for (const name of existsSync(accounts) ? readdirSync(accounts) : [])
    await forgetOne(layout(join(accounts, name), directory.temporary));
}

async function forgetOne(directory: DataDirectory): Promise<void> {
  await endAgent(directory.socket);
  try {
    for (const name of FORGOTTEN) rmSync(join(directory.path, name), { recursive: true, force: true, maxRetries: 5 });
    makeParts(directory);
  } catch (error) {
    throw new ServeProblem(`data directory ${directory.path} cannot be reset: ${systemReason(error)}`);
  }
}

/** Ends the agent that listens at a socket, if one does, with everything it runs; resolves when it is gone. */
export function endAgent(path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const timer = setTimeout(() => socket.destroy(), AGENT_MS);
    socket.on("connect", () =>
      socket.write(`${JSON.stringify({ kind: "Hello", protocol: AGENT_PROTOCOL })}\n${JSON.stringify({ kind: "Shutdown" })}\n`),
    );
    socket.on("data", () => {});
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
