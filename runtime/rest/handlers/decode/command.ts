/**
 * What tasks of every kind carry beside their command line, as the node will need it: checked here, since the core does not read it (section 9 of the job
 * rules). `place` is the path of the task in the request's body, for messages.
 */
import type { CommandDetails, TaskDetails } from "../../../agent/run/details.ts";
import type { JsonObject } from "../../call.ts";
import { badProperty } from "../../errors.ts";
import { objects, object, picked, text } from "../read.ts";

const COMMAND = ["displayName", "resourceFiles", "environmentSettings", "userIdentity", "containerSettings"] as const;
const TASK = [...COMMAND, "outputFiles", "applicationPackageReferences", "authenticationTokenSettings"] as const;

const SOURCES = ["httpUrl", "storageContainerUrl", "autoStorageContainerName"] as const;

/** Details of a start, preparation or release task. */
export function commandDetails(body: JsonObject, place: string): CommandDetails | undefined {
  checkCommand(body, place);
  return picked<CommandDetails>(body, COMMAND);
}

/** Details of a task or job manager; the common files of a multi-instance task stand among them (T-54). */
export function taskDetails(body: JsonObject, place: string): TaskDetails | undefined {
  checkCommand(body, place);
  const outputs = objects(body, "outputFiles");
  if (outputs !== undefined) checkOutputs(outputs, `${place}outputFiles`);
  const details = picked<TaskDetails>(body, TASK);
  const settings = object(body, "multiInstanceSettings");
  if (settings === undefined) return details;
  const common = objects(settings, "commonResourceFiles");
  if (common === undefined) return details;
  checkFiles(common, `${place}multiInstanceSettings.commonResourceFiles`);
  return { ...details, commonResourceFiles: common as NonNullable<TaskDetails["commonResourceFiles"]> };
}

function checkCommand(body: JsonObject, place: string): void {
  const files = objects(body, "resourceFiles");
  if (files !== undefined) checkFiles(files, `${place}resourceFiles`);
  const settings = objects(body, "environmentSettings");
  if (settings !== undefined) checkEnvironment(settings, `${place}environmentSettings`);
  const identity = object(body, "userIdentity");
  if (identity?.username !== undefined && identity.autoUser !== undefined)
    throw badProperty(`${place}userIdentity`, identity, "a named user or an automatic user, not both");
}

/** T-70, T-71: one source each, and a path that stays below the working directory. */
function checkFiles(files: readonly JsonObject[], place: string): void {
  for (const [i, file] of files.entries()) {
    const at = `${place}[${i}]`;
    const sources = SOURCES.filter((name) => file[name] !== undefined);
    if (sources.length !== 1) throw badProperty(at, sources.join(", "), `exactly one of ${SOURCES.join(", ")} is required`);
    const path = text(file, "filePath");
    if (path === undefined && file.httpUrl !== undefined)
      throw badProperty(`${at}.filePath`, path, "a file needs a path", "MissingRequiredProperty");
    if (path !== undefined && leavesDirectory(path))
      throw badProperty(`${at}.filePath`, path, "a path below the working directory is required");
    refuseIdentity(file, at);
    for (const source of ["httpUrl", "storageContainerUrl"] as const) checkSource(text(file, source), `${at}.${source}`);
    const mode = text(file, "fileMode");
    if (mode !== undefined && !/^[0-7]{1,4}$/.test(mode))
      throw badProperty(`${at}.fileMode`, mode, "an octal number of at most four digits");
  }
}

/** A URL that no node could ever fetch from is refused at once; `file:` reads from this machine. */
function checkSource(url: string | undefined, place: string): void {
  if (url === undefined) return;
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (!["http:", "https:", "file:"].includes(protocol))
    throw badProperty(place, url.split("?", 1)[0], "an http, https or file URL is required");
}

/** Output files go to a container whose URL permits it. */
function checkOutputs(outputs: readonly JsonObject[], place: string): void {
  for (const [i, output] of outputs.entries()) {
    const destination = object(output, "destination");
    const container = destination === undefined ? undefined : object(destination, "container");
    if (container === undefined) continue;
    const at = `${place}[${i}].destination.container`;
    refuseIdentity(container, at);
    checkHeaders(objects(container, "uploadHeaders") ?? [], `${at}.uploadHeaders`);
  }
}

/** What the node says itself when it uploads cannot be said by a header. */
const OWN_HEADERS =
  /^(?:authorization|host|connection|content-length|transfer-encoding|expect|x-ms-(?:version|date|blob-type))$/i;

function checkHeaders(headers: readonly JsonObject[], place: string): void {
  for (const [i, header] of headers.entries()) {
    const name = text(header, "name") ?? "";
    if (!/^[\w!#$%&'*+.^`|~-]{1,256}$/.test(name) || OWN_HEADERS.test(name))
      throw badProperty(`${place}[${i}].name`, name, "the name of a header that the upload does not need itself is required");
    if (/[^\t\x20-\x7e]/.test(text(header, "value") ?? ""))
      throw badProperty(`${place}[${i}].value`, "(a text)", "printable characters of ASCII are required");
  }
}

/** Nodes of this machine have no identity that storage would know. */
function refuseIdentity(of: JsonObject, place: string): void {
  if (of.identityReference === undefined) return;
  const why = "there are no managed identities on this machine; give a URL with a shared access signature instead";
  throw badProperty(`${place}.identityReference`, "(an identity)", why);
}

/** Absolute, or with a part that leads upwards. */
function leavesDirectory(path: string): boolean {
  return path === "" || path.startsWith("/") || path.includes("\0") || path.split(/[/\\]/).includes("..");
}

/** Names of environment variables: not empty, no `=`, no control characters. */
export function checkEnvironment(settings: readonly JsonObject[], place: string): void {
  for (const [i, setting] of settings.entries()) {
    const name = text(setting, "name") ?? "";
    if (name === "" || /[=\x00-\x1f]/.test(name))
      throw badProperty(`${place}[${i}].name`, name, "a name without = and control characters is required");
    if (text(setting, "value")?.includes("\0") === true)
      throw badProperty(`${place}[${i}].value`, "(a text)", "a value cannot hold a NUL character");
  }
}

/** L-24: any pairs, but not without a name. */
export function checkMetadata(items: readonly JsonObject[] | undefined, place: string): void {
  for (const [i, item] of (items ?? []).entries())
    if (text(item, "name") === "") throw badProperty(`${place}[${i}].name`, "", "a name is required", "EmptyMetadataKey");
}
