/**
 * A formula's text and the places in it. Offsets count UTF-16 units from 0 in the text as given; people and the service count lines and
 * columns from 1 (rule 1.14). A line ends at `\n`, `\r\n` or a lone `\r`; a tab is one column (rule 1.15). A byte order mark at the very
 * start is not part of the formula: it is dropped and shifts nothing (rule 1.3).
 */

/** Half-open range of offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Line and column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export class Source {
  /** The formula without a leading byte order mark; all offsets refer to it. */
  readonly text: string;
  /** A name for messages: a path, `-`, or `formula`. */
  readonly name: string;
  private lineStarts: number[] | undefined;

  constructor(text: string, name = "formula") {
    this.text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    this.name = name;
  }

  /** Where an offset lies; an offset past the end counts as the end. */
  position(offset: number): Position {
    const starts = this.starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Math.min(offset, this.text.length) - starts[low] + 1 };
  }

  /** The text of a line (from 1) without its line end; empty for a line that does not exist. */
  line(line: number): string {
    const starts = this.starts();
    const start = starts[line - 1];
    if (start === undefined) return "";
    return this.text.slice(start, starts[line] ?? this.text.length).replace(/\r?\n$|\r$/, "");
  }

  private starts(): number[] {
    if (this.lineStarts) return this.lineStarts;
    const starts = [0];
    for (let i = 0; i < this.text.length; i++) {
      const code = this.text.charCodeAt(i);
      if (code === 10 || (code === 13 && this.text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
    }
    this.lineStarts = starts;
    return starts;
  }
}
