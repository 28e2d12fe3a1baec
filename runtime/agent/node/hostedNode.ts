/**
 * One node that this agent plays: a directory tree, an address, a number of boots. Nothing of it is a machine; its processes are found by the runs
 * that were begun on it and by the mark that all of them carry.
 */
import type { NodeRecord } from "../leftovers/records.ts";
import type { NodeHosted, NodeSize } from "../protocol.ts";
import type { Run } from "../run/run.ts";
import { Traffic } from "../transfer/traffic.ts";

export class HostedNode {
  readonly name: string;
  readonly address: string;
  readonly cores: number;
  /** Absolute. */
  readonly root: string;
  /** Counts boots from 1. */
  boot: number;
  /** Runs that are not over. */
  readonly runs = new Set<Run>();
  /** Taken over from an earlier agent, with which everything on it has ended, and not booted since. */
  isInterrupted = false;
  /** Clock ticks of runs that ended since the last usage sample. */
  endedTicks = 0;
  /** Bytes that the agent moves for it. */
  readonly traffic = new Traffic();
  /** The server was told that the disk is full. */
  toldFull = false;
  /** Its directory is open to the users of its tasks. */
  isOpened = false;
  /** What the server told of its size; undefined until then. */
  size: NodeSize | undefined = undefined;
  /** Numbers of the processors it is held to; undefined: all. */
  processors: readonly number[] | undefined = undefined;

  constructor(record: NodeRecord, root: string) {
    this.name = record.node;
    this.address = record.address;
    this.cores = record.cores;
    this.boot = record.boot;
    this.root = root;
  }

  get hosted(): NodeHosted {
    const { name: node, address, boot } = this;
    return { node, address, boot, ...(this.isInterrupted ? { interrupted: true } : {}) };
  }

  get record(): NodeRecord {
    const { name: node, address, boot, cores } = this;
    return { node, address, boot, cores };
  }
}
