/** Resource files in, output files out (T-70 to T-77, codes of section 11), against a storage service of our own on loopback. */
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OutputFile, ResourceFile } from "../../runtime/agent/run/details.ts";
import type { RunEnding } from "../../runtime/agent/protocol.ts";
import { BlobServer, SIGNATURE } from "./blobServer.ts";
import { Desk } from "./desk.ts";

let desk: Desk;
let blobs: BlobServer;
let serial = 0;
beforeAll(async () => {
  desk = await Desk.open();
  blobs = await BlobServer.open();
  blobs.blobs.set("public/file", Buffer.from("content"));
  for (const name of ["a.txt", "deep/b & <c>.txt", "deep/d.txt", "deep/", "other/e.txt"]) {
    blobs.blobs.set(`private/${name}`, Buffer.from(name));
  }
});
afterAll(async () => {
  await desk.close();
  await blobs.close();
});

interface Fetched {
  readonly ending: RunEnding;
  readonly path: (name: string) => string;
}

async function withFiles(resourceFiles: readonly ResourceFile[], commandLine = "true"): Promise<Fetched> {
  const run = `r${serial++}`;
  const ending = await desk.result(run, commandLine, { resourceFiles });
  return { ending, path: (name) => desk.path("workitems/job/job-1", run, "wd", name) };
}

describe("resource files", () => {
  it("T-70, T-71: a URL becomes a file, directories are made, the mode is 0770 or what is asked for", async () => {
    const httpUrl = `${blobs.origin}/public/file`;
    const { ending, path } = await withFiles([
      { httpUrl, filePath: "in/deep/one" },
      { blobSource: httpUrl, filePath: "two", fileMode: "0644" },
      { httpUrl },
    ]);
    expect(ending.exitCode).toBe(0);
    expect(readFileSync(path("in/deep/one"), "utf8")).toBe("content");
    expect(statSync(path("in/deep/one")).mode & 0o7777).toBe(0o770);
    expect(statSync(path("two")).mode & 0o7777).toBe(0o644);
    expect(existsSync(path("file"))).toBe(true);
  });

  it("T-70: a container becomes its blobs, over all pages of its listing, with a prefix and below a directory", async () => {
    const storageContainerUrl = `${blobs.origin}/private?${SIGNATURE}`;
    const { ending, path } = await withFiles([
      { storageContainerUrl },
      { storageContainerUrl, blobPrefix: "deep/", filePath: "only" },
    ]);
    expect(ending).toMatchObject({ cause: "exit", exitCode: 0 });
    for (const name of ["a.txt", "deep/b & <c>.txt", "deep/d.txt", "other/e.txt"])
      expect(readFileSync(path(name), "utf8")).toBe(name);
    expect(readFileSync(path("only/deep/d.txt"), "utf8")).toBe("deep/d.txt");
    expect(existsSync(path("only/a.txt"))).toBe(false);
  });

  it("follows a redirection, and reads a file of this machine", async () => {
    const local = join(desk.root, "local file");
    writeFileSync(local, "local");
    const { path } = await withFiles([
      { httpUrl: `${blobs.origin}/moved`, filePath: "moved" },
      { httpUrl: pathToFileURL(local).href, filePath: "local" },
    ]);
    expect(readFileSync(path("moved"), "utf8")).toBe("content");
    expect(readFileSync(path("local"), "utf8")).toBe("local");
  });

  it("tries again when the server is busy", async () => {
    blobs.blobs.set("public/busy", Buffer.from("at last"));
    blobs.busy.set("public/busy", 2);
    const { path } = await withFiles([{ httpUrl: `${blobs.origin}/public/busy`, filePath: "x" }]);
    expect(readFileSync(path("x"), "utf8")).toBe("at last");
  });

  it.each<[string, string, string]>([
    ["/nothing/here", "UserError", "BlobNotFound"],
    ["/private/a.txt", "UserError", "BlobAccessDenied"],
    ["/status/401", "UserError", "BlobAccessDenied"],
    ["/status/400", "ServerError", "BlobDownloadMiscError"],
    ["/away", "ServerError", "BlobDownloadMiscError"],
  ])("section 11: %s is a preprocessing error: %s %s; the task does not run", async (path, category, code) => {
    const { ending, path: file } = await withFiles(
      [{ httpUrl: `${blobs.origin}${path}`, filePath: "x" }],
      "/bin/sh -c 'echo ran > ran'",
    );
    expect(ending).toMatchObject({ cause: "preprocessing", failure: { category, code } });
    expect(ending.exitCode).toBeUndefined();
    expect(existsSync(file("ran"))).toBe(false);
  });

  it("a container that may not be listed is refused, and the signature is not shown", async () => {
    const { ending } = await withFiles([{ storageContainerUrl: `${blobs.origin}/private?sv=1&sig=wrong` }]);
    expect(ending.failure).toMatchObject({ code: "BlobAccessDenied" });
    expect(ending.failure!.message).not.toContain("wrong");
  });

  it.each<ResourceFile>([
    { httpUrl: "HTTP", filePath: "../out" },
    { httpUrl: "HTTP", filePath: "/etc/out" },
    { httpUrl: "HTTP", filePath: "a/../../out" },
    { httpUrl: "HTTP", filePath: "a\0b" },
    { httpUrl: "HTTP", filePath: "x", fileMode: "rwx" },
    { httpUrl: "ftp://host/x", filePath: "x" },
    { httpUrl: "no url", filePath: "x" },
    { httpUrl: "file:///nosuch/file", filePath: "x" },
    { httpUrl: "file:///dev/zero", filePath: "x" },
    { httpUrl: "file:///", filePath: "x" },
    { autoStorageContainerName: "linked" },
    {},
  ])("T-71: refuses %j as the user's error", async (file) => {
    const { ending } = await withFiles([file.httpUrl === "HTTP" ? { ...file, httpUrl: `${blobs.origin}/public/file` } : file]);
    expect(ending).toMatchObject({ cause: "preprocessing", failure: { category: "UserError" } });
  });

  it("T-54: common files go one above wd", async () => {
    const commonResourceFiles = [{ httpUrl: `${blobs.origin}/public/file`, filePath: "common" }];
    await desk.result("common", "cat ../common", { commonResourceFiles });
    expect(desk.text("common")).toBe("content");
  });

  it("Kill ends a run while it waits for its files", async () => {
    blobs.busy.set("public/never", 1_000);
    desk.run("waits", "true", { resourceFiles: [{ httpUrl: `${blobs.origin}/public/never`, filePath: "x" }] });
    while (!blobs.requests.includes("GET /public/never")) await new Promise((resolve) => setTimeout(resolve, 5));
    desk.send({ kind: "Kill", run: "waits" });
    expect((await desk.ended("waits")).cause).toBe("killed");
  });
});

