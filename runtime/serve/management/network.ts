/**
 * Virtual networks with their subnets, as `Microsoft.Network` (deployed by Resource Manager) and `Microsoft.ClassicNetwork` have them: made, changed, read,
 * listed, removed. Pools are put into their subnets (P-170 to P-175). Security groups are in `securityGroups.ts`. What changes here is held against the
 * nodes that are there: those that the Batch service does not reach any more become unusable.
 */
import { contains, overlap, parsePrefix, type Prefix } from "../../providers/network/addresses.ts";
import {
  type Deployment,
  SECURITY_GROUP,
  type SubnetDocument,
  VIRTUAL_NETWORK,
  type VirtualNetworkDocument,
} from "../../providers/network/documents.ts";
import { subnetIdOf } from "../../providers/network/networks.ts";
import { normalLocation } from "./accountBody.ts";
import { keyOf, LandscapeDocuments } from "./landscape.ts";
import {
  badBody,
  GROUP,
  type Json,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  notFound,
  objectIn,
  shown,
  textIn,
} from "./route.ts";

const PROVIDERS: Readonly<Record<Deployment, string>> = {
  ResourceManager: "Microsoft.Network",
  Classic: "Microsoft.ClassicNetwork",
};
const PREFIXES_MAX = 100;
const SUBNETS_MAX = 1_000;
const NAME = /^[A-Za-z0-9](?:[\w.-]{0,78}[A-Za-z0-9_])?$/;

const networkDocuments = new LandscapeDocuments<VirtualNetworkDocument>({
  kind: VIRTUAL_NETWORK,
  segment: "virtualNetworks",
  parameter: "network",
  noun: "virtual network",
});

/** Routes of both kinds of networks. */
export const networkRoutes: readonly ManagementRoute[] = (["ResourceManager", "Classic"] as const).flatMap((deployment) => {
  const networks = `${GROUP}/providers/${PROVIDERS[deployment]}/virtualNetworks`;
  const network = `${networks}/{network}`;
  const subnet = `${network}/subnets/{subnet}`;
  const all = `/subscriptions/{subscriptionId}/providers/${PROVIDERS[deployment]}/virtualNetworks`;
  return [
    { method: "PUT", path: network, handle: (call) => put(call, deployment) },
    { method: "GET", path: network, handle: (call) => ({ status: 200, body: show(networkDocuments.found(call)) }) },
    { method: "DELETE", path: network, handle: remove },
    { method: "GET", path: networks, handle: (call) => list(call, deployment) },
    { method: "GET", path: all, handle: (call) => list(call, deployment) },
    { method: "PUT", path: subnet, handle: putSubnet },
    {
      method: "GET",
      path: subnet,
      handle: (call) => ({ status: 200, body: showSubnet(networkDocuments.found(call), subnetOf(call)) }),
    },
    { method: "DELETE", path: subnet, handle: removeSubnet },
    { method: "GET", path: `${network}/subnets`, handle: listSubnets },
  ] satisfies ManagementRoute[];
});

/** A name of a network, subnet, group or rule. Throws 400. */
export function checkName(name: string, place: string): string {
  if (!NAME.test(name)) throw badBody(place, "1 to 80 letters, digits, _ . -, beginning with a letter or digit");
  return name;
}

