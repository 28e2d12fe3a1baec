/** Never bad, and in the end good: random commands and faults, checked after every step (see `model.ts`). */
import fc from "fast-check";
import { expect, it } from "vitest";
import { actions, expectGoodEnd, run } from "./model.ts";

it("never bad: every invariant holds after every step", () => {
  let events = 0;
  fc.assert(
    fc.property(actions, (list) => void (events += run(list).events.length)),
    { numRuns: 200 },
  );
  expect(events).toBeGreaterThan(5_000);
});

it("in the end good: calm makes every pool steady, deleted pools go, and what is missing has a named reason", () => {
  fc.assert(fc.property(actions, expectGoodEnd), { numRuns: 100 });
});

it("the same actions give the same events and the same next due time", () => {
  fc.assert(
    fc.property(actions, (list) => {
      const [first, second] = [run(list), run(list)];
      expect(first.events.map((event) => event.kind)).toEqual(second.events.map((event) => event.kind));
      expect(first.world.timers.nextDueAt()).toBe(second.world.timers.nextDueAt());
    }),
    { numRuns: 20 },
  );
});
