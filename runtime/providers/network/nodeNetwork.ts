/**
 * The network as the nodes of one account meet it: where each is placed, whether the Batch service reaches it, and its open ways in. One book of places is
 * shared by all accounts of a server; what must outlast this process (cluster and address of each node) is kept with the account's own documents.
 */
import { idKey } from "../../core/limits.ts";
import type { Traffic } from "../../agent/transfer/traffic.ts";
import type { ComputeNode, NodeError } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import type { Documents } from "./documents.ts";
import { EndpointProxy } from "../local/endpointProxy.ts";
import type { Log } from "../log.ts";
import { type FrontEnd, frontEndsOf } from "./frontEnds.ts";
import { controlProblem, subnetIdOf } from "./networks.ts";
import type { NoPlace, NodePlace, Placement } from "./placement.ts";

/** Kind of the documents that hold the places of an account's nodes. */
const NODE_PLACE = "nodePlace";

/** The account's own documents, which last. */
interface OwnDocuments extends Documents {
  put(kind: string, key: string, document: unknown): Promise<void>;
  delete(kind: string, key: string): Promise<void>;
}

/** What a node's network is made with. */
export interface NodeNetworkOptions {
  readonly account: string;
  /** Where the account has its data: what sets it apart from accounts of the same name that other servers of this machine have. */
  readonly home: string;
  readonly placement: Placement;
  /** The account's own documents. */
  readonly own: () => OwnDocuments;
  /** Where networks and their rules are read. */
  readonly landscape: () => Documents;
  readonly log: Log;
}

/** A node of this machine, as far as its network goes. */
interface Networked {
  readonly pool: Pool;
  readonly nodeId: string;
  readonly name: string;
  readonly address: string;
  readonly node: ComputeNode | undefined;
  readonly traffic: Traffic;
}

const keyOf = (pool: Pool, nodeId: string): string => `${pool.key}.${idKey(nodeId)}`;

/** The network of one account's nodes. */
export class NodeNetwork {
  private readonly options: NodeNetworkOptions;
  private readonly proxy: EndpointProxy;

  constructor(options: NodeNetworkOptions) {
    this.options = options;
    this.proxy = new EndpointProxy(options.log);
  }

  /** A place for a new node, or why there is none. */
  take(pool: Pool, nodeId: string): NodePlace | NoPlace {
    const { account, placement } = this.options;
    const key = keyOf(pool, nodeId);
    const place = placement.take(account, key, pool);
    // Most nodes are nowhere in particular.
    if (!("code" in place) && Object.keys(place).length > 0) this.keep(this.options.own().put(NODE_PLACE, key, place), key);
    return place;
  }

  /** The place that a node had before this process. */
  adopt(pool: Pool, nodeId: string): NodePlace {
    const { account, placement } = this.options;
    const key = keyOf(pool, nodeId);
    const place = (this.options.own().get(NODE_PLACE, key) ?? {}) as NodePlace;
    placement.adopt(account, key, pool, place);
    return place;
  }

  /** The node is gone. */
  release({ pool, nodeId, name }: Networked): void {
    const { account, placement } = this.options;
    const key = keyOf(pool, nodeId);
    const had = placement.of(account, key);
    placement.release(account, key);
    this.proxy.close(name);
    if (had?.address !== undefined || had?.cluster !== undefined) this.keep(this.options.own().delete(NODE_PLACE, key), key);
  }

  /** Why the Batch service does not reach nodes of the pool: undefined: it does. */
  problem(pool: Pool): NodeError | undefined {
    const subnetId = subnetIdOf(pool.spec.opaque);
    const message = subnetId === undefined ? undefined : controlProblem(this.options.landscape(), subnetId);
    return message === undefined ? undefined : { code: "CommunicationBlocked", message };
  }

  /** Opens the ways in to a node that is up. */
  open({ node, name, address, traffic }: Networked): void {
    if (node !== undefined) this.proxy.open(name, { address, traffic }, frontEndsOf(this.options.home, node));
  }

  /** Ways in to the node, open or not yet. */
  frontEnds(node: ComputeNode): readonly FrontEnd[] {
    return frontEndsOf(this.options.home, node);
  }

  /** Closes all ways in; places stay as they are kept. */
  close(): void {
    this.proxy.closeAll();
  }

  private keep(done: Promise<void>, node: string): void {
    done.catch((error: Error) => this.options.log("debug", "placeNotKept", { node, error: error.message }));
  }
}
