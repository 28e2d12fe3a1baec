/**
 * Which nodes leave when a pool shrinks: an ordered list of rules (P-46, P-47). Of two nodes the one under the earlier rule goes first; within a
 * rule the one with fewer occupied slots, then the newer allocation, then the higher place, which is the id that was given later.
 */
import type { ComputeNode, NodeState } from "../node.ts";

/** A rule applies to the nodes that it describes; the first that applies counts. */
export interface VictimRule {
  readonly applies: (node: ComputeNode) => boolean;
  /** Why such a node goes before those of the rules below, in words that can stand after "chosen because". */
  readonly reason: string;
}

const NOT_USABLE: ReadonlySet<NodeState> = new Set([
  "creating",
  "starting",
  "waitingforstarttask",
  "starttaskfailed",
  "rebooting",
  "reimaging",
  "upgradingos",
  "unusable",
  "unknown",
  "preempted",
]);

const victimRules: readonly VictimRule[] = [
  { applies: (node) => node.managers === 0 && NOT_USABLE.has(node.state), reason: "it is broken or not usable yet" },
  { applies: (node) => node.managers === 0 && node.state === "offline", reason: "it is offline and nothing runs on it" },
  { applies: (node) => node.managers === 0, reason: "nodes with the fewest occupied slots go first" },
  { applies: () => true, reason: "only nodes with a job manager are left" },
];

export interface Victim {
  readonly node: ComputeNode;
  readonly reason: string;
}

interface Ranked extends Victim {
  readonly rank: number;
}

function compare(a: Ranked, b: Ranked): number {
  return (
    a.rank - b.rank ||
    a.node.usedSlots - b.node.usedSlots ||
    b.node.allocationAt - a.node.allocationAt ||
    b.node.place - a.node.place
  );
}

/**
 * The `count` nodes of one kind that go first, in that order; nodes already chosen to leave are not among the candidates. One walk over the
 * candidates and a sort, made once per resize.
 */
export function victims(candidates: Iterable<ComputeNode>, isDedicated: boolean, count: number): Victim[] {
  const ranked: Ranked[] = [];
  for (const node of candidates) {
    if (node.isDedicated !== isDedicated || node.drain?.purpose === "leave" || node.state === "leavingpool") continue;
    const rank = victimRules.findIndex((rule) => rule.applies(node));
    ranked.push({ node, rank, reason: victimRules[rank].reason });
  }
  return ranked.sort(compare).slice(0, count);
}
