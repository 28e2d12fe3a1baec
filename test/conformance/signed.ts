/**
 * The smallest client of the service: signs by rule L-60, keeps connections open, never retries. The SDKs wait half a minute after a failure, which is
 * right for them and wrong for a test that kills the service twice a second, and their own cost would hide the service's in a measurement.
 */
import { createHmac } from "node:crypto";
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import type { Ready } from "./serving.ts";

export const API_VERSION = "2022-10-01.16.0";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The body as JSON; throws when it is none. */
  json<T = Record<string, unknown>>(): T;
}

/** A task as it is added. */
export interface NewTask {
  readonly id: string;
  readonly commandLine: string;
  readonly [property: string]: unknown;
}

export class SignedClient {
  readonly service: Ready;
  private readonly agent: Agent;
  private readonly key: Buffer;

  constructor(service: Ready, options: { readonly connections?: number } = {}) {
    this.service = service;
    this.key = Buffer.from(service.key, "base64");
    this.agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 16 });
  }

  /** `path` begins with `/`, percent-encoded as it goes out, with a query or without. Rejects when the connection breaks or after a minute. */
  send(method: string, path: string, body?: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const base = new URL(this.service.endpoint);
    const target = `${path}${path.includes("?") ? "&" : "?"}api-version=${API_VERSION}`;
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const bytes = text === undefined ? undefined : Buffer.from(text);
    const sent: Record<string, unknown> = { ...headers, "ocp-date": new Date().toUTCString() };
    if (bytes !== undefined) sent["content-type"] = "application/json; odata=minimalmetadata; charset=utf-8";
    if (bytes !== undefined || method === "POST") sent["content-length"] = String(bytes?.length ?? 0);
    sent.authorization = `SharedKey ${this.service.account}:${this.signature(method, target, sent)}`;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          method,
          hostname: base.hostname,
          port: base.port,
          path: target,
          headers: sent as OutgoingHttpHeaders,
          agent: this.agent,
        },
        (incoming) => {
          const pieces: Buffer[] = [];
          incoming.on("data", (piece: Buffer) => pieces.push(piece));
          incoming.once("error", reject);
          incoming.once("aborted", () => reject(new Error("the answer was cut off")));
          incoming.once("end", () => {
            const whole = Buffer.concat(pieces);
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              bytes: whole,
              json: <T>() => JSON.parse(whole.toString("utf8")) as T,
            });
          });
        },
      );
      outgoing.setTimeout(60_000, () => outgoing.destroy(new Error(`no answer to ${method} ${path} within a minute`)));
      outgoing.once("error", reject);
      outgoing.end(bytes);
    });
  }

  /** As `send`, but any other status than those expected is an error that shows the body. */
  async expect(statuses: number | readonly number[], method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.send(method, path, body);
    if ([statuses].flat().includes(answer.status)) return answer;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.bytes.toString("utf8").slice(0, 1000)}`);
  }

  /** Adds up to 100 tasks and returns the ids now in the job: added, or there already. */
  async addTasks(job: string, tasks: readonly NewTask[]): Promise<string[]> {
    const answer = await this.expect(200, "POST", `/jobs/${job}/addtaskcollection`, { value: tasks });
    const { value } = answer.json<{ value: { status: string; taskId: string; error?: { code: string } }[] }>();
    const refused = value.filter(({ status, error }) => status.toLowerCase() !== "success" && error?.code !== "TaskExists");
    if (refused.length > 0) throw new Error(`tasks were refused: ${JSON.stringify(refused[0])}`);
    return value.map(({ taskId }) => taskId);
  }

  /** All items of a list, following the links. */
  async list<T = Record<string, unknown>>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const page: { value: T[]; "odata.nextLink"?: string } = (await this.expect(200, "GET", next)).json();
      items.push(...page.value);
      const link: string | undefined = page["odata.nextLink"];
      next = link === undefined ? undefined : withoutVersion(link);
    }
    return items;
  }

  close(): void {
    this.agent.destroy();
  }

  private signature(method: string, target: string, headers: Readonly<Record<string, unknown>>): string {
    const value = (name: string) => String(headers[name] ?? "");
    const lines = ["content-encoding", "content-language", "content-length", "content-md5", "content-type", "date"];
    lines.push("if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range");
    const ocp = Object.keys(headers).filter((name) => name.startsWith("ocp-"));
    const [path, query] = splitOnce(target, "?");
    const parameters = query.split("&").map((pair) => splitOnce(pair, "=").map((part) => decodeURIComponent(part)));
    const text = [
      method,
      ...lines.map(value),
      ...ocp.sort().map((name) => `${name}:${value(name)}`),
      `/${this.service.account}${path}`,
      ...parameters.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, content]) => `${name}:${content}`),
    ].join("\n");
    return createHmac("sha256", this.key).update(text, "utf8").digest("base64");
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Path and query of a link, without the version that `send` adds again. */
function withoutVersion(link: string): string {
  const { pathname, search } = new URL(link);
  const query = search.slice(1).split("&");
  return `${pathname}?${query.filter((pair) => !pair.startsWith("api-version=")).join("&")}`;
}
