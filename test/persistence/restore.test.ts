/** A world that is written and read again is the same world: for random clients, faults and moments of the restart (see `restarts.ts`). */
import { expect, it } from "vitest";
import { restartsOfPools, restartsOfWork } from "./restarts.ts";

it("jobs and tasks: rows make the same world again, which then says and does the same as the one that lived on", () => {
  const { restorations, events } = restartsOfWork(20);
  expect(restorations).toBeGreaterThan(60);
  expect(events).toBeGreaterThan(500);
});

it("pools and nodes: the same for resizes, autoscale, upgrades and faults", () => {
  const { restorations, events } = restartsOfPools(50);
  expect(restorations).toBeGreaterThan(60);
  expect(events).toBeGreaterThan(500);
});
