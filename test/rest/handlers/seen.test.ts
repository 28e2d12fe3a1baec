/**
 * Walks through the whole service once, with entities that have every property, and holds the answers against what the real service was seen to answer:
 * no property path and no header may be missing but those listed below, each with its reason; and nothing that is listed may be there after all.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Batch, MACHINE, poolBody } from "./batch.ts";
import { pathsIn, pathsOf, seenAnswers } from "./seenAnswers.ts";
import { keepCertificatesOnNode } from "../../../runtime/rest/handlers/certificateRecords.ts";
import { testCertificate } from "../../support/certificates.ts";

/** Property paths that are not sent, or the operations that never answer with success here; the reason goes for all of a row. */
const missing: readonly {
  readonly operations: readonly string[];
  readonly paths: readonly string[];
  readonly reason: string;
}[] = [
  {
    operations: ["ComputeNode_Get", "ComputeNode_List"],
    paths: ["endpointConfiguration"],
    reason: "no ports of the machine are forwarded to its nodes",
  },
  {
    operations: ["ComputeNode_GetRemoteDesktop", "ComputeNode_GetRemoteLoginSettings", "ComputeNode_UploadBatchServiceLogs"],
    paths: ["*"],
    reason: "nodes of one machine have none of it: always 409 OperationNotValidOnNode",
  },
  {
    operations: ["Job_GetAllLifetimeStatistics", "Pool_GetAllLifetimeStatistics"],
    paths: ["*"],
    reason: "nobody counts from the account's first day: always 400 InvalidRestAPIForAccountSetting",
  },
];

let batch: Batch;
const paths = new Map<string, Set<string>>();
const headers = new Map<string, Set<string>>();
const WATCHED = /^(etag|last-modified|dataserviceid|location|ocp-.*)$/;

/** Asks, and notes under the operation's name what came. */
async function note(operation: string, line: string, body?: unknown, version?: string): Promise<void> {
  const answer = await batch.ok(line, {
    ...(body === undefined ? {} : { body }),
    ...(version === undefined ? {} : { version }),
  });
  const known = paths.get(operation) ?? new Set();
  paths.set(operation, pathsIn(answer.body ?? {}, "", known));
  const names = [...answer.headers.keys()].filter((name) => WATCHED.test(name));
  headers.set(operation, new Set([...(headers.get(operation) ?? []), ...names]));
}

const AUTO_POOL = {
  autoPoolIdPrefix: "auto",
  poolLifetimeOption: "job",
  keepAlive: false,
  pool: { vmSize: "small", cloudServiceConfiguration: { osFamily: "5" }, targetDedicatedNodes: 0 },
};
const FILES = [{ httpUrl: "http://e.invalid/a", filePath: "a" }];
const ENVIRONMENT = [{ name: "A", value: "1" }];
const certificate = testCertificate();
const THUMBPRINT = certificate.thumbprint;
const CERTIFICATE = `/certificates(thumbprintAlgorithm=sha1,thumbprint=${THUMBPRINT})`;

const reference = {
  thumbprint: THUMBPRINT,
  thumbprintAlgorithm: "sha1",
  storeLocation: "currentuser",
  storeName: "My",
  visibility: ["task"],
};

