/**
 * From a formula to a program that can be bound and run: check, optimize, write the code of a tier.
 */
import type { Formula } from "../ast.ts";
import { type Checked, check } from "../check/checker.ts";
import type { Environment } from "../environment.ts";
import type { Instruction, IrProgram } from "../ir.ts";
import { optimize } from "../optimize/optimizer.ts";
import type { Semantics } from "../semantics.ts";
import { type Bytecode, bytecode } from "./bytecode.ts";
import { closure, placeCursors } from "./closures.ts";
import { type CodeMaker, codeMaker } from "./code.ts";
import { Frame } from "./frame.ts";
import { inputsReader } from "./inputs.ts";
import { interpret } from "./interpreter.ts";
import { run } from "./machine.ts";
import { type NativeCode, type NativeMaker, nativeMaker } from "./native.ts";
import type { Outcome } from "./outcome.ts";
import { FrameRun, OutcomeRun, type Program, type Run, type Tier } from "./program.ts";

export interface CompileOptions {
  /**
   * Default `bytecode`, which becomes native by itself in a run that is repeated often; `native` is so from the first run. `code` makes
   * JavaScript from the formula: only for hot loops, and only where making code from strings is allowed.
   */
  readonly tier?: Tier;
  /** Of a formula that is not checked yet; a checked one keeps its own. */
  readonly semantics?: Semantics;
  /** Default true; false runs every operation as written. */
  readonly optimize?: boolean;
}

/** Compiles a formula, whatever its diagnostics: what is certain to fail fails only when a run reaches it (rule 8.17). */
export function compile(formula: Formula | Checked, options: CompileOptions = {}): Program {
  if (typeof formula !== "object" || formula === null)
    throw new TypeError("compile takes what parse or check gave, not a text: compile(parse(text).formula)");
  const checked = "program" in formula ? formula : check(formula, options);
  const tier = options.tier ?? "bytecode";
  if (tier === "interpreter") return new InterpretedProgram(checked);
  const ir = options.optimize === false ? checked.program : optimize(checked.program);
  const maker = tier === "code" ? codeMaker(ir, drawsRandom(ir)) : undefined;
  return maker === undefined ? new MachineProgram(checked, ir, tier === "native") : new CodeProgram(checked, ir, maker);
}

/** Runs of one binding after which it becomes native: making the code costs as much time as a few thousand runs then save. */
const RUNS_BEFORE_NATIVE = 4096;

/** A program for the machine, and for the processor where it is repeated often. */
class MachineProgram implements Program {
  readonly checked: Checked;
  readonly ir: IrProgram;
  private readonly bytecode: Bytecode;
  private readonly isNativeAtOnce: boolean;
  private maker: NativeMaker | undefined;
  private isMakerKnown = false;

  constructor(checked: Checked, ir: IrProgram, isNativeAtOnce: boolean) {
    this.checked = checked;
    this.ir = ir;
    this.bytecode = bytecode(ir);
    this.isNativeAtOnce = isNativeAtOnce;
  }

  get tier(): Tier {
    return this.isNativeAtOnce && this.native() !== undefined ? "native" : "bytecode";
  }

  bind(environment: Environment): Run {
    const frame = new Frame(this.ir, environment, this.bytecode.extra);
    return new MachineRun(frame, this, this.bytecode, this.isNativeAtOnce ? 1 : RUNS_BEFORE_NATIVE);
  }

  /** Made when a run first asks for it; undefined where there is none. */
  native(): NativeMaker | undefined {
    if (!this.isMakerKnown) this.maker = nativeMaker(this.ir);
    this.isMakerKnown = true;
    return this.maker;
  }
}

class MachineRun extends FrameRun {
  private readonly program: MachineProgram;
  private readonly code: Int32Array;
  private readonly closures: readonly (() => void)[];
  private readonly readInputs: () => void;
  /** What runs instead of the machine, from some time on. */
  private native: NativeCode | undefined;
  /** The run with this number tries to become native. */
  private runsLeft: number;

  constructor(frame: Frame, program: MachineProgram, bytecode: Bytecode, runsLeft: number) {
    super(frame);
    this.program = program;
    this.runsLeft = runsLeft;
    placeCursors(bytecode.calls, frame);
    this.code = new Int32Array(bytecode.code);
    this.closures = bytecode.calls.map((call) => closure(call, frame));
    this.readInputs = inputsReader(bytecode.inputs, frame);
  }

  evaluate(): boolean {
    if (this.runsLeft > 0 && --this.runsLeft === 0) this.native = this.program.native()?.(this.frame);
    let reached = 0;
    try {
      this.readInputs();
      const { native } = this;
      reached = native === undefined ? this.byMachine() : native.run(native.base);
    } catch (signal) {
      return this.fail(signal);
    }
    return this.finish(reached);
  }

  private byMachine(): number {
    return run(this.code, this.frame.doubles, this.closures);
  }
}

class CodeProgram implements Program {
  readonly tier = "code";
  readonly checked: Checked;
  readonly ir: IrProgram;
  private readonly maker: CodeMaker;

  constructor(checked: Checked, ir: IrProgram, maker: CodeMaker) {
    this.checked = checked;
    this.ir = ir;
    this.maker = maker;
  }

  bind(environment: Environment): Run {
    return new CodeRun(new Frame(this.ir, environment), this.maker);
  }
}

/**
 * A run whose `evaluate` is the function made for it. That one keeps nothing but the answer; `outcome` runs the formula again, by a function that
 * stores the variables, too. Where a second run would draw other random numbers, the first function stores them.
 */
class CodeRun extends FrameRun {
  override readonly evaluate: () => boolean;
  private again: (() => boolean) | undefined;

  constructor(frame: Frame, maker: CodeMaker) {
    super(frame);
    this.evaluate = maker(frame, this);
  }

  override outcome(): Outcome {
    const { program } = this.frame;
    if (!drawsRandom(program)) {
      this.again ??= codeMaker(program, true)!(this.frame, this);
      this.again();
    }
    return super.outcome();
  }
}

function drawsRandom(program: IrProgram): boolean {
  const draws = (i: Instruction): boolean =>
    i.op === "branch"
      ? i.whenTrue.body.some(draws) || i.whenFalse.body.some(draws)
      : i.op === "call" && i.row.purity === "draws-random";
  return program.steps.some((step) => step.body.some(draws));
}

class InterpretedProgram implements Program {
  readonly tier = "interpreter";
  readonly checked: Checked;
  readonly ir: IrProgram;

  constructor(checked: Checked) {
    this.checked = checked;
    this.ir = checked.program;
  }

  bind(environment: Environment): Run {
    return new OutcomeRun(() => interpret(this.checked.formula, environment, this.ir.semantics));
  }
}
