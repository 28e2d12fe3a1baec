/** A simulated machine, and what may happen to it. Its record lives from the request to the release; a preempted one waits to be replaced. */
import type { ComputeNode } from "../core/node.ts";
import type { Pool } from "../core/pool.ts";

/** One machine and where it stands. Instants in milliseconds since 1970. */
export class Machine {
  readonly pool: Pool;
  readonly nodeId: string;
  readonly isDedicated: boolean;
  /** Holds capacity: asked for and promised, or there. */
  present = true;
  /** Counts allocations and losses of the machine: what was foreseen for an earlier life does not happen. */
  life = 0;
  /** Counts boots: a reboot makes what was foreseen for the earlier boot void. */
  boot = 0;
  /** Place in the list of present low-priority machines; -1 when it is not in it. */
  place = -1;

  constructor(pool: Pool, nodeId: string, isDedicated: boolean) {
    this.pool = pool;
    this.nodeId = nodeId;
    this.isDedicated = isDedicated;
  }

  /** The node's record in the core; undefined before it is allocated and after it is released. */
  get node(): ComputeNode | undefined {
    return this.pool.node(this.nodeId);
  }
}

/** What may be foreseen for a machine. */
export type MachineHappening = "allocated" | "started" | "ready" | "startTaskEnded" | "preempted" | "failed" | "recovered";
