/** What a command handler gives back: nothing, a refusal, or an answer. */
import type { Refusal } from "./refusals.ts";

/** An answer, told apart from a refusal by its class. */
export class Answer {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

export type Outcome = Refusal | Answer | undefined;
