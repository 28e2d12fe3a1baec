/**
 * One evaluation: formula + metric store + instant + current targets → the AutoScaleRun that the service would answer (section 6 of the rules),
 * and the same as plain data. Nothing about a formula makes it throw: a formula that is too long, does not parse or fails gives a run with an
 * `error`, as the service answers 200 even for a broken one (rule 6.6). Arguments that no pool can have are the caller's mistake: RangeError.
 */
import { INSTANT_MAX, INSTANT_MIN, instantText, parseInstant, type Ticks } from "../base/time.ts";
import type { Diagnostic } from "../language/diagnostics/diagnostic.ts";
import { serviceError } from "../language/diagnostics/failure.ts";
import { compile } from "../language/execute/compile.ts";
import type { Outcome } from "../language/execute/outcome.ts";
import { type Program, type Run, runOnce, type Tier } from "../language/execute/program.ts";
import { defaultSemantics, type Semantics } from "../language/semantics.ts";
import { Source } from "../language/source.ts";
import { parse, type ServiceSyntaxError, serviceSyntaxError } from "../language/syntax/parse.ts";
import type { DeallocationOption } from "../language/values/value.ts";
import { MetricStore } from "../metrics/index.ts";
import { type BoundEnvironment, bind } from "./bind.ts";
import {
  checkedTargets,
  type JsonValue,
  jsonVariables,
  type PoolTargets,
  type Results,
  resultsText,
  unchangedResults,
} from "./results.ts";

/** Why a run failed, in the service's shape (rules 6.8, 6.9). `values` is empty for a formula that is too long. */
export interface AutoScaleRunError {
  readonly code: ServiceErrorCode;
  readonly message: string;
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

/** Codes of failed runs (rule 6.9); in one of two spellings that the service uses for a formula that is too long. */
export type ServiceErrorCode =
  | "AutoScalingFormulaTooLong"
  | "AutoScalingFormulaSyntaxError"
  | "AutoScalingFormulaEvaluationError"
  | "InsufficientSampleData";

/** The service's message for each code (rule 6.9). */
export const serviceMessages: Readonly<Record<ServiceErrorCode, string>> = Object.freeze({
  AutoScalingFormulaTooLong: "The specified auto-scaling formula exceeds lengths limit.",
  AutoScalingFormulaSyntaxError: "The specified auto-scaling formula has a syntax error.",
  AutoScalingFormulaEvaluationError: "The specified auto-scaling formula has evaluation error",
  InsufficientSampleData: "Autoscale evaluation failed due to insufficient sample data",
});

/** What one evaluation gives; plain data, ready for JSON. */
export interface AutoScaleRun {
  /** The run's instant, ISO 8601 with milliseconds (rule 6.13). */
  readonly timestamp: string;
  /** The service's results string, byte for byte (rule 6.11). */
  readonly results: string;
  readonly error: AutoScaleRunError | null;
  readonly targets: PoolTargets & { readonly nodeDeallocationOption: DeallocationOption };
  /** User-defined variables that were assigned, a failed run's too (rule 8.10). */
  readonly variables: Readonly<Record<string, JsonValue>>;
}

/** What an evaluation needs besides the formula; everything has a default. */
export interface EvaluateOptions {
  /** Where samples come from; default an empty store. */
  readonly store?: MetricStore;
  /** The instant of the evaluation, ticks or ISO 8601 text; default the time of the store's newest sample. */
  readonly at?: Ticks | string;
  /** What the pool has now (rule 4.5); default 0. */
  readonly targets?: Partial<PoolTargets>;
  /** Start of the stream of `rand()`; default 1. */
  readonly seed?: number;
  /** What the service never documented; default `defaultSemantics`. */
  readonly semantics?: Semantics;
}

/** EvaluateOptions with every default filled in and checked. */
export interface Evaluation {
  readonly store: MetricStore;
  readonly now: Ticks;
  readonly targets: PoolTargets;
  readonly seed: number;
  readonly semantics: Semantics;
}

/** Fills in defaults; RangeError for an instant or target that cannot be, and where no instant is given or known. */
export function evaluation(options: EvaluateOptions): Evaluation {
  const store = options.store ?? new MetricStore();
  const targets = checkedTargets(options.targets);
  return {
    store,
    now: instantOf(options.at, store),
    targets,
    seed: options.seed ?? 1,
    semantics: options.semantics ?? defaultSemantics,
  };
}

function instantOf(at: Ticks | string | undefined, store: MetricStore): Ticks {
  const now = typeof at === "string" ? parseInstant(at) : (at ?? store.lastSampleTime());
  if (now === undefined) {
    throw new RangeError(
      at === undefined
        ? "at: the store has no samples, so the instant must be given"
        : `at: not a time: ${String(at).slice(0, 80)}`,
    );
  }
  if (now < INSTANT_MIN || now > INSTANT_MAX) throw new RangeError("at: must lie in the years 0001 to 9999");
  return now;
}

/** A formula that was read and compiled once, to be evaluated often. It holds no state and depends on no store. */
export interface PreparedFormula {
  readonly source: Source;
  /** Undefined for a formula that is too long or does not parse; `refusal` then says why. */
  readonly program: Program | undefined;
  readonly refusal: ServiceSyntaxError | undefined;
  /** All problems of a text that was refused, not only the service's one. */
  readonly diagnostics: readonly Diagnostic[];
}

/** How a formula is prepared. */
export interface PrepareOptions {
  /** What the service never documented; default `defaultSemantics`. Fixed for a prepared formula. */
  readonly semantics?: Semantics;
  /** Default `bytecode`; `code` makes JavaScript of the formula, for hot loops. */
  readonly tier?: Tier;
  /** A name for messages. */
  readonly name?: string;
}

/** Reads and compiles a formula. Nothing about the formula makes it throw. */
export function prepare(formula: string, options: PrepareOptions = {}): PreparedFormula {
  const source = new Source(formula, options.name);
  const { formula: tree, diagnostics } = parse(source);
  if (tree === undefined) return { source, program: undefined, refusal: serviceSyntaxError(source, diagnostics), diagnostics };
  const program = compile(tree, { tier: options.tier ?? "bytecode", semantics: options.semantics ?? defaultSemantics });
  return { source, program, refusal: undefined, diagnostics };
}

/** Evaluates a formula once, as the service's evaluate call would. A prepared formula keeps the semantics it was prepared with. */
export function evaluate(formula: string | PreparedFormula, options: EvaluateOptions = {}): AutoScaleRun {
  const { store, now, targets, seed, semantics } = evaluation(options);
  const { source, program, refusal } = typeof formula === "string" ? prepare(formula, { semantics }) : formula;
  if (program === undefined) return refusedRun(now, targets, refusal);
  return completedRun(now, source, runOnce(program, bind(store, { now, targets, seed })));
}

/** A prepared formula over one store, to be evaluated time and again: answers what `evaluate` does, but is bound only once. */
export class StandingFormula {
  readonly prepared: PreparedFormula;
  readonly store: MetricStore;
  private readonly environment: BoundEnvironment;
  /** Undefined for a formula that was refused. */
  private readonly bound: Run | undefined;

