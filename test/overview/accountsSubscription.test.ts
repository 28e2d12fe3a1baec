/**
 * Where nodes are allocated: out of sight for an account in batch service mode, in the owner's subscription for one in user subscription mode, which has a key
 * vault and is open to directory tokens alone. All of it lasts through a killed server.
 */
import { createDecipheriv, scryptSync } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HOME } from "../../runtime/rest/accountFacts.ts";
import { buildOnce } from "../cli/weir.ts";
import { agentPid, dataDirectory, endAll, poolBody, served } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/waiting.ts";
import { accountPath, bearer, codeOf, Owner, PLACE, Tenant } from "./owner.ts";

const PASSPHRASE = "correct horse battery staple";
const MACHINES = [
  "Microsoft.Compute/virtualMachines",
  "Microsoft.Network/networkInterfaces",
  "Microsoft.Network/publicIPAddresses",
];

let data: string;
let owner: Owner;
let token: string;

const start = (...more: string[]) => served("--fast", "--log-level", "warn", "--data", data, ...more);
const ask = (method: string, path: string, body?: unknown) => bearer(owner.endpoint, token, path, { method, body });
async function read<Body>(path: string): Promise<Body> {
  const answer = await ask("GET", path);
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
  return answer.body as Body;
}

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly managedBy?: string;
  readonly tags?: { readonly BatchAccountName: string; readonly NodeId: string };
  readonly properties?: { readonly hardwareProfile?: { readonly vmSize: string }; readonly ipAddress?: string };
}

async function resources(): Promise<Resource[]> {
  const { body } = await owner.manage("GET", `/subscriptions/${HOME.subscriptionId}/resources`);
  return (body as { value: Resource[] }).value;
}

/** What of the machines in the subscription belongs to an account. */
const machinesOf = async (account: string) =>
  (await resources()).filter(({ type, managedBy, name }) => MACHINES.includes(type) && `${managedBy}${name}`.includes(account));

const idleNodes = async (pool: string, count: number) => {
  const { value } = await read<{ value: { state: string }[] }>(`/pools/${pool}/nodes`);
  return value.length === count && value.every(({ state }) => state === "idle");
};

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  owner = new Owner(await start());
  owner.workplace.write("passphrase", `${PASSPHRASE}\n`);
  const made = owner.weir(["vault", "create", "safe", "--passphrase-file", "passphrase"]);
  if (made.code !== 0) throw new Error(made.stderr);
  const mode = ["--pool-allocation-mode", "UserSubscription", "--keyvault", "safe"];
  const account = owner.weir(["account", "create", "ownsub", ...mode]);
  if (account.code !== 0) throw new Error(account.stderr);
  token = owner.weir(["account", "token", "ownsub"]).stdout.trim();
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 30_000);

/** Opens the vault's file as anybody with the passphrase could. */
function openVault(passphrase: string): Record<string, string> {
  const file = JSON.parse(readFileSync(join(data, "vaults", "safe.json"), "utf8"));
  const bytes = (text: string) => Buffer.from(text, "base64");
  const { n: N, r, p, salt } = file.kdf;
  const key = scryptSync(passphrase, bytes(salt), 32, { N, r, p, maxmem: 256 * N * r });
  const cipher = createDecipheriv("aes-256-gcm", key, bytes(file.iv)).setAAD(Buffer.from(file.id));
  cipher.setAuthTag(bytes(file.tag));
  return JSON.parse(Buffer.concat([cipher.update(bytes(file.data)), cipher.final()]).toString("utf8"));
}

