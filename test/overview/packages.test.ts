/**
 * Application packages from their publisher's side: uploaded, versioned, changed and deleted by command and by Azure's own management client, stored in the
 * account's linked storage (Azurite) or by the service itself, and refused where they would do harm (L-20 to L-23).
 */
import { writeFileSync } from "node:fs";
import { BlockBlobClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { OnNodes, sh } from "./onNodes.ts";
import { Owner } from "./owner.ts";
import { Publisher, refusedWith, renamed, zipOf } from "./packing.ts";

let server: Served;
/** Its account is linked to the storage; the other one's has none. */
let linked: Served;
let storage: Azurite;
let owner: Owner;
let linkedOwner: Owner;
let publisher: Publisher;
let linkedPublisher: Publisher;
let data: string;

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  [storage, server, linked] = await Promise.all([
    startAzurite(),
    served("--fast", "--log-level", "warn", "--data", data),
    served("--fast", "--log-level", "warn", "--https"),
  ]);
  [owner, linkedOwner] = [new Owner(server), new Owner(linked)];
  const link = ["account", "set", "weir", "--storage-account", storage.blobEndpoint, "--storage-key", storage.key];
  linkedOwner.weirJson(link, trusting());
  [publisher, linkedPublisher] = await Promise.all([Publisher.of(server), Publisher.of(linked)]);
}, 120_000);
afterAll(async () => {
  owner?.workplace.clear();
  linkedOwner?.workplace.clear();
  await storage?.stop();
  await endAll();
}, 30_000);

/** The linked service speaks HTTPS with a certificate of its own making. */
const trusting = () => ({ NODE_EXTRA_CA_CERTS: linked.document.certificate ?? "" });

const batch = (on: Served, id: string, version?: string) =>
  on.ask(
    "POST",
    "/pools",
    poolBody(`uses-${id}`, { targetDedicatedNodes: 0, applicationPackageReferences: [{ applicationId: id, version }] }),
  );
const codeOf = ({ status, body }: { status: number; body: unknown }) =>
  `${status} ${(body as { code?: string } | undefined)?.code}`;

test("row 212: by command, packages are uploaded, listed, made the default, kept from being changed, and deleted", async () => {
  writeFileSync(`${owner.workplace.path}/one.zip`, await zipOf({ "bin/run": "one" }));
  const weir = (...args: string[]) => owner.weir(["application", ...args]);
  expect(weir("create", "tool", "--display-name", "The Tool").code).toBe(0);
  for (const version of ["1.0", "1.1"])
    expect(weir("package", "create", "tool", version, "one.zip")).toMatchObject({ code: 0 });
  expect(weir("package", "list", "tool").stdout).toMatch(/1\.0 +active.*\n1\.1 +active/);
  expect(weir("set", "tool", "--default-version", "1.0", "--no-allow-updates").code).toBe(0);
  expect(weir("list").stdout).toMatch(/tool +The Tool +1\.0 +no/);
  // Without updates only new versions may be added.
  const again = weir("package", "create", "tool", "1.1", "one.zip");
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("does not allow existing packages to be updated");
  await publisher.upload("tool", "1.2", await zipOf({ "bin/run": "two" }));
  await publisher.package.activate("tool", "1.2");
  expect(weir("set", "tool", "--allow-updates").code).toBe(0);
  expect(weir("package", "create", "tool", "1.1", "one.zip").code).toBe(0);
  // The Batch service's own list shows what tasks and pools can refer to.
  expect(await server.get("/applications/tool")).toMatchObject({
    id: "tool",
    displayName: "The Tool",
    versions: ["1.0", "1.1", "1.2"],
  });
  expect((await batch(server, "tool")).status).toBe(201);
  // Deleting the default version leaves the application without one.
  expect(weir("package", "delete", "tool", "1.0").code).toBe(0);
  expect(owner.weirJson(["application", "show", "tool"])).not.toHaveProperty("defaultVersion");
  expect(codeOf(await batch(server, "tool"))).toBe("409 InvalidApplicationPackageReferences");
  expect(weir("delete", "tool").stderr).toContain("still has packages");
  await publisher.package.delete("tool", "1.2");
  expect(weir("package", "delete", "tool", "1.1").code).toBe(0);
  expect(weir("delete", "tool").code).toBe(0);
  expect((await server.ask("GET", "/applications/tool")).status).toBe(404);
});

