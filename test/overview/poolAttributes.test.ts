/** What a pool is made of: every attribute is checked when it is created, sizes and OS families by the lists of the spring of 2017. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatchManagementClient } from "@azure/arm-batch";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { added, Cloud, cloudPool, refusal, steady, SUBSCRIPTION } from "./cloud.ts";

let server: Served;
let strict: Served;

beforeAll(async () => {
  buildOnce();
  [server, strict] = await Promise.all([
    served("--fast", "--log-level", "error"),
    served("--fast", "--strict-2017", "--log-level", "error"),
  ]);
}, 120_000);
afterAll(endAll, 30_000);

const NONE = { targetDedicatedNodes: 0 };
const machinePool = (vmSize: string) => poolBody(`vm-${vmSize}`, { vmSize, ...NONE });
const cloudSize = (vmSize: string) => cloudPool(`cs-${vmSize}`, { vmSize, ...NONE });

describe("attributes of a pool at its creation", () => {
  const bad = (more: object) => poolBody("refused", { ...NONE, ...more });
  const { virtualMachineConfiguration: machine } = poolBody("x") as { virtualMachineConfiguration: object };
  const nat = (more: object) => ({
    networkConfiguration: {
      endpointConfiguration: {
        inboundNATPools: [
          { name: "web", protocol: "tcp", backendPort: 80, frontendPortRangeStart: 1000, frontendPortRangeEnd: 1100, ...more },
        ],
      },
    },
  });

  const attributes = [
    ["id", bad({ id: "no spaces" }), "InvalidPropertyValue", "id"],
    ["displayName", bad({ displayName: "x".repeat(1025) }), "InvalidPropertyValue", "displayName"],
    ["vmSize", bad({ vmSize: "gigantic" }), "InvalidPropertyValue", "vmSize"],
    ["no vmSize", bad({ vmSize: undefined }), "MissingRequiredProperty", "vmSize"],
    [
      "no configuration",
      bad({ virtualMachineConfiguration: undefined }),
      "MissingRequiredProperty",
      "virtualMachineConfiguration",
    ],
    [
      "osFamily",
      cloudPool("refused", { ...NONE, cloudServiceConfiguration: { osFamily: "1" } }),
      "InvalidPropertyValue",
      "cloudServiceConfiguration.osFamily",
    ],
    [
      "node agent",
      bad({ virtualMachineConfiguration: { ...machine, nodeAgentSKUId: undefined } }),
      "MissingRequiredProperty",
      "virtualMachineConfiguration.nodeAgentSKUId",
    ],
    [
      "image",
      bad({ virtualMachineConfiguration: { ...machine, imageReference: undefined } }),
      "MissingRequiredProperty",
      "virtualMachineConfiguration.imageReference",
    ],
    ["targetDedicatedNodes", bad({ targetDedicatedNodes: -1 }), "InvalidPropertyValue", "targetDedicatedNodes"],
    ["targetLowPriorityNodes", bad({ targetLowPriorityNodes: -1 }), "InvalidPropertyValue", "targetLowPriorityNodes"],
    ["no target", poolBody("refused"), "MissingRequiredProperty", "targetDedicatedNodes"],
    ["resizeTimeout", bad({ resizeTimeout: "soon" }), "InvalidPropertyValue", "resizeTimeout"],
    ["taskSlotsPerNode", bad({ taskSlotsPerNode: 0 }), "InvalidPropertyValue", "taskSlotsPerNode"],
    [
      "nodeFillType",
      bad({ taskSchedulingPolicy: { nodeFillType: "random" } }),
      "InvalidPropertyValue",
      "taskSchedulingPolicy.nodeFillType",
    ],
    [
      "enableInterNodeCommunication",
      bad({ enableInterNodeCommunication: "yes" }),
      "InvalidPropertyValue",
      "enableInterNodeCommunication",
    ],
    ["startTask", bad({ startTask: {} }), "MissingRequiredProperty", "startTask.commandLine"],
    ["metadata", bad({ metadata: [{ name: "", value: "x" }] }), "EmptyMetadataKey", undefined],
    ["userAccounts", bad({ userAccounts: [{ name: "a b", password: "x" }] }), "InvalidPropertyValue", "userAccounts[0].name"],
    [
      "endpoints",
      bad(nat({ backendPort: 22 })),
      "InvalidPropertyValue",
      "networkConfiguration.endpointConfiguration.inboundNATPools[0].backendPort",
    ],
    [
      "subnetId",
      cloudPool("refused", { ...NONE, networkConfiguration: { subnetId: "somewhere" } }),
      "InvalidPropertyValue",
      "networkConfiguration.subnetId",
    ],
  ] as const;
  test.each(
    attributes,
  )("row 57: %s is checked when the pool is created, and a wrong one is refused by its name", async (_, body, code, property) => {
    expect(await refusal(server, body)).toMatchObject({ status: 400, code, ...(property === undefined ? {} : { property }) });
    expect((await server.ask("GET", "/pools/refused")).status).toBe(404);
  });

  const references = [
    [
      "autoScaleFormula",
      bad({ enableAutoScale: true, targetDedicatedNodes: undefined, autoScaleFormula: "$TargetDedicated = ;" }),
      400,
    ],
    ["certificateReferences", bad({ certificateReferences: [{ thumbprint: "ab", thumbprintAlgorithm: "sha1" }] }), 409],
    ["applicationPackageReferences", bad({ applicationPackageReferences: [{ applicationId: "nothing" }] }), 409],
  ] as const;
  test.each(references)("row 57: %s must be good, or there is no pool", async (_, body, status) => {
    expect((await refusal(server, body)).status).toBe(status);
    expect((await server.ask("GET", "/pools/refused")).status).toBe(404);
  });
});

test("rows 65 and 66: cloud services pools need only size and OS family; families 2 to 5 are those of 2017, no other is", async () => {
  for (const osFamily of ["2", "3", "4", "5"])
    await added(strict, { id: `family-${osFamily}`, vmSize: "small", cloudServiceConfiguration: { osFamily }, ...NONE });
  for (const osFamily of ["1", "6", "7", "04", ""])
    expect(
      await refusal(strict, { id: "refused", vmSize: "small", cloudServiceConfiguration: { osFamily }, ...NONE }),
    ).toMatchObject({ status: 400, property: "cloudServiceConfiguration.osFamily" });
  // Later services have 6 and 7 too.
  await added(server, cloudPool("later", { cloudServiceConfiguration: { osFamily: "6" }, ...NONE }));
});

test("row 73: every size of cloud services makes a pool but ExtraSmall, STANDARD_A1_V2 and STANDARD_A2_V2", async () => {
  const cloud = new Cloud(strict);
  const path = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Batch/locations/local/cloudServiceSkus`;
  const { value } = (await cloud.manage("GET", path)).body as { value: { name: string }[] };
  expect(value.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["Small", "Medium", "ExtraLarge", "A7", "Standard_D1_v2", "Standard_A4_v2"]),
  );
  for (const { name } of value) await added(strict, cloudSize(name));
  for (const { name } of value) await strict.ask("DELETE", `/pools/cs-${name}`);
  for (const size of ["ExtraSmall", "STANDARD_A1_V2", "STANDARD_A2_V2", "extrasmall"])
    expect(await refusal(strict, cloudSize(size))).toMatchObject({ status: 400, property: "vmSize" });
});

test("row 74: STANDARD_A0 makes no pool, and by the rules of 2017 no size with premium storage does (GS, DS, DSv2)", async () => {
  for (const size of ["STANDARD_A0", "STANDARD_GS2", "STANDARD_DS3", "STANDARD_DS11_V2"])
    expect(await refusal(strict, machinePool(size))).toMatchObject({
      status: 400,
      code: "InvalidPropertyValue",
      property: "vmSize",
    });
  for (const size of ["STANDARD_A1", "STANDARD_G2", "STANDARD_D3_V2", "Standard_D2s_v3"])
    await added(strict, machinePool(size));
  // Since then they are to be had; the smallest one is not.
  await added(server, machinePool("STANDARD_DS3_V2"));
  expect(await refusal(server, machinePool("Standard_A0"))).toMatchObject({ status: 400, property: "vmSize" });
});

test("row 75: the catalogue of sizes shows cores, memory and disk to an unmodified management client", async () => {
  const token = await managementToken(server);
  const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const client = new BatchManagementClient(credential, SUBSCRIPTION, {
    endpoint: server.document.endpoint,
    allowInsecureConnection: true,
  });
  // The client gives no token to a server without HTTPS; on this machine's own wire nobody listens.
  client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  client.pipeline.addPolicy({
    name: "token",
    sendRequest: (asked, next) => {
      asked.headers.set("Authorization", `Bearer ${token}`);
      return next(asked);
    },
  });
  const sizes = new Map<string, Record<string, number>>();
  for await (const { name, capabilities } of client.location.listSupportedVirtualMachineSkus("local"))
    sizes.set(
      name ?? "",
      Object.fromEntries((capabilities ?? []).map(({ name: what, value }) => [what, Number(value)] as const)),
    );
  expect(sizes.get("Standard_D3_v2")).toEqual({ vCPUs: 4, MemoryGB: 14, MaxResourceVolumeMB: 204_800 });
  // Whoever has four threads and needs 20 GB of memory finds what fits.
  const fitting = [...sizes].filter(([, { vCPUs, MemoryGB }]) => vCPUs === 4 && MemoryGB >= 20).map(([name]) => name);
  expect(fitting).toEqual(expect.arrayContaining(["Standard_D12_v2", "Standard_E4_v3"]));
  // A pool of it takes as many tasks as the catalogue's cores allow: four for each.
  await added(server, poolBody("sized", { vmSize: "Standard_D3_v2", taskSlotsPerNode: 16, ...NONE }));
  expect(await refusal(server, poolBody("over", { vmSize: "Standard_D3_v2", taskSlotsPerNode: 17, ...NONE }))).toMatchObject({
    status: 400,
    property: "taskSlotsPerNode",
  });
});

test("row 78: no node has a size of its own, neither is there a property to ask for one", async () => {
  await added(server, poolBody("equal", { vmSize: "standard_d2_v3", targetDedicatedNodes: 3 }));
  await steady(server, "equal");
  const nodes = (await server.get<{ value: { vmSize: string }[] }>("/pools/equal/nodes")).value;
  expect(nodes.map(({ vmSize }) => vmSize)).toEqual(Array(3).fill("standard_d2_v3"));
  expect((await server.ask("POST", "/pools", poolBody("mixed", { ...NONE, vmSizes: ["small", "large"] }))).status).toBe(400);
  const resized = await server.ask("POST", "/pools/equal/resize", { targetDedicatedNodes: 4, vmSize: "large" });
  expect(resized.status).toBe(400);
});

test("row 79: the number of nodes is a target; how many there are is told apart from it", async () => {
  await added(server, poolBody("target", { vmSize: "standard_d64_v3", targetDedicatedNodes: 5 }));
  // 256 cores are less than five times 64, with those of the other pools less than four times.
  const { targetDedicatedNodes, currentDedicatedNodes } = await steady(server, "target");
  expect(targetDedicatedNodes).toBe(5);
  expect(currentDedicatedNodes).toBeGreaterThan(0);
  expect(currentDedicatedNodes).toBeLessThan(5);
});

async function managementToken({ document: { endpoint, account, key } }: Served): Promise<string> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: account,
    client_secret: key,
    scope: "https://management.azure.com/.default",
  });
  const answer = await fetch(`${endpoint}/common/oauth2/v2.0/token`, { method: "POST", body: form });
  return ((await answer.json()) as { access_token: string }).access_token;
}
