/**
 * What the network model remembers: virtual networks with their subnets, and network security groups. Plain documents of the subscription, made by
 * management routes and read here; several Batch accounts of one server see the same ones. Keys are resource ids in lower case.
 */
import type { SecurityRule } from "./securityRules.ts";

/** Kind of the documents of virtual networks. */
export const VIRTUAL_NETWORK = "virtualNetwork";
/** Kind of the documents of network security groups. */
export const SECURITY_GROUP = "networkSecurityGroup";

/** How a network was deployed: each mode of a Batch account takes only one kind (P-171). */
export type Deployment = "Classic" | "ResourceManager";

/** A subnet of a virtual network. */
export interface SubnetDocument {
  readonly name: string;
  /** `10.1.0.0/24`. Nodes have addresses of it; those in 127.0.0.0/8 they really have. */
  readonly addressPrefix: string;
  /** Resource id of the security group that guards it. */
  readonly networkSecurityGroup?: string;
}

/** A virtual network. */
export interface VirtualNetworkDocument {
  /** Resource id as it was given. */
  readonly id: string;
  readonly name: string;
  readonly deployment: Deployment;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Region, in lower case without blanks. */
  readonly location: string;
  readonly addressPrefixes: readonly string[];
  readonly subnets: readonly SubnetDocument[];
}

/** A network security group; `rules` are its own, without the default ones. */
export interface SecurityGroupDocument {
  readonly id: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly rules: readonly SecurityRule[];
}

/** Where documents are read. */
export interface Documents {
  get(kind: string, key: string): unknown;
  list(kind: string): readonly (readonly [key: string, document: unknown])[];
}

/** Parts of a subnet's resource id. */
export interface SubnetId {
  /** Of the network it is in. */
  readonly networkId: string;
  readonly subscriptionId: string;
  readonly subnet: string;
}

const SUBNET_ID =
  /^(\/subscriptions\/([^/]+)\/resourceGroups\/[^/]+\/providers\/Microsoft\.(?:Classic)?Network\/virtualNetworks\/[^/]+)\/subnets\/([^/]+)$/i;

/** Reads a subnet's resource id; undefined for a text that is none. */
export function parseSubnetId(id: string): SubnetId | undefined {
  const match = id.length > 1024 ? null : SUBNET_ID.exec(id);
  return match === null ? undefined : { networkId: match[1], subscriptionId: match[2], subnet: match[3] };
}