test("row 212: by Azure's unmodified management client too; a version is pending until it is activated, and only then can it be referenced", async () => {
  const zip = await zipOf({ "data.txt": "from the client" });
  const { application, package: versions } = linkedPublisher;
  expect(await application.create("sdk", { displayName: "By SDK", allowUpdates: false })).toMatchObject({
    name: "sdk",
    type: "Microsoft.Batch/batchAccounts/applications",
    displayName: "By SDK",
    allowUpdates: false,
  });
  const made = await versions.create("sdk", "2");
  expect(made).toMatchObject({ name: "2", state: "Pending" });
  expect(made.storageUrlExpiry?.getTime()).toBeGreaterThan(Date.now());
  expect(codeOf(await batch(linked, "sdk", "2"))).toBe("409 InvalidApplicationPackageReferences");
  expect(await refusedWith(versions.activate("sdk", "2"))).toBe("409 ApplicationPackageBlobNotFound");
  await new BlockBlobClient(made.storageUrl ?? "").uploadData(zip);
  expect(await versions.activate("sdk", "2")).toMatchObject({ state: "Active", format: "zip" });
  expect((await batch(linked, "sdk", "2")).status).toBe(201);
  expect(await refusedWith(versions.create("sdk", "2"))).toBe("409 ApplicationPackageUpdateNotAllowed");
  expect(await application.update("sdk", { defaultVersion: "2" })).toMatchObject({
    defaultVersion: "2",
    displayName: "By SDK",
  });
  expect(await refusedWith(application.update("sdk", { defaultVersion: "3" }))).toMatch(/^400 /);
  await versions.create("sdk", "10");
  expect((await versions.list("sdk")).map(({ name, state }) => [name, state])).toEqual([
    ["10", "Pending"],
    ["2", "Active"],
  ]);
  // What was stored is what was uploaded, and reading it takes a signature of its own.
  const { storageUrl } = await versions.get("sdk", "2");
  expect(await new BlockBlobClient(storageUrl ?? "").downloadToBuffer()).toEqual(zip);
  for (const version of ["2", "10"]) await versions.delete("sdk", version);
  await expect(new BlockBlobClient(storageUrl ?? "").exists()).resolves.toBe(false);
  await application.delete("sdk");
  expect(await refusedWith(application.get("sdk"))).toBe("404 ApplicationNotFound");
});

test("row 218: the service handles the storage: who publishes by command or uses a package never sees where it is kept, and it is kept", async () => {
  const on = new OnNodes(() => linked);
  writeFileSync(`${linkedOwner.workplace.path}/kept.zip`, await zipOf({ "hello.txt": "kept in storage\n" }));
  const said = [
    ["application", "package", "create", "kept", "1", "kept.zip"],
    ["--json", "application", "package", "create", "kept", "1", "kept.zip"],
    ["--json", "application", "package", "list", "kept"],
  ].map((args) => linkedOwner.weir(args, trusting()));
  await linked.post("/pools", poolBody("kept", { targetDedicatedNodes: 1 }));
  await linked.post("/jobs", { id: "kept", poolInfo: { poolId: "kept" } });
  await linked.post("/jobs/kept/tasks", {
    id: "t",
    commandLine: sh("cat $AZ_BATCH_APP_PACKAGE_kept_1/hello.txt; env"),
    applicationPackageReferences: [{ applicationId: "kept", version: "1" }],
  });
  const task = await on.completed("kept", "t");
  const stdout = await on.stdout("kept", "t");
  expect(stdout.split("\n")[0]).toBe("kept in storage");
  const read = [JSON.stringify(task), stdout, JSON.stringify(await linked.get("/applications"))];
  for (const text of [...said.flatMap((ran) => [ran.stdout, ran.stderr]), ...read]) {
    expect(text).not.toContain(storage.blobEndpoint);
    expect(text).not.toContain("sig=");
    expect(text).not.toContain(storage.key.slice(0, 20));
  }
  expect(said.map(({ code }) => code)).toEqual([0, 0, 0]);
  // It is there all the same, in a container that the service made.
  const blobs: string[] = [];
  for await (const { name } of storage.client.listContainers())
    if (name.startsWith("app-kept-")) blobs.push(...(await storage.names(name)));
  expect(blobs).toEqual(["kept-1.zip"]);
});

