/**
 * What is not plain arithmetic, as closures over the registers of a frame: one for each instruction that the machine calls. Shared by the tiers
 * that compile. The meaning is in values/ and builtins/; here are only the ways in and out of the registers, and the places of failures.
 */
import { unreachable } from "../../base/assert.ts";
import type { Ticks } from "../../base/time.ts";
import type { Overload } from "../builtins/index.ts";
import { chooseOverload, memberValue } from "../builtins/index.ts";
import { EvaluationFailure } from "../diagnostics/failure.ts";
import type {
  AimInstruction,
  CallInstruction,
  CheckInstruction,
  MemberInstruction,
  MethodInstruction,
  NarrowInstruction,
  Register,
  VectorInstruction,
} from "../ir.ts";
import { applyBinary, applyUnary } from "../values/arithmetic.ts";
import { join } from "../values/statistics.ts";
import { Timeinterval, Timestamp, typeInWords, typeOf, type Value } from "../values/value.ts";
import { aggregate } from "./aggregates.ts";
import type { ClosureInstruction } from "./bytecode.ts";
import { type Frame, placed } from "./frame.ts";
import { aimBetween, aimLast, checkPercent, ticksBefore } from "./samples.ts";

/** Gives each window of the program its cursor, if it has none; before any closure is made. */
export function placeCursors(calls: readonly ClosureInstruction[], frame: Frame): void {
  for (const call of calls) if (call.op === "aim") frame.cursors[call.dst] ??= frame.reader(call.metric).cursor();
}

/** The closure of one instruction. It throws an EvaluationFailure where the run fails. */
export function closure(i: ClosureInstruction, frame: Frame): () => void {
  const { doubles, boxed } = frame;
  switch (i.op) {
    case "binary":
      return () => {
        try {
          frame.set(i.dst, applyBinary(i.operator, frame.get(i.a), frame.get(i.b), frame.semantics));
        } catch (signal) {
          throw placed(signal, i.at);
        }
      };
    case "unary":
      return () => {
        try {
          frame.set(i.dst, applyUnary(i.operator, frame.get(i.a)));
        } catch (signal) {
          throw placed(signal, i.at);
        }
      };
    case "call":
      return aggregate(i, frame) ?? call(i, frame);
    case "vector":
      return vector(i, frame);
    case "member":
      return member(i, frame);
    case "now":
      return now(i.dst, frame);
    case "metric": {
      const reader = frame.reader(i.metric);
      if (i.what === "Count") {
        return () => {
          doubles[i.dst] = reader.count();
        };
      }
      if (i.what === "GetSamplePeriod") {
        return () => {
          boxed[i.dst] = new Timeinterval(reader.period());
        };
      }
      return () => {
        boxed[i.dst] = new Timestamp(reader.historyBegin());
      };
    }
    case "aim":
      return aim(i, frame);
    case "percent": {
      const cursor = frame.cursor(i.window);
      return () => {
        doubles[i.dst] = cursor.percent;
      };
    }
    case "check":
      return check(i, frame);
    case "samples":
      return () => {
        boxed[i.dst] = frame.samples(i.window);
      };
    case "method":
      return method(i, frame);
    case "narrow":
      return narrow(i, frame);
    case "fail": {
      const failure = new EvaluationFailure(i.code, i.details, i.at);
      return () => {
        throw failure;
      };
    }
    case "move":
      return () => {
        boxed[i.dst] = frame.get(i.a);
      };
    case "current":
    case "select":
    case "branch":
    case "stop":
      throw new Error(`the machine does ${i.op} itself`);
    default:
      return unreachable(i);
  }
}

function values(registers: readonly Register[], frame: Frame): Value[] {
  return registers.map((register) => frame.get(register));
}

/** Any function by its row: with the overload that was chosen, or with the one that fits when it runs. */
function call({ row, overload, args, dst, at }: CallInstruction, frame: Frame): () => void {
  if (row.purity === "draws-random") {
    const { doubles } = frame;
    return () => {
      doubles[dst] = frame.environment.random();
    };
  }
  if (overload !== undefined && overload.result === "double" && overload.parameters[0] === "double" && args.length === 1) {
    const logarithm = logarithmOf(row.name, dst, args[0], frame);
    if (logarithm !== undefined) return logarithm;
  }
  return () => {
    const given = values(args, frame);
    const fitting = overload ?? fittingOverload(row, given, at);
    try {
      frame.set(
        dst,
        row.evaluate(fitting.parameters[0] === "list" ? [join(given as (number | Float64Array)[])] : given, frame, fitting),
      );
    } catch (signal) {
      throw placed(signal, at);
    }
  };
}

