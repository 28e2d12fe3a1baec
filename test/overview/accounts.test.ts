/** Accounts: there has to be one; several on one server are apart in everything; they are made, listed and deleted by CLI and by management requests. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import forge from "node-forge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, served } from "../serve/servedProcess.ts";
import { until } from "../support/waiting.ts";
import { accountPath, codeOf, Owner, PLACE, Tenant } from "./owner.ts";

let owner: Owner;
let data: string;

/** A certificate as it is added. */
function selfSigned(): object {
  const keys = forge.pki.rsa.generateKeyPair({ bits: 1024 });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = "01";
  certificate.setSubject([{ name: "commonName", value: "side a" }]);
  certificate.setIssuer([{ name: "commonName", value: "side a" }]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  const bytes = Buffer.from(forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes(), "latin1");
  const thumbprint = createHash("sha1").update(bytes).digest("hex");
  return { thumbprint, thumbprintAlgorithm: "sha1", data: bytes.toString("base64"), certificateFormat: "cer" };
}

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  owner = new Owner(await served("--fast", "--log-level", "warn", "--data", data));
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 30_000);

test("row 15: who comes without a known account is turned away with 403, whatever is asked for", async () => {
  const stranger = new Tenant(owner.endpoint, "nosuchaccount", owner.server.document.key);
  const calls = [
    ["GET", "/pools"],
    ["POST", "/jobs", { id: "j", poolInfo: { poolId: "p" } }],
    ["GET", "/nothing/of/the/kind"],
  ] as const;
  for (const [method, path, body] of calls) {
    expect(codeOf(await stranger.ask(method, path, body))).toBe("403 AuthenticationFailed");
  }
  expect(await owner.server.get("/jobs")).toMatchObject({ value: [] });
});

