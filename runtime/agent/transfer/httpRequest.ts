/**
 * One HTTP request of a node, as plain as it goes: any port (`fetch` bars some that storage may well listen on), content as the server stores it (nothing
 * is unpacked on the way, so a gzip file stays one), redirections followed for reads. Whoever asked reads the answer's body to its end or drops it.
 */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import { countTraffic } from "./traffic.ts";

/** What is sent. */
export interface Sending {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent whole, or piece by piece; `content-length` is the sender's care for the latter. */
  readonly body?: string | Readable;
  /** PEM of a self-made certificate to trust. */
  readonly ca?: string | undefined;
}

/** As many as browsers follow. */
const REDIRECTIONS_MAX = 20;
const REDIRECTIONS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends once and gives the answer's head with its body still to come. `touch` is called when a piece of the body leaves. Rejects with the system's
 * error, with what `signal` was aborted with, or with an Error for a URL or redirection that cannot be followed.
 */
export async function send(url: string, sending: Sending, signal: AbortSignal, touch: () => void): Promise<IncomingMessage> {
  let at = new URL(url);
  for (let round = 0; ; round++) {
    const response = await once(at, sending, signal, touch);
    const { location } = response.headers;
    const isMoved = REDIRECTIONS.has(response.statusCode ?? 0) && location !== undefined;
    if (!isMoved || (sending.method ?? "GET") !== "GET") return response;
    response.resume();
    if (round === REDIRECTIONS_MAX) throw new Error("the redirections do not end");
    at = URL.canParse(location, at.href) ? new URL(location, at) : refuse("it leads to no URL");
    if (at.protocol !== "http:" && at.protocol !== "https:") refuse("it leads to something that is no http or https URL");
  }
}

function refuse(why: string): never {
  throw new Error(`a redirection cannot be followed: ${why}`);
}

function once(url: URL, sending: Sending, signal: AbortSignal, touch: () => void): Promise<IncomingMessage> {
  const { method = "GET", headers = {}, body, ca } = sending;
  return new Promise((resolve, reject) => {
    const options: RequestOptions = { method, headers: { ...headers }, signal };
    // User and password of a URL are sent along by node itself.
    const request =
      url.protocol === "https:"
        ? httpsRequest(url, { ...options, ...(ca === undefined ? {} : { ca }) })
        : httpRequest(url, options);
    countTraffic(request);
    // More than once: what breaks after the answer has begun is told to its reader.
    request.on("error", reject);
    request.once("response", (response) => {
      // A body that breaks off is told to whoever reads it; nobody may be reading.
      response.on("error", () => {});
      resolve(response);
    });
    if (body === undefined || typeof body === "string") {
      request.end(body);
      return;
    }
    body.on("error", (error) => {
      reject(error);
      request.destroy();
    });
    body.on("data", touch);
    request.once("close", () => body.destroy());
    body.pipe(request);
  });
}
