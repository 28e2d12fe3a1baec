/**
 * Storage that is linked to an account: it is of a general-purpose kind or refused, its key is kept and not shown, and packages go there. The storage itself is
 * a real emulator, looked at with Azure's own client.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, served } from "../serve/servedProcess.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { until } from "../support/waiting.ts";
import { accountPath, codeOf, must, Owner, PLACE } from "./owner.ts";

let owner: Owner;
let azurite: Azurite;
let data: string;

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  azurite = await startAzurite("weirlinked");
  owner = new Owner(await served("--fast", "--log-level", "warn", "--data", data));
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await azurite.stop();
  await endAll();
}, 30_000);

const storagePath = (name: string) => `${PLACE}/Microsoft.Storage/storageAccounts/${name}`;

async function storage(name: string, kind: string): Promise<string> {
  const properties = { primaryEndpoints: { blob: azurite.blobEndpoint }, key: azurite.key };
  must(`storage ${name}`, await owner.manage("PUT", storagePath(name), { location: "local", kind, properties }));
  return storagePath(name);
}

const linked = (storageAccountId: string) => ({ location: "local", properties: { autoStorage: { storageAccountId } } });

describe("kinds of storage accounts", () => {
  test("row 16: only general-purpose storage can be linked: the record has a kind, and other kinds are refused with 400, at creation and later", async () => {
    for (const kind of ["BlobStorage", "BlockBlobStorage", "FileStorage"]) {
      const id = await storage(kind.toLowerCase(), kind);
      expect((await owner.manage("GET", id)).body).toMatchObject({ kind });
      const made = await owner.manage("PUT", accountPath("wrongkind"), linked(id));
      expect(codeOf(made), kind).toBe("400 InvalidStorageAccountKind");
      expect(made.text).toContain(`of kind ${kind}; only general-purpose accounts`);
    }
    expect((await owner.manage("GET", accountPath("wrongkind"))).status).toBe(404);
    const good = await storage("general", "Storage");
    expect((await owner.manage("PUT", accountPath("rightkind"), linked(good))).status).toBe(201);
    const later = await owner.manage("PATCH", accountPath("rightkind"), linked(storagePath("blobstorage")));
    expect(codeOf(later)).toBe("400 InvalidStorageAccountKind");
    const { body } = await owner.manage("GET", accountPath("rightkind"));
    expect(body).toMatchObject({ properties: { autoStorage: { name: "general", kind: "Storage" } } });
    const unknown = await owner.manage("PATCH", accountPath("rightkind"), linked(storagePath("nosuch")));
    expect(codeOf(unknown)).toBe("400 StorageAccountNotFound");
    const byCli = owner.weir(["account", "set", "rightkind", "--storage-account", "filestorage"]);
    expect([byCli.code, byCli.stderr]).toEqual([2, expect.stringContaining("InvalidStorageAccountKind")]);
  });

  test("row 155: files of an account's own storage reach start, preparation, plain and release tasks; an account cannot be linked to any other kind", async () => {
    await azurite.container("inputs");
    await azurite.upload("inputs", "a.txt", "from linked storage\n");
    const id = await storage(azurite.account, "StorageV2");
    const tenant = await owner.account("files", linked(id).properties);
    const resourceFiles = [{ autoStorageContainerName: "inputs" }];
    const commandLine = "/bin/sh -c 'cat a.txt'";
    const startTask = { commandLine, resourceFiles, waitForSuccess: true };
    await tenant.post("/pools", poolBody("p", { targetDedicatedNodes: 1, startTask }));
    const jobPreparationTask = { id: "prep", commandLine, resourceFiles };
    const jobReleaseTask = { id: "release", commandLine, resourceFiles };
    await tenant.post("/jobs", { id: "j", poolInfo: { poolId: "p" }, jobPreparationTask, jobReleaseTask });
    await tenant.post("/jobs/j/tasks", { id: "t", commandLine, resourceFiles });
    const task = () => tenant.get<{ state: string; executionInfo: { exitCode: number } }>("/jobs/j/tasks/t");
    await until(async () => (await task()).state === "completed", "the task");
    expect((await task()).executionInfo.exitCode).toBe(0);
    const text = async (path: string) => (await tenant.ask("GET", path)).text;
    expect(await text("/jobs/j/tasks/t/files/stdout.txt")).toBe("from linked storage\n");
    await tenant.ask("POST", "/jobs/j/terminate");
    type Info = { taskRootDirectory: string; exitCode?: number };
    type Status = { value: { nodeId: string; jobPreparationTaskExecutionInfo: Info; jobReleaseTaskExecutionInfo?: Info }[] };
    const status = async () => (await tenant.get<Status>("/jobs/j/jobpreparationandreleasetaskstatus")).value[0];
    await until(async () => (await status())?.jobReleaseTaskExecutionInfo?.exitCode === 0, "the release");
    const { nodeId, jobPreparationTaskExecutionInfo: preparation, jobReleaseTaskExecutionInfo: release } = await status();
    for (const directory of ["startup", preparation.taskRootDirectory, release?.taskRootDirectory])
      expect(await text(`/pools/p/nodes/${nodeId}/files/${directory}/stdout.txt`)).toBe("from linked storage\n");
    expect(codeOf(await owner.manage("PATCH", accountPath("files"), linked(await storage("blobsonly", "BlobStorage"))))).toBe(
      "400 InvalidStorageAccountKind",
    );
  });
});

test("row 23: storage is linked when the account is made; its name, kind, endpoint and key are kept, the key is never shown, and packages go there", async () => {
  const options = ["--storage-account", azurite.blobEndpoint, "--storage-key", azurite.key];
  const made = owner.weir(["account", "create", "packages", ...options]);
  expect([made.code, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toMatch(new RegExp(`^storage +${azurite.account} \\(StorageV2\\) at ${azurite.blobEndpoint}$`, "m"));
  const read = await owner.manage("GET", accountPath("packages"));
  expect(read.body).toMatchObject({
    properties: { autoStorage: { name: azurite.account, kind: "StorageV2", blobEndpoint: azurite.blobEndpoint } },
  });
  expect(read.text + made.stdout).not.toContain(azurite.key);
  const file = join(data, "accounts", "packages", "account.json");
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ storageKey: azurite.key });
  expect(statSync(file).mode & 0o077).toBe(0);

  const application = `${accountPath("packages")}/applications/tool`;
  must("application", await owner.manage("PUT", application, {}));
  const version = must("version", await owner.manage("PUT", `${application}/versions/1`, {})) as {
    properties: { storageUrl: string };
  };
  const { storageUrl } = version.properties;
  expect(storageUrl.startsWith(azurite.blobEndpoint)).toBe(true);
  const put = await fetch(storageUrl, {
    method: "PUT",
    headers: { "x-ms-blob-type": "BlockBlob" },
    body: "what a package holds",
  });
  expect(put.status).toBe(201);
  const [, container, ...name] = new URL(storageUrl).pathname.slice(1).split("/");
  expect(await azurite.text(container, name.join("/"))).toBe("what a package holds");

  expect((await owner.manage("POST", `${accountPath("packages")}/syncAutoStorageKeys`)).status).toBe(204);
  expect(owner.weir(["storage", "remove", azurite.account]).stderr).toContain("StorageAccountInUse");
});
