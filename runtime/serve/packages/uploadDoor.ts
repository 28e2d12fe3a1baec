/**
 * Uploads of packages to the server itself, for accounts without linked storage: as much of the Blob service as its clients use to write one blob (Put
 * Blob, Put Block, Put Block List) or to read it, under the signed URL that was handed out, and nothing else.
 *
 *     PUT, GET  /storage/<account>/<application>/<version>.zip?se=…&sp=…&sig=…
 */
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { applicationOf, spelled } from "../../rest/handlers/applicationRecords.ts";
import type { OtherPath } from "../../rest/server.ts";
import type { AccountRegistry } from "../accounts/registry.ts";
import { beside, bounded, PACKAGE_BYTES_MAX } from "./packageFiles.ts";
import { isPermitted, type PackageHome, type PackageName, packageHome, shelfFile, uploadFile } from "./packageHome.ts";

/** As the Blob service has it. */
const BLOCKS_MAX = 50_000;
const BLOCK_ID_LENGTH_MAX = 88;
const LIST_BYTES_MAX = 8 * 1024 ** 2;

/** A refusal in the words of the Blob service. */
class StorageProblem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The paths above, for the server's door. */
export function uploadDoor(accounts: AccountRegistry): OtherPath {
  return {
    path: "/storage/",
    isSigned: false,
    handle: async (request, response) => {
      response.setHeader("x-ms-request-id", randomUUID());
      response.setHeader("x-ms-version", "2021-12-02");
      try {
        await answer(request, response, accounts);
      } catch (error) {
        refuse(response, error);
      }
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, accounts: AccountRegistry): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const [, , account, id, file, ...more] = url.pathname.split("/").map(decoded);
  const open = accounts.find({ name: account ?? "" })?.open;
  if (open === undefined || id === undefined || file === undefined || !file.endsWith(".zip") || more.length > 0) throw denied();
  const home = packageHome(open, accounts.url);
  const name = { id, version: file.slice(0, -".zip".length) };
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isPermitted(home, name, isRead ? "r" : "w", url.searchParams)) throw denied();
  const known = knownName(home, name);
  if (isRead) await read(request, response, shelfFile(home, known));
  else if (request.method === "PUT") await write(request, response, home, known, url.searchParams);
  else throw new StorageProblem(405, "UnsupportedHttpVerb", "only PUT, GET and HEAD are known here");
}

/** The package that the URL was made for, if it is still there. */
function knownName({ records }: PackageHome, { id, version }: PackageName): PackageName {
  const application = applicationOf(records, id);
  const found = spelled(application?.pending, version) ?? spelled(application?.versions, version);
  if (application !== undefined && found !== undefined) return { id: application.id, version: found };
  throw new StorageProblem(404, "ContainerNotFound", "there is no such package any more");
}

async function read(request: IncomingMessage, response: ServerResponse, file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new StorageProblem(404, "BlobNotFound", "the package was not uploaded and activated");
  const wanted = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(String(request.headers["x-ms-range"] ?? request.headers.range ?? ""));
  const start = wanted === null ? 0 : Number(wanted[1]);
  const end = wanted === null || wanted[2] === "" ? found.size - 1 : Math.min(Number(wanted[2]), found.size - 1);
  if (start > end) throw new StorageProblem(416, "InvalidRange", "the range lies behind the end of the package");
  response.writeHead(wanted === null ? 200 : 206, {
    "Content-Type": "application/zip",
    "Content-Length": end - start + 1,
    ...(wanted === null ? {} : { "Content-Range": `bytes ${start}-${end}/${found.size}` }),
    ...stamps(found.mtime),
    "x-ms-blob-type": "BlockBlob",
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(createReadStream(file, { start, end }), response);
}

const stamps = (at: Date) => ({ ETag: `"0x${at.getTime().toString(16).toUpperCase()}"`, "Last-Modified": at.toUTCString() });

async function write(
  request: IncomingMessage,
  response: ServerResponse,
  home: PackageHome,
  name: PackageName,
  query: URLSearchParams,
): Promise<void> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > PACKAGE_BYTES_MAX) throw tooLarge();
  if (request.headers.expect !== undefined) response.writeContinue();
  await mkdir(home.uploads, { recursive: true, mode: 0o700 });
  const file = uploadFile(home, name);
  const blocks = `${file}.blocks`;
  const part = beside(file);
  try {
    switch (query.get("comp") ?? "") {
      case "":
        await pipeline(request, bounded(PACKAGE_BYTES_MAX), createWriteStream(part, { flags: "wx", mode: 0o600 }));
        await rename(part, file);
        await rm(blocks, { recursive: true, force: true });
        break;
      case "block":
        await mkdir(blocks, { recursive: true, mode: 0o700 });
        await pipeline(request, bounded(PACKAGE_BYTES_MAX), createWriteStream(part, { flags: "wx", mode: 0o600 }));
        await rename(part, blockFile(blocks, query.get("blockid") ?? ""));
        break;
      case "blocklist":
        await joinBlocks(await readList(request), blocks, part);
        await rename(part, file);
        await rm(blocks, { recursive: true, force: true });
        break;
      default:
        throw new StorageProblem(400, "InvalidQueryParameterValue", "comp: only block and blocklist are known here");
    }
  } finally {
    await rm(part, { force: true });
  }
  response.writeHead(201, { ...stamps(new Date()), "x-ms-request-server-encrypted": "false", "Content-Length": 0 }).end();
}

function blockFile(blocks: string, id: string): string {
  if (id === "" || id.length > BLOCK_ID_LENGTH_MAX)
    throw new StorageProblem(400, "InvalidQueryParameterValue", "blockid: 1 to 88 characters of Base64");
  return join(blocks, Buffer.from(id).toString("hex"));
}

async function readList(request: IncomingMessage): Promise<string[]> {
  const pieces: Buffer[] = [];
  for await (const piece of request.pipe(bounded(LIST_BYTES_MAX))) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString("utf8");
  const ids = [...text.matchAll(/<(Latest|Uncommitted|Committed)>([^<]*)<\/\1>/g)].map(([, , id]) => id);
  if (ids.length === 0 || ids.length > BLOCKS_MAX)
    throw new StorageProblem(400, "InvalidBlockList", "the list of blocks is empty, too long or no list");
  return ids;
}

async function joinBlocks(ids: readonly string[], blocks: string, part: string): Promise<void> {
  let bytes = 0;
  for (const id of ids) {
    const block = blockFile(blocks, id);
    const found = await stat(block).catch(() => undefined);
    if (found === undefined) throw new StorageProblem(400, "InvalidBlockList", "the list names a block that was not uploaded");
    bytes += found.size;
    if (bytes > PACKAGE_BYTES_MAX) throw tooLarge();
    await pipeline(createReadStream(block), createWriteStream(part, { flags: "a", mode: 0o600 }));
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

const denied = () => new StorageProblem(403, "AuthenticationFailed", "this URL permits nothing here, or not any more");
const tooLarge = () =>
  new StorageProblem(413, "RequestBodyTooLarge", `a package has at most ${PACKAGE_BYTES_MAX / 1024 ** 3} GB`);

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const problem =
    error instanceof StorageProblem
      ? error
      : error instanceof RangeError
        ? tooLarge()
        : new StorageProblem(500, "InternalError", "the package could not be written");
  response
    .writeHead(problem.status, { "Content-Type": "application/xml", "x-ms-error-code": problem.code })
    .end(
      `<?xml version="1.0" encoding="utf-8"?><Error><Code>${problem.code}</Code><Message>${problem.message}</Message></Error>`,
    );
}
