/**
 * What the processes of a node really use, from /proc, under the metric names of formula rule 4.10. A process belongs to the node in whose run's session it
 * is. The kernel does not tell the bytes that a process sends (the nodes share the machine's interfaces): those that the agent itself moves for it count.
 *
 *     $CPUPercent      0 to 100, of the node's cores: all processor time, also of processes that came and went in between
 *     $MemoryBytes     megabytes that are the processes' own (resident without what is shared)
 *     $DiskBytes       gigabytes used on the disk that the nodes share
 *     $NetworkInBytes $NetworkOutBytes   since the last sample, of files that this agent fetched and uploaded (traffic.ts)
 *     $DiskReadBytes $DiskWriteBytes $DiskReadOps $DiskWriteOps   since the last sample, of processes that are there at both
 */
import { readFileSync, statfsSync } from "node:fs";
import { allProcesses, type ProcessStat, TICKS_PER_SECOND } from "../leftovers/processes.ts";
import type { FromAgent } from "../protocol.ts";
import type { Run } from "../run/run.ts";
import type { HostedNode } from "./hostedNode.ts";

export interface UsageSurroundings {
  readonly nodes: Iterable<HostedNode>;
  /** On the disk that is looked at. */
  readonly nodesRoot: string;
  send(message: FromAgent): void;
}

const PAGE_BYTES = 4096;
const MEGABYTE = 1024 * 1024;
const GIGABYTE = 1024 * MEGABYTE;
/** Less room than this is a full disk: a task could not even write its output (assumed; the service does not say what is nearly full, P-193). */
const FREE_BYTES_MIN = 64 * MEGABYTE;
/** No more often than this, whatever is asked: a sample reads three files a process. */
const EVERY_MS_MIN = 100;
const TIMER_MS_MAX = 2_147_483_647;

/** Fields of /proc/<pid>/io with the metric each adds to. */
const IO_METRICS = [
  ["read_bytes", "$DiskReadBytes"],
  ["write_bytes", "$DiskWriteBytes"],
  ["syscr", "$DiskReadOps"],
  ["syscw", "$DiskWriteOps"],
] as const;

interface NodeUse {
  ticks: number;
  memoryBytes: number;
  readonly io: number[];
}

export class UsageSampler {
  private readonly around: UsageSurroundings;
  private timer: NodeJS.Timeout | undefined = undefined;
  private sampledAt = performance.now();
  /** Counters of each process at the last sample, by pid and start time. */
  private before = new Map<string, readonly number[]>();

  constructor(around: UsageSurroundings) {
    this.around = around;
  }

  /** Samples every so many milliseconds from now on; Infinity or what is no time: not any more. */
  every(everyMs: number): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (!(everyMs > 0 && everyMs < Number.POSITIVE_INFINITY)) return;
    this.sampledAt = performance.now();
    this.timer = setInterval(() => this.sample(), Math.min(Math.max(everyMs, EVERY_MS_MIN), TIMER_MS_MAX));
    this.timer.unref();
  }

  /** Takes one sample of every node, and tells. */
  sample(): void {
    const sampledAt = performance.now();
    const elapsedTicks = Math.max(1e-3, ((sampledAt - this.sampledAt) / 1000) * TICKS_PER_SECOND);
    this.sampledAt = sampledAt;
    const uses = this.uses();
    const disk = diskOf(this.around.nodesRoot);
    for (const node of this.around.nodes) {
      const use = uses.get(node) ?? { ticks: 0, memoryBytes: 0, io: IO_METRICS.map(() => 0) };
      const busyTicks = use.ticks + node.endedTicks;
      node.endedTicks = 0;
      const { receivedBytes, sentBytes } = node.traffic.take();
      const values: [string, number][] = [
        ["$CPUPercent", Math.min(100, (100 * busyTicks) / (elapsedTicks * Math.max(1, node.cores)))],
        ["$MemoryBytes", use.memoryBytes / MEGABYTE],
        ["$NetworkInBytes", receivedBytes],
        ["$NetworkOutBytes", sentBytes],
        ...IO_METRICS.map(([, metric], i): [string, number] => [metric, use.io[i]]),
      ];
      if (disk !== undefined) values.push(["$DiskBytes", disk.usedBytes / GIGABYTE]);
      this.around.send({ kind: "UsageSampled", node: node.name, values });
      if (disk !== undefined) this.watchDisk(node, disk.freeBytes);
    }
  }

  private watchDisk(node: HostedNode, freeBytes: number): void {
    const full = freeBytes < FREE_BYTES_MIN;
    if (full && !node.toldFull) {
      const message = `${Math.floor(freeBytes / MEGABYTE)} MB are left on the disk; free some space and reboot the node.`;
      this.around.send({ kind: "DiskFull", node: node.name, message });
    }
    node.toldFull = full;
  }

  private uses(): Map<HostedNode, NodeUse> {
    const bySession = new Map<number, readonly [HostedNode, Run]>();
    for (const node of this.around.nodes) {
      for (const run of node.runs) if (run.pid !== undefined) bySession.set(run.pid, [node, run]);
    }
    const uses = new Map<HostedNode, NodeUse>();
    const ticksOfRun = new Map<Run, number>();
    const counters = new Map<string, readonly number[]>();
    for (const process of bySession.size === 0 ? [] : allProcesses()) {
      const owner = bySession.get(process.session);
      if (owner === undefined) continue;
      const [node, run] = owner;
      let use = uses.get(node);
      if (use === undefined) uses.set(node, (use = { ticks: 0, memoryBytes: 0, io: IO_METRICS.map(() => 0) }));
      ticksOfRun.set(run, (ticksOfRun.get(run) ?? 0) + process.cpuTicks);
      use.memoryBytes += memoryOf(process.pid);
      this.addIo(use, process, counters);
    }
    this.before = counters;
    // Counted by run, not by process: the time of a child that has ended is its parent's by then.
    for (const [run, ticks] of ticksOfRun) {
      const owner = bySession.get(run.pid!)!;
      uses.get(owner[0])!.ticks += Math.max(0, ticks - run.countedTicks);
      run.countedTicks = Math.max(ticks, run.countedTicks);
    }
    return uses;
  }

  private addIo(use: NodeUse, process: ProcessStat, counters: Map<string, readonly number[]>): void {
    const identity = `${process.pid} ${process.startTicks}`;
    const now = ioOf(process.pid);
    if (now === undefined) return;
    const before = this.before.get(identity);
    counters.set(identity, now);
    for (let i = 0; i < now.length; i++) use.io[i] += Math.max(0, now[i] - (before?.[i] ?? 0));
  }
}

/** Bytes of memory that are a process's own; 0 when it has gone. */
function memoryOf(pid: number): number {
  try {
    const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ");
    return Math.max(0, Number(resident) - Number(shared)) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** Counters in the order of IO_METRICS; undefined when they may not be read. */
function ioOf(pid: number): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/io`, "latin1");
    return IO_METRICS.map(([field]) => Number(new RegExp(`^${field}: (\\d+)`, "m").exec(text)?.[1] ?? 0));
  } catch {
    return undefined;
  }
}

function diskOf(path: string): { readonly usedBytes: number; readonly freeBytes: number } | undefined {
  try {
    const { bsize, blocks, bfree, bavail } = statfsSync(path);
    return { usedBytes: (blocks - bfree) * bsize, freeBytes: bavail * bsize };
  } catch {
    return undefined;
  }
}