async function pools(): Promise<void> {
  await batch.service.records.put("application", "app", { id: "app", defaultVersion: "1", versions: ["1"] });
  await note("Certificate_Add", "POST /certificates", {
    thumbprint: THUMBPRINT,
    thumbprintAlgorithm: "sha1",
    data: certificate.cer,
    certificateFormat: "cer",
  });
  const full = poolBody("full", {
    displayName: "Full",
    resourceTags: { dept: "a", env: "b" },
    metadata: [{ name: "a", value: "b" }],
    applicationLicenses: ["maya"],
    certificateReferences: [reference],
    startTask: { commandLine: "exit 0", resourceFiles: FILES, userIdentity: { autoUser: {} }, maxTaskRetryCount: 1 },
    userAccounts: [{ name: "ann", password: "p", elevationLevel: "admin", windowsUserConfiguration: { loginMode: "batch" } }],
    mountConfiguration: [
      { azureBlobFileSystemConfiguration: { accountName: "a", containerName: "c", sasKey: "s", relativeMountPath: "m" } },
    ],
    networkConfiguration: {
      dynamicVNetAssignmentScope: "none",
      enableAcceleratedNetworking: false,
      endpointConfiguration: {
        inboundNATPools: [
          {
            name: "n",
            protocol: "tcp",
            backendPort: 80,
            frontendPortRangeStart: 1,
            frontendPortRangeEnd: 100,
            networkSecurityGroupRules: [],
          },
        ],
      },
    },
    virtualMachineConfiguration: {
      ...MACHINE,
      windowsConfiguration: { enableAutomaticUpdates: true },
      dataDisks: [{ lun: 1, caching: "none", diskSizeGB: 10, storageAccountType: "standard_lrs" }],
      diskEncryptionConfiguration: { targets: ["osdisk"] },
      nodePlacementConfiguration: { policy: "zonal" },
      osDisk: {
        caching: "none",
        diskSizeGB: 100,
        managedDisk: { storageAccountType: "standard_lrs" },
        ephemeralOSDiskSettings: { placement: "CacheDisk" },
      },
      securityProfile: {
        encryptionAtHost: true,
        securityType: "trustedLaunch",
        uefiSettings: { secureBootEnabled: true, vTpmEnabled: true },
      },
    },
    upgradePolicy: {
      mode: "automatic",
      automaticOSUpgradePolicy: {
        disableAutomaticRollback: true,
        enableAutomaticOSUpgrade: true,
        osRollingUpgradeDeferral: true,
        useRollingUpgradePolicy: true,
      },
      rollingUpgradePolicy: {
        enableCrossZoneUpgrade: true,
        maxBatchInstancePercent: 20,
        maxUnhealthyInstancePercent: 20,
        maxUnhealthyUpgradedInstancePercent: 20,
        pauseTimeBetweenBatches: "PT0S",
        prioritizeUnhealthyInstances: false,
        rollbackFailedInstancesOnPolicyBreach: false,
      },
    },
  });
  await note("Pool_Add", "POST /pools", full);
  await batch.ok("POST /pools", {
    body: poolBody("named", { startTask: { commandLine: "exit 0", userIdentity: { username: "ann" } } }),
  });
  await batch.ok("POST /pools", {
    body: { id: "cloud", vmSize: "small", cloudServiceConfiguration: { osFamily: "5" }, targetDedicatedNodes: 1 },
  });
  await batch.settle();
  await note("Pool_Resize", "POST /pools/named/resize", { targetDedicatedNodes: 3 });
  batch.provider.withheld.add("AllocateNodes");
  await batch.settle();
  await batch.ok("POST /pools/named/resize", { body: { targetDedicatedNodes: 4 } });
  await note("Pool_StopResize", "POST /pools/named/stopresize");
  batch.provider.withheld.clear();
  await batch.settle();
  for (const id of ["full", "named", "cloud"])
    for (const version of ["2022-10-01.16.0", "2020-03-01.11.0"])
      await note("Pool_Get", `GET /pools/${id}`, undefined, version);
  await note("Pool_List", "GET /pools?maxresults=2");
  await note("Pool_List", "GET /pools", undefined, "2020-03-01.11.0");
  await note("Pool_List", "GET /pools");
  await note("Pool_Exists", "HEAD /pools/full");
  await note("Pool_Patch", "PATCH /pools/named", { metadata: [] });
  await note("Pool_UpdateProperties", "POST /pools/named/updateproperties", {
    certificateReferences: [],
    applicationPackageReferences: [],
    metadata: [],
  });
  await note("Pool_EnableAutoScale", "POST /pools/named/enableautoscale", { autoScaleFormula: "$TargetDedicatedNodes = 2;" });
  await note("Pool_EvaluateAutoScale", "POST /pools/named/evaluateautoscale", { autoScaleFormula: "nonsense" });
  await note("Pool_DisableAutoScale", "POST /pools/named/disableautoscale");
  await note("Account_ListPoolNodeCounts", "GET /nodecounts");
  await note("Account_ListSupportedImages", "GET /supportedimages");
  await note("Application_Get", "GET /applications/app");
  await note("Application_List", "GET /applications");
}

