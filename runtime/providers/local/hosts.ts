/**
 * The nodes of this machine as the provider knows them: a name for the agent, an address, and how far each has come on its way up. A host lives from
 * the request to the release; a preempted one keeps its name and gets a new boot.
 *
 *     asked ── NodeAllocated → down ── NodeUp → booting ── packages there, boot time over → up        silent: the agent is away
 */
import { idKey } from "../../core/limits.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import type { NodePlace } from "../network/placement.ts";
import type { CertificateReference } from "../../agent/run/details.ts";
import { Traffic } from "../../agent/transfer/traffic.ts";
import type { WantedPackage } from "./packages.ts";

/** What the agent calls a node: ids of nodes are unique in their pool only, and no id holds a dot. */
type HostName = string;

/** What the agent calls this node; also the name of its directory. */
export function hostName(pool: Pool, nodeId: string): HostName {
  return `${pool.key}.${idKey(nodeId)}`;
}

/** How far a host has come on its way up, or that it goes. */
type HostPhase =
  /** The agent has to make, reboot or wipe it. */
  | "down"
  /** Its agent is up; packages are being installed, or the boot takes its time. */
  | "booting"
  | "up"
  /** It is being removed. */
  | "leaving";

/** One node of this machine. */
export class Host {
  readonly pool: Pool;
  readonly nodeId: string;
  readonly name: HostName;
  readonly isDedicated: boolean;
  /** Its own loopback address, which its processes can really listen at. */
  readonly address: string;
  /** Where it is said to be: cluster, address in a subnet. */
  place: NodePlace = {};
  /** Bytes that go to it and come from it through this process. */
  readonly traffic = new Traffic();
  phase: HostPhase = "down";
  /** The last boot that the agent told of; 0: it knows of none. */
  boot = 0;
  /** A NodeUp of an earlier boot is not the one that is waited for. */
  bootMin = 1;
  /** What is to be done to it as soon as the agent can be told. */
  restart: "reboot" | "wipe" | undefined = undefined;
  /** The core was told that contact is lost. */
  silent = false;
  /** What is told when the agent has removed it. */
  leavingBy: "release" | "preemption" = "release";
  /** A replacement was asked for before the preempted machine was gone. */
  awaited = false;
  /** Application packages of the pool that were installed at its last boot; undefined: before this server's time. */
  packages: readonly WantedPackage[] | undefined = undefined;
  /** Certificates that its present boot installs; undefined: an earlier server has asked for them. */
  certificates: readonly CertificateReference[] | undefined = undefined;
  /** Directories that are to go as soon as the agent can be told. */
  readonly unwanted = new Set<string>();
  /** Counts boots and losses: what was foreseen for an earlier life does not happen. */
  life = 0;

  constructor(pool: Pool, nodeId: string, isDedicated: boolean, address: string) {
    this.pool = pool;
    this.nodeId = nodeId;
    this.name = hostName(pool, nodeId);
    this.isDedicated = isDedicated;
    this.address = address;
  }

  /** The address that the service tells of it: that in its subnet, if it is in one. */
  get shownAddress(): string {
    return this.place.address ?? this.address;
  }

  /** The node's record in the core; undefined before it is allocated and after it is released. */
  get node(): ComputeNode | undefined {
    return this.pool.node(this.nodeId);
  }
}

/** All hosts by name, each with an address of its own in 127.0.0.0/8. */
export class Hosts {
  private readonly byName = new Map<HostName, Host>();
  private readonly addresses: Set<string>;

  private readonly home: string;

  /** `addresses`: those that are taken; shared by all who draw from this machine's. `home`: what sets this service apart from others on this machine. */
  constructor(addresses: Set<string> = new Set(), home = "") {
    this.addresses = addresses;
    this.home = home;
  }

  get(name: HostName): Host | undefined {
    return this.byName.get(name);
  }

  of(pool: Pool, nodeId: string): Host | undefined {
    return this.byName.get(hostName(pool, nodeId));
  }

  get size(): number {
    return this.byName.size;
  }

  [Symbol.iterator](): IterableIterator<Host> {
    return this.byName.values();
  }

  /** `address`: the one it had; taken unless another host has it. */
  add(pool: Pool, nodeId: string, isDedicated: boolean, address?: string): Host {
    const name = hostName(pool, nodeId);
    const given = address !== undefined && !this.addresses.has(address) ? address : this.freeAddress(name);
    const host = new Host(pool, nodeId, isDedicated, given);
    this.byName.set(name, host);
    this.addresses.add(given);
    return host;
  }

  remove(host: Host): void {
    this.byName.delete(host.name);
    this.addresses.delete(host.address);
  }

  /** The same name seeks the same address, so a node keeps its own when the data directory is opened again; nodes of other services have others. */
  private freeAddress(name: string): string {
    let hash = 2_166_136_261;
    for (const char of `${this.home}/${name}`) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619) >>> 0;
    for (let place = hash; ; place++) {
      const address = addressAt(place % ADDRESSES);
      if (!this.addresses.has(address)) return address;
    }
  }
}

/** 127.1.0.1 to 127.254.255.254: not 127.0.0.0/16, where this machine's own services listen. */
const ADDRESSES = 254 * 256 * 254;

function addressAt(place: number): string {
  const last = (place % 254) + 1;
  const third = Math.floor(place / 254) % 256;
  const second = Math.floor(place / (254 * 256)) + 1;
  return `127.${second}.${third}.${last}`;
}
