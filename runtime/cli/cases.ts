/**
 * Cases: evaluations as lines of JSON, as many as there are. A line says everything about its evaluation, so cases neither share state nor depend
 * on their order; what is the same in many of them, the text of a formula, is compiled once. A line that cannot be used gives a result too, so
 * that results stand opposite their cases.
 */
import { type AutoScaleRun, evaluate, type PreparedFormula, prepare } from "../../src/autoscale/run.ts";
import { targetMax } from "../../src/base/limits.ts";
import { INSTANT_MAX, INSTANT_MIN, parseInstant, type Ticks } from "../../src/base/time.ts";
import type { Semantics } from "../../src/language/semantics.ts";
import { hasErrors, type MetricStore, problemText, type ReadOptions, readJsonDocument } from "../../src/metrics/index.ts";

/** What cases that say nothing of their own get. */
export interface CaseDefaults {
  readonly formula: string | undefined;
  readonly store: MetricStore;
  readonly at: Ticks | undefined;
  /** The instant of a case that names none and has no samples; one for all cases of a run. */
  readonly present: Ticks;
  readonly targets: { readonly dedicated: number; readonly lowPriority: number };
  readonly seed: number;
  readonly semantics: Semantics;
  /** Of the samples that a case brings. */
  readonly samples: ReadOptions;
}

/** Programs kept by formula text; more than this many different formulas are not kept. */
const PROGRAMS_MAX = 10_000;

/** Evaluates cases one by one. */
export class CaseRunner {
  private readonly defaults: CaseDefaults;
  private readonly prepared = new Map<string, PreparedFormula>();
  /** Lines that could not be used so far. */
  unusable = 0;

  constructor(defaults: CaseDefaults) {
    this.defaults = defaults;
  }

  /** The result of one line as JSON without a line end; `line` counts from 1, for messages. */
  result(text: string, line: number): string {
    let id: unknown = null;
    try {
      const given = caseObject(text);
      id = given.id ?? null;
      return JSON.stringify({ id, ...this.run(given) });
    } catch (error) {
      if (!(error instanceof UnusableCase)) throw error;
      this.unusable++;
      const reason = { code: "InvalidCase", message: `line ${line}: ${error.message}`, values: [] };
      return JSON.stringify({ id, timestamp: null, results: null, error: reason, targets: null, variables: {} });
    }
  }

  private run(given: Record<string, unknown>): AutoScaleRun {
    const { defaults } = this;
    const formula = given.formula ?? defaults.formula;
    if (typeof formula !== "string")
      throw new UnusableCase(formula === undefined ? '"formula" is missing' : '"formula" must be a text');
    const store = given.metrics === undefined || given.metrics === null ? defaults.store : this.storeOf(given.metrics);
    const at = this.instantOf(given.at, store);
    const targets = targetsOf(given.targets, defaults.targets);
    const seed = wholeNumber("seed", given.seed, defaults.seed, 4294967295);
    return evaluate(this.preparedFormula(formula), { store, at, targets, seed });
  }

  private storeOf(metrics: unknown): MetricStore {
    const reading = readJsonDocument(metrics, this.defaults.samples);
    if (hasErrors(reading)) {
      const [first, ...others] = reading.problems.filter((problem) => problem.severity === "error");
      throw new UnusableCase(`"metrics": ${problemText(first)}${others.length === 0 ? "" : `, and ${others.length} more`}`);
    }
    return reading.store;
  }

  private instantOf(at: unknown, store: MetricStore): Ticks {
    if (at === undefined || at === null) {
      return this.defaults.at ?? store.lastSampleTime() ?? this.defaults.present;
    }
    const instant = typeof at === "string" ? parseInstant(at) : undefined;
    if (instant === undefined || instant < INSTANT_MIN || instant > INSTANT_MAX)
      throw new UnusableCase('"at" is not a time; write it as "2026-01-31T08:00:00Z"');
    return instant;
  }

  private preparedFormula(formula: string): PreparedFormula {
    const found = this.prepared.get(formula);
    if (found !== undefined) return found;
    const made = prepare(formula, { semantics: this.defaults.semantics });
    if (this.prepared.size < PROGRAMS_MAX) this.prepared.set(formula, made);
    return made;
  }
}

/** The line is no case; the message says why. */
class UnusableCase extends Error {}

function caseObject(text: string): Record<string, unknown> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new UnusableCase(`not JSON: ${(error as Error).message.slice(0, 120)}`);
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new UnusableCase("a case must be an object");
  return given as Record<string, unknown>;
}

function targetsOf(given: unknown, defaults: CaseDefaults["targets"]): CaseDefaults["targets"] {
  if (given === undefined || given === null) return defaults;
  if (typeof given !== "object" || Array.isArray(given))
    throw new UnusableCase('"targets" must be an object: {"dedicated":2,"lowPriority":0}');
  const { dedicated, lowPriority } = given as Record<string, unknown>;
  return {
    dedicated: wholeNumber("targets.dedicated", dedicated, defaults.dedicated, targetMax.value),
    lowPriority: wholeNumber("targets.lowPriority", lowPriority, defaults.lowPriority, targetMax.value),
  };
}

function wholeNumber(name: string, given: unknown, otherwise: number, most: number): number {
  if (given === undefined || given === null) return otherwise;
  if (typeof given !== "number" || !Number.isInteger(given) || given < 0 || given > most) {
    throw new UnusableCase(`"${name}" must be a whole number from 0 to ${most}`);
  }
  return given;
}