  constructor(prepared: PreparedFormula, store: MetricStore, now: Ticks) {
    this.prepared = prepared;
    this.store = store;
    this.environment = bind(store, { now });
    this.bound = prepared.program?.bind(this.environment);
  }

  /** The run at an instant, for a pool with these targets; `seed` is that of `rand()`. Instants and targets are not checked. */
  evaluate(now: Ticks, targets: PoolTargets, seed: number): AutoScaleRun {
    if (this.bound === undefined) return refusedRun(now, targets, this.prepared.refusal);
    this.environment.aim(now, targets.dedicated, targets.lowPriority);
    this.environment.reseed(seed);
    this.bound.evaluate();
    return completedRun(now, this.prepared.source, this.bound.outcome());
  }
}

/** The run of a formula that was refused before anything ran: too long (8.13) or a syntax error (8.7). */
export function refusedRun(now: Ticks, targets: PoolTargets, refusal: ServiceSyntaxError | undefined): AutoScaleRun {
  const code = refusal?.code === "AutoScalingFormulaTooLong" ? refusal.code : "AutoScalingFormulaSyntaxError";
  return autoScaleRun(
    now,
    unchangedResults(targets),
    runError(code, code === "AutoScalingFormulaTooLong" ? undefined : refusal?.message),
  );
}

/** The run of a formula that was executed, whether it went well or failed. */
export function completedRun(now: Ticks, source: Source, outcome: Outcome): AutoScaleRun {
  if (outcome.failure === undefined) return autoScaleRun(now, outcome, null);
  const { code, message } = serviceError(source, outcome.failure);
  return autoScaleRun(now, outcome, runError(code as ServiceErrorCode, message));
}

function runError(code: ServiceErrorCode, value: string | undefined): AutoScaleRunError {
  return { code, message: serviceMessages[code], values: value === undefined ? [] : [{ name: "Message", value }] };
}

function autoScaleRun(now: Ticks, run: Results, error: AutoScaleRunError | null): AutoScaleRun {
  const targets = {
    dedicated: run.targetDedicated,
    lowPriority: run.targetLowPriority,
    nodeDeallocationOption: run.nodeDeallocationOption,
  };
  return { timestamp: instantText(now), results: resultsText(run), error, targets, variables: jsonVariables(run.variables) };
}
