/** Logins outlast the server, and are there again after the node's agent was killed; an ordinary user can run the service and log in to its nodes too. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildOnce, commandPath } from "../cli/weir.ts";
import { agentPid, dataDirectory, endAll, type Served, served } from "../serve/servedProcess.ts";
import { testCertificate } from "../support/certificates.ts";
import { isRunning } from "../support/processes.ts";
import type { Ready } from "../support/serveProcess.ts";
import { eventually, until } from "../support/waiting.ts";
import { AtWork, shell } from "./poolAtWork.ts";
import { type LoginSettings, noLoginHere, SshClient } from "./sshClient.ts";
import { ask } from "../../runtime/serve/client.ts";
import { poolBody } from "../serve/servedProcess.ts";

const REASON = noLoginHere();
const NODE = "/pools/p/nodes/tvm-1";
let ssh: SshClient;

beforeAll(() => {
  buildOnce();
  ssh = new SshClient();
}, 120_000);
afterAll(async () => {
  ssh.clear();
  await endAll();
}, 30_000);

const settings = (server: Served) => server.get<LoginSettings>(`${NODE}/remoteloginsettings`);

it.skipIf(REASON !== undefined)(
  "who was let in can log in while the server is away and after it has come back; an agent that was killed takes the SSH server along, and the next one starts it again",
  async () => {
    const data = dataDirectory();
    let server = await served("--fast", "--log-level", "warn", "--data", data);
    await new AtWork(server).addIdlePool("p", 1);
    await server.post(`${NODE}/users`, { name: "ann", sshPublicKey: ssh.publicKey });
    const to = await settings(server);
    await server.kill();
    expect((await ssh.byKey(to, "ann", "pwd")).code).toBe(0);
    server = await served("--fast", "--log-level", "warn", "--data", data);
    expect(await settings(server)).toMatchObject({ remoteLoginPort: to.remoteLoginPort });
    expect((await server.ask("PUT", `${NODE}/users/ann`, { password: "new" })).status).toBe(200);
    expect((await ssh.byKey(to, "ann", "pwd")).code).toBe(255);
    expect((await ssh.byPassword(to, "ann", "new", "pwd")).code).toBe(0);
    const old = agentPid(data);
    process.kill(old, "SIGKILL");
    await until(() => !isRunning(old), "the agent to go");
    const again = await eventually("the login to be there again", async () => {
      const answer = await server.ask("GET", `${NODE}/remoteloginsettings`);
      return answer.status === 200 && agentPid(data) !== old ? (answer.body as LoginSettings) : undefined;
    });
    expect((await ssh.byPassword(again, "ann", "new", "pwd")).code).toBe(0);
    await eventually("one of the two agents' servers to be left", () => (sshServers(data) === 1 ? true : undefined));
    await server.kill("SIGTERM");
  },
);

/** How many SSH servers listen for nodes of a data directory, by their command lines. */
function sshServers(data: string): number {
  const found = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return found.filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return line.includes(`${data}/agent/logins/`) && line.includes("[listener]");
    } catch {
      return false;
    }
  }).length;
}

it.skipIf(REASON !== undefined || process.getuid?.() !== 0)(
  "with users of their own for tasks, whoever is no administrator logs in as the tasks' user: reads what tasks wrote and the certificates for those who log in, and neither the node's store of them nor the account's key (P-163, P-180)",
  async () => {
    const data = dataDirectory();
    const server = await served("--fast", "--log-level", "warn", "--data", data, "--task-users");
    const weir = new AtWork(server);
    const { thumbprint, cer } = testCertificate();
    const reference = { thumbprint, thumbprintAlgorithm: "sha1" };
    await server.post("/certificates", { ...reference, data: cer, certificateFormat: "cer" });
    await weir.addIdlePool("p", 1, { certificateReferences: [reference] });
    await weir.addJob("j", "p", [shell(`id -u; test -r $AZ_BATCH_CERTIFICATES_DIR/sha1-${thumbprint}.cer`)]);
    await weir.completed("j");
    expect((await weir.task("j", "t1")).executionInfo.exitCode).toBe(0);
    const taskUser = await weir.output("j", "t1");
    await server.post(`${NODE}/users`, { name: "ann", sshPublicKey: ssh.publicKey, password: "right" });
    await server.post(`${NODE}/users`, { name: "admin", sshPublicKey: ssh.publicKey, isAdmin: true });
    const to = await settings(server);
    expect((await ssh.byKey(to, "ann", "id -u; cat workitems/j/job-1/t1/stdout.txt")).stdout).toBe(taskUser + taskUser);
    expect((await ssh.byPassword(to, "ann", "right", "pwd")).stdout).toMatch(/\/nodes\/p\.tvm-1\n$/);
    const read = await ssh.byKey(to, "ann", "base64 -w 0 certs/*.cer; ls volatile/certs || cat ../../account.json");
    expect([read.stdout, read.stderr.match(/Permission denied/g)?.length]).toEqual([cer, 2]);
    await server.post(`${NODE}/reboot`, {});
    await weir.reaches("p", "tvm-1", "idle");
    const again = await settings(server);
    expect((await ssh.byKey(again, "ann", "cat certs/*.cer | wc -c")).stdout.trim()).toBe(
      `${Buffer.from(cer, "base64").length}`,
    );
    expect((await ssh.byKey(to, "admin", "id -u")).stdout).toBe("0\n");
    expect((await ssh.byKey(to, "root", "pwd")).code).toBe(255);
    await server.kill("SIGTERM");
  },
);

const NOBODY = 65_534;
const OTHER = REASON ?? (process.getuid?.() !== 0 ? "only root can become another user" : undefined);
const canBecome = OTHER === undefined && spawnSync("setpriv", ["--version"]).status === 0;

it.skipIf(!canBecome)("a service that an ordinary user has started lets users in by key and by password", async () => {
  // The built command where that user can read it.
  const folder = mkdtempSync(join(tmpdir(), "weir-nobody-"));
  chmodSync(folder, 0o755);
  cpSync(dirname(commandPath), join(folder, "cli"), { recursive: true });
  const home = join(folder, "home");
  mkdirSync(home);
  chownSync(home, NOBODY, NOBODY);
  const args = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", process.execPath, join(folder, "cli", "weir.js")];
  const child = spawn("setpriv", [...args, "serve", "--json", "--fast", "--listen", "127.0.0.1:0", "--log-level", "warn"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: home },
  });
  try {
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    const {
      endpoint,
      account: name,
      key,
    } = await eventually("the service", () => {
      try {
        return JSON.parse(said) as Ready;
      } catch {
        return undefined;
      }
    });
    const request = (method: string, path: string, body?: unknown) =>
      ask({ endpoint, account: { name, key } }, method, path, body);
    await request("POST", "/pools", poolBody("p", { targetDedicatedNodes: 1 }));
    const add = () => request("POST", `${NODE}/users`, { name: "ann", sshPublicKey: ssh.publicKey, password: "right" });
    await until(async () => (await add()).status === 201, "the node to take a user", 50);
    const to = (await request("GET", `${NODE}/remoteloginsettings`)).body as LoginSettings;
    expect((await ssh.byKey(to, "ann", "id -u")).stdout).toBe(`${NOBODY}\n`);
    expect((await ssh.byPassword(to, "ann", "right", "id -u")).stdout).toBe(`${NOBODY}\n`);
    expect((await ssh.byPassword(to, "ann", "wrong", "id -u")).code).toBe(255);
  } finally {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
