/**
 * Runs test files: case by case, step by step, each evaluation by the interpreter that judges all others. A case passes, fails with its differences,
 * or cannot be run (a file that is not there, a scenario while there is no simulator); nothing about a formula makes it throw.
 */
import { bind } from "../../src/autoscale/bind.ts";
import { type Explanation, explain } from "../../src/autoscale/explain.ts";
import type { PoolTargets } from "../../src/autoscale/results.ts";
import { type AutoScaleRun, completedRun, refusedRun } from "../../src/autoscale/run.ts";
import { instantTextExact, type Ticks } from "../../src/base/time.ts";
import { lint } from "../../src/language/check/lint/index.ts";
import { type Diagnostic, diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import { type EvaluationFailure, evaluationRow } from "../../src/language/diagnostics/failure.ts";
import { interpret } from "../../src/language/execute/interpreter.ts";
import { defaultSemantics, strictSemantics } from "../../src/language/semantics.ts";
import type { Source, Span } from "../../src/language/source.ts";
import { serviceSyntaxError } from "../../src/language/syntax/parse.ts";
import type { MetricStore } from "../../src/metrics/index.ts";
import type { TestedFormula, TestedFormulas } from "./formulas.ts";
import { type Evidence, judge, type Mismatch } from "./judge.ts";
import type { TestProblem } from "./problem.ts";
import { judgeSimulation, type Simulate } from "./simulation.ts";
import type { EvaluationCase, FileReference, SimulationCase, TestCase, TestFile, TestStep } from "./testFile.ts";
import { addsSamples, CannotRun, instantOf, type ReadFile, recordSeries, recordSlots, Stores } from "./world.ts";

/** What the outside gives: files, and a simulator. */
export interface TestInputs {
  readonly readFile: ReadFile;
  /** The name under which the user knows a formula file; two references to one file have one name. */
  readonly nameOf: (reference: FileReference) => string;
  readonly simulate: Simulate;
}

/** What one evaluation gave. */
export interface StepResult {
  /** Undefined for a case that is one evaluation. */
  readonly name: string | undefined;
  /** ISO 8601. */
  readonly at: string;
  readonly run: AutoScaleRun;
  readonly mismatches: readonly Mismatch[];
}

/** How a case ended. `formula` is what places of mismatches refer to; undefined for a simulation and a formula that was not read. */
export interface CaseResult {
  readonly name: string;
  readonly line: number;
  readonly status: "passed" | "failed" | "notRun";
  readonly source: Source | undefined;
  /** Of a simulation, one step without a run. */
  readonly steps: readonly (StepResult | SimulationResult)[];
  /** Why it was not run. */
  readonly problem: TestProblem | undefined;
}

/** What a simulation was asked and what it measured. */
export interface SimulationResult {
  readonly name: undefined;
  readonly at: undefined;
  readonly run: undefined;
  readonly mismatches: readonly Mismatch[];
}

/** All cases of a file, in order. `formulas` gathers coverage over files. */
export async function runTestFile(
  file: TestFile,
  inputs: TestInputs,
  formulas: TestedFormulas,
): Promise<readonly CaseResult[]> {
  const stores = new Stores(inputs.readFile);
  const results: CaseResult[] = [];
  for (const one of file.cases) results.push(await runCase(one, file, inputs, formulas, stores));
  return results;
}

async function runCase(
  one: TestCase,
  file: TestFile,
  inputs: TestInputs,
  formulas: TestedFormulas,
  stores: Stores,
): Promise<CaseResult> {
  const base = { name: one.name, line: one.place.line };
  let source: Source | undefined;
  try {
    let steps: CaseResult["steps"];
    if (one.kind === "simulation") steps = [await runSimulation(one, inputs)];
    else {
      const formula = openFormula(one, file, inputs, formulas);
      source = formula.source;
      steps = runSteps(one, formula, stores);
    }
    const failed = steps.some((step) => step.mismatches.length > 0);
    return { ...base, status: failed ? "failed" : "passed", source, steps, problem: undefined };
  } catch (signal) {
    if (!(signal instanceof CannotRun)) throw signal;
    return { ...base, status: "notRun", source, steps: [], problem: signal.problem };
  }
}

function openFormula({ formula }: EvaluationCase, file: TestFile, inputs: TestInputs, formulas: TestedFormulas): TestedFormula {
  if ("text" in formula) return formulas.get(`${file.name}#line-${formula.place.line}`, formula.text);
  const given = inputs.readFile(formula.file);
  if ("trouble" in given) throw new CannotRun(formula.file.place, given.trouble);
  return formulas.get(inputs.nameOf(formula.file), given.text);
}

/** The steps one after the other; what a run gives is what the pool has at the next one. A failed run changes nothing (rule 6.10). */
function runSteps(one: EvaluationCase, formula: TestedFormula, stores: Stores): StepResult[] {
  const { setting } = one;
  const store = stores.open(setting, addsSamples(setting, one.steps));
  let before: Ticks | undefined;
  let targets: PoolTargets = setting.targets;
  return one.steps.map((step, i) => {
    const now = instantOf(step.instant, before, store, step.place);
    recordSeries(store, step.series, now);
    if (i === 0) recordSlots(store, setting, now, one.place);
    else if (setting.taskSlotsPerNode !== undefined) store.record("$TaskSlotsPerNode", now, setting.taskSlotsPerNode);
    // Each evaluation of a sequence draws its own random numbers.
    const result = new Evaluation(one, step, formula, { store, now, targets, seed: setting.seed + i }).result();
    before = now;
    targets = { dedicated: result.run.targets.dedicated, lowPriority: result.run.targets.lowPriority };
    return result;
  });
}

/** What an evaluation sees: the samples, the instant, the pool's targets before it, and where its random numbers start. */
interface Moment {
  readonly store: MetricStore;
  readonly now: Ticks;
  readonly targets: PoolTargets;
  readonly seed: number;
}

/** One evaluation and everything a message may want to know of it. */
class Evaluation {
  private readonly one: EvaluationCase;
  private readonly step: TestStep;
  private readonly formula: TestedFormula;
  private readonly moment: Moment;
  private explanation: Explanation | undefined;

  constructor(one: EvaluationCase, step: TestStep, formula: TestedFormula, moment: Moment) {
    this.one = one;
    this.step = step;
    this.formula = formula;
    this.moment = moment;
  }

  result(): StepResult {
    const { run, failure } = this.run();
    const evidence: Evidence = {
      run,
      failure,
      assignment: (name) => this.assignment(name),
      why: (target) => this.explained().why.find(({ name }) => name === target)?.sentence,
      position: (offset) => this.formula.source.position(offset),
      lint: () => this.lint(),
    };
    return { name: this.step.name, at: instantTextExact(this.moment.now), run, mismatches: judge(this.step.expect, evidence) };
  }

  private run(): { run: AutoScaleRun; failure: Diagnostic | undefined } {
    const { source, formula, coverage, diagnostics } = this.formula;
    const { store, now, targets, seed } = this.moment;
    if (formula === undefined)
      return { run: refusedRun(now, targets, serviceSyntaxError(source, diagnostics)), failure: diagnostics[0] };
    const outcome = interpret(formula, bind(store, { now, targets, seed }), this.semantics, coverage?.observer());
    return { run: completedRun(now, source, outcome), failure: outcome.failure && failureDiagnostic(source, outcome.failure) };
  }

  /** Made only for a case that failed. */
  private explained(): Explanation {
    const { store, now: at, targets, seed } = this.moment;
    const { semantics } = this;
    this.explanation ??= explain(this.formula.source.text, { store, at, targets, seed, semantics });
    return this.explanation;
  }

  /** The last assignment of a name that the run came to, older names of targets included. */
  private assignment(name: string): Span | undefined {
    const names =
      name === "$NodeDeallocationOption"
        ? [name, "$TVMDeallocationOption"]
        : [name, name.replace(/^(\$Target\w+)Nodes$/, "$1")];
    const full = this.explained().statements.findLast(
      (statement) => statement.assigns === name && statement.state === "evaluated",
    );
    return (
      full ??
      this.explained().statements.findLast(
        (statement) => statement.assigns !== null && names.includes(statement.assigns) && statement.state === "evaluated",
      )
    );
  }

  private lint(): readonly Diagnostic[] {
    const { source, formula, comments } = this.formula;
    if (formula === undefined) return [];
    const { taskSlotsPerNode, samplePeriod, sampleDelay } = this.one.setting;
    return lint(source, formula, {
      semantics: this.semantics,
      comments,
      ...(taskSlotsPerNode === undefined ? {} : { pool: { taskSlotsPerNode } }),
      ...(samplePeriod === undefined ? {} : { samplePeriod }),
      ...(sampleDelay === undefined ? {} : { sampleDelay }),
    });
  }

  private get semantics() {
    return this.one.setting.strict ? strictSemantics : defaultSemantics;
  }
}

/** A failure as a diagnostic; it reaches over the name or sign at which the run failed (rule 8.20). */
function failureDiagnostic(source: Source, failure: EvaluationFailure): Diagnostic {
  const token = /^[\w$]+|^[\s\S]/.exec(source.text.slice(failure.at, failure.at + 100));
  return diagnostic(
    evaluationRow(failure.code),
    { start: failure.at, end: failure.at + (token?.[0].length ?? 0) },
    failure.details,
  );
}

async function runSimulation(one: SimulationCase, { readFile, simulate }: TestInputs): Promise<SimulationResult> {
  const given = readFile(one.scenario);
  if ("trouble" in given) throw new CannotRun(one.scenario.place, given.trouble);
  const end = await simulate(one.scenario.path);
  if (end.kind !== "ran") throw new CannotRun(one.scenario.place, end.reason);
  const mismatches = one.expect.flatMap((expectation): Mismatch[] => {
    const { met, actual } = judgeSimulation(expectation, end.summary);
    return met ? [] : [{ what: expectation.measure.name, expected: expectation.text, actual, why: undefined, span: undefined }];
  });
  return { name: undefined, at: undefined, run: undefined, mismatches };
}
