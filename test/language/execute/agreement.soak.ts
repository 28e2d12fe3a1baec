/** The property of agreement.test.ts on many more formulas. */
import { expect, it } from "vitest";
import { compareAll } from "./agreement.ts";

for (let seed = 1; seed <= 10; seed++) {
  it(`all tiers agree on 3,000 formulas of seed ${seed}`, () => {
    expect(compareAll(3000, seed).codes.size).toBeGreaterThan(15);
  });
}
