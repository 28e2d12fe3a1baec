/**
 * Reading and writing the user's files. Everything that can be wrong with a path is told in one line with what to do about it: no such
 * file (and the one that was probably meant), a directory, no permission, not text. Standard input is `-` and can be read only once.
 */
import {
  closeSync,
  fchmodSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, parse } from "node:path";
import { gunzipSync } from "node:zlib";
import { nearest } from "../../src/base/table.ts";
import { InputError, UsageError } from "./exitCodes.ts";
import { visibleName } from "./output.ts";

/** The path that means standard input. */
export const STANDARD_INPUT = "-";

let standardInputTaken = false;

/** The name of an input in messages. */
export function inputName(path: string): string {
  return path === STANDARD_INPUT ? "standard input" : visibleName(path);
}

/** Marks standard input as taken; asking twice in one command is a mistake on the command line. */
export function takeStandardInput(): void {
  if (standardInputTaken) throw new UsageError("standard input (-) can be read only once");
  standardInputTaken = true;
}

/** All bytes of a file or of standard input; at most `bytesMax`, because a path may name an endless device. Throws InputError. */
export async function readBytes(path: string, what: string, bytesMax: number): Promise<Buffer> {
  if (path !== STANDARD_INPUT) return readFileBytes(path, what, bytesMax);
  takeStandardInput();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > bytesMax) throw tooBig(path, what, bytesMax);
  }
  return Buffer.concat(chunks);
}

/** All bytes of a file, at once; `-` is a file of that name. Throws InputError. */
export function readFileBytes(path: string, what: string, bytesMax: number): Buffer {
  try {
    const status = statSync(path);
    if (status.isDirectory()) throw new InputError(`${inputName(path)}: is a directory, not ${what}; name the files in it`);
    if (status.isFile() && status.size > bytesMax) throw tooBig(path, what, bytesMax);
    if (status.isCharacterDevice() && !path.endsWith("/null"))
      throw new InputError(`${inputName(path)}: is a device, not ${what}`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${inputName(path)}: ${fileTrouble(path, error)}`);
  }
}

function tooBig(path: string, what: string, bytesMax: number): InputError {
  const size = Math.round(bytesMax / 1024).toLocaleString("en-US");
  return new InputError(`${inputName(path)}: too big for ${what} (more than ${size} KB)`);
}

/** The bytes, unpacked if they are gzip, which is known by its first bytes, whatever the file is called. Throws InputError. */
export function unpacked(bytes: Buffer, path: string, bytesMax: number): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === "ERR_BUFFER_TOO_LARGE" ? "is too big when unpacked" : "is gzip, but damaged or cut off";
    throw new InputError(`${inputName(path)}: ${why}`);
  }
}

/** Why a path could not be opened, in words, with the nearest name of its directory when there is none such. */
export function fileTrouble(path: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  switch (code) {
    case "ENOENT": {
      const near = nearestName(path);
      return `no such file${near === undefined ? "" : `; did you mean ${visibleName(near)}?`}`;
    }
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ENOTDIR":
      return "no such file (a part of the path is not a directory)";
    case "EISDIR":
      return "is a directory";
    case "ENAMETOOLONG":
      return "the file name is too long";
    case "ERR_INVALID_ARG_VALUE":
      return "is no file name";
    default:
      return code === "" ? "cannot be read" : `cannot be read (${code})`;
  }
}

/** The file that was probably meant: the ending right and the name nearly, or the name right and the ending not. */
function nearestName(path: string): string | undefined {
  try {
    const directory = dirname(path);
    const { name, ext } = parse(basename(path));
    const files = readdirSync(directory)
      .sort()
      .map((file) => parse(file));
    const byName = nearest(name, new Set(files.filter((file) => file.ext === ext).map((file) => file.name)));
    const byEnding = files.find((file) => file.name === name)?.ext;
    if (byName === undefined && byEnding === undefined) return undefined;
    return join(directory, byName === undefined ? `${name}${byEnding}` : `${byName}${ext}`);
  } catch {
    return undefined;
  }
}

/** Bytes as UTF-8 text, a byte order mark kept. Throws InputError that says what the bytes look like instead. */
export function decodeText(bytes: Uint8Array, path: string, what: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new InputError(`${inputName(path)}: is UTF-16 text; save it as UTF-8`);
  }
  if (bytes.includes(0)) throw new InputError(`${inputName(path)}: is a binary file, not ${what}`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError(`${inputName(path)}: is not UTF-8 text, so it cannot be ${what}; if it is text, save it as UTF-8`);
  }
}

/**
 * Replaces a file's text (whole or in pieces), or makes the file: written beside it first, then renamed, so that a crash leaves the old text or the
 * new one. Mode and symbolic link stay; what is no regular file, such as /dev/stdout, is written to as it is. Throws InputError.
 */
export function writeText(path: string, text: string | Iterable<string>): void {
  const pieces = typeof text === "string" ? [text] : text;
  let beside: string | undefined;
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory()) throw new InputError(`${visibleName(path)}: is a directory; name a file`);
    if (status !== undefined && !status.isFile()) {
      writePieces(path, pieces, undefined);
      return;
    }
    const target = status === undefined ? path : realpathSync(path);
    beside = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    writePieces(beside, pieces, status === undefined ? undefined : status.mode & 0o7777);
    renameSync(beside, target);
  } catch (error) {
    if (beside !== undefined) discard(beside);
    if (error instanceof InputError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    // `--csv /dev/stdout | head`: whoever read it has seen enough.
    if (code === "EPIPE") return;
    throw new InputError(`${visibleName(path)}: cannot be written (${code === "ENOENT" ? "no such directory" : code})`);
  }
}

function writePieces(path: string, pieces: Iterable<string>, mode: number | undefined): void {
  const file = openSync(path, "w");
  try {
    if (mode !== undefined) fchmodSync(file, mode);
    for (const piece of pieces) writeFileSync(file, piece);
  } finally {
    closeSync(file);
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // There was nothing to clear away.
  }
}

/** The paths in their order, each file once even when it is named twice or by two paths. */
export function distinctPaths(paths: readonly string[]): string[] {
  if (paths.filter((path) => path === STANDARD_INPUT).length > 1)
    throw new UsageError("standard input (-) can be read only once");
  const seen = new Set<string>();
  return paths.filter((path) => {
    const key = path === STANDARD_INPUT ? path : realPath(path);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
