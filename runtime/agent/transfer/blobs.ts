/**
 * As much of the Blob service's REST API as a node needs: list a container, put a blob; access by the signature in the container's URL (SAS) or none. Also
 * what a blob of a container is called as a URL.
 */
import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { Sending } from "./httpRequest.ts";
import { exchange, TransferError } from "./transfer.ts";

/** Of 2019-12-12 or later, where one request may carry 5,000 MiB. */
const BLOB_VERSION = "2020-10-02";
/** A file larger than this goes up in blocks, so that a lost connection costs one of them. */
const SINGLE_BYTES_MAX = 256 * 1024 * 1024;
const BLOCK_BYTES = 64 * 1024 * 1024;
/** A page of a listing; the service answers at most 5,000 blobs. */
const LISTING_CHARACTERS_MAX = 64 * 1024 * 1024;

/** URL of a blob; `name` may hold `/` and anything else. */
export function blobUrl(containerUrl: string, name: string): string {
  const url = new URL(containerUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${name.split("/").map(encodeURIComponent).join("/")}`;
  return url.href;
}

/** Names of the blobs whose name begins with `prefix`, page by page. Throws a TransferError. */
export async function* listBlobs(containerUrl: string, prefix: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  let marker = "";
  do {
    const url = new URL(containerUrl);
    url.searchParams.set("restype", "container");
    url.searchParams.set("comp", "list");
    if (prefix !== "") url.searchParams.set("prefix", prefix);
    if (marker !== "") url.searchParams.set("marker", marker);
    const sending = () => ({ headers: { "x-ms-version": BLOB_VERSION } });
    const page = await exchange({ url: url.href, sending, signal }, readText);
    const names: string[] = [];
    for (const [, encoded, name] of page.matchAll(/<Blob>\s*<Name( Encoded="true")?>([^<]*)<\/Name>/g)) {
      names.push(encoded === undefined ? plainText(name) : decodeURIComponent(plainText(name)));
    }
    yield names;
    marker = plainText(/<NextMarker>([^<]*)<\/NextMarker>/.exec(page)?.[1] ?? "");
  } while (marker !== "");
}

async function readText(response: IncomingMessage, touch: () => void): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    touch();
    text += chunk;
    if (text.length > LISTING_CHARACTERS_MAX)
      throw new TransferError({ status: "unreachable", reason: "the listing does not end" });
  }
  return text;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function plainText(xml: string): string {
  return xml.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (all, hex, decimal, name) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : all;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : all;
  });
}

/** A file as a blob. */
interface BlobUpload {
  readonly path: string;
  readonly size: number;
  readonly signal: AbortSignal;
  /** What the blob is to be stored with: content type, metadata. */
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM of a self-made certificate to trust. */
  readonly ca?: string | undefined;
}

/** Uploads a file as a block blob; what is there is replaced. Throws a TransferError, or what reading the file gives. */
export async function putBlob(url: string, { path, size, signal, headers = {}, ca }: BlobUpload): Promise<void> {
  if (size <= SINGLE_BYTES_MAX) {
    await put(url, { path, start: 0, size, headers: { ...headers, "x-ms-blob-type": "BlockBlob" }, ca }, signal);
    return;
  }
  const ids: string[] = [];
  for (let start = 0; start < size; start += BLOCK_BYTES) {
    const id = Buffer.from(String(ids.length).padStart(8, "0")).toString("base64");
    ids.push(id);
    const block = new URL(url);
    block.searchParams.set("comp", "block");
    block.searchParams.set("blockid", id);
    await put(block.href, { path, start, size: Math.min(BLOCK_BYTES, size - start), headers: {}, ca }, signal);
  }
  const list = new URL(url);
  list.searchParams.set("comp", "blocklist");
  const body = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join("")}</BlockList>`;
  const ofList = { "x-ms-version": BLOB_VERSION, "content-length": String(Buffer.byteLength(body)) };
  await upload(list.href, () => ({ method: "PUT", body, headers: { ...headers, ...ofList }, ca }), signal);
}

interface Piece {
  readonly path: string;
  readonly start: number;
  readonly size: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | undefined;
}

function put(url: string, { path, start, size, headers, ca }: Piece, signal: AbortSignal): Promise<void> {
  const sending = (): Sending => ({
    method: "PUT",
    ca,
    headers: {
      "content-type": "application/octet-stream",
      ...headers,
      "x-ms-version": BLOB_VERSION,
      "content-length": String(size),
    },
    // Not a byte more than what was announced, though the file may still be growing.
    ...(size === 0 ? {} : { body: createReadStream(path, { start, end: start + size - 1 }) }),
  });
  return upload(url, sending, signal);
}

function upload(url: string, sending: () => Sending, signal: AbortSignal): Promise<void> {
  return exchange({ url, sending, signal }, async (response) => {
    response.resume();
  });
}
