/**
 * The fast reading of a formula that has no mistake: recursive descent over token numbers, one token of look-ahead, no token objects. It
 * makes the same tree as the parser in `grammar/`, which stays the definition of the language, and at anything it does not accept it
 * gives up without a word, so that the slower parser, the one that can explain, looks again. Tests hold the two together.
 *
 * Functions are named after the rules in `autoscale.ebnf`. The state of a reading is in module variables, because that is what a
 * JavaScript engine keeps cheapest; a reading runs to its end before another can begin.
 */
import { formulaLengthMax, nestingMax, statementsMax } from "../../base/limits.ts";
import type { BinaryOperator, Expression, Formula, NameTarget, Statement, UnaryOperator } from "../ast.ts";
import {
  ASSIGN,
  CLOSE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DOT,
  END,
  ends,
  kinds,
  MINUS,
  NAME,
  NOT,
  NUMBER,
  OPEN,
  OPEN_BRACKET,
  QUESTION,
  SEMICOLON,
  STRING,
  scan,
  starts,
  values,
} from "./quickTokens.ts";

const LENGTH_MAX = formulaLengthMax.value;
const STATEMENTS_MAX = statementsMax.value;
const DEPTH_MAX = nestingMax.value;
/** Most operators that wait for their right operand at one place; the grammar's parser says why they have a limit of their own. */
const WAITING_MAX = 2 * DEPTH_MAX;

