/**
 * What the service in real time (`service.ts`) is made of, and what it tells of itself: to its log, and after every turn to whoever listens.
 */
import type { World } from "../core/world.ts";
import type { Persistence, Stored } from "../persistence/persistence.ts";
import type { Log } from "../providers/log.ts";
import type { Provider } from "../providers/provider.ts";
import type { Clock } from "./clock.ts";

/** What a turn did; instants in service time, lengths in real milliseconds. */
export interface TurnSummary {
  readonly at: number;
  readonly reports: number;
  readonly commands: number;
  /** Steps made, those for due timers included. */
  readonly steps: number;
  readonly events: number;
  readonly effects: number;
  readonly stepMs: number;
  readonly commitMs: number;
  /** Commands that still wait. */
  readonly waiting: number;
}

/** The parts that a service joins together, and what it tells of itself. */
export interface ServiceOptions {
  /** With `trackChanges` and events `keep`; a restored one as `restoreWorld` gives it. */
  readonly world: World;
  readonly provider: Provider;
  readonly persistence: Persistence;
  /** What `persistence.load()` gave, if the caller has called it; it may be called once only. */
  readonly stored?: Stored;
  /** `scale`: service milliseconds in a real one, default 1. */
  readonly clock: Clock & { readonly scale?: number };
  readonly log?: Log;
  /** Commands that may wait; more are refused with `Overloaded`. Default 10,000. */
  readonly queueMax?: number;
  /** Reports, and apart from them commands, that one turn takes at most. Default 1,000. */
  readonly turnInputsMax?: number;
  /** The service has failed and takes nothing any more: whoever composes it ends the process, and the next start goes on from the last commit. */
  readonly onFailure?: (error: Error) => void;
}
