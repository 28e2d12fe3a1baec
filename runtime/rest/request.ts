/**
 * From the request line and headers to what a handler needs: version, query and range, each checked against the operation's row. Nothing here waits or reads
 * the body.
 */
import type { IncomingHttpHeaders } from "node:http";
import { nearest } from "../../src/base/table.ts";
import type { ByteRange } from "./call.ts";
import { BatchError, badHeader, badQuery } from "./errors.ts";
import { type Predicate, filter } from "./filter.ts";
import type { Operation } from "./operations.ts";
import { keyOfToken, type PageRequest, pageSize } from "./page.ts";
import { selection } from "./select.ts";
import { parseInstantMs } from "./times.ts";
import { type ApiVersion, requestedVersion } from "./versions.ts";

/** Query parameters that every operation takes; the server's time for a request is not ours to limit, so `timeout` is only checked. */
const ALWAYS = ["api-version", "timeout"];

/** The query, read. */
interface ReadQuery {
  readonly version: ApiVersion;
  /** For the handler: without `$filter`, `$select` and paging. */
  readonly query: Readonly<Record<string, string>>;
  readonly page: PageRequest;
}

/** Checks the query of an operation; `given` by name in lower case. Throws BatchError 400 that names the parameter. */
export function readQuery(operation: Operation, given: ReadonlyMap<string, string>): ReadQuery {
  const version = requestedVersion(given.get("api-version"));
  checkVersion(operation, version);
  const query: Record<string, string> = {};
  for (const [name, value] of given) {
    if (ALWAYS.includes(name)) continue;
    if (!operation.query.includes(name as never)) {
      const meant = nearest(name, operation.query);
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      throw badQuery(name, value, `${operation.name} takes no such parameter${hint}`, "UnsupportedQueryParameter");
    }
    if (value !== "" && !PAGE_NAMES.includes(name)) query[name] = value;
  }
  const timeout = given.get("timeout");
  if (timeout !== undefined && !/^\d{1,6}$/.test(timeout)) throw badQuery("timeout", timeout, "it must be a number of seconds");
  checkExpand(query.$expand);
  for (const name of ["recursive", "force"]) {
    if (query[name] === undefined) continue;
    const flag = query[name].toLowerCase();
    if (flag !== "true" && flag !== "false") throw badQuery(name, query[name], "it must be true or false");
    query[name] = flag;
  }
  for (const name of ["starttime", "endtime"]) {
    if (query[name] !== undefined && parseInstantMs(query[name]) === undefined) {
      throw badQuery(name, query[name], "it must be an instant of the form 2026-01-05T08:00:00Z");
    }
  }
  return { version, query, page: pageRequest(operation, given) };
}

const PAGE_NAMES: readonly string[] = ["$filter", "$select", "maxresults", "$skiptoken"];

function pageRequest(operation: Operation, given: ReadonlyMap<string, string>): PageRequest {
  const text = (name: string) => given.get(name) || undefined;
  const [filterText, selectText, token] = [text("$filter"), text("$select"), text("$skiptoken")];
  const matches: Predicate | undefined = filterText === undefined ? undefined : filter(operation.name, filterText);
  return {
    max: operation.pageMax === undefined ? Number.POSITIVE_INFINITY : pageSize(text("maxresults"), operation.pageMax),
    after: token === undefined ? undefined : keyOfToken(token),
    matches,
    chosen:
      selectText === undefined || operation.answerModel === undefined
        ? undefined
        : selection(operation.answerModel, selectText),
  };
}

function checkVersion({ name, since, until }: Operation, version: ApiVersion): void {
  const isEarly = since !== undefined && version.date < since;
  if (!isEarly && (until === undefined || version.date <= until)) return;
  const reason = isEarly ? `${name} exists since ${since}` : `${name} exists until ${until} only`;
  throw new BatchError("UnsupportedRequestVersion", `version ${version.name} does not have this operation: ${reason}`, [
    { key: "QueryParameterName", value: "api-version" },
    { key: "QueryParameterValue", value: version.name },
    { key: "Reason", value: reason },
  ]);
}

function checkExpand(text: string | undefined): void {
  if (text === undefined) return;
  if (text.split(",").some((part) => part.trim() !== "stats")) throw badQuery("$expand", text, "only stats can be expanded");
}

/** `ocp-range: bytes=a-b` or `bytes=a-`; whether the file is as long, the handler knows. Throws 400. */
export function readRange(operation: Operation, headers: IncomingHttpHeaders): ByteRange | undefined {
  const value = headers["ocp-range"];
  if (value === undefined) return undefined;
  const text = Array.isArray(value) ? value.join(", ") : value;
  if (!operation.range) throw badHeader("ocp-range", text, `${operation.name} takes no range`, "UnsupportedHeader");
  const found = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(text.trim());
  if (found === null) throw badHeader("ocp-range", text, "it must be of the form bytes=0-99 or bytes=100-");
  const start = Number(found[1]);
  if (found[2] === undefined) return { start };
  const end = Number(found[2]);
  if (end < start) throw badHeader("ocp-range", text, "it ends before it starts");
  return { start, end };
}
