/**
 * Where the nodes of this machine are said to be: in which cluster of machines, at which address of which subnet, made from which copy of an image. All
 * three are bookkeeping, and all three run out: then a resize ends short with the service's own error (P-05, P-141, P-173). One book for all accounts of
 * a server, because subnets and clusters are shared; a node is known in it by account and host name.
 */
import type { Pool } from "../../core/pool.ts";
import { nodeAddresses, parsePrefix, RESERVED_ADDRESSES, usableAddresses } from "./addresses.ts";
import type { Documents } from "./documents.ts";
import { findSubnet, subnetIdOf } from "./networks.ts";

/** Where one node is. What does not apply is left out: one cluster for all needs no name, and most pools are in no subnet. */
export interface NodePlace {
  /** `cluster-1` … */
  readonly cluster?: string;
  /** Address in the pool's subnet. */
  readonly address?: string;
}

/** Why a node cannot be placed: a resize error code, and a sentence. */
export interface NoPlace {
  readonly code: "AllocationFailed" | "CommunicationEnabledPoolReachedMaxVMCount";
  readonly message: string;
}

/** What the book is made with. */
export interface PlacementOptions {
  /** Nodes that one cluster holds; undefined: there is one cluster, without limit or name. */
  readonly clusterNodes: number | undefined;
  /** Nodes that this machine hosts: with the former, how many clusters there are. */
  readonly nodesMax: number;
  /** Where networks are read. */
  readonly documents: () => Documents;
}

interface Entry extends NodePlace {
  /** Account and pool. */
  readonly pool: string;
  /** Subnet and address, as they stand in the list of those that are taken. */
  readonly lease?: string;
}

/** Nodes that one copy of a custom image serves (P-05). */
const NODES_PER_IMAGE = { windows: 20, linux: 40 } as const;

/** The book of places. */
export class Placement {
  private readonly options: PlacementOptions;
  private readonly entries = new Map<string, Entry>();
  /** Nodes in each cluster. */
  private readonly clusters: number[];
  /** Subnet and address of every node that has one. */
  private readonly leases = new Set<string>();

  constructor(options: PlacementOptions) {
    const { clusterNodes, nodesMax } = options;
    this.options = options;
    this.clusters =
      clusterNodes === undefined ? [] : new Array(Math.max(1, Math.ceil(nodesMax / Math.max(1, clusterNodes)))).fill(0);
  }

  /** The place of a node; undefined while it has none. */
  of(account: string, host: string): NodePlace | undefined {
    return this.entries.get(`${account}/${host}`);
  }

  /** Finds a place for a new node of the pool, which has it until it is released. */
  take(account: string, host: string, pool: Pool): NodePlace | NoPlace {
    const name = `${account}/${host}`;
    const poolName = `${account}/${pool.key}`;
    this.release(account, host);
    const noImage = this.imageProblem(poolName, pool);
    if (noImage !== undefined) return noImage;
    const cluster = this.clusterFor(poolName, pool);
    if (typeof cluster === "object") return cluster;
    const address = this.addressFor(pool);
    if (typeof address === "object") return address;
    return this.enter(name, poolName, pool, {
      ...(cluster === undefined ? {} : { cluster: `cluster-${cluster + 1}` }),
      ...(address === undefined ? {} : { address }),
    });
  }

  /** A node that was there before this process has its place back. */
  adopt(account: string, host: string, pool: Pool, { cluster, address }: NodePlace): void {
    this.release(account, host);
    this.enter(`${account}/${host}`, `${account}/${pool.key}`, pool, {
      ...(cluster === undefined ? {} : { cluster }),
      ...(address === undefined ? {} : { address }),
    });
  }

  /** Gives the place of a node back. */
  release(account: string, host: string): void {
    const name = `${account}/${host}`;
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    this.entries.delete(name);
    const cluster = clusterNumber(entry.cluster);
    if (cluster !== undefined && cluster < this.clusters.length) this.clusters[cluster]--;
    if (entry.lease !== undefined) this.leases.delete(entry.lease);
  }

