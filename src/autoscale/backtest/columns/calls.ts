/**
 * Functions over columns: statistics of windows and doubles, and every pure function of doubles by its own row. `callOperation` says undefined for
 * a call that columns do not know; the formula then goes step by step.
 */
import type { CallContext } from "../../../language/builtins/index.ts";
import type { CallInstruction } from "../../../language/ir.ts";
import type { Value } from "../../../language/values/value.ts";
import { binary, Column, extreme } from "./column.ts";
import type { Executor, Operation } from "./executor.ts";
import { EVALUATION_ERROR, type Mask } from "./lanes.ts";
import type { WindowColumns } from "./windows.ts";

/** Statistics that take windows and doubles as they come. */
const ofParts = new Set(["avg", "sum", "min", "max", "len", "range"]);

/** The operation of a call; undefined where columns have none. */
export function callOperation(call: CallInstruction, executor: Executor): Operation | undefined {
  const { types, semantics } = executor.program;
  const { args, overload, row } = call;
  if (overload === undefined || row.purity !== "pure" || overload.result !== "double") return undefined;
  const windows = args.filter((arg) => types[arg] === "window").length;
  if (!args.every((arg) => types[arg] === "window" || types[arg] === "double")) return undefined;
  if (windows === 0) return args.length === 0 ? undefined : ofDoubles(call, executor);
  const addsInOrder = ["avg", "sum", "std"].includes(row.name);
  if (semantics.sampleOrder === "newestFirst" && addsInOrder) return undefined;
  if (row.name === "avg" && args.length === 1) return ofOneWindow(call, executor, (window) => window.mean());
  if (ofParts.has(row.name)) return statistic(call, executor);
  if (row.name === "std" && args.length === 1) return ofOneWindow(call, executor, (window) => window.std());
  if (row.name === "percentile" && windows === 1 && types[args[0]] === "window") return percentile(call, executor);
  return row.name === "val" && windows === 1 && types[args[0]] === "window" ? element(call, executor) : undefined;
}

