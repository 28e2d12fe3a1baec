/**
 * One declaration says everything about a built-in once: prose, overloads, purity, meaning, examples, source. The checker, the optimizer, every
 * executor, help, hover, the reference page and the generator of test formulas read these rows; there is no second list.
 */
import type { Ticks } from "../../base/time.ts";
import type { Semantics } from "../semantics.ts";
import type { Type, Value } from "../values/value.ts";

/** How well the source knows it: documented by the service, observed in its answers, or assumed by us. */
export type Sure = "documented" | "observed" | "assumed";

/**
 * A parameter's form. `list` is the doubleVecList of rule 3.1: any number of doubles and doubleVecs, none included, joined before the call; it
 * stands alone. `time` is a timestamp or a timeinterval (rule 5.4).
 */
export type Parameter = "double" | "doubleVec" | "string" | "list" | "time";

export interface Overload {
  readonly parameters: readonly Parameter[];
  /** How help shows it: `percentile(doubleVec v, double p)`. */
  readonly signature: string;
  readonly result: Type;
}

/** `draws-random` and `stops` may be neither merged, moved nor dropped; `reads-clock` is constant within a run. */
export type Purity = "pure" | "reads-clock" | "draws-random" | "stops";

/** What a function may ask of the run. */
export interface CallContext {
  readonly now: Ticks;
  readonly random: () => number;
  readonly semantics: Semantics;
}

export interface Example {
  /** A formula that assigns `x`. */
  readonly formula: string;
  /** What `x` then prints as; tests run it. */
  readonly result: string;
}

interface Described {
  readonly name: string;
  readonly doc: string;
  readonly source: string;
  readonly sure: Sure;
}

export interface FunctionRow extends Described {
  readonly overloads: readonly Overload[];
  readonly purity: Purity;
  /**
   * Arguments as the chosen overload wants them (a `list` arrives joined, as one Float64Array). Throws a Fault where there is no value, and the
   * stop signal for `stop()`.
   */
  readonly evaluate: (args: readonly Value[], context: CallContext, overload: Overload) => Value;
  /** Evaluation codes that a call with right argument types can still end with. */
  readonly fails: readonly string[];
  readonly examples: readonly Example[];
}

/** A method of a metric; what it does with samples is the executors' business, its types are here. */
export interface MethodRow extends Described {
  readonly name: "GetSample" | "GetSamplePercent" | "GetSamplePeriod" | "Count" | "HistoryBeginTime";
  readonly overloads: readonly Overload[];
}

/** A member of a timestamp, a whole number (rules 2.3, 8.28). */
export interface MemberRow extends Described {
  readonly name: "year" | "month" | "day" | "weekday" | "hour" | "minute" | "second";
}

export interface VariableRow extends Described {
  /**
   * `target` and `option` may be assigned; `metric` is read-only and has methods; `constant` and `word` are read-only values.
   */
  readonly kind: "target" | "option" | "metric" | "constant" | "word";
  readonly type: Type;
  /** What its number counts; the service's own names mislead for some. */
  readonly unit: string;
  /** The full name, for a row that is another spelling of it (rules 4.1, 8.24). */
  readonly aliasOf: string | undefined;
  /** Why a formula should no longer use it. */
  readonly obsolete: string | undefined;
}