describe("making accounts", () => {
  test("row 20: a second account of the same name in the region is refused, to the CLI and to a management request", async () => {
    expect(owner.weir(["account", "create", "unique", "--location", "local"]).code).toBe(0);
    const again = owner.weir(["account", "create", "unique", "--location", "local"]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("an account named unique exists already");
    const elsewhere = accountPath("unique").replace("/resourceGroups/weir/", "/resourceGroups/other/");
    expect(codeOf(await owner.manage("PUT", elsewhere, { location: "local" }))).toBe("409 AccountAlreadyExists");
    const { stdout } = owner.weir(["account", "list"]);
    expect(stdout.match(/^unique /gm)).toHaveLength(1);
  });

  test("L-01: names are 3 to 24 lower-case letters and digits; the service's own name is taken too", async () => {
    for (const name of ["ab", "Capital", "with-hyphen", "a".repeat(25), "__proto__"])
      expect(codeOf(await owner.manage("PUT", accountPath(name), { location: "local" })), name).toBe("400 InvalidAccountName");
    const own = owner.server.document.account;
    expect(owner.weir(["account", "create", own]).code).toBe(2);
  });

  test("row 22: the command line makes, lists, shows and deletes an account", () => {
    const made = owner.weirJson<{ name: string }>(["account", "create", "bycli"]);
    expect(made).toMatchObject({ name: "bycli", properties: { provisioningState: "Succeeded" } });
    const names = () => owner.weirJson<{ name: string }[]>(["account", "list"]).map(({ name }) => name);
    expect(names()).toContain("bycli");
    expect(owner.weirJson(["account", "show", "bycli"])).toEqual(made);
    expect(existsSync(join(data, "accounts", "bycli", "account.json"))).toBe(true);
    expect(owner.weir(["account", "delete", "bycli"]).code).toBe(0);
    expect(names()).not.toContain("bycli");
    expect(existsSync(join(data, "accounts", "bycli"))).toBe(false);
    expect(owner.weir(["account", "show", "bycli"]).code).toBe(2);
  });

  test("row 22: management requests make, list, read and delete an account; its clients are let in, and then no more", async () => {
    const made = await owner.manage("PUT", accountPath("byrest"), { location: "local" });
    expect(made.status).toBe(201);
    const tenant = await owner.tenant("byrest");
    await tenant.get("/pools");
    const listed = await owner.manage("GET", `${PLACE}/Microsoft.Batch/batchAccounts`);
    expect((listed.body as { value: { name: string }[] }).value.map(({ name }) => name)).toContain("byrest");
    expect((await owner.manage("GET", accountPath("byrest"))).body).toEqual(made.body);
    expect((await owner.manage("DELETE", accountPath("byrest"))).status).toBe(200);
    expect(codeOf(await owner.manage("GET", accountPath("byrest")))).toBe("404 ResourceNotFound");
    expect(codeOf(await tenant.ask("GET", "/pools"))).toBe("403 AuthenticationFailed");
    expect((await owner.manage("DELETE", accountPath("byrest"))).status).toBe(204);
  });

  test("L-06: the account that the service was started with cannot be deleted, and only its holder manages", async () => {
    const own = owner.server.document.account;
    expect(codeOf(await owner.manage("DELETE", accountPath(own)))).toBe("409 AccountCannotBeDeleted");
    const tenant = await owner.account("manages");
    for (const path of ["/subscriptions", accountPath(own), accountPath("manages")])
      expect(codeOf(await tenant.ask("GET", path)), path).toBe("403 AuthenticationFailed");
  });
});

test("row 24: the pool allocation mode is set when an account is made and cannot be changed later", async () => {
  await owner.account("mode", { poolAllocationMode: "BatchService" });
  const change = { properties: { poolAllocationMode: "UserSubscription" } };
  for (const method of ["PATCH", "PUT"])
    expect(codeOf(await owner.manage(method, accountPath("mode"), change))).toBe("400 PropertyChangeNotAllowed");
  expect((await owner.manage("GET", accountPath("mode"))).body).toMatchObject({
    properties: { poolAllocationMode: "BatchService" },
  });
  const unknown = { location: "local", properties: { poolAllocationMode: "Elsewhere" } };
  expect((await owner.manage("PUT", accountPath("nomode"), unknown)).status).toBe(400);
});

test("row 25: an account that is made without saying how pools are allocated is in batch service mode", async () => {
  await owner.account("plain");
  const { body } = await owner.manage("GET", accountPath("plain"));
  expect(body).toMatchObject({ properties: { poolAllocationMode: "BatchService" } });
  expect(owner.weir(["account", "show", "plain"]).stdout).toMatch(/^pool allocation +BatchService$/m);
});

describe("two accounts on one server", () => {
  test("row 21: pools, jobs, tasks, schedules and certificates of the same ids live side by side, each account seeing its own", async () => {
    const [a, b] = [await owner.account("sidea"), await owner.account("sideb")];
    const client = (tenant: Tenant) =>
      new BatchServiceClient(new BatchSharedKeyCredentials(tenant.name, tenant.key), owner.endpoint);
    for (const [tenant, size] of [
      [a, 1],
      [b, 0],
    ] as const) {
      await tenant.post("/pools", poolBody("same", { targetDedicatedNodes: size }));
      await tenant.post("/jobs", { id: "same", displayName: tenant.name, poolInfo: { poolId: "same" } });
    }
    await a.post("/jobschedules", { id: "s", schedule: {}, jobSpecification: { poolInfo: { poolId: "same" } } });
    await a.post("/certificates", selfSigned());
    await a.post("/jobs/same/tasks", { id: "t", commandLine: "/bin/sh -c 'echo $AZ_BATCH_ACCOUNT_NAME'" });
    await until(async () => (await a.get<{ state: string }>("/jobs/same/tasks/t")).state === "completed", "the task of sidea");
    expect((await a.ask("GET", "/jobs/same/tasks/t/files/stdout.txt")).text).toBe("sidea\n");

    expect(codeOf(await b.ask("GET", "/jobs/same/tasks/t"))).toBe("404 TaskNotFound");
    expect(await b.get("/pools/same")).toMatchObject({ currentDedicatedNodes: 0 });
    expect((await b.get<{ displayName: string }>("/jobs/same")).displayName).toBe("sideb");
    const ids = async (tenant: Tenant, path: string) => (await tenant.get<{ value: { id: string }[] }>(path)).value.length;
    expect([await ids(a, "/jobschedules"), await ids(b, "/jobschedules")]).toEqual([1, 0]);
    expect(await ids(b, "/certificates")).toBe(0);
    expect(await ids(a, "/certificates")).toBe(1);
    const pools = await client(b).pool.list();
    expect(pools.map(({ id }) => id)).toEqual(["same"]);
    await b.ask("DELETE", "/jobs/same");
    expect((await a.get<{ displayName: string }>("/jobs/same")).displayName).toBe("sidea");
    expect(await owner.server.get("/pools")).toMatchObject({ value: [] });
  });

  test("row 47: another account's job that names a pool of the same id waits and never gets onto its nodes", async () => {
    const [has, waits] = [await owner.account("haspool"), await owner.account("waits")];
    await has.post("/pools", poolBody("shared", { targetDedicatedNodes: 1 }));
    type Nodes = { value: { state: string; totalTasksRun?: number }[] };
    await until(async () => (await has.get<Nodes>("/pools/shared/nodes")).value[0]?.state === "idle", "the node");
    await waits.post("/jobs", { id: "w", poolInfo: { poolId: "shared" } });
    await waits.post("/jobs/w/tasks", { id: "t", commandLine: "/bin/true" });
    // What comes later is done before: the pool has room for work of its own account all the while.
    await has.post("/jobs", { id: "own", poolInfo: { poolId: "shared" } });
    await has.post("/jobs/own/tasks", { id: "t", commandLine: "/bin/true" });
    await until(async () => (await has.get<{ state: string }>("/jobs/own/tasks/t")).state === "completed", "its own task");
    expect(await waits.get("/jobs/w/tasks/t")).toMatchObject({ state: "active" });
    expect(codeOf(await waits.ask("GET", "/pools/shared"))).toBe("404 PoolNotFound");
    expect((await has.get<Nodes>("/pools/shared/nodes")).value[0].totalTasksRun).toBe(1);
    await waits.post("/pools", poolBody("shared", { targetDedicatedNodes: 1 }));
    await until(
      async () => (await waits.get<{ state: string }>("/jobs/w/tasks/t")).state === "completed",
      "the task that waited",
    );
    expect((await has.get<Nodes>("/pools/shared/nodes")).value[0].totalTasksRun).toBe(1);
  });
});
