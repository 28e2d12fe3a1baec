/** The real clock: monotonic, scaled, never before the world. */
import { expect, it, vi } from "vitest";
import { RealClock } from "../../runtime/host/realClock.ts";

it("time goes on by the monotonic clock times the scale, from the start given", () => {
  const real = vi.spyOn(performance, "now").mockReturnValue(1_000);
  try {
    const clock = new RealClock({ startAt: 5_000, scale: 60 });
    expect(clock.now()).toBe(5_000);
    real.mockReturnValue(1_500);
    expect(clock.now()).toBe(35_000);
  } finally {
    real.mockRestore();
  }
});

it("it starts at the machine's wall clock, and no earlier than it is told", () => {
  const before = Date.now();
  expect(new RealClock().now()).toBeGreaterThanOrEqual(before);
  expect(new RealClock({ notBefore: 9e12 }).now()).toBeGreaterThanOrEqual(9e12);
  expect(new RealClock({ notBefore: Number.NEGATIVE_INFINITY }).now()).toBeGreaterThanOrEqual(before);
});

it("a scale that is no number above 0 is refused", () => {
  for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => new RealClock({ scale })).toThrow(/time scale: .+ is not a number above 0/);
});
