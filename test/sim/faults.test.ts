/** A few seeds of the soak (`npm run soak` runs thousands), a seed that must fail, and the same run in another process. */
import { execFileSync } from "node:child_process";
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

  it("another process makes the same events of the same seed", () => {
    const script = new URL("digestOfSeed.ts", import.meta.url).pathname;
    const there = execFileSync(process.execPath, ["--import", "tsx", script, "11", "12"], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(there).toEqual([11, 12].map((seed) => simulate(faultyScenario(seed)).eventDigest));
    expect(there[0]).not.toBe(there[1]);
  });
});