describe("the key vault", () => {
  test("row 33: user subscription mode without a vault is refused; with one, the account's secrets are in the vault and nowhere else", async () => {
    const without = { location: "local", properties: { poolAllocationMode: "UserSubscription" } };
    expect(codeOf(await owner.manage("PUT", accountPath("novault"), without))).toBe("400 KeyVaultReferenceRequired");
    const keyVaultReference = { id: `${PLACE}/Microsoft.KeyVault/vaults/nosuch`, url: "" };
    const unknown = { location: "local", properties: { ...without.properties, keyVaultReference } };
    expect(codeOf(await owner.manage("PUT", accountPath("novault"), unknown))).toBe("400 KeyVaultNotFound");
    expect((await owner.manage("GET", accountPath("novault"))).status).toBe(404);

    const kept = readFileSync(join(data, "accounts", "ownsub", "account.json"), "utf8");
    const { "batch--ownsub--primary-key": primary, ...secrets } = openVault(PASSPHRASE);
    expect(Buffer.from(primary, "base64")).toHaveLength(64);
    expect(Object.keys(secrets)).toEqual(expect.arrayContaining(["batch--ownsub--secondary-key", "batch--ownsub--token-seed"]));
    const vaultText = readFileSync(join(data, "vaults", "safe.json"), "utf8");
    for (const secret of [primary, ...Object.values(secrets)])
      for (const text of [kept, vaultText]) expect(text).not.toContain(secret);
    expect(() => openVault("a wrong passphrase")).toThrow();
    expect(statSync(join(data, "vaults", "safe.json")).mode & 0o077).toBe(0);
    expect(owner.weirJson(["vault", "show", "safe"])).toMatchObject({
      properties: { isLocked: false, secrets: expect.arrayContaining(["batch--ownsub--primary-key"]) },
    });
    const inUse = owner.weir(["vault", "delete", "safe"]);
    expect([inUse.code, inUse.stderr]).toEqual([2, expect.stringContaining("VaultInUse")]);
  });
});

test("row 31: a user subscription account answers a shared-key request with 403, even one that is signed with its own key; a token opens it", async () => {
  const { "batch--ownsub--primary-key": primary } = openVault(PASSPHRASE);
  const withKey = await new Tenant(owner.endpoint, "ownsub", primary).ask("GET", "/pools");
  expect(codeOf(withKey)).toBe("403 AuthenticationFailed");
  expect(withKey.text).toContain("directory tokens only");
  expect((await ask("GET", "/pools")).status).toBe(200);
  expect(codeOf(await owner.manage("POST", `${accountPath("ownsub")}/listKeys`))).toBe("409 SharedKeyNotAllowed");
  expect((await owner.manage("GET", accountPath("ownsub"))).body).toMatchObject({
    properties: { allowedAuthenticationModes: ["AAD", "TaskAuthenticationToken"] },
  });
});

test("row 27: cloud services pools need batch service mode: 400 in a user subscription account, accepted in the other", async () => {
  const cloud = { id: "cloud", vmSize: "small", cloudServiceConfiguration: { osFamily: "4" }, targetDedicatedNodes: 0 };
  expect((await ask("POST", "/pools", cloud)).status).toBe(400);
  expect((await ask("GET", "/pools/cloud")).status).toBe(404);
  expect((await (await owner.account("batchsvc")).ask("POST", "/pools", cloud)).status).toBe(201);
});

test("rows 26 and 32: each node of a user subscription account is a VM, an interface and an IP in the subscription; nodes of a batch service account are not seen there", async () => {
  const tenant = await owner.account("unseen");
  await tenant.post("/pools", poolBody("p", { targetDedicatedNodes: 2 }));
  type Nodes = { value: { id: string; state: string }[] };
  await until(
    async () => (await tenant.get<Nodes>("/pools/p/nodes")).value.filter(({ state }) => state === "idle").length === 2,
    "two nodes",
  );
  // Not only none of this account: there are none at all.
  expect((await resources()).filter(({ type }) => MACHINES.includes(type))).toEqual([]);
  expect((await ask("POST", "/pools", poolBody("own", { targetDedicatedNodes: 2 }))).status).toBe(201);
  await until(() => idleNodes("own", 2), "two nodes in the subscription");
  expect((await machinesOf("unseen")).length).toBe(0);
  expect((await resources()).filter(({ type }) => MACHINES.includes(type))).toHaveLength(6);

  const { value: nodes } = await read<{ value: { id: string; ipAddress: string }[] }>("/pools/own/nodes");
  const machines = await machinesOf("ownsub");
  expect(machines.map(({ type }) => type).sort()).toEqual([...MACHINES, ...MACHINES].sort());
  for (const { id, ipAddress } of nodes) {
    const vm = machines.find(({ tags }) => tags?.NodeId === id);
    expect(vm).toMatchObject({ type: MACHINES[0], tags: { BatchAccountName: "ownsub" } });
    expect(vm?.properties?.hardwareProfile?.vmSize).toBe("standard_d2s_v3");
    expect(machines.filter(({ properties }) => properties?.ipAddress === ipAddress)).toHaveLength(1);
  }
  expect((await ask("POST", "/pools/own/resize", { targetDedicatedNodes: 1 })).status).toBe(202);
  await until(async () => (await machinesOf("ownsub")).length === 3, "the machines of one node");
  await until(() => idleNodes("own", 1), "the node that is left");
  // Nothing stays of a pool that goes, and what follows makes its own.
  expect((await ask("DELETE", "/pools/own")).status).toBe(202);
  await until(async () => (await machinesOf("ownsub")).length === 0, "the machines to go with the pool");
});

