/**
 * A compiled formula, and its life after compilation: bound once to an environment, run as often as the environment moves on. A run allocates
 * nothing unless the formula makes vectors or computes with times; its answer stands in the fields of the Run, and `outcome` copies it out.
 */
import { targetMax } from "../../base/limits.ts";
import type { Checked } from "../check/checker.ts";
import { EvaluationFailure } from "../diagnostics/failure.ts";
import type { Environment } from "../environment.ts";
import type { Assignment, IrProgram } from "../ir.ts";
import type { DeallocationOption, OptionWord, Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";
import { judgeTarget, type Outcome } from "./outcome.ts";

/** How a program runs: code of our machine (the default), WebAssembly, JavaScript made for it, or the tree itself. */
export type Tier = "bytecode" | "native" | "code" | "interpreter";

export interface Program {
  /** The tier it really has: `bytecode` where the host bars what was asked for, code from strings or WebAssembly. */
  readonly tier: Tier;
  readonly checked: Checked;
  /** What the tiers that compile run; of the interpreter, the checker's. */
  readonly ir: IrProgram;
  /** Ties it to an environment, whose `now` and targets may change between runs. */
  bind(environment: Environment): Run;
}

/** A bound program. Never throws for anything a formula can do. */
export interface Run {
  /** Runs the formula at the environment's present state; false if it failed. The fields below then hold until the next run. */
  evaluate(): boolean;
  readonly failure: EvaluationFailure | undefined;
  /** Whole numbers of nodes; after a failure the pool's current targets. */
  readonly targetDedicated: number;
  readonly targetLowPriority: number;
  readonly nodeDeallocationOption: DeallocationOption;
  /** The last run's answer, the variables with it, as a copy of its own; ask before the environment moves on. */
  outcome(): Outcome;
}

/** Runs a program once. */
export function runOnce(program: Program, environment: Environment): Outcome {
  const run = program.bind(environment);
  run.evaluate();
  return run.outcome();
}

/** What the steps before a given one have bound. */
export interface Bindings {
  readonly dedicated: Assignment | undefined;
  readonly lowPriority: Assignment | undefined;
  readonly option: Assignment | undefined;
}

/** The last assignment of each among the first `reached` steps. */
export function bindingsBefore(program: IrProgram, reached: number): Bindings {
  let dedicated: Assignment | undefined;
  let lowPriority: Assignment | undefined;
  let option: Assignment | undefined;
  for (let i = 0; i < reached; i++) {
    const bound = program.steps[i].assignment;
    if (bound?.kind === "option") option = bound;
    else if (bound?.name === "$TargetDedicatedNodes") dedicated = bound;
    else if (bound?.name === "$TargetLowPriorityNodes") lowPriority = bound;
  }
  return { dedicated, lowPriority, option };
}

/** Fits 32 bits, so that `| 0` gives a whole number as the engine likes it best, and never -0. */
const TARGET_MAX = targetMax.value;

/** A run over a frame. */
export abstract class FrameRun implements Run {
  failure: EvaluationFailure | undefined = undefined;
  targetDedicated = 0;
  targetLowPriority = 0;
  nodeDeallocationOption: DeallocationOption = "requeue";
  protected readonly frame: Frame;
  /** Steps that the last run brought to their end. */
  private reached = 0;
  private readonly count: number;
  private readonly atEnd: Bindings;

  constructor(frame: Frame) {
    this.frame = frame;
    this.count = frame.program.steps.length;
    this.atEnd = bindingsBefore(frame.program, this.count);
  }

  abstract evaluate(): boolean;

  /** Ends a run whose first `reached` steps came to their end: judges the targets that they left. */
  finish(reached: number): boolean {
    this.failure = undefined;
    this.reached = reached;
    const { environment, doubles, boxed } = this.frame;
    const { dedicated, lowPriority, option } =
      reached === this.count ? this.atEnd : bindingsBefore(this.frame.program, reached);
    if (dedicated === undefined) this.targetDedicated = environment.targetDedicated;
    else {
      const whole = Math.trunc(doubles[dedicated.register]);
      if (!(whole >= 0 && whole <= TARGET_MAX)) return this.refuse("$TargetDedicatedNodes", dedicated);
      this.targetDedicated = whole | 0;
    }
    if (lowPriority === undefined) this.targetLowPriority = environment.targetLowPriority;
    else {
      const whole = Math.trunc(doubles[lowPriority.register]);
      if (!(whole >= 0 && whole <= TARGET_MAX)) return this.refuse("$TargetLowPriorityNodes", lowPriority);
      this.targetLowPriority = whole | 0;
    }
    this.nodeDeallocationOption = option === undefined ? "requeue" : (boxed[option.register] as OptionWord).word;
    return true;
  }

  outcome(): Outcome {
    const variables = new Map<string, Value>();
    const { steps } = this.frame.program;
    for (let i = 0; i < this.reached; i++) {
      const bound = steps[i].assignment;
      if (bound?.kind === "user") variables.set(bound.name, this.frame.get(bound.register));
    }
    const { failure, targetDedicated, targetLowPriority, nodeDeallocationOption } = this;
    return { failure, targetDedicated, targetLowPriority, nodeDeallocationOption, variables };
  }

  /** The judge has the words for a target that no pool can have (rule 8.4). */
  private refuse(name: "$TargetDedicatedNodes" | "$TargetLowPriorityNodes", bound: Assignment): false {
    return this.fail(judgeTarget({ name, value: this.frame.doubles[bound.register], assignedAt: bound.at }));
  }

  /** Ends a run by what was thrown; throws on what is no failure of a formula. */
  fail(signal: unknown): false {
    if (!(signal instanceof EvaluationFailure)) throw signal;
    // A failure lies inside the statement that failed; one of the judge comes behind the last step, but its place is an earlier assignment.
    if (signal.code !== "target-out-of-range")
      this.reached = this.frame.program.steps.findIndex((step) => signal.at < step.end);
    const { environment } = this.frame;
    this.failure = signal;
    this.targetDedicated = environment.targetDedicated;
    this.targetLowPriority = environment.targetLowPriority;
    this.nodeDeallocationOption = "requeue";
    return false;
  }
}

/** A run that asks a judge for the whole outcome each time. */
export class OutcomeRun implements Run {
  private readonly ask: () => Outcome;
  private last: Outcome | undefined;

  constructor(ask: () => Outcome) {
    this.ask = ask;
  }

  evaluate(): boolean {
    this.last = this.ask();
    return this.last.failure === undefined;
  }

  outcome(): Outcome {
    this.last ??= this.ask();
    return this.last;
  }

  get failure(): EvaluationFailure | undefined {
    return this.outcome().failure;
  }
  get targetDedicated(): number {
    return this.outcome().targetDedicated;
  }
  get targetLowPriority(): number {
    return this.outcome().targetLowPriority;
  }
  get nodeDeallocationOption(): DeallocationOption {
    return this.outcome().nodeDeallocationOption;
  }
}
