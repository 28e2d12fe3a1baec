/**
 * Application packages as their publisher works: zip files made on the spot, and Azure's own unmodified clients for managing (`@azure/arm-batch`) and for
 * uploading (`@azure/storage-blob`), pointed at a running service.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { BatchManagementClient } from "@azure/arm-batch";
import { BlockBlobClient } from "@azure/storage-blob";
import { ZipFile } from "yazl";
import type { Served } from "../serve/servedProcess.ts";

const SUBSCRIPTION = "00000000-0000-4000-8000-000000000001";
const GROUP = "weir";

/** An entry of a zip file: its content, and its mode if it is not 0644. */
export type Entry = string | { readonly content: string; readonly mode: number };

/** A zip file with these entries. */
export async function zipOf(entries: Readonly<Record<string, Entry>>): Promise<Buffer> {
  const file = new ZipFile();
  for (const [name, entry] of Object.entries(entries)) {
    const { content, mode } = typeof entry === "string" ? { content: entry, mode: 0o100644 } : entry;
    if (name.endsWith("/")) file.addEmptyDirectory(name, { mode });
    else file.addBuffer(Buffer.from(content, "latin1"), name, { mode });
  }
  file.end();
  const pieces: Buffer[] = [];
  file.outputStream.on("data", (piece: Buffer) => pieces.push(piece));
  await once(file.outputStream, "end");
  return Buffer.concat(pieces);
}

/** The same bytes with one name changed to another of equal length: what no honest writer would make. */
export function renamed(zip: Buffer, from: string, to: string): Buffer {
  const bytes = Buffer.from(zip);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
  return bytes;
}

/** The client gives no token to a server without HTTPS; on this machine's own wire nobody listens. */
function withoutTls({ pipeline }: BatchManagementClient, token: string): void {
  pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  pipeline.addPolicy({
    name: "token",
    sendRequest: (asked, next) => {
      asked.headers.set("Authorization", `Bearer ${token}`);
      return next(asked);
    },
  });
}

/** Applications and packages of the first account of a service. */
export class Publisher {
  readonly client: BatchManagementClient;
  private readonly account: string;

  private constructor(client: BatchManagementClient, account: string) {
    this.client = client;
    this.account = account;
  }

  /** Gets itself a management token, as a program that publishes would. */
  static async of(server: Served): Promise<Publisher> {
    const { endpoint, account, certificate } = server.document;
    const resource = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.Batch/batchAccounts/${account}`;
    const asked = await server.ask("POST", `${resource}/issueToken`, { audience: "https://management.azure.com/" });
    const { token } = asked.body as { token: string };
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const trust = certificate === null ? {} : { tlsOptions: { ca: readFileSync(certificate, "utf8") } };
    const options = { endpoint, allowInsecureConnection: true, retryOptions: { maxRetries: 0 }, ...trust };
    const client = new BatchManagementClient(credential, SUBSCRIPTION, options);
    if (certificate === null) withoutTls(client, token);
    return new Publisher(client, account);
  }

  readonly application = {
    create: (id: string, parameters: object = {}) =>
      this.client.applicationOperations.create(GROUP, this.account, id, { parameters }),
    update: (id: string, parameters: object) => this.client.applicationOperations.update(GROUP, this.account, id, parameters),
    get: (id: string) => this.client.applicationOperations.get(GROUP, this.account, id),
    delete: (id: string) => this.client.applicationOperations.delete(GROUP, this.account, id),
    list: (maxresults?: number) =>
      all(this.client.applicationOperations.list(GROUP, this.account, maxresults === undefined ? {} : { maxresults })),
  };

  readonly package = {
    create: (id: string, version: string) => this.client.applicationPackageOperations.create(GROUP, this.account, id, version),
    activate: (id: string, version: string) =>
      this.client.applicationPackageOperations.activate(GROUP, this.account, id, version, { format: "zip" }),
    get: (id: string, version: string) => this.client.applicationPackageOperations.get(GROUP, this.account, id, version),
    delete: (id: string, version: string) => this.client.applicationPackageOperations.delete(GROUP, this.account, id, version),
    list: (id: string) => all(this.client.applicationPackageOperations.list(GROUP, this.account, id)),
  };

  /** All the way: application, version, upload, activation. */
  async publish(id: string, version: string, entries: Readonly<Record<string, Entry>>): Promise<void> {
    await this.application.create(id);
    await this.upload(id, version, await zipOf(entries));
    await this.package.activate(id, version);
  }

  /** Makes the version and uploads bytes to it, whatever they are. */
  async upload(id: string, version: string, bytes: Buffer): Promise<void> {
    const { storageUrl } = await this.package.create(id, version);
    await new BlockBlobClient(storageUrl ?? "").uploadData(bytes);
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** `status code` of what a management client throws; fails when it does not. */
export async function refusedWith(request: Promise<unknown>): Promise<string> {
  try {
    await request;
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    if (statusCode === undefined) throw error;
    return `${statusCode} ${code}`;
  }
  throw new Error("it was not refused");
}

/** How often packages were unpacked on nodes, by `pool/package`, as the service's metrics count. */
export const installations = (server: Served): Promise<Record<string, number>> =>
  counted(server, "weir_package_installations_total");

/** Bytes of the zip files that nodes have got, by `pool/package`: of each as often as a node has got it. */
export const installedBytes = (server: Served): Promise<Record<string, number>> => counted(server, "weir_package_bytes_total");

async function counted(server: Served, metric: string): Promise<Record<string, number>> {
  const { text } = await server.ask("GET", "/metrics");
  const found: Record<string, number> = {};
  for (const [, name, pool, directory, count] of text.matchAll(/^(\w+)\{pool="([^"]*)",package="([^"]*)"\} (\d+)$/gm))
    if (name === metric) found[`${pool}/${directory}`] = Number(count);
  return found;
}
