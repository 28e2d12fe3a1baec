/**
 * Bodies that nobody would write: for every operation that takes one, bodies made from its model with values of the right type but any size, and entities
 * that are there or not. Whatever comes, the answer is not a 5xx, carries a code where it refuses, and the world stays whole.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenInvariants } from "../../../runtime/core/index.ts";
import { type Operation, operations } from "../../../runtime/rest/operations.ts";
import { type ModelName, model, type Property } from "../../../runtime/rest/schema.ts";
import { Batch, MACHINE, poolBody } from "./batch.ts";
import { testCertificate } from "../../support/certificates.ts";

const RUNS = 8;
const DEPTH_MAX = 3;

const texts = fc.oneof(
  fc.constantFrom(
    "p",
    "j",
    "t",
    "s",
    "",
    "__proto__",
    "constructor",
    "../..",
    "a b",
    "ä",
    "\u0000",
    "tvm-1",
    "exit 0",
    "stay",
    "standard_d2_v3",
  ),
  fc.string({ maxLength: 80 }),
);
const ids = fc.constantFrom("p", "j", "t", "s", "fresh1", "fresh2", "__proto__", "toString", "x y", "a".repeat(65), "%2e%2e");
const wholes = fc.oneof(fc.constantFrom(0, 1, -1, 2, 100, 2 ** 31 - 1, -(2 ** 31)), fc.integer({ min: -5, max: 300 }));
const durations = fc.constantFrom("PT0S", "PT1S", "PT1M", "PT5M", "PT1H", "P7D", "P10675199DT2H48M5.4775807S", "PT0.0000001S");
const instants = fc.constantFrom(
  "2026-01-05T08:00:00Z",
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59.9999999Z",
  "2026-02-01T00:00:00Z",
);

function anyValue(property: Property, depth: number): fc.Arbitrary<unknown> {
  const one = single(property, depth);
  return property.isList ? fc.array(one, { maxLength: 3 }) : one;
}

function single(property: Property, depth: number): fc.Arbitrary<unknown> {
  if (property.name === "id" || property.name === "poolId") return ids;
  if (property.name === "imageReference") return fc.constant(MACHINE.imageReference);
  if (property.name === "nodeAgentSKUId") return fc.constant(MACHINE.nodeAgentSKUId);
  switch (property.type) {
    case "string":
      return texts;
    case "boolean":
      return fc.boolean();
    case "int32":
    case "int64":
    case "double":
      return wholes;
    case "date-time":
      return instants;
    case "duration":
      return durations;
    case "object":
      return fc.dictionary(texts, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
    case "enum":
      return fc.constantFrom(...property.spellings!.values());
    case "model":
      return bodyOf(property.modelName!, depth + 1);
  }
}

/** Bodies of a model: required properties always, others sometimes, and less often the deeper. */
function bodyOf(name: ModelName, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const entries = [...model(name).properties.values()].filter(
    (property) => property.presentName === undefined && (depth < DEPTH_MAX || property.required),
  );
  return fc.record(Object.fromEntries(entries.map((property) => [property.name, anyValue(property, depth)])), {
    requiredKeys: entries.filter(({ required }) => required).map(({ name: key }) => key),
  });
}

const POOL = poolBody("fresh", { targetDedicatedNodes: 1 });
const TASK = { id: "fresh", commandLine: "stay" };
const certificate = testCertificate();
const JOB = { id: "fresh", poolInfo: { poolId: "p" } };

/** Bodies that are accepted as they are: random properties in place of some of theirs get further than random bodies do. */
const GOOD: Record<string, Record<string, unknown>> = {
  Pool_Add: POOL,
  Pool_UpdateProperties: { certificateReferences: [], applicationPackageReferences: [], metadata: [] },
  Pool_RemoveNodes: { nodeList: ["tvm-1"] },
  Pool_EnableAutoScale: { autoScaleFormula: "$TargetDedicatedNodes = 1;" },
  Pool_EvaluateAutoScale: { autoScaleFormula: "$TargetDedicatedNodes = 1;" },
  ComputeNode_AddUser: { name: "bob" },
  Job_Add: JOB,
  Job_Update: { poolInfo: { poolId: "p" } },
  JobSchedule_Add: { id: "fresh", schedule: {}, jobSpecification: { poolInfo: { poolId: "p" } } },
  JobSchedule_Update: { schedule: {}, jobSpecification: { poolInfo: { poolId: "p" } } },
  Task_Add: TASK,
  Task_AddCollection: { value: [TASK, { ...TASK, id: "fresh-too" }] },
  Certificate_Add: {
    thumbprint: certificate.thumbprint,
    thumbprintAlgorithm: "sha1",
    data: certificate.cer,
    certificateFormat: "cer",
  },
};

