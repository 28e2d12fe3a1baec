/**
 * Real logs run to the end: every task completes, busy slot-hours are the log's core-hours, nobody overtakes. The committed pieces always run; the
 * whole logs run where the folder named by WEIR_TRACES has them, and it is said when they do not.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { adjusted, brokenClaims, readSwf, resultOf, runScenario, type Workload, workOf } from "../../runtime/sim/index.ts";
import { FOLLOW, scenarioOf } from "./scenarios.ts";

const HOUR_MS = 3_600_000;
/** Of the 1,500 jobs. */
const CORE_HOURS = 572.510278;

/** Runs a log on a pool of fixed size and judges everything about it. */
function runToTheEnd(workload: Workload, nodes: number, slots: number, coreHours: number): void {
  const run = runScenario(
    scenarioOf(workload, {
      pool: { taskSlotsPerNode: slots, coresPerNode: slots, targetDedicatedNodes: nodes, nodeFillType: "pack" },
    }),
  );
  expect(brokenClaims(run)).toEqual([]);
  expect(run.recorder.succeeded).toBe(workload.count);
  expect(run.recorder.busySlotMs / HOUR_MS).toBeCloseTo(coreHours, 2);
}

describe("a real week", () => {
  const week = readSwf(readFileSync(new URL("../../samples/workloads/nasa-1993-week.swf", import.meta.url), "utf8"));

  it("runs on the machine it was recorded on, 128 processors: nobody waits, because its submit times are start times", () => {
    runToTheEnd(week, 2, 128, 8786.52);
    const { waitSeconds } = resultOf(
      runScenario(scenarioOf(week, { pool: { taskSlotsPerNode: 128, coresPerNode: 128, targetDedicatedNodes: 2 } })),
    );
    expect(waitSeconds.p95).toBe(0);
  });

  it("runs on half the machine, with waits", () => {
    const half = adjusted(week, { slotsMax: 64 }, 1);
    runToTheEnd(half, 1, 64, workOf(half) / HOUR_MS);
    expect(
      resultOf(runScenario(scenarioOf(half, { pool: { taskSlotsPerNode: 64, coresPerNode: 64, targetDedicatedNodes: 1 } })))
        .waitSeconds.mean,
    ).toBeGreaterThan(60);
  });

  it("runs on a pool that follows it, cheaper than the whole machine all week", () => {
    const run = runScenario(
      scenarioOf(week, {
        pool: {
          formula: FOLLOW(3).replace("$pending / $TaskSlotsPerNode", "$pending"),
          taskSlotsPerNode: 128,
          coresPerNode: 128,
          autoScaleEvaluationIntervalMs: 300_000,
        },
      }),
    );
    expect(brokenClaims(run)).toEqual([]);
    expect(resultOf(run).nodeHours.dedicated).toBeLessThan(7 * 24 * 2);
  });
});

describe("the start of a grid's log: 1,500 jobs of one core", () => {
  const log = readSwf(readFileSync(new URL("../../samples/workloads/lcg-2005-start.swf", import.meta.url), "utf8"));

  it("is read whole", () => {
    expect([log.count, Math.max(...log.slots), log.startAt]).toEqual([1500, 1, 1_132_444_805_000]);
    expect(workOf(log) / HOUR_MS).toBeCloseTo(CORE_HOURS, 3);
  });

  it("runs where nobody has to wait", () => {
    runToTheEnd(log, 300, 4, CORE_HOURS);
  });

  it("runs where nearly everybody waits, first come, first served", () => {
    runToTheEnd(log, 8, 4, CORE_HOURS);
    const scenario = scenarioOf(log, { pool: { taskSlotsPerNode: 4, coresPerNode: 4, targetDedicatedNodes: 8 } });
    const { recorder } = runScenario(scenario);
    for (let row = 1; row < log.count; row++) expect(recorder.startMs[row]).toBeGreaterThanOrEqual(recorder.startMs[row - 1]);
    expect(recorder.startMs.filter((start, row) => start - log.submitMs[row] > 60_000).length).toBeGreaterThan(1200);
  });
});

const folder = process.env.WEIR_TRACES ?? "";
const logs = [
  { name: "nasa-ipsc-1993-3.1-cln.swf.gz", count: 18_239, coreHours: 131_732, nodes: 2, slots: 128, none: 173 },
  { name: "lcg-2005-1.swf.gz", count: 188_041, coreHours: 417_369, nodes: 600, slots: 4, none: 521 },
];
const absent = logs.filter((log) => folder === "" || !existsSync(`${folder}/${log.name}`));
if (absent.length > 0)
  console.warn(`not run, because WEIR_TRACES names no folder that has them: ${absent.map((log) => log.name).join(", ")}`);

describe("whole logs", () => {
  it("those that are there are looked at, the others are named", () => {
    expect(absent.length).toBeLessThanOrEqual(logs.length);
  });

  for (const log of logs.filter((one) => !absent.includes(one))) {
    it(`${log.name}: ${log.count} jobs and ${log.coreHours} core-hours, read and run to the end`, { timeout: 60_000 }, () => {
      const workload = readSwf(gunzipSync(readFileSync(`${folder}/${log.name}`)).toString("latin1"));
      expect(workload.count).toBe(log.count);
      expect(workload.durationMs.filter((duration) => duration === 0).length).toBe(log.none);
      const coreHours = workOf(workload) / HOUR_MS;
      expect(Math.abs(coreHours - log.coreHours)).toBeLessThan(1);
      runToTheEnd(workload, log.nodes, log.slots, coreHours);
    });
  }
});