test("L-03: a container of the linked storage is fetched by its name; the service signs for it, and the signature is nobody's to see", async () => {
  const on = new OnNodes(() => linked);
  await storage.container("reference");
  await storage.upload("reference", "set/a.txt", "a");
  await linked.post("/pools", poolBody("auto", { targetDedicatedNodes: 1 }));
  await linked.post("/jobs", { id: "auto", poolInfo: { poolId: "auto" } });
  const resourceFiles = [{ autoStorageContainerName: "reference", blobPrefix: "set/", filePath: "in" }];
  await linked.post("/jobs/auto/tasks", { id: "t", commandLine: sh("cat in/set/a.txt"), resourceFiles });
  expect((await on.completed("auto", "t")).executionInfo).toMatchObject({ exitCode: 0 });
  expect(await linked.get("/jobs/auto/tasks/t")).toMatchObject({ resourceFiles });
  await linked.post("/jobs/auto/tasks", {
    id: "none",
    commandLine: "true",
    resourceFiles: [{ autoStorageContainerName: "no-such" }],
  });
  const { executionInfo } = await on.completed("auto", "none");
  expect(executionInfo).toMatchObject({ failureInfo: { category: "UserError", code: "BlobNotFound" } });
  expect(JSON.stringify(executionInfo)).not.toContain("sig=");
});

