/**
 * The contract with whoever supplies nodes and runs tasks on them. The host hands over effects; the provider answers each with the reports named
 * beside it in the protocol, at a later instant or at once, but never from inside `perform`: a report is taken by the loop in its turn.
 */
import type { Effect, Input, Report } from "../core/protocol.ts";
import type { World } from "../core/world.ts";

/** Where inputs come from, in time order. */
export interface InputSource {
  /** When the next input is due, milliseconds since 1970 UTC; Infinity while there is none. What was told once may not move to a later instant. */
  nextDueAt(): number;
  /** Takes the input that is due first; only called when `nextDueAt()` is finite. Undefined when it has become void meanwhile. */
  take(): Input | undefined;
}

/** Supplies nodes. */
export interface Provider extends InputSource {
  /** Begins to carry out an effect asked for at `now`. Does not throw for anything the core may ask. */
  perform(effect: Effect, now: number): void;
  /** The report may be an object that the provider uses again for the next one: whoever keeps it copies it. */
  take(): Report | undefined;
  /** A provider that acts in real time calls `wake` when a report has come up sooner than `nextDueAt()` last said. */
  onReport?(wake: () => void): void;
  /** All reports taken so far are durable: only now may they be acknowledged to whoever told them. */
  committed?(): void;
  /**
   * Called once, before the first `perform`, with the world as it was left (empty for a new one): its nodes are expected to be there. Effects whose
   * answer the world still waits for are performed again right after, in an order that makes sense: requests and reboots, then runs, then kills.
   * Nodes in `creating` and `starting` come again as AllocateNodes: a node that is there is told again (NodeAllocated, NodeStarted, NodeReady; what
   * the world knows already it ignores). RunTask and the like come again for every attempt and run that has not ended, also for running ones.
   */
  restored?(world: World, now: number): void;
}