/** Binding strength by kind of token (rule 2.16); 0: no binary operator. */
const PRECEDENCE = Uint8Array.from([0, 1, 2, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
/** By kind of token; the first is no kind. */
const OPERATOR: readonly BinaryOperator[] = ["||", "||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"];

/** Thrown to leave a reading; it carries nothing, so it is made once. */
const STOPPED = { stopped: true };

let text = "";
/** Number of the token of look-ahead. */
let at = 0;
/** Levels open around the place of reading, and levels inside the expression that was read last (rule 8.18). */
let depth = 0;
let height = 0;
let waiting = 0;
/** The limit at which the reading stopped, if it was one. */
let limit: QuickStop["limit"];

/** Where a reading could not go on: the token there, or the limit that its token exceeds. */
export interface QuickStop {
  readonly offset: number;
  readonly limit: "nesting" | "waiting" | "statements" | undefined;
}

/**
 * The tree of a formula without mistakes; undefined for every other text, also for one that is too long or too deep or has too many
 * statements. The formula's span reaches from 0 to the end of the text.
 */
export function quickFormula(formula: string): Formula | undefined {
  if (formula.length > LENGTH_MAX) return undefined;
  return read(formula, 0, STATEMENTS_MAX);
}

/**
 * Where the reading of the rest of a text stops, with so many statements allowed in it; undefined if it does not. This reader needs a
 * tenth of the stack of the grammar's parser, so it stands in for it where a text is nested deeply. The text is not too long.
 */
export function quickStop(formula: string, offset: number, statementsLeft: number): QuickStop | undefined {
  return read(formula, offset, statementsLeft) === undefined ? { offset: starts[at], limit } : undefined;
}

/** formula = [ statement ] { ";" [ statement ] } */
function read(formula: string, offset: number, statementsLeft: number): Formula | undefined {
  scan(formula, offset);
  text = formula;
  at = depth = height = waiting = 0;
  limit = undefined;
  const statements: Statement[] = [];
  try {
    while (kinds[at] !== END) {
      if (kinds[at] === SEMICOLON) {
        at++;
        continue;
      }
      if (statements.length === statementsLeft) stop("statements");
      statements.push(statement());
      if (kinds[at] === SEMICOLON) at++;
      else if (kinds[at] !== END) stop();
    }
  } catch (error) {
    if (error === STOPPED) return undefined;
    throw error;
  }
  return { statements, start: 0, end: formula.length };
}

/** Leaves the reading; `at` is the token that cannot stand there. */
function stop(exceeded?: QuickStop["limit"]): never {
  limit = exceeded;
  throw STOPPED;
}

/** statement = [ name "=" ] expression */
function statement(): Statement {
  const from = at;
  let target: NameTarget | undefined;
  // A name is never the last token, so there is always one behind it.
  if (kinds[from] === NAME && kinds[from + 1] === ASSIGN) {
    target = { name: text.slice(starts[from], ends[from]), start: starts[from], end: ends[from] };
    at = from + 2;
  }
  const value = expression();
  return { target, value, start: starts[from], end: value.end };
}

/** expression = operation [ "?" expression ":" expression ] */
function expression(): Expression {
  const condition = climb(unary(), 1);
  if (kinds[at] !== QUESTION) return condition;
  const question = starts[at];
  let tallest = height;
  if (++depth + tallest > DEPTH_MAX) stop("nesting");
  at++;
  const whenTrue = expression();
  if (height > tallest) tallest = height;
  take(COLON);
  const whenFalse = expression();
  if (height > tallest) tallest = height;
  depth--;
  height = tallest + 1;
  return { kind: "conditional", at: question, condition, whenTrue, whenFalse, start: condition.start, end: whenFalse.end };
}

/** operation = unary { operator unary }, by strength: a chain of equal strength grows to the left in this loop, at any length. */
function climb(first: Expression, minimum: number): Expression {
  let left = first;
  for (let precedence = PRECEDENCE[kinds[at]]; precedence >= minimum; precedence = PRECEDENCE[kinds[at]]) {
    const operator = OPERATOR[kinds[at]];
    const mark = starts[at];
    const tallest = height;
    if (++waiting > WAITING_MAX) stop("waiting");
    at++;
    let right = unary();
    if (PRECEDENCE[kinds[at]] > precedence) right = climb(right, precedence + 1);
    waiting--;
    left = { kind: "binary", operator, at: mark, left, right, start: left.start, end: right.end };
    if (tallest > height) height = tallest;
  }
  return left;
}

/** unary = { "-" | "!" } postfix */
function unary(): Expression {
  const kind = kinds[at];
  if (kind !== MINUS && kind !== NOT) return postfix();
  const operator: UnaryOperator = kind === MINUS ? "-" : "!";
  const start = starts[at];
  if (++depth > DEPTH_MAX) stop("nesting");
  at++;
  const operand = unary();
  depth--;
  height++;
  return { kind: "unary", operator, operand, start, end: operand.end };
}

/** postfix = primary { "." name [ "(" args ")" ] } */
function postfix(): Expression {
  let object = primary();
  while (kinds[at] === DOT) {
    if (depth + ++height > DEPTH_MAX) stop("nesting");
    at++;
    if (kinds[at] !== NAME) stop();
    const start = starts[at];
    const end = ends[at];
    const name = text.slice(start, end);
    at++;
    if (kinds[at] === OPEN) {
      const tallest = height;
      const open = starts[at];
      const args = list(CLOSE);
      if (tallest > height) height = tallest;
      object = { kind: "method", object, name, at: start, open, args, start: object.start, end: ends[at - 1] };
    } else {
      object = { kind: "member", object, name, at: start, start: object.start, end };
    }
  }
  return object;
}

/** primary = number | string | name [ "(" args ")" ] | "(" expression ")" | "[" args "]" */
function primary(): Expression {
  const start = starts[at];
  const end = ends[at];
  switch (kinds[at]) {
    case NAME: {
      const name = text.slice(start, end);
      at++;
      if (kinds[at] === OPEN) {
        const open = starts[at];
        const args = list(CLOSE);
        return { kind: "call", name, open, args, start, end: ends[at - 1] };
      }
      height = 0;
      return { kind: "name", name, start, end };
    }
    case NUMBER:
      height = 0;
      return { kind: "number", value: values[at++], start, end };
    case STRING:
      height = 0;
      at++;
      return { kind: "string", value: text.slice(start + 1, end - 1), start, end };
    case OPEN: {
      if (++depth > DEPTH_MAX) stop("nesting");
      at++;
      const inner = expression();
      take(CLOSE);
      depth--;
      height++;
      return { kind: "group", inner, start, end: ends[at - 1] };
    }
    case OPEN_BRACKET: {
      const elements = list(CLOSE_BRACKET);
      return { kind: "vector", elements, start, end: ends[at - 1] };
    }
    default:
      return stop();
  }
}

/** args = [ expression { "," expression } ] with the signs around it. Leaves `height` one above the tallest element. */
function list(close: number): Expression[] {
  if (++depth > DEPTH_MAX) stop("nesting");
  const elements: Expression[] = [];
  let tallest = 0;
  at++;
  if (kinds[at] !== close) {
    for (;;) {
      elements.push(expression());
      if (height > tallest) tallest = height;
      if (kinds[at] !== COMMA) break;
      at++;
    }
  }
  take(close);
  depth--;
  height = tallest + 1;
  return elements;
}

function take(expected: number): void {
  if (kinds[at] !== expected) stop();
  at++;
}
