/**
 * Windows instead of vectors: a statistic of `M.GetSample(…)` asks the window itself, so that its cost does not grow with the number of samples
 * and no vector is made that nobody keeps. The window stands in the place of the vector among the arguments; `avg(0, M.GetSample(1))` keeps its
 * order, because sums are added from left to right (rule 8.30). An assigned vector becomes its window, too: it is copied when someone asks.
 */
import type { Assignment, CallInstruction, Register } from "../ir.ts";
import type { Work } from "./work.ts";

/** Functions of a list that executors answer from windows and doubles as they come. */
const OF_PARTS = new Set(["avg", "sum", "min", "max", "len", "range"]);
/** Functions whose answer depends on the order in which the elements are added; windows add oldest first. */
const IN_ORDER = new Set(["avg", "sum", "std"]);

/** Whether executors answer the function from windows where `isWindow` and doubles elsewhere. */
export function isFused(name: string, isWindow: readonly boolean[], newestFirst: boolean): boolean {
  if (newestFirst && IN_ORDER.has(name)) return false;
  if (OF_PARTS.has(name)) return true;
  if (name === "std") return isWindow.length === 1 && isWindow[0];
  return (name === "val" || name === "percentile") && isWindow[0];
}

/** The call with windows for the vectors that are nothing but their samples; itself if there are none or it needs a vector. */
export function fuse(call: CallInstruction, work: Work): CallInstruction {
  if (call.overload === undefined) return call;
  const { args } = call;
  let hasWindow = false;
  for (let i = 0; i < args.length; i++) {
    if (windowBehind(args[i], work) >= 0) hasWindow = true;
    else if (work.types[args[i]] !== "double") return call;
  }
  if (!hasWindow) return call;
  const windows = args.map((arg) => windowBehind(arg, work));
  const isWindow = windows.map((window) => window >= 0);
  if (!isFused(call.row.name, isWindow, work.semantics.sampleOrder === "newestFirst")) return call;
  return { ...call, args: args.map((arg, i) => (isWindow[i] ? windows[i] : arg)) };
}

/** The assignment with the window for a vector that is nothing but its samples. */
export function bindWindow(assignment: Assignment, work: Work): Assignment {
  const window = windowBehind(assignment.register, work);
  return window < 0 ? assignment : { ...assignment, register: window };
}

/** The window whose samples the register is; -1 if it is something else. */
function windowBehind(register: Register, work: Work): Register {
  if (work.types[register] !== "doubleVec") return -1;
  const definition = work.definitions[register];
  return definition?.op === "samples" ? definition.window : -1;
}
