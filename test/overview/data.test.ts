/**
 * Data in: files of a blob storage (Azurite, filled with Azure's own client) that tasks of every kind find in their working directory before their command
 * line runs (T-70 to T-72). Signatures, modes, containers, and what a server on the way may do to a file.
 */
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
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
  await storage.container("input");
  await storage.upload("input", "data.csv", "a,b\n1,2\n");
  await storage.upload("input", "tools/count.sh", "#!/bin/sh\nwc -l < $1\n");
  await server.post("/pools", poolBody("p", { targetDedicatedNodes: 1, vmSize: "standard_d4s_v3", taskSlotsPerNode: 4 }));
  await server.post("/jobs", { id: "j", poolInfo: { poolId: "p" } });
}, 120_000);
afterAll(async () => {
  await storage?.stop();
  await endAll();
}, 30_000);

/** Runs a task with these files; the task when it has ended. */
async function run(id: string, commandLine: string, resourceFiles: readonly object[]) {
  await server.post("/jobs/j/tasks", { id, commandLine, resourceFiles });
  return await on.completed("j", id);
}

const sas = (name: string, permissions?: string, expiresOn?: Date) => storage.blobSas("input", name, permissions, expiresOn);

describe.concurrent("resource files", () => {
  it("rows 4 and 5: a file that was put into a blob container is later found by a task below its working directory", async () => {
    await storage.upload("input", "later/reference.txt", "uploaded first, read later\n");
    const { executionInfo } = await run("later", sh("cat in/deep/reference.txt"), [
      { httpUrl: await sas("later/reference.txt"), filePath: "in/deep/reference.txt" },
    ]);
    expect(executionInfo).toMatchObject({ exitCode: 0, result: "success" });
    expect(await on.stdout("j", "later")).toBe("uploaded first, read later\n");
    expect(await on.text("/jobs/j/tasks/later/files/wd/in/deep/reference.txt")).toBe("uploaded first, read later\n");
  });

  it("row 6: a blob URL works with a signature; without one a private blob is BlobAccessDenied, one that is not there BlobNotFound", async () => {
    const bare = storage.client.getContainerClient("input").getBlobClient("data.csv").url;
    const minute = 60_000;
    const cases = [
      ["signed", await sas("data.csv"), undefined],
      ["unsigned", bare, "BlobAccessDenied"],
      ["expired", await sas("data.csv", "r", new Date(Date.now() - minute)), "BlobAccessDenied"],
      ["for-writing-only", await sas("data.csv", "w"), "BlobAccessDenied"],
      ["tampered", (await sas("data.csv")).replace(/sig=.../, "sig=AAA"), "BlobAccessDenied"],
      ["not-there", await sas("no-such-blob"), "BlobNotFound"],
    ] as const;
    await Promise.all(
      cases.map(async ([id, httpUrl, code]) => {
        const { executionInfo } = await run(id, sh("cat data.csv"), [{ httpUrl, filePath: "data.csv" }]);
        if (code === undefined) expect(executionInfo).toMatchObject({ exitCode: 0, result: "success" });
        else expect(executionInfo, id).toMatchObject({ result: "failure", failureInfo: { category: "UserError", code } });
        // The signature is a secret: what is said of the failure names the blob without it.
        expect(JSON.stringify(executionInfo)).not.toContain("sig=");
      }),
    );
    expect(await on.stdout("j", "signed")).toBe("a,b\n1,2\n");
  });

  it("row 7: a program comes the same way, with the data it works on, and runs when its file mode makes it executable", async () => {
    const program = { httpUrl: await sas("tools/count.sh"), filePath: "bin/count.sh" };
    const data = { httpUrl: await sas("data.csv"), filePath: "data.csv" };
    await run("executable", sh("stat -c %a bin/count.sh; bin/count.sh data.csv"), [{ ...program, fileMode: "0755" }, data]);
    expect(await on.stdout("j", "executable")).toBe("755\n2\n");
    await run("default", sh("stat -c %a bin/count.sh; bin/count.sh data.csv"), [program, data]);
    expect(await on.stdout("j", "default")).toBe("770\n2\n");
    const { executionInfo } = await run("plain", sh("test -x bin/count.sh || exit 126"), [{ ...program, fileMode: "0644" }]);
    expect(executionInfo).toMatchObject({ exitCode: 126 });
  });

  it("row 141: all of a task's files are complete when its process starts, large ones and many of them too", async () => {
    const large = Buffer.alloc(20_000_000, "0123456789abcdef");
    await storage.upload("input", "large.bin", large);
    const httpUrl = await sas("large.bin");
    const small = await sas("data.csv");
    const files = Array.from({ length: 30 }, (_, i) => ({ httpUrl: small, filePath: `many/${i}.csv` }));
    // The very first thing that the process does is to look.
    await run("present", sh("sha256sum large.bin; ls many | wc -l; cat many/* | wc -c"), [
      { httpUrl, filePath: "large.bin" },
      ...files,
    ]);
    const hash = createHash("sha256").update(large).digest("hex");
    expect(await on.stdout("j", "present")).toBe(`${hash}  large.bin\n30\n${30 * 8}\n`);
  });

  it("row 177: preparation and release tasks have their files downloaded too", async () => {
    const files = async (name: string, filePath: string) => [{ httpUrl: await sas(name), filePath }];
    await server.post("/jobs", {
      id: "prepared",
      poolInfo: { poolId: "p" },
      jobPreparationTask: {
        commandLine: sh("cp common.csv $AZ_BATCH_NODE_SHARED_DIR/common.csv"),
        resourceFiles: await files("data.csv", "common.csv"),
      },
      jobReleaseTask: {
        commandLine: sh("chmod +x count.sh; ./count.sh $AZ_BATCH_NODE_SHARED_DIR/common.csv"),
        resourceFiles: await files("tools/count.sh", "count.sh"),
      },
    });
    await server.post("/jobs/prepared/tasks", { id: "t", commandLine: sh("cat $AZ_BATCH_NODE_SHARED_DIR/common.csv") });
    await on.completed("prepared", "t");
    expect(await on.stdout("prepared", "t")).toBe("a,b\n1,2\n");
    await server.post("/jobs/prepared/terminate", {});
    await on.jobIn("prepared", "completed");
    const said = await on.file("p", "tvm-1", "workitems/prepared/job-1/jobrelease/stdout.txt");
    expect(said).toBe("2\n");
  });

  it("T-70: a container comes as a whole, or what of it begins with a prefix; one that may not be listed is BlobAccessDenied", async () => {
    await storage.container("whole");
    const names = ["a b.txt", "deep/er/c & d.txt", "deep/ü.txt", "other.txt"];
    for (const name of names) await storage.upload("whole", name, name);
    const storageContainerUrl = await storage.containerSas("whole");
    await run("container", sh('find . -type f | sort | while read -r f; do cat "$f"; echo; done'), [
      { storageContainerUrl },
      { storageContainerUrl, blobPrefix: "deep/", filePath: "only" },
    ]);
    const said = (await on.stdout("j", "container")).trim().split("\n");
    expect(said.sort()).toEqual([...names, "deep/er/c & d.txt", "deep/ü.txt"].sort());
    const { executionInfo } = await run("unlistable", sh("true"), [
      { storageContainerUrl: await storage.containerSas("whole", "r"), filePath: "x" },
    ]);
    expect(executionInfo.failureInfo).toMatchObject({ code: "BlobAccessDenied" });
  });

  it("T-71: a path that leaves the working directory is refused when the task is added, and nothing of it is kept", async () => {
    const httpUrl = await sas("data.csv");
    for (const filePath of ["../out", "/etc/out", "a/../../out", "a\\..\\..\\out"]) {
      const { status, text } = await server.ask("POST", "/jobs/j/tasks", {
        id: "escapes",
        commandLine: "true",
        resourceFiles: [{ httpUrl, filePath }],
      });
      expect({ status, code: JSON.parse(text).code }, filePath).toEqual({ status: 400, code: "InvalidPropertyValue" });
    }
    expect((await server.ask("GET", "/jobs/j/tasks/escapes")).status).toBe(404);
  });

  it("a managed identity, which this machine has none of, is refused and not passed over in silence", async () => {
    const identityReference = {
      resourceId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i",
    };
    const file = { httpUrl: `${storage.blobEndpoint}/input/data.csv`, filePath: "x", identityReference };
    const container = { containerUrl: `${storage.blobEndpoint}/input`, identityReference };
    const output = { filePattern: "*", destination: { container }, uploadOptions: { uploadCondition: "taskcompletion" } };
    for (const more of [{ resourceFiles: [file] }, { outputFiles: [output] }]) {
      const { status, text } = await server.ask("POST", "/jobs/j/tasks", { id: "identity", commandLine: "true", ...more });
      expect(status).toBe(400);
      expect(text).toMatch(/identityReference/);
      expect(text).toMatch(/signature|SAS/);
    }
  });
});

