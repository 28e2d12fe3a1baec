/**
 * What is wrong with a pool, in one sentence: a walk along the chain on which every task hangs, from the formula to the task, until a link does not hold.
 *
 *     pool → formula → samples → evaluation → target → quota → allocation → node → slots → task
 *
 * Each link is looked at by a function of its own (`links.ts`), which reads the world and gives a verdict with its evidence. The text of the first link
 * that is broken is the diagnosis; if none is, of the first that has to be waited for. One thing is told before its turn: a pool none of whose nodes takes tasks
 * is not helped by more of them, so that is said before what keeps the pool from having more.
 */
import type { Pool } from "../../core/pool.ts";
import type { World } from "../../core/world.ts";
import { failuresByNode, type NodeFailures } from "./failures.ts";
import { links } from "./links.ts";

/** The links, in the order of the chain. */
export type LinkName =
  | "pool"
  | "formula"
  | "samples"
  | "evaluation"
  | "target"
  | "quota"
  | "allocation"
  | "node"
  | "slots"
  | "task";

/** `waiting`: it will hold by itself in a while. */
type LinkStatus = "ok" | "waiting" | "broken";

/** How a link stands. */
export interface Verdict {
  readonly status: LinkStatus;
  /** A sentence without its full stop. */
  readonly text: string;
  /** What to do about it, without a full stop, where the sentence does not say so itself. */
  readonly remedy?: string;
  /** Numbers and ids behind the sentence. */
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
}

/** A link with its verdict. */
interface Link extends Verdict {
  readonly link: LinkName;
}

/** What is wrong with a pool, or that nothing is, and the whole chain. */
export interface Diagnosis {
  readonly pool: string;
  /** Milliseconds since 1970, service time. */
  readonly at: number;
  readonly healthy: boolean;
  /** The first link that does not hold; undefined when all do. */
  readonly link: LinkName | undefined;
  readonly sentence: string;
  /** What to do about it, as far as that is known. */
  readonly remedy?: string;
  readonly chain: readonly Link[];
  /** Nodes on which tasks have failed, the one with most failures first: no link, since failed tasks keep no others from running. */
  readonly failures: readonly NodeFailures[];
}

/** What the world does not know. */
export interface Surroundings {
  /** Service time, milliseconds since 1970. */
  readonly now: number;
  /** Undefined: no service runs, the world is as it was left. */
  readonly agentConnected: boolean | undefined;
}

/** Looks at one link. Reads only. */
export type Examine = (pool: Pool, world: World, around: Surroundings) => Verdict;

const ABOUT_MORE_NODES: ReadonlySet<LinkName> = new Set(["quota", "allocation"]);

function firstBroken(chain: readonly Link[]): Link | undefined {
  const broken = chain.filter(({ status }) => status === "broken");
  const unfit = broken.find(({ link }) => link === "node");
  return unfit !== undefined && ABOUT_MORE_NODES.has(broken[0].link) ? unfit : broken[0];
}

/** The diagnosis of a pool; undefined: there is no such pool. Reads only. */
export function diagnose(world: World, poolId: string, around: Surroundings): Diagnosis | undefined {
  const pool = world.pool(poolId);
  if (pool === undefined) return undefined;
  const chain = links.map(([link, examine]): Link => ({ link, ...examine(pool, world, around) }));
  const first = firstBroken(chain) ?? chain.find(({ status }) => status === "waiting");
  return {
    pool: pool.id,
    at: around.now,
    healthy: first === undefined,
    link: first?.link,
    sentence: first === undefined ? `nothing keeps tasks from running: ${chain[chain.length - 1].text}` : first.text,
    ...(first?.remedy === undefined ? {} : { remedy: first.remedy }),
    chain,
    failures: failuresByNode(world, pool),
  };
}
