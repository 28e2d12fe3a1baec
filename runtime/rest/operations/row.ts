/**
 * The row of one operation, and how rows are written: `operation("Pool_Get", "GET /pools/{poolId}", 200, { … })`. What is left out of the last
 * argument has the default named at its field.
 */
import type { ModelName } from "../schema.ts";

/** HTTP methods of the wire. */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Conditional headers an operation takes (L-50): none, the two dates only (files), or all four. */
export type ConditionHeaders = "none" | "dates" | "all";

/** Query parameters beside `api-version` and `timeout`, which every operation takes. */
export type QueryName =
  | "$filter"
  | "$select"
  | "$expand"
  | "maxresults"
  | "$skiptoken"
  | "recursive"
  | "starttime"
  | "endtime"
  | "force";

/** One operation: how it is asked, what it takes, what it answers when all is well. */
export interface Operation {
  /** The service's own name, as in its clients: group, underscore, verb. */
  readonly name: string;
  readonly method: Method;
  /** Template whose `{name}` parts are one path segment each, percent-decoded one by one. */
  readonly path: string;
  /** Default: none. */
  readonly query: readonly QueryName[];
  /** Lists: the largest and default `maxresults`. Undefined: not a list, or one that comes whole. */
  readonly pageMax: number | undefined;
  readonly conditions: ConditionHeaders;
  /** Takes `ocp-range`. */
  readonly range: boolean;
  /** Model of the body; undefined: none is taken, and one that is sent is not read. */
  readonly requestModel: ModelName | undefined;
  /** Status of success. `Pool_Exists` and `JobSchedule_Exists` also answer 404 as a normal answer. */
  readonly status: number;
  /** Model of the answer, of one item for lists; undefined: an empty body, or a file's bytes. */
  readonly answerModel: ModelName | undefined;
  /** What stands after `$metadata#` in the answer. */
  readonly metadata: string | undefined;
  /** Answers with `DataServiceId`; by default whatever changes something under a POST, PUT or PATCH. */
  readonly dataServiceId: boolean;
  /** First and last date of versions that have it; undefined: always, and still. */
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** Not the Batch service's: an addition of this one, for what the service promises and has no operation for. */
  readonly isAddition: boolean;
  /** What it does here, in a sentence of the coverage page. */
  readonly does: string;
}

type Optional = Partial<Omit<Operation, "name" | "method" | "path" | "status" | "does">> & Pick<Operation, "does">;

/** Writes a row. */
export function operation<const Name extends string>(
  name: Name,
  line: `${Method} /${string}`,
  status: number,
  rest: Optional,
): Operation & { readonly name: Name } {
  const [method, path] = line.split(" ") as [Method, string];
  const changes = method === "POST" || method === "PUT" || method === "PATCH";
  return Object.freeze({
    query: [],
    pageMax: undefined,
    conditions: "none",
    range: false,
    requestModel: undefined,
    answerModel: undefined,
    metadata: undefined,
    dataServiceId: changes,
    since: undefined,
    until: undefined,
    isAddition: false,
    ...rest,
    name,
    method,
    path,
    status,
  });
}

const PAGE_MAX = 1000;

/** The part of a row that all paged lists share; `query` are the names that this one takes beside paging. */
export const list = (answerModel: ModelName, metadata: string, query: readonly QueryName[], pageMax = PAGE_MAX) => ({
  query: [...query, "maxresults", "$skiptoken"] as readonly QueryName[],
  pageMax,
  answerModel,
  metadata,
});

/** The part that reading one entity shares. */
export const one = (answerModel: ModelName, metadata: string, query: readonly QueryName[] = ["$select"]) => ({
  query,
  answerModel,
  metadata: `${metadata}/@Element`,
});
