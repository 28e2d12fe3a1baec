/**
 * Failures of a running formula. The message is the text behind the service's `Line L, Col C: `; where the service's own wording is known the
 * row says so, the rest are our words (rule 8.7). A checker may report the same rows before anything runs (rule 8.17).
 */
import type { Details, DiagnosticRow } from "./row.ts";

export interface EvaluationRow extends DiagnosticRow {
  readonly phase: "evaluation";
  /** The code of the AutoScaleRun's error (rule 6.9). */
  readonly serviceCode: "AutoScalingFormulaEvaluationError" | "InsufficientSampleData";
}

const row = (
  name: string,
  message: (d: Details) => string,
  hint: ((d: Details) => string | undefined) | undefined,
  example: string | undefined,
  serviceCode: EvaluationRow["serviceCode"] = "AutoScalingFormulaEvaluationError",
): EvaluationRow => ({
  name,
  severity: "error",
  phase: "evaluation",
  serviceCode,
  message,
  ...(hint ? { hint } : {}),
  example,
});

export const evaluationRows = [
  row(
    "undefined-symbol", // the service's own words (rule 2.22)
    (d) => `Undefined symbol: ${d.name}`,
    (d) => d.hint || (d.nearest ? `did you mean ${d.nearest}?` : undefined),
    "x = $PendingTask;",
  ),
  row(
    "insufficient-data", // the service's own words (rule 5.8)
    (d) => `Insufficient data from data set: ${d.metric} wanted ${d.wanted}%, received ${d.received}%`,
    (d) =>
      `guard it: ${d.metric}.GetSamplePercent(span) < ${d.wanted} ? ${d.metric}.GetSample(1) : ${d.metric}.GetSample(span)`,
    "x = avg($PendingTasks.GetSample(10 * TimeInterval_Minute));",
    "InsufficientSampleData",
  ),
  row(
    "wrong-argument-count",
    (d) => `${d.function} takes ${d.wanted}, received ${d.received}`,
    (d) => `write it as ${d.signature}`,
    "x = val(vec(1));",
  ),
  row(
    "wrong-argument-type",
    (d) => `${d.function} cannot take ${d.received}`,
    (d) => `write it as ${d.signature}`,
    "x = percentile(1, 50);",
  ),
  row(
    "no-such-operation",
    (d) => `Operator ${d.operator} cannot be applied to ${d.left} and ${d.right}`,
    (d) =>
      d.left.includes("doubleVec") || d.right.includes("doubleVec")
        ? "make one number of the vector first: max(…), avg(…) or val(…, 0)"
        : undefined,
    "x = time() + 1;",
  ),
  row("no-such-unary-operation", (d) => `Operator ${d.operator} cannot be applied to ${d.operand}`, undefined, "x = -time();"),
  row(
    "condition-not-double",
    (d) => `A condition must be a double, received ${d.received}`,
    () => "compare it with something, or make one number of it: max(…), len(…)",
    'x = "a" ? 1 : 2;',
  ),
  row(
    "logic-not-double",
    (d) => `Operator ${d.operator} needs doubles, received ${d.received}`,
    () => "compare it with something, or make one number of it: max(…), len(…)",
    "x = 1 && time();",
  ),
  row(
    "vector-element-type",
    (d) => `A vector cannot hold ${d.received}`,
    () => "elements are doubles or vectors of doubles",
    'x = [1, "a"];',
  ),
  row(
    "vector-lengths-differ",
    (d) => `Operator ${d.operator} needs vectors of equal length, received ${d.left} and ${d.right} elements`,
    undefined,
    "x = [1, 2] + [1];",
  ),
  row(
    "read-only-variable",
    (d) => `Cannot assign to read-only name: ${d.name}`,
    (d) => (d.nearest ? `did you mean ${d.nearest}?` : "choose a name of your own"),
    "$PendingTasks = 1;",
  ),
  row(
    "target-not-double",
    (d) => `${d.name} must be a double, received ${d.received}`,
    (d) => (d.received === "a doubleVec" ? "make one number of the vector first: max(…), avg(…) or val(…, 0)" : undefined),
    "$TargetDedicatedNodes = $PendingTasks.GetSample(1);",
  ),
  row(
    "option-not-word",
    (d) => `${d.name} must be requeue, terminate, taskcompletion or retaineddata, received ${d.received}`,
    () => "write the option as a bare word, without quotes",
    '$NodeDeallocationOption = "requeue";',
  ),
  row(
    "target-out-of-range",
    (d) => `${d.name} must be between 0 and ${d.most}, received ${d.received}`,
    () => "bound it: max(0, min(limit, …)); a division by zero gives inf or nan",
    "$TargetDedicatedNodes = -5;",
  ),
  row(
    "bad-time-text",
    (d) => `Not a time: "${d.text}"`,
    (d) => d.hint || "write it as 2026-01-31, 2026-01-31T08:00:00Z or Sat, 31 Jan 2026 08:00:00 GMT",
    'x = time("tomorrow");',
  ),
  row(
    "percentile-out-of-range",
    (d) => `percentile takes a percentage from 0 to 100, received ${d.percentage}`,
    undefined,
    "x = percentile(vec(1, 2), 101);",
  ),
  row(
    "timestamp-out-of-range",
    () => "A timestamp must lie in the years 0001 to 9999",
    undefined,
    "x = time() + 9999 * TimeInterval_Year;",
  ),
  row(
    "timeinterval-out-of-range",
    () => "A timeinterval must be within 9223372036854775807 ticks of 100 ns",
    () => "about 29,227 years; was something divided by zero?",
    "x = TimeInterval_Hour / 0;",
  ),
  row(
    "empty-list",
    (d) => `${d.function} of no values`,
    (d) => `give it a value of last resort: ${d.function}(0, …)`,
    undefined, // strict only
  ),
  row(
    "index-out-of-range",
    (d) => `val has no element ${d.index}: the vector has ${d.length}`,
    () => "elements are counted from 0",
    undefined, // strict only
  ),
] as const;