/** A function of doubles alone: min and max as loops, any other by its row, step by step. */
function ofDoubles({ row, overload, args, dst }: CallInstruction, executor: Executor): Operation | undefined {
  const to = executor.column(dst);
  const columns = args.map((arg) => executor.column(arg));
  if (row.name === "min" || row.name === "max") {
    const isMin = row.name === "min";
    return () => {
      to.setUniform(isMin ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
      for (const column of columns) extreme(isMin, to, column, executor.count);
      return true;
    };
  }
  const isList = overload?.parameters[0] === "list";
  if (!isList && !overload?.parameters.every((parameter) => parameter === "double")) return undefined;
  const context: CallContext = { now: 0n, random: () => 0, semantics: executor.program.semantics };
  const list = new Float64Array(args.length);
  const given: Value[] = isList ? [list] : args.map(() => 0);
  const at = (step: number): number => {
    for (let k = 0; k < columns.length; k++) {
      if (isList) list[k] = columns[k].at(step);
      else given[k] = columns[k].at(step);
    }
    return row.evaluate(given, context, overload) as number;
  };
  return () => {
    if (columns.every((column) => column.isUniform)) {
      to.setUniform(at(0));
      return true;
    }
    const lanes = to.write();
    for (let i = 0; i < executor.count; i++) lanes[i] = at(i);
    return true;
  };
}

/** Windows and doubles together, joined from left to right (rules 3.1, 8.30). */
function statistic({ row, args, dst }: CallInstruction, executor: Executor): Operation {
  const { name } = row;
  const to = executor.column(dst);
  const found = new Column();
  const least = new Column();
  const most = new Column();
  const scratch = new Column();
  const one = constant(1);
  const onlyWindow = args.length === 1;
  return (mask) => {
    const { count } = executor;
    let total = constant(0);
    if (onlyWindow) found.take(executor.window(args[0]).found);
    else found.setUniform(0);
    least.setUniform(Number.POSITIVE_INFINITY);
    most.setUniform(Number.NEGATIVE_INFINITY);
    for (const arg of args) {
      const isWindow = executor.isWindow(arg);
      if (!onlyWindow) {
        binary("+", scratch, found, isWindow ? executor.window(arg).found : one, count);
        found.take(scratch);
      }
      if (name === "avg" || name === "sum")
        total = isWindow ? executor.window(arg).sum(total) : added(total, executor.column(arg), count);
      if (name === "min" || name === "range")
        extreme(true, least, isWindow ? executor.window(arg).min() : executor.column(arg), count);
      if (name === "max" || name === "range")
        extreme(false, most, isWindow ? executor.window(arg).max() : executor.column(arg), count);
    }
    if (name === "sum") to.take(total);
    else if (name === "len") to.take(found);
    else {
      if (name === "avg") binary("/", to, total, found, count);
      else if (name === "range") binary("-", to, most, least, count);
      else to.take(name === "min" ? least : most);
      forEmpty(to, found, executor, mask);
    }
    return true;
  };
}

/** A statistic of one window alone, which the window keeps for all who ask. */
function ofOneWindow({ args, dst }: CallInstruction, executor: Executor, ask: (window: WindowColumns) => Column): Operation {
  const to = executor.column(dst);
  return (mask) => {
    const window = executor.window(args[0]);
    to.take(ask(window));
    forEmpty(to, window.found, executor, mask);
    return true;
  };
}

function percentile({ args, dst }: CallInstruction, executor: Executor): Operation {
  const to = executor.column(dst);
  const percentage = executor.column(args[1]);
  return (mask) => {
    if (!percentage.isUniform) return false;
    const p = percentage.uniform;
    if (!(p >= 0 && p <= 100)) {
      executor.fates.mark(mask, EVALUATION_ERROR);
      to.setUniform(Number.NaN);
      return true;
    }
    const window = executor.window(args[0]);
    to.take(window.percentile(p));
    forEmpty(to, window.found, executor, mask);
    return true;
  };
}

/** `val` of a window at an index that is the same at every step; outside the window as of nothing (rule 8.6). */
function element({ args, dst }: CallInstruction, executor: Executor): Operation {
  const to = executor.column(dst);
  const index = executor.column(args[1]);
  const inside = new Column();
  const zero = constant(0);
  const isReversed = executor.program.semantics.sampleOrder === "newestFirst";
  return (mask) => {
    if (!index.isUniform) return false;
    const window = executor.window(args[0]);
    const whole = Math.trunc(index.uniform) + 0;
    if (!(whole >= 0)) {
      forEmpty(to, zero, executor, mask);
      return true;
    }
    to.take(window.at(isReversed ? -1 - whole : whole));
    binary(">", inside, window.found, constant(whole), executor.count);
    forEmpty(to, inside, executor, mask);
    return true;
  };
}

/** Where `found` is 0 the answer is what the semantics say of nothing, or a failure. */
function forEmpty(to: Column, found: Column, executor: Executor, mask: Mask): void {
  const { emptyVector } = executor.program.semantics;
  const ofNothing = emptyVector === "zero" ? 0 : Number.NaN;
  if (found.isUniform) {
    if (found.uniform !== 0) return;
    to.setUniform(ofNothing);
    if (emptyVector === "error") executor.fates.mark(mask, EVALUATION_ERROR);
    return;
  }
  const counts = found.lanes(executor.count);
  const values = to.lanes(executor.count);
  const lanes = to.write();
  for (let i = 0; i < executor.count; i++) {
    if (counts[i] !== 0) lanes[i] = values[i];
    else {
      lanes[i] = ofNothing;
      if (emptyVector === "error" && (mask === undefined || mask[i] === 1)) executor.fates.markStep(i, EVALUATION_ERROR);
    }
  }
}

function constant(value: number): Column {
  const column = new Column();
  column.setUniform(value);
  return column;
}

function added(a: Column, b: Column, count: number): Column {
  const sum = new Column();
  binary("+", sum, a, b, count);
  return sum;
}