describe("without linked storage", () => {
  test("L-23: the service takes the upload itself, whole or in blocks, under a signed URL that opens nothing else", async () => {
    const zip = await zipOf({ "large.bin": "0123456789abcdef".repeat(200_000) });
    await publisher.application.create("own");
    const { storageUrl = "" } = await publisher.package.create("own", "1");
    const blob = new BlockBlobClient(storageUrl);
    await blob.uploadData(zip, { blockSize: 1_000, maxSingleShotSize: 1 });
    await publisher.package.activate("own", "1");
    const read = (await publisher.package.get("own", "1")).storageUrl ?? "";
    expect(await new BlockBlobClient(read).downloadToBuffer()).toEqual(zip);
    // The URL to read cannot write; another package's, a forged or an old one opens nothing.
    expect(await refusedWith(new BlockBlobClient(read).upload("x", 1))).toMatch(/^403 /);
    const forged = [
      storageUrl.replace("/1.zip", "/2.zip"),
      storageUrl.replace(/se=20\d\d/, "se=2099"),
      storageUrl.replace(/sig=[^&]*/, "sig=AAAA"),
      storageUrl.replace("/own/", "/%2e%2e/"),
      storageUrl.split("?")[0],
    ];
    for (const url of forged) expect((await fetch(url, { method: "PUT", body: "x" })).status, url).toBe(403);
  });

  test("L-23: a package that would leave its directory, is none, or is cut off is not activated, and says why", async () => {
    await publisher.application.create("bad");
    const link = (target: string) => zipOf({ link: { content: target, mode: 0o120777 } });
    const good = await zipOf({ "a.txt": "x".repeat(10_000) });
    const cases: readonly (readonly [string, Buffer, RegExp])[] = [
      ["slip", renamed(await zipOf({ "xx/xx/out": "x" }), "xx/xx/out", "../../out"), /leaves the package|relative path/],
      ["absolute", renamed(await zipOf({ "xtmp/out": "x" }), "xtmp/out", "/tmp/out"), /leaves the package|absolute path/],
      ["link", await link("../../../../etc"), /link .* leaves the package/],
      ["root-link", await link("/etc"), /link .* leaves the package/],
      ["noise", Buffer.from("PK no zip file at all".repeat(50)), /no zip file/],
      ["cut", good.subarray(0, good.length - 30), /no zip file/],
      ["bomb", claiming(good, 0xf0000000), /grows|no zip file/],
    ];
    for (const [version, bytes, why] of cases) {
      await publisher.upload("bad", version, bytes);
      const refused = await publisher.package.activate("bad", version).then(
        () => undefined,
        (error: { statusCode?: number; code?: string; message: string }) => error,
      );
      expect({ statusCode: refused?.statusCode, code: refused?.code }, version).toEqual({
        statusCode: 400,
        code: "InvalidApplicationPackage",
      });
      expect(refused?.message).toMatch(why);
      expect(codeOf(await batch(server, "bad", version))).toBe("409 InvalidApplicationPackageReferences");
    }
  });

  test("section 3: at most 20 applications an account, 40 packages an application, 10 references a pool; names are checked", async () => {
    const before = (await publisher.application.list()).length;
    for (let i = before; i < 20; i++) await publisher.application.create(`fill-${i}`);
    expect(await refusedWith(publisher.application.create("one-more"))).toBe("409 ApplicationQuotaReached");
    expect(await publisher.application.list(3)).toHaveLength(20);
    for (let i = 0; i < 40; i++) await publisher.package.create("fill-19", `${i}`);
    expect(await refusedWith(publisher.package.create("fill-19", "40"))).toBe("409 ApplicationPackageQuotaReached");
    const references = Array.from({ length: 11 }, () => ({ applicationId: "own", version: "1" }));
    const body = (count: number) =>
      poolBody(`refers-${count}`, { targetDedicatedNodes: 0, applicationPackageReferences: references.slice(0, count) });
    expect((await server.ask("POST", "/pools", body(10))).status).toBe(201);
    expect(codeOf(await server.ask("POST", "/pools", body(11)))).toBe("400 InvalidPropertyValue");
    for (const id of ["a b", "x".repeat(65), "a.b", "ü"])
      expect(await refusedWith(publisher.application.create(id))).toMatch(/^400 /);
    for (const id of ["__proto__", "constructor"]) {
      await publisher.upload("own", id, await zipOf({ "a.txt": "a" }));
      expect(await publisher.package.get("own", id)).toMatchObject({ name: id, state: "Pending" });
      expect(await publisher.package.activate("own", id)).toMatchObject({ name: id, state: "Active" });
      await publisher.package.delete("own", id);
    }
    for (const version of [".hidden", "a b", "x".repeat(65)])
      expect(await refusedWith(publisher.package.create("own", version))).toMatch(/^400 /);
  });

  test("L-06: applications belong to one account; another one of the same name has its own", async () => {
    const other = await owner.account("othersown");
    writeFileSync(`${owner.workplace.path}/other.zip`, await zipOf({ "who.txt": "the other" }));
    owner.weirJson(["application", "package", "create", "own", "9", "other.zip", "--name", "othersown"]);
    expect(await other.get("/applications")).toMatchObject({ value: [{ id: "own", versions: ["9"] }] });
    expect(await server.get("/applications/own")).toMatchObject({ versions: ["1"] });
  });

  test("applications and their packages outlive a killed service", async () => {
    await publisher.application.update("own", { defaultVersion: "1", displayName: "Kept", allowUpdates: false });
    const on = new OnNodes(() => server);
    await server.post(
      "/pools",
      poolBody("keeps", { targetDedicatedNodes: 1, applicationPackageReferences: [{ applicationId: "own" }] }),
    );
    await on.nodesIn("keeps", 1, "idle");
    await server.kill();
    server = await served("--fast", "--log-level", "warn", "--data", data);
    publisher = await Publisher.of(server);
    expect(await publisher.application.get("own")).toMatchObject({
      defaultVersion: "1",
      displayName: "Kept",
      allowUpdates: false,
    });
    expect(await publisher.package.get("own", "1")).toMatchObject({ state: "Active" });
    expect(await publisher.package.get("fill-19", "7")).toMatchObject({ state: "Pending" });
    expect((await batch(server, "own")).status).toBe(201);
    // Tasks on nodes that have outlived it know what was installed there.
    await server.post("/jobs", { id: "keeps", poolInfo: { poolId: "keeps" } });
    await server.post("/jobs/keeps/tasks", { id: "t", commandLine: sh("wc -c < $AZ_BATCH_APP_PACKAGE_own/large.bin") });
    await on.completed("keeps", "t");
    expect(await on.stdout("keeps", "t")).toBe("3200000\n");
  });
});

/** A zip file whose only entry says that it unpacks to so many bytes. */
function claiming(zip: Buffer, bytes: number): Buffer {
  const changed = Buffer.from(zip);
  // The central directory's uncompressed size, 24 bytes into the entry.
  changed.writeUInt32LE(bytes, changed.lastIndexOf("PK\x01\x02", undefined, "latin1") + 24);
  return changed;
}
