/**
 * The HTTP door of the service. A request's life, in order; each step can end it with the service's own error:
 *
 *   request line → too many in flight? → guard → route → reach of a task's token → version, query, conditions, range → body → handler → reply
 *
 * Nothing of a body is read for a caller that was not let in. What a handler throws is either an answer (BatchError) or our mistake: 500, logged with the
 * request's id. The door holds a bounded number of requests, bodies and connections and tells the rest to come again.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Failed, Overloaded, Stopped } from "../host/service.ts";
import type { Log } from "../providers/log.ts";
import { BodyBudget, parseBody, readBody } from "./body.ts";
import type { Call, Handler, JsonObject } from "./call.ts";
import { readConditions } from "./conditions.ts";
import { decode } from "./decode.ts";
import { BatchError } from "./errors.ts";
import { standaloneFacts } from "./accountFacts.ts";
import { type Caller, checkReach, Guard, type ReadDirectoryToken, type ServedAccount } from "./guard.ts";
import type { Operation, OperationId } from "./operations.ts";
import { answerBrokenRequests, endUnread } from "./brokenRequests.ts";
import { readQuery, readRange } from "./request.ts";
import { queryOf, requestLine } from "./requestLine.ts";
import { type Context, contextOf, sendError, sendReply, setCommonHeaders, settled } from "./respond.ts";
import { route } from "./router.ts";
import { model } from "./schema.ts";
import { Throttle } from "./throttle.ts";

/** A path beside the Batch operations: health, metrics, administration, a page. */
export interface OtherPath {
  /** The whole path, with a `/` at its end all paths below it, or a pattern for the path as it stands on the request line. */
  readonly path: string | RegExp;
  /** Asked only of callers that the guard let in; a task's token does not open these. */
  readonly isSigned: boolean;
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller | undefined): void | Promise<void>;
}

/** What became of one request, for logs and metrics. Lengths of time are real milliseconds. */
export interface RequestSummary {
  readonly requestId: string;
  readonly method: string;
  /** Without the query, as on the request line. */
  readonly path: string;
  readonly operation: OperationId | undefined;
  readonly account: string | undefined;
  readonly status: number;
  /** Of an answer that is an error. */
  readonly code: string | undefined;
  readonly durationMs: number;
}

/** Connections at once; more are closed as they come. */
const CONNECTIONS_MAX = 12_000;

/** What the door serves, and how much of it at a time. */
export interface BatchServerOptions {
  /** Read anew at every request: accounts come and go. */
  readonly accounts: readonly ServedAccount[];
  /** Reads tokens of a directory; without it there are none. */
  readonly readToken?: ReadDirectoryToken;
  readonly handlers: Partial<Record<OperationId, Handler>>;
  readonly log?: Log;
  readonly onRequest?: (summary: RequestSummary) => void;
  readonly others?: readonly OtherPath[];
  /** PEM; given, the door speaks HTTPS only. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Requests a second that one account may make (L-73). Default: as many as can be worked on. */
  readonly requestsPerSecond?: number;
  /** Requests worked on at once. Default 1,000. */
  readonly inFlightMax?: number;
  /** Bytes of request bodies held at once. Default 64 MB. */
  readonly bodyBytesMax?: number;
  /** Longest wait for a request's headers, and for its body after that, milliseconds. Default 20,000 and 60,000. */
  readonly headersTimeoutMs?: number;
  readonly bodyTimeoutMs?: number;
  /** Real time, milliseconds since 1970; for tests. */
  readonly realNow?: () => number;
}

/** The door, open or not. */
export interface BatchServer {
  /** Begins to listen; resolves with the URL clients use. Port 0: any that is free. Rejects with the system's error. */
  listen(port: number, host?: string): Promise<string>;
  /** Takes no more connections, lets requests in flight end for at most `graceMs` (default 5,000), closes the rest. */
  close(graceMs?: number): Promise<void>;
  /** Requests worked on now. */
  readonly inFlight: number;
  readonly url: string;
}

