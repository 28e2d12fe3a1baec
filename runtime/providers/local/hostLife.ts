/**
 * Hosts from the request to the release: capacity, boots, reboots, contact lost and found, and low-priority capacity taken away. What the agent has to
 * be told follows from a host's phase alone (`seeTo`), so it can be told again after every reconnection.
 */
import type { NodeHosted, RunEnding } from "../../agent/protocol.ts";
import type { ComputeNode, NodeError } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import type { PoolDetails } from "../../agent/run/details.ts";
import type { NodeNetworkSpec } from "../../agent/node/nodeNetworks.ts";
import type { NodePlace } from "../network/placement.ts";
import { certificateReferences, hasCertificateWork } from "./certificates.ts";
import type { Host } from "./hosts.ts";
import type { RunLife } from "./runLife.ts";
import { sizeOf } from "./sizes.ts";
import type { LocalState } from "./state.ts";

/** Does what effects ask of hosts, and hears what the agent tells of them. */
export class HostLife {
  private readonly state: LocalState;
  private readonly runs: RunLife;
  /** Hosts whose ways in from outside are to be opened. */
  private readonly unopened = new Set<Host>();

  constructor(state: LocalState, runs: RunLife) {
    this.state = state;
    this.runs = runs;
    runs.onPackages = (host, ending) => this.packagesThere(host, ending);
  }

  allocate(pool: Pool, dedicated: boolean, nodeIds: readonly string[]): void {
    const { hosts, options } = this.state;
    const full = { code: "AllocationFailed", message: `this machine hosts ${options.nodesMax} nodes at most (--nodes-max)` };
    const refused = new Map<string, { code: string; message: string; nodeIds: string[] }>();
    for (const nodeId of nodeIds) {
      if (hosts.of(pool, nodeId) !== undefined) continue;
      const place = hosts.size >= options.nodesMax ? full : (options.network?.take(pool, nodeId) ?? {});
      if (!("code" in place)) this.seeTo(this.granted(pool, nodeId, dedicated, place));
      else if (refused.has(place.message)) refused.get(place.message)!.nodeIds.push(nodeId);
      else refused.set(place.message, { ...place, nodeIds: [nodeId] });
    }
    for (const each of refused.values()) this.state.report({ kind: "AllocationFailed", poolId: pool.id, ...each });
  }

  private granted(pool: Pool, nodeId: string, dedicated: boolean, place: NodePlace): Host {
    const host = this.state.hosts.add(pool, nodeId, dedicated, loopback(place.address));
    host.place = place;
    this.state.report({ kind: "NodeAllocated", poolId: pool.id, nodeId });
    return host;
  }

  private refuse(pool: Pool, nodeIds: readonly string[]): void {
    const message = "the request was cancelled before the node was there";
    this.state.report({ kind: "AllocationFailed", poolId: pool.id, nodeIds, code: "AllocationFailed", message });
  }

  /** Allocation is immediate here, so what has a host comes nevertheless. */
  cancel(pool: Pool, nodeIds: readonly string[]): void {
    const given = nodeIds.filter((nodeId) => this.state.hosts.of(pool, nodeId) === undefined);
    if (given.length > 0) this.refuse(pool, given);
  }

  /** Capacity for a preempted node; its old machine may still be on its way out. */
  replace(node: ComputeNode): void {
    const present = this.state.hosts.of(node.pool, node.id);
    if (present !== undefined) present.awaited = true;
    else this.allocate(node.pool, node.isDedicated, [node.id]);
  }

  releaseHost(pool: Pool, nodeId: string): void {
    const host = this.state.hosts.of(pool, nodeId);
    if (host === undefined) {
      this.state.report({ kind: "NodeReleased", poolId: pool.id, nodeId });
      return;
    }
    host.leavingBy = "release";
    this.leave(host);
  }

  /** Takes a low-priority node away, as the service does when it needs the capacity (P-81). Whether there was one to take. */
  preempt(node: ComputeNode): boolean {
    const host = this.state.hosts.of(node.pool, node.id);
    if (host === undefined || host.isDedicated || host.phase === "leaving" || host.node === undefined) return false;
    host.leavingBy = "preemption";
    this.state.report({ kind: "NodePreempted", poolId: host.pool.id, nodeId: host.nodeId });
    this.leave(host);
    return true;
  }

