/** Conditional headers against an entity's tag and dates (L-50, L-51). */
import { describe, expect, it } from "vitest";
import { checkConditions, readConditions } from "../../runtime/rest/conditions.ts";
import { BatchError } from "../../runtime/rest/errors.ts";
import { operations } from "../../runtime/rest/operations.ts";

const at = Date.UTC(2026, 0, 5, 8);
const time = (ms: number) => new Date(ms).toUTCString();

function outcome(name: string, headers: Record<string, string>, eTag: string | undefined = "0x8D7CD3C4DCF7680"): string {
  const operation = operations.get(name)!;
  try {
    checkConditions({ operation, conditions: readConditions(operation, headers) }, eTag, at + 500);
    return "met";
  } catch (error) {
    if (error instanceof BatchError) return `${error.status} ${error.code}`;
    throw error;
  }
}

describe("conditional headers (L-50, L-51)", () => {
  it("tags compare with and without quotes, in lists, and `*` is any", () => {
    for (const tag of [
      "0x8D7CD3C4DCF7680",
      '"0x8D7CD3C4DCF7680"',
      'W/"0x8D7CD3C4DCF7680"',
      '"0x1", "0x8D7CD3C4DCF7680"',
      "*",
    ]) {
      expect(outcome("Pool_Get", { "if-match": tag })).toBe("met");
      expect(outcome("Pool_Get", { "if-none-match": tag })).toBe("304 ConditionNotMet");
      expect(outcome("Pool_Delete", { "if-none-match": tag })).toBe("412 ConditionNotMet");
    }
    expect(outcome("Pool_Get", { "if-match": "0x1" })).toBe("412 ConditionNotMet");
    expect(outcome("Job_Update", { "if-match": "0x1" })).toBe("412 ConditionNotMet");
    expect(outcome("Pool_Get", { "if-none-match": "0x1" })).toBe("met");
  });

  it("dates compare by whole seconds; reads answer 304 to If-Modified-Since and 412 to If-Unmodified-Since, writes 412 to both", () => {
    expect(outcome("Job_Get", { "if-modified-since": time(at) })).toBe("304 ConditionNotMet");
    expect(outcome("Job_Get", { "if-modified-since": time(at - 1000) })).toBe("met");
    expect(outcome("Job_Get", { "if-unmodified-since": time(at) })).toBe("met");
    expect(outcome("Job_Get", { "if-unmodified-since": time(at - 1000) })).toBe("412 ConditionNotMet");
    expect(outcome("Job_Delete", { "if-modified-since": time(at) })).toBe("412 ConditionNotMet");
    expect(outcome("Job_Delete", { "if-unmodified-since": time(at - 1000) })).toBe("412 ConditionNotMet");
  });

  it("of a pair the tag decides; other combinations are MultipleConditionHeadersNotSupported", () => {
    const match = { "if-match": "0x8D7CD3C4DCF7680" };
    expect(outcome("Job_Get", { ...match, "if-unmodified-since": time(at - 9000) })).toBe("met");
    expect(outcome("Job_Get", { "if-none-match": "0x1", "if-modified-since": time(at) })).toBe("met");
    const mixed: Record<string, string>[] = [
      { ...match, "if-none-match": "0x1" },
      { ...match, "if-modified-since": time(at) },
      { "if-modified-since": time(at), "if-unmodified-since": time(at) },
      { "if-none-match": "0x1", "if-unmodified-since": time(at) },
    ];
    for (const headers of mixed) expect(outcome("Job_Get", headers)).toBe("400 MultipleConditionHeadersNotSupported");
  });

  it("files take the dates only, lists and node operations none: UnsupportedHeader; a date that is none InvalidHeaderValue", () => {
    expect(outcome("File_GetFromTask", { "if-modified-since": time(at) }, undefined)).toBe("304 ConditionNotMet");
    expect(outcome("File_GetFromTask", { "if-match": "*" }, undefined)).toBe("400 UnsupportedHeader");
    expect(outcome("Pool_List", { "if-none-match": "*" })).toBe("400 UnsupportedHeader");
    expect(outcome("ComputeNode_Reboot", { "if-unmodified-since": time(at) })).toBe("400 UnsupportedHeader");
    expect(outcome("Job_Get", { "if-modified-since": "yesterday" })).toBe("400 InvalidHeaderValue");
  });
});