describe("servers on the way", () => {
  let web: Server;
  let busy = 2;
  const gzipped = gzipSync("packed\n");
  beforeAll(async () => {
    web = createServer(({ url }, response) => {
      if (url === "/busy" && busy-- > 0) response.writeHead(503).end();
      else if (url === "/moved") response.writeHead(302, { Location: "/final?x=1" }).end();
      else if (url === "/packed.gz") response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipped);
      else response.writeHead(200).end(`${url}\n`);
    });
    // A port that browsers bar, and `fetch` with them.
    await listen(web, [6000, 10080, 6665, 6666, 6667, 6668, 6669, 6697]);
  });
  afterAll(() => void web.close());

  it("T-70: redirections are followed, a busy server is asked again, gzip stays gzip, and any port will do", async () => {
    const at = (path: string) => `http://127.0.0.1:${(web.address() as AddressInfo).port}${path}`;
    const { executionInfo } = await run("http", sh("cat moved busy; gunzip -c packed.gz"), [
      { httpUrl: at("/moved"), filePath: "moved" },
      { httpUrl: at("/busy"), filePath: "busy" },
      { httpUrl: at("/packed.gz"), filePath: "packed.gz" },
    ]);
    expect(executionInfo).toMatchObject({ exitCode: 0 });
    expect(await on.stdout("j", "http")).toBe("/final?x=1\n/busy\npacked\n");
  });
});

/** Listens on the first of these ports that is free. */
async function listen(web: Server, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const listens = await new Promise<boolean>((resolve) => {
      web.once("error", () => resolve(false));
      web.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (listens) return;
  }
  throw new Error("none of the barred ports is free");
}
