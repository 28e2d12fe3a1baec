/** Sample notation: what each token means, what is refused and with which token, and that writing and reading are inverse. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { notationText, readNotation } from "../../src/metrics/index.ts";

function values(text: string): (number | null)[] {
  const reading = readNotation(text);
  if (!reading.ok) throw new Error(reading.message);
  return Array.from(reading.values, (value) => (Number.isNaN(value) ? null : value));
}

describe("notation", () => {
  it("numbers, repetitions, gaps and ranges", () => {
    expect(values("5 6x3 _ 9")).toEqual([5, 6, 6, 6, null, 9]);
    expect(values("  _x2\n-1.5e1 ")).toEqual([null, null, -15]);
    expect(values("0..10/4 3..1 2..2 -1..-2/.5")).toEqual([0, 4, 8, 3, 2, 1, 2, -1, -1.5, -2]);
    expect(values("0..0.3/0.1").length).toBe(4);
    expect(values("7x0")).toEqual([]);
    expect(values("")).toEqual([]);
  });

  it("refuses what it does not know and names the token", () => {
    for (const [text, token] of [
      ["1 x3", 2],
      ["1 2 6x", 3],
      ["__", 1],
      ["NaN", 1],
      ["0x10x2 0x", 1],
      ["1..", 1],
      ["..5", 1],
      ["0..5/0", 1],
      ["1 0..1e300", 2],
      ["9x999999999", 1],
      ["1e999", 1],
      ["5 constructor", 2],
    ] as const) {
      expect(readNotation(text)).toMatchObject({ ok: false, token });
    }
    expect(readNotation("1 abc")).toMatchObject({ message: expect.stringMatching(/^abc: not a sample/) });
  });

  it("what notationText writes, readNotation reads", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(1, 2, Number.NaN), fc.double({ noDefaultInfinity: true }))),
        (samples) =>
          void expect(values(notationText(samples))).toEqual(
            samples.map((value) => (Number.isNaN(value) ? null : Object.is(value, -0) ? 0 : value)),
          ),
      ),
    );
  });
});
