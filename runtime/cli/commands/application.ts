/**
 * `weir application …`: applications of an account and their packages, through the server's management routes. Uploading is the command's matter alone:
 * where a package goes, and the URL that permits it, are never shown.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { putBlob } from "../../agent/transfer/blobs.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { Managed, type PlaceOptions } from "../managing.ts";
import { type Output, visibleText } from "../output.ts";
import { textTable } from "../resources/textTable.ts";

/** Whose applications; the account that signs when none is named. */
export interface ApplicationPlace extends PlaceOptions {
  readonly name?: string;
}

/** What can be said of an application. */
export interface ApplicationOptions extends ApplicationPlace {
  readonly displayName?: string;
  readonly allowUpdates?: boolean;
  readonly defaultVersion?: string;
}

interface Item {
  readonly id: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Applications of one account. */
class Applications {
  readonly managed: Managed;
  private readonly options: ApplicationPlace;

  constructor(options: ApplicationPlace, command: string) {
    this.managed = new Managed(options, `application ${command}`);
    this.options = options;
  }

  /** Path of an application, of a version of it, or of all. */
  async path(...parts: readonly string[]): Promise<string> {
    const name = this.options.name ?? this.managed.connection.client.account.name;
    const { id } = await this.managed.find("Microsoft.Batch/batchAccounts", name, "account");
    return [`${id}/applications`, ...parts.map(encodeURIComponent)].join("/");
  }
}

const bodyOf = ({ displayName, allowUpdates, defaultVersion }: ApplicationOptions) => ({
  properties: {
    ...(displayName === undefined ? {} : { displayName }),
    ...(allowUpdates === undefined ? {} : { allowUpdates }),
    ...(defaultVersion === undefined ? {} : { defaultVersion }),
  },
});

/** `weir application create NAME`. Throws InputError when it is there: a PUT of Resource Manager would change it, which `create` must not. */
export async function createApplication(id: string, options: ApplicationOptions, output: Output): Promise<ExitCode> {
  const applications = new Applications(options, "create");
  const path = await applications.path(id);
  if ((await applications.managed.connection.ask("GET", path)).status === 200)
    throw new InputError(
      `there is an application ${visibleText(id)} already, nothing was changed; change it with \`weir application set\``,
    );
  show(await applications.managed.expect("PUT", path, bodyOf(options)), output);
  return exitCodes.done;
}

/** `weir application set NAME`. */
export async function setApplication(id: string, options: ApplicationOptions, output: Output): Promise<ExitCode> {
  const applications = new Applications(options, "set");
  const body = bodyOf(options);
  if (Object.keys(body.properties).length === 0)
    throw new UsageError(
      "say what to set: --default-version, --display-name, --allow-updates or --no-allow-updates",
      "application set",
    );
  show(await applications.managed.expect("PATCH", await applications.path(id), body), output);
  return exitCodes.done;
}

/** `weir application show NAME`. */
export async function showApplication(id: string, options: ApplicationPlace, output: Output): Promise<ExitCode> {
  const applications = new Applications(options, "show");
  show(await applications.managed.expect("GET", await applications.path(id)), output);
  return exitCodes.done;
}

/** `weir application list`. */
export async function listApplications(options: ApplicationPlace, output: Output): Promise<ExitCode> {
  const applications = new Applications(options, "list");
  const { value } = await applications.managed.expect<{ value: Item[] }>("GET", await applications.path());
  const rows = value.map(({ name, properties: { displayName, defaultVersion, allowUpdates } }) => [
    name,
    String(displayName ?? "-"),
    String(defaultVersion ?? "-"),
    allowUpdates === false ? "no" : "yes",
  ]);
  if (output.json) output.document(value);
  else
    for (const line of textTable(["application", "display name", "default version", "updates"], rows, output))
      output.line(line);
  return exitCodes.done;
}

/** `weir application delete NAME`. Throws InputError when there is none: Resource Manager would answer with 204, which looks like success. */
export async function deleteApplication(id: string, options: ApplicationPlace, output: Output): Promise<ExitCode> {
  const applications = new Applications(options, "delete");
  const path = await applications.path(id);
  await applications.managed.expect("GET", path);
  await applications.managed.expect("DELETE", path);
  output.note(`application ${visibleText(id)} is gone`);
  return exitCodes.done;
}

/**
 * `weir application package create NAME VERSION FILE`: makes the application if need be, uploads and activates. Throws InputError; a version that did not
 * become active is taken away again.
 */
export async function createPackage(
  id: string,
  version: string,
  file: string,
  options: ApplicationPlace,
  output: Output,
): Promise<ExitCode> {
  const applications = new Applications(options, "package create");
  const { managed } = applications;
  const size = bytesOfZip(file);
  const path = await applications.path(id);
  if ((await managed.connection.ask("GET", path)).status === 404) await managed.expect("PUT", path, {});
  const versionPath = `${path}/versions/${encodeURIComponent(version)}`;
  const isNew = (await managed.connection.ask("GET", versionPath)).status === 404;
  const { properties } = await managed.expect<Item>("PUT", versionPath, {});
  const { ca } = managed.connection.client;
  const { signal } = new AbortController();
  try {
    await putBlob(String(properties.storageUrl), { path: file, size, signal, ca }).catch((error: Error) => {
      throw new InputError(`the package could not be uploaded: ${visibleText(error.message)}`);
    });
    showPackage(await managed.expect("POST", `${versionPath}/activate`, { format: "zip" }), output);
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof InputError) || !isNew) throw error;
    const { status } = await managed.connection.ask("DELETE", versionPath);
    const became = status === 200 ? "was not kept" : "is pending; delete it with `weir application package delete`";
    throw new InputError(`${error.message}; version ${visibleText(version)} ${became}`);
  }
}