/** Makes the door; it listens when told to. */
export function createBatchServer(options: BatchServerOptions): BatchServer {
  return new Door(options);
}

class Door implements BatchServer {
  inFlight = 0;
  url = "";
  private readonly options: BatchServerOptions;
  private readonly guard: Guard;
  private readonly budget: BodyBudget;
  private readonly throttle: Throttle | undefined;
  private readonly server: Server;
  private readonly realNow: () => number;
  private readonly log: Log;
  private isClosing = false;

  constructor(options: BatchServerOptions) {
    this.options = options;
    this.realNow = options.realNow ?? Date.now;
    this.log = options.log ?? (() => {});
    this.guard = new Guard(options.accounts, this.realNow, options.readToken);
    this.throttle = options.requestsPerSecond === undefined ? undefined : new Throttle(options.requestsPerSecond);
    this.budget = new BodyBudget(options.bodyBytesMax ?? 64 * 1_048_576);
    const headersTimeout = options.headersTimeoutMs ?? 20_000;
    const settings = {
      headersTimeout,
      // The body has a time of its own, see readBody; this one is for what never gets so far.
      requestTimeout: headersTimeout + (options.bodyTimeoutMs ?? 60_000) + 10_000,
      keepAliveTimeout: 65_000,
      // Node's own answer to a missing Host has no body that clients can read; links then lead to the door's own address.
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(5_000, headersTimeout),
    };
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.answer(request, response);
    const { tls } = options;
    this.server = tls === undefined ? createHttpServer(settings, answer) : createHttpsServer({ ...settings, ...tls }, answer);
    // Whoever does not take an answer for so long does not want it.
    this.server.setTimeout(120_000);
    this.server.maxConnections = CONNECTIONS_MAX;
    // Who waits for leave before sending 100 MB is told no before it has sent them.
    this.server.on("checkContinue", answer);
    answerBrokenRequests(this.server, () => this.realNow());
  }

