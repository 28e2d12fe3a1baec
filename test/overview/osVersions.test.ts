/** Releases of guest operating systems: named or the newest, published while pools run, and the upgrade of a pool node by node. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, type Served, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { added, allNodes, Cloud, cloudPool, nodesOf, refusal, SUBSCRIPTION } from "./cloud.ts";
import { Owner } from "./owner.ts";
import { newGate, removeGates, shell } from "./poolAtWork.ts";

let server: Served;
let cloud: Cloud;

beforeAll(async () => {
  buildOnce();
  server = await served("--fast", "--log-level", "error");
  cloud = new Cloud(server);
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 60_000);

const FAMILIES = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/locations/local/cloudServiceOsFamilies`;
const publish = (family: string, version: string) =>
  cloud.manage("PUT", FAMILIES.replace("Families", `Versions/${version}`), { properties: { family } });
const withVersion = (id: string, osFamily: string, osVersion: string, targetDedicatedNodes = 0) =>
  cloudPool(id, { cloudServiceConfiguration: { osFamily, osVersion }, targetDedicatedNodes });

/** As services until 2018-12 show it, which have both versions and the operation to change them. */
type OSVersions = { targetOSVersion: string; currentOSVersion: string };
const pool = async (id: string) =>
  (await cloud.old("GET", `/pools/${id}`)).body as { state: string; cloudServiceConfiguration: OSVersions };
const upgrade = (id: string, targetOSVersion: string) => cloud.old("POST", `/pools/${id}/upgradeos`, { targetOSVersion });
const versionsOnNodes = async (id: string) =>
  (await nodesOf(server, id)).map(({ virtualMachineInfo }) => virtualMachineInfo?.imageReference.exactVersion);

const active = (id: string, currentOSVersion: string) =>
  eventually(`pool ${id} to be active with ${currentOSVersion}`, async () => {
    const { state, cloudServiceConfiguration: seen } = await pool(id);
    return state === "active" && seen.currentOSVersion === currentOSVersion ? seen : undefined;
  });

test("row 67: the OS family decides which versions of .NET are installed: the catalogue of families tells them, `weir node show` for a node, and every node of its own", async () => {
  type Family = { name: string; properties: { label: string; dotNetVersions: string[]; versions: { version: string }[] } };
  const { value } = (await cloud.manage("GET", FAMILIES)).body as { value: Family[] };
  const dotNet = new Map(value.map(({ name, properties }) => [name, properties.dotNetVersions]));
  expect(dotNet.get("2")).toContain("3.5");
  expect(dotNet.get("2")).not.toContain("4.6");
  expect(dotNet.get("5")).toEqual(expect.arrayContaining(["4.5.2", "4.6.2"]));
  // A node tells its family, and what is installed with it.
  await added(server, withVersion("dotnet", "2", "*", 1));
  const [node] = await allNodes(server, "dotnet", "idle");
  expect(node.virtualMachineInfo?.imageReference).toMatchObject({ sku: "family-2" });
  const path = "/pools/dotnet/nodes/tvm-1/files/volatile/size.json";
  const told = await eventually("the node to tell", async () => {
    const { status, text } = await server.ask("GET", path);
    return status === 200 ? (JSON.parse(text) as object) : undefined;
  });
  expect(told).toMatchObject({ osFamily: "2", dotNetVersions: dotNet.get("2") });
  const owner = new Owner(server);
  const dotNetVersions = ["3.5", "4.0", "4.5", "4.5.1", "4.5.2"];
  const release = node.virtualMachineInfo?.imageReference.exactVersion;
  expect(owner.weirJson(["node", "show", "dotnet", "tvm-1"])).toMatchObject({
    id: "tvm-1",
    osFamily: { name: "2", label: "Windows Server 2008 R2 SP1", release, dotNetVersions },
  });
  const { stdout } = owner.weir(["node", "show", "dotnet", "tvm-1"]);
  expect(stdout.split("\n").filter((line) => line.startsWith("osFamily "))).toEqual([
    expect.stringMatching(/^osFamily +2 \(Windows Server 2008 R2 SP1\), release .*, \.NET 3\.5 4\.0 4\.5 4\.5\.1 4\.5\.2$/),
  ]);
  expect(stdout).toContain(`release ${release},`);
});

test("row 68: a pool can name the OS version, and one that its family does not have is 400 OSVersionNotFound", async () => {
  await added(server, withVersion("named", "4", "WA-GUEST-OS-4.39_201612-01"));
  expect((await pool("named")).cloudServiceConfiguration).toMatchObject({
    targetOSVersion: "WA-GUEST-OS-4.39_201612-01",
    currentOSVersion: "WA-GUEST-OS-4.39_201612-01",
  });
  for (const version of ["WA-GUEST-OS-5.5_201703-01", "WA-GUEST-OS-4.999_202001-01", "newest"])
    expect(await refusal(server, withVersion("refused", "4", version))).toMatchObject({
      status: 400,
      code: "OSVersionNotFound",
    });
});

