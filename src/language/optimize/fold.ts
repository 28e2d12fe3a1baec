/**
 * Constant folding. What depends on nothing but constants is computed now, by the same kernels that a run would use. A failure is never folded
 * away: what would fail stays as it is and fails in its place. `rand()` is not a constant; `time()` without text is not one either.
 *
 * With a condition folded, a value of type `any` may turn out to have one type after all; `settle` then gives its users their exact types.
 */
import { chooseOverload, memberValue } from "../builtins/index.ts";
import type { Instruction, Register } from "../ir.ts";
import { applyBinary, applyUnary, operatorRow, unaryResult } from "../values/arithmetic.ts";
import { Fault } from "../values/fault.ts";
import { join } from "../values/statistics.ts";
import { Timestamp, type Type, type Value } from "../values/value.ts";
import type { Work } from "./work.ts";

/** The value of an instruction on constants; undefined if there is none, or not before it runs. */
export function fold(i: Instruction, work: Work): Value | undefined {
  try {
    return folded(i, work);
  } catch (signal) {
    if (signal instanceof Fault) return undefined;
    throw signal;
  }
}

function folded(i: Instruction, work: Work): Value | undefined {
  const { constants } = work;
  switch (i.op) {
    case "binary": {
      const a = constants[i.a];
      if (a === undefined) return undefined;
      const b = constants[i.b];
      return b === undefined ? undefined : applyBinary(i.operator, a, b, work.semantics);
    }
    case "unary": {
      const a = constants[i.a];
      return a === undefined ? undefined : applyUnary(i.operator, a);
    }
    case "member": {
      const a = constants[i.a];
      return a instanceof Timestamp ? memberValue(i.member, a.ticks, work.semantics) : undefined;
    }
    case "vector":
      return i.args.length > 0 && !work.areConstant(i.args) ? undefined : foldedVector(i.args.map((arg) => work.valueOf(arg)));
    case "call":
      return foldedCall(i, work);
    default:
      return undefined;
  }
}

/** An element that had the type `any` may be constant by now and unfit; then the vector fails when it runs. */
function foldedVector(values: readonly Value[]): Value | undefined {
  const areElements = values.every((value) => typeof value === "number" || value instanceof Float64Array);
  return areElements ? join(values as (number | Float64Array)[]) : undefined;
}

function foldedCall(i: Extract<Instruction, { op: "call" }>, work: Work): Value | undefined {
  const { row, overload, args } = i;
  if (overload === undefined || !work.areConstant(args)) return undefined;
  const values = args.map((arg) => work.valueOf(arg));
  if (row.purity === "reads-clock" ? args.length === 0 || values[0] === "" : row.purity !== "pure") return undefined;
  const context = { now: 0n, random: () => 0, semantics: work.semantics };
  return row.evaluate(
    overload.parameters[0] === "list" ? [join(values as (number | Float64Array)[])] : values,
    context,
    overload,
  );
}

/** A register that has the value already: of a truth test of what is 1 or 0 anyway, and of a narrowing that changes nothing. */
export function sameAs(i: Instruction, work: Work): Register | undefined {
  if (i.op === "binary" && i.operator === "!=" && work.constants[i.b] === 0 && isTruth(i.a, work)) return i.a;
  if (i.op === "narrow" && work.types[i.a] === i.type) return i.a;
  return undefined;
}

/** Whether the register holds the outcome of a comparison or a `!`. */
function isTruth(register: Register, work: Work): boolean {
  const definition = work.definitions[register];
  if (definition === undefined) {
    const value = work.constants[register];
    return value === 1 || Object.is(value, 0);
  }
  if (definition.op === "binary") return isComparison(definition.operator);
  if (definition.op === "select") return isTruth(definition.whenTrue, work) && isTruth(definition.whenFalse, work);
  return definition.op === "unary" && definition.operator === "!";
}

export function isComparison(operator: string): boolean {
  return operator !== "+" && operator !== "-" && operator !== "*" && operator !== "/";
}

/** The instruction with its exact type and overload, where operands that were `any` are no longer. */
export function settle(i: Instruction, work: Work): Instruction {
  if (i.op === "binary" || i.op === "unary") {
    if (work.types[i.dst] !== "any") return i;
    const a = work.types[i.a] as Type;
    const b = i.op === "binary" ? (work.types[i.b] as Type) : a;
    if (a === "any" || b === "any") return i;
    const result = i.op === "unary" ? unaryResult(i.operator, a) : operatorRow(i.operator, a, b, work.semantics)?.result;
    if (result !== undefined) work.types[i.dst] = result;
    return i;
  }
  if (i.op === "call" && i.overload === undefined) {
    const types = i.args.map((arg) => work.types[arg] as Type);
    if (types.includes("any")) return i;
    const overload = chooseOverload(i.row.overloads, types);
    if (overload === undefined) return i;
    work.types[i.dst] = overload.result;
    return { ...i, overload };
  }
  return i;
}
