/**
 * Branches without jumps: where both sides are a few operations on doubles that cannot fail and ask nothing, computing both and choosing is
 * cheaper than jumping, and the next passes see one straight line. `a > b ? x : y` becomes one instruction.
 */
import type { BranchInstruction, Comparison, Instruction, Register, SelectInstruction } from "../ir.ts";
import { isComparison } from "./fold.ts";
import type { Work } from "./work.ts";

/** Most operations that are done for nothing. */
const COST_MAX = 4;
const CHEAP_CALLS = new Set(["min", "max", "floor", "ceil"]);

/** Whether both sides may be computed, whichever is wanted. */
export function isStraight(branch: BranchInstruction, work: Work): boolean {
  const { whenTrue, whenFalse, dst } = branch;
  if (dst < 0 || whenTrue.result < 0 || whenFalse.result < 0) return false;
  if (work.types[whenTrue.result] !== "double" || work.types[whenFalse.result] !== "double") return false;
  return cost(whenTrue.body, work) + cost(whenFalse.body, work) <= COST_MAX;
}

function cost(body: readonly Instruction[], work: Work): number {
  let total = 0;
  for (let k = 0; k < body.length; k++) {
    const i = body[k];
    if (i.op === "metric" ? i.what === "latest" : i.op === "current") continue; // read once before the run whether it is wanted or not
    const isCheap =
      (i.op === "binary" && work.types[i.a] === "double" && work.types[i.b] === "double") ||
      (i.op === "unary" && work.types[i.a] === "double") ||
      i.op === "select" ||
      (i.op === "call" &&
        CHEAP_CALLS.has(i.row.name) &&
        work.types[i.dst] === "double" &&
        i.args.length <= 3 &&
        i.args.every((arg) => work.types[arg] === "double"));
    if (!isCheap) return COST_MAX + 1;
    total++;
  }
  return total;
}

/** The choice itself, the sides being computed. */
export function select(
  dst: Register,
  condition: Register,
  whenTrue: Register,
  whenFalse: Register,
  work: Work,
): SelectInstruction {
  const definition = work.definitions[condition];
  if (
    definition?.op === "binary" &&
    isComparison(definition.operator) &&
    work.types[definition.a] === "double" &&
    work.types[definition.b] === "double"
  ) {
    return {
      op: "select",
      operator: definition.operator as Comparison,
      dst,
      a: definition.a,
      b: definition.b,
      whenTrue,
      whenFalse,
    };
  }
  return { op: "select", operator: "!=", dst, a: condition, b: work.zero(), whenTrue, whenFalse };
}