test("rows 69 and 70: a published release comes to every node of a pool that wants the newest, and to none of a pool that named its own", async () => {
  const before = "WA-GUEST-OS-5.5_201703-01";
  const after = "WA-GUEST-OS-5.6_201704-01";
  await added(server, withVersion("rolling", "5", "*", 2));
  await added(server, withVersion("fixed", "5", before, 1));
  const booted = new Map((await allNodes(server, "rolling", "idle")).map(({ id, lastBootTime }) => [id, lastBootTime]));
  const [standing] = await allNodes(server, "fixed", "idle");
  expect(await versionsOnNodes("rolling")).toEqual([before, before]);
  expect((await publish("5", after)).status).toBe(201);
  const { targetOSVersion } = await active("rolling", after);
  expect(targetOSVersion).toBe("*");
  const nodes = await allNodes(server, "rolling", "idle");
  expect(await versionsOnNodes("rolling")).toEqual([after, after]);
  for (const { id, lastBootTime } of nodes) expect(Date.parse(lastBootTime!)).toBeGreaterThan(Date.parse(booted.get(id)!));
  // The other one was not touched, though it would have been the same release before.
  expect((await pool("fixed")).cloudServiceConfiguration.currentOSVersion).toBe(before);
  expect((await nodesOf(server, "fixed"))[0].lastBootTime).toBe(standing.lastBootTime);
  // New pools get the new one, and the family says so.
  await added(server, withVersion("new", "5", "*"));
  expect((await pool("new")).cloudServiceConfiguration.currentOSVersion).toBe(after);
  expect((await publish("5", after)).status).toBe(400);
  expect((await publish("4", "WA-GUEST-OS-5.7_201705-01")).status).toBe(400);
});

test("rows 71 and 72: the OS version of a pool can be changed: node by node, with running tasks back in their queue and run again", async () => {
  const before = "WA-GUEST-OS-3.45_201612-01";
  const after = "WA-GUEST-OS-3.46_201703-01";
  // A node comes up when the gate is open: closed, the upgrade stays with its first node for as long as one looks at it.
  const gate = newGate();
  gate.open();
  const startTask = { commandLine: shell(gate.wait), waitForSuccess: true };
  await added(server, { ...withVersion("changed", "3", before, 2), startTask });
  await allNodes(server, "changed", "idle");
  await server.post("/jobs", { id: "upgraded", poolInfo: { poolId: "changed" } });
  const mark = "$AZ_BATCH_NODE_SHARED_DIR/../../again-$AZ_BATCH_TASK_ID";
  // The first run waits to be interrupted, the second one ends.
  for (const id of ["a", "b"])
    await server.post("/jobs/upgraded/tasks", {
      id,
      commandLine: `/bin/sh -c 'if [ -e ${mark} ]; then exit 0; fi; touch ${mark}; echo waits; exec sleep 600'`,
    });
  type Task = { state: string; executionInfo: { exitCode?: number; retryCount: number; requeueCount: number } };
  const all = () => Promise.all(["a", "b"].map((id) => server.get<Task>(`/jobs/upgraded/tasks/${id}`)));
  const waits = async (id: string) =>
    (await server.ask("GET", `/jobs/upgraded/tasks/${id}/files/stdout.txt`)).text === "waits\n";
  await eventually("both tasks to wait", async () => ((await waits("a")) && (await waits("b")) ? true : undefined));
  gate.close();
  expect((await upgrade("changed", after)).status).toBe(202);
  const going = await pool("changed");
  expect(going.state).toBe("upgrading");
  expect(going.cloudServiceConfiguration).toMatchObject({ targetOSVersion: after, currentOSVersion: before });
  expect((await upgrade("changed", before)).body.code).toBe("UpgradePoolVersionConflict");
  gate.open();
  await active("changed", after);
  await allNodes(server, "changed", "idle");
  let seen: Task[] = [];
  const tasks = await eventually(
    "both tasks to complete",
    async () => {
      seen = await all();
      return seen.every(({ state }) => state === "completed") ? seen : undefined;
    },
    { describe: () => seen.map(({ state, executionInfo }) => [state, executionInfo]) },
  );
  for (const { executionInfo } of tasks) {
    expect(executionInfo).toMatchObject({ exitCode: 0, retryCount: 0 });
    expect(executionInfo.requeueCount).toBe(1);
  }
  expect((await upgrade("changed", after)).body.code).toBe("PoolVersionEqualsUpgradeVersion");
  expect((await upgrade("changed", "WA-GUEST-OS-9.9_209901-01")).body.code).toBe("OSVersionNotFound");
});

test("row 64: nodes of cloud services pools are Windows nodes", async () => {
  await added(server, cloudPool("windows", { targetDedicatedNodes: 1 }));
  const [node] = await allNodes(server, "windows", "idle");
  expect(node.virtualMachineInfo?.imageReference).toMatchObject({ publisher: "microsoftwindowsserver", sku: "family-5" });
  // The way in for people is that of Windows, and there is no other.
  expect((await server.ask("GET", "/pools/windows/nodes/tvm-1/rdp")).status).toBe(200);
  expect((await server.ask("GET", "/pools/windows/nodes/tvm-1/remoteloginsettings")).status).toBe(409);
});