/** A random body, or a good one with up to two properties of a random one. */
function anyBody({ name, requestModel }: Operation): fc.Arbitrary<Record<string, unknown>> {
  const wild = bodyOf(requestModel!);
  const keys = [...model(requestModel!).properties.keys()];
  const mixed = fc.tuple(wild, fc.array(fc.constantFrom(...keys), { maxLength: 2 })).map(([random, taken]) => ({
    ...GOOD[name],
    ...Object.fromEntries(taken.filter((key) => Object.hasOwn(random, key)).map((key) => [key, random[key]])),
  }));
  return fc.oneof({ weight: 1, arbitrary: wild }, { weight: 3, arbitrary: mixed });
}

let batch: Batch;
beforeAll(async () => {
  batch = await new Batch({ quotas: { pools: 500, activeJobsAndSchedules: 500, dedicatedCores: 100 } }).start();
});
afterAll(() => batch.close());

/** Operations that these nodes and pools always refuse. */
const NEVER = new Set([
  "Pool_UpgradeOS",
  "ComputeNode_Reimage",
  "ComputeNode_Deallocate",
  "ComputeNode_UploadBatchServiceLogs",
]);

/** What the paths name is there before every operation's turn, whatever the one before has done to it. */
async function restock(operation: string): Promise<void> {
  for (const path of ["jobs/j", "jobs/fresh", "jobschedules/s", "jobschedules/fresh", "pools/fresh", "pools/p"])
    await batch.ask(`DELETE /${path}`);
  await batch.settle();
  await batch.ask("POST /pools", { body: { ...POOL, id: "p" } });
  await batch.ask("POST /jobs", { body: { id: "j", poolInfo: { poolId: "p" }, usesTaskDependencies: true } });
  await batch.ask("POST /jobs/j/tasks", { body: { id: "t", commandLine: "stay" } });
  await batch.ask("POST /jobschedules", {
    body: { id: "s", schedule: { recurrenceInterval: "PT1H" }, jobSpecification: { poolInfo: { poolId: "p" } } },
  });
  await batch.settle();
  const node = [...batch.world.pool("p")!.nodes.keys()][0];
  if (operation === "ComputeNode_UpdateUser") await batch.ok(`POST /pools/p/nodes/${node}/users`, { body: { name: "ann" } });
  if (operation === "Pool_EvaluateAutoScale")
    await batch.ok("POST /pools/p/enableautoscale", { body: GOOD.Pool_EnableAutoScale });
}

const PARTS: Record<string, string> = { poolId: "p", jobId: "j", taskId: "t", jobScheduleId: "s", userName: "ann" };

describe("any body", () => {
  it.each(operations.rows.filter(({ requestModel }) => requestModel !== undefined).map((row) => [row.name, row] as const))(
    "%s answers anything with less than 500, and a code where it refuses",
    async (_name, operation) => {
      await restock(operation.name);
      let answered = 0;
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(anyBody(operation), fc.integer({ min: 0, max: 9 }), async (body, luck) => {
          const node = [...(batch.world.pool("p")?.nodes.keys() ?? [])][0] ?? "none";
          const parts: Record<string, string> = { ...PARTS, nodeId: node };
          const path = operation.path.replace(/\{(\w+)\}/g, (_, part: string) => (luck > 0 ? parts[part] : "__proto__"));
          const answer = await batch.ask(`${operation.method} ${path}`, {
            body,
            version: operation.since === undefined ? "2018-08-01.7.0" : "2024-07-01.20.0",
          });
          expect(answer.status, answer.text).toBeLessThan(
            500 + (answer.body?.code === "TooManyEnableAutoScaleRequests" ? 100 : 0),
          );
          if (answer.status >= 400) expect(answer.body.code).toMatch(/^[A-Z]\w+$/);
          answered++;
          if (answer.status < 300) accepted++;
        }),
        { numRuns: RUNS, seed: 1 },
      );
      await batch.settle();
      // Not all of them may have been turned away at the door.
      expect([answered >= RUNS, accepted > 0 || NEVER.has(operation.name)]).toEqual([true, true]);
      expect(batch.service.failedBy).toBeUndefined();
      expect(brokenInvariants(batch.world)).toEqual([]);
    },
    30_000,
  );

  it("what was made can all be read back", async () => {
    for (const list of [
      "/pools",
      "/jobs",
      "/jobschedules",
      "/certificates",
      "/pools/p/nodes",
      "/jobs/j/tasks",
      "/nodecounts",
    ]) {
      const answer = await batch.ask(`GET ${list}`);
      expect([200, 404], list).toContain(answer.status);
    }
  });
});
