/**
 * What `weir node show` tells beside the node's own properties, because the service keeps it elsewhere: the guest OS family of a cloud services pool with
 * what is installed there, and the rules of the pool that guard the node's ways in. Read from the pool, on which both stand; the release is the node's own,
 * since an upgrade comes to one node after the other.
 */
import { familyOfDetails } from "../../core/guestOSFamilies.ts";
import type { Connection } from "../connection.ts";
import type { Besides, Item } from "./table.ts";
import { textTable } from "./textTable.ts";

/** A rule of an inbound NAT pool, as the service shows it. */
interface Rule {
  readonly priority: number;
  readonly access: string;
  readonly sourceAddressPrefix: string;
  readonly sourcePortRanges?: readonly string[];
}

/** ComputeNode, as far as it is read here. */
interface Node {
  readonly virtualMachineInfo?: { readonly imageReference?: { readonly exactVersion?: string } };
  readonly endpointConfiguration?: { readonly inboundEndpoints: readonly Endpoint[] };
}

interface Endpoint {
  readonly name: string;
  readonly protocol: string;
  readonly publicIPAddress: string;
  readonly frontendPort: number;
  readonly backendPort: number;
}

/** CloudPool, likewise. */
interface Pool {
  readonly cloudServiceConfiguration?: object;
  readonly networkConfiguration?: {
    readonly endpointConfiguration?: {
      readonly inboundNATPools: readonly {
        readonly backendPort: number;
        readonly networkSecurityGroupRules?: readonly Rule[];
      }[];
    };
  };
}

/** An endpoint with the rules that guard it, in the order in which they decide. */
interface Guarded extends Endpoint {
  readonly networkSecurityGroupRules: readonly Rule[];
}

const SELECTED = "$select=cloudServiceConfiguration,networkConfiguration";
const HEADS = ["endpoint", "way in", "node port", "priority", "access", "source", "source ports"];

/** What the pool says of one of its nodes. `within`: the pool's id, encoded. Throws InputError with the service's words when there is no reading it. */
export async function poolOfNode(item: Item, [pool]: readonly string[], connection: Connection): Promise<Besides> {
  const seen = (await connection.expect("GET", `/pools/${pool}?${SELECTED}`)).body as Pool;
  const osFamily = familyOn(item, seen);
  const endpoints = guarded(item, seen);
  return {
    document: {
      ...(osFamily === undefined ? {} : { osFamily }),
      ...(endpoints.length === 0 ? {} : { endpointConfiguration: { inboundEndpoints: endpoints } }),
    },
    properties: osFamily === undefined ? [] : [["osFamily", familyText(osFamily)]],
    lines: (output) => (endpoints.length === 0 ? [] : ["", ...textTable(HEADS, endpoints.flatMap(rowsOf), output)]),
  };
}

/** A family of guest operating systems as it is on one node. */
interface FamilyOnNode {
  readonly name: string;
  readonly label: string;
  /** Undefined: the node does not say. */
  readonly release: string | undefined;
  readonly dotNetVersions: readonly string[];
}

function familyOn({ virtualMachineInfo }: Node, { cloudServiceConfiguration }: Pool): FamilyOnNode | undefined {
  const family = familyOfDetails(cloudServiceConfiguration);
  if (family === undefined) return undefined;
  const { name, label, dotNetVersions } = family;
  return { name, label, release: virtualMachineInfo?.imageReference?.exactVersion, dotNetVersions };
}

const familyText = ({ name, label, release, dotNetVersions }: FamilyOnNode): string =>
  `${name} (${label}), ${release === undefined ? "" : `release ${release}, `}.NET ${dotNetVersions.join(" ")}`;

/** A NAT pool and the endpoints made of it have their port of the node in common, which no other NAT pool of the pool may have. */
function guarded({ endpointConfiguration }: Node, { networkConfiguration }: Pool): readonly Guarded[] {
  const nats = networkConfiguration?.endpointConfiguration?.inboundNATPools ?? [];
  return (endpointConfiguration?.inboundEndpoints ?? []).map((endpoint) => {
    const rules = nats.find(({ backendPort }) => backendPort === endpoint.backendPort)?.networkSecurityGroupRules ?? [];
    return { ...endpoint, networkSecurityGroupRules: [...rules].sort((a, b) => a.priority - b.priority) };
  });
}

/** A line for each rule, the endpoint's own columns in the first. */
function rowsOf({ networkSecurityGroupRules: rules, ...endpoint }: Guarded): string[][] {
  const { name, protocol, publicIPAddress, frontendPort, backendPort } = endpoint;
  const own = [name, `${protocol} ${publicIPAddress}:${frontendPort}`, String(backendPort)];
  if (rules.length === 0) return [[...own, "", "no rules: all may come in"]];
  return rules.map(({ priority, access, sourceAddressPrefix, sourcePortRanges = [] }, i) => [
    ...(i === 0 ? own : own.map(() => "")),
    String(priority),
    access,
    sourceAddressPrefix,
    sourcePortRanges.length === 0 ? "*" : sourcePortRanges.join(", "),
  ]);
}
