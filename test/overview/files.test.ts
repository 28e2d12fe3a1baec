/** Files of tasks and nodes for whoever looks for a mistake: by task and by node, whole and in part, in directories and out of them, while they grow. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, SignedClient } from "../conformance/signed.ts";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { textOf } from "../conformance/sdkClient.ts";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { OnNodes, sh } from "./onNodes.ts";
import { Owner } from "./owner.ts";

let server: Served;
let client: BatchServiceClient;
let signed: SignedClient;
let owner: Owner;
const on = new OnNodes(() => server);

/** Bytes of all values, and a line at a time; both streams. */
const PROGRAM = [
  "const { writeSync } = require('fs');",
  "writeSync(1, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));",
  "for (let i = 0; i < 20000; i++) { writeSync(1, 'out ' + i + '\\n'); writeSync(2, 'err ' + i + '\\n'); }",
].join(" ");
const OUT = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  Buffer.from(Array.from({ length: 20_000 }, (_, i) => `out ${i}\n`).join("")),
]);
const ERR = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `err ${i}\n`).join(""));

beforeAll(async () => {
  buildOnce();
  server = await served("--fast", "--log-level", "warn");
  const { account, key, endpoint } = server.document;
  client = new BatchServiceClient(new BatchSharedKeyCredentials(account, key), endpoint);
  signed = new SignedClient(server.document);
  owner = new Owner(server);
  await server.post("/pools", poolBody("p", { targetDedicatedNodes: 1, taskSlotsPerNode: 4 }));
  await server.post("/jobs", { id: "j", poolInfo: { poolId: "p" } });
  await server.post("/jobs/j/tasks", { id: "output", commandLine: `${process.execPath} -e "${PROGRAM}"` });
  const make =
    'mkdir -p results/deep/er empty; echo 0123456789 > results/digits.txt; echo deep > results/deep/er/a.txt; printf é > results/é.txt; echo x > "a b.txt"; echo n > plain';
  await server.post("/jobs/j/tasks", { id: "files", commandLine: sh(make) });
  for (const id of ["output", "files"]) expect((await on.completed("j", id)).executionInfo.exitCode).toBe(0);
}, 120_000);
afterAll(async () => {
  signed?.close();
  owner?.workplace.clear();
  await endAll();
}, 30_000);

const sha = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const ofTask = (path: string) => `/jobs/j/tasks/files/files/${path}`;
const ofNode = (path: string) => `/pools/p/nodes/tvm-1/files/workitems/j/job-1/files/${path}`;

interface Listed {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly properties?: { readonly contentLength: string };
}
const list = (path: string) => signed.list<Listed>(path);

