/**
 * What the passes ask about an instruction: which registers it reads, the same with other registers, whether it can end the run, whether it may
 * be dropped.
 */
import { type Instruction, NO_REGISTER, type Register, type RegisterType } from "../ir.ts";
import type { Semantics } from "../semantics.ts";
import { operatorRow, unaryResult } from "../values/arithmetic.ts";
import type { Type } from "../values/value.ts";

/** The register that the instruction writes; NO_REGISTER if none. */
export function resultOf(i: Instruction): Register {
  return i.op === "check" || i.op === "fail" || i.op === "stop" ? NO_REGISTER : i.dst;
}

/** Calls `visit` with each register that the instruction itself reads; of a branch only the condition. Never with NO_REGISTER. */
export function operands(i: Instruction, visit: (register: Register) => void): void {
  switch (i.op) {
    case "binary":
      visit(i.a);
      visit(i.b);
      return;
    case "select":
      visit(i.a);
      visit(i.b);
      visit(i.whenTrue);
      visit(i.whenFalse);
      return;
    case "unary":
    case "member":
    case "narrow":
      visit(i.a);
      return;
    case "call":
    case "vector":
    case "method":
      for (let k = 0; k < i.args.length; k++) visit(i.args[k]);
      return;
    case "aim":
      visit(i.a);
      if (i.b >= 0) visit(i.b);
      return;
    case "percent":
    case "samples":
      visit(i.window);
      return;
    case "check":
      visit(i.window);
      visit(i.wanted);
      return;
    case "branch":
      visit(i.condition);
      return;
    case "now":
    case "current":
    case "metric":
    case "fail":
    case "stop":
      return;
    default:
      i satisfies never;
  }
}

/** The instruction with every operand r replaced by `alias[r]`: itself if that changes nothing. Not for branches. */
export function renamed(i: Instruction, alias: Int32Array): Instruction {
  switch (i.op) {
    case "binary": {
      const a = alias[i.a];
      const b = alias[i.b];
      return a === i.a && b === i.b ? i : { op: "binary", operator: i.operator, dst: i.dst, a, b, at: i.at };
    }
    case "unary":
    case "member":
    case "narrow":
      return alias[i.a] === i.a ? i : { ...i, a: alias[i.a] };
    case "call":
    case "vector":
    case "method":
      for (let k = 0; k < i.args.length; k++) {
        if (alias[i.args[k]] !== i.args[k]) return { ...i, args: i.args.map((arg) => alias[arg]) };
      }
      return i;
    case "aim": {
      const b = i.b < 0 ? i.b : alias[i.b];
      return alias[i.a] === i.a && b === i.b ? i : { ...i, a: alias[i.a], b };
    }
    case "percent":
    case "samples":
      return alias[i.window] === i.window ? i : { ...i, window: alias[i.window] };
    case "check":
      return alias[i.window] === i.window && alias[i.wanted] === i.wanted
        ? i
        : { ...i, window: alias[i.window], wanted: alias[i.wanted] };
    default:
      return i;
  }
}

/** Whether the run can end at this instruction, by a failure or by `stop()`. */
export function canExit(i: Instruction, types: readonly RegisterType[], semantics: Semantics): boolean {
  switch (i.op) {
    case "binary": {
      const a = types[i.a] as Type;
      const b = types[i.b] as Type;
      if (a === "double" && b === "double") return false;
      const row = operatorRow(i.operator, a, b, semantics);
      if (row === undefined) return true; // `any`, or what turned out to have no such operation
      // Comparisons always have an answer, times may leave their range, two vectors may differ in length.
      return row.result !== "double" && !(row.result === "doubleVec" && a !== b);
    }
    case "unary":
      return unaryResult(i.operator, types[i.a] as Type) === undefined;
    case "call":
      if (i.overload === undefined || i.row.purity === "stops") return true;
      return i.row.fails.some(
        (code) => semantics.emptyVector === "error" || (code !== "empty-list" && code !== "index-out-of-range"),
      );
    case "vector":
      return i.args.some((arg) => types[arg] !== "double" && types[arg] !== "doubleVec");
    case "check":
    case "method":
    case "narrow":
    case "fail":
    case "stop":
      return true;
    case "branch":
      return (
        i.whenTrue.body.some((inner) => canExit(inner, types, semantics)) ||
        i.whenFalse.body.some((inner) => canExit(inner, types, semantics))
      );
    default:
      return false;
  }
}

/** Whether nothing but its value would be missed. A branch is judged by its blocks, which the caller has cleaned. */
export function isDroppable(i: Instruction, types: readonly RegisterType[], semantics: Semantics): boolean {
  if (i.op === "branch") return i.whenTrue.body.length === 0 && i.whenFalse.body.length === 0;
  if (i.op === "call" && i.row.purity === "draws-random") return false;
  return !canExit(i, types, semantics);
}
