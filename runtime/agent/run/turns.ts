/**
 * What one turn of the event loop brings is dealt with together when it is over: written down first, then started, then told. So a run is in the records before
 * its process starts and its ending before anybody hears of it, and many runs share one write.
 *
 *     records ──→ launchers, networks, retention ──→ connected server
 */
import type { AgentLog } from "../log.ts";
import type { FromAgent } from "../protocol.ts";
import { systemCode } from "./failures.ts";

/** Something that gathers what is asked of it until the turn is over. */
interface Flushed {
  /** Throws what the file system says where it is the first of a turn; the others do not throw. */
  flush(): void;
}

/** What a turn is made of. */
interface TurnParts {
  readonly records: Flushed;
  /** In the order in which they act; only after the records are written. */
  readonly actors: readonly Flushed[];
  readonly log: AgentLog;
}

/** Takes messages for whoever is connected. */
export type MessageSink = (messages: readonly FromAgent[]) => void;

/** When the records could not be written, they are tried again after this long; nothing is started or told before. */
const RECORDS_AGAIN_MS = 500;

/** The turns of one agent, and its messages on their way out. */
export class Turns {
  private readonly parts: TurnParts;
  private sink: MessageSink | undefined = undefined;
  private outgoing: FromAgent[] = [];
  private turn: NodeJS.Immediate | undefined = undefined;
  private again: NodeJS.Timeout | undefined = undefined;

  constructor(parts: TurnParts) {
    this.parts = parts;
  }

  /** From now on messages go to `sink`; undefined: to nobody. What was not told yet is told to nobody. */
  connect(sink: MessageSink | undefined): void {
    this.sink = sink;
    this.outgoing = [];
  }

  /** Tells the message when the turn is over. */
  send(message: FromAgent): void {
    // Whoever connects later learns from Hello what counts.
    if (this.sink !== undefined) this.outgoing.push(message);
    this.wake();
  }

  /** There is something to do when the turn is over. */
  wake(): void {
    this.turn ??= setImmediate(() => this.flush());
  }

  /** Does it at once, a last time. */
  close(): void {
    this.flush();
    clearTimeout(this.again);
  }

  private flush(): void {
    clearImmediate(this.turn);
    this.turn = undefined;
    try {
      this.parts.records.flush();
    } catch (error) {
      this.parts.log("recordsFailed", { code: systemCode(error) });
      clearTimeout(this.again);
      this.again = setTimeout(() => this.flush(), RECORDS_AGAIN_MS);
      return;
    }
    for (const actor of this.parts.actors) actor.flush();
    const messages = this.outgoing;
    this.outgoing = [];
    if (messages.length > 0) this.sink?.(messages);
  }
}
