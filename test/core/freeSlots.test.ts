/** The index of free slots agrees with a naive search, whatever is set and removed (P-130, P-131). */
import fc from "fast-check";
import { expect, it } from "vitest";
import { FreeSlots } from "../../runtime/core/schedule/freeSlots.ts";

const SLOTS = 5;
const change = fc.record({ place: fc.nat({ max: 2100 }), free: fc.integer({ min: -1, max: SLOTS }), dedicated: fc.boolean() });
const question = fc.record({
  slots: fc.integer({ min: 1, max: SLOTS + 1 }),
  dedicatedOnly: fc.boolean(),
  fill: fc.constantFrom("spread", "pack"),
  refused: fc.nat({ max: 3 }),
  count: fc.integer({ min: 1, max: 6 }),
});

type Node = { free: number; dedicated: boolean };

it("P-131: find and findGroup give what a walk over all nodes gives", () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.array(question, { maxLength: 8 }), (changes, questions) => {
      const index = new FreeSlots(SLOTS);
      const nodes = new Map<number, Node>();
      for (const { place, free, dedicated } of changes) {
        if (free < 0) {
          index.remove(place);
          nodes.delete(place);
        } else {
          index.set(place, free, dedicated);
          nodes.set(place, { free, dedicated });
        }
        expect(index.at(place)).toBe(free);
      }
      expect(index.nodesWithRoom).toBe([...nodes.values()].filter(({ free }) => free > 0).length);
      for (const { slots, dedicatedOnly, fill, refused, count } of questions) {
        const refuses = refused === 0 ? undefined : (place: number) => place % 4 === refused;
        const fitting = [...nodes]
          .filter(([place, node]) => node.free >= slots && (node.dedicated || !dedicatedOnly) && refuses?.(place) !== true)
          .sort(([a, x], [b, y]) => (fill === "spread" ? y.free - x.free : x.free - y.free) || a - b);
        const place = index.find({ slots, dedicatedOnly }, fill, refuses);
        expect(place).toBe(fitting[0]?.[0] ?? -1);
        if (place >= 0) found++;
        const lowest = fitting.map(([at]) => at).sort((a, b) => a - b);
        expect(index.findGroup({ slots, dedicatedOnly }, count, refuses)).toEqual(
          lowest.length < count ? undefined : lowest.slice(0, count),
        );
      }
    }),
    { numRuns: 300 },
  );
  expect(found).toBeGreaterThan(100);
});
