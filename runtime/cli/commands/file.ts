/** `weir file list|download`: files of a task or of a node, as the service hands them out. */
import { createWriteStream, rmSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { download, errorText } from "../../serve/client.ts";
import { type ConnectionOptions, connect, nobody } from "../connection.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { fileTrouble } from "../files.ts";
import { type Output, visibleName, visibleText } from "../output.ts";
import { textTable } from "../resources/textTable.ts";

export interface FileOptions extends ConnectionOptions {
  readonly job?: string;
  readonly task?: string;
  readonly pool?: string;
  readonly node?: string;
  readonly to?: string;
}

interface FileItem {
  readonly name: string;
  readonly isDirectory?: boolean;
  readonly properties?: { readonly contentLength?: number | string; readonly lastModified?: string };
}

/** `list`. */
export async function listFiles(options: FileOptions, output: Output): Promise<ExitCode> {
  const connection = connect(options, "file list");
  const items = await connection.list<FileItem>(`${filesOf(options, "file list")}?recursive=true`);
  if (output.json) output.document(items);
  else if (items.length === 0) output.note("no files");
  else {
    const rows = items.map(({ name, isDirectory, properties }) => [
      isDirectory === true ? "" : String(properties?.contentLength ?? ""),
      (properties?.lastModified ?? "").replace(/\.\d+Z$/, "Z"),
      isDirectory === true ? `${name}/` : name,
    ]);
    for (const line of textTable(["bytes", "changed", "name"], rows, output)) output.line(line);
  }
  return exitCodes.done;
}

/** `download`. Bytes go out as they are; a file that breaks off is removed. */
export async function downloadFile(path: string, options: FileOptions, output: Output): Promise<ExitCode> {
  if (output.json && options.to === undefined) throw new UsageError("--json goes with --to", "file download");
  if (path === "" || path.split("/").some((part) => part === "." || part === ".."))
    throw new UsageError(`${JSON.stringify(path)} is no path of a file; \`weir file list\` shows them`, "file download");
  const { client } = connect(options, "file download");
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const answer = await download(client, `${filesOf(options, "file download")}/${encoded}`).catch((error: Error) => {
    throw nobody(client.endpoint, error);
  });
  if (answer.refused !== undefined) throw new InputError(visibleText(errorText(answer.refused)));
  if (options.to === undefined) {
    await pipeline(answer.stream, process.stdout, { end: false });
    return exitCodes.done;
  }
  const to = options.to;
  try {
    await pipeline(answer.stream, createWriteStream(to, { flags: "w" }));
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === "open")
      throw new InputError(`${visibleName(to)}: ${code === "ENOENT" ? "no such directory" : fileTrouble(to, error)}`);
    rmSync(to, { force: true });
    throw new InputError(`${visibleName(path)} broke off: ${visibleText(message.split("\n")[0])}`);
  }
  if (output.json) output.document({ path, file: to });
  else output.note(`${visibleName(path)} written to ${visibleName(to)}`);
  return exitCodes.done;
}

function filesOf({ job, task, pool, node }: FileOptions, command: string): string {
  const ofTask = job !== undefined && task !== undefined;
  const ofNode = pool !== undefined && node !== undefined;
  if (ofTask === ofNode) throw new UsageError("say whose files: --job JOB --task TASK, or --pool POOL --node NODE", command);
  const [kind, first, second, last] = ofTask ? ["jobs", "tasks", job, task] : ["pools", "nodes", pool ?? "", node ?? ""];
  return `/${kind}/${encodeURIComponent(second)}/${first}/${encodeURIComponent(last)}/files`;
}
