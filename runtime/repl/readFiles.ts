/**
 * Files that a session reads: formulas, and metrics that may be compressed. Everything that can be wrong with a path is one line for the user;
 * nothing here throws. Sizes are bounded, because a path may name a device that never ends.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { nearest } from "../../src/base/table.ts";
import { visible } from "./show.ts";

const BYTES_MAX = 512 * 1024 * 1024;

/** The text of a file, or why there is none. */
export type FileText = { readonly text: string } | { readonly trouble: string };

/** A path as the user means it: `~` is the home directory, one pair of quotes around it is not part of it. */
export function pathArgument(argument: string): string {
  const bare = /^(["'])(.*)\1$/.exec(argument)?.[2] ?? argument;
  return bare === "~" || bare.startsWith("~/") ? join(homedir(), bare.slice(1)) : bare;
}

/** Reads a file as UTF-8, unpacked if it is gzip (told by content, not by name). */
export function readTextFile(path: string, bytesMax = BYTES_MAX): FileText {
  const name = visible(path);
  try {
    const status = statSync(path);
    if (status.isDirectory()) return { trouble: `${name} is a directory; name a file in it` };
    if (!status.isFile()) return { trouble: `${name} is not a regular file` };
    if (status.size > bytesMax) return { trouble: `${name} is too big (${status.size} bytes)` };
    const bytes = readFileSync(path);
    const unpacked = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: bytesMax }) : bytes;
    if (unpacked.includes(0)) return { trouble: `${name} is not text` };
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(unpacked) };
  } catch (error) {
    return { trouble: trouble(path, name, error) };
  }
}

function trouble(path: string, name: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOENT") {
    const near = nearestFile(path);
    return `${name}: no such file${near === undefined ? "" : `; did you mean ${visible(near)}?`}`;
  }
  if (code === "EACCES" || code === "EPERM") return `${name}: permission denied`;
  if (code.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE") return `${name}: damaged or too big gzip file`;
  return error instanceof TypeError && code === "ERR_ENCODING_INVALID_ENCODED_DATA"
    ? `${name} is not UTF-8 text`
    : `${name}: cannot be read${code === "" ? "" : ` (${code})`}`;
}

function nearestFile(path: string): string | undefined {
  try {
    const found = nearest(basename(path), readdirSync(dirname(path)).sort());
    return found === undefined ? undefined : join(dirname(path), found);
  } catch {
    return undefined;
  }
}

/** Paths that go on from a typed beginning, directories with a slash at their end; sorted, at most 200. */
export function pathsFrom(typed: string): string[] {
  const path = pathArgument(typed);
  const directory = path === "" || path.endsWith("/") ? path : dirname(path);
  const begun = path.endsWith("/") ? "" : basename(path);
  const shownDirectory = typed.slice(0, typed.lastIndexOf("/") + 1);
  try {
    return readdirSync(directory === "" ? "." : directory, { withFileTypes: true })
      .filter((entry) => entry.name.startsWith(begun) && (begun.startsWith(".") || !entry.name.startsWith(".")))
      .map((entry) => `${shownDirectory}${entry.name}${entry.isDirectory() ? "/" : ""}`)
      .sort()
      .slice(0, 200);
  } catch {
    return [];
  }
}
