/**
 * The layout of one statement: its tokens in text order as they are written, with the breaks where a long one may be cut, and its
 * comments where they stand. A comment ends its line whatever the layout would like, so every gap between two tokens asks for comments.
 */
import type { Binary, Conditional, Expression, Statement } from "../ast.ts";
import type { Comment } from "./comments.ts";
import { BLANK, group, HARD, indent, type Layout, SOFT } from "./layout.ts";
import { binaryLevel } from "./precedence.ts";

type Gap = Layout;
const NONE: Gap = "";
const SPACE: Gap = " ";

const BETWEEN_TOKENS = /(?:[ \t\v\f\r\n]+|\/\/[^\r\n]*)*/y;

/** Lays out the statements of one text, in order. Comments between statements are the caller's: `nextComment` says how far they are used up. */
export class Arranger {
  /** Number of the first comment that no statement has taken. */
  nextComment = 0;
  private readonly text: string;
  private readonly comments: readonly Comment[];
  /** End of the token that was laid out last. */
  private last = 0;
  /** Hard breaks so far; a group in which it grew must break. */
  private hardBreaks = 0;

  constructor(text: string, comments: readonly Comment[]) {
    this.text = text;
    this.comments = comments;
  }

  /** The statement without its `;`. */
  statement({ target, value, start }: Statement): Layout {
    this.last = start;
    if (target === undefined) return this.expression(value);
    const name = this.token(target.start, target.end);
    const sign = indent([this.gap(SPACE, this.nextToken()), this.token(this.nextToken(), this.nextToken() + 1)]);
    return [name, sign, indent(this.gap(SPACE, value.start)), this.expression(value)];
  }

  private expression(expression: Expression): Layout {
    switch (expression.kind) {
      case "number":
      case "string":
      case "name":
        return this.token(expression.start, expression.end);
      case "vector":
        return this.list(expression.start, expression.elements, expression.end);
      case "group":
        return this.list(expression.start, [expression.inner], expression.end);
      case "call": {
        const name = this.token(expression.start, expression.start + expression.name.length);
        return [name, this.gap(NONE, expression.open), this.list(expression.open, expression.args, expression.end)];
      }
      case "member":
        return [
          this.expression(expression.object),
          this.point(expression.object),
          this.memberName(expression.at, expression.name),
        ];
      case "method":
        return [
          this.expression(expression.object),
          this.point(expression.object),
          this.memberName(expression.at, expression.name),
          this.gap(NONE, expression.open),
          this.list(expression.open, expression.args, expression.end),
        ];
      case "unary": {
        const sign = this.token(expression.start, expression.start + 1);
        return [sign, this.gap(NONE, expression.operand.start), this.expression(expression.operand)];
      }
      case "binary":
        return this.chain(expression);
      case "conditional":
        return this.choice(expression);
    }
  }

  /** A number directly before a point would take it as its own. */
  private point(object: Expression): Layout {
    const at = this.nextToken();
    return [this.gap(object.kind === "number" ? SPACE : NONE, at), this.token(at, at + 1)];
  }

  private memberName(at: number, name: string): Layout {
    return [this.gap(NONE, at), this.token(at, at + name.length)];
  }

  /** Brackets with elements; broken: each on a line of its own. A comma moves in front of comments before it. */
  private list(open: number, elements: readonly Expression[], end: number): Layout {
    const before = this.hardBreaks;
    const opening = this.token(open, open + 1);
    if (elements.length === 0) return [opening, indent(this.gap(NONE, end - 1)), this.token(end - 1, end)];
    const inside: Layout[] = [];
    for (const element of elements) {
      if (inside.length > 0) inside.push(",");
      inside.push(this.gap(inside.length > 0 ? BLANK : SOFT, element.start), this.expression(element));
    }
    const closing = [this.gap(SOFT, end - 1), this.token(end - 1, end)];
    return group([opening, indent(inside), closing], this.hardBreaks > before);
  }

  /** Operators of one strength in a row; broken: each begins a line. A row may be thousands long, so a loop walks it. */
  private chain(top: Binary): Layout {
    const before = this.hardBreaks;
    const level = binaryLevel(top.operator);
    const row: Binary[] = [];
    let first: Expression = top;
    while (first.kind === "binary" && binaryLevel(first.operator) === level) {
      row.push(first);
      first = first.left;
    }
    const head = this.expression(first);
    const tail: Layout[] = [];
    for (let i = row.length - 1; i >= 0; i--) {
      const { at, operator, right } = row[i];
      tail.push(
        this.gap(BLANK, at),
        this.token(at, at + operator.length),
        this.gap(SPACE, right.start),
        this.expression(right),
      );
    }
    return group([head, indent(tail)], this.hardBreaks > before);
  }

  /** `c ? a : d ? b : e`; broken: `?` and `:` begin lines, and what follows a `:` stays on its level. */
  private choice(top: Conditional): Layout {
    const before = this.hardBreaks;
    const head = indent(this.expression(top.condition));
    const tail: Layout[] = [];
    let node = top;
    for (;;) {
      tail.push(
        this.gap(BLANK, node.at),
        this.token(node.at, node.at + 1),
        this.gap(SPACE, node.whenTrue.start),
        this.expression(node.whenTrue),
      );
      const colon = this.nextToken();
      tail.push(this.gap(BLANK, colon), this.token(colon, colon + 1), this.gap(SPACE, node.whenFalse.start));
      if (node.whenFalse.kind !== "conditional") break;
      node = node.whenFalse;
      tail.push(this.expression(node.condition));
    }
    tail.push(this.expression(node.whenFalse));
    return group([head, indent(tail)], this.hardBreaks > before);
  }

  private token(start: number, end: number): Layout {
    this.last = end;
    return this.text.slice(start, end);
  }

  /** First character of the token after the last one. */
  private nextToken(): number {
    BETWEEN_TOKENS.lastIndex = this.last;
    BETWEEN_TOKENS.test(this.text);
    return BETWEEN_TOKENS.lastIndex;
  }

  /** What stands between the last token and the one that begins at `start`: `gap`, or the comments there on lines of their own. */
  private gap(gap: Gap, start: number): Layout {
    let comment: Comment | undefined = this.comments[this.nextComment];
    if (comment === undefined || comment.start >= start) return gap;
    const lines: Layout[] = [isTrailing(this.text, this.last, comment) ? SPACE : HARD];
    for (; comment !== undefined && comment.start < start; comment = this.comments[++this.nextComment]) {
      lines.push({ kind: "comment", text: commentText(comment) }, HARD);
    }
    this.hardBreaks++;
    return lines;
  }
}

/** Whether a comment begins on the line on which what ends at `end` ends. */
export function isTrailing(text: string, end: number, comment: Comment): boolean {
  return !/[\r\n]/.test(text.slice(end, comment.start));
}

/** A comment as written, without blanks at its end. */
export function commentText(comment: Comment): string {
  return `//${comment.text.trimEnd()}`;
}
