/**
 * Data out: what tasks leave in blob storage (Azurite, read with Azure's own client), through `outputFiles` with their conditions (T-75 to T-77) or by a
 * program of their own, and what an upload that fails looks like.
 */
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { OnNodes, sh } from "./onNodes.ts";

let server: Served;
let storage: Azurite;
const on = new OnNodes(() => server);

beforeAll(async () => {
  buildOnce();
  [storage, server] = await Promise.all([startAzurite(), served("--fast", "--log-level", "warn")]);
  await storage.container("output");
  await server.post("/pools", poolBody("p", { targetDedicatedNodes: 1, vmSize: "standard_d4s_v3", taskSlotsPerNode: 4 }));
  await server.post("/jobs", { id: "j", poolInfo: { poolId: "p" } });
}, 120_000);
afterAll(async () => {
  await storage?.stop();
  await endAll();
}, 30_000);

interface Output {
  readonly filePattern: string;
  readonly path?: string;
  readonly uploadCondition?: string;
  readonly containerUrl?: string;
}

/** Runs a task with these outputs; the task when it has ended. */
async function run(id: string, commandLine: string, outputs: readonly Output[], more: object = {}) {
  const writable = await storage.containerSas("output", "cw");
  const outputFiles = outputs.map(({ filePattern, path, uploadCondition = "taskcompletion", containerUrl = writable }) => ({
    filePattern,
    destination: { container: { containerUrl, ...(path === undefined ? {} : { path }) } },
    uploadOptions: { uploadCondition },
  }));
  await server.post("/jobs/j/tasks", { id, commandLine, outputFiles, ...more });
  return await on.completed("j", id);
}

/** A program that puts the file named after it to where the variable URL says; it fails when the storage does not take it. */
const PUT = [
  `node -e "const { readFileSync } = require(\\"fs\\"); const headers = { \\"x-ms-blob-type\\": \\"BlockBlob\\" };`,
  `fetch(process.env.URL, { method: \\"PUT\\", headers, body: readFileSync(process.argv[1]) })`,
  `.then(({ status }) => process.exit(status === 201 ? 0 : 1))"`,
].join(" ");

const stored = (name: string) => storage.text("output", name);
const ended = (state: string, id: string) => `${state}/${id}`;