async function jobs(): Promise<void> {
  const special = {
    commandLine: "exit 0",
    resourceFiles: FILES,
    environmentSettings: ENVIRONMENT,
    userIdentity: { autoUser: {} },
  };
  await note("Job_Add", "POST /jobs", {
    id: "full",
    displayName: "Full",
    poolInfo: { poolId: "full" },
    metadata: [{ name: "a", value: "b" }],
    commonEnvironmentSettings: ENVIRONMENT,
    jobManagerTask: {
      id: "boss",
      displayName: "Boss",
      ...special,
      commandLine: "stay",
      killJobOnCompletion: false,
      runExclusive: false,
    },
    jobPreparationTask: special,
    jobReleaseTask: special,
  });
  await batch.ok("POST /jobs", { body: { id: "auto", poolInfo: { autoPoolSpecification: AUTO_POOL } } });
  const broken = { ...AUTO_POOL.pool, targetDedicatedNodes: undefined, enableAutoScale: true, autoScaleFormula: "$x = ;" };
  await batch.ok("POST /jobs", { body: { id: "broken", poolInfo: { autoPoolSpecification: { ...AUTO_POOL, pool: broken } } } });
  const schedule = { doNotRunUntil: "2026-01-05T08:00:00Z", recurrenceInterval: "PT1H", startWindow: "PT30M" };
  const jobSpecification = {
    displayName: "Scheduled",
    commonEnvironmentSettings: ENVIRONMENT,
    metadata: [{ name: "a", value: "b" }],
    poolInfo: { poolId: "full" },
    jobManagerTask: { id: "boss", displayName: "Boss", ...special, commandLine: "exit 0" },
    jobPreparationTask: special,
    jobReleaseTask: special,
  };
  await note("JobSchedule_Add", "POST /jobschedules", { id: "s", schedule, jobSpecification });
  const ownPool = { ...jobSpecification, poolInfo: { autoPoolSpecification: { ...AUTO_POOL, pool: broken } } };
  await batch.ok("POST /jobschedules", { body: { id: "b", schedule: {}, jobSpecification: ownPool } });
  await batch.settle();
  for (const id of ["full", "auto", "broken"]) await note("Job_Get", `GET /jobs/${id}`);
  await note("JobSchedule_Get", "GET /jobschedules/s");
  await note("JobSchedule_List", "GET /jobschedules");
  await note("JobSchedule_Exists", "HEAD /jobschedules/s");
  for (const id of ["s", "b"]) await note("Job_ListFromJobSchedule", `GET /jobschedules/${id}/jobs`);
  await note("Job_List", "GET /jobs");
  await note("JobSchedule_Disable", "POST /jobschedules/s/disable");
  await note("JobSchedule_Enable", "POST /jobschedules/s/enable");
  await note("JobSchedule_Patch", "PATCH /jobschedules/s", { metadata: [] });
  await note("JobSchedule_Update", "PUT /jobschedules/s", { schedule, jobSpecification });
  await note("JobSchedule_Terminate", "POST /jobschedules/s/terminate");
  await note("JobSchedule_Delete", "DELETE /jobschedules/s");
  await batch.ok("POST /jobs", {
    body: { id: "j", poolInfo: { poolId: "named" }, usesTaskDependencies: true, onTaskFailure: "performexitoptionsjobaction" },
  });
  await note("Job_Patch", "PATCH /jobs/j", { priority: 1 });
  await note("Job_Update", "PUT /jobs/j", { poolInfo: { poolId: "named" } });
  await note("Job_Disable", "POST /jobs/j/disable", { disableTasks: "wait" });
  await batch.settle();
  await note("Job_Enable", "POST /jobs/j/enable");
  await note("Job_ListPreparationAndReleaseTaskStatus", "GET /jobs/full/jobpreparationandreleasetaskstatus");
}

