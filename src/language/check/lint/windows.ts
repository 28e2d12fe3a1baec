/**
 * The look-backs of a formula: every GetSample and GetSamplePercent over a range, with its metric and, where it is known before the run, how long
 * ago it begins and ends (rules 5.2 to 5.5, 8.2).
 */
import type { Expression, MethodCall } from "../../ast.ts";
import { intervalText } from "../../../base/time.ts";
import type { Semantics } from "../../semantics.ts";
import type { Analysis } from "./analysis.ts";
import { type Facts, metricName } from "./facts.ts";
import { onlyValue, type Range } from "./range.ts";

/** One look-back over a range. */
export interface Window {
  readonly call: MethodCall;
  /** Full name. */
  readonly metric: string;
  /** The arguments that name the range: one or two. */
  readonly ends: readonly Expression[];
  /** Ticks before the run of the earlier and of the later end; undefined where a sample or the calendar decides. */
  readonly older: number | undefined;
  readonly newer: number | undefined;
  /** The percentage that GetSample wants; undefined for GetSamplePercent, and where it is not known. */
  readonly wanted: number | undefined;
}

/** All look-backs over a range, in text order of their statements. */
export function windowsOf(facts: Facts, analysis: Analysis, semantics: Semantics): Window[] {
  const found: Window[] = [];
  for (const node of facts.expressions) {
    if (node.kind !== "method") continue;
    const window = windowOf(node, analysis, semantics);
    if (window !== undefined) found.push(window);
  }
  return found;
}

/** The look-back of a call; undefined for other calls, for GetSample(count) and for arguments that fit nothing. */
export function windowOf(call: MethodCall, analysis: Analysis, semantics: Semantics): Window | undefined {
  const metric = metricName(call.object);
  if (metric === undefined || (call.name !== "GetSample" && call.name !== "GetSamplePercent")) return undefined;
  const kinds = call.args.map((arg) => analysis.of(arg).kind);
  const isTime = (kind: string) => kind === "timeinterval" || kind === "timestamp";
  const ends = call.args.filter((_, i) => isTime(kinds[i]));
  const percent =
    call.name === "GetSample" && kinds[kinds.length - 1] === "double" ? call.args[call.args.length - 1] : undefined;
  const isRange =
    ends.length > 0 && ends.length <= 2 && isTime(kinds[0]) && ends.length + (percent ? 1 : 0) === call.args.length;
  if (!isRange) return undefined;
  const a = ticksBefore(ends[0], analysis);
  const b = ends.length === 2 ? ticksBefore(ends[1], analysis) : 0;
  const isKnown = a !== undefined && b !== undefined;
  const given = percent && analysis.double(percent);
  const wanted =
    call.name === "GetSamplePercent"
      ? undefined
      : percent === undefined
        ? semantics.samplePercentDefault
        : given && onlyValue(given);
  return {
    call,
    metric,
    ends,
    older: isKnown ? Math.max(a, b) : undefined,
    newer: isKnown ? Math.min(a, b) : undefined,
    wanted,
  };
}

function ticksBefore(end: Expression, analysis: Analysis): number | undefined {
  const known = analysis.of(end);
  if (known.kind === "timeinterval") return finite(known.range);
  const since = known.kind === "timestamp" && known.sinceNow ? finite(known.sinceNow) : undefined;
  return since === undefined ? undefined : 0 - since;
}

function finite(r: Range): number | undefined {
  const value = onlyValue(r);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Whether two look-backs are surely over different ranges. */
export function differ(a: Window, b: Window): boolean {
  return a.older !== undefined && b.older !== undefined && (a.older !== b.older || a.newer !== b.newer);
}

/** A length of ticks for people: `00:05:00`, or `30 s` for less than a minute. */
export function lengthText(ticks: number): string {
  if (Math.abs(ticks) < 600_000_000) return `${Math.round(ticks / 1e4) / 1e3} s`;
  return intervalText(BigInt(Math.round(ticks)));
}

/** A look-back's range for people. */
export function rangeText(window: Window): string {
  if (window.older === undefined || window.newer === undefined) return "another range";
  return window.newer === 0
    ? `the last ${lengthText(window.older)}`
    : `the range from ${lengthText(window.older)} to ${lengthText(window.newer)} ago`;
}
