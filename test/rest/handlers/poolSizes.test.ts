/** Operations over HTTP that change how many nodes a pool has, autoscale and the counts among them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batch, errorOf, poolBody } from "./batch.ts";

let batch: Batch;
beforeAll(async () => {
  batch = await new Batch().start();
  await batch.ok("POST /pools", { body: poolBody("p", { targetDedicatedNodes: 3 }) });
  await batch.settle();
});
afterAll(() => batch.close());

const get = async (id = "p") => (await batch.ok(`GET /pools/${id}`)).body;

describe("resizing", () => {
  it("Pool_Resize sets the targets it names, the other stays (P-38), and answers 202 with the action's address", async () => {
    const answer = await batch.ok("POST /pools/p/resize", {
      body: { targetLowPriorityNodes: 1, nodeDeallocationOption: "taskcompletion" },
    });
    expect([answer.status, answer.headers.get("dataserviceid")]).toEqual([202, `${batch.url}/pools/p/resize`]);
    await batch.settle();
    expect(await get()).toMatchObject({
      allocationState: "steady",
      targetDedicatedNodes: 3,
      currentDedicatedNodes: 3,
      targetLowPriorityNodes: 1,
      currentLowPriorityNodes: 1,
    });
    expect(answer.headers.get("etag")).not.toBeNull();
  });

  it("Pool_Resize without a target, or with a timeout below five minutes, is 400 (P-12, P-38)", async () => {
    expect(errorOf(await batch.ask("POST /pools/p/resize", { body: {} }))).toMatchObject({
      status: 400,
      code: "MissingRequiredProperty",
    });
    const body = { targetDedicatedNodes: 1, resizeTimeout: "PT1M" };
    expect(errorOf(await batch.ask("POST /pools/p/resize", { body }))).toMatchObject({
      status: 400,
      code: "InvalidPropertyValue",
      values: { PropertyName: "resizeTimeout" },
    });
  });

  it("Pool_Resize of a pool that is being resized is 409 PoolBeingResized; Pool_StopResize ends it with a resize error (P-30, P-33)", async () => {
    batch.provider.withheld.add("AllocateNodes");
    await batch.ok("POST /pools/p/resize", { body: { targetDedicatedNodes: 5 } });
    expect((await get()).resizeErrors).toBeUndefined();
    expect(errorOf(await batch.ask("POST /pools/p/resize", { body: { targetDedicatedNodes: 6 } })).code).toBe(
      "PoolBeingResized",
    );
    expect((await batch.ok("POST /pools/p/stopresize")).status).toBe(202);
    await batch.settle();
    batch.provider.withheld.clear();
    const pool = await get();
    expect(pool).toMatchObject({ allocationState: "steady", targetDedicatedNodes: 5, currentDedicatedNodes: 3 });
    expect(pool.resizeErrors).toEqual([{ code: "ResizeStopped", message: expect.any(String) }]);
    const old = (await batch.ok("GET /pools/p", { version: "2017-01-01.4.0" })).body;
    expect([old.resizeErrors, old.resizeError.code]).toEqual([undefined, "ResizeStopped"]);
    expect(errorOf(await batch.ask("POST /pools/p/stopresize")).status).toBe(409);
  });

  it("Pool_RemoveNodes takes the named nodes away and lowers the target (P-49); an unknown one is 404, none or too many are 400", async () => {
    await batch.ok("POST /pools/p/resize", { body: { targetDedicatedNodes: 3 } });
    await batch.settle();
    const remove = (nodeList: string[]) => batch.ask("POST /pools/p/removenodes", { body: { nodeList } });
    expect(errorOf(await remove(["tvm-999"]))).toMatchObject({ status: 404, code: "NodeNotFound" });
    expect((await remove([])).status).toBe(400);
    expect((await remove(Array.from({ length: 101 }, (_, i) => `n${i}`))).status).toBe(400);
    const [first] = (await batch.ok("GET /pools/p/nodes")).body.value;
    expect((await remove([first.id])).status).toBe(202);
    await batch.settle();
    expect(await get()).toMatchObject({ targetDedicatedNodes: 2, currentDedicatedNodes: 2 });
    expect((await batch.ask(`GET /pools/p/nodes/${first.id}`)).status).toBe(404);
  });

  it("Account_ListPoolNodeCounts counts each kind's nodes by state, ten pools a page (P-210)", async () => {
    const [counts] = (await batch.ok("GET /nodecounts")).body.value;
    expect(counts.poolId).toBe("p");
    expect(counts.dedicated).toMatchObject({ idle: 2, total: 2, leavingPool: 0, startTaskFailed: 0, waitingForStartTask: 0 });
    expect(counts.lowPriority).toMatchObject({ idle: 1, total: 1 });
    expect((await batch.ask("GET /nodecounts?maxresults=11")).status).toBe(400);
  });
});

describe("autoscale", () => {
  const formula = "$TargetDedicatedNodes = 1; $TargetLowPriorityNodes = 0;";

  it("Pool_EnableAutoScale shows formula, interval and the first run at once (P-65, P-68)", async () => {
    await batch.settle();
    await batch.ok("POST /pools/p/enableautoscale", {
      body: { autoScaleFormula: formula, autoScaleEvaluationInterval: "PT6M" },
    });
    await batch.settle();
    expect(await get()).toMatchObject({
      enableAutoScale: true,
      autoScaleFormula: formula,
      autoScaleEvaluationInterval: "PT6M",
      autoScaleRun: { results: "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue" },
      targetDedicatedNodes: 1,
    });
  });

  it("Pool_EnableAutoScale within 30 seconds is 503 TooManyEnableAutoScaleRequests (P-66); manual changes are 409 (P-31)", async () => {
    const again = { body: { autoScaleEvaluationInterval: "PT5M" } };
    expect(errorOf(await batch.ask("POST /pools/p/enableautoscale", again))).toMatchObject({
      status: 503,
      code: "TooManyEnableAutoScaleRequests",
    });
    await batch.pass(31_000);
    expect((await batch.ask("POST /pools/p/enableautoscale", again)).status).toBe(200);
    expect(errorOf(await batch.ask("POST /pools/p/resize", { body: { targetDedicatedNodes: 2 } })).status).toBe(409);
    expect(errorOf(await batch.ask("POST /pools/p/removenodes", { body: { nodeList: ["x"] } })).status).toBe(409);
  });

  it("Pool_EvaluateAutoScale answers 200 also for a formula that fails, with error and unchanged results (P-67, P-69)", async () => {
    const evaluate = async (autoScaleFormula: string) =>
      batch.ok("POST /pools/p/evaluateautoscale", { body: { autoScaleFormula } });
    const good = await evaluate("$TargetDedicatedNodes = 7; $x = 1 + 1;");
    expect(good.body.results).toContain("$TargetDedicatedNodes=7;");
    expect(good.body.results).toMatch(/;\$x=2$/);
    expect(good.body.error).toBeUndefined();
    expect(good.body["odata.metadata"]).toBe(`${batch.url}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun`);
    expect(good.headers.get("dataserviceid")).toBe(`${batch.url}/pools/p/evaluateautoscale`);
    const bad = (await evaluate("$TargetDedicatedNodes = something_useless;")).body;
    expect(bad.error.values).toEqual([{ name: "Message", value: expect.stringContaining("something_useless") }]);
    expect(bad.results).toBe("$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
    expect((await get()).targetDedicatedNodes).toBe(1);
  });

  it("Pool_DisableAutoScale keeps the targets (P-71); Pool_EvaluateAutoScale of such a pool is 409", async () => {
    await batch.ok("POST /pools/p/disableautoscale");
    const pool = await get();
    expect(pool).toMatchObject({ enableAutoScale: false, targetDedicatedNodes: 1 });
    expect([pool.autoScaleFormula, pool.autoScaleRun]).toEqual([undefined, undefined]);
    const answer = await batch.ask("POST /pools/p/evaluateautoscale", { body: { autoScaleFormula: formula } });
    expect(errorOf(answer)).toMatchObject({ status: 409, code: "OperationNotValidOnPool" });
  });

  it("Pool_Add and Pool_EnableAutoScale refuse a formula that does not parse, one that is too long, and an interval out of range (P-09, P-13)", async () => {
    const add = (autoScaleFormula: string, autoScaleEvaluationInterval = "PT5M") =>
      batch.ask("POST /pools", {
        body: poolBody("auto", {
          targetDedicatedNodes: undefined,
          enableAutoScale: true,
          autoScaleFormula,
          autoScaleEvaluationInterval,
        }),
      });
    expect(errorOf(await add("$TargetDedicatedNodes = ;"))).toMatchObject({
      status: 400,
      code: "AutoScalingFormulaSyntaxError",
    });
    expect(errorOf(await add(`$x = 1;${" ".repeat(9_000)}`))).toMatchObject({ status: 400, code: "AutoScalingFormulaTooLong" });
    expect(errorOf(await add(formula, "PT4M"))).toMatchObject({ status: 400, code: "InvalidPropertyValue" });
    expect((await add(formula)).status).toBe(201);
  });
});

describe("usage", () => {
  it("Pool_ListUsageMetrics tells whole half hours, two hours late, of nodes that are there and nodes that have left (P-212)", async () => {
    const own = await new Batch().start();
    try {
      await own.ok("POST /pools", { body: poolBody("u", { targetDedicatedNodes: 2 }) });
      await own.settle();
      await own.pass(1_800_000 + 900_000);
      await own.ok("POST /pools/u/resize", { body: { targetDedicatedNodes: 1 } });
      await own.settle();
      expect((await own.ok("GET /poolusagemetrics")).body.value).toEqual([]);
      await own.pass(3 * 3_600_000);
      const { value } = (await own.ok("GET /poolusagemetrics?starttime=2026-01-05T08:00:00Z&endtime=2026-01-05T09:30:00Z"))
        .body;
      expect(value).toEqual([
        {
          poolId: "u",
          startTime: "2026-01-05T08:00:00Z",
          endTime: "2026-01-05T08:30:00Z",
          vmSize: "standard_d4_v3",
          totalCoreHours: 4,
        },
        {
          poolId: "u",
          startTime: "2026-01-05T08:30:00Z",
          endTime: "2026-01-05T09:00:00Z",
          vmSize: "standard_d4_v3",
          totalCoreHours: 3,
        },
        {
          poolId: "u",
          startTime: "2026-01-05T09:00:00Z",
          endTime: "2026-01-05T09:30:00Z",
          vmSize: "standard_d4_v3",
          totalCoreHours: 2,
        },
      ]);
      expect((await own.ask("GET /poolusagemetrics?starttime=2026-01-05T11:00:00Z")).status).toBe(400);
    } finally {
      await own.close();
    }
  });

  it.each([
    "GET /lifetimepoolstats",
    "GET /lifetimejobstats",
  ])("Pool_GetAllLifetimeStatistics, Job_GetAllLifetimeStatistics: %s says that nothing is kept", async (line) => {
    expect(errorOf(await batch.ask(line))).toMatchObject({ status: 400, code: "InvalidRestAPIForAccountSetting" });
  });
});
