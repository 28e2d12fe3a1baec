/**
 * The data directory: where everything of a service lies, and who may read it. A service without one gets a temporary directory, which its agent needs
 * for the nodes, and which goes when the service ends.
 *
 *     <data>/weir.db  account.json  lock  agent.sock  packages/<application>/<version>.zip  nodes/<pool>.<node>/  agent/
 *     <data>/issuer.json  vaults/<name>.json  accounts/<name>/…the same for each further account
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ServeProblem, systemReason } from "./serveProblem.ts";

/** Where everything lies; all paths are absolute. */
export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  readonly temporary: boolean;
  readonly database: string;
  readonly account: string;
  readonly socket: string;
  readonly packages: string;
  readonly nodes: string;
  readonly agent: string;
  readonly agentLog: string;
  readonly certificate: string;
  /** Holds the URL of the service that runs on it, for commands of this machine. */
  readonly endpoint: string;
}

/** The path of a Unix socket has to fit into 108 bytes. */
const SOCKET_BYTES_MAX = 100;

/** Makes it where it is missing. Throws ServeProblem when that cannot be done. */
export function openDataDirectory(data: string | undefined): DataDirectory {
  const path = data === undefined ? mkdtempSync(join(tmpdir(), "weir-")) : resolve(data);
  const directory = layout(path, data === undefined);
  try {
    // Tasks read and write below; nobody else of this machine should look into it. One that was there keeps its mode.
    makeDirectories(path);
    makeParts(directory);
  } catch (error) {
    throw new ServeProblem(`data directory ${path}: ${systemReason(error)}; name another one with --data`);
  }
  return directory;
}

/** One after the other: the recursive way of Node never ends where a file system says that a directory whose parent is there cannot be, as /proc does. */
function makeDirectories(path: string): void {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) mkdirSync(each, { mode: 0o700 });
}

/** The directories within. */
export function makeParts({ packages, nodes, agent }: DataDirectory): void {
  for (const part of [packages, nodes, agent]) mkdirSync(part, { recursive: true });
}

/** Where things lie in a data directory, there or not. */
export function layout(path: string, temporary: boolean): DataDirectory {
  const agent = join(path, "agent");
  return {
    path,
    temporary,
    database: join(path, "weir.db"),
    account: join(path, "account.json"),
    socket: socketPath(path),
    packages: join(path, "packages"),
    nodes: join(path, "nodes"),
    agent,
    agentLog: join(agent, "agent.log"),
    certificate: join(path, "certificate.pem"),
    endpoint: join(path, "endpoint"),
  };
}

function socketPath(path: string): string {
  const within = join(path, "agent.sock");
  if (Buffer.byteLength(within) <= SOCKET_BYTES_MAX) return within;
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 24);
  return join(tmpdir(), `weir-${process.getuid?.() ?? 0}-${hash}.sock`);
}

/** Of a temporary one everything goes. */
export function removeTemporary({ temporary, path, socket }: DataDirectory): void {
  if (!temporary) return;
  rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  rmSync(socket, { force: true });
}
