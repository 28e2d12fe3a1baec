/** Operating systems of nodes: marketplace images and their node agents, custom images, and which account may have which. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { added, type Asks, Cloud, cloudPool, refusal, steady } from "./cloud.ts";

let server: Served;
let own: Asks;

beforeAll(async () => {
  buildOnce();
  server = await served("--fast", "--log-level", "error");
  own = await new Cloud(server).userSubscriptionAccount("mysub");
}, 120_000);
afterAll(endAll, 30_000);

const machine = (virtualMachineConfiguration: object, more: object = {}) => ({
  vmSize: "standard_d1_v2",
  targetDedicatedNodes: 0,
  virtualMachineConfiguration,
  ...more,
});
const UBUNTU = { publisher: "Canonical", offer: "UbuntuServer", sku: "16.04-LTS", version: "latest" };
const UBUNTU_AGENT = "batch.node.ubuntu 16.04";
const custom = (count: number, nodeAgentSKUId = "batch.node.windows amd64") => ({
  osDisk: { imageUris: Array.from({ length: count }, (_, i) => `https://store.blob.core.windows.net/vhds/copy-${i}.vhd`) },
  nodeAgentSKUId,
});

type Image = {
  nodeAgentSKUId: string;
  osType: string;
  imageReference: { publisher: string; offer: string; sku: string; version: string };
};
const images = async () => (await server.get<{ value: Image[] }>("/supportedimages")).value;

test("rows 39 and 60: the catalogue offers Linux and Windows marketplace images, each with its node agent, and a pool can be made of each", async () => {
  const offered = await images();
  expect(new Set(offered.map(({ osType }) => osType))).toEqual(new Set(["linux", "windows"]));
  expect(offered.map(({ imageReference: { publisher, offer, sku } }) => `${publisher}/${offer}/${sku}`)).toEqual(
    expect.arrayContaining(["canonical/ubuntuserver/16.04-lts", "microsoftwindowsserver/windowsserver/2016-datacenter"]),
  );
  for (const [i, { imageReference, nodeAgentSKUId }] of offered.entries())
    await added(server, { id: `image-${i}`, ...machine({ imageReference, nodeAgentSKUId }) });
  await added(server, cloudPool("cloud", { targetDedicatedNodes: 0 }));
  expect((await server.get<{ cloudServiceConfiguration: object }>("/pools/cloud")).cloudServiceConfiguration).toMatchObject({
    osFamily: "5",
  });
});

test("rows 39 and 62: a pool has one of the two configurations, and one of virtual machines needs an image reference", async () => {
  const refused = (body: object) =>
    refusal(server, { id: "refused", vmSize: "standard_d1_v2", targetDedicatedNodes: 0, ...body });
  expect(await refused({})).toMatchObject({ status: 400, code: "MissingRequiredProperty" });
  expect(
    await refused({ ...machine({ imageReference: UBUNTU, nodeAgentSKUId: UBUNTU_AGENT }), ...cloudPool("refused") }),
  ).toMatchObject({
    status: 400,
    code: "InvalidPropertyValue",
  });
  expect(await refused(machine({ nodeAgentSKUId: UBUNTU_AGENT }))).toMatchObject({
    status: 400,
    code: "MissingRequiredProperty",
    property: "virtualMachineConfiguration.imageReference",
  });
  for (const name of ["publisher", "offer", "sku"])
    expect(await refused(machine({ imageReference: { ...UBUNTU, [name]: "" }, nodeAgentSKUId: UBUNTU_AGENT }))).toMatchObject({
      status: 400,
      code: "MissingRequiredProperty",
      property: `virtualMachineConfiguration.imageReference.${name}`,
    });
});

test("row 63: the node agent SKU is required (400), must be known (404), and must fit the image (400)", async () => {
  const refused = (body: object) => refusal(server, { id: "refused", ...machine(body) });
  expect(await refused({ imageReference: UBUNTU })).toMatchObject({
    status: 400,
    code: "MissingRequiredProperty",
    property: "virtualMachineConfiguration.nodeAgentSKUId",
  });
  expect(await refused({ imageReference: UBUNTU, nodeAgentSKUId: "batch.node.beos 5" })).toMatchObject({
    status: 404,
    code: "NodeAgentSKUNotFound",
  });
  // Another distribution, and another release of the same.
  for (const nodeAgentSKUId of ["batch.node.windows amd64", "batch.node.ubuntu 22.04"])
    expect(await refused({ imageReference: UBUNTU, nodeAgentSKUId })).toMatchObject({
      status: 400,
      code: "InvalidPropertyValue",
      property: "virtualMachineConfiguration.nodeAgentSKUId",
    });
  await added(server, { id: "fits", ...machine({ imageReference: UBUNTU, nodeAgentSKUId: UBUNTU_AGENT }) });
});

test("row 61: custom images make pools of a user subscription account; each copy serves so many nodes, and the rest is a resize error", async () => {
  // 20 Windows nodes a copy: the 21st has none to be made from.
  await added(own, { id: "windows", ...machine(custom(1), { targetDedicatedNodes: 21 }) });
  const pool = await steady(own, "windows");
  expect(pool).toMatchObject({ currentDedicatedNodes: 20, targetDedicatedNodes: 21 });
  expect(pool.resizeErrors).toMatchObject([
    { code: "AllocationFailed", message: expect.stringContaining("copies of the image serve 20") },
  ]);
  expect(pool.virtualMachineConfiguration.osDisk.imageUris).toHaveLength(1);
  // The same number of nodes is no trouble for Linux, 40 a copy.
  await added(own, { id: "linux", ...machine(custom(1, UBUNTU_AGENT), { targetDedicatedNodes: 41 }) });
  const second = await steady(own, "linux");
  expect(second).toMatchObject({ currentDedicatedNodes: 40, targetDedicatedNodes: 41 });
  for (const id of ["windows", "linux"]) expect((await own.ask("DELETE", `/pools/${id}`)).status).toBe(202);
  expect(await refusal(own, { id: "both", ...machine({ ...custom(1), imageReference: UBUNTU }) })).toMatchObject({
    status: 400,
  });
  expect(await refusal(own, { id: "none", ...machine(custom(0)) })).toMatchObject({ status: 400 });
});

test("rows 58 and 59: batch service mode takes both configurations, user subscription mode virtual machines only", async () => {
  await added(server, cloudPool("first", { targetDedicatedNodes: 0 }));
  await added(server, poolBody("second", { targetDedicatedNodes: 0 }));
  expect(await refusal(own, cloudPool("first", { targetDedicatedNodes: 0 }))).toMatchObject({
    status: 400,
    property: "cloudServiceConfiguration",
    reason: expect.stringContaining("user subscription"),
  });
  await added(own, poolBody("second", { targetDedicatedNodes: 0 }));
});
