/**
 * What the service never documented, as settings with a default. Each row names the rule that states the gap, the choices and why the
 * default is what it is; nothing else in Weir hides such a decision. `strict` is the preset that refuses what was only inferred.
 */

export interface Semantics {
  /** Order of the samples in a vector. */
  readonly sampleOrder: "oldestFirst" | "newestFirst";
  /** avg, min, max, range, std and percentile of nothing, and val out of range. */
  readonly emptyVector: "zero" | "nan" | "error";
  /** double op doubleVec, and timestamp - timeinterval. */
  readonly extensions: "allow" | "refuse";
  /** What `weekday` is on a Sunday. */
  readonly sundayWeekday: 0 | 7;
  /** Days in TimeInterval_Year. */
  readonly yearDays: number;
  /** The percentage that GetSample wants when it names none. */
  readonly samplePercentDefault: number;
}

export interface SemanticsRow {
  readonly name: keyof Semantics;
  readonly default: Semantics[keyof Semantics];
  readonly choices: string;
  readonly rule: string;
  readonly reason: string;
}

export const semanticsRows: readonly SemanticsRow[] = [
  {
    name: "sampleOrder",
    default: "oldestFirst",
    choices: "oldestFirst | newestFirst",
    rule: "8.1",
    reason: "natural for a series; keeps GetSample(n) a suffix of GetSample(span); no public formula depends on it",
  },
  {
    name: "emptyVector",
    default: "zero",
    choices: "zero | nan | error",
    rule: "8.6",
    reason: "runs of new pools with an unguarded max(GetSample(1)) went on, so failing would be wrong",
  },
  {
    name: "extensions",
    default: "allow",
    choices: "allow | refuse",
    rule: "2.10",
    reason:
      "not in the operator table, but with one obvious meaning; refuse them to be sure that the service accepts a formula",
  },
  {
    name: "sundayWeekday",
    default: 0,
    choices: "0 | 7",
    rule: "2.4",
    reason: "Monday is 1; C and .NET both count Sunday as 0",
  },
  {
    name: "yearDays",
    default: 365,
    choices: "a whole number",
    rule: "2.5",
    reason: "a fixed length is needed; 365 is what a reader expects",
  },
  {
    name: "samplePercentDefault",
    default: 70,
    choices: "0 to 100",
    rule: "5.6",
    reason:
      "one observed failure says `wanted 70%` where the formula named none; extended to both range overloads by symmetry (8.3)",
  },
];

/** Every row's default. */
export const defaultSemantics: Semantics = Object.freeze(
  Object.fromEntries(semanticsRows.map((row) => [row.name, row.default])),
) as unknown as Semantics;

/** Refuses what is not documented: extensions, and statistics of nothing. */
export const strictSemantics: Semantics = Object.freeze({
  ...defaultSemantics,
  extensions: "refuse",
  emptyVector: "error",
} as const);
