/**
 * Conditional headers (L-50, L-51): read in one place, evaluated in one place. A handler that has found its entity says what its tag and time are; the
 * operation decides what an unmet condition means.
 */
import type { Call, Conditions } from "./call.ts";
import { BatchError, badHeader } from "./errors.ts";
import type { Operation } from "./operations.ts";
import { parseInstantMs } from "./times.ts";

const NONE: Conditions = Object.freeze({});

/**
 * The request's conditions. Throws 400: a condition that this operation does not take (silently ignoring it would do what the caller wanted to prevent), a
 * date that is none, or conditions that may not be combined. Allowed pairs are If-None-Match with If-Modified-Since and If-Match with If-Unmodified-Since.
 */
export function readConditions(
  operation: Operation,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Conditions {
  const ifMatch = text(headers["if-match"]);
  const ifNoneMatch = text(headers["if-none-match"]);
  const modified = text(headers["if-modified-since"]);
  const unmodified = text(headers["if-unmodified-since"]);
  if (ifMatch === undefined && ifNoneMatch === undefined && modified === undefined && unmodified === undefined) return NONE;
  const refuseUnsupported = (name: string, value: string | undefined) => {
    if (value !== undefined) throw badHeader(name, value, `${operation.name} takes no such condition`, "UnsupportedHeader");
  };
  if (operation.conditions !== "all") {
    refuseUnsupported("If-Match", ifMatch);
    refuseUnsupported("If-None-Match", ifNoneMatch);
  }
  if (operation.conditions === "none") {
    refuseUnsupported("If-Modified-Since", modified);
    refuseUnsupported("If-Unmodified-Since", unmodified);
  }
  const positive = ifMatch !== undefined || unmodified !== undefined;
  const negative = ifNoneMatch !== undefined || modified !== undefined;
  if (positive && negative) {
    throw new BatchError(
      "MultipleConditionHeadersNotSupported",
      "these conditions exclude each other: send If-Match with or without If-Unmodified-Since, or If-None-Match with or without If-Modified-Since",
    );
  }
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(modified === undefined ? {} : { ifModifiedSince: instant("If-Modified-Since", modified) }),
    ...(unmodified === undefined ? {} : { ifUnmodifiedSince: instant("If-Unmodified-Since", unmodified) }),
  };
}

const text = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(", ") : value);

function instant(name: string, value: string): number {
  const at = parseInstantMs(value);
  if (at === undefined) throw badHeader(name, value, "it is no date of the form Mon, 05 Jan 2026 08:00:00 GMT");
  return at;
}

/** Whether a list of tags as a header writes it names this tag; quotes and a weak mark do not count, `*` names any. */
function names(list: string, eTag: string | undefined): boolean {
  return list.split(",").some((each) => {
    const tag = each
      .trim()
      .replace(/^W\//, "")
      .replace(/^"(.*)"$/, "$1");
    return tag === "*" || tag === eTag;
  });
}

/**
 * Throws ConditionNotMet if the call's conditions do not hold for what was found: 304 for reads with If-None-Match or If-Modified-Since, else 412. Of a tag
 * and a date together the tag decides. Times compare by whole seconds, since that is what `Last-Modified` tells. Files have no tag.
 */
export function checkConditions(
  call: Pick<Call, "conditions" | "operation">,
  eTag: string | undefined,
  lastModifiedAt: number,
): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = call.conditions;
  const changedAt = Math.floor(lastModifiedAt / 1000);
  const isRead = call.operation.method === "GET" || call.operation.method === "HEAD";
  let met = true;
  if (ifMatch !== undefined) met = names(ifMatch, eTag);
  else if (ifUnmodifiedSince !== undefined) met = changedAt <= Math.floor(ifUnmodifiedSince / 1000);
  if (!met) throw notMet(412);
  if (ifNoneMatch !== undefined) met = !names(ifNoneMatch, eTag);
  else if (ifModifiedSince !== undefined) met = changedAt > Math.floor(ifModifiedSince / 1000);
  if (!met) throw notMet(isRead ? 304 : 412);
}

function notMet(status: number): BatchError {
  return new BatchError("ConditionNotMet", "the condition given in the request's headers is not met", [], { status });
}
