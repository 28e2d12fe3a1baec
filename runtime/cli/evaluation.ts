/**
 * What `evaluate`, `explain`, `backtest` and `repl` share: the options that say on which samples, when and for which pool a formula is evaluated.
 */
import { instantTextExact, TICKS_PER_MS, type Ticks } from "../../src/base/time.ts";
import type { Diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import { diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import { type EvaluationFailure, evaluationRow } from "../../src/language/diagnostics/failure.ts";
import type { Source } from "../../src/language/source.ts";
import type { MetricStore } from "../../src/metrics/index.ts";
import { emptyHistory, readHistory, type SampleOptions } from "./metricsFile.ts";
import type { Output } from "./output.ts";

/** Options as the command line gives them, defaults not filled in. */
export interface RunOptions extends SampleOptions {
  readonly metrics?: string;
  readonly at?: Ticks;
  readonly targetDedicated?: number;
  readonly targetLowPriority?: number;
  readonly seed?: number;
  readonly strict?: boolean;
}

/** Samples and the instant to look at them from. */
export interface Occasion {
  readonly store: MetricStore;
  readonly at: Ticks;
}

/** `rand()` starts here unless `--seed` says otherwise. */
export const SEED = 1;

/** The pool's targets before the evaluation. */
export function targetsOf(options: RunOptions): { readonly dedicated: number; readonly lowPriority: number } {
  return { dedicated: options.targetDedicated ?? 0, lowPriority: options.targetLowPriority ?? 0 };
}

/**
 * The samples and the instant. Without `--metrics` the store is empty, which serves formulas that read no samples, and the instant is the
 * present; without `--at` the instant is the newest sample's. What was assumed is noted.
 */
export async function occasionOf(options: RunOptions, output: Output): Promise<Occasion> {
  const store = options.metrics === undefined ? emptyHistory(options) : await readHistory(options.metrics, options, output);
  const newest = store.lastSampleTime();
  const at = options.at ?? newest ?? BigInt(Date.now()) * TICKS_PER_MS;
  if (options.metrics === undefined)
    output.note(`no metrics given: evaluated without samples${options.at === undefined ? `, at ${instantTextExact(at)}` : ""}`);
  else if (newest === undefined)
    output.note(`the history holds no samples${options.at === undefined ? `: evaluated at ${instantTextExact(at)}` : ""}`);
  else if (options.at !== undefined && options.at > newest)
    output.note(`the newest sample is of ${instantTextExact(newest)}, before --at ${instantTextExact(at)}`);
  else if (options.at !== undefined && options.at < store.firstSampleTime()!) {
    output.note(
      `the oldest sample is of ${instantTextExact(store.firstSampleTime()!)}, after --at ${instantTextExact(at)}: there is nothing to read`,
    );
  }
  return { store, at };
}

/** A failed run as a diagnostic with its line and caret; `known` are the checker's, which mark the place more exactly. */
export function failureDiagnostic(source: Source, failure: EvaluationFailure, known: readonly Diagnostic[]): Diagnostic {
  const same = known.find((item) => item.start === failure.at && item.code === failure.code);
  if (same !== undefined) return same;
  const token = /^[\w$]+|^[\s\S]/.exec(source.text.slice(failure.at, failure.at + 100));
  const span = { start: failure.at, end: failure.at + (token?.[0].length ?? 0) };
  return diagnostic(evaluationRow(failure.code), span, failure.details);
}
