/** Operations on files of tasks and nodes over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batch, errorOf, poolBody } from "./batch.ts";

let batch: Batch;
let node: string;
beforeAll(async () => {
  batch = await new Batch().start();
  await batch.ok("POST /pools", { body: poolBody("p", { targetDedicatedNodes: 1 }) });
  await batch.ok("POST /jobs", { body: { id: "j", poolInfo: { poolId: "p" } } });
  await batch.ok("POST /jobs/j/tasks", { body: { id: "t", commandLine: "exit 0", constraints: { retentionTime: "PT1H" } } });
  await batch.settle();
  node = (await batch.ok("GET /jobs/j/tasks/t")).body.nodeInfo.nodeId;
  for (const [path, content] of [
    ["startup/stdout.txt", "started\n"],
    ["workitems/j/job-1/t/stdout.txt", "hello, wörld\n"],
    ["workitems/j/job-1/t/stderr.txt", ""],
    ["workitems/j/job-1/t/wd/sub/a b.bin", "0123456789"],
    ["workitems/j/job-1/tt/stdout.txt", "of another task"],
  ])
    batch.files.table.set(path, content);
});
afterAll(() => batch.close());

const TASK = "/jobs/j/tasks/t/files";
const nodeFiles = () => `/pools/p/nodes/${node}/files`;

describe("files of tasks", () => {
  it("File_ListFromTask lists names below the task's directory, directories without properties; with recursive=true all of them (P-190)", async () => {
    const flat = (await batch.ok(`GET ${TASK}`)).body;
    expect(flat["odata.metadata"]).toBe(`${batch.url}/$metadata#files`);
    expect(flat.value).toEqual([
      {
        name: "stderr.txt",
        url: `${batch.url}${TASK}/stderr.txt`,
        isDirectory: false,
        properties: {
          creationTime: "2026-01-05T08:00:01Z",
          lastModified: "2026-01-05T08:00:01Z",
          contentLength: "0",
          contentType: "text/plain",
          fileMode: "0o100644",
        },
      },
      expect.objectContaining({ name: "stdout.txt" }),
      { name: "wd", url: `${batch.url}${TASK}/wd`, isDirectory: true },
    ]);
    const names = async (query: string) =>
      (await batch.ok(`GET ${TASK}?${query}`)).body.value.map(({ name }: { name: string }) => name);
    expect(await names("recursive=true")).toEqual(["stderr.txt", "stdout.txt", "wd", "wd/sub", "wd/sub/a b.bin"]);
    expect(await names(`recursive=true&$filter=${encodeURIComponent("startswith(name,'wd')")}`)).toEqual([
      "wd",
      "wd/sub",
      "wd/sub/a b.bin",
    ]);
  });

  it("File_GetFromTask gives the bytes, File_GetPropertiesFromTask their headers (P-191)", async () => {
    const got = await batch.ok(`GET ${TASK}/stdout.txt`);
    expect([got.status, got.text]).toEqual([200, "hello, wörld\n"]);
    const head = await batch.ask(`HEAD ${TASK}/stdout.txt`);
    for (const { headers } of [got, head]) {
      expect(Object.fromEntries(headers)).toMatchObject({
        "content-type": "text/plain",
        "content-length": "14",
        "last-modified": "Mon, 05 Jan 2026 08:00:01 GMT",
        "ocp-creation-time": "Mon, 05 Jan 2026 08:00:01 GMT",
        "ocp-batch-file-isdirectory": "False",
        "ocp-batch-file-mode": "0o100644",
        "ocp-batch-file-url": encodeURIComponent(`${batch.url}${TASK}/stdout.txt`),
      });
    }
    expect((await batch.ask(`HEAD ${TASK}/wd`)).headers.get("ocp-batch-file-isdirectory")).toBe("True");
    expect((await batch.ok(`GET ${TASK}/stderr.txt`)).text).toBe("");
  });

  it("File_GetFromTask takes a range and answers 200 with it; one behind the end is 416 InvalidRange (P-190)", async () => {
    const range = (bytes: string) =>
      batch.ask(`GET ${TASK}/wd%2Fsub%2Fa%20b.bin`, { headers: { "ocp-range": `bytes=${bytes}` } });
    const part = await range("2-4");
    expect([part.status, part.text, part.headers.get("content-length")]).toEqual([200, "234", "3"]);
    expect((await range("7-")).text).toBe("789");
    expect((await range("8-100")).text).toBe("89");
    expect(errorOf(await range("10-"))).toMatchObject({ status: 416, code: "InvalidRange" });
    const empty = await batch.ask(`GET ${TASK}/stderr.txt`, { headers: { "ocp-range": "bytes=0-" } });
    expect(errorOf(empty).code).toBe("InvalidRange");
  });

  it("File_GetFromTask heeds dates: 304 when not modified since, 412 when modified (L-51)", async () => {
    const ask = (name: string, at: string) => batch.ask(`GET ${TASK}/stdout.txt`, { headers: { [name]: at } });
    expect((await ask("if-modified-since", "Mon, 05 Jan 2026 08:00:01 GMT")).status).toBe(304);
    expect((await ask("if-unmodified-since", "Mon, 05 Jan 2026 08:00:00 GMT")).status).toBe(412);
    expect((await ask("if-unmodified-since", "Mon, 05 Jan 2026 08:00:01 GMT")).status).toBe(200);
  });

  it.each([
    "none.txt",
    "..%2Ftt%2Fstdout.txt",
    "wd%2F..%2F..%2Ftt%2Fstdout.txt",
    "%2Fetc%2Fpasswd",
    "a%00b",
    "wd",
    "wd%2F%2Fsub",
  ])("File_GetFromTask of %s is 404 FileNotFound, and nothing outside of the task is read (P-194)", async (path) => {
    const answer = await batch.ask(`GET ${TASK}/${path}`);
    expect([answer.status >= 400 && answer.status < 500, answer.text.includes("another task")]).toEqual([true, false]);
    if (answer.status === 404) expect(["FileNotFound", "ResourceNotFound"]).toContain(errorOf(answer).code);
  });

  it("File_DeleteFromTask removes a file; a directory with content needs recursive=true (P-190)", async () => {
    expect((await batch.ok(`DELETE ${TASK}/stderr.txt`)).status).toBe(200);
    expect(errorOf(await batch.ask(`DELETE ${TASK}/stderr.txt`))).toMatchObject({ status: 404, code: "FileNotFound" });
    expect((await batch.ask(`DELETE ${TASK}/wd`)).status).toBe(409);
    expect((await batch.ok(`DELETE ${TASK}/wd?recursive=true`)).status).toBe(200);
    expect(batch.files.table.has("workitems/j/job-1/t/wd/sub/a b.bin")).toBe(false);
    expect(batch.files.table.has("workitems/j/job-1/tt/stdout.txt")).toBe(true);
  });
});

describe("files that are not there", () => {
  it("File_ListFromTask of a task that never ran is 409 TaskFilesUnavailable, of no task 404 (T-87)", async () => {
    await batch.ok("POST /jobs", { body: { id: "early", poolInfo: { poolId: "none" } } });
    await batch.ok("POST /jobs/early/tasks", { body: { id: "t", commandLine: "exit 0" } });
    expect(errorOf(await batch.ask("GET /jobs/early/tasks/t/files"))).toMatchObject({
      status: 409,
      code: "TaskFilesUnavailable",
    });
    expect(errorOf(await batch.ask("GET /jobs/early/tasks/none/files"))).toMatchObject({ status: 404, code: "TaskNotFound" });
  });

  it("File_GetFromTask after the retention time is 409 TaskFilesCleanedup (T-87)", async () => {
    expect((await batch.ask(`GET ${TASK}/stdout.txt`)).status).toBe(200);
    await batch.pass(3_600_000);
    expect(errorOf(await batch.ask(`GET ${TASK}/stdout.txt`))).toMatchObject({ status: 409, code: "TaskFilesCleanedup" });
  });
});

describe("files of nodes that are taken away", () => {
  it("File_ListFromTask of a task whose low-priority node was preempted is 409 TaskFilesUnavailable (P-81)", async () => {
    await batch.ok("POST /pools", { body: poolBody("low", { targetDedicatedNodes: 0, targetLowPriorityNodes: 1 }) });
    await batch.ok("POST /jobs", { body: { id: "low", poolInfo: { poolId: "low" } } });
    await batch.ok("POST /jobs/low/tasks", { body: { id: "t", commandLine: "exit 0" } });
    await batch.settle();
    batch.files.table.set("workitems/low/job-1/t/stdout.txt", "x");
    expect((await batch.ok("GET /jobs/low/tasks/t/files")).body.value).toHaveLength(1);
    batch.provider.withheld.add("ReplaceNode");
    batch.provider.tell({ kind: "NodePreempted", poolId: "low", nodeId: [...batch.world.pool("low")!.nodes.keys()][0] });
    await batch.settle();
    expect(errorOf(await batch.ask("GET /jobs/low/tasks/t/files"))).toMatchObject({
      status: 409,
      code: "TaskFilesUnavailable",
    });
    batch.provider.withheld.clear();
  });
});

describe("files of nodes", () => {
  it("File_ListFromComputeNode, File_GetFromComputeNode, File_GetPropertiesFromComputeNode and File_DeleteFromComputeNode (P-190)", async () => {
    const names = (await batch.ok(`GET ${nodeFiles()}`)).body.value.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["startup", "workitems"]);
    const [row] = (
      await batch.ok(`GET ${nodeFiles()}?recursive=true&$filter=${encodeURIComponent("startswith(name,'startup/')")}`)
    ).body.value;
    expect(row).toMatchObject({ name: "startup/stdout.txt", url: `${batch.url}${nodeFiles()}/startup/stdout.txt` });
    const got = await batch.ok(`GET ${nodeFiles()}/startup%2Fstdout.txt`);
    expect(got.text).toBe("started\n");
    expect((await batch.ask(`HEAD ${nodeFiles()}/startup/stdout.txt`)).headers.get("content-length")).toBe("8");
    expect((await batch.ok(`DELETE ${nodeFiles()}/startup%2Fstdout.txt`)).status).toBe(200);
    expect((await batch.ask(`HEAD ${nodeFiles()}/startup%2Fstdout.txt`)).status).toBe(404);
  });

  it("File_GetFromTask of a task whose node is gone is 409 TaskFilesUnavailable, File_ListFromComputeNode 404 (P-192)", async () => {
    await batch.ok("POST /jobs/j/tasks", { body: { id: "last", commandLine: "exit 0" } });
    await batch.settle();
    await batch.ok("POST /pools/p/resize", { body: { targetDedicatedNodes: 0 } });
    await batch.settle();
    expect(errorOf(await batch.ask("GET /jobs/j/tasks/last/files/stdout.txt"))).toMatchObject({
      status: 409,
      code: "TaskFilesUnavailable",
    });
    expect(errorOf(await batch.ask(`GET ${nodeFiles()}`))).toMatchObject({ status: 404, code: "NodeNotFound" });
  });
});