async function tasks(): Promise<void> {
  const exit = { jobAction: "none", dependencyAction: "block" };
  await note("Task_Add", "POST /jobs/j/tasks", {
    id: "full",
    displayName: "Full",
    commandLine: "stay",
    constraints: { maxTaskRetryCount: 1 },
    environmentSettings: ENVIRONMENT,
    applicationPackageReferences: [{ applicationId: "app", version: "1" }],
    authenticationTokenSettings: { access: ["job"] },
    exitConditions: { exitCodes: [{ code: 3, exitOptions: exit }], default: exit },
    outputFiles: [
      {
        filePattern: "*",
        destination: { container: { containerUrl: "http://c.invalid" } },
        uploadOptions: { uploadCondition: "taskcompletion" },
      },
    ],
    multiInstanceSettings: { numberOfInstances: 1, coordinationCommandLine: "exit 0" },
  });
  const value = [
    { id: "plain", commandLine: "exit 0" },
    {
      id: "fails",
      commandLine: "exit 4",
      constraints: { maxTaskRetryCount: 1 },
      exitConditions: { default: { jobAction: "none" } },
    },
    { id: "user", commandLine: "exit 0", userIdentity: { username: "ann" } },
    { id: "auto", commandLine: "exit 0", userIdentity: { autoUser: {} }, outputFiles: [] },
    { id: "stays", commandLine: "stay", exitConditions: { default: { jobAction: "none" } } },
  ];
  await note("Task_AddCollection", "POST /jobs/j/addtaskcollection", { value });
  await batch.settle();
  for (const id of ["full", "plain", "fails", "user", "stays"]) await note("Task_Get", `GET /jobs/j/tasks/${id}`);
  await note("Task_List", "GET /jobs/j/tasks");
  await note("Task_ListSubtasks", "GET /jobs/j/tasks/full/subtasksinfo");
  await note("Task_Update", "PUT /jobs/j/tasks/stays", { constraints: { maxTaskRetryCount: 1 } });
  await note("Task_Terminate", "POST /jobs/j/tasks/stays/terminate");
  await batch.settle();
  await note("Task_Reactivate", "POST /jobs/j/tasks/stays/reactivate");
  for (const version of ["2022-10-01.16.0", "2020-03-01.11.0"])
    await note("Job_GetTaskCounts", "GET /jobs/j/taskcounts", undefined, version);
}

