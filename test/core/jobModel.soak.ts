/** The long run of `jobModel.test.ts`: thousands of random stories of jobs, tasks and schedules, each followed to its calm end. */
import fc from "fast-check";
import { it } from "vitest";
import { expectGoodWork, workActions } from "./jobModel.ts";

it("never bad and in the end good, many times", () => {
  fc.assert(fc.property(workActions, expectGoodWork), { numRuns: 20_000 });
}, 600_000);
