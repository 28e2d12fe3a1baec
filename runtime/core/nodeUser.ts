/**
 * Rules of node users (P-180 to P-182): when they can be changed, on which disk they live, and what a user has who was not given more. Users are no entities of
 * the world, because nothing of the scheduler hangs on them; who keeps them asks here.
 */
import type { ComputeNode, NodeState } from "./node.ts";

const DAY_MS = 86_400_000;

/** How long a user can log in when nothing else was said, milliseconds (P-180). */
export const nodeUserLifetimeMs: number = DAY_MS;

/** Users of a node in this state can be changed: offline too, since people are told to take a node out of scheduling and then sign in. */
export function takesUsers(state: NodeState): boolean {
  return state === "idle" || state === "running" || state === "offline";
}

/** Where and when a user was made. Instants in milliseconds since 1970. */
export interface MadeOn {
  readonly addedAt: number;
  /** When the node was allocated. */
  readonly allocationAt: number;
}

/** Whether the disk that a user was made on is the one the node has: reimage, preemption and removal take users along (P-182). */
export function isUserOf(node: ComputeNode, { allocationAt, addedAt }: MadeOn): boolean {
  return allocationAt === node.allocationAt && (node.wipedAt === undefined || addedAt > node.wipedAt);
}
