/**
 * The api-versions of the data plane that are known here, and what an answer looks like in each. Any of them is taken by every operation that it has;
 * a request's shape is read tolerantly (older and newer names alike), an answer's shape follows the version asked for.
 */
import { BatchError } from "./errors.ts";

/** One version, and the points where answers differ. */
export interface ApiVersion {
  /** As clients write it: `2022-10-01.16.0`. */
  readonly name: string;
  /** Its date, `2022-10-01`: compare as text. */
  readonly date: string;
  /** Slots of a node are called `maxTasksPerNode`, not `taskSlotsPerNode`, and tasks have no `requiredSlots` (until 2020-03-01). */
  readonly maxTasksPerNode: boolean;
  /** Task counts come as one flat object, without counts of slots (until 2020-03-01). */
  readonly flatTaskCounts: boolean;
  /** Targets and counts are `targetDedicated`, `currentDedicated`, and a resize has one `resizeError` (before 2017-05-01). */
  readonly singleTarget: boolean;
  /** Tasks tell `schedulingError` and only of failures that are no exit code; later `failureInfo` of every failure, and `result` (before 2017-05-01). */
  readonly schedulingError: boolean;
  /** Resource files have `blobSource`, not `httpUrl` (until 2018-08-01). */
  readonly blobSource: boolean;
}

const NAMES = [
  "2017-01-01.4.0",
  "2017-05-01.5.0",
  "2017-06-01.5.1",
  "2017-09-01.6.0",
  "2018-03-01.6.1",
  "2018-08-01.7.0",
  "2018-12-01.8.0",
  "2019-06-01.9.0",
  "2019-08-01.10.0",
  "2020-03-01.11.0",
  "2020-09-01.12.0",
  "2021-06-01.14.0",
  "2022-01-01.15.0",
  "2022-10-01.16.0",
  "2023-05-01.17.0",
  "2023-11-01.18.0",
  "2024-02-01.19.0",
  "2024-07-01.20.0",
  "2025-06-01",
] as const;

function version(name: string): ApiVersion {
  const date = name.slice(0, 10);
  const seedEra = date < "2017-05-01";
  const beforeSlots = date < "2020-09-01";
  return Object.freeze({
    name,
    date,
    maxTasksPerNode: beforeSlots,
    flatTaskCounts: beforeSlots,
    singleTarget: seedEra,
    schedulingError: seedEra,
    blobSource: date < "2018-12-01",
  });
}

const byDate = new Map(NAMES.map((name) => [name.slice(0, 10), version(name)]));

/** All known versions, oldest first. */
export const apiVersions: readonly ApiVersion[] = [...byDate.values()];

/** The version that the models and most clients are of. */
export const baseVersion: ApiVersion = byDate.get("2022-10-01")!;

/**
 * The version a request asks for (L-56). The date decides; a suffix other than the known one is tolerated. Throws MissingRequiredQueryParameter when
 * there is none, UnsupportedRequestVersion for a date that is no version's.
 */
export function requestedVersion(text: string | undefined): ApiVersion {
  if (text === undefined || text === "") {
    throw new BatchError("MissingRequiredQueryParameter", "the query lacks api-version; add api-version=2022-10-01.16.0", [
      { key: "QueryParameterName", value: "api-version" },
    ]);
  }
  const found = /^\d{4}-\d\d-\d\d(\.\d{1,4}\.\d{1,4})?(-preview)?$/.test(text) ? byDate.get(text.slice(0, 10)) : undefined;
  if (found === undefined) {
    throw new BatchError("UnsupportedRequestVersion", "this api-version is not known; the newest known one is 2025-06-01", [
      { key: "QueryParameterName", value: "api-version" },
      { key: "QueryParameterValue", value: text.slice(0, 80) },
      { key: "Reason", value: `known versions: ${NAMES.join(", ")}` },
    ]);
  }
  return found;
}
