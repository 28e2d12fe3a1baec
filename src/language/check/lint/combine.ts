/**
 * The operators, one floor up: from what is known of both sides to what is known of the result (rules 2.9, 2.12). Which types go together is
 * read from the one table of operators.
 */
import type { Semantics } from "../../semantics.ts";
import { operatorRow } from "../../values/arithmetic.ts";
import { double, type Known, rangeOf, timeinterval, unknown } from "./known.ts";
import { added, compared, divided, multiplied, range, type Range, subtracted, zeroOrOne } from "./range.ts";

/** The operators that compute; `&&` and `||` choose what is evaluated at all. */
export type Operator = "+" | "-" | "*" | "/" | "<" | "<=" | ">" | ">=" | "==" | "!=";

/** What `left operator right` gives; `unknown` where the types do not fit. */
export function combined(operator: Operator, left: Known, right: Known, semantics: Semantics): Known {
  const a = typeName(left);
  const b = typeName(right);
  if (a === undefined || b === undefined) return unknown;
  const row = operatorRow(operator, a, b, semantics);
  if (row === undefined) return unknown;
  if (left.kind === "vector" || right.kind === "vector") return onVectors(operator, left, right);
  if (left.kind === "timestamp" || right.kind === "timestamp") {
    const [x, y] = [sinceNow(left), sinceNow(right)];
    const result = x === undefined || y === undefined ? undefined : arithmetic(operator, x, y);
    if (row.result === "timestamp") return { kind: "timestamp", sinceNow: result };
    if (row.result === "double") return double(result ?? zeroOrOne);
    return timeinterval(result ?? range(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
  }
  const result = left.kind === "string" ? zeroOrOne : arithmetic(operator, rangeOf(left), rangeOf(right));
  // A run whose interval is not finite has failed already (rule 8.28).
  if (row.result === "timeinterval")
    return timeinterval({ ...result, nan: false, positiveInfinity: false, negativeInfinity: false });
  return double(result);
}

function typeName(known: Known) {
  if (known.kind === "unknown" || known.kind === "option") return undefined;
  return known.kind === "vector" ? "doubleVec" : known.kind;
}

function sinceNow(known: Known): Range | undefined {
  return known.kind === "timestamp" ? known.sinceNow : rangeOf(known);
}

function arithmetic(operator: Operator, a: Range, b: Range): Range {
  switch (operator) {
    case "+":
      return added(a, b);
    case "-":
      return subtracted(a, b);
    case "*":
      return multiplied(a, b);
    case "/":
      return divided(a, b);
    default:
      return compared(operator, a, b);
  }
}

function onVectors(operator: Operator, left: Known, right: Known): Known {
  const part = (known: Known) => (known.kind === "vector" ? known.element : rangeOf(known));
  const [a, b] = [part(left), part(right)];
  const sizes = [left, right].filter((known) => known.kind === "vector");
  const least = Math.max(...sizes.map((size) => size.least));
  const most = Math.min(...sizes.map((size) => size.most));
  return {
    kind: "vector",
    element: a === undefined || b === undefined ? undefined : arithmetic(operator, a, b),
    least: Math.min(least, most),
    most,
  };
}
