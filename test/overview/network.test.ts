/** Pools in virtual networks: which network an account of each mode may use, addresses from the subnet, and security groups that keep the service out. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce, Workplace } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { added, allNodes, type Asks, Cloud, cloudPool, type PlacedNode, refusal, rule, steady } from "./cloud.ts";

let server: Served;
let cloud: Cloud;
let own: Asks;
const OTHER_SUBSCRIPTION = "11111111-1111-4111-8111-111111111111";

beforeAll(async () => {
  buildOnce();
  server = await served("--fast", "--log-level", "error");
  cloud = new Cloud(server);
  own = await cloud.userSubscriptionAccount("mysub");
}, 120_000);
afterAll(endAll, 30_000);

const SUBNET_ID = "networkConfiguration.subnetId";
const within = (network: string, subnet: string) => ({ networkConfiguration: { subnetId: `${network}/subnets/${subnet}` } });
const machines = (id: string, network: string, subnet: string, more: object = {}) =>
  poolBody(id, { vmSize: "standard_d1_v2", targetDedicatedNodes: 0, ...within(network, subnet), ...more });
const windows = (id: string, network: string, subnet: string, more: object = {}) =>
  cloudPool(id, { targetDedicatedNodes: 0, ...within(network, subnet), ...more });
const CONTROL = rule("batch", 200, "Allow", "29876-29877", "BatchNodeManagement");

test("rows 28, 237 and 238: batch service mode puts neither virtual machines nor anything into a Resource Manager network, nor makes pools of custom images", async () => {
  const modern = await cloud.network("modern", { subnets: { a: "10.20.0.0/24" } });
  const classic = await cloud.network("old", { classic: true, subnets: { a: "10.21.0.0/24" } });
  await cloud.assignRole(classic);
  for (const network of [modern, classic])
    expect(await refusal(server, machines("vm", network, "a"))).toMatchObject({
      status: 400,
      property: SUBNET_ID,
      reason: expect.stringContaining("only cloud services pools"),
    });
  expect(await refusal(server, windows("cs", modern, "a"))).toMatchObject({
    status: 400,
    property: SUBNET_ID,
    reason: expect.stringContaining("only be put into classic virtual networks"),
  });
  const osDisk = { imageUris: ["https://store.blob.core.windows.net/vhds/own.vhd"] };
  const custom = {
    virtualMachineConfiguration: { osDisk, nodeAgentSKUId: "batch.node.ubuntu 16.04" },
    targetDedicatedNodes: 0,
  };
  expect(await refusal(server, poolBody("custom", custom))).toMatchObject({
    status: 400,
    property: "virtualMachineConfiguration.osDisk.imageUris",
  });
  await added(server, windows("cs", classic, "a"));
});

test("rows 30, 241 and 242: user subscription mode makes pools of custom images and puts virtual machines into Resource Manager networks, and nothing else", async () => {
  const modern = await cloud.network("vnet", { subnets: { a: "10.30.0.0/24" } });
  const classic = await cloud.network("classic", { classic: true, subnets: { a: "10.31.0.0/24" } });
  await cloud.assignRole(classic);
  const osDisk = { imageUris: ["https://store.blob.core.windows.net/vhds/own.vhd"] };
  const custom = {
    virtualMachineConfiguration: { osDisk, nodeAgentSKUId: "batch.node.ubuntu 16.04" },
    targetDedicatedNodes: 0,
  };
  await added(own, poolBody("custom", custom));
  await added(own, machines("vm", modern, "a"));
  expect(await refusal(own, windows("cs", modern, "a"))).toMatchObject({ status: 400, property: "cloudServiceConfiguration" });
  expect(await refusal(own, machines("vm2", classic, "a"))).toMatchObject({
    status: 400,
    property: SUBNET_ID,
    reason: expect.stringContaining("Resource Manager"),
  });
});

test("rows 228 and 229: the network must be there, in the account's region and in its subscription", async () => {
  const far = await cloud.network("far", { location: "West Europe", subnets: { a: "10.40.0.0/24" } });
  const foreign = await cloud.network("foreign", { subscription: OTHER_SUBSCRIPTION, subnets: { a: "10.41.0.0/24" } });
  const reason = async (network: string, subnet: string) => {
    const { status, property, reason: why } = await refusal(own, machines("refused", network, subnet));
    expect([status, property]).toEqual([400, SUBNET_ID]);
    return why;
  };
  expect(await reason(far, "a")).toContain("one region");
  expect(await reason(foreign, "a")).toContain("subscription of the account");
  expect(await reason(far, "none")).toContain("no such subnet");
  expect(await refusal(own, machines("refused", "vnet", "a"))).toMatchObject({ status: 400, property: SUBNET_ID });
});

test("rows 99 and 227: nodes of a pool that names a subnet have addresses of it, which tasks can bind where it is this machine's", async () => {
  // Of this run alone: others may run beside it.
  const own127 = `127.77.${process.pid % 256}`;
  const network = await cloud.network("loop", { subnets: { a: `${own127}.0/28` } });
  await added(own, machines("placed", network, "a", { targetDedicatedNodes: 3 }));
  const nodes = await allNodes(own, "placed", "idle");
  expect(nodes.map(({ ipAddress }) => ipAddress).sort()).toEqual([4, 5, 6].map((last) => `${own127}.${last}`));
  const pool = (await own.ask("GET", "/pools/placed")).body;
  expect(pool.networkConfiguration).toEqual({ subnetId: `${network}/subnets/a` });
  await own.ask("POST", "/jobs", { id: "bind", poolInfo: { poolId: "placed" } });
  const program = `const s = require("net").createServer().listen(0, process.argv[1], () => { console.log(s.address().address); s.close(); })`;
  const [{ id, ipAddress, affinityId }] = nodes;
  await own.ask("POST", "/jobs/bind/tasks", {
    id: "t",
    affinityInfo: { affinityId },
    commandLine: `node -e '${program}' ${ipAddress}`,
  });
  const task = await eventually("the task to complete", async () => {
    const { body } = await own.ask("GET", "/jobs/bind/tasks/t");
    return body.state === "completed" ? body : undefined;
  });
  expect(task).toMatchObject({ nodeInfo: { nodeId: id }, executionInfo: { exitCode: 0 } });
});

test("rows 230 and 231: a subnet with too few free addresses gives as many nodes as it can, and a resize error; freed addresses are given again", async () => {
  const network = await cloud.network("small", { subnets: { a: "10.50.0.0/29" } });
  await added(own, machines("short", network, "a", { targetDedicatedNodes: 10 }));
  expect(await steady(own, "short")).toMatchObject({
    targetDedicatedNodes: 10,
    currentDedicatedNodes: 3,
    resizeErrors: [{ code: "AllocationFailed", message: expect.stringContaining("no free address: 3 are for nodes, 5") }],
  });
  const nodes = await allNodes(own, "short", "idle");
  expect(nodes.map(({ ipAddress }) => ipAddress).sort()).toEqual(["10.50.0.4", "10.50.0.5", "10.50.0.6"]);
  // As many as there are addresses is no trouble, and a second pool shares the subnet.
  expect((await own.ask("POST", "/pools/short/resize", { targetDedicatedNodes: 1 })).status).toBe(202);
  expect(await steady(own, "short")).toMatchObject({ currentDedicatedNodes: 1 });
  await added(own, machines("rest", network, "a", { targetDedicatedNodes: 2 }));
  const rest = await steady(own, "rest");
  expect(rest.currentDedicatedNodes).toBe(2);
  expect(rest.resizeErrors).toBeUndefined();
});

test("rows 232, 233, 234 and 236: what a security group denies the Batch service makes nodes unusable, with the rule's name; without it a reboot heals them", async () => {
  const group = await cloud.securityGroup("guard", CONTROL);
  const network = await cloud.network("guarded", { group, subnets: { a: "10.60.0.0/24" } });
  await added(own, machines("guarded", network, "a", { targetDedicatedNodes: 2 }));
  await allNodes(own, "guarded", "idle");
  // Denied while they run.
  const deny = `${group}/securityRules/closed`;
  await cloud.manage("PUT", deny, rule("closed", 150, "Deny", "29877"));
  const blocked = await allNodes(own, "guarded", "unusable");
  for (const { errors } of blocked)
    expect(errors).toMatchObject([{ message: expect.stringMatching(/rule closed .*guard.* port 29877/) }]);
  // A reboot alone does not help.
  const reboot = async () => {
    for (const id of ["tvm-1", "tvm-2"])
      expect((await own.ask("POST", `/pools/guarded/nodes/${id}/reboot`, {})).status).toBe(202);
  };
  await reboot();
  await allNodes(own, "guarded", "unusable");
  expect((await cloud.manage("DELETE", deny)).status).toBe(200);
  await reboot();
  await allNodes(own, "guarded", "idle");
  // Without a rule that lets it in the service is kept out too: the group's own last rule denies.
  await cloud.manage("DELETE", `${group}/securityRules/batch`);
  const [{ errors }] = await allNodes(own, "guarded", "unusable");
  expect(errors?.[0].message).toContain("DenyAllInBound");
  // New nodes find it closed when they boot.
  expect((await own.ask("POST", "/pools/guarded/resize", { targetDedicatedNodes: 3 })).status).toBe(202);
  await steady(own, "guarded");
  expect(await allNodes(own, "guarded", "unusable")).toHaveLength(3);
});

test("row 235: port 22 (SSH) and port 3389 (RDP) need not be open; remote login is refused or allowed as the rules say", async () => {
  const group = await cloud.securityGroup("login", CONTROL);
  const network = await cloud.network("desks", { classic: true, group, subnets: { a: "10.70.0.0/24" } });
  await cloud.assignRole(network);
  await added(server, windows("desks", network, "a", { targetDedicatedNodes: 1 }));
  await allNodes(server, "desks", "idle");
  const rdp = () => server.ask("GET", "/pools/desks/nodes/tvm-1/rdp");
  const closed = await rdp();
  expect(closed.status).toBe(409);
  expect(closed.text).toContain("port 3389");
  await cloud.manage("PUT", `${group}/securityRules/rdp`, rule("rdp", 300, "Allow", "3389", "127.0.0.0/8"));
  expect((await rdp()).status).toBe(200);
  // Filtered: only some other place may.
  await cloud.manage("PUT", `${group}/securityRules/rdp`, rule("rdp", 300, "Allow", "3389", "203.0.113.0/24"));
  expect((await rdp()).status).toBe(409);
  const modern = await cloud.network("shells", { group, subnets: { a: "10.71.0.0/24" } });
  await added(own, machines("shells", modern, "a", { targetDedicatedNodes: 1 }));
  await allNodes(own, "shells", "idle");
  const ssh = async () => JSON.stringify((await own.ask("GET", "/pools/shells/nodes/tvm-1/remoteloginsettings")).body);
  expect(await ssh()).toContain("port 22");
  await cloud.manage("PUT", `${group}/securityRules/ssh`, rule("ssh", 400, "Allow", "22"));
  // Whether there is an SSH server on this machine is another matter.
  expect(await ssh()).not.toContain("security rule");
});

test("row 239: a classic network is no use until the principal of the Batch service has the role Classic Virtual Machine Contributor there", async () => {
  const network = await cloud.network("roles", { classic: true, subnets: { a: "10.80.0.0/24" } });
  expect(await refusal(server, windows("classic", network, "a"))).toMatchObject({
    status: 403,
    reason: expect.stringContaining("Classic Virtual Machine Contributor"),
  });
  await cloud.assignRole(network);
  await added(server, windows("classic", network, "a"));
});

describe("the command line", () => {
  const weir = (...args: string[]) => {
    const { endpoint, account, key } = server.document;
    const env = { AZURE_BATCH_ENDPOINT: endpoint, AZURE_BATCH_ACCOUNT: account, AZURE_BATCH_ACCESS_KEY: key };
    const { code, stdout, stderr } = place.weir(args, { env });
    return { code, text: stdout + stderr };
  };
  const place = new Workplace();
  afterAll(() => place.clear());

  test("weir network makes networks, groups and rules that pools meet; sizes and os show the catalogues", async () => {
    expect(weir("network", "group", "create", "cli-group")).toMatchObject({ code: 0 });
    const made = weir(
      "network",
      "create",
      "cli",
      "--prefix",
      "10.90.0.0/16",
      "--subnet",
      "a=10.90.1.0/24",
      "--security-group",
      "cli-group",
    );
    expect(made).toMatchObject({ code: 0, text: expect.stringContaining("/virtualNetworks/cli/subnets/a") });
    const network = made.text.trim().replace(/\/subnets\/a$/, "");
    await added(own, machines("cli", network, "a", { targetDedicatedNodes: 1 }));
    await allNodes(own, "cli", "idle");
    expect(
      weir("network", "rule", "set", "cli-group", "shut", "--port", "*", "--priority", "200", "--access", "deny").code,
    ).toBe(2);
    expect(
      weir("network", "rule", "set", "cli-group", "shut", "--port", "*", "--priority", "101", "--access", "deny").code,
    ).toBe(0);
    expect(weir("network", "rule", "remove", "cli-group", "BatchNodeManagement").code).toBe(0);
    await allNodes(own, "cli", "unusable");
    expect(weir("network", "group", "list").text).toMatch(/cli-group +101 +Deny +shut/);
    expect(weir("network", "list").text).toContain("10.90.1.0/24");
    expect(weir("network", "delete", "cli")).toMatchObject({
      code: 2,
      text: expect.stringContaining("InUseSubnetCannotBeDeleted"),
    });
    expect(weir("sizes", "D3_v2", "--cores", "4").text).toMatch(/Standard_D3_v2 +4 +14 +200/);
    expect(weir("os", "list").text).toContain("WA-GUEST-OS-4.40_201703-01 (newest)");
    expect(weir("os", "publish", "4", "WA-GUEST-OS-4.41_201704-01").text).toContain("0 pools go over to it");
  });

  test("row 240: role assign takes principal, role, network and its group, and then a pool can be put into the network", async () => {
    const made = weir("network", "create", "granted", "--classic", "--prefix", "10.91.0.0/16", "--subnet", "a=10.91.1.0/24");
    const network = made.text.trim().replace(/\/subnets\/a$/, "");
    expect(await refusal(server, windows("granted", network, "a"))).toMatchObject({ status: 403 });
    const role = ["--role", "Classic Virtual Machine Contributor", "--assignee", "MicrosoftAzureBatch"];
    const said = weir("role", "assign", "--vnet", "granted", "--resource-group", "weir", ...role);
    expect(said).toMatchObject({
      code: 0,
      text: expect.stringContaining("MicrosoftAzureBatch is Classic Virtual Machine Contributor"),
    });
    await added(server, windows("granted", network, "a"));
  });
});

test("places last: after the service was killed its nodes have their addresses and clusters, and nobody else gets them", async () => {
  const data = dataDirectory();
  const options = ["--fast", "--data", data, "--cluster-nodes", "4", "--log-level", "error"];
  const first = await served(...options);
  const firstCloud = new Cloud(first);
  const network = await firstCloud.network("lasting", { classic: true, subnets: { a: "10.95.0.0/28" } });
  await firstCloud.assignRole(network);
  await added(first, windows("lasting", network, "a", { targetDedicatedNodes: 2, enableInterNodeCommunication: true }));
  const seen = (nodes: readonly PlacedNode[]) => nodes.map(({ id, ipAddress, affinityId }) => [id, ipAddress, affinityId]);
  const before = seen(await allNodes(first, "lasting", "idle"));
  await first.kill();
  const second = await served(...options);
  expect(seen(await allNodes(second, "lasting", "idle"))).toEqual(before);
  expect((await second.ask("POST", "/pools/lasting/resize", { targetDedicatedNodes: 3 })).status).toBe(202);
  await steady(second, "lasting");
  const after = seen(await allNodes(second, "lasting", "idle"));
  expect(after.slice(0, 2)).toEqual(before);
  expect(new Set(after.map(([, address]) => address)).size).toBe(3);
  expect(new Set(after.map(([, , affinityId]) => affinityId?.split("@")[1])).size).toBe(1);
});
