/**
 * Files that cannot be had: what a task, and a node by its start task, shows when the storage says no, has nothing, or has gone (section 11, T-31). The
 * storage is real (Azurite), and really goes.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { OnNodes, sh } from "./onNodes.ts";

let server: Served;
let storage: Azurite;
/** A signed URL of a storage that was there when it was made. */
let goneUrl: string;
let slow: Server;
/** Answers with the status that its path says. */
let refusing: Server;
const on = new OnNodes(() => server);

beforeAll(async () => {
  buildOnce();
  const leaving = startAzurite("leaving").then(async (azurite) => {
    await azurite.container("input");
    await azurite.upload("input", "data.txt", "data");
    goneUrl = await azurite.blobSas("input", "data.txt");
    await azurite.stop();
  });
  slow = createServer((_, response) => response.writeHead(504).end());
  refusing = createServer(({ url }, response) => response.writeHead(Number(url?.slice(1))).end());
  for (const each of [slow, refusing]) await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
  [storage, server] = await Promise.all([startAzurite(), served("--fast", "--log-level", "warn"), leaving]);
  await storage.container("input");
  await storage.upload("input", "data.txt", "data");
  await server.post("/pools", poolBody("p", { targetDedicatedNodes: 1, vmSize: "standard_d8s_v3", taskSlotsPerNode: 8 }));
  await server.post("/jobs", { id: "j", poolInfo: { poolId: "p" } });
}, 120_000);
afterAll(async () => {
  for (const each of [slow, refusing]) each?.close();
  await storage?.stop();
  await endAll();
}, 30_000);

const sas = (name: string) => storage.blobSas("input", name);
/** A task that would leave a mark if it ever ran; it is over when this resolves. */
async function run(id: string, resourceFiles: readonly object[], more: object = {}) {
  await server.post("/jobs/j/tasks", { id, commandLine: sh("echo ran > ran; echo ran"), resourceFiles, ...more });
  return await on.completed("j", id);
}

