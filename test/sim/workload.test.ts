/** Workloads: what the readers make of logs and lines, what the knobs do, and what is drawn. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adjusted,
  readJsonLines,
  readSwf,
  synthetic,
  type Workload,
  WorkloadBuilder,
  WorkloadProblem,
  workOf,
} from "../../runtime/sim/index.ts";

const week = readFileSync(new URL("../../samples/workloads/nasa-1993-week.swf", import.meta.url), "utf8");
const rows = ({ submitMs, durationMs, slots, job }: Workload) =>
  Array.from(submitMs, (at, i) => [at, durationMs[i], slots[i], job[i]]);

describe("Standard Workload Format", () => {
  it("reads submit, run time and processors; comments and blank lines pass", () => {
    const workload = readSwf(
      "; UnixStartTime: 100\n\n1 0 -1 10 4 -1 -1 8 -1 -1 1 7 1 1 -1 -1 -1 -1\r\n 2\t5 -1 20 -1 -1 -1 8\n",
    );
    expect(rows(workload)).toEqual([
      [0, 10_000, 4, 0],
      [5000, 20_000, 8, 0],
    ]);
    expect(workload.startAt).toBe(100_000);
  });

  it("an unknown run time is 0, unknown processors are 1, a job never submitted is left out", () => {
    expect(rows(readSwf("1 0 -1 -1 -1\n2 -1 -1 5 1\n3 7 -1 0 2"))).toEqual([
      [0, 0, 1, 0],
      [7000, 0, 2, 0],
    ]);
  });

  it("sorts by submission and keeps the order of the file at the same instant", () => {
    expect(rows(readSwf("1 9 -1 1 1\n2 3 -1 2 1\n3 9 -1 3 1\n4 3 -1 4 1")).map((row) => row[1])).toEqual([
      2000, 4000, 1000, 3000,
    ]);
  });

  it("a job for each user when asked for", () => {
    const workload = readSwf("1 0 -1 1 1 -1 -1 -1 -1 -1 1 12\n2 0 -1 1 1 -1 -1 -1 -1 -1 1 5\n3 0 -1 1 1 -1 -1 -1 -1 -1 1 12", {
      jobs: "user",
    });
    expect(workload.jobs.map((job) => job.id)).toEqual(["user-12", "user-5"]);
    expect([...workload.job]).toEqual([0, 1, 0]);
  });

  it.each([
    "1 0 -1 x 1",
    "1 0 -1",
    "1 0 -1 5 1.5",
    "1 0 -1 5 99999999999",
    "constructor 0 -1 5 1",
  ])("refuses %j and names the line", (line) => {
    expect(() => readSwf(`; head\n${line}`)).toThrow(WorkloadProblem);
    expect(() => readSwf(`; head\n${line}`)).toThrow(/^line 2: /);
  });

  it("the committed week of a real log is read whole: 1,333 jobs, 8,786.5 core-hours, up to 128 processors", () => {
    const workload = readSwf(week);
    expect(workload.count).toBe(1333);
    expect(workOf(workload) / 3_600_000).toBeCloseTo(8786.515833, 6);
    expect(Math.max(...workload.slots)).toBe(128);
    expect(new Date(workload.startAt!).toISOString()).toBe("1993-10-04T07:00:03.000Z");
  });
});

describe("JSON Lines", () => {
  it("reads seconds, slots, jobs and priorities", () => {
    const workload = readJsonLines(
      '{"submit":12.5,"duration":30,"slots":2,"job":"a","priority":5}\n\n{"submit":1,"duration":0.25}\n',
    );
    expect(rows(workload)).toEqual([
      [1000, 250, 1, 1],
      [12_500, 30_000, 2, 0],
    ]);
    expect(workload.jobs).toEqual([
      { id: "a", priority: 5 },
      { id: "workload", priority: 0 },
    ]);
  });

  it.each([
    ["{", /line 1: not JSON/],
    ["[]", /line 1: write/],
    ['{"submit":1}', /"duration" is missing/],
    ['{"submit":-1,"duration":1}', /"submit" is a number from 0/],
    ['{"submit":1,"duration":"1"}', /"duration" is a number/],
    ['{"submit":1,"duration":1,"slots":1.5}', /whole numbers/],
    ['{"submit":1,"duration":1,"slots":0}', /"slots" is a number from 1/],
    ['{"submit":1,"duration":1,"job":"a b"}', /"job" is a name/],
    ['{"submit":1,"duration":1,"__proto__":1}', /has no "__proto__"/],
    ['{"submit":1,"duration":1,"constructor":1}', /has no "constructor"/],
    [
      '{"submit":1,"duration":1,"job":"a","priority":1}\n{"submit":1,"duration":1,"job":"A","priority":2}',
      /line 2: job "A" has priority 1 above/,
    ],
  ])("refuses %j", (text, message) => {
    expect(() => readJsonLines(text)).toThrow(message);
  });
});

describe("knobs", () => {
  const workload = readSwf(Array.from({ length: 1000 }, (_, i) => `${i + 1} ${i} -1 ${i % 7} ${1 + (i % 5)}`).join("\n"));

  it("a window begins at its own beginning and moves the start with it", () => {
    const cut = adjusted({ ...workload, startAt: 5000 }, { fromMs: 100_000, toMs: 200_000 }, 1);
    expect(cut.count).toBe(100);
    expect([cut.submitMs[0], cut.submitMs[99], cut.startAt]).toEqual([0, 99_000, 105_000]);
  });

  it("thinning keeps about the share and depends on the seed alone; compression and caps do what they say", () => {
    const thin = adjusted(workload, { keepRatio: 0.3 }, 7);
    expect(thin.count).toBeGreaterThan(240);
    expect(thin.count).toBeLessThan(360);
    expect(rows(adjusted(workload, { keepRatio: 0.3 }, 7))).toEqual(rows(thin));
    expect(rows(adjusted(workload, { keepRatio: 0.3 }, 8))).not.toEqual(rows(thin));
    const capped = adjusted(workload, { timeCompression: 4, slotsMax: 3, countMax: 10 }, 1);
    expect(rows(capped).map(([at, , slots]) => [at, slots])).toEqual(
      Array.from({ length: 10 }, (_, i) => [i * 250, Math.min(3, 1 + (i % 5))]),
    );
    expect(workload.slots[4]).toBe(5);
  });

  it("a builder gives back what was added, in order of submission (property)", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(9), fc.integer({ min: 1, max: 9 })), { maxLength: 60 }), (given) => {
        const builder = new WorkloadBuilder();
        for (const [at, duration, slots] of given) builder.add(at, duration, slots, 0);
        const expected = given.map((row, i) => ({ row, i })).sort((a, b) => a.row[0] - b.row[0] || a.i - b.i);
        expect(rows(builder.build([]))).toEqual(expected.map(({ row }) => [...row, 0]));
      }),
    );
  });
});

describe("synthetic workloads", () => {
  const arrivals = { kind: "poisson", ratePerSecond: 2, count: 20_000 } as const;
  const mean = (numbers: Float64Array) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

  it.each([
    [{ kind: "constant", meanMs: 5000 }, 0],
    [{ kind: "exponential", meanMs: 5000 }, 5000],
    [{ kind: "uniform", minMs: 2000, maxMs: 8000 }, 6000 / Math.sqrt(12)],
    [{ kind: "lognormal", meanMs: 5000, sigma: 0.5 }, 5000 * Math.sqrt(Math.exp(0.25) - 1)],
  ] as const)("durations have the mean and spread of %j", (duration, deviation) => {
    const { durationMs, submitMs, count } = synthetic({ arrivals, duration }, 3, 0);
    const leeway = (5 * Math.max(deviation, 1e-9)) / Math.sqrt(count);
    expect(Math.abs(mean(durationMs) - 5000)).toBeLessThanOrEqual(leeway);
    const spread = Math.sqrt(mean(durationMs.map((one) => (one - 5000) ** 2)));
    expect(Math.abs(spread - deviation)).toBeLessThanOrEqual(0.06 * deviation);
    expect(submitMs[count - 1] / count / 500).toBeGreaterThan(0.95);
    expect(submitMs[count - 1] / count / 500).toBeLessThan(1.05);
  });

  it("a daily swing has its rush at noon and keeps the mean rate", () => {
    const { submitMs } = synthetic(
      {
        arrivals: { ...arrivals, ratePerSecond: 0.5, count: 86_400, dailySwing: 0.8 },
        duration: { kind: "constant", meanMs: 1 },
      },
      3,
      0,
    );
    const hour = (from: number) => submitMs.filter((at) => Math.floor(at / 3_600_000) % 24 === from).length;
    expect(hour(12) / hour(0)).toBeGreaterThan(6);
    expect(submitMs[86_399] / 86_400_000).toBeGreaterThan(1.9);
    expect(submitMs[86_399] / 86_400_000).toBeLessThan(2.1);
  });

  it("batches come together", () => {
    const { submitMs } = synthetic(
      { arrivals: { kind: "batch", size: 3, everyMs: 1000, count: 7 }, duration: { kind: "constant", meanMs: 1 } },
      3,
      0,
    );
    expect([...submitMs]).toEqual([0, 0, 0, 1000, 1000, 1000, 2000]);
  });

  it("the spread of durations leaves the arrivals alone", () => {
    const a = synthetic({ arrivals, duration: { kind: "constant", meanMs: 1 } }, 3, 0);
    const b = synthetic({ arrivals, duration: { kind: "exponential", meanMs: 1 } }, 3, 0);
    expect([...a.submitMs]).toEqual([...b.submitMs]);
  });
});
