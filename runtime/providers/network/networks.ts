/**
 * Questions that the network model answers: which subnet an id means, whether the Batch service reaches the nodes in it (P-174), and whether somebody may
 * log in there. Reads documents every time: rules may change while nodes run.
 */
import {
  type Documents,
  parseSubnetId,
  SECURITY_GROUP,
  type SecurityGroupDocument,
  type SubnetDocument,
  VIRTUAL_NETWORK,
  type VirtualNetworkDocument,
} from "./documents.ts";
import { decide, type Verdict } from "./securityRules.ts";

/** Ports of a node at which the Batch service speaks to it (P-174). */
const CONTROL_PORTS: readonly number[] = [29_876, 29_877];

/** Where the Batch service itself comes from, and the names that security rules have for it. */
const SERVICE = { source: "127.0.0.1", tags: ["BatchNodeManagement", "Internet", "AzureCloud"] } as const;

/** A subnet with what is around it. */
export interface FoundSubnet {
  readonly network: VirtualNetworkDocument;
  readonly subnet: SubnetDocument;
  /** Undefined: none guards it, and everything is let in. */
  readonly group: SecurityGroupDocument | undefined;
}

/** The subnet of this resource id; undefined when there is none. */
export function findSubnet(documents: Documents, subnetId: string): FoundSubnet | undefined {
  const id = parseSubnetId(subnetId);
  if (id === undefined) return undefined;
  const network = documents.get(VIRTUAL_NETWORK, id.networkId.toLowerCase()) as VirtualNetworkDocument | undefined;
  const subnet = network?.subnets.find(({ name }) => name.toLowerCase() === id.subnet.toLowerCase());
  if (network === undefined || subnet === undefined) return undefined;
  const group = subnet.networkSecurityGroup;
  return {
    network,
    subnet,
    group: group === undefined ? undefined : (documents.get(SECURITY_GROUP, group.toLowerCase()) as SecurityGroupDocument),
  };
}

/** The subnet that a pool names; undefined: none. `opaque` of its spec. */
export function subnetIdOf(opaque: unknown): string | undefined {
  const { networkConfiguration } = (opaque ?? {}) as { networkConfiguration?: { subnetId?: string } };
  return networkConfiguration?.subnetId;
}

/** Why the Batch service does not reach nodes of the subnet: a sentence that names the rule (P-174). Undefined: it does. */
export function controlProblem(documents: Documents, subnetId: string): string | undefined {
  const found = findSubnet(documents, subnetId);
  if (found === undefined) return `the subnet ${subnetId} is not there any more`;
  for (const port of CONTROL_PORTS) {
    const verdict = inbound(found, { port, source: SERVICE.source, tags: SERVICE.tags });
    if (verdict?.access === "Deny")
      return `${deniedBy(verdict, found)} inbound traffic to port ${port}; the Batch service needs ports ${CONTROL_PORTS.join(" and ")}`;
  }
  return undefined;
}

/** Why nobody may log in to a node of the subnet from this address: port 22 for SSH, 3389 for RDP (P-174). Undefined: it is let in, or there are no rules. */
export function remoteLoginProblem(
  documents: Documents,
  subnetId: string | undefined,
  port: 22 | 3389,
  source = "127.0.0.1",
): string | undefined {
  const found = subnetId === undefined ? undefined : findSubnet(documents, subnetId);
  if (found === undefined) return undefined;
  const verdict = inbound(found, { port, source, tags: ["Internet"] });
  return verdict?.access === "Deny" ? `${deniedBy(verdict, found)} inbound traffic to port ${port} from ${source}` : undefined;
}

function inbound(
  { group }: FoundSubnet,
  traffic: { readonly port: number; readonly source: string; readonly tags: readonly string[] },
): Verdict | undefined {
  return group === undefined ? undefined : decide(group.rules, { protocol: "Tcp", ...traffic });
}

function deniedBy({ rule, priority }: Verdict, { group, subnet }: FoundSubnet): string {
  return `security rule ${rule} (priority ${priority}) of network security group ${group?.name} on subnet ${subnet.name} denies`;
}
