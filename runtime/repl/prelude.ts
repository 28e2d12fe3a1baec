/**
 * Values written back as syntax. A session knows its variables as values; a statement that is entered later must see them. Instead of teaching
 * every executor to start in the middle, the values become assignments in front of the statement: trees, not text, so that NaN, long vectors
 * and every tick survive, and neither the limit of length nor that of statements counts them.
 */
import { instantTextExact, TICKS_PER_DAY } from "../../src/base/time.ts";
import type { Expression, Statement } from "../../src/language/ast.ts";
import { OptionWord, Timeinterval, Timestamp, type Value } from "../../src/language/values/value.ts";

const NOWHERE = { start: 0, end: 0 };

/** Assignments that give each name its value again, in the order of the map; running them cannot fail. */
export function prelude(values: ReadonlyMap<string, Value>): Statement[] {
  return Array.from(values, ([name, value]) => ({ target: { name, ...NOWHERE }, value: expressionOf(value), ...NOWHERE }));
}

function expressionOf(value: Value): Expression {
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return { kind: "string", value, ...NOWHERE };
  if (value instanceof Float64Array) return { kind: "vector", elements: Array.from(value, number), ...NOWHERE };
  if (value instanceof Timestamp) {
    const text: Expression = { kind: "string", value: instantTextExact(value.ticks), ...NOWHERE };
    return { kind: "call", name: "time", open: 0, args: [text], ...NOWHERE };
  }
  if (value instanceof Timeinterval) return interval(value.ticks);
  if (value instanceof OptionWord) return { kind: "name", name: value.word, ...NOWHERE };
  return value satisfies never;
}

const number = (value: number): Expression => ({ kind: "number", value, ...NOWHERE });

/** Days and ticks apart: each product is a whole number of ticks that a double holds exactly, which the whole interval's may not be. */
function interval(ticks: bigint): Expression {
  const times = (count: bigint, name: string): Expression => ({
    kind: "binary",
    operator: "*",
    at: 0,
    left: number(Number(count)),
    right: { kind: "name", name, ...NOWHERE },
    ...NOWHERE,
  });
  const left = times(ticks / TICKS_PER_DAY, "TimeInterval_Day");
  const right = times(ticks % TICKS_PER_DAY, "TimeInterval_100ns");
  return { kind: "binary", operator: "+", at: 0, left, right, ...NOWHERE };
}
