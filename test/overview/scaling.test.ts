/**
 * A formula on a pool: that it is taken and when, how often it is evaluated and for how long its answer holds, that it caps the pool, and that the language
 * means on a live pool what its specification's cases say. What formulas can read is in scalingMetrics.test.ts.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce, commandPath } from "../cli/weir.ts";
import { endAll, poolBody, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { readRuleCases, type RuleCase } from "../support/rules.ts";
import { at, AtWork, newGate, type Pool, removeGates, shell } from "./poolAtWork.ts";

// A machine with much else to do takes longer than any of this does.

const MINUTE = 60_000;
/** Service time passes this many times as fast: five minutes in a second. */
const SCALE = 300;

let weir: AtWork;
let unhurried: AtWork;
const gate = newGate();
const queueGate = newGate();

beforeAll(async () => {
  buildOnce();
  const [fast, plain] = await Promise.all([
    served("--fast", "--time-scale", String(SCALE), "--sample-period", "PT30S", "--log-level", "warn"),
    served("--log-level", "warn"),
  ]);
  weir = new AtWork(fast);
  unhurried = new AtWork(plain);
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

const autoPool = (autoScaleFormula: string, more: object = {}) => ({ enableAutoScale: true, autoScaleFormula, ...more });
const codeOf = ({ status, body }: { status: number; body: unknown }) => [status, (body as { code?: string } | undefined)?.code];

/** Target nodes by evaluation, for as long as one looks, until so many evaluations were seen and one of them wanted so many nodes. */
async function evaluationsOf(pool: string, count: number, wanted?: number): Promise<Map<string, Set<number>>> {
  const seen = new Map<string, Set<number>>();
  await eventually(
    `${count} evaluations of pool ${pool}`,
    async () => {
      const { autoScaleRun, targetDedicatedNodes } = await weir.pool(pool);
      const timestamp = autoScaleRun!.timestamp;
      seen.set(timestamp, (seen.get(timestamp) ?? new Set()).add(targetDedicatedNodes));
      const isSeen = wanted === undefined || [...seen.values()].some((targets) => targets.has(wanted));
      return seen.size >= count && isSeen ? true : undefined;
    },
    { everyMs: 20 },
  );
  return seen;
}

describe.concurrent("a formula is attached to a pool", () => {
  test("rows 82 and 248: a formula is attached when the pool is made, with its interval; it is compiled first, and one that cannot be is refused with its place and no pool is made", async () => {
    const formula = "$TargetDedicatedNodes = 1 + 1;";
    await unhurried.addPool("made", autoPool(formula, { autoScaleEvaluationInterval: "PT10M" }));
    expect(await unhurried.pool("made")).toMatchObject({
      enableAutoScale: true,
      autoScaleFormula: formula,
      autoScaleEvaluationInterval: "PT10M",
      targetDedicatedNodes: 2,
    });
    await unhurried.idle("made", 2);
    const wrong = await unhurried.server.ask("POST", "/pools", poolBody("wrong", autoPool("$TargetDedicatedNodes = (1 + ;")));
    expect(codeOf(wrong)).toEqual([400, "AutoScalingFormulaSyntaxError"]);
    expect(wrong.text).toContain("Line 1, Col 30");
    expect((await unhurried.server.ask("GET", "/pools/wrong")).status).toBe(404);
  });

  test("row 247: the interval of evaluation is what is asked for, from 5 minutes to 168 hours, 15 minutes when nothing is; beyond that it is refused", async () => {
    const add = (id: string, autoScaleEvaluationInterval?: string) =>
      unhurried.server.ask(
        "POST",
        "/pools",
        poolBody(
          id,
          autoPool("$TargetDedicatedNodes = 0;", autoScaleEvaluationInterval ? { autoScaleEvaluationInterval } : {}),
        ),
      );
    for (const interval of ["PT4M59S", "PT168H1S"])
      expect(codeOf(await add("no", interval)), interval).toEqual([400, "InvalidPropertyValue"]);
    const shown: unknown[] = [];
    for (const [id, interval] of [["least"], ["five", "PT5M"], ["week", "P7D"]] as const) {
      expect((await add(id, interval)).status).toBe(201);
      shown.push((await unhurried.pool(id)).autoScaleEvaluationInterval);
    }
    expect(shown.slice(0, 2)).toEqual(["PT15M", "PT5M"]);
    expect(["P7D", "PT168H"]).toContain(shown[2]);
  });

  test("row 249: a formula can be given later, to a pool of fixed size, which from then on has the size that the formula says", async () => {
    await unhurried.addIdlePool("later", 1);
    expect(await unhurried.pool("later")).toMatchObject({ enableAutoScale: false, targetDedicatedNodes: 1 });
    await unhurried.server.post("/pools/later/enableautoscale", { autoScaleFormula: "$TargetDedicatedNodes = 3;" });
    await unhurried.idle("later", 3);
    expect(await unhurried.pool("later")).toMatchObject({ enableAutoScale: true, autoScaleEvaluationInterval: "PT15M" });
    const byHand = await unhurried.server.ask("POST", "/pools/later/resize", { targetDedicatedNodes: 1 });
    expect(byHand.status).toBe(409);
  });

  test("row 250: formula and interval of a pool can be updated one by one, each keeping the other, and not twice within 30 seconds", async () => {
    const enable = (body: object) => weir.server.ask("POST", "/pools/update/enableautoscale", body);
    await weir.addPool("update", autoPool("$TargetDedicatedNodes = 1;", { autoScaleEvaluationInterval: "PT1H" }));
    await weir.idle("update", 1);
    expect((await enable({})).status).toBe(400);
    expect((await enable({ autoScaleFormula: "$TargetDedicatedNodes = 2;" })).status).toBe(200);
    await weir.idle("update", 2);
    expect(await weir.pool("update")).toMatchObject({
      autoScaleFormula: "$TargetDedicatedNodes = 2;",
      autoScaleEvaluationInterval: "PT1H",
    });
    expect((await enable({ autoScaleEvaluationInterval: "PT5M" })).status).toBe(200);
    expect(await weir.pool("update")).toMatchObject({
      autoScaleFormula: "$TargetDedicatedNodes = 2;",
      autoScaleEvaluationInterval: "PT5M",
    });

    await unhurried.addPool("twice", { targetDedicatedNodes: 0 });
    const again = () =>
      unhurried.server.ask("POST", "/pools/twice/enableautoscale", { autoScaleFormula: "$TargetDedicatedNodes = 0;" });
    expect((await again()).status).toBe(200);
    expect(codeOf(await again())).toEqual([503, "TooManyEnableAutoScaleRequests"]);
  });
});

describe.concurrent("a formula is evaluated", () => {
  test("rows 83 and 247: a formula is evaluated at once and then by the clock, at its interval and no more often; autoScaleRun tells of each evaluation", async () => {
    const ids = { PT5M: "often", PT10M: "seldom" };
    const formula = 'n = time() - time("2020-01-01") > TimeInterval_Zero ? 1 : 0; $TargetDedicatedNodes = n - 1;';
    for (const [autoScaleEvaluationInterval, id] of Object.entries(ids))
      await weir.addPool(id, autoPool(formula, { autoScaleEvaluationInterval }));
    const creationOf = async (on: AtWork, id: string) =>
      at((await on.server.get<{ creationTime: string }>(`/pools/${id}`)).creationTime);
    const [oftenStart, seldomStart] = await Promise.all([creationOf(weir, "often"), creationOf(weir, "seldom")]);
    const [often, seldom] = await Promise.all([evaluationsOf("often", 4), evaluationsOf("seldom", 2)]);
    const since = [...often.keys()].map((timestamp) => (at(timestamp) - oftenStart) / (5 * MINUTE));
    // At once: where nothing passes faster than it does, long before an interval has passed.
    await unhurried.addPool("at-once", autoPool(formula));
    const { autoScaleRun } = await unhurried.pool("at-once");
    expect(at(autoScaleRun?.timestamp) - (await creationOf(unhurried, "at-once"))).toBeLessThan(MINUTE);
    // On the grid of the interval: never early, the later ones never two to an interval.
    expect(new Set(since.map(Math.floor)).size).toBe(since.length);
    const seldomSince = [...seldom.keys()].map((timestamp) => (at(timestamp) - seldomStart) / (10 * MINUTE));
    expect(new Set(seldomSince.map(Math.floor)).size).toBe(seldomSince.length);
    expect((await weir.pool("often")).autoScaleRun).toMatchObject({ results: expect.stringContaining(";n=1") });
    expect((await weir.pool("often")).autoScaleRun?.error).toBeUndefined();
  });

  test("row 246: a formula's answer is the target until the next evaluation, whatever happens in between", async () => {
    const formula =
      "span = TimeInterval_Minute * 5; n = $PendingTasks.GetSamplePercent(span) < 10 ? 0 : max($PendingTasks.GetSample(span, 10)); $TargetDedicatedNodes = min(3, n);";
    await weir.addPool("holds", autoPool(formula, { autoScaleEvaluationInterval: "PT5M" }));
    await weir.addJob("holds", "holds", Array(3).fill(shell(gate.wait)));
    const seen = await evaluationsOf("holds", 3, 3);
    gate.open();
    await weir.completed("holds");
    const targets = [...seen.values()];
    expect(targets.map(({ size }) => size)).toEqual(targets.map(() => 1));
    expect(targets.map((target) => [...target][0])).toContain(3);
  });

  test("row 246: an interval that is given anew runs from that request: evaluations come that long after it, not when they would have come before (P-65)", async () => {
    const intervalMs = 5 * MINUTE;
    await weir.addPool("anew", autoPool("$TargetDedicatedNodes = 0;", { autoScaleEvaluationInterval: "PT5M" }));
    const runAt = async () => at((await weir.pool("anew")).autoScaleRun?.timestamp);
    const startedAt = at((await weir.server.get<{ creationTime: string }>("/pools/anew")).creationTime);
    // A request that is well between two evaluations; the evaluation that it brings tells its instant.
    const requestedAt = await eventually(
      "a request between two evaluations",
      async () => {
        const enable = { autoScaleEvaluationInterval: "PT5M" };
        if ((await weir.server.ask("POST", "/pools/anew/enableautoscale", enable)).status !== 200) return undefined;
        const now = await runAt();
        const share = ((now - startedAt) % intervalMs) / intervalMs;
        return share > 0.25 && share < 0.75 ? now : undefined;
      },
      { everyMs: 150 },
    );
    // Never sooner, and, unless the machine was late each time, right after that many intervals (a tenth of one is 100 ms here).
    await eventually("an evaluation on the new grid", async () => {
      const sinceMs = (await runAt()) - requestedAt;
      if (sinceMs === 0) return undefined;
      expect(sinceMs).toBeGreaterThanOrEqual(intervalMs - 1);
      return (sinceMs + 1) % intervalMs < intervalMs / 10 ? true : undefined;
    });
  });

  test("row 81: a formula caps the pool: with 30 tasks in the queue and a formula that says at most 3, no more than 3 nodes are ever asked for or there", async () => {
    const formula =
      "span = TimeInterval_Minute * 5; n = $PendingTasks.GetSamplePercent(span) < 10 ? 1 : max($PendingTasks.GetSample(span, 10)); $TargetDedicatedNodes = min(3, n);";
    await weir.addPool("capped", autoPool(formula, { autoScaleEvaluationInterval: "PT5M" }));
    await weir.addJob("capped", "capped", Array(30).fill(shell(queueGate.wait)));
    const sizes: Pool[] = [];
    await eventually(
      "the tasks to be completed",
      async () => {
        sizes.push(await weir.pool("capped"));
        // All wait until the pool has what it may have and was evaluated again.
        const atMost = sizes.filter(({ currentDedicatedNodes }) => currentDedicatedNodes === 3);
        if (new Set(atMost.map(({ autoScaleRun }) => autoScaleRun?.timestamp)).size >= 3) queueGate.open();
        return (await weir.tasks("capped", "state ne 'completed'")).length === 0 ? true : undefined;
      },
      { withinMs: 50_000, everyMs: 20 },
    );
    expect(Math.max(...sizes.map((pool) => pool.targetDedicatedNodes))).toBe(3);
    expect(Math.max(...sizes.map((pool) => pool.currentDedicatedNodes))).toBe(3);
  });
});

describe("the language of formulas", () => {
  const METRIC =
    /\$(Active|Running|Pending|Succeeded|Failed|CPU|Memory|Disk|Network|Current|Preempted|Task|Usable|Sample|Wall)/;
  /** Cases that need no world of their own: whatever the pool and the instant, the answer is the same. */
  const needsNothing = ({ title, formula, targets }: RuleCase) =>
    targets.dedicated + targets.lowPriority === 0 &&
    !title.includes("strict") &&
    !METRIC.test(formula) &&
    !/time\(\)/.test(formula);

  const plain = readRuleCases(join(import.meta.dirname, "../golden/rules"))
    .flatMap(({ cases }) => cases)
    .filter(needsNothing);

  test("row 245: a live pool answers the specification's cases as it says, error for error and digit for digit, and the command gives the same answer", async () => {
    expect(plain.length).toBeGreaterThan(90);
    await unhurried.addPool("language", autoPool("$TargetDedicatedNodes = 0;"));
    for (const { title, formula, expected } of plain) {
      const { status, body } = await unhurried.server.ask("POST", "/pools/language/evaluateautoscale", {
        autoScaleFormula: formula,
      });
      expect(status, title).toBe(200);
      const { results, error } = body as {
        results: string;
        error?: { code: string; message: string; values: { value: string }[] };
      };
      const fault = error === undefined ? "" : `! ${error.code} ${error.values[0]?.value ?? ""}`;
      for (const line of expected) {
        if (line.startsWith("! ")) expect(fault.slice(0, line.length), title).toBe(line);
        else if (line.startsWith("message ")) expect(`message ${error?.message}`, title).toBe(line);
        else if (line.startsWith("results ")) expect(`results ${results}`, title).toBe(line);
        else expect([fault, results.split(";").includes(line)], `${title}: ${line} in ${results}`).toEqual(["", true]);
      }
    }
    const formula = "a = vec(1, 2, 3); b = avg(a) * 2; $TargetDedicatedNodes = b;";
    const { body } = await unhurried.server.post("/pools/language/evaluateautoscale", { autoScaleFormula: formula });
    const ran = spawnSync(process.execPath, [commandPath, "evaluate", "-", "--json"], { input: formula, encoding: "utf8" });
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain((body as { results: string }).results);
  });
});
