/**
 * Writing answers: a handler's reply or an error, with the headers that every answer of the service has. Nothing decides here; what goes into a body was
 * chosen before.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reply } from "./call.ts";
import { type BatchError, errorBody } from "./errors.ts";
import type { Operation } from "./operations.ts";
import { type PageRequest, pageOf, skipToken } from "./page.ts";
import type { RequestLine } from "./requestLine.ts";
import { selected } from "./select.ts";
import { headerTime, instantText } from "./times.ts";

/** Content type of every body that is JSON. */
export const JSON_TYPE = "application/json;odata=minimalmetadata";

/** What an answer needs to know of its request. */
export interface Context {
  /** A GUID, made here. */
  readonly requestId: string;
  /** Scheme, host and port as the client wrote them. */
  readonly base: string;
}

/** The request's identity, and the address under which its client knows this service; `fallback` when the Host header is none. */
export function contextOf(request: IncomingMessage, isSecure: boolean, fallback: string): Context {
  const host = request.headers.host;
  const isHost = host !== undefined && /^[A-Za-z0-9._:[\]-]{1,255}$/.test(host);
  return { requestId: randomUUID(), base: isHost ? `${isSecure ? "https" : "http"}://${host}` : fallback };
}

/** Sets what is common to all answers (L-52). */
export function setCommonHeaders(request: IncomingMessage, response: ServerResponse, context: Context): void {
  response.setHeader("request-id", context.requestId);
  response.setHeader("DataServiceVersion", "3.0");
  if (String(request.headers["return-client-request-id"]).toLowerCase() !== "true") return;
  const given = request.headers["client-request-id"] ?? request.headers["x-ms-client-request-id"];
  if (typeof given === "string" && /^[\x21-\x7e]{1,128}$/.test(given)) response.setHeader("client-request-id", given);
}

/** Answers with an error. One that comes when the answer has begun can only break it off. */
export function sendError(response: ServerResponse, error: BatchError, context: Context, at: number): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  // 304 has no body by the rules of HTTP.
  if (error.status === 304) {
    response.writeHead(304).end();
    return;
  }
  send(response, error.status, errorBody(error, context.base, context.requestId, instantText(at)));
}

function send(response: ServerResponse, status: number, json: string): void {
  response.setHeader("Content-Type", JSON_TYPE);
  response.setHeader("Content-Length", Buffer.byteLength(json));
  response.writeHead(status).end(json);
}

/** Answers with a handler's reply. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  operation: Operation,
  line: RequestLine,
  wanted: PageRequest,
  context: Context,
): Promise<void> {
  const { base } = context;
  if (reply.eTag !== undefined) response.setHeader("ETag", reply.eTag);
  if (reply.lastModifiedAt !== undefined) response.setHeader("Last-Modified", headerTime(reply.lastModifiedAt));
  const succeeded = reply.status < 300;
  if (succeeded && (reply.url !== undefined || operation.dataServiceId)) {
    response.setHeader("DataServiceId", reply.url ?? `${base}${line.rawPath}`);
    if (reply.status === 201 && reply.url !== undefined) response.setHeader("Location", reply.url);
  }
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  if (reply.stream !== undefined) {
    await sendBytes(response, reply.status, reply.stream);
    return;
  }
  const metadata = operation.metadata === undefined ? {} : { "odata.metadata": `${base}/$metadata#${operation.metadata}` };
  if (reply.items !== undefined) {
    const { values, next } = pageOf(reply, wanted);
    const link = next === undefined ? {} : { "odata.nextLink": nextLink(base, line, skipToken(next)) };
    send(response, reply.status, JSON.stringify({ ...metadata, value: values, ...link }));
  } else if (reply.body !== undefined) {
    const body = wanted.chosen === undefined ? reply.body : selected(reply.body, wanted.chosen);
    send(response, reply.status, JSON.stringify({ ...metadata, ...body }));
  } else {
    if (reply.status !== 204 && !response.hasHeader("Content-Length")) response.setHeader("Content-Length", 0);
    response.writeHead(reply.status).end();
  }
}

/**
 * Sends a file's bytes at the pace at which they are taken. The first ones are read before the status is sent, so that a file that cannot be opened is still
 * an error answer; fewer or more than were announced break the answer off, since the client could not tell where the next one begins.
 */
async function sendBytes(response: ServerResponse, status: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const announced = Number(response.getHeader("Content-Length") ?? Number.NaN);
  const chunks = bytes[Symbol.asyncIterator]();
  let sent = 0;
  try {
    let next = await chunks.next();
    response.writeHead(status);
    for (; next.done !== true; next = await chunks.next()) {
      sent += next.value.byteLength;
      if (sent > announced || response.destroyed) break;
      if (!response.write(next.value)) await drained(response);
    }
  } finally {
    await chunks.return?.();
  }
  if (Number.isNaN(announced) || sent === announced) response.end();
  else response.destroy();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.on("drain", go).on("close", go);
  });
}

/** Resolves when an answer has gone out or its connection is gone. */
export function settled(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.once("close", resolve);
  });
}

/** The page's own address with another `$skiptoken`: absolute, so that clients can sign it as it is. */
function nextLink(base: string, line: RequestLine, token: string): string {
  const pairs = line.pairs
    .filter(([name]) => name.toLowerCase() !== "$skiptoken")
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${base}${line.rawPath}?${[...pairs, `$skiptoken=${token}`].join("&")}`;
}
