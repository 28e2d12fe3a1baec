/**
 * The only meaning of the operators, shared by constant folding and every executor (rules 2.9 to 2.13, 8.25, 8.28). `binaryResult` and
 * `unaryResult` say what type comes out, or undefined where the language has no such operation; `applyBinary` and `applyUnary` compute.
 * `&&`, `||` and `?:` are not here: they choose what is evaluated at all.
 */
import { INSTANT_MAX, INSTANT_MIN, type Ticks } from "../../base/time.ts";
import { intervalTicksMax } from "../../base/limits.ts";
import type { BinaryOperator, UnaryOperator } from "../ast.ts";
import type { Semantics } from "../semantics.ts";
import { Fault } from "./fault.ts";
import { Timeinterval, Timestamp, type Type, typeInWords, typeOf, type Value } from "./value.ts";

export type StrictOperator = Exclude<BinaryOperator, "&&" | "||">;

/** Any number but 0 is true, NaN too (rule 2.2). */
export function isTrue(value: number): boolean {
  return value !== 0;
}

/** One row of the operator table (rule 2.9), with who says so. */
export interface OperatorRow {
  readonly operators: readonly StrictOperator[];
  readonly left: Type;
  readonly right: Type;
  readonly result: Type;
  /** Not in the documented table, accepted unless extensions are refused (rule 2.10). */
  readonly extension?: true;
}

export const operatorRows: readonly OperatorRow[] = [
  { operators: ["+", "-", "*", "/"], left: "double", right: "double", result: "double" },
  { operators: ["+", "-", "*", "/"], left: "doubleVec", right: "double", result: "doubleVec" },
  { operators: ["+", "-", "*", "/"], left: "doubleVec", right: "doubleVec", result: "doubleVec" },
  { operators: ["*"], left: "double", right: "timeinterval", result: "timeinterval" },
  { operators: ["*", "/"], left: "timeinterval", right: "double", result: "timeinterval" },
  { operators: ["+", "-"], left: "timeinterval", right: "timeinterval", result: "timeinterval" },
  { operators: ["+"], left: "timeinterval", right: "timestamp", result: "timestamp" },
  { operators: ["+"], left: "timestamp", right: "timeinterval", result: "timestamp" },
  { operators: ["-"], left: "timestamp", right: "timestamp", result: "timeinterval" },
  { operators: ["<", "<=", "==", ">=", ">", "!="], left: "double", right: "double", result: "double" },
  { operators: ["<", "<=", "==", ">=", ">", "!="], left: "string", right: "string", result: "double" },
  { operators: ["<", "<=", "==", ">=", ">", "!="], left: "timestamp", right: "timestamp", result: "double" },
  { operators: ["<", "<=", "==", ">=", ">", "!="], left: "timeinterval", right: "timeinterval", result: "double" },
  { operators: ["+", "-", "*", "/"], left: "double", right: "doubleVec", result: "doubleVec", extension: true },
  { operators: ["-"], left: "timestamp", right: "timeinterval", result: "timestamp", extension: true },
];

/** The row for an operator on two known types; undefined where there is none or it is a refused extension. */
export function operatorRow(operator: StrictOperator, left: Type, right: Type, semantics: Semantics): OperatorRow | undefined {
  for (const row of operatorRows) {
    if (row.left === left && row.right === right && row.operators.includes(operator)) {
      return row.extension && semantics.extensions === "refuse" ? undefined : row;
    }
  }
  return undefined;
}

/** The result type of a unary operator: `-` on double and timeinterval, `!` on double (rule 2.11). */
export function unaryResult(operator: UnaryOperator, operand: Type): Type | undefined {
  if (operand === "double") return "double";
  return operator === "-" && operand === "timeinterval" ? "timeinterval" : undefined;
}