  private leave(host: Host): void {
    if (host.phase === "leaving") return;
    host.phase = "leaving";
    host.life++;
    this.runs.drop(host);
    this.seeTo(host);
  }

  restart(node: ComputeNode, how: "reboot" | "wipe"): void {
    const host = this.state.hosts.of(node.pool, node.id);
    if (host === undefined || host.phase === "leaving") return;
    host.phase = "down";
    host.restart = how;
    host.silent = false;
    host.life++;
    this.runs.drop(host);
    this.seeTo(host);
  }

  /** Tells the agent what the host's phase wants of it. */
  seeTo(host: Host): void {
    const { state } = this;
    if (!state.synced) return;
    const node = host.name;
    if (host.phase === "leaving") state.send({ kind: "RemoveNode", node });
    else if (host.phase === "down" && host.restart !== undefined) {
      if (host.boot === 0) this.create(host);
      host.bootMin = Math.max(host.boot, host.bootMin) + 1;
      state.send({ kind: "RebootNode", node, wipe: host.restart === "wipe" });
    } else if (host.boot === 0) this.create(host);
    for (const directory of host.unwanted) state.send({ kind: "RemoveFiles", node, directory });
    host.unwanted.clear();
  }

  private create(host: Host): void {
    const { coresPerNode } = host.pool.spec;
    this.state.send({ kind: "CreateNode", node: host.name, address: host.address, cores: coresPerNode });
    this.size(host);
  }

  /** Tells the agent what the host's size is; it remembers none, so that one can be changed. */
  size(host: Host): void {
    const { machines } = this.state.options;
    if (machines !== undefined) this.state.send({ kind: "SizeNode", node: host.name, size: sizeOf(host.pool, machines) });
    if (this.state.options.isolateNodes === true)
      this.state.send({ kind: "JoinNetwork", node: host.name, network: isolatedNetwork(host) });
  }

  /**
   * An earlier agent has ended, and with it what the node's start task had left running: such a node boots again, so that the start task runs again
   * (P-100). Whether it does; a node without one is as good as before.
   */
  interrupted(host: Host): boolean {
    const { node } = host;
    if (host.phase !== "up" || node?.startTaskInfo?.result !== "success") return false;
    const state = node.state === "unknown" ? node.stateBeforeUnknown : node.state;
    if (state !== "idle" && state !== "running" && state !== "offline") return false;
    this.state.report({ kind: "NodeInterrupted", poolId: host.pool.id, nodeId: host.nodeId });
    return true;
  }

  /** The agent has it up. */
  up(host: Host, { boot }: NodeHosted): void {
    host.boot = boot;
    if (host.phase === "leaving" || boot < host.bootMin) return;
    host.restart = undefined;
    const at = { poolId: host.pool.id, nodeId: host.nodeId };
    const wasSilent = host.silent;
    host.silent = false;
    if (wasSilent) this.state.report({ kind: "NodeRecovered", ...at });
    // Told twice: it is on its way, unless that was an earlier server's doing.
    if (host.phase === "up" || (host.phase === "booting" && !wasSilent && host.life > 0)) return;
    if (host.phase === "booting" || wasSilent) {
      this.bootOn(host);
      return;
    }
    const { bootMs, now } = this.state.options;
    host.phase = "booting";
    const life = ++host.life;
    const started = () => {
      if (host.life !== life) return;
      this.state.report({ kind: "NodeStarted", ...at });
      this.bootOn(host);
    };
    if (bootMs > 0) this.state.queue.later(now() + bootMs, started);
    else started();
  }

  /** From the start of its agent on: certificates (P-164) and application packages (P-150), then it is ready. */
  private bootOn(host: Host): void {
    host.phase = "booting";
    host.life++;
    // A node that was asked for this moment may have no record yet, and then no place among its pool's: its ways in follow with the next commit.
    if (host.node === undefined) this.unopened.add(host);
    else this.state.options.network?.open(host);
    const references = (host.pool.spec.opaque as PoolDetails | undefined)?.applicationPackageReferences ?? [];
    if (references.length > 0 || hasCertificateWork(host, this.state.options.certificates)) this.runs.installPackages(host);
    else {
      host.packages = [];
      this.ready(host);
    }
  }

