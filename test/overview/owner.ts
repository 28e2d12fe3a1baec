/**
 * A service with several accounts as its owner works it: managing requests signed by the first account, clients of the other accounts with their own
 * keys or tokens, and the `weir` command. Everything goes over the wire or through a process.
 */
import { request as httpRequest } from "node:http";
import { type Answer, ask } from "../../runtime/serve/client.ts";
import { type Ran, Workplace } from "../cli/weir.ts";
import type { Served } from "../serve/servedProcess.ts";

/** Where everything of these tests is. */
export const PLACE = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/weir/providers";

/** Path of an account's resource. */
export const accountPath = (name: string): string => `${PLACE}/Microsoft.Batch/batchAccounts/${name}`;

/** An account with one of its keys: asks as any client does. */
export class Tenant {
  readonly name: string;
  private readonly endpoint: string;
  readonly key: string;
  private readonly ca: string | undefined;

  /** `ca`: certificate of a server that speaks HTTPS. */
  constructor(endpoint: string, name: string, key: string, ca?: string) {
    this.endpoint = endpoint;
    this.name = name;
    this.key = key;
    this.ca = ca;
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const account = { name: this.name, key: this.key };
    const ca = this.ca === undefined ? {} : { ca: this.ca };
    return ask({ endpoint: this.endpoint, account, ...ca }, method, path, body);
  }

  /** Asks for what must not fail; its body. */
  async get<Body = Record<string, never>>(path: string): Promise<Body> {
    return must(`GET ${path}`, await this.ask("GET", path)) as Body;
  }

  async post(path: string, body: unknown): Promise<void> {
    must(`POST ${path}`, await this.ask("POST", path, body));
  }
}

/** The body of an answer that had to be a good one. */
export function must(what: string, { status, text, body }: Answer): unknown {
  if (status < 300) return body;
  throw new Error(`${what}: ${status} ${text}`);
}

/** Who holds the first account's key. */
export class Owner {
  readonly server: Served;
  readonly workplace: Workplace;

  /** `workplace`: where the command runs; a new folder unless there is one already. */
  constructor(server: Served, workplace: Workplace = new Workplace()) {
    this.server = server;
    this.workplace = workplace;
  }

  get endpoint(): string {
    return this.server.document.endpoint;
  }

  /** A management request, signed by the first account. */
  manage(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.server.ask(method, path, body);
  }

  /** Makes an account and gives a client of it, with its primary key. */
  async account(name: string, properties: object = {}): Promise<Tenant> {
    must(`making ${name}`, await this.manage("PUT", accountPath(name), { location: "local", properties }));
    return await this.tenant(name);
  }

  async tenant(name: string): Promise<Tenant> {
    const keys = must("keys", await this.manage("POST", `${accountPath(name)}/listKeys`)) as { primary: string };
    return new Tenant(this.endpoint, name, keys.primary);
  }

  /** Runs `weir` as the owner's shell would: the service is known by the Azure CLI's variables. */
  weir(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
    const { endpoint, account, key } = this.server.document;
    const known = { AZURE_BATCH_ENDPOINT: endpoint, AZURE_BATCH_ACCOUNT: account, AZURE_BATCH_ACCESS_KEY: key };
    return this.workplace.weir(args, { env: { ...known, ...env } });
  }

  /** Runs `weir --json`, which must succeed; its document. */
  weirJson<Document = Record<string, never>>(args: readonly string[], env: Readonly<Record<string, string>> = {}): Document {
    const { code, stdout, stderr } = this.weir(["--json", ...args], env);
    if (code !== 0) throw new Error(`weir ${args.join(" ")}: ${code} ${stderr}`);
    return JSON.parse(stdout) as Document;
  }
}

/** A request with a token instead of a signature. `host`: what the client writes into its Host header. */
export function bearer(
  endpoint: string,
  token: string,
  path: string,
  options: { readonly host?: string; readonly method?: string; readonly body?: unknown } = {},
): Promise<Answer> {
  const { method = "GET", body, host } = options;
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...(host === undefined ? {} : { host }) };
  if (bytes !== undefined) headers["content-type"] = "application/json; odata=minimalmetadata";
  return new Promise((resolve, reject) => {
    const url = `${endpoint}${path}${path.includes("?") ? "&" : "?"}api-version=2021-06-01.14.0`;
    const request = httpRequest(url, { method, headers }, async (response) => {
      let text = "";
      for await (const part of response) text += String(part);
      const status = response.statusCode ?? 0;
      resolve({ status, text, body: text.startsWith("{") ? JSON.parse(text) : undefined });
    });
    request.on("error", reject);
    request.end(bytes);
  });
}

/** The code of a refusal, in either of the two shapes. */
export function codeOf({ status, body }: Answer): string {
  const { code, error } = (body ?? {}) as { code?: string; error?: { code?: string } };
  return `${status} ${code ?? error?.code}`;
}
