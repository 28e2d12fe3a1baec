/**
 * The tokens of a formula, for Chevrotain. Text that is no token of the language still becomes a token here (`Unknown`, `OpenString`),
 * so that a mistake counts at the place where it stands among the others and not before them (rule 8.19). No rule of the parser takes
 * those two. Rule numbers are those of the language's description; the page with the grammar is `autoscale.ebnf`.
 */
import { createToken, Lexer, type TokenType } from "chevrotain";

/** A token with its text (`image`) and the offset of its first character (`startOffset`). */
export type { IToken as Token } from "chevrotain";
export type FormulaLexer = Lexer;

/** Space, tab, vertical tab, form feed and both line ends (rule 1.3). */
export const WhiteSpace = createToken({
  name: "WhiteSpace",
  pattern: /[ \t\v\f\r\n]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});
/** `//` to the end of the line (rules 1.4, 1.15); kept aside in the group `comments`. */
export const Comment = createToken({ name: "Comment", pattern: /\/\/[^\r\n]*/, group: "comments" });

/** Rule 1.8: longest match, exponent only with a digit behind it. */
export const NumberLiteral = createToken({
  name: "NumberLiteral",
  pattern: /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/,
});
/** Rule 1.9: no escapes, no line break inside. */
export const StringLiteral = createToken({ name: "StringLiteral", pattern: /"[^"\r\n]*"/ });
/** Rules 1.5, 1.6: ASCII, case-sensitive, `$` first or nowhere. */
export const Name = createToken({ name: "Name", pattern: /[A-Za-z_$][A-Za-z0-9_]*/ });

// The categories: a rule of the parser takes all operators of a category at one place.
export const BinaryOperator = createToken({ name: "BinaryOperator", pattern: Lexer.NA });
export const UnaryOperator = createToken({ name: "UnaryOperator", pattern: Lexer.NA });

const operator = (name: string, pattern: string, categories: TokenType[] = [BinaryOperator]) =>
  createToken({ name, pattern, categories });
const sign = (name: string, pattern: string) => createToken({ name, pattern });

export const Less = operator("Less", "<");
export const Greater = operator("Greater", ">");
export const Plus = operator("Plus", "+");
export const Times = operator("Times", "*");
export const Divide = operator("Divide", "/");
export const Minus = operator("Minus", "-", [BinaryOperator, UnaryOperator]);
export const Not = operator("Not", "!", [UnaryOperator]);
export const Assign = sign("Assign", "=");
export const Question = sign("Question", "?");
export const Colon = sign("Colon", ":");
export const Semicolon = sign("Semicolon", ";");
export const Comma = sign("Comma", ",");
export const Dot = sign("Dot", ".");
export const OpenParenthesis = sign("OpenParenthesis", "(");
export const CloseParenthesis = sign("CloseParenthesis", ")");
export const OpenBracket = sign("OpenBracket", "[");
export const CloseBracket = sign("CloseBracket", "]");

/** A string whose line ends before its closing quote. */
export const OpenString = createToken({ name: "OpenString", pattern: /"[^"\r\n]*/ });
/** One character that begins no token; a surrogate pair is one character. */
export const Unknown = createToken({ name: "Unknown", pattern: /[\ud800-\udbff][\udc00-\udfff]|[\s\S]/, line_breaks: true });

/** In the order in which they are tried: longer before shorter, the catch-all last. */
export const allTokens: TokenType[] = [
  WhiteSpace,
  Comment,
  NumberLiteral,
  StringLiteral,
  Name,
  operator("Or", "||"),
  operator("And", "&&"),
  operator("Equal", "=="),
  operator("Unequal", "!="),
  operator("LessOrEqual", "<="),
  operator("GreaterOrEqual", ">="),
  Less,
  Greater,
  Plus,
  Minus,
  Times,
  Divide,
  Not,
  Assign,
  Question,
  Colon,
  Semicolon,
  Comma,
  Dot,
  OpenParenthesis,
  CloseParenthesis,
  OpenBracket,
  CloseBracket,
  OpenString,
  Unknown,
  BinaryOperator,
  UnaryOperator,
];

/**
 * A lexer of formulas; making one takes some milliseconds, so make one and keep it. Positions are offsets only. Safe mode, because the
 * tables by first character leave out the catch-all.
 */
export function formulaLexer(): FormulaLexer {
  return new Lexer(allTokens, { positionTracking: "onlyOffset", skipValidations: true, safeMode: true });
}

/** Binding strength of binary operators as written, weakest first (rule 2.16); all of them group to the left. */
export const operatorLevels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/"],
];