describe.concurrent("files", () => {
  it("row 277: stdout.txt and stderr.txt of the task's directory hold what its process wrote, byte for byte, and grow while it runs", async () => {
    const read = async (name: string) => (await signed.expect(200, "GET", `/jobs/j/tasks/output/files/${name}`)).bytes;
    const [out, err] = await Promise.all([read("stdout.txt"), read("stderr.txt")]);
    expect([out.length, sha(out)]).toEqual([OUT.length, sha(OUT)]);
    expect([err.length, sha(err)]).toEqual([ERR.length, sha(ERR)]);
    const wait = "echo first; until test -f go; do sleep 0.05; done; echo second";
    await server.post("/jobs/j/tasks", { id: "grows", commandLine: sh(wait) });
    const said = () => on.text("/jobs/j/tasks/grows/files/stdout.txt");
    await eventually("the first line", async () => ((await said()) === "first\n" ? true : undefined));
    expect((await on.task("j", "grows")).state).toBe("running");
    // Another task of the node lets it go on.
    await server.post("/jobs/j/tasks", {
      id: "lets-go",
      commandLine: sh("touch $AZ_BATCH_NODE_ROOT_DIR/workitems/j/job-1/grows/wd/go"),
      userIdentity: { autoUser: { scope: "pool", elevationLevel: "admin" } },
    });
    await on.completed("j", "grows");
    expect(await said()).toBe("first\nsecond\n");
  });

  it("row 278: a file is downloaded by task and by node alike, with the unmodified SDK and with the command line", async () => {
    const expected = "0123456789\n";
    expect(await textOf(client.file.getFromTask("j", "files", "wd/results/digits.txt"))).toBe(expected);
    const onNode = "workitems/j/job-1/files/wd/results/digits.txt";
    expect(await textOf(client.file.getFromComputeNode("p", "tvm-1", onNode))).toBe(expected);
    expect(owner.weir(["file", "download", "wd/results/digits.txt", "--job", "j", "--task", "files"])).toMatchObject({
      code: 0,
      stdout: expected,
    });
    expect(owner.weir(["file", "download", onNode, "--pool", "p", "--node", "tvm-1"])).toMatchObject({
      code: 0,
      stdout: expected,
    });
    const head = await signed.expect(200, "HEAD", ofTask("wd%2Fresults%2Fdigits.txt"));
    expect(head.headers).toMatchObject({ "content-length": "11", "ocp-batch-file-isdirectory": "False" });
  });

  it("row 279: other files too: lists of one level or of all, names that begin so, ranges, and names with blanks and letters of any kind", async () => {
    const names = async (path: string) => (await list(path)).map(({ name }) => name).sort();
    const all = [
      "stderr.txt",
      "stdout.txt",
      "wd",
      "wd/a b.txt",
      "wd/empty",
      "wd/plain",
      "wd/results",
      "wd/results/deep",
      "wd/results/deep/er",
    ];
    all.push("wd/results/deep/er/a.txt", "wd/results/digits.txt", "wd/results/é.txt");
    expect(await names("/jobs/j/tasks/files/files")).toEqual(["stderr.txt", "stdout.txt", "wd"]);
    expect(await names("/jobs/j/tasks/files/files?recursive=true")).toEqual(all.sort());
    const filter = encodeURIComponent("startswith(name,'wd/results/')");
    expect(await names(`/jobs/j/tasks/files/files?recursive=true&$filter=${filter}`)).toEqual(
      all.filter((name) => name.startsWith("wd/results/")),
    );
    expect(await names("/jobs/j/tasks/files/files?recursive=true&maxresults=2")).toEqual(all);
    const root = await names("/pools/p/nodes/tvm-1/files");
    expect(root).toEqual(expect.arrayContaining(["applications", "shared", "startup", "workitems"]));
    const nodeFilter = encodeURIComponent("startswith(name,'workitems/j/job-1/files/')");
    const below = await names(`/pools/p/nodes/tvm-1/files?recursive=true&$filter=${nodeFilter}`);
    expect(below).toEqual(expect.arrayContaining(all.map((name) => `workitems/j/job-1/files/${name}`)));
    const sizes = new Map((await list("/jobs/j/tasks/files/files?recursive=true")).map((file) => [file.name, file]));
    expect(sizes.get("wd/results/digits.txt")).toMatchObject({
      isDirectory: false,
      properties: { contentLength: expect.anything() },
    });
    expect(sizes.get("wd/empty")).toMatchObject({ isDirectory: true });
    expect((await signed.expect(200, "GET", ofTask("wd%2Fa%20b.txt"))).bytes.toString()).toBe("x\n");
    expect((await signed.expect(200, "GET", ofNode("wd%2Fresults%2F%C3%A9.txt"))).bytes.toString()).toBe("é");
    // Ranges, from the middle, to the end, and behind it: with the SDK, which sends them as the service wants them.
    const part = (ocpRange: string) =>
      textOf(client.file.getFromTask("j", "files", "wd/results/digits.txt", { fileGetFromTaskOptions: { ocpRange } }));
    expect([await part("bytes=2-4"), await part("bytes=8-"), await part("bytes=0-0"), await part("bytes=9-99")]).toEqual([
      "234",
      "89\n",
      "0",
      "9\n",
    ]);
    const behind =
      (await part("bytes=100-").then(
        () => undefined,
        (error: { statusCode?: number }) => error,
      )) ?? {};
    expect(behind).toMatchObject({ statusCode: 416 });
  });

  it("L-67: no path leads out of the task's or node's directories, however it is written, and no link does", async () => {
    await server.post("/jobs/j/tasks", {
      id: "links",
      commandLine: sh("ln -s /etc/passwd out; ln -s /etc etc; echo in > in; ln -s in inside"),
    });
    await on.completed("j", "links");
    const asked = async (path: string): Promise<Answer> => signed.send("GET", path);
    for (const path of [
      "..%2f..%2fetc%2fpasswd",
      "%2fetc%2fpasswd",
      "wd%2f..%2f..%2f..%2fx",
      "wd%5c..%5c..%5cx",
      "wd%2fout",
      "wd%2fetc%2fpasswd",
      "wd%00",
    ]) {
      const { status, bytes } = await asked(`/jobs/j/tasks/links/files/${path}`);
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
      expect(bytes.toString()).not.toContain("root:");
    }
    expect((await asked("/pools/p/nodes/tvm-1/files/..%2f..%2faccount.json")).status).toBeGreaterThanOrEqual(400);
  });
});