/** How a zip file begins: its first entry, or the end of one without entries. */
const ZIP_BEGINNINGS = ["PK\x03\x04", "PK\x05\x06"];

/** Size of a zip file. Throws InputError for anything else, so that no version is made for it. */
function bytesOfZip(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile()) throw new InputError(`${visibleText(file)}: no such file`);
  const beginning = Buffer.alloc(4);
  const handle = openSync(file, "r");
  try {
    readSync(handle, beginning);
  } finally {
    closeSync(handle);
  }
  if (!ZIP_BEGINNINGS.includes(beginning.toString("latin1")))
    throw new InputError(`${visibleText(file)}: it is no zip file; no version was made`);
  return found.size;
}

/** `weir application package activate NAME VERSION`. */
export async function activatePackage(
  id: string,
  version: string,
  options: ApplicationPlace & { readonly format: string },
  output: Output,
): Promise<ExitCode> {
  const applications = new Applications(options, "package activate");
  const path = await applications.path(id, "versions", version, "activate");
  showPackage(await applications.managed.expect("POST", path, { format: options.format }), output);
  return exitCodes.done;
}

/** `weir application package list NAME`. */
export async function listPackages(id: string, options: ApplicationPlace, output: Output): Promise<ExitCode> {
  const applications = new Applications(options, "package list");
  const path = await applications.path(id, "versions");
  const { value } = await applications.managed.expect<{ value: Item[] }>("GET", path);
  const rows = value.map(({ name, properties: { state, lastActivationTime, packageBytes } }) => [
    name,
    String(state).toLowerCase(),
    String(lastActivationTime ?? "-"),
    String(packageBytes ?? "-"),
  ]);
  if (output.json) output.document(value.map(withoutUrl));
  else for (const line of textTable(["version", "state", "activated", "bytes"], rows, output)) output.line(line);
  return exitCodes.done;
}

/** `weir application package delete NAME VERSION`. Throws InputError when there is no such version. */
export async function deletePackage(id: string, version: string, options: ApplicationPlace, output: Output): Promise<ExitCode> {
  const applications = new Applications(options, "package delete");
  const path = await applications.path(id, "versions", version);
  await applications.managed.expect("GET", path);
  await applications.managed.expect("DELETE", path);
  output.note(`version ${visibleText(version)} of application ${visibleText(id)} is gone`);
  return exitCodes.done;
}

function show({ id, name, properties }: Item, output: Output): void {
  if (output.json) {
    output.document({ id, name, ...properties });
    return;
  }
  const rows: readonly (readonly [string, unknown])[] = [
    ["application", name],
    ["display name", properties.displayName],
    ["default version", properties.defaultVersion],
    ["updates", properties.allowUpdates === false ? "no: a version stays as it is" : "yes"],
  ];
  lines(rows, output);
}

function showPackage(item: Item, output: Output): void {
  const { name, properties, id } = withoutUrl(item);
  if (output.json) {
    output.document({ id, name, ...properties });
    return;
  }
  lines(
    [
      ["version", name],
      ["state", String(properties.state).toLowerCase()],
      ["format", properties.format],
      ["bytes", properties.packageBytes],
    ],
    output,
  );
}

function lines(rows: readonly (readonly [string, unknown])[], output: Output): void {
  for (const [what, value] of rows)
    if (value !== undefined) output.line(`${output.paint("name", what.padEnd(17))}${visibleText(String(value))}`);
}

/** Where it is stored is the service's matter. */
function withoutUrl({ id, name, properties }: Item): Item {
  const { storageUrl: _, storageUrlExpiry: __, ...rest } = properties;
  return { id, name, properties: rest };
}
