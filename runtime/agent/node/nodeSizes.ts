/**
 * What a node's size means here. Its figures are written where tasks can read them; and where the server asks for it the node is held to them: its
 * processes to as many processors as it has cores, each of them to its memory, and its directory to its disk. The first is best effort: nodes take
 * processors in turn, so two of them may share one while another idles, and a machine with fewer than the size says has no more to give.
 *
 *     <node>/volatile/size.json     the figures, as NodeSize has them
 */
import { readFileSync, writeFileSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { NodeSize } from "../protocol.ts";
import type { HostedNode } from "./hostedNode.ts";

const MEGABYTE = 1024 * 1024;
/** `st_blocks` counts these. */
const BLOCK_BYTES = 512;
/** Directories are measured no more often than this, and for no more than a tenth of the time. */
const MEASURE_MS_MIN = 500;
const REST_RATIO = 9;

/** Holds nodes to their sizes. */
export class NodeSizes {
  private readonly nodes: Iterable<HostedNode>;
  private readonly onFull: (node: HostedNode, message: string) => void;
  private readonly available = availableProcessors();
  private nextProcessor = 0;
  private timer: NodeJS.Timeout | undefined = undefined;
  private closed = false;

  /** `onFull` is told once in a boot that a node's directory has grown above its disk. */
  constructor(nodes: Iterable<HostedNode>, onFull: (node: HostedNode, message: string) => void) {
    this.nodes = nodes;
    this.onFull = onFull;
  }

  /** From now on the node is of this size. */
  set(node: HostedNode, size: NodeSize): void {
    if (node.size?.coresMax !== size.coresMax || node.size === undefined) node.processors = this.take(size.coresMax);
    node.size = size;
    this.show(node);
    if (size.diskMbMax !== undefined) this.watch(MEASURE_MS_MIN);
  }

  /** Writes the figures down, again after a node was wiped. They are for reading: where they cannot be written nothing else is wrong. */
  show(node: HostedNode): void {
    if (node.size === undefined) return;
    try {
      writeFileSync(join(node.root, "volatile", "size.json"), `${JSON.stringify(node.size, null, 2)}\n`, { mode: 0o644 });
    } catch {
      // A full disk says so elsewhere.
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private take(coresMax: number | undefined): readonly number[] | undefined {
    const count = this.available.length;
    if (coresMax === undefined || coresMax >= count) return undefined;
    return Array.from({ length: coresMax }, () => this.available[this.nextProcessor++ % count]);
  }

  private watch(afterMs: number): void {
    if (this.closed || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      void this.measure().then((tookMs) => {
        this.timer = undefined;
        if (tookMs !== undefined) this.watch(Math.max(MEASURE_MS_MIN, REST_RATIO * tookMs));
      });
    }, afterMs);
    this.timer.unref();
  }

  /** How long it took; undefined when no node has a limit any more. */
  private async measure(): Promise<number | undefined> {
    const since = performance.now();
    let limited = false;
    for (const node of [...this.nodes]) {
      const max = node.size?.diskMbMax;
      if (max === undefined) continue;
      limited = true;
      if (node.toldFull) continue;
      const { boot } = node;
      const usedMb = (await bytesBelow(node.root, max * MEGABYTE)) / MEGABYTE;
      // It may have been wiped meanwhile.
      if (usedMb <= max || node.boot !== boot) continue;
      node.toldFull = true;
      const disk = `${Math.floor(max)} MB of the disk of ${node.size?.vmSize}`;
      this.onFull(node, `The node's files take more than the ${disk}; free some space and reboot the node.`);
    }
    return limited ? performance.now() - since : undefined;
  }
}

/** Bytes on disk of a directory with all below it; counting ends above `enough`. A file that goes meanwhile counts or not. */
async function bytesBelow(directory: string, enough: number): Promise<number> {
  let sum = 0;
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const path = join(directory, name);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) continue;
    sum += found.blocks * BLOCK_BYTES;
    if (found.isDirectory()) sum += await bytesBelow(path, enough - sum);
    if (sum > enough) break;
  }
  return sum;
}

/** Numbers of the processors that this process may use; empty where the kernel does not tell. */
function availableProcessors(): readonly number[] {
  let list: string | undefined;
  try {
    list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
  } catch {
    // No Linux.
  }
  const found: number[] = [];
  for (const range of list?.split(",") ?? []) {
    const [first, last = first] = range.split("-").map(Number);
    for (let processor = first; processor <= last; processor++) found.push(processor);
  }
  return found;
}
