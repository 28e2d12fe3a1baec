/**
 * How an evaluation is written down: the service's `results` string (rules 6.10 to 6.16, 8.8, 8.10, 8.27) and the values as JSON for machines.
 * In go what an executor answered; out come text and plain data that hold no reference to it.
 */
import { targetMax } from "../base/limits.ts";
import { durationText, instantTextExact } from "../base/time.ts";
import type { Outcome } from "../language/execute/outcome.ts";
import { valueText } from "../language/values/text.ts";
import { type DeallocationOption, Timeinterval, Timestamp, type Type, typeOf, type Value } from "../language/values/value.ts";

/** What a pool should have, or has now: whole numbers of nodes from 0 to 2147483647 (rule 8.25). */
export interface PoolTargets {
  readonly dedicated: number;
  readonly lowPriority: number;
}

/** Targets with 0 for what is not given; RangeError for what no pool can have. */
export function checkedTargets(given: Partial<PoolTargets> = {}): PoolTargets {
  const targets = { dedicated: given.dedicated ?? 0, lowPriority: given.lowPriority ?? 0 };
  for (const [name, value] of Object.entries(targets)) {
    if (!(Number.isInteger(value) && value >= 0 && value <= targetMax.value)) {
      throw new RangeError(`targets.${name} must be a whole number from 0 to ${targetMax.value}, received ${value}`);
    }
  }
  return targets;
}

/** A double in JSON: a number, or one of three words where JSON has no number. */
export type JsonDouble = number | "NaN" | "Infinity" | "-Infinity";

/**
 * A variable's value in JSON. `doubleVec` is an array of doubles, `timestamp` and `timeinterval` are ISO 8601 text with all ticks,
 * `deallocationOption` is its word.
 */
export interface JsonValue {
  readonly type: Exclude<Type, "none" | "any">;
  readonly value: JsonDouble | readonly JsonDouble[] | string;
}

/** What the results string and the JSON need of a run. */
export type Results = Pick<Outcome, "targetDedicated" | "targetLowPriority" | "nodeDeallocationOption" | "variables">;

/**
 * The service's own string, byte for byte: `name=value` joined by `;`, first the two targets and the option under their full names, then the
 * user-defined variables sorted by character code (rules 6.11, 8.24). No value holds `;` or `=` (6.16).
 */
export function resultsText(run: Results): string {
  let text = `$TargetDedicatedNodes=${wholeText(run.targetDedicated)};$TargetLowPriorityNodes=${wholeText(run.targetLowPriority)}`;
  text += `;$NodeDeallocationOption=${run.nodeDeallocationOption}`;
  for (const [name, value] of sortedByName(run.variables)) text += `;${name}=${valueText(value)}`;
  return text;
}

/** Targets print as whole decimal numbers, never in exponent form (rule 8.27). */
function wholeText(target: number): string {
  return String(target === 0 ? 0 : target);
}

/** By character code, which puts `$…` names before bare ones and capitals before small letters (rule 6.11). */
function sortedByName(variables: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  const rows = [...variables];
  return rows.length < 2 ? rows : rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The user-defined variables by name, in the order of the results string. Has no prototype: `__proto__` is a name like any other. */
export function jsonVariables(variables: ReadonlyMap<string, Value>): Record<string, JsonValue> {
  const rows = Object.create(null) as Record<string, JsonValue>;
  for (const [name, value] of sortedByName(variables)) rows[name] = jsonValue(value);
  return rows;
}

/** One value as JSON. */
export function jsonValue(value: Value): JsonValue {
  return { type: typeOf(value), value: plain(value) };
}

function plain(value: Value): JsonValue["value"] {
  if (typeof value === "number") return jsonDouble(value);
  if (typeof value === "string") return value;
  if (value instanceof Float64Array) return Array.from(value, jsonDouble);
  if (value instanceof Timestamp) return instantTextExact(value.ticks);
  if (value instanceof Timeinterval) return durationText(value.ticks);
  return value.word;
}

/** A double as JSON can hold it; minus zero is 0. */
function jsonDouble(value: number): JsonDouble {
  if (Number.isFinite(value)) return value === 0 ? 0 : value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** What a run that never started reports: the current targets and `requeue` (rules 6.10, 8.10). */
export function unchangedResults(targets: PoolTargets): Results {
  return {
    targetDedicated: targets.dedicated,
    targetLowPriority: targets.lowPriority,
    nodeDeallocationOption: "requeue" satisfies DeallocationOption,
    variables: new Map(),
  };
}