  listen(port: number, host = "127.0.0.1"): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, host, 4096, () => {
        this.server.off("error", reject);
        const { port: bound } = this.server.address() as AddressInfo;
        this.url = `${this.options.tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${bound}`;
        resolve(this.url);
      });
    });
  }

  close(graceMs = 5_000): Promise<void> {
    this.isClosing = true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.server.closeAllConnections(), graceMs);
      this.server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      this.server.closeIdleConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const context = contextOf(request, this.options.tls !== undefined, this.url);
    const about: About = { operation: undefined, account: undefined, code: undefined };
    this.inFlight++;
    try {
      setCommonHeaders(request, response, context);
      endUnread(request, response);
      await this.work(request, response, context, about);
    } catch (error) {
      const answer = this.asAnswer(error, request, context);
      about.code = answer.code;
      sendError(response, answer, context, this.realNow());
    } finally {
      await settled(response);
      this.inFlight--;
      // A connection that was busy when the door began to close is idle now.
      if (this.isClosing) setImmediate(() => this.server.closeIdleConnections());
      this.options.onRequest?.({
        requestId: context.requestId,
        method: request.method ?? "",
        path: (request.url ?? "").split("?", 1)[0].slice(0, 500),
        operation: about.operation?.name as OperationId | undefined,
        account: about.account,
        status: response.statusCode,
        code: about.code,
        durationMs: performance.now() - began,
      });
    }
  }

  private async work(request: IncomingMessage, response: ServerResponse, context: Context, about: About): Promise<void> {
    const line = requestLine(request.url ?? "/");
    const method = request.method ?? "GET";
    const other = this.options.others?.find(({ path }) => isAt(path, line.rawPath));
    // Health is asked after most when there is much to do.
    const isOpen = other !== undefined && !other.isSigned;
    if (!isOpen && this.inFlight > (this.options.inFlightMax ?? 1_000)) throw busy("too many requests at once");
    if (other !== undefined) {
      const caller = other.isSigned ? await this.guard.admit(method, line, request.headers) : undefined;
      if (caller !== undefined) checkReach(caller.onlyJob, {});
      await other.handle(request, response, caller);
      return;
    }
    const caller = await this.guard.admit(method, line, request.headers);
    about.account = caller.account.name;
    this.throttle?.take(caller.account.name, this.realNow());
    const { operation, path } = route(method, line);
    about.operation = operation;
    checkReach(caller.onlyJob, path);
    const { version, query, page } = readQuery(operation, queryOf(line));
    const conditions = readConditions(operation, request.headers);
    const range = readRange(operation, request.headers);
    const handler = this.options.handlers[operation.name as OperationId];
    if (handler === undefined) {
      throw new BatchError("OperationInvalidForCurrentState", `${operation.name} is not available on this service`);
    }
    const proceed = () => {
      if (request.headers.expect !== undefined) response.writeContinue();
    };
    const body = await this.body(request, operation, proceed);
    try {
      const { account, onlyJob } = caller;
      const call: Call = {
        operation,
        version,
        path,
        query,
        conditions,
        ...(range === undefined ? {} : { range }),
        ...(body.value === undefined ? {} : { body: body.value }),
        account: { name: account.name, url: context.base, ...(account.facts ?? standaloneFacts(account.service.records)) },
        ...(onlyJob === undefined ? {} : { onlyJob }),
        service: account.service,
        files: account.files,
        ...(account.logins === undefined ? {} : { logins: account.logins }),
      };
      const reply = await handler(call);
      const warning = reply.headers?.Warning;
      if (warning !== undefined) this.log("warn", "answeredWithWarning", { operation: operation.name, warning });
      await sendReply(response, reply, operation, line, page, context);
    } finally {
      body.release();
    }
  }

  private async body(
    request: IncomingMessage,
    operation: Operation,
    proceed: () => void,
  ): Promise<{ value: JsonObject | undefined; release(): void }> {
    const { requestModel } = operation;
    const limits = { budget: this.budget, bodyTimeoutMs: this.options.bodyTimeoutMs ?? 60_000 };
    const body = await readBody(request, operation, limits, proceed);
    try {
      if (requestModel === undefined) return { value: undefined, release: body.release };
      const parsed = parseBody(body.bytes);
      // A body may be left out where nothing in it is required.
      if (parsed === undefined && model(requestModel).required.length === 0) return { value: undefined, release: body.release };
      return { value: decode(requestModel, parsed ?? {}), release: body.release };
    } catch (error) {
      body.release();
      throw error;
    }
  }

  /** What a throw means to the caller. */
  private asAnswer(error: unknown, request: IncomingMessage, context: Context): BatchError {
    if (error instanceof BatchError) return error;
    if (error instanceof Overloaded) return busy("the service has more to do than it can take on", error.retryAfterSeconds);
    if (error instanceof Stopped) return busy("the service is stopping");
    const path = (request.url ?? "").split("?", 1)[0].slice(0, 500);
    // The client went away while it was answered: nothing to tell anybody.
    if (request.socket.destroyed)
      this.log("debug", "requestBrokenOff", { requestId: context.requestId, method: request.method, path });
    else this.log("error", "requestFailed", { requestId: context.requestId, method: request.method, path, error });
    if (error instanceof Failed) return new BatchError("InternalError", "the service has failed and must be started anew");
    return new BatchError(
      "InternalError",
      "something went wrong inside the service; its log tells more under this request's id",
    );
  }
}

function isAt(place: string | RegExp, path: string): boolean {
  if (typeof place !== "string") return place.test(path);
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

interface About {
  operation: Operation | undefined;
  account: string | undefined;
  code: string | undefined;
}

const busy = (why: string, seconds = 1) =>
  new BatchError("ServerBusy", `${why}; try again in ${seconds} s`, [], { headers: { "Retry-After": String(seconds) } });
