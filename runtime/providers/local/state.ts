/**
 * What the parts of the local provider share: hosts, runs, reports on their way, and the way to the agent. `synced` says whether the agent has been
 * told everything there is to tell; until then nothing is sent, because `catchUp` will say it all.
 */
import type { RunId, ToAgent } from "../../agent/protocol.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Report } from "../../core/protocol.ts";
import type { Log } from "../log.ts";
import type { NodeUser } from "../nodeLogins.ts";
import type { DescribeOptions } from "./describe.ts";
import type { NodeNetwork } from "../network/nodeNetwork.ts";
import { Hosts } from "./hosts.ts";
import { ReportQueue } from "./reportQueue.ts";
import { RunBook } from "./runBook.ts";

/** What a local provider is made with. Durations are milliseconds of service time unless they say otherwise. */
export interface LocalOptions extends DescribeOptions {
  /** Path of the agent's Unix socket. */
  readonly socket: string;
  /** Starts an agent process that outlives this one and listens there. */
  readonly startAgent: () => void;
  /** Whether the agent is sought only when there is a node: for providers of which a server has many, unless one may be left. Default no. */
  readonly startsLate?: () => boolean;
  /** Loopback addresses that are taken, shared with the other providers of this process. */
  readonly addresses?: Set<string>;
  /** Nodes have networks of their own: they reach each other only where their pool lets them, and nothing else. Default false. */
  readonly isolateNodes?: boolean;
  /** Clusters and subnets of this machine; without it nodes are in none. */
  readonly network?: NodeNetwork;
  /** Service time, milliseconds since 1970. */
  readonly now: () => number;
  /** Nodes of both kinds that this machine hosts at one time. */
  readonly nodesMax: number;
  /** Artificial length of a boot, milliseconds of service time. */
  readonly bootMs: number;
  /** Who may log in to a node. Default: nobody. */
  readonly usersOf?: (node: ComputeNode) => readonly NodeUser[];
  /** How often nodes tell their usage, milliseconds of real time. */
  readonly usageEveryMs: number;
  readonly log: Log;
}

/** The state of one provider; its parts change it, nobody else sees it. */
export class LocalState {
  readonly options: LocalOptions;
  readonly hosts: Hosts;
  readonly book = new RunBook();
  readonly queue = new ReportQueue();
  /** Endings that were reported and are not durable yet: told again, they are no news, and not to be thanked for. */
  readonly unacknowledged = new Set<RunId>();
  synced = false;
  /** Absolute path under which the agent keeps its nodes. */
  root = "";
  send: (message: ToAgent) => void = () => {};
  private stamps = 0;
  private readonly birth = Date.now().toString(36);

  constructor(options: LocalOptions) {
    this.options = options;
    this.hosts = new Hosts(options.addresses, options.socket);
  }

  /** Sends if the agent is up to date; otherwise what the message stands for is read off the hosts and the book when it is. */
  tell(message: ToAgent): void {
    if (this.synced) this.send(message);
  }

  /** Reports the end of runs. They are acknowledged when the report is durable. */
  report(report: Report, runs: readonly RunId[] = []): void {
    for (const run of runs) this.unacknowledged.add(run);
    this.queue.add(report, runs);
  }

  /** Whatever is told with it, no run id of this data directory was or will be the same. */
  stamp(): string {
    return `${this.birth}${(this.stamps++).toString(36)}`;
  }
}
