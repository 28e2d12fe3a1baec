/**
 * Requests that are not requests: what Node's HTTP parser refuses (headers too long or too slow, bytes that are no HTTP) is answered with an error body of
 * the service before the connection is closed; and a body that nobody will read is thrown away for a moment, so that its sender gets to see the answer
 * instead of a broken connection, and is cut off if it does not stop.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { BatchError, errorBody } from "./errors.ts";
import { JSON_TYPE } from "./respond.ts";
import { instantText } from "./times.ts";

/** How long the rest of an unread body is thrown away, milliseconds. */
const LINGER_MS = 2_000;

/** Ends a request whose body was not read to the end when its answer has gone out. */
export function endUnread(request: IncomingMessage, response: ServerResponse): void {
  response.once("finish", () => {
    if (request.complete) return;
    const { socket } = request;
    request.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    const clear = () => clearTimeout(timer);
    request.once("end", clear);
    socket.once("close", clear);
  });
}

function meaning(code: string | undefined): BatchError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new BatchError("InvalidHeaderValue", "the request line and headers are longer than 16 KB", [], { status: 431 });
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new BatchError("RequestTimeout", "the request did not arrive in time");
    case "HPE_INVALID_METHOD":
      return new BatchError("InvalidHttpVerb", "the request's verb is none of HTTP");
    default:
      return new BatchError("InvalidInput", "this is not a request of HTTP/1.1");
  }
}

/** Answers on behalf of the parser. */
export function answerBrokenRequests(server: Server, realNow: () => number): void {
  server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const answer = meaning(error.code);
    const requestId = randomUUID();
    const address = socket.localAddress ?? "127.0.0.1";
    const base = `http://${address.includes(":") ? `[${address}]` : address}:${socket.localPort}`;
    const body = errorBody(answer, base, requestId, instantText(realNow()));
    socket.end(
      `HTTP/1.1 ${answer.status} ${answer.code}\r\nrequest-id: ${requestId}\r\nDataServiceVersion: 3.0\r\nContent-Type: ${JSON_TYPE}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
}
