/**
 * What a formula can compute with (rules 2.1, 2.2, 8.25). A double is a JavaScript number, a string a string, a vector a Float64Array
 * that no one changes after it was made; times and option words are small objects, so that the type of a value can be read off it.
 */
import type { Ticks } from "../../base/time.ts";

/** The types of the language; `none` is what `stop()` has, `any` a conditional whose branches differ (known only when it runs). */
export type Type = "double" | "doubleVec" | "string" | "timestamp" | "timeinterval" | "deallocationOption" | "none" | "any";

/** An instant in UTC, ticks of 100 ns since 1970 (rule 2.6). */
export class Timestamp {
  readonly ticks: Ticks;
  constructor(ticks: Ticks) {
    this.ticks = ticks;
  }
}

/** A length of time in ticks of 100 ns; may be negative. */
export class Timeinterval {
  readonly ticks: Ticks;
  constructor(ticks: Ticks) {
    this.ticks = ticks;
  }
}

export type DeallocationOption = "requeue" | "terminate" | "taskcompletion" | "retaineddata";

/** One of the four bare words of rule 1.10; a type of its own without operators (rule 8.25). */
export class OptionWord {
  readonly word: DeallocationOption;
  constructor(word: DeallocationOption) {
    this.word = word;
  }
}

export type Value = number | Float64Array | string | Timestamp | Timeinterval | OptionWord;

/** The type of a value at run time. */
export function typeOf(value: Value): Exclude<Type, "none" | "any"> {
  if (typeof value === "number") return "double";
  if (typeof value === "string") return "string";
  if (value instanceof Float64Array) return "doubleVec";
  if (value instanceof Timestamp) return "timestamp";
  if (value instanceof Timeinterval) return "timeinterval";
  return "deallocationOption";
}

/** How messages name a type: with its article. */
export function typeInWords(type: Type): string {
  switch (type) {
    case "none":
      return "no value";
    case "any":
      return "a value whose type depends on a condition";
    case "deallocationOption":
      return "a node deallocation option";
    default:
      return `a ${type}`;
  }
}
