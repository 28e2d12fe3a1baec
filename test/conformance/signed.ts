/**
 * The smallest client of the service: signs by rule L-60, keeps connections open, never retries. The SDKs wait half a minute after a failure, which is
 * right for them and wrong for a test that kills the service twice a second, and their own cost would hide the service's in a measurement.
 */
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { signedHeaders } from "../../runtime/rest/sharedKey.ts";
import { API_VERSION } from "../../runtime/serve/client.ts";
import type { Ready } from "../support/serveProcess.ts";

/** An answer, whatever its status. */
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

const CONNECTIONS = 16;

/** A client of one service; `close` it. */
export class SignedClient {
  private readonly service: Ready;
  private readonly agent: Agent;

  constructor(service: Ready) {
    this.service = service;
    this.agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  }

  /** `path` begins with `/`, percent-encoded as it goes out, with a query or without. Rejects when the connection breaks or after a minute. */
  send(method: string, path: string, body?: unknown): Promise<Answer> {
    const base = new URL(this.service.endpoint);
    const target = `${path}${path.includes("?") ? "&" : "?"}api-version=${API_VERSION}`;
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const { account, key } = this.service;
    const sized = bytes === undefined && method !== "POST" ? {} : { bodyBytes: bytes?.length ?? 0 };
    const signed = signedHeaders({ account, key, method, url: base.origin + target, at: new Date(), ...sized });
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { method, hostname: base.hostname, port: base.port, path: target, headers: signed, agent: this.agent },
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
}

/** Path and query of a link, without the version that `send` adds again. */
function withoutVersion(link: string): string {
  const { pathname, search } = new URL(link);
  const query = search.slice(1).split("&");
  return `${pathname}?${query.filter((pair) => !pair.startsWith("api-version=")).join("&")}`;
}