/** Functions of a double for which WebAssembly has no instruction; written out, so that no double is boxed. */
function logarithmOf(name: string, dst: Register, a: Register, { doubles }: Frame): (() => void) | undefined {
  switch (name) {
    case "lg":
      return () => {
        doubles[dst] = Math.log2(doubles[a]);
      };
    case "ln":
      return () => {
        doubles[dst] = Math.log(doubles[a]);
      };
    case "log":
      return () => {
        doubles[dst] = Math.log10(doubles[a]);
      };
    default:
      return undefined;
  }
}

function fittingOverload(
  row: { readonly name: string; readonly overloads: readonly Overload[] },
  given: readonly Value[],
  at: number,
): Overload {
  const types = given.map(typeOf);
  const overload = chooseOverload(row.overloads, types);
  if (overload !== undefined) return overload;
  throw new EvaluationFailure(
    "wrong-argument-type",
    { function: row.name, received: `(${types.join(", ")})`, signature: row.overloads[0].signature },
    at,
  );
}

function vector({ args, dst, at }: VectorInstruction, frame: Frame): () => void {
  return () => {
    const parts = values(args, frame);
    for (const part of parts) {
      if (typeof part !== "number" && !(part instanceof Float64Array)) {
        throw new EvaluationFailure("vector-element-type", { received: typeInWords(typeOf(part)) }, at);
      }
    }
    frame.boxed[dst] = join(parts as (number | Float64Array)[]);
  };
}

/** A member of a timestamp; the calendar is asked again only when the timestamp is another. */
function member({ member: name, a, dst }: MemberInstruction, frame: Frame): () => void {
  const { doubles, boxed } = frame;
  let known: Ticks | undefined;
  return () => {
    const { ticks } = boxed[a] as Timestamp;
    if (ticks === known) return;
    doubles[dst] = memberValue(name, ticks, frame.semantics);
    known = ticks;
  };
}

function now(dst: Register, frame: Frame): () => void {
  const { boxed, environment } = frame;
  let known: Timestamp | undefined;
  return () => {
    if (known === undefined || known.ticks !== environment.now) known = new Timestamp(environment.now);
    boxed[dst] = known;
  };
}

function narrow({ type, a, dst, code, details, namesReceived, at }: NarrowInstruction, frame: Frame): () => void {
  return () => {
    const value = frame.get(a);
    const actual = typeOf(value);
    if (actual !== type)
      throw new EvaluationFailure(code, namesReceived ? { ...details, received: typeInWords(actual) } : details, at);
    frame.set(dst, value);
  };
}

function check({ window, wanted, name, at }: CheckInstruction, frame: Frame): () => void {
  const { doubles } = frame;
  const cursor = frame.cursor(window);
  return () => {
    if (!(cursor.percent < doubles[wanted])) return;
    try {
      checkPercent(cursor, name, doubles[wanted]);
    } catch (signal) {
      throw placed(signal, at);
    }
  };
}

/** Aims a window. Ends that are constants are reckoned once, as ticks before now in a double. */
function aim({ form, dst, a, b }: AimInstruction, frame: Frame): () => void {
  const { doubles, boxed, environment } = frame;
  const cursor = frame.cursor(dst);
  if (form === "last") return () => aimLast(cursor, doubles[a]);
  const from = constantEnd(a, frame);
  const to = b < 0 ? 0 : constantEnd(b, frame);
  if (from !== undefined && to !== undefined) {
    const older = Math.max(from, to);
    const newer = Math.min(from, to);
    return () => cursor.before(older, newer);
  }
  const end = (register: Register, known: number | undefined) =>
    known ?? ticksBefore(boxed[register] as Value, environment.now);
  return () => aimBetween(cursor, end(a, from), end(b, to));
}

function constantEnd(register: Register, frame: Frame): number | undefined {
  const value = frame.program.constants[register];
  return value instanceof Timeinterval ? ticksBefore(value, 0n) : undefined;
}

/** A method of which only the run knows what its arguments are. */
function method({ row, metric, name, args, dst, at }: MethodInstruction, frame: Frame): () => void {
  const cursor = frame.reader(metric).cursor();
  return () => {
    const given = values(args, frame);
    const { parameters } = fittingOverload(row, given, at);
    if (parameters[0] === "double") aimLast(cursor, given[0] as number);
    else {
      const isRange = parameters[1] === "time";
      aimBetween(cursor, ticksBefore(given[0], frame.now), isRange ? ticksBefore(given[1], frame.now) : 0);
      if (row.name === "GetSamplePercent") {
        frame.set(dst, cursor.percent);
        return;
      }
      const last = given[given.length - 1];
      try {
        checkPercent(cursor, name, typeof last === "number" ? last : frame.semantics.samplePercentDefault);
      } catch (signal) {
        throw placed(signal, at);
      }
    }
    const samples = cursor.copy();
    frame.boxed[dst] = frame.semantics.sampleOrder === "newestFirst" ? samples.reverse() : samples;
  };
}
