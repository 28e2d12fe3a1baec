/** A server under test: its own door on a free port of loopback, with handlers of the test's choosing, and a client that signs. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { Handler } from "../../runtime/rest/call.ts";
import type { ServedAccount } from "../../runtime/rest/guard.ts";
import type { OperationId } from "../../runtime/rest/operations.ts";
import { type BatchServer, type BatchServerOptions, createBatchServer } from "../../runtime/rest/server.ts";
import { signedHeaders } from "../../runtime/rest/sharedKey.ts";

/** First key of the account. */
export const KEY = Buffer.alloc(64, 7).toString("base64");
/** Its other key. */
export const SECOND_KEY = Buffer.alloc(64, 9).toString("base64");
/** Query parameter that every request needs. */
export const VERSION = "api-version=2022-10-01.16.0";

/** What a door's handlers do not need: most tests never touch the service behind it. */
export const account = (more: Partial<ServedAccount> = {}): ServedAccount => ({
  name: "acct",
  keys: [KEY, SECOND_KEY],
  service: { records: undefined } as never,
  files: undefined as never,
  ...more,
});

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape.
  readonly json: any;
}

/** What a request has beside its path. */
interface Asking {
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly key?: string;
  readonly account?: string;
  readonly at?: Date;
  /** Changes the request after it was signed. */
  readonly tamper?: (request: { path: string; headers: Record<string, string> }) => void;
  /** Replaces all signing. */
  readonly authorization?: string | null;
}

/** One server; `open` it, and close `server` when done. */
export class TestDoor {
  readonly server: BatchServer;
  readonly logged: { level: string; event: string; fields: Readonly<Record<string, unknown>> }[] = [];
  url = "";

  constructor(handlers: Partial<Record<OperationId, Handler>>, options: Partial<BatchServerOptions> = {}) {
    this.server = createBatchServer({
      accounts: [account()],
      handlers,
      log: (level, event, fields = {}) => this.logged.push({ level, event, fields: { ...fields } }),
      ...options,
    });
  }

  async open(): Promise<this> {
    this.url = await this.server.listen(0);
    return this;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Asks with a signature; `path` with its query, or a whole URL. */
  ask(path: string, asking: Asking = {}): Promise<Answer> {
    const url = path.startsWith("http") ? path : this.url + path;
    const method = asking.method ?? "GET";
    const body = asking.body === undefined ? undefined : Buffer.from(asking.body);
    const headers = signedHeaders({
      account: asking.account ?? "acct",
      key: asking.key ?? KEY,
      method,
      url,
      at: asking.at ?? new Date(),
      ...(body === undefined ? {} : { bodyBytes: body.length }),
      ...(asking.headers === undefined ? {} : { headers: asking.headers }),
    });
    if (asking.authorization === null) delete headers.authorization;
    else if (asking.authorization !== undefined) headers.authorization = asking.authorization;
    const { pathname, search } = new URL(url);
    const sent = { path: pathname + search, headers };
    asking.tamper?.(sent);
    return this.send(method, sent.path, sent.headers, body);
  }

  send(method: string, path: string, headers: Record<string, string>, body?: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ port: this.port, host: "127.0.0.1", method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = response.headers["content-type"]?.startsWith("application/json") === true && text !== "";
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text,
            json: isJson ? JSON.parse(text) : undefined,
          });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  /** A signed request as text, without the empty line at its end: more headers, that line and the body are the caller's. */
  head(method: string, target: string, headers: Record<string, string> = {}): string {
    const url = this.url + target;
    const bodyBytes = headers["content-length"] === undefined ? {} : { bodyBytes: Number(headers["content-length"]) };
    const signed = signedHeaders({ account: "acct", key: KEY, method, url, at: new Date(), headers, ...bodyBytes });
    const lines = Object.entries({ host: new URL(url).host, ...signed }).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${target} HTTP/1.1\r\n${lines.join("")}`;
  }

  /** Sends bytes as they are and gives all that comes back until the connection ends. */
  raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, "127.0.0.1", () => socket.write(bytes));
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      socket.on("error", reject);
      socket.on("close", () => resolve(text));
    });
  }
}
