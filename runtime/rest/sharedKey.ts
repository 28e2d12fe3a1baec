/**
 * The signature of a request (L-60): what is signed, and signing it. The guard verifies with it; a client of our own (the doctor, the tests) signs with it.
 * The string holds the header values as they arrive and the path as it stands on the request line, still percent-encoded:
 *
 *   verb, eleven headers (empty when absent), each on a line · every header whose name starts with `ocp-` as `name:value`, sorted ·
 *   `/account/path` · query parameters as `name:value`, sorted, percent-decoded
 */
import { createHmac } from "node:crypto";

const SIGNED_HEADERS = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
] as const;

/** What of a request is signed. Header names are lower case; `query` is decoded, in the order of the request line. */
interface SignedParts {
  readonly account: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The text that is signed. `withDate` false: the date's line is empty, as it is when `ocp-date` stands for it. */
export function stringToSign(parts: SignedParts, withDate = true): string {
  let text = `${parts.method.toUpperCase()}\n`;
  for (const name of SIGNED_HEADERS) text += `${name === "date" && !withDate ? "" : (parts.headers[name] ?? "")}\n`;
  const own = Object.keys(parts.headers)
    .filter((name) => name.startsWith("ocp-") && parts.headers[name])
    .sort();
  for (const name of own) text += `${name}:${parts.headers[name]}\n`;
  text += `/${parts.account}${parts.path}`;
  const first = new Map<string, string>();
  for (const [name, value] of parts.query) if (value !== "" && !first.has(name)) first.set(name, value);
  for (const name of [...first.keys()].sort()) text += `\n${name}:${first.get(name)}`;
  return text;
}

/** Base64 of the HMAC-SHA256 of a text. */
export function signature(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text, "utf8").digest("base64");
}

/** What a client of our own needs to sign. `key` is Base64, `bodyBytes` undefined for none; `headers` beyond those this sets, names in lower case. */
interface SigningRequest {
  readonly account: string;
  readonly key: string;
  readonly method: string;
  readonly url: string;
  readonly at: Date;
  readonly bodyBytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** All headers of a signed request, `authorization` among them. */
export function signedHeaders(request: SigningRequest): Record<string, string> {
  const url = new URL(request.url);
  const headers: Record<string, string> = { ...request.headers, "ocp-date": request.at.toUTCString() };
  if (request.bodyBytes !== undefined) {
    headers["content-length"] = String(request.bodyBytes);
    headers["content-type"] ??= "application/json; odata=minimalmetadata; charset=utf-8";
  }
  const query = [...url.searchParams.entries()];
  const { account, method } = request;
  const text = stringToSign({ account, method, path: url.pathname, query, headers });
  headers.authorization = `SharedKey ${account}:${signature(Buffer.from(request.key, "base64"), text)}`;
  return headers;
}
