/**
 * Statistics straight from the sample cursors: what `avg(M.GetSample(span))` costs does not grow with the span, and no vector is made. The answers
 * are those of values/statistics.ts on the joined list (rules 3.1, 8.6, 8.30). For calls that the optimizer does not fuse there is
 * none of this: their arguments are vectors.
 */
import type { Overload } from "../builtins/index.ts";
import type { CallInstruction } from "../ir.ts";
import { isFused } from "../optimize/samples.ts";
import { checkPercentage, emptyResult } from "../values/statistics.ts";
import type { Frame } from "./frame.ts";
import { placed } from "./frame.ts";

/** The closure of a call whose arguments are windows and doubles; undefined if it is not fused. */
export function aggregate(call: CallInstruction, frame: Frame): (() => void) | undefined {
  const { types } = frame.program;
  const isWindow = call.args.map((arg) => types[arg] === "window");
  if (!isWindow.includes(true) || !call.args.every((arg, i) => isWindow[i] || types[arg] === "double")) return undefined;
  if (!isFused(call.row.name, isWindow, frame.semantics.sampleOrder === "newestFirst")) return undefined;
  if (call.row.name === "val") return element(call, frame);
  if (call.row.name === "percentile") return percentile(call, frame);
  return call.args.length === 1 ? ofOneWindow(call, frame) : ofParts(call, frame);
}

function element({ row, overload, args, dst, at }: CallInstruction, frame: Frame): () => void {
  const { doubles, semantics } = frame;
  const cursor = frame.cursor(args[0]);
  const isReversed = semantics.sampleOrder === "newestFirst";
  return () => {
    const { found } = cursor;
    const index = Math.trunc(doubles[args[1]]);
    if (index >= 0 && index < found) doubles[dst] = cursor.at(isReversed ? found - 1 - index : index);
    else {
      // Out of range: the row knows what that gives, and the length is all it asks of the vector.
      try {
        doubles[dst] = row.evaluate([new Float64Array(found), doubles[args[1]]], frame, overload as Overload) as number;
      } catch (signal) {
        throw placed(signal, at);
      }
    }
  };
}

function percentile({ args, dst, at }: CallInstruction, frame: Frame): () => void {
  const { doubles, semantics } = frame;
  const cursor = frame.cursor(args[0]);
  return () => {
    const p = doubles[args[1]];
    try {
      if (!(p >= 0 && p <= 100)) checkPercentage(p);
      doubles[dst] = cursor.found === 0 ? emptyResult("percentile", semantics) : cursor.percentile(p);
    } catch (signal) {
      throw placed(signal, at);
    }
  };
}

/** The frequent shape: one window alone. */
function ofOneWindow({ row, args, dst, at }: CallInstruction, frame: Frame): () => void {
  const { doubles, semantics } = frame;
  const cursor = frame.cursor(args[0]);
  const onEmpty = () => {
    try {
      doubles[dst] = emptyResult(row.name, semantics);
    } catch (signal) {
      throw placed(signal, at);
    }
  };
  switch (row.name) {
    case "avg":
      return () => {
        const { found } = cursor;
        if (found === 0) onEmpty();
        else doubles[dst] = cursor.sum(0) / found;
      };
    case "min":
      return () => {
        if (cursor.found === 0) onEmpty();
        else doubles[dst] = cursor.min();
      };
    case "max":
      return () => {
        if (cursor.found === 0) onEmpty();
        else doubles[dst] = cursor.max();
      };
    case "range":
      return () => {
        if (cursor.found === 0) onEmpty();
        else doubles[dst] = cursor.max() - cursor.min();
      };
    case "std":
      return () => {
        if (cursor.found === 0) onEmpty();
        else doubles[dst] = cursor.std();
      };
    case "len":
      return () => {
        doubles[dst] = cursor.found;
      };
    default:
      return () => {
        doubles[dst] = cursor.sum(0);
      };
  }
}

/** Windows and doubles together, left to right. */
function ofParts({ row, args, dst, at }: CallInstruction, frame: Frame): () => void {
  const { doubles, semantics } = frame;
  const cursors = args.map((arg) => frame.cursors[arg]);
  const count = args.length;
  const { name } = row;
  // One accumulator pair serves all: a sum and its count, or the extremes.
  const isSum = name === "avg" || name === "sum" || name === "len";
  return () => {
    let total = 0;
    let found = 0;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const cursor = cursors[i];
      if (cursor === undefined) {
        const value = doubles[args[i]];
        found++;
        if (isSum) total += value;
        else {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      } else {
        const size = cursor.found;
        found += size;
        if (name === "sum" || name === "avg") total = cursor.sum(total);
        else if (size > 0 && !isSum) {
          if (name !== "max") least = Math.min(least, cursor.min());
          if (name !== "min") most = Math.max(most, cursor.max());
        }
      }
    }
    if (name === "sum") doubles[dst] = total;
    else if (name === "len") doubles[dst] = found;
    else if (found === 0) {
      try {
        doubles[dst] = emptyResult(name, semantics);
      } catch (signal) {
        throw placed(signal, at);
      }
    } else if (name === "avg") doubles[dst] = total / found;
    else if (name === "min") doubles[dst] = least;
    else if (name === "max") doubles[dst] = most;
    else doubles[dst] = most - least;
  };
}
