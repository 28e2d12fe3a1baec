/** People on nodes: a real SSH login where OpenSSH is installed, users of nodes, Remote Desktop files; by HTTP and by command line. */
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { buildOnce, type Ran, Workplace } from "../cli/weir.ts";
import { endAll, type Served, served } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/waiting.ts";
import { at, AtWork, shell } from "./poolAtWork.ts";
import { type LoginSettings, noLoginHere, SshClient } from "./sshClient.ts";

const REASON = noLoginHere();
/** Service time passes so much faster than real time. */
const SCALE = 60;

let server: Served;
let weir: AtWork;
let ssh: SshClient;
const place = new Workplace();

beforeAll(async () => {
  buildOnce();
  ssh = new SshClient();
  server = await served("--fast", "--time-scale", String(SCALE), "--log-level", "warn");
  weir = new AtWork(server);
  await weir.addIdlePool("linux", 2);
  await weir.addIdlePool("windows", 1, {
    virtualMachineConfiguration: undefined,
    cloudServiceConfiguration: { osFamily: "5" },
    vmSize: "small",
  });
}, 120_000);
afterAll(async () => {
  place.clear();
  ssh.clear();
  await endAll();
}, 30_000);

const node = (id: string, pool = "linux") => `/pools/${pool}/nodes/${id}`;
const settings = (id: string) => server.get<LoginSettings>(`${node(id)}/remoteloginsettings`);
const addUser = (id: string, body: object) => server.post(`${node(id)}/users`, body);
const codeOf = async (method: string, path: string, body?: unknown) => {
  const answer = await server.ask(method, path, body);
  return [answer.status, (answer.body as { code?: string } | undefined)?.code];
};
/** The built command as a user runs it, who has told the shell whom to ask. */
const command = (...args: string[]): Ran => {
  const { endpoint, account, key } = server.document;
  const env = { AZURE_BATCH_ENDPOINT: endpoint, AZURE_BATCH_ACCOUNT: account, AZURE_BATCH_ACCESS_KEY: key };
  return place.weir(args, { env });
};
/** Service time, as far as the wire tells it: that of a change made now. */
async function serviceNow(): Promise<number> {
  await server.ask("PATCH", "/pools/linux", { metadata: [{ name: "touched", value: String(performance.now()) }] });
  return at((await weir.pool("linux")).lastModified);
}

