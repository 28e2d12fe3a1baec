/**
 * All mistakes of a text that the fast reader refused. The grammar's parser finds the first token that cannot stand where it stands
 * (rule 8.19), `explain.ts` says what was probably meant, and the search goes on where a new statement surely begins. One mistake for a
 * statement: what would be found behind it in the same statement is mostly a consequence.
 */
import { FormulaParser, LimitExceeded } from "../../../grammar/parser.ts";
import {
  Assign,
  CloseBracket,
  CloseParenthesis,
  Comma,
  formulaLexer,
  Name,
  OpenBracket,
  OpenParenthesis,
  Question,
  Semicolon,
} from "../../../grammar/tokens.ts";
import type { FormulaLexer, Token } from "../../../grammar/tokens.ts";
import { nestingMax, statementsMax } from "../../base/limits.ts";
import type { Expression, Statement } from "../ast.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Source } from "../source.ts";
import { astBuilder, tokenEnd } from "./build.ts";
import { explain } from "./explain.ts";
import { quickStop } from "./quick.ts";

/** Most mistakes that are reported for one text. */
export const MISTAKES_MAX = 20;
/** The grammar's parser takes about 2 KB of stack for a level, so beyond this many the fast reader looks for the place instead. */
const GRAMMAR_LEVELS_MAX = 50;

/** Where a reading stopped: the number of the token (one past the last at the end of the text) and the limit, if one was exceeded. */
export interface Mistake {
  readonly index: number;
  readonly limit: LimitExceeded["limit"] | undefined;
}

let lexer: FormulaLexer | undefined;
let parser: FormulaParser<Expression, Statement> | undefined;

/** The tokens of any text. The lexer is made at the first use, which a program that sees no mistake never pays for. */
export function tokensOf(text: string): Token[] {
  lexer ??= formulaLexer();
  return lexer.tokenize(text).tokens;
}

/** The token that begins at an offset, as written; undefined at the end of the text. */
export function tokenText(source: Source, offset: number): string | undefined {
  return tokensOf(source.text).find((token) => token.startOffset === offset)?.image;
}

/** The grammar's reading of a text that is not too long: its statements, or where it stops. For mistakes, and for tests of the fast reader. */
export function grammarReading(tokens: Token[], statementsLeft: number): { readonly statements: Statement[] } | Mistake {
  parser ??= new FormulaParser(astBuilder, { nesting: nestingMax.value, waiting: 2 * nestingMax.value });
  parser.statementsLeft = statementsLeft;
  parser.input = tokens;
  try {
    const statements = parser.formula();
    const [error] = parser.errors;
    if (error === undefined) return { statements };
    // The end of the text is a token without an offset.
    return { index: Number.isNaN(error.token.startOffset) ? tokens.length : tokens.indexOf(error.token), limit: undefined };
  } catch (error) {
    if (error instanceof LimitExceeded) return { index: tokens.indexOf(error.token), limit: error.limit };
    throw error;
  }
}

/** Mistakes in text order, at least one for a text that the fast reader refused; at most MISTAKES_MAX. */
export function findMistakes(source: Source): Diagnostic[] {
  const { text } = source;
  const tokens = tokensOf(text);
  const deep = levels(tokens) > GRAMMAR_LEVELS_MAX;
  const found: Diagnostic[] = [];
  let from = 0;
  let statementsLeft = statementsMax.value;
  while (from < tokens.length && found.length < MISTAKES_MAX) {
    const mistake = deep ? quickMistake(text, tokens, from, statementsLeft) : grammarMistake(tokens, from, statementsLeft);
    if (mistake === undefined) break;
    statementsLeft -= statementsWithin(tokens, from, mistake.index);
    const explained = explain(source, tokens, mistake, from);
    if (explained.diagnostic !== undefined) found.push(explained.diagnostic);
    if (mistake.limit === "statements") break;
    from = explained.resume ?? nextStatement(source, tokens, mistake.index);
  }
  return found;
}

function grammarMistake(tokens: Token[], from: number, statementsLeft: number): Mistake | undefined {
  const reading = grammarReading(from === 0 ? tokens : tokens.slice(from), statementsLeft);
  return "statements" in reading ? undefined : { ...reading, index: reading.index + from };
}

function quickMistake(text: string, tokens: Token[], from: number, statementsLeft: number): Mistake | undefined {
  const stop = quickStop(text, tokens[from].startOffset, statementsLeft);
  if (stop === undefined) return undefined;
  const index = tokens.findIndex((token) => token.startOffset >= stop.offset);
  return { index: index < 0 ? tokens.length : index, limit: stop.limit };
}

/** Statements that begin before the token `to`, the one with the mistake included. */
function statementsWithin(tokens: Token[], from: number, to: number): number {
  let count = 0;
  for (let i = from; i < Math.min(to + 1, tokens.length); i++) {
    if (tokens[i].tokenType !== Semicolon && (i === from || tokens[i - 1].tokenType === Semicolon)) count++;
  }
  return count;
}

/** An upper bound of the levels on which the grammar's parser would call itself; signs and members are loops there. */
function levels(tokens: readonly Token[]): number {
  const open: number[] = [];
  let depth = 0;
  let deepest = 0;
  for (const { tokenType } of tokens) {
    if (tokenType === OpenParenthesis || tokenType === OpenBracket) {
      open.push(depth);
      depth++;
    } else if (tokenType === Question) {
      depth++;
    } else if (tokenType === CloseParenthesis || tokenType === CloseBracket) {
      depth = open.pop() ?? 0;
    } else if (tokenType === Semicolon) {
      open.length = depth = 0;
    }
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/**
 * Where the next statement surely begins: behind the next `;`, or at `name =` at the begin of a line, unless the line before plainly
 * goes on.
 */
function nextStatement(source: Source, tokens: readonly Token[], mistake: number): number {
  for (let i = mistake; i < tokens.length; i++) {
    if (tokens[i].tokenType === Semicolon) return i + 1;
    if (i > mistake && beginsStatement(source, tokens, i)) return i;
  }
  return tokens.length;
}

/** Whether `name =` stands at the begin of a line and the line before does not end in a comma, an operator or an opening bracket. */
function beginsStatement(source: Source, tokens: readonly Token[], index: number): boolean {
  if (tokens[index].tokenType !== Name || tokens[index + 1]?.tokenType !== Assign) return false;
  const before = tokens[index - 1];
  if (before === undefined || !/[\r\n]/.test(source.text.slice(tokenEnd(before), tokens[index].startOffset))) return false;
  return before.tokenType !== Comma && before.tokenType !== OpenParenthesis && before.tokenType !== OpenBracket;
}
