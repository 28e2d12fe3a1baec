/** Tables, nearest names and random streams. */
import { describe, expect, it } from "vitest";
import { randomStream } from "../../src/base/random.ts";
import { nearest, table } from "../../src/base/table.ts";

describe("table", () => {
  it("finds rows by name and nothing by way of prototypes", () => {
    const rows = table([{ name: "a" }, { name: "b" }]);
    expect(rows.get("b")).toBe(rows.rows[1]);
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty", ""]) expect(rows.get(name)).toBeUndefined();
  });
  it("refuses two rows of one name", () => {
    expect(() => table([{ name: "a" }, { name: "a" }])).toThrow("two rows named a");
  });
});

describe("nearest", () => {
  const names = [
    "$PendingTasks",
    "$RunningTasks",
    "$TargetDedicatedNodes",
    "max",
    "min",
    "GetSample",
    "GetSamplePercent",
    "requeue",
  ];
  it.each([
    ["$PendingTask", "$PendingTasks"],
    ["PendingTasks", "$PendingTasks"],
    ["$pendingtasks", "$PendingTasks"],
    ["$TargetDedicatedNode", "$TargetDedicatedNodes"],
    ["mxa", "max"],
    ["getsample", "GetSample"],
    ["GetSampels", "GetSample"],
    ["reqeue", "requeue"],
  ])("of %s is %s", (typed, meant) => {
    expect(nearest(typed, names)).toBe(meant);
  });
  it.each(["zzzzzz", "x", "somethingElse", "a".repeat(5000)])("of %s is nothing", (typed) => {
    expect(nearest(typed, names)).toBeUndefined();
  });
});

describe("random streams", () => {
  it("repeat from their seed, differ by seed and by name, stay in [0, 1) and look uniform", () => {
    const take = (seed: number, name?: string) => {
      const draw = randomStream(seed, name);
      return Array.from({ length: 20_000 }, draw);
    };
    const first = take(1);
    expect(take(1)).toEqual(first);
    expect(take(2)).not.toEqual(first);
    expect(take(1, "other")).not.toEqual(first);
    expect(first.every((x) => x >= 0 && x < 1)).toBe(true);
    const counts = new Array(10).fill(0);
    for (const x of first) counts[Math.floor(x * 10)]++;
    const chiSquare = counts.reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0);
    expect(chiSquare).toBeLessThan(27.9); // 0.1 % point of 9 degrees of freedom
  });
});