async function nodes(): Promise<void> {
  const { nodeInfo } = (await batch.ok("GET /jobs/j/tasks/plain")).body;
  batch.files.table.set("workitems/j/job-1/plain/stdout.txt", "hello");
  const owners = [
    ["Task", "/jobs/j/tasks/plain/files", "stdout.txt"],
    ["ComputeNode", `/pools/named/nodes/${nodeInfo.nodeId}/files`, "workitems/j/job-1/plain/stdout.txt"],
  ];
  for (const [owner, files, name] of owners) {
    await note(`File_ListFrom${owner}`, `GET ${files}?recursive=true`);
    await note(`File_GetFrom${owner}`, `GET ${files}/${name}`);
    await note(`File_GetPropertiesFrom${owner}`, `HEAD ${files}/${name}`);
  }
  for (const [owner, files, name] of owners.reverse()) {
    batch.files.table.set("workitems/j/job-1/plain/stdout.txt", "hello");
    await note(`File_DeleteFrom${owner}`, `DELETE ${files}/${name}`);
  }
  const [ofFull] = (await batch.ok("GET /pools/full/nodes")).body.value;
  const installed = batch.world.pool("full")!.node(ofFull.id)!;
  await keepCertificatesOnNode(batch.service.records, installed, [reference], batch.clock.at);
  for (const pool of ["full", "named"]) await note("ComputeNode_List", `GET /pools/${pool}/nodes`);
  await note("ComputeNode_Get", `GET /pools/full/nodes/${ofFull.id}`);
  const node = `/pools/full/nodes/${ofFull.id}`;
  await note("ComputeNode_AddUser", `POST ${node}/users`, { name: "ann", password: "p" });
  await note("ComputeNode_UpdateUser", `PUT ${node}/users/ann`, { password: "q" });
  await note("ComputeNode_DeleteUser", `DELETE ${node}/users/ann`);
  await note("ComputeNode_DisableScheduling", `POST ${node}/disablescheduling`);
  await note("ComputeNode_EnableScheduling", `POST ${node}/enablescheduling`);
  await note("ComputeNode_Reboot", `POST ${node}/reboot`);
  const [cloud] = (await batch.ok("GET /pools/cloud/nodes")).body.value;
  await note("ComputeNode_Reimage", `POST /pools/cloud/nodes/${cloud.id}/reimage`);
  await batch.settle();
  await note("Pool_RemoveNodes", "POST /pools/cloud/removenodes", { nodeList: [cloud.id] });
}

async function ends(): Promise<void> {
  await batch.settle();
  await note("Certificate_Get", `GET ${CERTIFICATE}`);
  await note("Certificate_List", "GET /certificates");
  await note("Certificate_Delete", `DELETE ${CERTIFICATE}`);
  await note("Certificate_Get", `GET ${CERTIFICATE}`);
  await note("Task_Delete", "DELETE /jobs/j/tasks/full");
  await note("Job_Terminate", "POST /jobs/full/terminate", {});
  await batch.pass(4 * 3_600_000);
  await note("Pool_ListUsageMetrics", "GET /poolusagemetrics?starttime=2026-01-05T08:00:00Z");
  await note("Job_List", "GET /jobs");
  await note("Job_ListFromJobSchedule", "GET /jobschedules/b/jobs");
  await note("Job_Delete", "DELETE /jobs/full");
  await note("Pool_Delete", "DELETE /pools/cloud");
}

beforeAll(async () => {
  batch = await new Batch().start();
  for (const part of [pools, jobs, tasks, nodes, ends]) await part();
});
afterAll(() => batch.close());

const excused = (operation: string) =>
  missing.filter(({ operations }) => operations.includes(operation)).flatMap((row) => row.paths);
const below = (path: string, excuse: string) => excuse === "*" || new RegExp(`^(value\\[\\]\\.)?${excuse}($|[.[])`).test(path);

const seen = Object.entries(seenAnswers);

it.each(
  seen,
)("%s answers with every property that the real service was seen to answer with, but those that are excused", (operation, {
  keys,
}) => {
  const sent = paths.get(operation) ?? new Set();
  const excuses = excused(operation);
  const absent = [...pathsOf(keys)].filter((path) => !sent.has(path));
  expect(absent.filter((path) => !excuses.some((excuse) => below(path, excuse)))).toEqual([]);
  // An excuse for what is sent after all is out of date.
  const idle = excuses.filter((excuse) => excuse !== "*" && [...sent].some((path) => below(path, excuse)));
  expect(idle).toEqual([]);
});

it.each(
  seen.filter(([operation]) => !excused(operation).includes("*")),
)("%s answers with exactly the headers of version and address that were seen", (operation, { headers: names }) => {
  expect([...(headers.get(operation) ?? [])].sort()).toEqual(names.split(" ").filter(Boolean).sort());
});
