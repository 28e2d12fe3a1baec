/** Bodies against the models: what is refused with which code and place, and what is put in order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBody } from "../../runtime/rest/body.ts";
import { decode } from "../../runtime/rest/decode.ts";
import { BatchError } from "../../runtime/rest/errors.ts";
import { mistakeAt, parseJson } from "../../runtime/rest/jsonText.ts";
import { type ModelName, model, modelNames, type Property } from "../../runtime/rest/schema.ts";

function refusal(name: ModelName, value: unknown) {
  try {
    decode(name, value);
  } catch (error) {
    if (error instanceof BatchError)
      return { code: error.code, status: error.status, message: error.message, values: error.values };
    throw error;
  }
  return undefined;
}

describe("bodies against their models", () => {
  const pool = { id: "p", vmSize: "standard_d2_v3" };

  it("a missing property is MissingRequiredProperty with its place", () => {
    expect(refusal("PoolAddParameter", { id: "p" })).toMatchObject({
      code: "MissingRequiredProperty",
      status: 400,
      values: [{ key: "PropertyName", value: "vmSize" }],
    });
    expect(refusal("JobAddParameter", { id: "j", poolInfo: { autoPoolSpecification: {} } })?.values[0].value).toBe(
      "poolInfo.autoPoolSpecification.poolLifetimeOption",
    );
  });

  it("a wrong type, value or length is InvalidPropertyValue with PropertyName, PropertyValue and Reason", () => {
    const wrong: [ModelName, unknown, string, string][] = [
      ["PoolAddParameter", { ...pool, targetDedicatedNodes: "two" }, "targetDedicatedNodes", "two"],
      ["PoolAddParameter", { ...pool, targetDedicatedNodes: 1.5 }, "targetDedicatedNodes", "1.5"],
      ["PoolAddParameter", { ...pool, targetDedicatedNodes: 2 ** 31 }, "targetDedicatedNodes", "2147483648"],
      ["PoolAddParameter", { ...pool, enableAutoScale: "true" }, "enableAutoScale", "true"],
      ["PoolAddParameter", { ...pool, resizeTimeout: "15 minutes" }, "resizeTimeout", "15 minutes"],
      ["PoolAddParameter", { ...pool, displayName: "x".repeat(1025) }, "displayName", `${"x".repeat(80)}…`],
      ["PoolAddParameter", { ...pool, startTask: "echo" }, "startTask", "echo"],
      ["PoolAddParameter", { ...pool, metadata: {} }, "metadata", "(an object)"],
      ["PoolAddParameter", { ...pool, metadata: [{ name: "a", value: [] }] }, "metadata[0].value", "(an array)"],
      ["PoolAddParameter", { ...pool, metadata: [null] }, "metadata[0]", "null"],
      ["PoolResizeParameter", { nodeDeallocationOption: "drop" }, "nodeDeallocationOption", "drop"],
      ["TaskAddParameter", { id: "t", commandLine: "a\0b" }, "commandLine", "a?b"],
      ["NodeRemoveParameter", { nodeList: Array(101).fill("n") }, "nodeList", "(an array)"],
      [
        "JobScheduleAddParameter",
        { id: "s", schedule: { doNotRunUntil: "soon" }, jobSpecification: { poolInfo: {} } },
        "schedule.doNotRunUntil",
        "soon",
      ],
    ];
    for (const [name, value, place, shown] of wrong) {
      const found = refusal(name, value);
      expect([place, found?.code]).toEqual([place, "InvalidPropertyValue"]);
      expect(found?.values.map(({ key }) => key)).toEqual(["PropertyName", "PropertyValue", "Reason"]);
      expect(found?.values.slice(0, 2).map(({ value }) => value)).toEqual([place, shown]);
    }
  });

  it("T-02 a collection takes 100 tasks and not 101, and says which task is wrong", () => {
    const tasks = (count: number) => ({
      value: Array.from({ length: count }, (_, i) => ({ id: `t${i}`, commandLine: "true" })),
    });
    expect(refusal("TaskAddCollectionParameter", tasks(100))).toBeUndefined();
    expect(refusal("TaskAddCollectionParameter", tasks(101))?.code).toBe("InvalidPropertyValue");
    const body = tasks(3) as { value: Record<string, unknown>[] };
    body.value[1].constraints = { retentionTime: "-PT1S" };
    expect(refusal("TaskAddCollectionParameter", body)?.values[0].value).toBe("value[1].constraints.retentionTime");
  });

  it("an unknown name is InvalidRequestBody with a Reason that names the nearest one", () => {
    const found = refusal("TaskAddParameter", { id: "t", commandline: "true" });
    expect(found).toMatchObject({ code: "InvalidRequestBody", status: 400 });
    expect(found?.values[0].value).toMatch(/commandline; did you mean commandLine\?/);
  });

  it("names of prototypes are unknown names and reach nothing", () => {
    for (const text of [
      '{"__proto__":{"id":"x"}}',
      '{"constructor":1}',
      '{"id":"p","vmSize":"s","startTask":{"__proto__":null}}',
    ]) {
      expect(refusal("PoolAddParameter", JSON.parse(text))?.code).toBe("InvalidRequestBody");
    }
    expect(({} as { id?: string }).id).toBeUndefined();
  });

  it("puts in order: nulls and read-only properties go, spelling of enumerations and older names become the present ones", () => {
    expect(
      decode("PoolAddParameter", {
        "odata.metadata": "x",
        ...pool,
        displayName: null,
        maxTasksPerNode: 4,
        targetDedicated: 2,
        taskSchedulingPolicy: { nodeFillType: "spread" },
        virtualMachineConfiguration: { nodeAgentSKUId: "a", imageReference: { publisher: "p", exactVersion: "1" } },
        startTask: { commandLine: "c", resourceFiles: [{ blobSource: "http://x/y", filePath: "y" }] },
      }),
    ).toEqual({
      ...pool,
      taskSlotsPerNode: 4,
      targetDedicatedNodes: 2,
      taskSchedulingPolicy: { nodeFillType: "Spread" },
      virtualMachineConfiguration: { nodeAgentSKUId: "a", imageReference: { publisher: "p" } },
      startTask: { commandLine: "c", resourceFiles: [{ httpUrl: "http://x/y", filePath: "y" }] },
    });
  });

  it("an older name beside its present one is refused", () => {
    const found = refusal("PoolResizeParameter", { targetDedicated: 1, targetDedicatedNodes: 2 });
    expect(found).toMatchObject({ code: "InvalidPropertyValue" });
  });

  it("a body that is not an object is InvalidRequestBody, and one that is nested without end is refused without a crash", () => {
    for (const value of [null, [], 3, "x", undefined])
      expect(refusal("PoolResizeParameter", value)?.code).toBe("InvalidRequestBody");
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`);
    const configuration = {
      imageReference: {},
      nodeAgentSKUId: "a",
      extensions: [{ name: "e", publisher: "p", type: "t", settings: deep }],
    };
    const found = refusal("PoolAddParameter", { ...pool, virtualMachineConfiguration: configuration });
    expect(found?.values[0].value).toBe("virtualMachineConfiguration.extensions[0].settings");
  });

  it("whatever conforms to a model passes unchanged, and goes through JSON unchanged", () => {
    const value = (property: Property): fc.Arbitrary<unknown> => {
      const one: Record<Property["type"], () => fc.Arbitrary<unknown>> = {
        string: () => fc.string({ maxLength: 20 }).filter((text) => !text.includes("\0")),
        boolean: () => fc.boolean(),
        int32: () => fc.integer(),
        int64: () => fc.maxSafeInteger(),
        double: () => fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
        "date-time": () => fc.constantFrom("2026-01-05T08:00:00Z", "2026-01-05T08:00:00.1234567Z"),
        duration: () => fc.constantFrom("PT5M", "P1DT0.5S", "P10675199DT2H48M5.4775807S"),
        object: () => fc.dictionary(fc.constantFrom("a", "b"), fc.integer()).map((found) => ({ ...found })),
        enum: () => fc.constantFrom(...property.spellings!.values()),
        model: () => body(property.modelName!),
      };
      const each = one[property.type]();
      return property.isList ? fc.array(each, { maxLength: 2 }) : each;
    };
    const body = (name: ModelName): fc.Arbitrary<object> => {
      const usable = [...model(name).properties.values()].filter(
        ({ readOnly, presentName }) => !readOnly && presentName === undefined,
      );
      const parts = Object.fromEntries(usable.map((property) => [property.name, fc.memo(() => value(property))()]));
      return fc.record(parts, { requiredKeys: [...model(name).required], noNullPrototype: true });
    };
    const requests = modelNames.filter((name) =>
      /Parameter$|^ComputeNodeUser$|^UploadBatchServiceLogsConfiguration$/.test(name),
    );
    expect(requests.length).toBeGreaterThan(20);
    for (const name of requests) {
      fc.assert(
        fc.property(body(name), (made) => {
          expect(decode(name, made)).toBe(made);
          expect(decode(name, JSON.parse(JSON.stringify(made)))).toEqual(made);
        }),
        { numRuns: 20 },
      );
    }
  });
});

describe("texts of bodies", () => {
  it("says line and column of the first mistake", () => {
    const at = (text: string) => {
      try {
        parseJson(text);
      } catch (error) {
        return (error as BatchError).values[0].value;
      }
      return undefined;
    };
    expect(at('{"id": "p",}')).toMatch(/^line 1, column 12:/);
    expect(at('{\n  "id": p\n}')).toMatch(/^line 2, column 9:/);
    expect(at('{"id": "p"')).toMatch(/ends too early/);
    expect(at('{"id": "p"} x')).toMatch(/^line 1, column 13:/);
    expect(at("{'id': 1}")).toMatch(/^line 1, column 2:/);
    expect(at('["a\nb"]')).toMatch(/^line 1, column 4:/);
    expect(at("[1,2")).toMatch(/ends too early/);
    expect(at("[01]")).toMatch(/^line 1, column 3:/);
  });

  it("the scan agrees with the engine on which texts are JSON", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      "1",
      "-0.5e3",
      "true",
      "null",
      " ",
      '"\\u00e9"',
      '"\\x"',
      "'",
      "01",
      "tru",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
        (text) => {
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          // A text without a mistake ends where it may end: nothing open. A cut one is told by its length too.
          const mistake = mistakeAt(text);
          if (valid) expect(mistake).toBe(text.length);
          else expect(() => parseJson(text)).toThrow(BatchError);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("refuses what is not UTF-8, drops a byte order mark, and takes millions of brackets without a crash", () => {
    expect(() => parseBody(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow(/not UTF-8/);
    expect(parseBody(Buffer.from("\uFEFF{}"))).toEqual({});
    expect(parseBody(Buffer.from("  "))).toBeUndefined();
    expect(() => parseBody(Buffer.from("[".repeat(1_000_000)))).toThrow(BatchError);
    expect(() => parseBody(Buffer.from('"'.padEnd(1_000_000, "\\")))).toThrow(BatchError);
  });
});