async function put(call: ManagementCall, deployment: Deployment): Promise<ManagementReply> {
  const { path, body, accounts } = call;
  const before = networkDocuments.find(call);
  const properties = objectIn(body, "properties");
  const space = objectIn(properties, "addressSpace", "properties.addressSpace");
  const prefixes =
    texts(space, "addressPrefixes", "properties.addressSpace.addressPrefixes", PREFIXES_MAX) ?? before?.addressPrefixes ?? [];
  if (prefixes.length === 0) throw badBody("properties.addressSpace.addressPrefixes", "at least one prefix is required");
  for (const prefix of prefixes) prefixOf(prefix, "properties.addressSpace.addressPrefixes");
  const location = textIn(body, "location");
  let network: VirtualNetworkDocument = {
    id: networkDocuments.idOf(call),
    name: checkName(path.network, "name"),
    deployment,
    subscriptionId: path.subscriptionId,
    resourceGroup: path.resourceGroup,
    location: location === undefined ? (before?.location ?? accounts.first.document.location) : normalLocation(location),
    addressPrefixes: prefixes,
    subnets: [],
  };
  const given = properties?.subnets;
  if (given !== undefined && (!Array.isArray(given) || given.length > SUBNETS_MAX))
    throw badBody("properties.subnets", `a list of at most ${SUBNETS_MAX} subnets is required`);
  const subnets = given === undefined ? undefined : (given as unknown[]);
  for (const [i, each] of (subnets ?? []).entries()) {
    const at = `properties.subnets[${i}]`;
    if (typeof each !== "object" || each === null) throw badBody(at, "an object is required");
    const subnet = readSubnet(call, textIn(each as Json, "name", `${at}.name`) ?? "", each as Json, at);
    network = withSubnet(network, subnet, at);
  }
  for (const subnet of subnets === undefined ? (before?.subnets ?? []) : [])
    network = withSubnet(network, subnet, "properties.subnets");
  for (const { name } of before?.subnets ?? [])
    if (!network.subnets.some((each) => each.name === name)) checkUnused(call, `${network.id}/subnets/${name}`);
  await networkDocuments.keep(call, network);
  return { status: before === undefined ? 201 : 200, body: show(network) };
}

/** The network with this subnet added, or in place of the one of its name. Throws 400 when it does not fit in. */
function withSubnet(network: VirtualNetworkDocument, subnet: SubnetDocument, place: string): VirtualNetworkDocument {
  const prefix = prefixOf(subnet.addressPrefix, `${place}.properties.addressPrefix`);
  const fits = network.addressPrefixes.some((each) => contains(prefixOf(each, "addressPrefixes"), prefix));
  if (!fits)
    throw badBody(`${place}.properties.addressPrefix`, "the network's address space does not hold it", "NetcfgInvalidSubnet");
  const others = network.subnets.filter(({ name }) => name.toLowerCase() !== subnet.name.toLowerCase());
  const meeting = others.find((each) => overlap(prefixOf(each.addressPrefix, place), prefix));
  if (meeting !== undefined)
    throw badBody(`${place}.properties.addressPrefix`, `it overlaps with subnet ${meeting.name}`, "NetcfgSubnetRangesOverlap");
  return { ...network, subnets: [...others, subnet] };
}

function readSubnet({ accounts }: ManagementCall, name: string, body: Json, place: string): SubnetDocument {
  const properties = objectIn(body, "properties", `${place}.properties`);
  const addressPrefix = textIn(properties, "addressPrefix", `${place}.properties.addressPrefix`) ?? "";
  prefixOf(addressPrefix, `${place}.properties.addressPrefix`);
  const at = `${place}.properties.networkSecurityGroup`;
  const group = textIn(objectIn(properties, "networkSecurityGroup", at), "id", `${at}.id`);
  if (group !== undefined && accounts.landscape.get(SECURITY_GROUP, keyOf(group)) === undefined)
    throw badBody(`${at}.id`, `there is no network security group ${shown(group)}`, "InvalidResourceReference");
  return {
    name: checkName(name, `${place}.name`),
    addressPrefix,
    ...(group === undefined ? {} : { networkSecurityGroup: group }),
  };
}

async function putSubnet(call: ManagementCall): Promise<ManagementReply> {
  const network = networkDocuments.found(call);
  const subnet = readSubnet(call, call.path.subnet, call.body, "subnet");
  const before = network.subnets.find(({ name }) => name.toLowerCase() === subnet.name.toLowerCase());
  if (before !== undefined && before.addressPrefix !== subnet.addressPrefix)
    checkUnused(call, `${network.id}/subnets/${before.name}`);
  await networkDocuments.keep(call, withSubnet(network, subnet, "subnet"));
  return { status: before === undefined ? 201 : 200, body: showSubnet(network, subnet) };
}

