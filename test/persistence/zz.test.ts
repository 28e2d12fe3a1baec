import { expect, it } from "vitest";
import { restartsOfPools, restartsOfWork } from "./restarts.ts";
it("soak pools", () => { expect(restartsOfPools(2500).restorations).toBeGreaterThan(1); }, 3_600_000);
it("soak work", () => { expect(restartsOfWork(300).restorations).toBeGreaterThan(1); }, 3_600_000);
