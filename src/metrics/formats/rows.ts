/**
 * CSV records as RFC 4180 has them: cells between commas, a cell may stand in double quotes, a quote inside such a cell is written twice.
 * Numbers are read where they stand, so that a plain row costs no strings. Lines are counted as an editor counts them.
 */
import { cellNumber, cellNumberText, cellTime } from "./cells.ts";
import type { CellTime } from "./cells.ts";
import { quoted } from "./problems.ts";

/** Walks over the records of a text. A record is a line, or several where a quoted cell holds line ends. */
export class Rows {
  /** The line on which the current record begins, from 1. */
  line = 0;
  /** True when the record just read runs into the end of the text inside a quote. */
  openQuote = false;
  timeProblem: "" | "zone" | "form" = "";
  private readonly text: string;
  /** Most files have no quotes at all, and then no one need look for them. */
  private readonly hasQuotes: boolean;
  private nextAt: number;
  private nextLine = 1;
  private start = 0;
  private end = 0;

  constructor(text: string) {
    this.text = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    this.hasQuotes = text.includes('"');
    this.nextAt = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /** Moves to the next record; false at the end. */
  next(): boolean {
    const text = this.text;
    if (this.nextAt >= text.length) return false;
    this.line = this.nextLine;
    this.start = this.nextAt;
    let end = this.lineEnd(this.start);
    this.nextLine++;
    this.openQuote = false;
    // A record with an odd number of quotes so far goes on in the next line.
    for (let quotes = this.quotesIn(this.start, end); quotes % 2 === 1; ) {
      if (end >= text.length) {
        this.openQuote = true;
        break;
      }
      const more = this.lineEnd(end + 1);
      quotes += this.quotesIn(end + 1, more);
      end = more;
      this.nextLine++;
    }
    this.end = end;
    this.nextAt = end + 1;
    return true;
  }

  isBlank(): boolean {
    for (let i = this.start; i < this.end; i++) if (this.text.charCodeAt(i) > 32) return false;
    return true;
  }

  startsWith(mark: string): boolean {
    return this.text.startsWith(mark, this.start);
  }

  /** The record's cells without their quotes. */
  cells(): string[] {
    const record = this.text.slice(this.start, this.end);
    return record.includes('"') ? splitQuoted(record) : record.split(",");
  }

  /** Text of a cell, for messages. */
  cellText(index: number): string {
    return quoted((this.cells()[index] ?? "").trim());
  }

  /** Reads cell 0 into `time` and the others into `numbers` (NaN: empty or no number). Gives back how many cells there are. */
  readNumbers(numbers: Float64Array, time: CellTime): number {
    const { text, end } = this;
    if (this.quotesIn(this.start, end) > 0) return this.readQuoted(numbers, time);
    let count = 0;
    let from = this.start;
    while (true) {
      let to = from;
      while (to < end && text.charCodeAt(to) !== 44) to++;
      if (count === 0) this.timeProblem = cellTime(text, from, to, time);
      else if (count < numbers.length) numbers[count] = cellNumber(text, from, to);
      count++;
      if (to >= end) return count;
      from = to + 1;
    }
  }

  private readQuoted(numbers: Float64Array, time: CellTime): number {
    const cells = this.cells();
    this.timeProblem = cellTime(cells[0], 0, cells[0].length, time);
    for (let i = 1; i < Math.min(cells.length, numbers.length); i++) numbers[i] = cellNumberText(cells[i]);
    return cells.length;
  }

  private lineEnd(from: number): number {
    const end = this.text.indexOf("\n", from);
    return end < 0 ? this.text.length : end;
  }

  private quotesIn(from: number, to: number): number {
    if (!this.hasQuotes) return 0;
    let quotes = 0;
    for (let i = from; i < to; i++) if (this.text.charCodeAt(i) === 34) quotes++;
    return quotes;
  }
}

function splitQuoted(record: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= record.length; ) {
    let from = at;
    while (record[from] === " " || record[from] === "\t") from++;
    let cell = "";
    if (record[from] === '"') {
      at = from + 1;
      for (let close = record.indexOf('"', at); close >= 0; close = record.indexOf('"', at)) {
        cell += record.slice(at, close);
        at = close + 1;
        if (record[at] !== '"') break;
        cell += '"';
        at++;
      }
    }
    const comma = record.indexOf(",", at);
    const end = comma < 0 ? record.length : comma;
    const behind = record.slice(at, end);
    // Text behind a closing quote is no form of CSV: the cell stays as written, quotes and all, and is refused as what it is.
    if (record[from] !== '"') cells.push(behind);
    else cells.push(behind.trim() === "" ? cell : record.slice(from, end));
    at = end + 1;
  }
  return cells;
}
