/** Pool operations over HTTP: adding, reading, changing, deleting. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batch, errorOf, MACHINE, poolBody } from "./batch.ts";

let batch: Batch;
beforeAll(async () => {
  batch = await new Batch().start();
});
afterAll(() => batch.close());

const { virtualMachineConfiguration: _machine, ...withoutMachine } = poolBody("x");

describe("adding and reading pools", () => {
  it("Pool_Add answers 201 with tag, time and address, and Pool_Get shows the documented defaults (P-08, P-10, P-12, P-16)", async () => {
    const added = await batch.ok("POST /pools", { body: poolBody("plain") });
    expect(added.status).toBe(201);
    expect(added.text).toBe("");
    expect(added.headers.get("location")).toBe(`${batch.url}/pools/plain`);
    expect(added.headers.get("dataserviceid")).toBe(`${batch.url}/pools/plain`);
    const { body, headers } = await batch.ok("GET /pools/plain");
    expect(headers.get("etag")).toBe(added.headers.get("etag"));
    expect(headers.get("last-modified")).toBe("Mon, 05 Jan 2026 08:00:00 GMT");
    expect(body.eTag).toMatch(/^0x[0-9A-F]+$/);
    expect(headers.get("etag")).toBe(body.eTag);
    expect(body).toMatchObject({
      id: "plain",
      url: `${batch.url}/pools/plain`,
      creationTime: "2026-01-05T08:00:00Z",
      state: "active",
      vmSize: "standard_d4_v3",
      resizeTimeout: "PT15M",
      targetDedicatedNodes: 2,
      targetLowPriorityNodes: 0,
      currentLowPriorityNodes: 0,
      enableAutoScale: false,
      enableInterNodeCommunication: false,
      taskSlotsPerNode: 1,
      taskSchedulingPolicy: { nodeFillType: "Spread" },
      virtualMachineConfiguration: MACHINE,
    });
    expect(body["odata.metadata"]).toBe(`${batch.url}/$metadata#pools/@Element`);
    await batch.settle();
    const later = (await batch.ok("GET /pools/plain")).body;
    expect([later.currentDedicatedNodes, later.allocationState]).toEqual([2, "steady"]);
  });

  it("Pool_Add carries what the scheduler does not read, and Pool_Get gives it back without its secrets (L-64)", async () => {
    const body = poolBody("full", {
      displayName: "Full",
      targetDedicatedNodes: 0,
      targetLowPriorityNodes: 1,
      resizeTimeout: "PT1H",
      taskSlotsPerNode: 3,
      taskSchedulingPolicy: { nodeFillType: "pack" },
      enableInterNodeCommunication: true,
      metadata: [{ name: "owner", value: "me" }],
      startTask: {
        commandLine: "exit 0",
        resourceFiles: [{ httpUrl: "http://example.invalid/a?sig=1", filePath: "a.txt" }],
        environmentSettings: [{ name: "A", value: "1" }],
        userIdentity: { autoUser: { elevationLevel: "admin" } },
        maxTaskRetryCount: 2,
      },
      userAccounts: [
        {
          name: "ann",
          password: "secret-1",
          elevationLevel: "admin",
          linuxUserConfiguration: { uid: 1, gid: 1, sshPrivateKey: "secret-2" },
        },
      ],
      mountConfiguration: [
        {
          azureBlobFileSystemConfiguration: {
            accountName: "a",
            containerName: "c",
            accountKey: "secret-3",
            relativeMountPath: "m",
          },
        },
      ],
      applicationLicenses: ["maya"],
    });
    await batch.ok("POST /pools", { body });
    const answer = await batch.ok("GET /pools/full");
    expect(answer.text).not.toContain("secret");
    expect(answer.body).toMatchObject({
      displayName: "Full",
      resizeTimeout: "PT1H",
      taskSlotsPerNode: 3,
      taskSchedulingPolicy: { nodeFillType: "Pack" },
      enableInterNodeCommunication: true,
      metadata: [{ name: "owner", value: "me" }],
      startTask: {
        commandLine: "exit 0",
        resourceFiles: [{ httpUrl: "http://example.invalid/a?sig=1", filePath: "a.txt" }],
        environmentSettings: [{ name: "A", value: "1" }],
        userIdentity: { autoUser: { scope: "pool", elevationLevel: "admin" } },
        maxTaskRetryCount: 2,
        waitForSuccess: true,
      },
      userAccounts: [{ name: "ann", elevationLevel: "admin", linuxUserConfiguration: { uid: 1, gid: 1 } }],
      applicationLicenses: ["maya"],
    });
  });

  it.each([
    ["no configuration (P-01)", withoutMachine, "MissingRequiredProperty", "virtualMachineConfiguration"],
    [
      "both configurations (P-01)",
      poolBody("x", { cloudServiceConfiguration: { osFamily: "5" } }),
      "InvalidPropertyValue",
      "virtualMachineConfiguration",
    ],
    [
      "an unknown OS family (P-04)",
      { ...withoutMachine, cloudServiceConfiguration: { osFamily: "1" } },
      "InvalidPropertyValue",
      "cloudServiceConfiguration.osFamily",
    ],
    [
      "an image without offer (P-03)",
      poolBody("x", { virtualMachineConfiguration: { ...MACHINE, imageReference: { publisher: "canonical", sku: "x" } } }),
      "MissingRequiredProperty",
      "virtualMachineConfiguration.imageReference.offer",
    ],
    [
      "an agent of another publisher's images (P-03)",
      poolBody("x", { virtualMachineConfiguration: { ...MACHINE, nodeAgentSKUId: "batch.node.debian 11" } }),
      "InvalidPropertyValue",
      "virtualMachineConfiguration.nodeAgentSKUId",
    ],
    ["a size that is none (P-06)", poolBody("x", { vmSize: "huge" }), "InvalidPropertyValue", "vmSize"],
    ["a size that is not for pools (P-06)", poolBody("x", { vmSize: "STANDARD_A0" }), "InvalidPropertyValue", "vmSize"],
    ["more slots than four a core (P-10)", poolBody("x", { taskSlotsPerNode: 17 }), "InvalidPropertyValue", "taskSlotsPerNode"],
    [
      "a resize timeout below five minutes (P-12)",
      poolBody("x", { resizeTimeout: "PT4M" }),
      "InvalidPropertyValue",
      "resizeTimeout",
    ],
    [
      "a start task that is too long (P-108)",
      poolBody("x", { startTask: { commandLine: "a".repeat(33_000) } }),
      "InvalidPropertyValue",
      "startTask",
    ],
    [
      "a resource file that leads upwards (T-71)",
      poolBody("x", { startTask: { commandLine: "a", resourceFiles: [{ httpUrl: "http://e.invalid", filePath: "../a" }] } }),
      "InvalidPropertyValue",
      "startTask.resourceFiles[0].filePath",
    ],
    [
      "two sources of one file (T-70)",
      poolBody("x", {
        startTask: {
          commandLine: "a",
          resourceFiles: [{ httpUrl: "http://e.invalid", storageContainerUrl: "http://e.invalid", filePath: "a" }],
        },
      }),
      "InvalidPropertyValue",
      "startTask.resourceFiles[0]",
    ],
    [
      "metadata without a name (L-24)",
      poolBody("x", { metadata: [{ name: "", value: "1" }] }),
      "EmptyMetadataKey",
      "metadata[0].name",
    ],
    [
      "a user with a uid and no gid (P-186)",
      poolBody("x", { userAccounts: [{ name: "a", password: "p", linuxUserConfiguration: { uid: 1 } }] }),
      "InvalidPropertyValue",
      "userAccounts[0].linuxUserConfiguration",
    ],
    ["a wrong id (L-20)", poolBody("a/b"), "InvalidPropertyValue", "id"],
    ["no target (P-08)", poolBody("x", { targetDedicatedNodes: undefined }), "MissingRequiredProperty", "targetDedicatedNodes"],
  ])("Pool_Add refuses %s with 400 and names the property", async (_what, body, code, property) => {
    const error = errorOf(await batch.ask("POST /pools", { body }));
    expect(error).toMatchObject({ status: 400, code, values: { PropertyName: property } });
    expect(error.values.Reason).not.toBe("");
    expect((await batch.ask(`GET /pools/${body.id === "a/b" ? "none" : body.id}`)).status).toBe(404);
  });

  it.each([
    [{ name: "n", protocol: "tcp", backendPort: 22, frontendPortRangeStart: 1, frontendPortRangeEnd: 100 }, "backendPort"],
    [
      { name: "n", protocol: "tcp", backendPort: 80, frontendPortRangeStart: 1, frontendPortRangeEnd: 39 },
      "frontendPortRangeStart",
    ],
    [
      { name: "n", protocol: "tcp", backendPort: 80, frontendPortRangeStart: 49_990, frontendPortRangeEnd: 50_040 },
      "frontendPortRangeStart",
    ],
    [
      {
        name: "n",
        protocol: "tcp",
        backendPort: 80,
        frontendPortRangeStart: 1,
        frontendPortRangeEnd: 40,
        networkSecurityGroupRules: [{ priority: 149, access: "allow", sourceAddressPrefix: "*" }],
      },
      "networkSecurityGroupRules[0].priority",
    ],
  ])("Pool_Add refuses an inbound NAT pool that breaks a rule (P-175) #%#", async (pool, property) => {
    const networkConfiguration = { endpointConfiguration: { inboundNATPools: [pool] } };
    const error = errorOf(await batch.ask("POST /pools", { body: poolBody("nat", { networkConfiguration }) }));
    const place = `networkConfiguration.endpointConfiguration.inboundNATPools[0].${property}`;
    expect(error).toMatchObject({ status: 400, code: "InvalidPropertyValue", values: { PropertyName: place } });
  });

  it("Pool_Add answers an unknown node agent with 404 NodeAgentSKUNotFound (P-03), and a taken id with 409 PoolExists, whatever its case (P-15)", async () => {
    const unknown = { ...MACHINE, nodeAgentSKUId: "batch.node.beos 5" };
    expect(
      errorOf(await batch.ask("POST /pools", { body: poolBody("sku", { virtualMachineConfiguration: unknown }) })),
    ).toMatchObject({
      status: 404,
      code: "NodeAgentSKUNotFound",
    });
    expect(errorOf(await batch.ask("POST /pools", { body: poolBody("PLAIN") }))).toMatchObject({
      status: 409,
      code: "PoolExists",
    });
  });

  it("Pool_Add with packages or certificates that are not there answers 409 and names them (P-14)", async () => {
    const packages = poolBody("refs", { applicationPackageReferences: [{ applicationId: "does-not-exist", version: "1" }] });
    expect(errorOf(await batch.ask("POST /pools", { body: packages }))).toEqual({
      status: 409,
      code: "InvalidApplicationPackageReferences",
      values: { "does-not-exist": "The specified application package does not exist." },
    });
    const certificates = poolBody("refs", { certificateReferences: [{ thumbprint: "ab12", thumbprintAlgorithm: "sha1" }] });
    const error = errorOf(await batch.ask("POST /pools", { body: certificates }));
    expect(error).toMatchObject({ status: 409, code: "InvalidCertificateReferences" });
    expect(Object.keys(error.values)).toEqual(["ab12"]);
  });

  it("Pool_List gives every pool once, page by page, and only what $select names", async () => {
    const first = (await batch.ok("GET /pools?maxresults=1&$select=id,state")).body;
    expect(first.value).toEqual([{ id: "full", state: "active" }]);
    const second = await fetch(first["odata.nextLink"], { headers: { authorization: "Bearer a-token-of-the-tests" } });
    expect(((await second.json()) as { value: unknown[] }).value).toEqual([{ id: "plain", state: "active" }]);
    expect((await batch.ok("GET /pools?$filter=enableAutoScale eq true")).body.value).toEqual([]);
  });

  it("Pool_Exists says by its status whether there is such a pool", async () => {
    const found = await batch.ask("HEAD /pools/Plain");
    expect([found.status, found.headers.get("etag")?.startsWith("0x")]).toEqual([200, true]);
    expect((await batch.ask("HEAD /pools/none")).status).toBe(404);
    expect(errorOf(await batch.ask("GET /pools/none"))).toMatchObject({ status: 404, code: "PoolNotFound" });
  });

  it("Pool_Get heeds conditional headers: 304 when nothing has changed, 412 for another tag (L-51)", async () => {
    const tag = (await batch.ok("GET /pools/plain")).headers.get("etag")!;
    expect((await batch.ask("GET /pools/plain", { headers: { "if-none-match": tag } })).status).toBe(304);
    expect((await batch.ask("GET /pools/plain", { headers: { "if-match": "0x1" } })).status).toBe(412);
    expect((await batch.ask("GET /pools/plain", { headers: { "if-match": tag } })).status).toBe(200);
  });

  it("Pool_Get with $expand=stats tells the core time of its dedicated nodes (P-211)", async () => {
    await batch.pass(3_600_000);
    expect((await batch.ok("GET /pools/plain")).body.stats).toBeUndefined();
    const { stats } = (await batch.ok("GET /pools/plain?$expand=stats")).body;
    expect(stats.usageStats).toMatchObject({ startTime: "2026-01-05T08:00:00Z", dedicatedCoreTime: "PT8H" });
    await batch.ok("POST /pools/plain/resize", { body: { targetDedicatedNodes: 0 } });
    await batch.pass(1_000);
    const left = (await batch.ok("GET /pools/plain?$expand=stats")).body;
    expect(left.currentDedicatedNodes).toBe(0);
    expect(left.stats.usageStats.dedicatedCoreTime).toMatch(/^PT8H/);
    await batch.pass(3_600_000);
    const later = (await batch.ok("GET /pools/plain?$expand=stats")).body;
    expect(later.stats.usageStats.dedicatedCoreTime).toBe(left.stats.usageStats.dedicatedCoreTime);
  });
});

describe("changing pools", () => {
  it("Pool_Patch changes what the body names and moves tag and time (P-23, P-24)", async () => {
    await batch.ok("POST /pools", {
      body: poolBody("patched", {
        targetDedicatedNodes: 0,
        metadata: [{ name: "a", value: "1" }],
        startTask: { commandLine: "exit 0" },
      }),
    });
    const before = (await batch.ok("GET /pools/patched")).body;
    await batch.pass(1_000);
    const patched = await batch.ok("PATCH /pools/patched", { body: { metadata: [{ name: "b", value: "2" }] } });
    const after = (await batch.ok("GET /pools/patched")).body;
    expect(after.metadata).toEqual([{ name: "b", value: "2" }]);
    expect(after.startTask).toEqual(before.startTask);
    expect(after.virtualMachineConfiguration).toEqual(before.virtualMachineConfiguration);
    expect(after.eTag).not.toBe(before.eTag);
    expect(patched.headers.get("etag")).toBe(after.eTag);
    expect(patched.headers.get("dataserviceid")).toBe(`${batch.url}/pools/patched`);
  });

  it("Pool_UpdateProperties removes of the set what the body lacks, and nothing else (P-23)", async () => {
    const body = { certificateReferences: [], applicationPackageReferences: [], metadata: [] };
    expect((await batch.ok("POST /pools/patched/updateproperties", { body })).status).toBe(204);
    const after = (await batch.ok("GET /pools/patched")).body;
    expect(after.startTask).toBeUndefined();
    expect(after.metadata).toEqual([]);
    expect(after.virtualMachineConfiguration).toEqual(MACHINE);
  });

  it("Pool_Patch with the tag of an older version is refused, also when two come at once (L-51)", async () => {
    const tag = (await batch.ok("GET /pools/patched")).headers.get("etag")!;
    const both = await Promise.all(
      ["1", "2"].map((value) =>
        batch.ask("PATCH /pools/patched", { body: { metadata: [{ name: "n", value }] }, headers: { "if-match": tag } }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it("Pool_Delete takes the pool away; while its nodes leave, changes are answered with PoolBeingDeleted (P-20, P-21)", async () => {
    await batch.ok("POST /pools", { body: poolBody("doomed") });
    await batch.settle();
    batch.provider.withheld.add("ReleaseNode");
    const deleted = await batch.ok("DELETE /pools/doomed");
    expect([deleted.status, deleted.headers.get("etag")]).toEqual([202, null]);
    await batch.settle();
    expect((await batch.ok("GET /pools/doomed")).body).toMatchObject({ state: "deleting", targetDedicatedNodes: 0 });
    for (const line of ["DELETE /pools/doomed", "PATCH /pools/doomed", "POST /pools/doomed/resize"]) {
      const body = line.startsWith("DELETE")
        ? undefined
        : line.startsWith("PATCH")
          ? { metadata: [] }
          : { targetDedicatedNodes: 1 };
      expect(errorOf(await batch.ask(line, { body })), line).toMatchObject({ status: 409, code: "PoolBeingDeleted" });
    }
    batch.provider.withheld.clear();
    for (const nodeId of batch.world.pool("doomed")!.nodes.keys())
      batch.provider.tell({ kind: "NodeReleased", poolId: "doomed", nodeId });
    await batch.settle();
    expect((await batch.ask("GET /pools/doomed")).status).toBe(404);
  });
});

describe("older versions", () => {
  it("Pool_Add and Pool_Get of 2020 call the slots maxTasksPerNode", async () => {
    const version = "2020-03-01.11.0";
    await batch.ok("POST /pools", { body: poolBody("old20", { maxTasksPerNode: 2 }), version });
    expect((await batch.ok("GET /pools/old20", { version })).body.maxTasksPerNode).toBe(2);
    const base = (await batch.ok("GET /pools/old20")).body;
    expect([base.taskSlotsPerNode, base.maxTasksPerNode]).toEqual([2, undefined]);
  });

  it("Pool_Get of 2017-01 knows dedicated nodes only, and calls the OS version of cloud services targetOSVersion", async () => {
    const version = "2017-01-01.4.0";
    const body = {
      id: "old17",
      vmSize: "small",
      cloudServiceConfiguration: { osFamily: "4", targetOSVersion: "WA-GUEST-OS-4.39_201612-01" },
      targetDedicated: 1,
    };
    await batch.ok("POST /pools", { body, version });
    const shown = (await batch.ok("GET /pools/old17", { version })).body;
    expect(shown).toMatchObject({ targetDedicated: 1, maxTasksPerNode: 1 });
    expect(shown.cloudServiceConfiguration).toEqual({
      osFamily: "4",
      targetOSVersion: "WA-GUEST-OS-4.39_201612-01",
      currentOSVersion: "WA-GUEST-OS-4.39_201612-01",
    });
    expect(shown.targetLowPriorityNodes).toBeUndefined();
    expect((await batch.ok("GET /pools/old17")).body.cloudServiceConfiguration).toEqual({
      osFamily: "4",
      osVersion: "WA-GUEST-OS-4.39_201612-01",
    });
  });

  it("Pool_UpgradeOS of 2017 upgrades cloud services pools only, and not to the version they have (P-125)", async () => {
    const version = "2017-01-01.4.0";
    const upgrade = (id: string, targetOSVersion: string) =>
      batch.ask(`POST /pools/${id}/upgradeos`, { body: { targetOSVersion }, version });
    await batch.settle();
    expect(errorOf(await upgrade("plain", "WA-GUEST-OS-4.40_201703-01"))).toMatchObject({
      status: 409,
      code: "OperationNotValidOnPool",
    });
    expect(errorOf(await upgrade("old17", "WA-GUEST-OS-4.39_201612-01"))).toMatchObject({
      status: 400,
      code: "PoolVersionEqualsUpgradeVersion",
    });
    expect((await upgrade("old17", "WA-GUEST-OS-4.40_201703-01")).status).toBe(202);
  });
});

describe("limits", () => {
  it("Pool_Add over the account's quota is 409 PoolQuotaReached (P-15)", async () => {
    const small = await new Batch({ quotas: { pools: 1 } }).start();
    try {
      await small.ok("POST /pools", { body: poolBody("one") });
      expect(errorOf(await small.ask("POST /pools", { body: poolBody("two") }))).toMatchObject({
        status: 409,
        code: "PoolQuotaReached",
      });
    } finally {
      await small.close();
    }
  });
});
