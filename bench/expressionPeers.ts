/**
 * The formula of the expression benches in the tongue of each contender: ours, JavaScript by hand, JavaScript made from text, and three expression
 * libraries. Those without assignment get one expression, common parts repeated. All of them answer the same target for the same five inputs.
 */
import { parse as celParse } from "@marcbachmann/cel-js";
import { compileExpression } from "filtrex";
import { compile as mathCompile } from "mathjs";

/** Eight assignments and a result, two conditionals, min, max and floor over five inputs. */
export const FORMULA = `
load = $ActiveTasks + $RunningTasks;
perNode = load / $TaskSlotsPerNode;
wanted = floor(perNode + 0.9);
grown = $CurrentDedicatedNodes * 1.25 + 1;
bounded = min(wanted, grown);
step = bounded > $CurrentDedicatedNodes ? bounded - $CurrentDedicatedNodes : 0;
shrunk = load < $CurrentDedicatedNodes * $TaskSlotsPerNode * 0.2 ? max($CurrentDedicatedNodes - 2, 1) : $CurrentDedicatedNodes;
total = max(shrunk, $CurrentDedicatedNodes + step) + $PendingTasks / 100;
$TargetDedicatedNodes = min(40, max(2, total));
`;

/** Inputs in the order of all functions here. */
export const INPUTS = [
  "$ActiveTasks",
  "$RunningTasks",
  "$TaskSlotsPerNode",
  "$CurrentDedicatedNodes",
  "$PendingTasks",
] as const;

/** By hand. */
export function handWritten(active: number, running: number, slots: number, current: number, pending: number): number {
  const load = active + running;
  const perNode = load / slots;
  const wanted = Math.floor(perNode + 0.9);
  const grown = current * 1.25 + 1;
  const bounded = Math.min(wanted, grown);
  const step = bounded > current ? bounded - current : 0;
  const shrunk = load < current * slots * 0.2 ? Math.max(current - 2, 1) : current;
  const total = Math.max(shrunk, current + step) + pending / 100;
  return Math.trunc(Math.min(40, Math.max(2, total)));
}

/** The text that `new Function` gets; a `salt` of its own makes V8's cache of compiled texts miss. */
export function javascriptText(salt: string): string {
  return `/*${salt}*/
const load = active + running;
const perNode = load / slots;
const wanted = Math.floor(perNode + 0.9);
const grown = current * 1.25 + 1;
const bounded = Math.min(wanted, grown);
const step = bounded > current ? bounded - current : 0;
const shrunk = load < current * slots * 0.2 ? Math.max(current - 2, 1) : current;
const total = Math.max(shrunk, current + step) + pending / 100;
return Math.trunc(Math.min(40, Math.max(2, total)));`;
}

type Answer = (active: number, running: number, slots: number, current: number, pending: number) => number;

export const MATH = `load = active + running
perNode = load / slots
wanted = floor(perNode + 0.9)
grown = current * 1.25 + 1
bounded = min(wanted, grown)
step = bounded > current ? bounded - current : 0
shrunk = load < current * slots * 0.2 ? max(current - 2, 1) : current
total = max(shrunk, current + step) + pending / 100
target = fix(min(40, max(2, total)))`;

export function mathjs(): Answer {
  const code = mathCompile(MATH);
  return (active, running, slots, current, pending) => {
    const scope = new Map<string, number>([
      ["active", active],
      ["running", running],
      ["slots", slots],
      ["current", current],
      ["pending", pending],
    ]);
    code.evaluate(scope);
    return scope.get("target") as number;
  };
}

const BOUNDED = "min(floor((active + running) / slots + 0.9), current * 1.25 + 1)";

export function filtrex(): Answer {
  const step = `(if ${BOUNDED} > current then ${BOUNDED} - current else 0)`;
  const shrunk = "(if active + running < current * slots * 0.2 then max(current - 2, 1) else current)";
  const code = compileExpression(`min(40, max(2, max(${shrunk}, current + ${step}) + pending / 100))`);
  return (active, running, slots, current, pending) => Math.trunc(code({ active, running, slots, current, pending }) as number);
}

/** CEL has no functions on lists of numbers: min, max and floor are written out, so this is more text per call. */
export function cel(): Answer {
  const least = (a: string, b: string) => `(${a} < ${b} ? ${a} : ${b})`;
  const most = (a: string, b: string) => `(${a} > ${b} ? ${a} : ${b})`;
  const wanted = "double(int((active + running) / slots + 0.9))";
  const bounded = least(wanted, "(current * 1.25 + 1.0)");
  const step = `(${bounded} > current ? ${bounded} - current : 0.0)`;
  const shrunk = `(active + running < current * slots * 0.2 ? ${most("(current - 2.0)", "1.0")} : current)`;
  const total = `(${most(shrunk, `(current + ${step})`)} + pending / 100.0)`;
  const code = celParse(least("40.0", most("2.0", total)));
  return (active, running, slots, current, pending) => Math.trunc(code({ active, running, slots, current, pending }) as number);
}
