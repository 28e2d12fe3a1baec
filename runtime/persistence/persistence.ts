/**
 * What is remembered: the contract of every store. One writer, one batch at a time: what changed in the world, the shell's small documents and the
 * events, in one transaction; when `commit` returns, all of it survives the end of the process and of the machine, or, if it throws, none of it.
 * `memory.ts` forgets at the end of the process, `sqlite.ts` keeps a file.
 */
import type { StoredWorld, WorldChanges } from "../core/restore/tables.ts";

/** A document of the shell: `json` undefined means removed. */
export interface RecordChange {
  readonly kind: string;
  readonly key: string;
  readonly json: string | undefined;
}

/** One kept event: its number, counted from 1 without gaps, its instant, and the fields of `eventRow`. */
export interface StoredEvent {
  readonly number: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly kind: string;
  readonly [field: string]: string | number;
}

/** Events of one batch, as the text of a JSON array of `[at, row]` in order. */
export interface EventChunk {
  /** Number of the first. */
  readonly first: number;
  readonly count: number;
  /** Instant of the last, by which old chunks are dropped. */
  readonly at: number;
  readonly json: string;
}

/** All that is written at one time; parts that are absent have not changed. */
export interface Batch {
  readonly changes?: WorldChanges;
  readonly records?: readonly RecordChange[];
  readonly events?: EventChunk;
}

/** What was remembered. */
export interface Stored {
  /** Undefined: nothing was ever written. */
  readonly world: StoredWorld | undefined;
  readonly records: readonly { readonly kind: string; readonly key: string; readonly json: string }[];
  /** Number of the newest event ever written; 0 when there was none. */
  readonly lastEvent: number;
}

/** A store. All calls are synchronous; only one process may have it open. */
export interface Persistence {
  /** Everything but the events. Called once, before the first commit. Throws StoreError when what is there cannot be read. */
  load(): Stored;
  /** All or nothing, and durable when it returns. Throws StoreError; nothing of the batch was written then. */
  commit(batch: Batch): void;
  /** Kept events from number `from` on, oldest first, at most `max`. Numbers below the oldest kept are skipped. */
  readEvents(from: number, max: number): StoredEvent[];
  /** Nothing may be called afterwards but `close` again. */
  close(): void;
}

/** A store that cannot be opened, read or written: the message names the place and what to do about it. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** The file or directory in question. */
  readonly path: string;

  constructor(path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.path = path;
  }
}

/** How long events are kept; the older limit wins. */
export interface EventRetention {
  /** Most events kept. Default 1,000,000. */
  readonly eventsMax?: number;
  /** Oldest event kept, in milliseconds before the newest. Default 7 days. */
  readonly eventAgeMsMax?: number;
}

/** What is kept of the events unless a store is told otherwise: a million, seven days. */
export const eventRetention: Required<EventRetention> = Object.freeze({ eventsMax: 1_000_000, eventAgeMsMax: 604_800_000 });
