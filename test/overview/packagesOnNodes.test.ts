/**
 * Application packages where they are wanted: on every node of a pool that names them, and on just those nodes that run a task that names them, just before
 * its command (P-150 to P-154, T-80). How often a package was unpacked is counted by the service's metrics.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { OnNodes, sh } from "./onNodes.ts";
import { installations, installedBytes, Publisher } from "./packing.ts";

let server: Served;
let strict: Served;
let storage: Azurite;
let publisher: Publisher;
const on = new OnNodes(() => server);
/** How far the clock of a file system may be behind. */
const FILE_CLOCK_MS = 20;
const PROGRAM = { content: "#!/bin/sh\necho program says $1\n", mode: 0o100755 };

beforeAll(async () => {
  buildOnce();
  const options = ["--fast", "--log-level", "warn", "--dedicated-cores", "100"];
  [storage, server, strict] = await Promise.all([startAzurite(), served(...options), served(...options, "--strict-2017")]);
  publisher = await Publisher.of(server);
  await publisher.publish("program", "1.0", { "bin/run.sh": PROGRAM });
}, 120_000);
afterAll(async () => {
  await storage?.stop();
  await endAll();
}, 30_000);

const pool = (id: string, nodes: number, more: object = {}) =>
  server.post("/pools", poolBody(id, { targetDedicatedNodes: nodes, ...more }));
const reference = (applicationId: string, version?: string) => ({
  applicationPackageReferences: [{ applicationId, ...(version === undefined ? {} : { version }) }],
});
/** Runs a task that must succeed; what it said. */
async function said(job: string, id: string, script: string, more: object = {}): Promise<string> {
  await server.post(`/jobs/${job}/tasks`, { id, commandLine: sh(script), ...more });
  const task = await on.completed(job, id);
  expect(task.executionInfo.exitCode, `${id}: ${await on.text(`/jobs/${job}/tasks/${id}/files/stderr.txt`)}`).toBe(0);
  return await on.stdout(job, id);
}
const job = (id: string, poolId = id) => server.post("/jobs", { id, poolInfo: { poolId } });
/** Names below `applications` of a node. */
async function applicationsOn(poolId: string, node: string): Promise<string[]> {
  const path = `/pools/${poolId}/nodes/${node}/files?recursive=true&$filter=startswith(name,'applications/')`;
  const { value } = await server.get<{ value: { name: string }[] }>(path);
  return value.map(({ name }) => name.slice("applications/".length));
}

