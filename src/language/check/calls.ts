/**
 * Calls, methods and members: who they belong to, how many arguments, of which types, in the order of rules 8.20 to 8.23. The tables of built-ins
 * know the overloads; here is only the order of judgement and what becomes of each method.
 */
import type { Call, Expression, Member, MethodCall, VectorLiteral } from "../ast.ts";
import { ungroup } from "../ast.ts";
import type { FunctionRow, MemberRow, MethodRow, Overload, VariableRow } from "../builtins/index.ts";
import {
  chooseOverload,
  countInWords,
  fullName,
  functions,
  members,
  methods,
  signaturesInWords,
  takesCount,
  variables,
} from "../builtins/index.ts";
import type { Register } from "../ir.ts";
import { NO_REGISTER } from "../ir.ts";
import { type Type, typeInWords } from "../values/value.ts";
import type { Emitter } from "./emitter.ts";

/** The checker as its parts see it. */
export interface Lowering extends Emitter {
  /** What a method's window wants when the formula names no percentage (rule 5.6). */
  readonly samplePercentDefault: number;
  /** Emits the expression; its register, NO_REGISTER if it never has a value. */
  lower(expression: Expression): Register;
  /** A metric was read. */
  noteRead(name: string): void;
}

export function lowerVector(to: Lowering, node: VectorLiteral): Register {
  const args = lowerAll(to, node.elements);
  if (args === undefined) return NO_REGISTER;
  const unfit = args.findIndex((arg) => !isElement(to.types[arg] as Type));
  // An element of type `any` before the unfit one may turn out unfit as well, and the first in order is the one to name.
  const made = unfit < 0 ? args : args.slice(0, unfit);
  const dst = to.register("doubleVec");
  to.emit({ op: "vector", dst, args: made, at: node.start });
  if (unfit < 0) return dst;
  return to.fail("vector-element-type", { received: typeInWords(to.types[args[unfit]] as Type) }, node.start, node.end);
}

/** Whether a vector literal may hold it, as far as is known before it runs. */
function isElement(type: Type): boolean {
  return type === "double" || type === "doubleVec" || type === "any";
}

export function lowerCall(to: Lowering, node: Call): Register {
  const row = functions.get(node.name);
  if (row === undefined) {
    to.fail("undefined-symbol", { name: node.name }, node.start, node.start + node.name.length, "functions");
    return hollow(to, node.args);
  }
  if (!hasRightCount(to, row, node)) return hollow(to, node.args);
  const args = lowerAll(to, node.args);
  if (args === undefined) return NO_REGISTER;
  if (row.purity === "stops") return to.stop();
  const overload = chosen(to, row, args, node);
  if (overload === null) return NO_REGISTER;
  if (row.purity === "reads-clock" && args.length === 0) {
    const now = to.register("timestamp");
    to.emit({ op: "now", dst: now });
    return now;
  }
  const dst = to.register(overload?.result ?? commonResult(row.overloads));
  to.emit({ op: "call", row, overload, dst, args, at: node.open });
  return dst;
}

export function lowerMember(to: Lowering, node: Member): Register {
  const details = { name: node.name };
  const end = node.at + node.name.length;
  if (metricBehind(node.object) !== undefined) return to.fail("undefined-symbol", details, node.at, end, "metricMembers");
  const object = to.lower(node.object);
  if (members.get(node.name) === undefined)
    return object < 0 ? object : to.fail("undefined-symbol", details, node.at, end, "members");
  const a = to.expect(object, "timestamp", "undefined-symbol", details, node.at, end, false, "members");
  if (a < 0) return a;
  const dst = to.register("double");
  to.emit({ op: "member", member: node.name as MemberRow["name"], dst, a });
  return dst;
}