describe.concurrent("output files", () => {
  it("row 13: a task that has completed has its files in the storage, named as it asked, and can be read there by anyone's client", async () => {
    const make =
      "mkdir -p results/deep; echo 42 > results/answer.txt; echo 43 > results/deep/more.txt; echo log; echo no > other";
    const { executionInfo } = await run("uploads", sh(make), [
      { filePattern: "results/**/*.txt", path: "run-1" },
      { filePattern: "../std*.txt", path: "run-1/logs" },
      { filePattern: "other", path: "renamed.dat" },
    ]);
    expect(executionInfo).toMatchObject({ exitCode: 0, result: "success" });
    expect((await storage.names("output")).filter((name) => name.startsWith("run-1/") || name === "renamed.dat")).toEqual([
      "renamed.dat",
      "run-1/answer.txt",
      "run-1/deep/more.txt",
      "run-1/logs/stderr.txt",
      "run-1/logs/stdout.txt",
    ]);
    expect(await stored("run-1/answer.txt")).toBe("42\n");
    expect(await stored("run-1/logs/stdout.txt")).toBe("log\n");
    expect(await stored("run-1/logs/stderr.txt")).toBe("");
    expect(await stored("renamed.dat")).toBe("no\n");
    const log = await on.text("/jobs/j/tasks/uploads/files/fileuploadout.txt");
    expect(log).toContain("run-1/answer.txt");
    expect(log).not.toContain("sig=");
  });

  it("row 13: a task can upload its output by itself, with a program of its own and a signed URL", async () => {
    const url = await storage.blobSas("output", "own/result.txt", "cw");
    await server.post("/jobs/j/tasks", {
      id: "own",
      commandLine: sh(`echo computed > result.txt; ${PUT} result.txt`),
      environmentSettings: [{ name: "URL", value: url }],
    });
    expect((await on.completed("j", "own")).executionInfo).toMatchObject({ exitCode: 0 });
    expect(await stored("own/result.txt")).toBe("computed\n");
  });

  it("T-75: upload headers are sent with each blob; one that the upload needs itself is refused", async () => {
    const containerUrl = await storage.containerSas("output", "cw");
    const output = (uploadHeaders: object[]) => ({
      filePattern: "report.html",
      destination: { container: { containerUrl, uploadHeaders } },
      uploadOptions: { uploadCondition: "tasksuccess" },
    });
    const headers = [
      { name: "x-ms-blob-content-type", value: "text/html" },
      { name: "x-ms-meta-run", value: "7" },
    ];
    const task = (id: string, uploadHeaders: object[]) => ({
      id,
      commandLine: sh("echo hello > report.html"),
      outputFiles: [output(uploadHeaders)],
    });
    await server.post("/jobs/j/tasks", task("headers", headers));
    expect((await on.completed("j", "headers")).executionInfo).toMatchObject({ result: "success" });
    const blob = storage.client.getContainerClient("output").getBlobClient("report.html");
    expect(await blob.getProperties()).toMatchObject({ contentType: "text/html", metadata: { run: "7" } });
    for (const header of [
      { name: "Content-Length", value: "1" },
      { name: "x-ms-blob-type", value: "PageBlob" },
      { name: "a b", value: "x" },
      { name: "x-ms-meta-a", value: "x\r\nHost: other" },
    ])
      expect((await server.ask("POST", "/jobs/j/tasks", task("refused", [header]))).status).toBe(400);
  });

  it("T-76: tasksuccess, taskfailure and taskcompletion decide by how the task has ended", async () => {
    const conditions = ["tasksuccess", "taskfailure", "taskcompletion"];
    await Promise.all(
      [0, 3].map((code) =>
        run(
          `ends-${code}`,
          sh(`echo ${code} > code.txt; exit ${code}`),
          conditions.map((uploadCondition) => ({
            filePattern: "code.txt",
            path: ended(uploadCondition, `${code}`),
            uploadCondition,
          })),
        ),
      ),
    );
    const there = await Promise.all(
      conditions.flatMap((condition) =>
        [0, 3].map(async (code) => [condition, code, await stored(ended(condition, `${code}`))]),
      ),
    );
    expect(there).toEqual([
      ["tasksuccess", 0, "0\n"],
      ["tasksuccess", 3, undefined],
      ["taskfailure", 0, undefined],
      ["taskfailure", 3, "3\n"],
      ["taskcompletion", 0, "0\n"],
      ["taskcompletion", 3, "3\n"],
    ]);
  });

  it("section 11: an upload that fails fails the task with a code that says why, whatever its exit code, and is not tried again", async () => {
    const refused = await storage.containerSas("output", "r");
    const missing = await storage.containerSas("no-such-container", "cw");
    const cases = [
      ["may-not", refused, 0, "FileUploadAccessDenied", "UserError"],
      ["nowhere", missing, 0, "FileUploadContainerNotFound", "UserError"],
      ["failed-too", refused, 5, "FileUploadAccessDenied", "UserError"],
      ["no-container", `${storage.blobEndpoint}/x`, 0, "FileUploadMiscError", "ServerError"],
    ] as const;
    await Promise.all(
      cases.map(async ([id, containerUrl, code, failure, category]) => {
        const { executionInfo } = await run(id, sh(`echo x > x; exit ${code}`), [{ filePattern: "x", containerUrl }], {
          constraints: { maxTaskRetryCount: 2 },
        });
        expect(executionInfo, id).toMatchObject({
          exitCode: code,
          result: "failure",
          retryCount: 0,
          failureInfo: { category, code: failure },
        });
        expect(JSON.stringify(executionInfo)).not.toContain("sig=");
        const said = await on.text(`/jobs/j/tasks/${id}/files/fileuploaderr.txt`);
        expect(said, id).toMatch(/wd\/x: /);
        expect(said).not.toContain("sig=");
      }),
    );
  });

  it("T-76, T-77: a pattern that finds nothing is no failure, and a task that uploads nothing has no upload logs", async () => {
    const { executionInfo } = await run("nothing", sh("true"), [{ filePattern: "*.nothing" }]);
    expect(executionInfo).toMatchObject({ exitCode: 0, result: "success" });
    await run("never", sh("true"), [{ filePattern: "*", uploadCondition: "taskfailure" }]);
    expect(await on.text("/jobs/j/tasks/never/files/fileuploadout.txt")).toBeUndefined();
    expect(await on.text("/jobs/j/tasks/never/files/fileuploaderr.txt")).toBeUndefined();
  });

  it("row 175: a release task packs the logs of the job, uploads the archive, and deletes the data that the job left on the node", async () => {
    const url = await storage.blobSas("output", "logs/job.tar.gz", "cw");
    await server.post("/jobs", {
      id: "releases",
      poolInfo: { poolId: "p" },
      jobPreparationTask: {
        commandLine: sh("mkdir -p $AZ_BATCH_NODE_SHARED_DIR/releases; echo big > $AZ_BATCH_NODE_SHARED_DIR/releases/data"),
      },
      jobReleaseTask: {
        commandLine: sh(
          `set -e; cd $AZ_BATCH_NODE_ROOT_DIR/workitems/releases/job-1; tar czf $AZ_BATCH_TASK_WORKING_DIR/logs.tar.gz */stdout.txt; ${PUT} $AZ_BATCH_TASK_WORKING_DIR/logs.tar.gz; rm -r $AZ_BATCH_NODE_SHARED_DIR/releases`,
        ),
        environmentSettings: [{ name: "URL", value: url }],
      },
    });
    for (const id of ["a", "b"]) await server.post("/jobs/releases/tasks", { id, commandLine: sh(`echo said by ${id}`) });
    for (const id of ["a", "b"]) await on.completed("releases", id);
    expect(await on.file("p", "tvm-1", "shared/releases/data")).toBe("big\n");
    await server.post("/jobs/releases/terminate", {});
    await on.jobIn("releases", "completed");
    const archive = await storage.client.getContainerClient("output").getBlobClient("logs/job.tar.gz").downloadToBuffer();
    const unpacked = gunzipSync(archive).toString("latin1");
    for (const id of ["a", "b"]) {
      expect(unpacked).toContain(`${id}/stdout.txt`);
      expect(unpacked).toContain(`said by ${id}\n`);
    }
    expect(await on.file("p", "tvm-1", "shared/releases/data")).toBeUndefined();
  });
});
