/** Durations and instants between wire texts and milliseconds (L-31). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  durationText,
  headerTime,
  instantText,
  NO_LIMIT_TEXT,
  parseDurationMs,
  parseInstantMs,
} from "../../runtime/rest/times.ts";

const DAY = 86_400_000;

describe("durations (L-31)", () => {
  it("reads what clients send, years of 365 and months of 30 days", () => {
    expect(parseDurationMs("PT15M")).toBe(900_000);
    expect(parseDurationMs("P7D")).toBe(7 * DAY);
    expect(parseDurationMs("P3Y6M4DT12H30M5S")).toBe(1279 * DAY + 45_005_000);
    expect(parseDurationMs("P1W")).toBe(7 * DAY);
    expect(parseDurationMs("PT0.0000001S")).toBeCloseTo(0.0001, 12);
    expect(parseDurationMs("PT0S")).toBe(0);
    expect(parseDurationMs(NO_LIMIT_TEXT)).toBe(Number.POSITIVE_INFINITY);
  });

  it("refuses what is none, is negative or longer than any", () => {
    const wrong = [
      "",
      "P",
      "PT",
      "15",
      "PT5",
      "-PT5M",
      "PT-5M",
      "pt5m",
      "xPT5M",
      "PT5Mx",
      "PT1.5H",
      "P1H",
      "PT5M\n",
      "P10675200D",
      "PT1.12345678S",
    ];
    for (const text of wrong) expect([text, parseDurationMs(text)]).toEqual([text, undefined]);
    expect(parseDurationMs(`P${"9".repeat(100_000)}D`)).toBeUndefined();
  });

  it("writes no limit, zero and seven digits as the service does", () => {
    expect(durationText(Number.POSITIVE_INFINITY)).toBe(NO_LIMIT_TEXT);
    expect(durationText(0)).toBe("PT0S");
    expect(durationText(1279 * DAY + 45_005_000)).toBe("P1279DT12H30M5S");
    expect(durationText(0.0001)).toBe("PT0.0000001S");
    expect(durationText(999.99999)).toBe("PT1S");
  });

  it("what is written reads back the same, to 100 ns", () => {
    const ticks = fc.integer({ min: 0, max: 2 ** 50 });
    fc.assert(fc.property(ticks, (n) => void expect(parseDurationMs(durationText(n / 1e4))).toBeCloseTo(n / 1e4, 4)));
    const whole = fc.integer({ min: 0, max: 922_337_203_685 });
    fc.assert(fc.property(whole, (s) => void expect(parseDurationMs(durationText(s * 1000))).toBe(s * 1000)));
  });
});

describe("instants (L-31)", () => {
  it("bodies have up to seven digits with trailing zeros cut, headers whole seconds", () => {
    expect(instantText(Date.UTC(2026, 0, 5, 8))).toBe("2026-01-05T08:00:00Z");
    expect(instantText(Date.UTC(2026, 0, 5, 8) + 120)).toBe("2026-01-05T08:00:00.12Z");
    expect(instantText(1.0001)).toBe("1970-01-01T00:00:00.0010001Z");
    expect(headerTime(Date.UTC(2026, 0, 5, 8) + 999)).toBe("Mon, 05 Jan 2026 08:00:00 GMT");
    expect(parseInstantMs("Mon, 05 Jan 2026 08:00:00 GMT")).toBe(Date.UTC(2026, 0, 5, 8));
  });

  it("what is written reads back the same", () => {
    const at = fc.double({ min: 0, max: 4e12, noNaN: true });
    fc.assert(fc.property(at, (ms) => void expect(Math.abs(parseInstantMs(instantText(ms))! - ms)).toBeLessThan(0.001)));
    const shown = fc.double({ min: 1.6e12, max: 2e12, noNaN: true }).map(instantText);
    fc.assert(fc.property(shown, (text) => void expect(instantText(parseInstantMs(text)!)).toBe(text)));
  });

  it("refuses days that do not exist and texts of any length", () => {
    for (const text of ["2026-02-30", "yesterday", "", "2026-01-05 08:00", `2026-01-05T08:00:00${"0".repeat(1e6)}Z`]) {
      expect(parseInstantMs(text)).toBeUndefined();
    }
  });
});
