/**
 * The canonical layout of a formula: a statement a line with its `;`, single blanks, long statements cut at choices, operators and
 * arguments, paragraphs kept apart by one blank line, every comment kept where it belongs. Numbers and strings stay as written. Formatting
 * twice changes nothing more, and the tree stays the same; tests hold both.
 */
import { formulaLengthMax } from "../../base/limits.ts";
import type { Formula, Statement } from "../ast.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Source } from "../source.ts";
import { Arranger, commentText, isTrailing } from "./arrange.ts";
import type { Comment } from "./comments.ts";
import { render } from "./layout.ts";
import { parse } from "./parse.ts";

/** Columns up to which a statement stays on one line; comments behind it do not count. */
export const FORMAT_WIDTH = 100;

export interface Formatted {
  /** The new text, ended by a line end unless it is empty; the text as it was if it has mistakes. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Formats a text. A text that would only by its new blanks be longer than a formula may be stays as it was. */
export function format(source: Source): Formatted {
  const { formula, diagnostics, comments } = parse(source);
  if (formula === undefined) return { text: source.text, diagnostics };
  const text = arrange(source.text, formula, comments);
  return { text: text.length > formulaLengthMax.value ? source.text : text, diagnostics };
}

function arrange(text: string, formula: Formula, comments: readonly Comment[]): string {
  const arranger = new Arranger(text, comments);
  let out = "";
  // Where the last line of the result ended in the old text.
  let end = 0;
  const line = (content: string, start: number, contentEnd: number) => {
    out += out !== "" && hasBlankLine(text.slice(end, start)) ? `\n${content}\n` : `${content}\n`;
    end = contentEnd;
  };
  const commentsBefore = (start: number) => {
    for (let c = comments[arranger.nextComment]; c !== undefined && c.start < start; c = comments[++arranger.nextComment]) {
      line(commentText(c), c.start, c.end);
    }
  };
  formula.statements.forEach((statement: Statement, index) => {
    commentsBefore(statement.start);
    let content = render([arranger.statement(statement), ";"], FORMAT_WIDTH);
    let contentEnd = statement.end;
    const behind = comments[arranger.nextComment];
    const limit = formula.statements[index + 1]?.start ?? text.length;
    if (behind !== undefined && behind.start < limit && isTrailing(text, statement.end, behind)) {
      content += ` ${commentText(behind)}`;
      contentEnd = behind.end;
      arranger.nextComment++;
    }
    line(content, statement.start, contentEnd);
  });
  commentsBefore(text.length);
  return out;
}

function hasBlankLine(between: string): boolean {
  return /\n[ \t\v\f]*\n/.test(between.replace(/\r\n?/g, "\n"));
}
