/**
 * Reading a request's body: never more of it than its limit, never longer than its time, never more of all bodies together than the server may hold. A
 * body that declares itself too long is refused before a byte of it is read.
 */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { BatchError, badHeader } from "./errors.ts";
import { parseJson } from "./jsonText.ts";
import type { Operation } from "./operations.ts";
import { model } from "./schema.ts";

/** Longest body of an added task collection, bytes (T-02). */
const COLLECTION_BYTES_MAX = 1_048_576;
/** Longest body of any other request, bytes. */
const BODY_BYTES_MAX = 4 * 1_048_576;

/** Bytes of bodies that are being read or worked on, of all requests together. */
export class BodyBudget {
  readonly bytesMax: number;
  usedBytes = 0;
  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }
}

/** Takes bodies off the wire. */
interface BodyLimits {
  readonly budget: BodyBudget;
  /** From the end of the headers to the end of the body. */
  readonly bodyTimeoutMs: number;
}

/** A body's bytes, held in the budget until `release`. */
export interface Body {
  readonly bytes: Buffer;
  release(): void;
}

const EMPTY: Body = { bytes: Buffer.alloc(0), release: () => undefined };

const tooLarge = (bytesMax: number) =>
  new BatchError("RequestBodyTooLarge", `the request's body is longer than ${bytesMax} bytes; send less at once`, [
    { key: "MaxLimit", value: String(bytesMax) },
  ]);

/**
 * Reads the body of a request of this operation; `proceed` is called once it is known that it will be read, for clients that wait for leave. Throws BatchError: 400 for headers that make it unreadable, 408 when it does not arrive in time, 411
 * without a length, 413 when it is too long, 503 when too many bodies are held at once.
 */
export async function readBody(
  request: IncomingMessage,
  operation: Operation,
  limits: BodyLimits,
  proceed: () => void,
): Promise<Body> {
  const declared = request.headers["content-length"];
  const chunked = request.headers["transfer-encoding"] !== undefined;
  if (declared === undefined && !chunked) {
    if (operation.requestModel !== undefined && model(operation.requestModel).required.length > 0) {
      throw new BatchError(
        "MissingContentLengthHeader",
        "the request needs a body, and a Content-Length header that tells its length",
      );
    }
    return EMPTY;
  }
  if (declared === "0") return EMPTY;
  const bytesMax = operation.name === "Task_AddCollection" ? COLLECTION_BYTES_MAX : BODY_BYTES_MAX;
  if (declared !== undefined && Number(declared) > bytesMax) throw tooLarge(bytesMax);
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw badHeader("Content-Encoding", encoding, "the body must not be encoded");
  }
  const type = request.headers["content-type"];
  if (operation.requestModel !== undefined && type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw badHeader("Content-Type", type, "the body must be application/json; odata=minimalmetadata");
  }
  proceed();
  return collect(request, bytesMax, limits);
}

function collect(request: IncomingMessage, bytesMax: number, limits: BodyLimits): Promise<Body> {
  const { budget, bodyTimeoutMs } = limits;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let held = 0;
    const release = () => {
      budget.usedBytes -= held;
      held = 0;
    };
    const end = (finish: () => void) => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
      finish();
    };
    const fail = (error: Error) =>
      end(() => {
        release();
        reject(error);
      });
    const onData = (chunk: Buffer) => {
      if (held + chunk.length > bytesMax) return fail(tooLarge(bytesMax));
      if (budget.usedBytes + chunk.length > budget.bytesMax) {
        return fail(
          new BatchError("ServerBusy", "too many request bodies at once; try again", [], { headers: { "Retry-After": "1" } }),
        );
      }
      held += chunk.length;
      budget.usedBytes += chunk.length;
      chunks.push(chunk);
    };
    const onEnd = () => end(() => resolve({ bytes: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, held), release }));
    const onGone = () => fail(new BatchError("InvalidRequestBody", "the request was broken off before its body was complete"));
    const timer = setTimeout(
      () => fail(new BatchError("RequestTimeout", `the request's body did not arrive within ${bodyTimeoutMs} ms`)),
      bodyTimeoutMs,
    );
    request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  });
}

/** The bytes as JSON; undefined for an empty body. Throws InvalidRequestBody. */
export function parseBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) {
    throw new BatchError("InvalidRequestBody", "the request's body is not UTF-8", [
      { key: "Reason", value: "it is not UTF-8" },
    ]);
  }
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  return text.trim() === "" ? undefined : parseJson(text);
}
