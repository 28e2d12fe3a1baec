/**
 * The subnet that a pool names: it must be there, in the account's subscription and region, and of the kind that the account's allocation mode takes
 * (P-170 to P-172). Networks are documents of the landscape, which management routes make.
 */
import { type Deployment, parseSubnetId } from "../../../providers/network/documents.ts";
import { findSubnet } from "../../../providers/network/networks.ts";
import type { Call, JsonObject } from "../../call.ts";
import { badProperty, BatchError } from "../../errors.ts";
import { text } from "../read.ts";
import { CLASSIC_NETWORK_ROLE, mayJoinClassicNetwork } from "../roleRecords.ts";

/** What an account of each mode may put into a network, and into which. */
const ALLOWED = {
  BatchService: {
    configuration: "cloudService",
    deployment: "Classic",
    mode: "batch service mode",
    pools: "cloud services pools",
    networks: "classic virtual networks",
  },
  UserSubscription: {
    configuration: "virtualMachine",
    deployment: "ResourceManager",
    mode: "user subscription mode",
    pools: "virtual machine pools",
    networks: "virtual networks of Resource Manager",
  },
} as const satisfies Record<string, { configuration: string; deployment: Deployment; [word: string]: string }>;

/** Throws 400 for a subnet that pools of the account cannot have, 403 when the Batch service was not given the role that it needs there. */
export function checkSubnet(
  call: Call,
  configuration: "cloudService" | "virtualMachine",
  network: JsonObject | undefined,
  place: string,
): void {
  const subnetId = text(network, "subnetId");
  if (subnetId === undefined) return;
  const { account } = call;
  const refuse = (reason: string) => badProperty(place, subnetId, reason);
  const allowed = ALLOWED[account.poolAllocationMode];
  if (configuration !== allowed.configuration)
    throw refuse(`in ${allowed.mode} only ${allowed.pools} can be put into a virtual network`);
  const id = parseSubnetId(subnetId);
  if (id === undefined)
    throw refuse("the resource id of a subnet is required: /subscriptions/…/virtualNetworks/<name>/subnets/<name>");
  if (id.subscriptionId.toLowerCase() !== account.subscriptionId.toLowerCase())
    throw refuse(`the network must be in the subscription of the account, ${account.subscriptionId}`);
  const found = findSubnet(account.landscape, subnetId);
  if (found === undefined) throw refuse("there is no such subnet; weir network list shows which there are");
  if (found.network.location !== account.location)
    throw refuse(`the network is in ${found.network.location}, the account in ${account.location}; they must be in one region`);
  if (found.network.deployment !== allowed.deployment)
    throw refuse(`in ${allowed.mode} pools can only be put into ${allowed.networks}`);
  if (found.network.deployment === "Classic" && !mayJoinClassicNetwork(account.landscape, found.network.id))
    throw new BatchError(
      "InsufficientAccountPermissions",
      `The Batch service has not got the role ${CLASSIC_NETWORK_ROLE} on ${found.network.id}.`,
      [{ key: "Reason", value: `Give the principal MicrosoftAzureBatch the role ${CLASSIC_NETWORK_ROLE}: weir role assign` }],
    );
}