describe.concurrent("packages", () => {
  it("row 8: the same program runs once as a resource file from storage and once out of an application package", async () => {
    await storage.container("programs");
    await storage.upload("programs", "run.sh", PROGRAM.content);
    await pool("both", 1);
    await job("both");
    const httpUrl = await storage.blobSas("programs", "run.sh");
    const resourceFiles = [{ httpUrl, filePath: "run.sh", fileMode: "0755" }];
    expect(await said("both", "as-file", "./run.sh hello", { resourceFiles })).toBe("program says hello\n");
    const asPackage = await said(
      "both",
      "as-package",
      "$AZ_BATCH_APP_PACKAGE_program_1_0/bin/run.sh hello",
      reference("program", "1.0"),
    );
    expect(asPackage).toBe("program says hello\n");
  });

  it("row 213: binaries and the files that support them keep their directories, modes, links and contents", async () => {
    const binary = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString("latin1");
    await publisher.publish("tree", "1", {
      "bin/tool": { content: "#!/bin/sh\ncat $(dirname $0)/../share/deep/er/data.txt\n", mode: 0o100755 },
      "share/deep/er/data.txt": "supporting\n",
      "share/empty/": { content: "", mode: 0o040755 },
      "share/secret": { content: "x", mode: 0o100600 },
      "lib/lib.so": { content: "lib.so.1", mode: 0o120777 },
      "lib/lib.so.1": binary,
      "ünïcode name.txt": "named\n",
    });
    await pool("tree", 1);
    await job("tree");
    const script =
      "cd $AZ_BATCH_APP_PACKAGE_tree_1; find . | sort; stat -c %a bin/tool share/secret; readlink lib/lib.so; wc -c < lib/lib.so; bin/tool; cat ün*";
    const listed = (await said("tree", "t", script, reference("tree", "1"))).trim().split("\n");
    expect(listed.sort()).toEqual(
      [
        ...[
          ".",
          "./bin",
          "./bin/tool",
          "./lib",
          "./lib/lib.so",
          "./lib/lib.so.1",
          "./share",
          "./share/deep",
          "./share/deep/er",
        ],
        ...["./share/deep/er/data.txt", "./share/empty", "./share/secret", "./ünïcode name.txt"],
        ...["755", "600", "lib.so.1", "256", "supporting", "named"],
      ].sort(),
    );
  });

  it("rows 97, 214 and 216: packages of a pool are on every node that joins, and again after a reboot and a reimage, with no one's doing", async () => {
    await publisher.publish("everywhere", "2.0", { "data.txt": "two\n" });
    // Pools of this kind can be reimaged.
    const cloudServices = { cloudServiceConfiguration: { osFamily: "5" }, virtualMachineConfiguration: undefined };
    await pool("every", 2, { ...cloudServices, ...reference("everywhere", "2.0") });
    const count = async () => (await installations(server))["every/everywhere_2.0"];
    await on.nodesIn("every", 2, "idle");
    await server.post("/pools/every/resize", { targetDedicatedNodes: 3 });
    const nodes = await on.nodesIn("every", 3, "idle");
    const data = (node: string) => on.file("every", node, "applications/everywhere_2.0/data.txt");
    for (const { id } of nodes) expect(await data(id)).toBe("two\n");
    expect(await count()).toBe(3);
    const [{ id }] = nodes;
    // What is there already is not unpacked again; what somebody has damaged is.
    await on.restarted("every", id, "reboot");
    expect([await data(id), await count()]).toEqual(["two\n", 3]);
    expect(
      (await server.ask("DELETE", `/pools/every/nodes/${id}/files/applications/everywhere_2.0?recursive=true`)).status,
    ).toBe(200);
    await on.restarted("every", id, "reboot");
    expect([await data(id), await count()]).toEqual(["two\n", 4]);
    await on.restarted("every", id, "reimage");
    expect([await data(id), await count()]).toEqual(["two\n", 5]);
    await job("every");
    // Nodes of this kind have the variables of Windows, with a sign in their names that shells do not pass on.
    const script = "readFileSync(process.env[`AZ_BATCH_APP_PACKAGE_EVERYWHERE#2.0`] + `/data.txt`, `utf8`)";
    const commandLine = `${process.execPath} -p "fs.${script}"`;
    expect(await said("every", "t", "", { commandLine })).toBe("two\n\n");
  });

  it("rows 146, 147, 215 and 217: a task's package goes only to nodes that run such a task, once a version, just before the command", async () => {
    await publisher.publish("ontask", "1", { "data.txt": "one\n" });
    await publisher.publish("ontask", "2", { "data.txt": "two\n" });
    await publisher.publish("onpool", "1", { "data.txt": "pool\n" });
    await pool("shared", 3, { ...reference("onpool", "1"), taskSlotsPerNode: 4, vmSize: "standard_d4s_v3" });
    const [a, b, c] = await on.nodesIn("shared", 3, "idle");
    await job("shared");
    const there = async () =>
      Promise.all((await on.nodes("shared")).map(async ({ id }) => (await applicationsOn("shared", id)).includes("ontask_1")));
    // All three have the pool's package, none the task's.
    for (const { id } of await on.nodes("shared")) expect(await applicationsOn("shared", id)).toContain("onpool_1");
    expect(await there()).toEqual([false, false, false]);
    const toNode = ({ id }: { id: string }) => ({ affinityInfo: { affinityId: `TVM:${id}` } });
    const { affinityInfo } = toNode(a);
    const wanted = { ...reference("ontask", "1"), affinityInfo };
    const added = Date.now();
    const script = "stat -c %.3Z $AZ_BATCH_APP_PACKAGE_ontask_1; date +%s.%3N; cat $AZ_BATCH_APP_PACKAGE_onpool_1/data.txt";
    const [unpacked, started, ofPool] = (await said("shared", "first", script, wanted)).trim().split("\n");
    // It was not there when the task was added, and was complete when its command began.
    expect(Number(unpacked) * 1000).toBeGreaterThanOrEqual(added - FILE_CLOCK_MS);
    expect(Number(unpacked)).toBeLessThanOrEqual(Number(started));
    expect(ofPool).toBe("pool");
    const nodeOf = async (id: string) => (await on.task("shared", id)).nodeInfo?.nodeId;
    expect(await nodeOf("first")).toBe(a.id);
    expect(await there()).toEqual([true, false, false]);
    // More tasks there, at once and later, find it; another version is another package.
    await Promise.all(
      [1, 2, 3].map((i) => said("shared", `again-${i}`, "cat $AZ_BATCH_APP_PACKAGE_ontask_1/data.txt", wanted)),
    );
    await said("shared", "other-version", "cat $AZ_BATCH_APP_PACKAGE_ontask_2/data.txt", {
      ...reference("ontask", "2"),
      affinityInfo,
    });
    for (const i of [1, 2, 3]) expect(await nodeOf(`again-${i}`)).toBe(a.id);
    const zipBytes = (await installedBytes(server))["shared/ontask_1"];
    expect(zipBytes).toBeGreaterThan(0);
    expect((await installations(server))["shared/ontask_1"]).toBe(1);
    // A second node that runs such tasks gets it once too; the third, which runs none, does not.
    for (const id of ["on-b", "on-b-again"]) {
      await said("shared", id, "cat $AZ_BATCH_APP_PACKAGE_ontask_1/data.txt", { ...reference("ontask", "1"), ...toNode(b) });
      expect(await nodeOf(id)).toBe(b.id);
    }
    expect(await there()).toEqual([true, true, false]);
    expect(await installations(server)).toMatchObject({ "shared/ontask_1": 2, "shared/ontask_2": 1, "shared/onpool_1": 3 });
    expect((await installedBytes(server))["shared/ontask_1"]).toBe(2 * zipBytes);
    // A task that did not ask for it does not hear of it (T-80), on the node where it is and elsewhere.
    for (const { id } of [a, b, c])
      expect(
        await said("shared", `plain-${id}`, "env | grep -c PACKAGE_ontask || true", {
          affinityInfo: { affinityId: `TVM:${id}` },
        }),
      ).toBe("0\n");
  });

  it("row 219: nodes that are there do not get what a pool is told to have until they are rebooted", async () => {
    await publisher.publish("late", "1", { "data.txt": "one\n" });
    await publisher.publish("late", "2", { "data.txt": "two\n" });
    await publisher.application.update("late", { defaultVersion: "1" });
    await pool("late", 1);
    const [{ id }] = await on.nodesIn("late", 1, "idle");
    await job("late");
    const look = "cat $AZ_BATCH_APP_PACKAGE_late/data.txt 2>/dev/null || echo none; env | grep -c AZ_BATCH_APP_PACKAGE || true";
    const change = (body: object) => server.ask("PATCH", "/pools/late", body);
    expect((await change(reference("late"))).status).toBe(200);
    expect(await said("late", "before", look)).toBe("none\n0\n");
    expect(await applicationsOn("late", id)).toEqual([]);
    await on.restarted("late", id, "reboot");
    expect(await said("late", "after", look)).toBe("one\n2\n");
    // Another default version is another change: it too waits for a reboot, and the old version stays beside it (P-153).
    await publisher.application.update("late", { defaultVersion: "2" });
    expect(await said("late", "default", look)).toBe("one\n2\n");
    await on.restarted("late", id, "reboot");
    expect(await said("late", "rebooted", look)).toBe("two\n2\n");
    expect(await applicationsOn("late", id)).toEqual(expect.arrayContaining(["late_1", "late_2"]));
    // A node that joins has what the pool names now, from the start.
    await server.post("/pools/late/resize", { targetDedicatedNodes: 2 });
    const joined = (await on.nodesIn("late", 2, "idle")).find((node) => node.id !== id);
    expect(await applicationsOn("late", joined?.id ?? "")).toContain("late_2");
  });

  it("row 98: by the rules of 2017 Linux nodes have no packages and a service told so refuses them; any other has them", async () => {
    const strictPublisher = await Publisher.of(strict);
    await strictPublisher.publish("old", "1", { "data.txt": "1\n" });
    const codeAndProperty = async (path: string, body: object) => {
      const answer = await strict.ask("POST", path, body);
      const { code, values = [] } = (answer.body ?? {}) as { code?: string; values?: { key: string; value: string }[] };
      return [answer.status, code, values.find(({ key }) => key === "PropertyName")?.value];
    };
    const refused = [400, "InvalidPropertyValue", "applicationPackageReferences"];
    const linux = (id: string, more: object) => poolBody(id, { targetDedicatedNodes: 0, ...more });
    expect(await codeAndProperty("/pools", linux("linux", reference("old", "1")))).toEqual(refused);
    expect((await strict.ask("POST", "/pools", linux("linux", {}))).status).toBe(201);
    expect((await strict.ask("PATCH", "/pools/linux", reference("old", "1"))).status).toBe(400);
    await strict.post("/jobs", { id: "linux", poolInfo: { poolId: "linux" } });
    expect(await codeAndProperty("/jobs/linux/tasks", { id: "t", commandLine: "true", ...reference("old", "1") })).toEqual(
      refused,
    );
    const windows = { id: "windows", vmSize: "small", cloudServiceConfiguration: { osFamily: "5" }, targetDedicatedNodes: 0 };
    expect((await strict.ask("POST", "/pools", { ...windows, ...reference("old", "1") })).status).toBe(201);
    expect((await server.ask("POST", "/pools", linux("modern", reference("program", "1.0")))).status).toBe(201);
  });

  it("P-152: a package that cannot be had makes the node unusable and says so; once it is there a reboot heals it. A task's fails the task", async () => {
    await publisher.publish("broken", "1", { "data.txt": "1\n" });
    await pool("broken", 0, reference("broken", "1"));
    await publisher.package.delete("broken", "1");
    await server.post("/pools/broken/resize", { targetDedicatedNodes: 1 });
    const [{ id }] = await on.nodesIn("broken", 1, "unusable");
    expect(await server.get(`/pools/broken/nodes/${id}`)).toMatchObject({ errors: [{ code: "ApplicationPackageError" }] });
    await publisher.publish("broken", "1", { "data.txt": "1\n" });
    await on.restarted("broken", id, "reboot");
    await job("broken");
    await publisher.publish("vanishing", "1", { "data.txt": "1\n" });
    await server.post("/jobs/broken/disable", { disableTasks: "requeue" });
    await on.jobIn("broken", "disabled");
    await server.post("/jobs/broken/tasks", { id: "t", commandLine: "true", ...reference("vanishing", "1") });
    await publisher.package.delete("vanishing", "1");
    await server.post("/jobs/broken/enable", {});
    const { executionInfo } = await on.completed("broken", "t");
    expect(executionInfo).toMatchObject({
      result: "failure",
      failureInfo: { category: "ServerError", code: "ApplicationPackageError" },
    });
    expect(executionInfo.exitCode).toBeUndefined();
  });
});