/** Computes `left operator right`; a Fault where the types do not fit or the result has no value. */
export function applyBinary(operator: StrictOperator, left: Value, right: Value, semantics: Semantics): Value {
  if (typeof left === "number" && typeof right === "number") return onDoubles(operator, left, right);
  const leftType = typeOf(left);
  const rightType = typeOf(right);
  if (operatorRow(operator, leftType, rightType, semantics) === undefined) throw operatorFault(operator, leftType, rightType);
  if (left instanceof Float64Array || right instanceof Float64Array)
    return onVectors(operator, left as number | Float64Array, right as number | Float64Array);
  if (typeof left === "string") return compare(operator as Comparison, left, right as string);
  if (typeof left === "number") return scaled((right as Timeinterval).ticks, left, operator);
  if (typeof right === "number") return scaled((left as Timeinterval).ticks, right, operator);
  const a = (left as Timestamp | Timeinterval).ticks;
  const b = (right as Timestamp | Timeinterval).ticks;
  if (operator !== "+" && operator !== "-") return compare(operator as Comparison, a, b);
  const sum = operator === "+" ? a + b : a - b;
  const isInstant = left instanceof Timestamp !== right instanceof Timestamp;
  return isInstant ? timestamp(sum) : timeinterval(sum);
}

export function applyUnary(operator: UnaryOperator, operand: Value): Value {
  if (typeof operand === "number") return operator === "-" ? -operand : operand === 0 ? 1 : 0;
  if (operator === "-" && operand instanceof Timeinterval) return new Timeinterval(-operand.ticks);
  throw unaryFault(operator, typeOf(operand));
}

/** What to say when an operator has no meaning for these types. */
function operatorFault(operator: string, left: Type, right: Type): Fault {
  return new Fault("no-such-operation", { operator, left: typeInWords(left), right: typeInWords(right) });
}

function unaryFault(operator: string, operand: Type): Fault {
  return new Fault("no-such-unary-operation", { operator, operand: typeInWords(operand) });
}

/** An instant within the years 0001 to 9999, or a Fault (rule 8.28). */
export function timestamp(ticks: Ticks): Timestamp {
  if (ticks < INSTANT_MIN || ticks > INSTANT_MAX) throw new Fault("timestamp-out-of-range");
  return new Timestamp(ticks);
}

/** An interval within the service's 64-bit ticks, or a Fault (rule 8.28). */
export function timeinterval(ticks: Ticks): Timeinterval {
  if (ticks > intervalTicksMax || ticks < -intervalTicksMax) throw new Fault("timeinterval-out-of-range");
  return new Timeinterval(ticks);
}

export function onDoubles(operator: StrictOperator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    default:
      return compare(operator, a, b);
  }
}

type Comparison = "<" | "<=" | "==" | ">=" | ">" | "!=";

function compare<T extends number | string | bigint>(operator: Comparison, a: T, b: T): number {
  switch (operator) {
    case "<":
      return a < b ? 1 : 0;
    case "<=":
      return a <= b ? 1 : 0;
    case ">":
      return a > b ? 1 : 0;
    case ">=":
      return a >= b ? 1 : 0;
    case "==":
      return a === b ? 1 : 0;
    case "!=":
      return a !== b ? 1 : 0;
  }
}

function onVectors(operator: StrictOperator, left: number | Float64Array, right: number | Float64Array): Float64Array {
  if (typeof left === "number") return (right as Float64Array).map((b) => onDoubles(operator, left, b));
  if (typeof right === "number") return left.map((a) => onDoubles(operator, a, right));
  if (left.length !== right.length) {
    throw new Fault("vector-lengths-differ", { operator, left: String(left.length), right: String(right.length) });
  }
  return left.map((a, i) => onDoubles(operator, a, right[i]));
}

/** interval × or ÷ double: in double on the tick count, then to the nearest tick, halves away from zero (rule 8.28). */
function scaled(ticks: Ticks, factor: number, operator: StrictOperator): Timeinterval {
  const exact = operator === "*" ? Number(ticks) * factor : Number(ticks) / factor;
  const whole = Math.trunc(exact);
  const rounded = Math.abs(exact - whole) >= 0.5 ? whole + Math.sign(exact) : whole;
  if (!(Math.abs(rounded) < 2 ** 63)) throw new Fault("timeinterval-out-of-range");
  return new Timeinterval(BigInt(rounded));
}
