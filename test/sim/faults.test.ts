/** A few seeds of the soak (`npm run soak` runs thousands), a seed that must fail, and the same run in another process. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { simulate } from "../../runtime/sim/index.ts";
import { faultyScenario } from "./faultyScenario.ts";
import { soakSeed } from "./soak.ts";

describe("faults", () => {
  it("whatever goes wrong, the rules hold: 25 seeds", () => {
    expect(Array.from({ length: 25 }, (_, i) => soakSeed(i + 1)).flat()).toEqual([]);
  });

  it("a seed that fails says how to repeat it", () => {
    const [told] = soakSeed(1, ({ recorder }) => void (recorder.pendingMs += 1e6));
    expect(told).toContain("Little's law");
    expect(told).toContain("WEIR_SEED=1 npm run soak");
  });

  it("two other processes, each of which keeps the other core busy, make the same events of the same seeds", {
    timeout: 120_000,
  }, async () => {
    const script = new URL("digestOfSeed.ts", import.meta.url).pathname;
    const seeds = Array.from({ length: 20 }, (_, i) => i + 11);
    const run = promisify(execFile);
    const there = () => run(process.execPath, ["--import", "tsx", script, ...seeds.map(String)], { encoding: "utf8" });
    const both = await Promise.all([there(), there()]);
    const here = seeds.map((seed) => simulate(faultyScenario(seed)).eventDigest);
    for (const { stdout } of both) expect(stdout.trim().split("\n")).toEqual(here);
    expect(new Set(here).size).toBe(seeds.length);
  });
});
