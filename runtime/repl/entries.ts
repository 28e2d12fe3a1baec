/**
 * Lines put together to what is evaluated at once: a command, or statements that may reach over several lines. Text that is typed line by
 * line ends where it can end; text that is there already (a paste, a pipe) is looked at one line ahead, so that a formula may break its lines
 * before an operator as well as behind it.
 */
import { formulaLengthMax } from "../../src/base/limits.ts";
import { isUnfinished, tokensOf } from "../../src/editor/tokens.ts";

/** A complete entry: `:command …` on one line, or the text of statements. */
export interface Entry {
  readonly kind: "command" | "statements";
  readonly text: string;
}

/** A line that begins so goes on with the statement before it; no statement can begin so. `:` is not here, commands begin with it. */
const CONTINUES = /^\s*(?:\?|&&|\|\||\*|\/(?!\/)|\+|[<>]|[=!]=|[)\],])/;

export class EntryReader {
  private buffer: string[] = [];
  private lines: string[] = [];
  private readonly interactive: boolean;

  /** Interactive: a blank line ends an unfinished entry, and an entry that can end ends when no further line is there yet. */
  constructor(interactive: boolean) {
    this.interactive = interactive;
  }

  /** Whether lines of an unfinished entry are waiting for more. */
  get isWaiting(): boolean {
    return this.buffer.length > 0;
  }

  /** The lines of the unfinished entry so far. */
  get text(): string {
    return this.buffer.join("\n");
  }

  push(line: string): void {
    this.lines.push(line);
  }

  /** Throws away what is not complete. */
  clear(): void {
    this.buffer = [];
    this.lines = [];
  }

  /** The next complete entry; undefined if more lines are needed. At the `end` of the input everything left is an entry. */
  next(end: boolean): Entry | undefined {
    while (this.lines.length > 0) {
      const line = this.lines[0];
      const isBlank = line.trim() === "";
      if (this.isWaiting && !isBlank && !CONTINUES.test(line) && !isUnfinished(this.text)) return this.take();
      this.lines.shift();
      if (!this.isWaiting && isBlank) continue;
      if (!this.isWaiting && /^\s*:/.test(line)) return { kind: "command", text: line.trim() };
      this.buffer.push(line);
      const { text } = this;
      if (text.length > formulaLengthMax.value || endsClosed(text)) return this.take();
      if (this.interactive && this.lines.length === 0 && (isBlank || !isUnfinished(text))) return this.take();
    }
    return end && this.isWaiting ? this.take() : undefined;
  }

  private take(): Entry {
    const { text } = this;
    this.buffer = [];
    return { kind: "statements", text };
  }
}

/** Whether the last thing in the text, comments aside, is a semicolon: nothing can go on behind it. */
function endsClosed(text: string): boolean {
  return tokensOf(text).findLast((token) => token.kind !== "comment")?.text === ";";
}
