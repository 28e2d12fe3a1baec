/** Thousands of random histories, restored every few actions (see `restarts.ts`). */
import { expect, it } from "vitest";
import { restartsOfPools, restartsOfWork } from "./restarts.ts";

it("jobs and tasks, 3,000 histories", () => {
  expect(restartsOfWork(3_000).restorations).toBeGreaterThan(10_000);
}, 3_600_000);

it("pools and nodes, 10,000 histories", () => {
  expect(restartsOfPools(10_000).restorations).toBeGreaterThan(20_000);
}, 3_600_000);
