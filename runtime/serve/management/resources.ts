/**
 * The ledger of a subscription: what stands in it because of Batch. Nodes of an account in user subscription mode are the owner's own machines: each has a
 * virtual machine, a network interface and a public IP address here. Nodes of other accounts are allocated out of sight and have none. It is read off the
 * worlds at every request, so it is never behind.
 */
import type { ComputeNode } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import type { OpenAccount } from "../accounts/openAccount.ts";
import { accountId } from "./accountView.ts";
import { GROUP, type ManagementCall, type ManagementReply, type ManagementRoute } from "./route.ts";

/** Routes of the ledger. */
export const resourceRoutes: readonly ManagementRoute[] = [
  { method: "GET", path: "/subscriptions/{subscriptionId}/resources", handle: list },
  { method: "GET", path: `${GROUP}/resources`, handle: list },
];

interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly [more: string]: unknown;
}

function list(call: ManagementCall): ManagementReply {
  const { subscriptionId, resourceGroup } = call.path;
  const prefix =
    `/subscriptions/${subscriptionId}/${resourceGroup === undefined ? "" : `resourceGroups/${resourceGroup}/`}`.toLowerCase();
  const type = /^\s*resourceType\s+eq\s+'([\w./-]{1,200})'\s*$/i.exec(call.query.get("$filter") ?? "")?.[1].toLowerCase();
  const value = [...resources(call)].filter(
    (each) => each.id.toLowerCase().startsWith(prefix) && (type === undefined || each.type.toLowerCase() === type),
  );
  return { status: 200, body: { value } };
}

function* resources({ accounts }: ManagementCall): Iterable<Resource> {
  for (const known of accounts.list()) {
    const { name, location, poolAllocationMode } = known.document;
    yield { id: accountId(known), name, type: "Microsoft.Batch/batchAccounts", location };
    if (poolAllocationMode !== "UserSubscription" || known.open === undefined) continue;
    for (const pool of known.open.service.world.pools.values())
      for (const node of pool.nodes.values()) yield* machine(known.open, pool, node);
  }
}

function* machine(account: OpenAccount, pool: Pool, node: ComputeNode): Iterable<Resource> {
  const { name: owner, subscriptionId, location } = account.known.document;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/azurebatch-${owner}-${pool.key}/providers`;
  const name = `${pool.id}-${node.id}`;
  const address = account.provider.addressOf(node);
  const vm = `${group}/Microsoft.Compute/virtualMachines/${name}`;
  const nic = `${group}/Microsoft.Network/networkInterfaces/${name}-nic`;
  const ip = `${group}/Microsoft.Network/publicIPAddresses/${name}-ip`;
  const managedBy = accountId(account.known);
  yield {
    id: vm,
    name,
    type: "Microsoft.Compute/virtualMachines",
    location,
    managedBy,
    tags: { BatchAccountName: owner, PoolName: pool.id, NodeId: node.id },
    properties: {
      hardwareProfile: { vmSize: pool.spec.vmSize },
      priority: node.isDedicated ? "Regular" : "Low",
      networkProfile: { networkInterfaces: [{ id: nic }] },
    },
  };
  yield {
    id: nic,
    name: `${name}-nic`,
    type: "Microsoft.Network/networkInterfaces",
    location,
    managedBy: vm,
    properties: { ipConfigurations: [{ properties: { privateIPAddress: address, publicIPAddress: { id: ip } } }] },
  };
  yield {
    id: ip,
    name: `${name}-ip`,
    type: "Microsoft.Network/publicIPAddresses",
    location,
    managedBy: nic,
    properties: { ipAddress: address },
  };
}
