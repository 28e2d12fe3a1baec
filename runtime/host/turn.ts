/** One turn of the service: what it has gathered so far, and what its callers are answered in the end. */
import type { Effect } from "../core/protocol.ts";
import { eventText } from "../core/restore/eventText.ts";
import type { StepResult } from "../core/step.ts";
import type { EventChunk } from "../persistence/persistence.ts";
import type { Waiting } from "./waitingLine.ts";

/** What one turn has gathered so far. */
export class Turn {
  /** The instant of all its steps. */
  readonly at: number;
  reports = 0;
  commands = 0;
  steps = 0;
  events = 0;
  readonly effects: Effect[] = [];
  readonly answers: { readonly waiting: Waiting; readonly result: StepResult }[] = [];

  private readonly eventTexts: string[] = [];

  constructor(at: number) {
    this.at = at;
  }

  add(result: StepResult): void {
    for (const effect of result.effects) this.effects.push(effect);
    for (const event of result.events) this.eventTexts.push(eventText(this.at, event));
    this.events += result.events.length;
  }

  /** All events as they are written down; `first` is the number of the first. */
  chunk(first: number): EventChunk {
    return { first, count: this.events, at: this.at, json: `[${this.eventTexts.join(",")}]` };
  }
}