function subnetOf(call: ManagementCall): SubnetDocument {
  const subnet = networkDocuments.found(call).subnets.find(({ name }) => name.toLowerCase() === call.path.subnet.toLowerCase());
  if (subnet === undefined) throw notFound("subnet", call.path.subnet);
  return subnet;
}

async function removeSubnet(call: ManagementCall): Promise<ManagementReply> {
  const network = networkDocuments.found(call);
  const subnet = subnetOf(call);
  checkUnused(call, `${network.id}/subnets/${subnet.name}`);
  await networkDocuments.keep(call, { ...network, subnets: network.subnets.filter((each) => each !== subnet) });
  return { status: 200 };
}

async function remove(call: ManagementCall): Promise<ManagementReply> {
  const network = networkDocuments.found(call);
  checkUnused(call, `${network.id}/subnets/`);
  await call.accounts.landscape.delete(VIRTUAL_NETWORK, keyOf(network.id));
  return { status: 200 };
}

/** Throws 409 while a pool is in the subnet, or with a slash at the end in any subnet of the network. */
function checkUnused({ accounts }: ManagementCall, subnet: string): void {
  const start = subnet.toLowerCase();
  for (const { open } of accounts.list())
    for (const pool of open?.service.world.pools.values() ?? []) {
      const own = subnetIdOf(pool.spec.opaque)?.toLowerCase();
      if (own !== undefined && (start.endsWith("/") ? own.startsWith(start) : own === start))
        throw new ManagementError(
          409,
          "InUseSubnetCannotBeDeleted",
          `pool ${pool.id} of account ${open?.name} is in the subnet`,
        );
    }
}

function list({ path, accounts }: ManagementCall, deployment: Deployment): ManagementReply {
  const { subscriptionId, resourceGroup } = path;
  const value = accounts.landscape
    .list(VIRTUAL_NETWORK)
    .map(([, document]) => document as VirtualNetworkDocument)
    .filter(
      (each) =>
        each.deployment === deployment &&
        each.subscriptionId.toLowerCase() === subscriptionId.toLowerCase() &&
        (resourceGroup === undefined || each.resourceGroup.toLowerCase() === resourceGroup.toLowerCase()),
    );
  return { status: 200, body: { value: value.map(show) } };
}

function listSubnets(call: ManagementCall): ManagementReply {
  const network = networkDocuments.found(call);
  return { status: 200, body: { value: network.subnets.map((subnet) => showSubnet(network, subnet)) } };
}

/** A list of texts within a body. Throws 400. */
export function texts(body: Json | undefined, name: string, place: string, most: number): readonly string[] | undefined {
  const value = body !== undefined && Object.hasOwn(body, name) ? body[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > most || value.some((each) => typeof each !== "string" || each.length > 200))
    throw badBody(place, `a list of at most ${most} texts is required`);
  return value as string[];
}

function prefixOf(text: string, place: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined || !text.includes("/"))
    throw badBody(place, `${shown(text)} is no prefix of IPv4 addresses like 10.1.0.0/24`, "InvalidAddressPrefixFormat");
  return prefix;
}

function show(network: VirtualNetworkDocument): object {
  const { id, name, location, addressPrefixes, subnets, deployment } = network;
  return {
    id,
    name,
    type: `${PROVIDERS[deployment]}/virtualNetworks`,
    location,
    properties: {
      provisioningState: "Succeeded",
      addressSpace: { addressPrefixes },
      subnets: subnets.map((subnet) => showSubnet(network, subnet)),
    },
  };
}

function showSubnet(
  { id, deployment }: VirtualNetworkDocument,
  { name, addressPrefix, networkSecurityGroup }: SubnetDocument,
): object {
  return {
    id: `${id}/subnets/${name}`,
    name,
    type: `${PROVIDERS[deployment]}/virtualNetworks/subnets`,
    properties: {
      provisioningState: "Succeeded",
      addressPrefix,
      ...(networkSecurityGroup === undefined ? {} : { networkSecurityGroup: { id: networkSecurityGroup } }),
    },
  };
}
