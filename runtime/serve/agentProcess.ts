/**
 * Starts the agent: a process in a session of its own, which neither the server's end nor Ctrl-C in its terminal takes along. From a build it is the
 * bundled program beside this one, from source the agent's own file.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Log } from "../providers/log.ts";
import type { DataDirectory } from "./dataDirectory.ts";

/** Where the agent is to work, and who is told how its start went. */
interface AgentProcessOptions {
  readonly directory: DataDirectory;
  readonly log: Log;
}

/** Whoever looks for the agent at its socket finds it, or not, a while later. */
export function startAgent({ directory, log }: AgentProcessOptions): void {
  const { args, cwd } = agentProgram();
  const out = openSync(directory.agentLog, "a", 0o600);
  // An agent of a service without a data directory has nothing to live on for once the server is gone.
  const withServer = directory.temporary ? ["--with-server", String(process.pid)] : [];
  const agent = spawn(process.execPath, [...args, "--root", directory.path, "--socket", directory.socket, ...withServer], {
    detached: true,
    stdio: ["ignore", out, out],
    cwd: cwd ?? directory.path,
  });
  closeSync(out);
  agent.on("error", (error) => log("error", "agent cannot be started", { error: error.message }));
  agent.on("exit", (code, signal) => log("info", "agent ended", { agent: agent.pid, code, signal, log: directory.agentLog }));
  agent.unref();
  log("info", "agent started", { agent: agent.pid });
}

function agentProgram(): { args: string[]; cwd: string | undefined } {
  const built = new URL("./agent.js", import.meta.url);
  if (import.meta.url.endsWith(".js") && existsSync(built)) return { args: [fileURLToPath(built)], cwd: undefined };
  const source = fileURLToPath(new URL("../agent/main.ts", import.meta.url));
  return { args: ["--import", "tsx", source], cwd: fileURLToPath(new URL("../..", import.meta.url)) };
}