describe.concurrent("signing in", () => {
  it.skipIf(REASON !== undefined)(
    `rows 44, 287 and 289: the connection data of a node tell where its SSH server answers; a user signs in there by key and by password and lands in the node's tree, and the machine's own users are as they were (P-183, P-184)${REASON ?? ""}`,
    async () => {
      const machine = ["/etc/passwd", "/etc/group"].map((file) => readFileSync(file, "utf8"));
      await weir.addJob("logs", "linux", [shell("echo said by a task")]);
      await weir.completed("logs");
      const { nodeInfo } = await weir.task("logs", "t1");
      const id = nodeInfo!.nodeId;
      await addUser(id, { name: "ann", sshPublicKey: ssh.publicKey, password: "Two words, ünd 1 €" });
      const to = await settings(id);
      expect(to.remoteLoginIPAddress).toBe("127.0.0.1");
      expect(to.remoteLoginPort).toBeGreaterThanOrEqual(50_000);
      const byKey = await ssh.byKey(to, "ann", "pwd; echo $USER; cat workitems/logs/job-1/t1/stdout.txt; env");
      expect(byKey).toMatchObject({ code: 0, stderr: "" });
      const [tree, name, said, ...environment] = byKey.stdout.trim().split("\n");
      expect([tree.endsWith(`/nodes/linux.${id}`), name, said]).toEqual([true, "ann", "said by a task"]);
      expect(environment.filter((entry) => entry.startsWith("AZ_BATCH_"))).toEqual([]);
      const byPassword = await ssh.byPassword(to, "ann", "Two words, ünd 1 €", "ls");
      expect(byPassword.stdout.split("\n")).toEqual(expect.arrayContaining(["shared", "startup", "workitems"]));
      expect(["/etc/passwd", "/etc/group"].map((file) => readFileSync(file, "utf8"))).toEqual(machine);
      expect((await settings(id)).remoteLoginPort).toBe(to.remoteLoginPort);
    },
  );

  it.skipIf(REASON !== undefined)(
    "row 291: nobody signs in to a node without having been created there; a wrong key or password, another node's user and a deleted user are refused too (P-181)",
    async () => {
      const [first, second] = [await settings("tvm-1"), await settings("tvm-2")];
      expect(first.remoteLoginPort).not.toBe(second.remoteLoginPort);
      expect((await ssh.byKey(first, "bob", "pwd")).stderr).toContain("Permission denied");
      expect((await ssh.byKey(first, "root", "pwd")).code).toBe(255);
      await addUser("tvm-1", { name: "bob", sshPublicKey: ssh.publicKey, password: "right" });
      expect((await ssh.byKey(first, "bob", "pwd")).code).toBe(0);
      expect((await ssh.byKey(first, "bob", "pwd", ssh.stranger)).code).toBe(255);
      expect((await ssh.byPassword(first, "bob", "wrong", "pwd")).code).toBe(255);
      expect((await ssh.byKey(second, "bob", "pwd")).code).toBe(255);
      // What an update does not name is gone.
      expect((await server.ask("PUT", `${node("tvm-1")}/users/bob`, { password: "new" })).status).toBe(200);
      expect((await ssh.byKey(first, "bob", "pwd")).code).toBe(255);
      expect((await ssh.byPassword(first, "bob", "right", "pwd")).code).toBe(255);
      expect((await ssh.byPassword(first, "bob", "new", "pwd")).code).toBe(0);
      expect((await server.ask("DELETE", `${node("tvm-1")}/users/bob`)).status).toBe(200);
      expect((await ssh.byPassword(first, "bob", "new", "pwd")).code).toBe(255);
    },
  );

  it.skipIf(REASON !== undefined)("a user whose expiry has come by the service's clock signs in no more (P-182)", async () => {
    const to = await settings("tvm-1");
    const user = async (expiresInMs: number) => ({
      sshPublicKey: ssh.publicKey,
      expiryTime: new Date((await serviceNow()) + expiresInMs * SCALE).toISOString(),
    });
    const change = async (expiresInMs: number) =>
      expect((await server.ask("PUT", `${node("tvm-1")}/users/soon`, await user(expiresInMs))).status).toBe(200);
    // Real milliseconds: long enough for any machine to sign in before it, or for none.
    await addUser("tvm-1", { name: "soon", ...(await user(600_000)) });
    expect((await ssh.byKey(to, "soon", "pwd")).code).toBe(0);
    await change(500);
    await until(async () => (await ssh.byKey(to, "soon", "pwd")).code === 255, "the user to expire", 100);
    await change(600_000);
    expect((await ssh.byKey(to, "soon", "pwd")).code).toBe(0);
  });

  it.skipIf(REASON !== undefined)(
    "a reboot ends whoever is signed in and what they left running, and keeps the users; with its node the SSH server goes",
    async () => {
      await weir.addIdlePool("going", 1);
      const path = "/pools/going/nodes/tvm-1";
      await server.post(`${path}/users`, { name: "ann", sshPublicKey: ssh.publicKey });
      const to = await server.get<LoginSettings>(`${path}/remoteloginsettings`);
      const left = await ssh.byKey(to, "ann", "nohup sleep 1000 > /dev/null 2>&1 & echo $!");
      const session = ssh.byKey(to, "ann", "touch inside; sleep 1000");
      await until(async () => (await server.ask("GET", `${path}/files/inside`)).status === 200, "the session", 20);
      const pid = Number(left.stdout);
      expect(isRunning(pid)).toBe(true);
      await server.post(`${path}/reboot`, {});
      expect((await session).code).not.toBe(0);
      await weir.reaches("going", "tvm-1", "idle");
      expect(isRunning(pid)).toBe(false);
      const again = await server.get<LoginSettings>(`${path}/remoteloginsettings`);
      expect((await ssh.byKey(again, "ann", "pwd")).code).toBe(0);
      expect((await server.ask("DELETE", "/pools/going")).status).toBe(202);
      await until(() => isClosed(again), "the node's SSH server to go");
    },
  );
});

/** Whether nobody answers at a login's port. */
function isClosed({ remoteLoginIPAddress, remoteLoginPort }: LoginSettings): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(remoteLoginPort, remoteLoginIPAddress);
    socket.on("connect", () => resolve(false)).on("error", () => resolve(true));
    socket.on("connect", () => socket.destroy());
  });
}

test("row 288: a Windows node gives a Remote Desktop file with address and port; each kind of node refuses the way of the other (P-183)", async () => {
  const answer = await server.ask("GET", `${node("tvm-1", "windows")}/rdp`);
  expect(answer.status).toBe(200);
  const lines = answer.text.split("\r\n").slice(0, -1);
  expect(lines.every((line) => /^[a-z ]+:[is]:[^:]+(?::\d+)?$/.test(line))).toBe(true);
  const { ipAddress } = await server.get<{ ipAddress: string }>(node("tvm-1", "windows"));
  expect(lines).toContain(`full address:s:${ipAddress}:3389`);
  expect(await codeOf("GET", `${node("tvm-1")}/rdp`)).toEqual([409, "OperationNotValidOnNode"]);
  expect(await codeOf("GET", `${node("tvm-1", "windows")}/remoteloginsettings`)).toEqual([409, "OperationNotValidOnNode"]);
});

