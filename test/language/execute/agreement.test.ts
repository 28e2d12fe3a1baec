/** Whatever a formula does, all tiers answer the same. The longer run of the same property is agreement.soak.ts. */
import { describe, expect, it } from "vitest";
import { compareAll } from "./agreement.ts";

describe("agreement of all tiers", () => {
  it("any formula on any samples: interpreter = bytecode = native = code = all unoptimized, also at a second now and other targets (rules 2-6, 8)", () => {
    const met = compareAll(400, 20260105);
    // Not vacuous: enough runs of both kinds, and most kinds of failure.
    expect(met.well).toBeGreaterThan(200);
    expect(met.failed).toBeGreaterThan(200);
    expect(met.codes.size).toBeGreaterThan(13);
  });
});