test("row 33: after the server was killed the account waits, locked, for its vault's passphrase, while its task runs on; then all is as it was", async () => {
  await (await owner.account("other")).post("/pools", poolBody("p", { targetDedicatedNodes: 0 }));
  expect((await ask("POST", "/pools", poolBody("kept", { targetDedicatedNodes: 1 }))).status).toBe(201);
  await until(() => idleNodes("kept", 1), "a node");
  const go = join(data, "go");
  await ask("POST", "/jobs", { id: "lasting", poolInfo: { poolId: "kept" } });
  const commandLine = `/bin/sh -c 'echo $$; until test -e ${go}; do sleep 0.1; done'`;
  await ask("POST", "/jobs/lasting/tasks", { id: "t", commandLine });
  const output = async () => (await ask("GET", "/jobs/lasting/tasks/t/files/stdout.txt")).text;
  await until(async () => /^\d+\n$/.test(await output()), "the task to run");
  const pid = Number(await output());
  await owner.server.kill();
  const { workplace } = owner;
  owner = new Owner(await start(), workplace);

  const { stdout } = owner.weir(["account", "list"]);
  expect(stdout).toMatch(/^ownsub .* locked$/m);
  expect(stdout).toMatch(/^other .* open$/m);
  expect(await (await owner.tenant("other")).get("/pools/p")).toMatchObject({ id: "p" });
  expect((await ask("GET", "/pools")).status).toBe(403);
  expect(codeOf(await owner.manage("PUT", `${accountPath("ownsub")}/applications/a`, {}))).toBe("409 VaultIsLocked");
  workplace.write("wrong", "not the passphrase");
  const wrong = owner.weir(["vault", "unlock", "safe", "--passphrase-file", "wrong"]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("WrongPassphrase")]);
  expect(isRunning(pid)).toBe(true);

  expect(owner.weir(["vault", "unlock", "safe", "--passphrase-file", "passphrase"]).code).toBe(0);
  expect(owner.weir(["account", "list"]).stdout).toMatch(/^ownsub .* open$/m);
  type Task = { state: string; executionInfo: { requeueCount: number; exitCode?: number } };
  const task = () => read<Task>("/jobs/lasting/tasks/t");
  expect(await task()).toMatchObject({ state: "running" });
  writeFileSync(go, "");
  await until(async () => (await task()).state === "completed", "the task to end");
  expect((await task()).executionInfo).toMatchObject({ exitCode: 0, requeueCount: 0 });
  expect(await output()).toBe(`${pid}\n`);
  await until(async () => (await machinesOf("ownsub")).length === 3, "the machines of its node");
});

test("a server that is started with the passphrase opens the vault itself; deleting the account ends its nodes and takes its secrets out", async () => {
  await owner.server.kill();
  const { workplace } = owner;
  process.env.WEIR_VAULT_PASSPHRASE = PASSPHRASE;
  try {
    owner = new Owner(await start(), workplace);
  } finally {
    delete process.env.WEIR_VAULT_PASSPHRASE;
  }
  // After a server that was killed as well: the pool is there, or may be made.
  const isThere = (await ask("GET", "/pools/kept")).status === 200;
  if (!isThere) expect((await ask("POST", "/pools", poolBody("kept", { targetDedicatedNodes: 1 }))).status).toBe(201);
  await until(() => idleNodes("kept", 1), "the node");
  const agent = agentPid(join(data, "accounts", "ownsub"));
  expect(owner.weir(["account", "delete", "ownsub"]).code).toBe(0);
  await until(() => !isRunning(agent), "the account's agent to end");
  expect(existsSync(join(data, "accounts", "ownsub"))).toBe(false);
  expect(openVault(PASSPHRASE)).toEqual({});
  expect(await machinesOf("ownsub")).toEqual([]);
  expect((await ask("GET", "/pools")).status).toBe(403);
});
