/**
 * The failed tasks of a pool by the node that each one's metadata names: how one finds a node that misbehaves. Every task of every
 * job that is tied to the pool is looked at, once, when somebody asks; what a task's earlier attempts did on other nodes is not kept.
 */
import type { Pool } from "../../core/pool.ts";
import type { World } from "../../core/world.ts";

/** What became of the tasks that last ran on one node. */
export interface NodeFailures {
  /** Its id. */
  readonly node: string;
  /** It has left the pool since. */
  readonly isGone: boolean;
  readonly failed: number;
  readonly succeeded: number;
  /** The failed task of it that ended last. */
  readonly latest: { readonly job: string; readonly task: string; readonly reason: string };
  /** Far more of its tasks fail than of the other nodes': it is the node that should be looked at, not the tasks. */
  readonly isSuspect: boolean;
}

/** Fewer failures than this may be chance. */
const SUSPECT_FAILURES_MIN = 3;
/** So many times as often as on the other nodes tasks fail on one that is suspect. */
const SUSPECT_TIMES = 2;

interface Tally {
  readonly isGone: boolean;
  failed: number;
  succeeded: number;
  latest: NodeFailures["latest"] | undefined;
  latestAt: number;
}

/** Nodes on which tasks have failed, those with most failures first; empty when none has. Reads only. */
export function failuresByNode(world: World, pool: Pool): NodeFailures[] {
  const tallies = new Map<string, Tally>();
  const all = { failed: 0, succeeded: 0 };
  for (const job of world.jobsByPool.get(pool.key) ?? []) {
    for (const task of job.tasks.values()) {
      if (task.state !== "completed" || task.node?.pool !== pool) continue;
      const tally = tallyOf(tallies, task.node);
      if (task.result !== "failure") {
        tally.succeeded++;
        all.succeeded++;
        continue;
      }
      tally.failed++;
      all.failed++;
      const endAt = task.endAt ?? 0;
      if (tally.latest !== undefined && endAt < tally.latestAt) continue;
      const reason = task.exitCode === undefined ? (task.failure?.code ?? "failure") : `exit code ${task.exitCode}`;
      tally.latest = { job: job.id, task: task.id, reason };
      tally.latestAt = endAt;
    }
  }
  const found: NodeFailures[] = [];
  for (const [node, { isGone, failed, succeeded, latest }] of tallies)
    if (latest !== undefined) {
      const others = { failed: all.failed - failed, succeeded: all.succeeded - succeeded };
      found.push({ node, isGone, failed, succeeded, latest, isSuspect: isSuspect({ failed, succeeded }, others) });
    }
  return found.sort((a, b) => b.failed - a.failed || a.succeeded - b.succeeded);
}

function tallyOf(tallies: Map<string, Tally>, { id, gone }: { readonly id: string; readonly gone: boolean }): Tally {
  let tally = tallies.get(id);
  // A later node of the same id is the same line: nobody can tell them apart by a task's metadata.
  if (tally === undefined) tallies.set(id, (tally = { isGone: gone, failed: 0, succeeded: 0, latest: undefined, latestAt: 0 }));
  return tally;
}

type Counts = Readonly<Record<"failed" | "succeeded", number>>;

/** Where no other node has run anything, nothing can be said. */
function isSuspect(own: Counts, others: Counts): boolean {
  const othersRan = others.failed + others.succeeded;
  if (own.failed < SUSPECT_FAILURES_MIN || othersRan === 0) return false;
  return own.failed / (own.failed + own.succeeded) > SUSPECT_TIMES * (others.failed / othersRan);
}