  private packagesThere(host: Host, { failure, exitCode }: RunEnding): void {
    if (host.phase !== "booting") return;
    if (failure === undefined && exitCode === 0) {
      const { node } = host;
      if (node !== undefined)
        this.state.options.certificates?.keep(node, host.certificates ?? certificateReferences(host.pool));
      this.ready(host);
    } else
      this.bootFailed(host, { code: failure?.code ?? "ApplicationPackageError", message: failure?.message ?? "not installed" });
  }

  /** Up, if the Batch service reaches it (P-174). */
  private ready(host: Host): void {
    const blocked = this.state.options.network?.problem(host.pool);
    if (blocked !== undefined) {
      this.bootFailed(host, blocked);
      return;
    }
    host.phase = "up";
    this.state.report({ kind: "NodeReady", poolId: host.pool.id, nodeId: host.nodeId });
  }

  private bootFailed(host: Host, error: NodeError): void {
    host.phase = "up";
    this.state.report({ kind: "NodeBootFailed", poolId: host.pool.id, nodeId: host.nodeId, errors: [error] });
  }

  /** The agent could not make or restart it. */
  failed(host: Host, message: string): void {
    if (host.phase === "leaving") {
      this.state.report({ kind: "RemovalFailed", poolId: host.pool.id, nodeId: host.nodeId, message });
      return;
    }
    host.life++;
    if (host.phase === "down") this.state.report({ kind: "NodeStarted", poolId: host.pool.id, nodeId: host.nodeId });
    this.bootFailed(host, { code: "NodeBootFailed", message });
  }

  gone(host: Host): void {
    if (host.phase !== "leaving") return;
    this.state.hosts.remove(host);
    this.state.options.network?.release(host);
    if (host.leavingBy === "release") this.state.report({ kind: "NodeReleased", poolId: host.pool.id, nodeId: host.nodeId });
    else if (host.awaited) this.allocate(host.pool, host.isDedicated, [host.nodeId]);
  }

  /** The reports so far are durable: nodes have records. */
  committed(): void {
    for (const host of this.unopened)
      if (host.node !== undefined || host.phase === "leaving") {
        this.unopened.delete(host);
        if (host.phase !== "leaving") this.state.options.network?.open(host);
      }
  }

  /** Its disk is full (P-193). */
  diskFull(host: Host, message: string): void {
    this.unfit(host, { code: "DiskFull", message });
  }

  /** Rules of networks have changed: nodes that the service does not reach any more are unusable (P-174). They come back with a reboot. */
  networkChanged(): void {
    for (const host of this.state.hosts) {
      const blocked = this.state.options.network?.problem(host.pool);
      if (blocked !== undefined) this.unfit(host, blocked);
    }
  }

  /** What runs there is ended, and the core runs it elsewhere. */
  private unfit(host: Host, error: NodeError): void {
    if (host.phase !== "up" || host.node?.state === "unusable") return;
    for (const run of this.state.book.on(host)) this.state.tell({ kind: "Kill", run: run.id });
    this.runs.drop(host);
    this.state.report({ kind: "NodeUnusable", poolId: host.pool.id, nodeId: host.nodeId, errors: [error] });
  }

  /** The agent is away: nobody knows what becomes of its nodes (row 18). */
  silence(): void {
    for (const host of this.state.hosts) {
      host.boot = 0;
      if (host.phase === "leaving" || host.silent) continue;
      host.silent = true;
      host.life++;
      this.state.report({ kind: "NodeLost", poolId: host.pool.id, nodeId: host.nodeId });
    }
  }
}

/** A node can only have an address of this machine. */
const loopback = (address: string | undefined): string | undefined =>
  address?.startsWith("127.") === true ? address : undefined;

/** Highest port that nodes of cloud services pools do not open to each other (P-140). */
const CLOUD_SERVICE_CLOSED_PORTS_MAX = 1_100;

/** A network for the node alone, or for its pool where nodes may talk to each other. No name of a pool is one of a node, which holds a dot. */
function isolatedNetwork({ pool, name }: Host): NodeNetworkSpec {
  if (!pool.spec.enableInterNodeCommunication) return { name };
  if (pool.spec.configuration === "virtualMachine") return { name: pool.key };
  return { name: pool.key, closedPortsMax: CLOUD_SERVICE_CLOSED_PORTS_MAX };
}
