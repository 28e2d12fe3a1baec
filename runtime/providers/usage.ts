/**
 * What simulated nodes tell of their processors. A task slot in use counts as fully busy, so a node's `$CPUPercent` is its share of used slots. One
 * report stands for the whole pool: the core averages over reports, and the average of one average is the same number.
 */
import type { Pool } from "../core/pool.ts";
import type { Report } from "../core/protocol.ts";

/** The pool's average over nodes whose agent is up; undefined when there is none, which leaves a gap in the samples. */
export function usageReport(pool: Pool): Report | undefined {
  let percents = 0;
  let nodes = 0;
  let nodeId: string | undefined;
  for (const node of pool.nodes.values()) {
    if (node.state !== "idle" && node.state !== "running" && node.state !== "offline") continue;
    percents += (100 * node.usedSlots) / node.slots;
    nodes++;
    nodeId ??= node.id;
  }
  if (nodeId === undefined) return undefined;
  return { kind: "UsageSampled", poolId: pool.id, nodeId, values: [["$CPUPercent", percents / nodes]] };
}
