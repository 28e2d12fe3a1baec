/**
 * `weir network …`: virtual networks, security groups and their rules of a running service, by the management paths that any client of Azure Resource
 * Manager would use. What changes here is held against the nodes that are there at once.
 */
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { Managed, type PlaceOptions, type Resource } from "../managing.ts";
import { type Output, visibleName, visibleText } from "../output.ts";
import { textTable } from "../resources/textTable.ts";

const NETWORK = "Microsoft.Network/virtualNetworks";
const CLASSIC = "Microsoft.ClassicNetwork/virtualNetworks";
const GROUP = "Microsoft.Network/networkSecurityGroups";

export interface NetworkOptions extends PlaceOptions {
  readonly prefix?: readonly string[];
  /** `name=prefix`. */
  readonly subnet?: readonly string[];
  readonly classic?: boolean;
  readonly location?: string;
  /** Name or resource id. */
  readonly securityGroup?: string;
}

export interface RuleOptions extends PlaceOptions {
  readonly port: string;
  readonly priority: number;
  readonly access: "allow" | "deny";
  readonly source: string;
}

interface SubnetShown {
  readonly id: string;
  readonly name: string;
  readonly properties: { readonly addressPrefix: string; readonly networkSecurityGroup?: { readonly id: string } };
}

interface RuleShown {
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const lastOf = (id: string | undefined): string => id?.slice(id.lastIndexOf("/") + 1) ?? "";

/** `list`: a line for each subnet, with the id that a pool names, and one for a network that has none yet. */
export async function listNetworks(options: NetworkOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "network list");
  const found = [...(await managed.list(NETWORK)), ...(await managed.list(CLASSIC))];
  if (output.json) output.document(found);
  else if (found.length === 0) output.note("no virtual networks");
  else {
    const rows = found.flatMap(({ name, id, location, properties }) => {
      const { addressPrefixes = [] } = (properties.addressSpace ?? {}) as { addressPrefixes?: readonly string[] };
      const network = [name, id.includes("ClassicNetwork") ? "classic" : "", location, addressPrefixes.join(", ")];
      const subnets = properties.subnets as SubnetShown[];
      if (subnets.length === 0) return [[...network, "-", "", "no subnet yet"]];
      return subnets.map((subnet) => [
        ...network,
        subnet.properties.addressPrefix,
        lastOf(subnet.properties.networkSecurityGroup?.id),
        subnet.id,
      ]);
    });
    const head = ["network", "kind", "location", "prefix", "subnet prefix", "security group", "subnet"];
    for (const line of textTable(head, rows, output)) output.line(line);
  }
  return exitCodes.done;
}

/** `create`: prints the ids of its subnets, which pools name; of a network without any its own. */
export async function createNetwork(name: string, options: NetworkOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "network create");
  const { prefix = [], subnet = [], classic = false, location, securityGroup } = options;
  const guard = securityGroup === undefined ? {} : { networkSecurityGroup: { id: managed.path(GROUP, securityGroup) } };
  const subnets = subnet.map((text) => {
    const [, subnetName, addressPrefix] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (subnetName === undefined)
      throw new UsageError(`--subnet ${visibleName(text)}: write it as name=10.1.0.0/24`, "network create");
    return { name: subnetName, properties: { addressPrefix, ...guard } };
  });
  const body = {
    ...(location === undefined ? {} : { location }),
    properties: { addressSpace: { addressPrefixes: prefix }, ...(subnets.length === 0 ? {} : { subnets }) },
  };
  const made = await managed.expect<Resource>("PUT", managed.path(classic ? CLASSIC : NETWORK, name), body);
  if (output.json) output.document(made);
  else showCreated(made, { prefix, classic }, output);
  return exitCodes.done;
}

function showCreated(
  { id, name, properties }: Resource,
  { prefix, classic }: { readonly prefix: readonly string[]; readonly classic: boolean },
  output: Output,
): void {
  const subnets = properties.subnets as SubnetShown[];
  for (const subnet of subnets) output.line(subnet.id);
  if (subnets.length > 0) return;
  output.line(id);
  const again = `weir network create ${name}${classic ? " --classic" : ""}${prefix.map((each) => ` --prefix ${each}`).join("")}`;
  output.note(visibleText(`it has no subnet yet, and pools are put into subnets: ${again} --subnet nodes=PREFIX`));
}

