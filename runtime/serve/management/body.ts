/** The body of a management request: at most a megabyte of JSON, an object, that has to arrive in time. */
import type { IncomingMessage } from "node:http";
import { type Json, ManagementError } from "./route.ts";

const BYTES_MAX = 1_048_576;
const WAIT_MS = 30_000;

/** Reads it; `{}` when there is none. Throws ManagementError 400, 408, 413. */
export async function readJson(request: IncomingMessage): Promise<Json> {
  const text = (await readBytes(request)).toString("utf8");
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ManagementError(400, "InvalidRequestContent", "the body is no JSON document");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ManagementError(400, "InvalidRequestContent", "the body must be a JSON object");
  return value as Json;
}

/** Reads the bytes of a body of at most `bytesMax`. Throws ManagementError 408, 413. */
export function readBytes(request: IncomingMessage, bytesMax = BYTES_MAX): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    const end = (error: ManagementError | undefined) => {
      clearTimeout(timer);
      request.removeAllListeners("data");
      if (error === undefined) resolve(Buffer.concat(parts));
      else reject(error);
    };
    const timer = setTimeout(() => end(new ManagementError(408, "RequestTimeout", "the body did not arrive in time")), WAIT_MS);
    if (Number(request.headers["content-length"] ?? 0) > bytesMax) {
      end(tooLarge(bytesMax));
      return;
    }
    request.on("data", (part: Buffer) => {
      length += part.length;
      if (length > bytesMax) end(tooLarge(bytesMax));
      else parts.push(part);
    });
    request.once("end", () => end(undefined));
    request.once("error", () => end(new ManagementError(400, "InvalidRequestContent", "the body broke off")));
  });
}

const tooLarge = (bytesMax: number) =>
  new ManagementError(413, "RequestEntityTooLarge", `the body is larger than ${bytesMax} bytes`);
