/**
 * The request line taken apart: path segments and query, each decoded on its own. Splitting comes before decoding, so that `%2F` is part of a file's path
 * and never a separator. What cannot be decoded is 400 RequestUrlFailedToParse, whoever asks.
 */
import { badQuery, BatchError, repeated } from "./errors.ts";

/** Longest request target; Node's parser allows no more than 16 KB for line and headers together. */
export interface RequestLine {
  /** As on the line, percent-encoded, without the query. */
  readonly rawPath: string;
  /** Decoded, without the empty one before the first slash and after the last. */
  readonly segments: readonly string[];
  /** Decoded, in order, repeated ones included. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
}

function decoded(text: string, what: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text);
  } catch {
    throw new BatchError("RequestUrlFailedToParse", `${what} is not percent-encoded UTF-8: ${repeated(text)}`);
  }
  if (/[\x00-\x1f\x7f]/.test(plain)) {
    throw new BatchError("InvalidUri", `${what} holds a control character: ${repeated(text)}`);
  }
  return plain;
}

/** Takes a request target apart. An absolute one (`http://host/path`, as proxies send) counts from its path. */
export function requestLine(target: string): RequestLine {
  const origin = /^https?:\/\/[^/?#]*/i.exec(target);
  const rest = origin === null ? target : target.slice(origin[0].length);
  const mark = rest.indexOf("?");
  const rawPath = (mark < 0 ? rest : rest.slice(0, mark)) || "/";
  if (!rawPath.startsWith("/")) throw new BatchError("InvalidUri", "the request target must be a path");
  const parts = rawPath.split("/").slice(1);
  if (parts.at(-1) === "") parts.pop();
  const segments = parts.map((part) => decoded(part, "the path"));
  const pairs: [string, string][] = [];
  if (mark >= 0) {
    for (const pair of rest.slice(mark + 1).split("&")) {
      if (pair === "") continue;
      const equals = pair.indexOf("=");
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? "" : pair.slice(equals + 1);
      pairs.push([decoded(name, "the query"), decoded(value, "the query")]);
    }
  }
  return { rawPath, segments, pairs };
}

/** The query by name in lower case; a name that comes twice is 400: which of the two was meant, nobody can tell. */
export function queryOf(line: RequestLine): Map<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of line.pairs) {
    const key = name.toLowerCase();
    if (query.has(key)) throw badQuery(name, value, "it is given more than once");
    query.set(key, value);
  }
  return query;
}