export function lowerMethod(to: Lowering, node: MethodCall): Register {
  const variable = metricBehind(node.object);
  const row = methods.get(node.name);
  if (variable === undefined || row === undefined) {
    const object = variable === undefined ? to.lower(node.object) : 0;
    if (object >= 0) to.fail("undefined-symbol", { name: node.name }, node.at, node.at + node.name.length, "methods");
    return hollow(to, node.args);
  }
  to.noteRead(variable.name);
  if (!hasRightCount(to, row, node)) return hollow(to, node.args);
  const args = lowerAll(to, node.args);
  if (args === undefined) return NO_REGISTER;
  const overload = chosen(to, row, args, node);
  if (overload === null) return NO_REGISTER;
  const metric = fullName(variable);
  if (overload === undefined) {
    const dst = to.register(commonResult(row.overloads));
    to.emit({ op: "method", row, metric, name: variable.name, dst, args, at: node.open });
    return dst;
  }
  return methodInstructions(to, row, overload, args, { metric, name: variable.name, at: node.open });
}

/** What a method does, its arguments being right. `metric` is the full name, `name` the name as written. */
function methodInstructions(
  to: Lowering,
  row: MethodRow,
  overload: Overload,
  args: readonly Register[],
  call: { metric: string; name: string; at: number },
): Register {
  const { metric, name, at } = call;
  if (row.name !== "GetSample" && row.name !== "GetSamplePercent") {
    const dst = to.register(overload.result);
    to.emit({ op: "metric", what: row.name, metric, dst });
    return dst;
  }
  const { parameters } = overload;
  const window = to.register("window");
  if (parameters[0] === "double") to.emit({ op: "aim", form: "last", metric, dst: window, a: args[0], b: NO_REGISTER });
  else
    to.emit({
      op: "aim",
      form: "between",
      metric,
      dst: window,
      a: args[0],
      b: parameters[1] === "time" ? args[1] : NO_REGISTER,
    });
  const dst = to.register(overload.result);
  if (row.name === "GetSamplePercent") {
    to.emit({ op: "percent", dst, window });
    return dst;
  }
  if (parameters[0] !== "double") {
    const last = parameters.length - 1;
    const wanted = parameters[last] === "double" ? args[last] : to.number(to.samplePercentDefault);
    to.emit({ op: "check", window, wanted, name, at });
  }
  to.emit({ op: "samples", dst, window });
  return dst;
}

/** The metric that the object of a member or method is; undefined if it is something else (rule 8.23). */
function metricBehind(object: Expression): VariableRow | undefined {
  const holder = ungroup(object);
  if (holder.kind !== "name") return undefined;
  const row = variables.get(holder.name);
  return row?.kind === "metric" ? row : undefined;
}

/** Emits all, in order; undefined if one of them never has a value. */
function lowerAll(to: Lowering, expressions: readonly Expression[]): Register[] | undefined {
  const registers: Register[] = [];
  let isWhole = true;
  for (let i = 0; i < expressions.length; i++) {
    const register = to.lower(expressions[i]);
    if (register < 0) isWhole = false;
    registers.push(register);
  }
  return isWhole ? registers : undefined;
}

/** Walks arguments that are never evaluated, for the problems in them. */
function hollow(to: Lowering, args: readonly Expression[]): Register {
  lowerAll(to, args);
  return NO_REGISTER;
}

function hasRightCount(to: Lowering, row: FunctionRow | MethodRow, node: Call | MethodCall): boolean {
  if (takesCount(row.overloads, node.args.length)) return true;
  const details = {
    function: row.name,
    wanted: countInWords(row.overloads),
    received: String(node.args.length),
    signature: signaturesInWords(row.overloads),
  };
  to.fail("wrong-argument-count", details, node.open, node.end);
  return false;
}

/** The overload that fits; undefined where an `any` leaves it open, null after the certain failure. */
function chosen(
  to: Lowering,
  row: FunctionRow | MethodRow,
  args: readonly Register[],
  node: Call | MethodCall,
): Overload | undefined | null {
  const types: Type[] = [];
  let isOpen = false;
  for (let i = 0; i < args.length; i++) {
    const type = to.types[args[i]] as Type;
    if (type === "any") isOpen = true;
    types.push(type);
  }
  if (isOpen) return undefined;
  const overload = chooseOverload(row.overloads, types);
  if (overload !== undefined) return overload;
  to.fail(
    "wrong-argument-type",
    { function: row.name, received: `(${types.join(", ")})`, signature: row.overloads[0].signature },
    node.open,
    node.end,
  );
  return null;
}

function commonResult(overloads: readonly Overload[]): Type {
  const { result } = overloads[0];
  return overloads.every((overload) => overload.result === result) ? result : "any";
}
