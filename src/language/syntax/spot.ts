/**
 * A mistake with what stands around it: the tokens beside it, the brackets open at it, the statement it belongs to. The rules that
 * explain mistakes (`explain.ts`, `habits.ts`) look at nothing else.
 */
import {
  Assign,
  BinaryOperator,
  CloseBracket,
  CloseParenthesis,
  Colon,
  Name,
  NumberLiteral,
  OpenBracket,
  OpenParenthesis,
  Question,
  Semicolon,
  StringLiteral,
  type Token,
} from "../../../grammar/tokens.ts";
import { assert } from "../../base/assert.ts";
import { type Diagnostic, diagnostic, type Fix } from "../diagnostics/diagnostic.ts";
import type { Details } from "../diagnostics/row.ts";
import { syntaxCodes } from "../diagnostics/syntaxCodes.ts";
import type { Source, Span } from "../source.ts";
import { tokenEnd } from "./build.ts";

/** A bracket that is open at the mistake; `questions` counts the `?` in it that still want a `:`. The statement itself is the outermost. */
export interface Opener {
  /** Undefined for the statement. */
  readonly token: Token | undefined;
  /** The parenthesis of a call: commas may stand in it. */
  readonly call: boolean;
  questions: number;
}

export interface Spot {
  readonly source: Source;
  readonly tokens: readonly Token[];
  /** Number of the offending token; `tokens.length` at the end of the text. */
  readonly index: number;
  /** Number of the first token of the statement. */
  readonly first: number;
  /** The offending token; undefined at the end of the text. */
  readonly token: Token | undefined;
  /** The token before, within the statement. */
  readonly before: Token | undefined;
  readonly after: Token | undefined;
  /** From the outermost to the innermost; the first is the statement. */
  readonly openers: readonly Opener[];
  /** A value has just ended, so that an operator could follow; otherwise a value should begin. */
  readonly afterValue: boolean;
  /** Where the mistake is reported: the offending token, or one past the last character of the text (rule 8.20). */
  readonly span: Span;
}

/** What a rule makes of a spot. */
export interface Explained {
  /** Undefined: a consequence of something already reported. */
  readonly diagnostic: Diagnostic | undefined;
  /** Number of the token at which reading can go on; undefined: where the next statement begins. */
  readonly resume?: number | undefined;
}

/** Looks around the token `index`; reading had begun with the token `from`. */
export function spotAt(source: Source, tokens: readonly Token[], index: number, from: number): Spot {
  let first = from;
  for (let i = from; i < index; i++) if (tokens[i].tokenType === Semicolon) first = i + 1;
  const openers: Opener[] = [{ token: undefined, call: false, questions: 0 }];
  for (let i = first; i < index; i++) {
    const { tokenType } = tokens[i];
    const inner = openers[openers.length - 1];
    if (tokenType === OpenParenthesis || tokenType === OpenBracket) {
      const call = tokenType === OpenBracket || (i > first && tokens[i - 1].tokenType === Name);
      openers.push({ token: tokens[i], call, questions: 0 });
    } else if ((tokenType === CloseParenthesis || tokenType === CloseBracket) && openers.length > 1) openers.pop();
    else if (tokenType === Question) inner.questions++;
    else if (tokenType === Colon && inner.questions > 0) inner.questions--;
  }
  const token: Token | undefined = tokens[index];
  const before = index > first ? tokens[index - 1] : undefined;
  const start = token?.startOffset ?? source.text.length;
  return {
    source,
    tokens,
    index,
    first,
    token,
    before,
    after: tokens[index + 1],
    openers,
    afterValue: before !== undefined && endsValue(before),
    span: { start, end: token === undefined ? start : tokenEnd(token) },
  };
}

function endsValue({ tokenType }: Token): boolean {
  return (
    tokenType === Name ||
    tokenType === NumberLiteral ||
    tokenType === StringLiteral ||
    tokenType === CloseParenthesis ||
    tokenType === CloseBracket
  );
}

/** Makes a finding; the span is the spot's unless given. */
export function finding(
  spot: Spot,
  code: string,
  details: Details = {},
  extra: {
    readonly span?: Span | undefined;
    readonly fix?: Fix | undefined;
    readonly hint?: string | undefined;
    readonly resume?: number | undefined;
  } = {},
): Explained {
  const row = syntaxCodes.get(code);
  assert(row !== undefined, `a row for ${code}`);
  return { diagnostic: diagnostic(row, extra.span ?? spot.span, details, extra), resume: extra.resume };
}

const SHOWN_MAX = 40;

/** A token as shown to a person: long ones are cut, control characters named. */
export function shown(image: string): string {
  const cut = image.length > SHOWN_MAX ? `${image.slice(0, SHOWN_MAX)}…` : image;
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, unicode);
}

/** The offending token in quotes, or `the end of the formula`. */
export function shownToken(spot: Spot): string {
  return spot.token === undefined ? "the end of the formula" : `'${shown(spot.token.image)}'`;
}

/** `U+2212` */
export function unicode(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Whether the second stands directly behind the first. */
export function touch(first: Token | undefined, second: Token | undefined): boolean {
  return first !== undefined && second !== undefined && tokenEnd(first) === second.startOffset;
}

/** Whether a line ends between the token before the mistake and the mistake. */
export function onNewLine({ source, before, span }: Spot): boolean {
  return before !== undefined && /[\r\n]/.test(source.text.slice(tokenEnd(before), span.start));
}

/** `+ - * / < …`, by category. */
export function isBinary(token: Token | undefined): boolean {
  return token?.tokenType.CATEGORIES?.includes(BinaryOperator) === true;
}

export function isAssign(token: Token | undefined): boolean {
  return token?.tokenType === Assign;
}
