/**
 * What a command may do: look at the session, say something, say that something went wrong, leave. Commands know neither streams nor readline.
 */
import type { History } from "./history.ts";
import type { Paint } from "./paint.ts";
import type { Session } from "./session.ts";
import type { Ticks } from "../../src/base/time.ts";

export interface Context {
  readonly session: Session;
  readonly paint: Paint;
  readonly history: History;
  /** Columns that fit on the screen. */
  readonly width: number;
  /** How metrics files are read. */
  readonly samplePeriod: Ticks | undefined;
  readonly sampleDelay: Ticks | undefined;
  readonly map: ReadonlyMap<string, string> | undefined;
  /** Prints a result. */
  say(text: string): void;
  /** Prints a problem; a session that does not talk to a person ends with exit code 1 then. */
  fail(text: string): void;
  /** Ends the session after this command. */
  leave(): void;
}

/** One `:command`. */
export interface CommandRow {
  /** Without the colon. */
  readonly name: string;
  /** Its argument as help shows it; empty for none. `[…]` may be left out. */
  readonly argument: string;
  readonly doc: string;
  /** What Tab completes its argument to. */
  readonly completes: "nothing" | "file" | "name" | "expression";
  readonly examples: readonly string[];
  run(context: Context, argument: string): void | Promise<void>;
}

/** Thrown by a command that cannot do what was asked: its text is for the user and goes to `fail`. */
export class Refused {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
