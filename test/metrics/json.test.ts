/** Weir's JSON, and what is written is read back: in both formats, to the tick and the bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hasErrors,
  MetricStore,
  readJson,
  readJsonDocument,
  readMetrics,
  writeCsv,
  writeJson,
} from "../../src/metrics/index.ts";
import { at, contents, knownMetrics, shown } from "./reading.ts";

describe("json", () => {
  const good = '{"samplePeriod":"PT5M","series":{"$PendingTasks":{"start":"2026-01-05T08:00:00Z","values":[3,4,null,7]}}}';

  it("reads values, gaps, a start per series and the default period", () => {
    const t = at("2026-01-05T08:00:00Z");
    const reading = readJson(good, { knownMetrics });
    expect(shown(reading)).toEqual([]);
    expect(contents(reading.store)).toEqual([
      `$PendingTasks ${t} 3`,
      `$PendingTasks ${t + 3_000_000_000n} 4`,
      `$PendingTasks ${t + 9_000_000_000n} 7`,
    ]);
    const document = { series: { __proto: {} } };
    expect(readJsonDocument(document).problems.length).toBe(2);
    expect(
      readJson(
        '{"series":{"$A":{"start":"2026-01-05T08:00:07Z","values":[1]},"$B":{"start":"2026-01-05T08:00:00Z","values":[1]}}}',
      ).store.samplePeriod,
    ).toBe(3_000_000_000);
    expect(readJson(good.replace('"samplePeriod":"PT5M",', ""), { samplePeriod: "PT30S" }).store.samplePeriod).toBe(
      300_000_000,
    );
  });

  const bad: [name: string, text: string, problems: string[]][] = [
    [
      "broken JSON",
      '{\n"series": {\n"$A" 1}}',
      ["error not-json line 3: this is not JSON: unexpected 1 (check commas, quotes and brackets there)"],
    ],
    [
      "JSON that breaks off",
      '{"series":',
      ["error not-json line 1: the JSON document breaks off (check commas, quotes and brackets there)"],
    ],
    [
      "a list",
      "[]",
      [
        'error not-metrics the document is a list, not an object (write {"series":{"$PendingTasks":{"start":"2026-01-05T08:00:00Z","values":[3,4,null,7]}}})',
      ],
    ],
    [
      "no series",
      "{}",
      [
        'error not-metrics "series" is nothing, not an object (write {"series":{"$PendingTasks":{"start":"2026-01-05T08:00:00Z","values":[3,4,null,7]}}})',
      ],
    ],
    ["empty series", '{"series":{}}', ["warning no-samples there is no sample in it (add values)"]],
    [
      "a bad period",
      '{"samplePeriod":"P1M","series":{}}',
      ['error bad-period "samplePeriod" is "P1M" (write an ISO 8601 duration above 0, such as PT5M)'],
    ],
    [
      "a huge period",
      '{"samplePeriod":"P99999999999D","series":{}}',
      ['error bad-period "samplePeriod" is "P99999999999D" (write an ISO 8601 duration above 0, such as PT5M)'],
    ],
    [
      "mistakes in a series",
      '{"series":{"$CPUPercent":{"start":"noon","values":[1,"2",true,1e999],"unit":"percent"},"$RunningTasks":5,"$ActiveTasks":{"start":"2026-01-05T08:00:00","values":{}}},"x":1}',
      [
        'warning unknown-property $CPUPercent: "unit" means nothing here (only "start" and "values" are read)',
        'error bad-time $CPUPercent: "start" is "noon", not a time (write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z)',
        'error bad-number $CPUPercent: value 2 is "2", not a number (write a number, or null for a missing sample)',
        "error bad-number $CPUPercent: value 3 is true, not a number (write a number, or null for a missing sample)",
        "error number-too-large $CPUPercent: value 4 is beyond the largest number (write a number below 1.8e308)",
        'error not-a-series $RunningTasks: the series is 5, not an object (give it "start" and "values")',
        'error time-without-zone $ActiveTasks: "start" is "2026-01-05T08:00:00", without a zone (write ISO 8601 with a zone, such as 2026-01-05T08:00:00Z)',
        'error not-values $ActiveTasks: "values" is an object, not a list (write a list of numbers, null for a missing sample)',
        'warning unknown-property "x" means nothing here (only "samplePeriod" and "series" are read)',
      ],
    ],
  ];
  for (const [name, text, problems] of bad)
    it(`bad input: ${name}`, () => expect(shown(readJson(text, { knownMetrics }))).toEqual(problems));

  it("a series named __proto__ is a series", () => {
    const { store, problems } = readJson(
      '{"series":{"__proto__":{"start":"2026-01-05T08:00:00Z","values":[1]},"constructor":{"start":"2026-01-05T08:00:00Z","values":[2]}}}',
    );
    expect(problems).toEqual([]);
    expect(store.names()).toEqual(["__proto__", "constructor"]);
  });

  describe("keys that stand twice", () => {
    const entry = '{"start":"2026-01-05T08:00:00Z","values":[1]}';

    it("are errors with the line of the second, however it is written", () => {
      const text = [
        `{"series":{"$CPUPercent":${entry},`,
        '"$PendingTasks":{"start":"2026-01-05T08:00:00Z","values":[1],',
        '"values":[2]},',
        `"\\u0024CPUPercent":${entry}},`,
        '"samplePeriod":"PT5M","samplePeriod" :"PT5M"}',
      ].join("\n");
      for (const read of [readJson, readMetrics])
        expect(shown(read(text, { knownMetrics }))).toEqual([
          'error duplicate-key line 3, $PendingTasks: "values" stands twice in the series (keep one of the two)',
          "error duplicate-series line 4, $CPUPercent: the series stands twice (keep one of the two, or join them)",
          'error duplicate-key line 5: "samplePeriod" stands twice in the document (put everything under one)',
        ]);
    });

    it("are told from keys of other objects, from values and from what only looks like them", () => {
      const names = ["a\\\\", 'a\\"', '{\\"', "a"].map((name) => `"${name}":${entry}`);
      const text = `{"series":{${names}},"x":["x","x",{"y":[{"y":1}],"z":{"y":"y"}}]}`;
      expect(readJson(text).problems.map((problem) => problem.code)).toEqual(["unknown-property"]);
    });
  });

  it("brackets nested 100,000 deep are an answer, not a crash", () => {
    expect(readMetrics("[".repeat(100_000)).problems[0].code).toBe("not-json");
    expect(hasErrors(readMetrics(`${"[".repeat(100_000)}${"]".repeat(100_000)}`))).toBe(true);
  });
});

describe("write and read back", () => {
  it("CSV and JSON give back every sample of any store, to the tick and the bit", () => {
    const name = fc.oneof(
      fc.constantFrom("$PendingTasks", "constructor", "__proto__", 'a,"b"', "x\ny"),
      fc.string({ minLength: 1 }).filter((text) => text.trim() === text && !text.includes("\r")),
    );
    const series = fc.record({
      start: fc.bigInt({ min: 0n, max: 10n ** 6n }),
      values: fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: Number.NaN }), {
        minLength: 1,
        maxLength: 30,
      }),
    });
    fc.assert(
      fc.property(
        fc.dictionary(name, series, { maxKeys: 4, noNullPrototype: false }),
        fc.constantFrom(1n, 300_000_000n, 3_000_000_000n),
        (all, period) => {
          const store = new MetricStore({ samplePeriod: period, history: Number.POSITIVE_INFINITY });
          for (const metric of Object.keys(all))
            store.load(metric, 17_670_000_000_000_000n + all[metric].start * period, all[metric].values);
          const fromJson = readMetrics(writeJson(store), { history: Number.POSITIVE_INFINITY });
          expect(hasErrors(fromJson)).toBe(false);
          expect(contents(fromJson.store).sort()).toEqual(contents(store).sort());
          const fromCsv = readMetrics(writeCsv(store), { samplePeriod: period });
          if (store.names().length > 0) expect(shown(fromCsv)).toEqual([]);
          expect(contents(fromCsv.store).sort()).toEqual(contents(store).sort());
        },
      ),
      { numRuns: 200 },
    );
  });

  it("a series whose gaps would fill memory is refused by writeJson and written by writeCsv", () => {
    const store = new MetricStore({ samplePeriod: 1n, history: Number.POSITIVE_INFINITY });
    store.record("$A", 0n, 1);
    store.record("$A", 2n ** 50n, 2);
    expect(() => writeJson(store)).toThrow(RangeError);
    expect(writeCsv(store).split("\n").length).toBe(4);
  });
});