  private enter(name: string, poolName: string, { spec }: Pool, place: NodePlace): NodePlace {
    const subnetId = subnetIdOf(spec.opaque);
    const lease = subnetId === undefined || place.address === undefined ? {} : { lease: leaseOf(subnetId, place.address) };
    const entry: Entry = { ...place, pool: poolName, ...lease };
    this.entries.set(name, entry);
    const cluster = clusterNumber(entry.cluster);
    if (cluster !== undefined && cluster < this.clusters.length) this.clusters[cluster]++;
    if (entry.lease !== undefined) this.leases.add(entry.lease);
    return place;
  }

  private nodesOf(poolName: string): Entry[] {
    return [...this.entries.values()].filter(({ pool }) => pool === poolName);
  }

  private imageProblem(poolName: string, pool: Pool): NoPlace | undefined {
    const copies = imageCopies(pool);
    if (copies === undefined) return undefined;
    const max = copies.count * NODES_PER_IMAGE[copies.osType];
    if (this.nodesOf(poolName).length < max) return undefined;
    const message = `${copies.count} copies of the image serve ${max} ${copies.osType} nodes (${NODES_PER_IMAGE[copies.osType]} each); give more copies in osDisk.imageUris`;
    return { code: "AllocationFailed", message };
  }

  /** Number of the cluster; undefined: there is only one. Nodes that talk to each other stay together, others go where there is most room. */
  private clusterFor(poolName: string, pool: Pool): number | undefined | NoPlace {
    const { clusterNodes } = this.options;
    if (clusterNodes === undefined) return undefined;
    const emptiest = this.clusters.indexOf(Math.min(...this.clusters));
    if (!pool.spec.enableInterNodeCommunication) {
      if (this.clusters[emptiest] < clusterNodes) return emptiest;
      return { code: "AllocationFailed", message: `all ${this.clusters.length} clusters of ${clusterNodes} nodes are full` };
    }
    const own = clusterNumber(this.nodesOf(poolName).find(({ cluster }) => cluster !== undefined)?.cluster) ?? emptiest;
    if ((this.clusters[own] ?? Number.POSITIVE_INFINITY) < clusterNodes) return own;
    return {
      code: "CommunicationEnabledPoolReachedMaxVMCount",
      message: `nodes of a pool with inter-node communication are placed in one cluster, and cluster-${own + 1} holds ${clusterNodes} nodes`,
    };
  }

  private addressFor(pool: Pool): string | undefined | NoPlace {
    const subnetId = subnetIdOf(pool.spec.opaque);
    if (subnetId === undefined) return undefined;
    const prefix = parsePrefix(findSubnet(this.options.documents(), subnetId)?.subnet.addressPrefix ?? "");
    if (prefix === undefined) return { code: "AllocationFailed", message: `the subnet ${subnetId} is not there any more` };
    for (const address of nodeAddresses(prefix)) if (!this.leases.has(leaseOf(subnetId, address))) return address;
    const message = `the subnet ${subnetId} has no free address: ${usableAddresses(prefix)} are for nodes, ${RESERVED_ADDRESSES} are the platform's`;
    return { code: "AllocationFailed", message };
  }
}

const leaseOf = (subnetId: string, address: string): string => `${subnetId.toLowerCase()} ${address}`;

const clusterNumber = (name: string | undefined): number | undefined =>
  name === undefined ? undefined : Number(name.slice("cluster-".length)) - 1;

function imageCopies({ spec }: Pool): { readonly count: number; readonly osType: "windows" | "linux" } | undefined {
  const { virtualMachineConfiguration } = (spec.opaque ?? {}) as {
    virtualMachineConfiguration?: { nodeAgentSKUId?: string; osDisk?: { imageUris?: readonly string[] } };
  };
  const uris = virtualMachineConfiguration?.osDisk?.imageUris;
  if (uris === undefined) return undefined;
  const osType = /windows/i.test(virtualMachineConfiguration?.nodeAgentSKUId ?? "") ? "windows" : "linux";
  return { count: new Set(uris.map((uri) => uri.toLowerCase())).size, osType };
}
