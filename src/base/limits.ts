/**
 * Every limit of the language, with its unit and its source. Nothing else in Weir states these numbers.
 * `sure` says how well the number is known: documented by the service, observed in its answers, or assumed by us.
 */

export interface Limit {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  readonly sure: "documented" | "observed" | "assumed";
}

const limit = (value: number, unit: string, sure: Limit["sure"], source: string): Limit =>
  Object.freeze({ value, unit, source, sure });

/** Longest formula text, counted in UTF-16 units after a byte order mark was dropped (rules 1.2, 8.13). */
export const formulaLengthMax = limit(
  8192,
  "UTF-16 units",
  "documented",
  "Batch docs, automatic scaling: 8 KB; SDK error text: characters",
);
/** Most non-empty statements in one formula (rules 1.2, 8.12). */
export const statementsMax = limit(100, "statements", "documented", "Batch docs, automatic scaling");
/** Deepest nesting of parentheses, brackets, calls, unary operators and conditionals (rule 8.18: at least 256 must work). */
export const nestingMax = limit(500, "levels", "assumed", "chosen so that no walk over the tree can exhaust a browser's stack");
/** Largest target a pool accepts (rule 8.25). */
export const targetMax = limit(2147483647, "nodes", "assumed", "32-bit counts in the service's models");
/** Wanted share of samples when GetSample names none (rules 5.6, 8.3). */
export const samplePercentDefault = limit(70, "percent", "observed", "insufficient-data message of a real pool");
/** Evaluation interval: default, smallest, largest (rule 6.1). */
export const evaluationIntervalMs = limit(900_000, "milliseconds", "documented", "Batch REST API, enable automatic scaling");
export const evaluationIntervalMsMin = limit(300_000, "milliseconds", "documented", "Batch REST API, enable automatic scaling");
export const evaluationIntervalMsMax = limit(
  604_800_000,
  "milliseconds",
  "documented",
  "Batch REST API, enable automatic scaling",
);
/** Spacing of samples in an empty store, and in the live service (rule 5.11). */
export const samplePeriodMs = limit(
  300_000,
  "milliseconds",
  "assumed",
  "the product's default; one setting away from the live service's",
);
export const samplePeriodMsLive = limit(30_000, "milliseconds", "observed", "sample percentages printed by real pools");
/** How long samples stay readable (rule 8.9). */
export const sampleHistoryMs = limit(
  86_400_000,
  "milliseconds",
  "assumed",
  "longest look-back seen in public formulas is 60 minutes",
);
/** Interval values lie within plus or minus this many ticks of 100 ns; timestamps within the years 0001 to 9999 (rule 8.28). */
export const intervalTicksMax = 9223372036854775807n;
