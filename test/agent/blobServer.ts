/** A storage service as far as nodes need one: containers in memory, a signature that has to be there, and answers that go wrong when told to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const SIGNATURE = "sv=1&sig=secret%2Bsignature";
/** Blobs in one page of a listing. */
const PAGE = 2;

export class BlobServer {
  readonly blobs = new Map<string, Buffer>();
  /** Requests as `METHOD /path`. */
  readonly requests: string[] = [];
  /** How often a path answers 503 before it answers. */
  readonly busy = new Map<string, number>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async open(): Promise<BlobServer> {
    const blobs = new BlobServer();
    await new Promise<void>((resolve) => blobs.server.listen(0, "127.0.0.1", resolve));
    return blobs;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.origin);
    const path = decodeURIComponent(url.pathname).slice(1);
    this.requests.push(`${request.method} /${path}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const left = this.busy.get(path) ?? 0;
    if (left > 0) {
      this.busy.set(path, left - 1);
      response.writeHead(503).end();
    } else if (path.startsWith("status/")) response.writeHead(Number.parseInt(path.slice(7), 10)).end("no");
    else if (path === "moved") response.writeHead(302, { location: "/public/file" }).end();
    else if (path === "away") response.writeHead(302, { location: "file:///etc/passwd" }).end();
    else if (path === "cut") response.writeHead(200, { "content-length": "100" }).end("short");
    else if (path.startsWith("nothing/")) response.writeHead(404).end();
    else if (path.startsWith("private/") && url.searchParams.get("sig") !== "secret+signature") response.writeHead(403).end();
    else if (request.method === "PUT") this.put(path, request, Buffer.concat(chunks), response);
    else if (url.searchParams.get("comp") === "list") this.list(path, url.searchParams, response);
    else {
      const blob = this.blobs.get(path);
      response.writeHead(blob === undefined ? 404 : 200).end(blob);
    }
  }

  private put(path: string, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const good = request.headers["x-ms-blob-type"] === "BlockBlob" && request.headers["content-length"] === String(body.length);
    if (good) this.blobs.set(path, body);
    response.writeHead(good ? 201 : 400).end();
  }

  private list(container: string, query: URLSearchParams, response: ServerResponse): void {
    const prefix = `${container}/${query.get("prefix") ?? ""}`;
    const names = [...this.blobs.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(container.length + 1));
    const from = Number(query.get("marker") ?? 0);
    const escaped = (name: string) => name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const page = names.slice(from, from + PAGE).map((name) => `<Blob><Name>${escaped(name)}</Name><Properties/></Blob>`);
    const next = from + PAGE < names.length ? String(from + PAGE) : "";
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(
      `<?xml version="1.0"?><EnumerationResults><Blobs>${page.join("")}</Blobs><NextMarker>${next}</NextMarker></EnumerationResults>`,
    );
  }
}
