/**
 * What a condition says about the numbers in it, on the side where it holds and on the side where it does not: after `n > 0` the branch may divide
 * by n. A comparison that is false says nothing if nan may be in it (rule 2.2: nan compares with nothing).
 */
import { type Binary, type Expression, ungroup } from "../../ast.ts";
import { type Known, rangeOf } from "./known.ts";
import { type Range, onlyValue } from "./range.ts";

/** Bounds that hold on one side of a condition. */
export interface Constraint {
  readonly lo: number;
  readonly hi: number;
  readonly notZero: boolean;
  readonly notNan: boolean;
}

/** What the walk over the formula can tell about parts of a condition. */
export interface Surroundings {
  known(expression: Expression): Known;
  /** What a variable was assigned, if all that it was made of still has the same values. */
  lastingDefinition(expression: Expression): Expression | undefined;
}

const FREE: Constraint = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY, notZero: false, notNan: false };
/** Parts of one chain that are followed. */
const PARTS_MAX = 40;

type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";
const OPPOSITE: Record<Comparison, Comparison> = { "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==" };
const MIRRORED: Record<Comparison, Comparison> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=" };

const isComparison = (operator: string): operator is Comparison => Object.hasOwn(OPPOSITE, operator);

/** Calls `say` for each expression that the condition bounds, given that it holds (or does not). Each part is looked at once. */
export function constraints(
  condition: Expression,
  holds: boolean,
  around: Surroundings,
  say: (about: Expression, constraint: Constraint) => void,
): void {
  const seen = { true: new Set<Expression>(), false: new Set<Expression>() };
  const open: [Expression, boolean][] = [[condition, holds]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = ungroup(next[0]);
    const nodeHolds = next[1];
    if (seen[`${nodeHolds}`].has(node)) continue;
    seen[`${nodeHolds}`].add(node);
    if (node.kind === "unary" && node.operator === "!") open.push([node.operand, !nodeHolds]);
    else if (node.kind === "binary" && (node.operator === "&&" || node.operator === "||")) {
      const isBothDecided = (node.operator === "&&") === nodeHolds;
      if (isBothDecided) for (const part of chainParts(node)) open.push([part, nodeHolds]);
    } else if (node.kind === "binary" && isComparison(node.operator)) {
      bySides(node, node.operator, nodeHolds, around, say);
    } else {
      say(node, nodeHolds ? { ...FREE, notZero: true } : { lo: 0, hi: 0, notZero: false, notNan: true });
      const definition = around.lastingDefinition(node);
      if (definition !== undefined) open.push([definition, nodeHolds]);
    }
  }
}

/** The parts of `a && b && c`, the last ones if it is very long: each part asks about those before it. */
function chainParts(node: Binary): Expression[] {
  const parts: Expression[] = [];
  let rest: Expression = node;
  while (rest.kind === "binary" && rest.operator === node.operator && parts.length < PARTS_MAX) {
    parts.push(rest.right);
    rest = rest.left;
  }
  const isWhole = rest.kind !== "binary" || rest.operator !== node.operator;
  return isWhole ? [...parts, rest] : parts;
}

function bySides(
  node: Binary,
  written: Comparison,
  holds: boolean,
  around: Surroundings,
  say: (about: Expression, constraint: Constraint) => void,
): void {
  const left = around.known(node.left);
  const right = around.known(node.right);
  if (left.kind !== "double" || right.kind !== "double") return;
  const a = rangeOf(left);
  const b = rangeOf(right);
  const mayBeNan = a.nan || b.nan;
  // A true comparison has no nan in it, except !=; a false one may be false because of a nan, except !=.
  if (mayBeNan && holds === (written === "!=")) return;
  const operator = holds ? written : OPPOSITE[written];
  say(ungroup(node.left), boundsFrom(operator, b));
  say(ungroup(node.right), boundsFrom(MIRRORED[operator], a));
}

/** What `x operator other` says about x. */
function boundsFrom(operator: Comparison, other: Range): Constraint {
  const isZero = onlyValue(other) === 0;
  switch (operator) {
    case "<":
      return { ...FREE, hi: other.hi, notZero: other.hi <= 0, notNan: true };
    case "<=":
      return { ...FREE, hi: other.hi, notNan: true };
    case ">":
      return { ...FREE, lo: other.lo, notZero: other.lo >= 0, notNan: true };
    case ">=":
      return { ...FREE, lo: other.lo, notNan: true };
    case "==":
      return { lo: other.lo, hi: other.hi, notZero: other.notZero, notNan: true };
    case "!=":
      return { ...FREE, notZero: isZero };
  }
}

/** The range under a constraint; the range itself where the two exclude each other (that side is never reached). */
export function narrowed(r: Range, constraint: Constraint): Range {
  const lo = Math.max(r.lo, constraint.lo);
  const hi = Math.min(r.hi, constraint.hi);
  if (lo > hi) return r;
  return {
    lo,
    hi,
    nan: r.nan && !constraint.notNan,
    positiveInfinity: r.positiveInfinity && hi === Number.POSITIVE_INFINITY,
    negativeInfinity: r.negativeInfinity && lo === Number.NEGATIVE_INFINITY,
    whole: r.whole || (lo === hi && Number.isInteger(lo)),
    notZero: r.notZero || constraint.notZero,
    negativeZero: r.negativeZero,
  };
}