test("row 292: a user is created by a request and by the command, changed and deleted by either; without the user's password being shown anywhere (P-180, L-64)", async () => {
  const users = `${node("tvm-2")}/users`;
  expect((await server.ask("POST", users, { name: "rest", password: "Hidden#1" })).status).toBe(201);
  expect(await codeOf("POST", users, { name: "REST" })).toEqual([409, "NodeUserExists"]);
  place.write("password", "Hidden#2\n");
  const created = command("node", "user", "create", "linux", "tvm-2", "typed", "--password-file", "password", "--admin");
  expect([created.code, created.stdout]).toEqual([0, ""]);
  expect(await codeOf("POST", users, { name: "typed" })).toEqual([409, "NodeUserExists"]);
  place.write("key.pub", ssh.publicKey);
  expect(command("node", "user", "update", "linux", "tvm-2", "rest", "--public-key", "key.pub").code).toBe(0);
  if (REASON === undefined) {
    const to = await settings("tvm-2");
    expect((await ssh.byKey(to, "rest", "pwd")).code).toBe(0);
    expect((await ssh.byPassword(to, "typed", "Hidden#2", "pwd")).code).toBe(0);
  }
  expect(command("node", "user", "delete", "linux", "tvm-2", "rest").code).toBe(0);
  expect((await server.ask("DELETE", `${users}/typed`)).status).toBe(200);
  const again = command("node", "user", "delete", "linux", "tvm-2", "typed");
  expect([again.code, again.stderr.includes("NodeUserNotFound")]).toEqual([2, true]);
  expect(`${created.stderr}${(await server.ask("GET", node("tvm-2"))).text}`).not.toContain("Hidden");
});

it.skipIf(REASON !== undefined)(
  "row 302: a node that is taken out of scheduling takes a new user, who signs in and reads what failed; then it works again",
  async () => {
    await weir.addIdlePool("sick", 1);
    await weir.addJob("failing", "sick", [shell("echo why it failed >&2; exit 3")]);
    await weir.completed("failing");
    const path = "/pools/sick/nodes/tvm-1";
    await server.post(`${path}/disablescheduling`, {});
    await weir.reaches("sick", "tvm-1", "offline");
    await server.post(`${path}/users`, { name: "ops", sshPublicKey: ssh.publicKey });
    const to = await server.get<LoginSettings>(`${path}/remoteloginsettings`);
    const read = await ssh.byKey(to, "ops", "cat workitems/failing/job-1/t1/stderr.txt");
    expect(read).toMatchObject({ code: 0, stdout: "why it failed\n" });
    await server.post(`${path}/enablescheduling`, {});
    await weir.reaches("sick", "tvm-1", "idle");
  },
);

test("row 308: the tool creates users on nodes and writes Remote Desktop files for them", async () => {
  place.write("password", "Hidden#3\n");
  const created = command("node", "user", "create", "windows", "tvm-1", "ann", "--password-file", "password");
  expect([created.code, created.stderr.trim()]).toEqual([0, "user ann of node tvm-1 created"]);
  expect(await codeOf("POST", `${node("tvm-1", "windows")}/users`, { name: "ann", password: "p" })).toEqual([
    409,
    "NodeUserExists",
  ]);
  expect(command("node", "rdp", "windows", "tvm-1", "--to", "ann.rdp").code).toBe(0);
  expect(place.read("ann.rdp")).toBe((await server.ask("GET", `${node("tvm-1", "windows")}/rdp`)).text);
  const refused = command("node", "rdp", "linux", "tvm-1");
  expect([refused.code, refused.stderr.includes("OperationNotValidOnNode")]).toEqual([2, true]);
});

it.skipIf(REASON !== undefined)(
  "row 290: `weir node login` asks the service for the way in and runs a command on the node by ssh, or prints what to type; the unmodified SDK gets connection data and Remote Desktop file alike",
  async () => {
    await addUser("tvm-1", { name: "cli", sshPublicKey: ssh.publicKey });
    const login = (...more: string[]) =>
      command("node", "login", "linux", "tvm-1", "--user", "cli", "--identity", ssh.identity, ...more);
    expect(login("--", "cat", "/proc/self/status").stdout).toContain("Name:\tcat");
    expect(login("--", "false").code).toBe(1);
    const { remoteLoginPort } = await settings("tvm-1");
    expect(login("--print").stdout).toContain(`ssh -p ${remoteLoginPort} -i ${ssh.identity}`);
    const { account, key, endpoint } = server.document;
    const { computeNode } = new BatchServiceClient(new BatchSharedKeyCredentials(account, key), endpoint);
    expect((await computeNode.getRemoteLoginSettings("linux", "tvm-1")).remoteLoginPort).toBe(remoteLoginPort);
    const { readableStreamBody } = await computeNode.getRemoteDesktop("windows", "tvm-1");
    const pieces: Buffer[] = [];
    for await (const piece of readableStreamBody!) pieces.push(Buffer.from(piece));
    expect(Buffer.concat(pieces).toString()).toMatch(/^full address:s:127\.\d+\.\d+\.\d+:3389\r\n/);
  },
);
