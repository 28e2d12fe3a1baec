/** The long run of `model.test.ts`: thousands of random stories, each checked after every step and followed to its calm end. */
import fc from "fast-check";
import { it } from "vitest";
import { actions, expectGoodEnd } from "./model.ts";

it("never bad and in the end good, many times", () => {
  fc.assert(fc.property(actions, expectGoodEnd), { numRuns: 20_000 });
}, 600_000);