function output(filePattern: string, containerUrl: string, path?: string, uploadCondition = "taskcompletion"): OutputFile {
  const container = { containerUrl, ...(path === undefined ? {} : { path }) };
  return { filePattern, destination: { container }, uploadOptions: { uploadCondition } };
}

describe("output files", () => {
  const make = "/bin/sh -c 'mkdir -p d/e; echo 1 > d/one.log; echo 2 > d/e/two.log; echo 3 > d/.hidden; echo out'";

  it("T-75: uploads what matches, under its name or below a path, and one file under the name given", async () => {
    const container = `${blobs.origin}/private?${SIGNATURE}`;
    const outputFiles = [
      output("**/*.log", container, "logs"),
      output("../stdout.txt", container, "run/out.txt"),
      output("d/e/two.log", container),
    ];
    expect(await desk.result("o1", make, { outputFiles })).toMatchObject({ cause: "exit", exitCode: 0 });
    expect(String(blobs.blobs.get("private/logs/d/one.log"))).toBe("1\n");
    expect(String(blobs.blobs.get("private/logs/d/e/two.log"))).toBe("2\n");
    expect(String(blobs.blobs.get("private/run/out.txt"))).toBe("out\n");
    expect(String(blobs.blobs.get("private/two.log"))).toBe("2\n");
    const log = desk.text("o1", "fileuploadout.txt");
    expect(log.split("\n")).toHaveLength(5);
    expect(log).not.toContain("secret");
    expect(desk.text("o1", "fileuploaderr.txt")).toBe("");
  });

  it.each([
    ["tasksuccess", "true", true],
    ["tasksuccess", "false", false],
    ["taskfailure", "true", false],
    ["TaskFailure", "false", true],
    ["taskcompletion", "false", true],
  ])("T-76: %s after %s uploads: %s", async (condition, program, uploads) => {
    const name = `condition-${condition}-${program}`;
    const outputFiles = [output("../stdout.txt", `${blobs.origin}/private?${SIGNATURE}`, name, condition)];
    await desk.result(name, `/bin/sh -c ${program}`, { outputFiles });
    expect(blobs.blobs.has(`private/${name}`)).toBe(uploads);
    expect(existsSync(desk.path("workitems/job/job-1", name, "fileuploadout.txt"))).toBe(uploads);
  });

  it("T-76: no match is no error; an empty file is a file; a directory of this machine can take it", async () => {
    const target = join(desk.root, "taken");
    const outputFiles = [
      output("*.nothing", `${blobs.origin}/private?${SIGNATURE}`),
      output("../stderr.txt", pathToFileURL(target).href, "e"),
    ];
    expect(await desk.result("o2", "true", { outputFiles })).toMatchObject({ cause: "exit", exitCode: 0 });
    expect(readFileSync(join(target, "e"), "utf8")).toBe("");
  });

  it.each([
    ["/private?sig=no", "UserError", "FileUploadAccessDenied"],
    ["/nothing/x", "UserError", "FileUploadContainerNotFound"],
    ["/status/400?x=", "ServerError", "FileUploadMiscError"],
  ])("section 11: to %s is an upload error: %s %s, and the exit code is told", async (container, category, code) => {
    const outputFiles = [
      output("../stdout.txt", `${blobs.origin}${container}`, container.startsWith("/status") ? undefined : "x"),
    ];
    const ending = await desk.result(`o-${code}`, "/bin/sh -c 'exit 3'", { outputFiles });
    expect(ending).toMatchObject({ cause: "upload", exitCode: 3, failure: { category, code } });
    expect(desk.text(`o-${code}`, "fileuploaderr.txt")).not.toBe("");
  });

  it("a name that would leave a directory of this machine is refused", async () => {
    const outputFiles = [output("../stdout.txt", pathToFileURL(join(desk.root, "taken")).href, "../../escape")];
    expect(await desk.result("o3", "true", { outputFiles })).toMatchObject({ cause: "upload" });
    expect(existsSync(join(desk.root, "escape"))).toBe(false);
  });

  it("a link that goes round does not hold up a search", async () => {
    const outputFiles = [output("**", `${blobs.origin}/private?${SIGNATURE}`, "round")];
    symlinkSync(".", join(desk.root, "unused"));
    expect(await desk.result("o4", "/bin/sh -c 'ln -s . loop; echo x > file'", { outputFiles })).toMatchObject({
      exitCode: 0,
      cause: "exit",
    });
    expect([...blobs.blobs.keys()].filter((name) => name.startsWith("private/round"))).toEqual(["private/round/file"]);
  });
});
