/**
 * The formula of the expression benches in the tongues of three expression libraries. Those without assignment get one expression, common parts
 * repeated. All of them answer the same target for the same five inputs.
 */
import { parse as celParse } from "@marcbachmann/cel-js";
import { compileExpression } from "filtrex";
import { compile as mathCompile } from "mathjs";

export { FORMULA, javascriptText } from "./expressionsFormula.ts";

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
