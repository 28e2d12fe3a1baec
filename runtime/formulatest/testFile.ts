/**
 * A formula test file after it was read and judged: what each case sets up, when it evaluates, and what it expects, with defaults filled in, rows
 * of `each:` put in, and every text turned into what it means. Files that it names are still names: whoever runs it reads them.
 */
import type { PoolTargets } from "../../src/autoscale/results.ts";
import type { Ticks } from "../../src/base/time.ts";
import type { DeallocationOption } from "../../src/language/values/value.ts";
import type { Place } from "./problem.ts";
import type { SimulationExpectation } from "./simulation.ts";

/** A file that a test file names, as written: relative to the test file. */
export interface FileReference {
  readonly path: string;
  readonly kind: "formula" | "metrics" | "scenario";
  readonly place: Place;
}

/** The formula of a case: a file, or a text in the test file. */
export type FormulaGiven = { readonly file: FileReference } | { readonly text: string; readonly place: Place };

/** Samples of one metric as a case gives them; exactly one of `start` and `end`. */
export interface SeriesGiven {
  readonly metric: string;
  /** Oldest first, one sample period apart; NaN is a gap. */
  readonly values: Float64Array;
  readonly start: Ticks | undefined;
  /** Undefined with a start; also undefined for "the time of the evaluation". */
  readonly end: Ticks | undefined;
  readonly place: Place;
}

/** What does not change during a case. */
export interface Setting {
  readonly metricsFile: FileReference | undefined;
  /** The pool's targets before the first evaluation. */
  readonly targets: PoolTargets;
  /** Undefined: the pool says nothing of its slots, and `$TaskSlotsPerNode` has the samples it is given, or reads 1. */
  readonly taskSlotsPerNode: number | undefined;
  /** In ticks; undefined: the file's, or the store's default. */
  readonly samplePeriod: Ticks | undefined;
  readonly sampleDelay: Ticks | undefined;
  readonly history: Ticks | undefined;
  readonly seed: number;
  readonly strict: boolean;
}

/** The instant of an evaluation: a time, so long after the one before, or the newest sample of the metrics file. */
export type Instant = { readonly at: Ticks } | { readonly after: Ticks } | "newestSample";

/** One evaluation and what it must give. */
export interface TestStep {
  /** A name of its own; undefined for a case that is one evaluation. */
  readonly name: string | undefined;
  readonly instant: Instant;
  /** Samples that are there from this evaluation on. */
  readonly series: readonly SeriesGiven[];
  readonly expect: Expectation;
  readonly place: Place;
}

/** What a run must give; undefined is not asked about. */
export interface Expectation {
  readonly dedicated: number | undefined;
  readonly lowPriority: number | undefined;
  readonly nodeDeallocationOption: DeallocationOption | undefined;
  readonly variables: readonly ExpectedVariable[];
  /** `none`: the run succeeds. That is also expected where a file says nothing of errors. */
  readonly error: ExpectedError | "any" | "none";
  readonly lint: { readonly present: readonly string[]; readonly absent: readonly string[] };
}

export interface ExpectedVariable {
  readonly name: string;
  /** Null: the run must not assign it. */
  readonly value: number | string | null | readonly number[];
  /** How far a double may be off; undefined: equal as the service prints it. */
  readonly tolerance: number | undefined;
}

export interface ExpectedError {
  /** The service's code or Weir's own. */
  readonly code: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** A part of the message. */
  readonly text: string | undefined;
}

interface NamedCase {
  readonly name: string;
  readonly place: Place;
}

/** Evaluations of a formula, one or several. */
export interface EvaluationCase extends NamedCase {
  readonly kind: "evaluation";
  readonly formula: FormulaGiven;
  readonly setting: Setting;
  readonly steps: readonly TestStep[];
}

/** A simulated pool. */
export interface SimulationCase extends NamedCase {
  readonly kind: "simulation";
  readonly scenario: FileReference;
  readonly expect: readonly SimulationExpectation[];
}

export type TestCase = EvaluationCase | SimulationCase;

export interface TestFile {
  /** For messages: the path as the user gave it. */
  readonly name: string;
  readonly cases: readonly TestCase[];
  /** Every file that it names, each path and kind once. */
  readonly references: readonly FileReference[];
}
