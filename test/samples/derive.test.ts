/**
 * The readers and the replay behind samples/metrics, on texts small enough to reckon by hand. The traces themselves are not part of the
 * project; what was made from them is checked in histories.test.ts.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { preemptedNodes, withLosses } from "../../samples/derive/preemption.ts";
import { replay, startTimes } from "../../samples/derive/replay.ts";
import { type Arrival, asSingleSlotTasks, readLlmRequests, readSwf, readVmRequests } from "../../samples/derive/traces.ts";
import { csv, type History, json, slice } from "../../samples/derive/write.ts";

const arrival = (submitAt: number, durationSeconds: number, slots = 1): Arrival => ({
  submitAt,
  durationSeconds,
  slots,
  tasks: slots,
  failed: false,
  memoryMegabytes: 0,
  inBytes: 0,
  outBytes: 0,
});

describe("trace readers", () => {
  it("reads a workload log: comments left out, sorted, unknown run time as 1 s, a run as long as asked for as failed", () => {
    const text =
      "; Version: 2.2\n 2 60 -1 -1 4 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1 -1\n 1 5 -1 90 2 -1 -1 -1 90 -1 -1 1 1 -1 -1 -1 -1 -1\n";
    expect(readSwf(text)).toEqual([
      { ...arrival(5, 90, 2), failed: true },
      { ...arrival(60, 1, 4), failed: false },
    ]);
  });

  it("splits a job of n processors into n tasks of one slot", () => {
    expect(asSingleSlotTasks([arrival(1, 9, 3)])).toEqual([arrival(1, 9), arrival(1, 9), arrival(1, 9)]);
  });

  it("reads requests with their token counts, CRLF and a last line without line end", () => {
    const text =
      "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 01:00:02.5000000,4000,10\r\n2023-11-16 01:00:03.0000000,0,1";
    const [first, second] = readLlmRequests(text);
    expect(first).toMatchObject({ submitAt: 3602.5, slots: 1, inBytes: 16000, outBytes: 40 });
    expect(first.durationSeconds).toBeCloseTo(1.3, 9);
    expect(second.submitAt).toBe(3603);
  });

  it("keeps every n-th batch of machines and leaves out those that live for a day or were still running", () => {
    const bins = Array.from({ length: 4 }, (_, bin) => `${[0, 300, 86_400, 172_800][bin]} ${bin}`).join("\n");
    const trace = {
      flavors: "600 a,b,|,a,|,b,b,|,\n",
      durations: "600 U0,U1,|,U0,|,C0,U2,|,\n",
      flavorMap: "1,2 a\n4,16 b\n",
      intervalMap: `${bins}\n`,
    };
    const kept = readVmRequests(trace, 2, 1);
    expect(kept.map(({ submitAt, slots, memoryMegabytes }) => ({ submitAt, slots, memoryMegabytes }))).toEqual([
      { submitAt: 600, slots: 1, memoryMegabytes: 2048 },
      { submitAt: 600, slots: 4, memoryMegabytes: 16384 },
    ]);
    expect(readVmRequests(trace, 2, 1)).toEqual(kept);
  });
});

describe("replay", () => {
  it("starts tasks first come first started and lets nothing overtake the head of the queue", () => {
    const starts = startTimes([arrival(0, 100, 3), arrival(10, 50, 2), arrival(20, 5, 1)], { nodes: 2, slotsPerNode: 2 });
    expect([...starts]).toEqual([0, 100, 100]);
  });

  it("counts tasks at the sample's time and CPU, finished tasks over the period before it", () => {
    const columns = replay(
      [arrival(0, 150, 2), arrival(50, 100, 2)],
      { nodes: 1, slotsPerNode: 2 },
      { first: 0, period: 100, count: 4 },
      {},
    );
    const row = (name: string) => [...(columns.get(name) ?? [])];
    expect(row("$ActiveTasks")).toEqual([0, 2, 0, 0]);
    expect(row("$RunningTasks")).toEqual([2, 2, 2, 0]);
    expect(row("$PendingTasks")).toEqual([2, 4, 2, 0]);
    expect(row("$SucceededTasks")).toEqual([0, 0, 2, 2]);
    expect(row("$CPUPercent")).toEqual([0, 100, 100, 50]);
    expect(columns.has("$FailedTasks")).toBe(false);
  });

  it("never runs more slots than the pool has, and never starts a task before it came (property)", () => {
    const tasks = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 6 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(tasks, (list) => {
        const arrivals = list
          .map(([at, duration, slots]) => arrival(at, duration, slots))
          .sort((a, b) => a.submitAt - b.submitAt);
        const starts = startTimes(arrivals, { nodes: 3, slotsPerNode: 2 });
        for (const [i, one] of arrivals.entries()) {
          expect(starts[i]).toBeGreaterThanOrEqual(one.submitAt);
          let busy = 0;
          for (const [j, other] of arrivals.entries()) {
            if (starts[j] <= starts[i] && starts[i] < starts[j] + other.durationSeconds) busy += other.slots;
          }
          expect(busy).toBeLessThanOrEqual(6);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("writing", () => {
  const history: History = {
    startMs: Date.parse("2026-01-05T00:00:00Z"),
    periodMs: 300_000,
    columns: new Map([
      ["$PendingTasks", Float64Array.of(3, Number.NaN, 7)],
      ["$CPUPercent", Float64Array.of(1.5, 2, Number.NaN)],
    ]),
  };

  it("writes a missing sample as an empty cell and leaves out the rows asked for", () => {
    const lines = ["# head", "time,$PendingTasks,$CPUPercent", "2026-01-05T00:00:00Z,3,1.5", "2026-01-05T00:10:00Z,7,"];
    expect(csv(history, ["head"], (row) => row !== 1)).toBe(`${lines.join("\n")}\n`);
  });

  it("writes a missing sample as null in JSON, and a slice starts at its own time", () => {
    const part = JSON.parse(json(slice(history, 1, 3, ["$PendingTasks"])));
    expect(part).toEqual({
      samplePeriod: "PT5M",
      series: { $PendingTasks: { start: "2026-01-05T00:05:00Z", values: [null, 7] } },
    });
  });
});

describe("simulated preemption and losses", () => {
  it("begins with full capacity, loses half to all nodes in spells, and repeats from its seed", () => {
    const options = { nodes: 24, samples: 288, periodSeconds: 300, seed: 7 };
    const preempted = preemptedNodes(options);
    expect(preempted[0]).toBe(0);
    const levels = new Set(preempted);
    expect(levels.size).toBeGreaterThan(3);
    for (const level of levels) expect(level === 0 || (level >= 12 && level <= 24)).toBe(true);
    expect(preemptedNodes(options)).toEqual(preempted);
  });

  it("loses about the share of samples asked for and leaves the given column alone", () => {
    const column = new Float64Array(1000).fill(5);
    const lost = withLosses(column, 0.1, 7).filter((value) => Number.isNaN(value)).length;
    expect(lost).toBeGreaterThan(60);
    expect(lost).toBeLessThan(140);
    expect(column.every((value) => value === 5)).toBe(true);
  });
});