describe.concurrent("a file that cannot be transferred", () => {
  it("row 270: the task is completed with a failure that says so; its command has not run, and no retry is tried", async () => {
    const good = { httpUrl: await sas("data.txt"), filePath: "data.txt" };
    const files = [good, { httpUrl: await sas("missing.txt"), filePath: "missing.txt" }];
    const task = await run("scheduling", files, { constraints: { maxTaskRetryCount: 5 } });
    expect(task).toMatchObject({
      state: "completed",
      executionInfo: {
        result: "failure",
        retryCount: 0,
        requeueCount: 0,
        failureInfo: { category: "UserError", code: "BlobNotFound", message: expect.stringContaining("input/missing.txt") },
      },
    });
    expect(task.executionInfo.exitCode).toBeUndefined();
    expect(await on.text("/jobs/j/tasks/scheduling/files/wd/ran")).toBeUndefined();
    // It stays so: a task that was added after its end has come and gone on the same node, and nothing has been tried.
    expect((await run("afterwards", [good])).executionInfo.exitCode).toBe(0);
    const later = await on.task("j", "scheduling");
    expect(later.state).toBe("completed");
    expect(later.executionInfo).toEqual(task.executionInfo);
    // The same failure by the name that the API of March 2017 had for it decides what becomes of the job.
    await server.post("/jobs", { id: "stops", poolInfo: { poolId: "p" }, onTaskFailure: "performexitoptionsjobaction" });
    await server.post("/jobs/stops/tasks", {
      id: "t",
      commandLine: "true",
      resourceFiles: files,
      exitConditions: { schedulingError: { jobAction: "terminate" }, default: { jobAction: "none" } },
    });
    expect((await on.jobIn("stops", "completed")).executionInfo.terminateReason).toBe("TaskFailed");
  });

  it("row 6: whoever answers 401 or 403 denies access, and the task says so: BlobAccessDenied; 404 is BlobNotFound", async () => {
    const cases = [
      [401, "BlobAccessDenied"],
      [403, "BlobAccessDenied"],
      [404, "BlobNotFound"],
    ] as const;
    const { port } = refusing.address() as AddressInfo;
    const seen = cases.map(async ([status]) => {
      const { executionInfo } = await run(`answered-${status}`, [
        { httpUrl: `http://127.0.0.1:${port}/${status}`, filePath: "x" },
      ]);
      expect(executionInfo.exitCode).toBeUndefined();
      return [status, executionInfo.failureInfo?.category, executionInfo.failureInfo?.code];
    });
    expect(await Promise.all(seen)).toEqual(cases.map(([status, code]) => [status, "UserError", code]));
  });

  it("row 271: a file that was moved, a storage that has gone, refuses or does not answer, and a bad URL have codes of their own", async () => {
    const moved = storage.client.getContainerClient("input").getBlockBlobClient("moved.txt");
    await moved.upload("moved", 5);
    const movedUrl = await sas("moved.txt");
    await moved.delete();
    const container = { storageContainerUrl: await storage.containerSas("no-such-container") };
    const file = (httpUrl: string) => ({ httpUrl, filePath: "x" });
    const cases = [
      ["moved", file(movedUrl), "UserError", "BlobNotFound"],
      ["no-container", container, "UserError", "BlobNotFound"],
      ["private", file(`${storage.blobEndpoint}/input/data.txt`), "UserError", "BlobAccessDenied"],
      ["gone", file(goneUrl), "ServerError", "BlobDownloadMiscError"],
      ["silent", file(`http://127.0.0.1:${(slow.address() as AddressInfo).port}/x`), "ServerError", "BlobDownloadTimedOut"],
      ["long-name", { ...file(await sas("data.txt")), filePath: "x".repeat(300) }, "UserError", "ResourceFileCreateFailed"],
    ] as const;
    const seen = await Promise.all(
      cases.map(async ([id, resource]) => {
        const { executionInfo } = await run(id, [resource]);
        expect(executionInfo.exitCode).toBeUndefined();
        expect(JSON.stringify(executionInfo)).not.toContain("sig=");
        return [id, executionInfo.failureInfo?.category, executionInfo.failureInfo?.code];
      }),
    );
    expect(seen).toEqual(cases.map(([id, , category, code]) => [id, category, code]));
    // What can be seen to be no URL of a file is refused before there is a task.
    for (const httpUrl of ["no url at all", "ftp://127.0.0.1/x", "//127.0.0.1/x", "http://", "javascript:alert(1)"]) {
      const body = { id: "bad-url", commandLine: "true", resourceFiles: [file(httpUrl)] };
      const { status, text } = await server.ask("POST", "/jobs/j/tasks", body);
      const { code, values } = JSON.parse(text) as { code: string; values: { key: string; value: string }[] };
      expect([httpUrl, status, code]).toEqual([httpUrl, 400, "InvalidPropertyValue"]);
      expect(values).toContainEqual({ key: "PropertyName", value: "resourceFiles[0].httpUrl" });
    }
  });

  it("row 159: a start task whose file is not there fails for that reason, on the node and for all to see, and runs nothing", async () => {
    const startTask = {
      commandLine: sh("echo ran > ran"),
      resourceFiles: [{ httpUrl: await sas("missing.txt"), filePath: "missing.txt" }],
      waitForSuccess: true,
    };
    await server.post("/pools", poolBody("start", { targetDedicatedNodes: 1, startTask }));
    const [node] = await on.nodesIn("start", 1, "starttaskfailed");
    expect(node.startTaskInfo).toMatchObject({
      state: "completed",
      result: "failure",
      failureInfo: { category: "UserError", code: "BlobNotFound" },
    });
    expect(node.startTaskInfo?.exitCode).toBeUndefined();
    expect(await on.file("start", node.id, "startup/wd/ran")).toBeUndefined();
    // With the file in its place a reboot mends it.
    await storage.upload("input", "missing-no-more.txt", "here");
    await server.ask("PATCH", "/pools/start", {
      startTask: { ...startTask, resourceFiles: [{ httpUrl: await sas("missing-no-more.txt"), filePath: "here.txt" }] },
    });
    expect((await on.restarted("start", node.id, "reboot")).startTaskInfo).toMatchObject({ exitCode: 0, result: "success" });
    expect(await on.file("start", node.id, "startup/wd/here.txt")).toBe("here");
  });
});
