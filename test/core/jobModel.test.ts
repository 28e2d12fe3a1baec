/** Never bad, and in the end good, for jobs, tasks and schedules: random commands, reports and faults, every invariant after every step. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { expectGoodWork, runWork, workActions } from "./jobModel.ts";

it("never bad: every invariant of jobs and tasks holds after every step", () => {
  let placed = 0;
  let completed = 0;
  fc.assert(
    fc.property(workActions, (actions) => {
      const kinds = runWork(actions).cluster.kinds();
      placed += kinds.filter((kind) => kind === "TaskPlaced").length;
      completed += kinds.filter((kind) => kind === "TaskCompleted").length;
    }),
    { numRuns: 150 },
  );
  expect(placed).toBeGreaterThan(300);
  expect(completed).toBeGreaterThan(100);
});

it("in the end good: in calm every ready task that fits runs and ends, every ending job ends, and no slot is lost", () => {
  fc.assert(fc.property(workActions, expectGoodWork), { numRuns: 100 });
});

it("the same actions give the same events", () => {
  fc.assert(
    fc.property(workActions, (actions) => {
      expect(runWork(actions).cluster.kinds()).toEqual(runWork(actions).cluster.kinds());
    }),
    { numRuns: 20 },
  );
});
