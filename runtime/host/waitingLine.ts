/** Commands that wait for their turn: first in, first out, bounded, so that overload is told and not piled up. */
import type { Command } from "../core/protocol.ts";
import type { StepResult } from "../core/step.ts";

/**
 * A command, or what makes one when its turn comes: then nothing can happen between what it reads of the world and the step. What it throws is what the
 * caller gets, and nothing was done.
 */
export type CommandSource = Command | (() => Command);

/** A command and the caller who waits for its result. */
export interface Waiting {
  readonly command: CommandSource;
  readonly resolve: (result: StepResult) => void;
  readonly reject: (error: Error) => void;
}

/** The line; whoever does not fit in is turned away. */
export class WaitingLine {
  private entries: Waiting[] = [];
  private first = 0;
  private readonly sizeMax: number;

  /** At most `sizeMax` wait. */
  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  get size(): number {
    return this.entries.length - this.first;
  }

  /** False when it is full. */
  add(entry: Waiting): boolean {
    if (this.size >= this.sizeMax) return false;
    this.entries.push(entry);
    return true;
  }

  /** The next one; there must be one. */
  take(): Waiting {
    const entry = this.entries[this.first++];
    if (this.first === this.entries.length) {
      this.entries = [];
      this.first = 0;
    } else if (this.first >= 1_024 && 2 * this.first > this.entries.length) {
      this.entries = this.entries.slice(this.first);
      this.first = 0;
    }
    return entry;
  }
}

/** The command that waits; undefined for one that its maker refused to make, whose caller was told. */
export function made({ command, reject }: Waiting): Command | undefined {
  if (typeof command !== "function") return command;
  try {
    return command();
  } catch (error) {
    reject(error instanceof Error ? error : new Error(String(error)));
    return undefined;
  }
}