/** `delete`. Throws InputError; for a network of the other kind it says how to name that. */
export async function deleteNetwork(name: string, options: NetworkOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "network delete");
  const [asked, other] = options.classic === true ? [CLASSIC, NETWORK] : [NETWORK, CLASSIC];
  const isThere = async (type: string) => (await managed.connection.ask("GET", managed.path(type, name))).status === 200;
  // Both kinds may have the name, so the other one is not deleted by guessing.
  if (!name.startsWith("/") && !(await isThere(asked)) && (await isThere(other)))
    throw new InputError(
      `there is no ${asked === CLASSIC ? "classic " : ""}virtual network ${visibleName(name)}, but ${asked === CLASSIC ? "one that is not classic: leave --classic out" : "a classic one: add --classic"}`,
    );
  await managed.expect("DELETE", managed.path(asked, name));
  output.note(`network ${visibleName(name)} deleted`);
  return exitCodes.done;
}

const CONTROL = {
  name: "BatchNodeManagement",
  properties: {
    // With room in front of it.
    priority: 200,
    access: "Allow",
    direction: "Inbound",
    protocol: "Tcp",
    sourceAddressPrefix: "BatchNodeManagement",
    destinationPortRange: "29876-29877",
  },
};

/** `group create`. */
export async function createGroup(
  name: string,
  options: PlaceOptions & { readonly empty?: boolean },
  output: Output,
): Promise<ExitCode> {
  const managed = new Managed(options, "network group create");
  const securityRules = options.empty === true ? [] : [CONTROL];
  const made = await managed.expect<Resource>("PUT", managed.path(GROUP, name), { properties: { securityRules } });
  if (output.json) output.document(made);
  else output.line(made.id);
  return exitCodes.done;
}

/** `group list`: a line for each rule, the default ones too. */
export async function listGroups(options: PlaceOptions, output: Output): Promise<ExitCode> {
  const found = await new Managed(options, "network group list").list(GROUP);
  if (output.json) output.document(found);
  else if (found.length === 0) output.note("no network security groups");
  else {
    const rows = found.flatMap(({ name, properties }) =>
      [...(properties.securityRules as RuleShown[]), ...(properties.defaultSecurityRules as RuleShown[])]
        .sort((a, b) => Number(a.properties.priority) - Number(b.properties.priority))
        .map((rule) => {
          const { priority, access, sourceAddressPrefix, sourceAddressPrefixes, destinationPortRange, destinationPortRanges } =
            rule.properties;
          const of = (one: unknown, several: unknown) => String(one ?? several);
          return [
            name,
            String(priority),
            String(access),
            rule.name,
            of(sourceAddressPrefix, sourceAddressPrefixes),
            of(destinationPortRange, destinationPortRanges),
          ];
        }),
    );
    for (const line of textTable(["group", "priority", "access", "rule", "from", "port"], rows, output)) output.line(line);
  }
  return exitCodes.done;
}

/** `group delete`. */
export async function deleteGroup(name: string, options: PlaceOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "network group delete");
  await managed.expect("DELETE", managed.path(GROUP, name));
  output.note(`security group ${visibleName(name)} deleted`);
  return exitCodes.done;
}

/** `rule set`. */
export async function setRule(group: string, name: string, options: RuleOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "network rule set");
  const { port, priority, access, source } = options;
  const properties = {
    priority,
    access,
    direction: "Inbound",
    protocol: "*",
    sourceAddressPrefix: source,
    destinationPortRange: port,
  };
  const path = `${managed.path(GROUP, group)}/securityRules/${encodeURIComponent(name)}`;
  const made = await managed.expect<RuleShown>("PUT", path, { properties });
  if (output.json) output.document(made);
  else output.note(`rule ${visibleName(name)} of ${visibleName(group)}: ${access} port ${port} from ${source}`);
  return exitCodes.done;
}

/** `rule remove`. */
export async function removeRule(group: string, name: string, options: PlaceOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "network rule remove");
  await managed.expect("DELETE", `${managed.path(GROUP, group)}/securityRules/${encodeURIComponent(name)}`);
  output.note(`rule ${visibleName(name)} of ${visibleName(group)} removed`);
  return exitCodes.done;
}
