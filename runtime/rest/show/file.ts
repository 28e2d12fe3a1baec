/** A file of a node as an item of a list and as headers (P-190, P-191). */
import type { NodeFile } from "../../providers/nodeFiles.ts";
import type { JsonObject } from "../call.ts";
import { headerTime } from "../times.ts";
import { fileUrl } from "./urls.ts";
import { instant } from "./when.ts";

/** What is read as text in a browser; everything else is bytes. */
const TEXT: ReadonlySet<string> = new Set(["txt", "log", "csv", "json", "xml", "md", "yml", "yaml", "sh", "py", "html"]);

/** By the name's ending, as the service guesses it too. */
export function contentType(path: string): string {
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  return TEXT.has(ending) ? "text/plain" : "application/octet-stream";
}

const modeText = (mode: number): string => `0o${mode.toString(8)}`;

/** NodeFile; directories have no properties. `name` is relative to whose files are listed, `owner` its address. */
export function showFile(file: NodeFile, name: string, owner: string): JsonObject {
  const shown = { name, url: fileUrl(owner, name), isDirectory: file.isDirectory };
  if (file.isDirectory) return shown;
  return {
    ...shown,
    properties: {
      creationTime: instant(file.createdAt),
      lastModified: instant(file.lastModifiedAt),
      contentLength: String(file.size),
      contentType: contentType(name),
      fileMode: modeText(file.mode),
    },
  };
}

/** Headers of one file beside its type, length and time of change; `url` is the file's own address. */
export function fileHeaders(file: NodeFile, url: string): Record<string, string> {
  return {
    "ocp-creation-time": headerTime(file.createdAt),
    "ocp-batch-file-isdirectory": file.isDirectory ? "True" : "False",
    "ocp-batch-file-url": encodeURIComponent(url),
    "ocp-batch-file-mode": modeText(file.mode),
  };
}
