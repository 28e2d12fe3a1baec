/** The calendar and the time texts, against Date and by exhaustive small spaces. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  calendarFields,
  durationText,
  INSTANT_MAX,
  INSTANT_MIN,
  instantFromFields,
  instantText,
  instantTextExact,
  intervalText,
  parseDuration,
  parseInstant,
} from "../../src/base/time.ts";

const anyInstant = fc.bigInt(INSTANT_MIN, INSTANT_MAX);

describe("calendar", () => {
  it("agrees with Date on every field for any instant of the years 0001 to 9999", () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        const fields = calendarFields(instant);
        const ms = instant >= 0n ? instant / 10_000n : -((-instant + 9_999n) / 10_000n);
        const date = new Date(Number(ms));
        expect([fields.year, fields.month, fields.day, fields.weekday, fields.hour, fields.minute, fields.second]).toEqual([
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
          date.getUTCDay(),
          date.getUTCHours(),
          date.getUTCMinutes(),
          date.getUTCSeconds(),
        ]);
        expect(instantFromFields(fields)).toBe(instant);
      }),
    );
  });

  it("reads back what it writes exactly, and cuts milliseconds (rules 6.13, 8.26)", () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        expect(parseInstant(instantTextExact(instant))).toBe(instant);
        const cut = parseInstant(instantText(instant))!;
        expect(cut <= instant && instant - cut < 10_000n).toBe(true);
      }),
    );
  });

  it("knows the first and the last instant", () => {
    expect(instantTextExact(INSTANT_MIN)).toBe("0001-01-01T00:00:00Z");
    expect(instantTextExact(INSTANT_MAX)).toBe("9999-12-31T23:59:59.9999999Z");
  });
});

describe("time texts of rule 8.26", () => {
  const accepted: [string, string][] = [
    ["2026", "2026-01-01T00:00:00Z"],
    ["2026-11", "2026-11-01T00:00:00Z"],
    ["2024-02-29", "2024-02-29T00:00:00Z"],
    ["2026-11-22T07:08", "2026-11-22T07:08:00Z"],
    ["2026-11-22T07:08:09", "2026-11-22T07:08:09Z"],
    ["2026-11-22T07:08:09.1", "2026-11-22T07:08:09.1Z"],
    ["2026-11-22T07:08:09.1234567Z", "2026-11-22T07:08:09.1234567Z"],
    ["2026-11-22T07:08+14:00", "2026-11-21T17:08:00Z"],
    ["2026-11-22T07:08:09-00:30", "2026-11-22T07:38:09Z"],
    ["Thu, 13 Oct 2016 19:18:47 GMT", "2016-10-13T19:18:47Z"],
    ["Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"],
  ];
  it.each(accepted)("reads %s", (text, instant) => {
    expect(instantTextExact(parseInstant(text)!)).toBe(instant);
  });

  const refused = [
    "",
    "tomorrow",
    "26-01-01",
    "2026-1-1",
    "2026-13",
    "2026-00-01",
    "2026-02-30",
    "2025-02-29",
    "1900-02-29",
    "0000",
    "0000-12-31",
    "2026-01-01Z",
    "2026-01-01T",
    "2026-01-01T24:00",
    "2026-01-01T23:60",
    "2026-01-01T23:59:60",
    "2026-01-01T07:08:09.",
    "2026-01-01T07:08:09.12345678",
    "2026-01-01T07",
    "2026-01-01t07:08z",
    "2026-01-01 07:08",
    " 2026",
    "2026 ",
    "2026-01-01T07:08+14:01",
    "2026-01-01T07:08+0100",
    "2026-01-01T07:08+01:60",
    "20260101",
    "0001-01-01T00:00+00:01",
    "9999-12-31T23:59-00:01",
    "Fri, 13 Oct 2016 19:18:47 GMT",
    "thu, 13 Oct 2016 19:18:47 GMT",
    "Thu, 13 Oct 2016 19:18:47 UTC",
    "Thu, 1 Oct 2016 19:18:47 GMT",
    "Thu, 13 Okt 2016 19:18:47 GMT",
    "Thu,13 Oct 2016 19:18:47 GMT",
    "２０２６",
  ];
  it.each(refused)("refuses %j", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});

describe("intervals and durations", () => {
  it("print in .NET's constant form (rule 8.8)", () => {
    const texts = [0n, 1n, -1n, 36_000_000_000n, -900_000_000n, 2n * 864_000_000_000n + 5_000_000n].map(intervalText);
    expect(texts).toEqual(["00:00:00", "00:00:00.0000001", "-00:00:00.0000001", "01:00:00", "-00:01:30", "2.00:00:00.5000000"]);
  });

  it("durations read back what they write", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n), (ticks) => void expect(parseDuration(durationText(ticks))).toBe(ticks)),
    );
  });

  it.each([
    "",
    "P",
    "PT",
    "5M",
    "P1Y",
    "P1M",
    "PT5",
    "PT1.5M",
    "PT1H1",
    "P1DT",
    "pt5m",
    "PT0.12345678S",
  ])("refuses the duration %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
