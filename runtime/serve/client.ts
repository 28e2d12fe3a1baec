/**
 * A small client of the service's own wire, signed like any other: what the seed is loaded and the doctor asks with. It knows no operations, only how
 * to ask and how an error reads.
 */
import { signedHeaders } from "../rest/sharedKey.ts";
import { baseVersion } from "../rest/versions.ts";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import type { Account } from "./account.ts";

/** Version that is asked with. */
export const API_VERSION: string = baseVersion.name;

/** Whom to ask, and as whom. `timeoutMs`: of silence, default 30,000. */
export interface ClientOptions {
  readonly endpoint: string;
  readonly account: Account;
  /** PEM of a self-made certificate to trust. */
  readonly ca?: string;
  readonly timeoutMs?: number;
}

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  /** Undefined: none, or no JSON. */
  readonly body: unknown;
  readonly text: string;
}

/** Asks once. Rejects when nobody answers. `path` from the first `/`, with its query but for the version. */
export async function ask(options: ClientOptions, method: string, path: string, body?: unknown): Promise<Answer> {
  return await whole(await send(options, method, path, body));
}

/** A body as it comes, or why there is none. */
export type Download = { readonly stream: Readable; readonly refused?: undefined } | { readonly refused: Answer };

/** Gets what may be large or no text. Rejects when nobody answers. */
export async function download(options: ClientOptions, path: string): Promise<Download> {
  const response = await send(options, "GET", path);
  if (response.statusCode === 200) return { stream: response };
  return { refused: await whole(response) };
}

function send(options: ClientOptions, method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  // Added as text: a URL's own parameter list would write the blanks of a filter as plus signs, which the signature does not know.
  const url = new URL(`${path}${path.includes("?") ? "&" : "?"}api-version=${API_VERSION}`, options.endpoint);
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const { name, key } = options.account;
  const headers = signedHeaders({
    account: name,
    key,
    method,
    url: url.href,
    at: new Date(),
    ...(bytes === undefined && method !== "POST" ? {} : { bodyBytes: bytes?.length ?? 0 }),
  });
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const ca = options.ca === undefined ? {} : { ca: options.ca };
    const request = send(url, { method, headers, timeout: options.timeoutMs ?? 30_000, ...ca }, resolve);
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.end(bytes);
  });
}

async function whole(response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  return { status: response.statusCode ?? 0, body: jsonOf(text), text };
}

/** Code and message of an error answer. */
export function errorText({ status, body, text }: Answer): string {
  const { code, message } = (body ?? {}) as { code?: string; message?: { value?: string } };
  const detail = message?.value?.split("\n")[0] ?? text.slice(0, 200);
  return code === undefined ? `HTTP ${status}: ${detail}` : `${code} (HTTP ${status}): ${detail}`;
}

function jsonOf(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
