/** `weir sizes` and `weir os …`: what a running service offers for pools: sizes of nodes, and guest operating systems with their releases. */
import { HOME } from "../../serve/accounts/document.ts";
import { type ExitCode, exitCodes } from "../exitCodes.ts";
import { Managed, type PlaceOptions } from "../managing.ts";
import type { Output } from "../output.ts";
import { textTable } from "../resources/textTable.ts";

export interface SizeOptions extends PlaceOptions {
  readonly cloudServices?: boolean;
  readonly cores?: number;
  /** GiB. */
  readonly memory?: number;
}

interface Size {
  readonly name: string;
  readonly familyName: string;
  readonly capabilities: readonly { readonly name: string; readonly value: string }[];
}

interface Family {
  readonly name: string;
  readonly properties: {
    readonly label: string;
    readonly dotNetVersions: readonly string[];
    readonly versions: readonly { readonly version: string; readonly isDefault: boolean }[];
  };
}

const locationOf = ({ subscription = HOME.subscriptionId }: PlaceOptions, provider: string): string =>
  `/subscriptions/${encodeURIComponent(subscription)}/providers/Microsoft.${provider}/locations/${HOME.location}`;

/** `sizes`. */
export async function listSizes(name: string | undefined, options: SizeOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "sizes");
  const list = options.cloudServices === true ? "cloudServiceSkus" : "virtualMachineSkus";
  const { value } = await managed.expect<{ value: Size[] }>("GET", `${locationOf(options, "Batch")}/${list}`);
  const found = value.filter(
    (size) =>
      size.name.toLowerCase().includes((name ?? "").toLowerCase()) &&
      capability(size, "vCPUs") >= (options.cores ?? 0) &&
      capability(size, "MemoryGB") >= (options.memory ?? 0),
  );
  if (output.json) output.document(found);
  else {
    const rows = found.map((size) => [
      size.name,
      String(capability(size, "vCPUs")),
      String(capability(size, "MemoryGB")),
      String(capability(size, "MaxResourceVolumeMB") / 1024),
      size.familyName,
    ]);
    if (rows.length === 0) output.note("no such size");
    else for (const line of textTable(["size", "cores", "memory GiB", "disk GiB", "family"], rows, output)) output.line(line);
  }
  return exitCodes.done;
}

const capability = ({ capabilities }: Size, name: string): number =>
  Number(capabilities.find((each) => each.name === name)?.value ?? 0);

/** `os list`. */
export async function listFamilies(options: PlaceOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "os list");
  const path = `${locationOf(options, "Compute")}/cloudServiceOsFamilies`;
  const { value } = await managed.expect<{ value: Family[] }>("GET", path);
  if (output.json) output.document(value);
  else {
    const rows = value.flatMap(({ name, properties: { label, dotNetVersions, versions } }) =>
      versions.map(({ version, isDefault }) => [
        name,
        label,
        dotNetVersions.join(" "),
        isDefault ? `${version} (newest)` : version,
      ]),
    );
    for (const line of textTable(["family", "system", ".NET", "release"], rows, output)) output.line(line);
  }
  return exitCodes.done;
}

/** `os publish`. */
export async function publishRelease(
  family: string,
  version: string,
  options: PlaceOptions,
  output: Output,
): Promise<ExitCode> {
  const managed = new Managed(options, "os publish");
  const path = `${locationOf(options, "Compute")}/cloudServiceOsVersions/${encodeURIComponent(version)}`;
  const made = await managed.expect<{ properties: { pools: number } }>("PUT", path, { properties: { family } });
  const { pools } = made.properties;
  if (output.json) output.document(made);
  else output.line(`${version} is published; ${pools} ${pools === 1 ? "pool goes" : "pools go"} over to it`);
  return exitCodes.done;
}
