/**
 * From a formula to a program that can be bound and run: check, optimize, write the code of a tier.
 */
import type { Formula } from "../ast.ts";
import { type Checked, check } from "../check/checker.ts";
import type { Environment, MetricReader } from "../environment.ts";
import type { CurrentInstruction, IrProgram, Register } from "../ir.ts";
import { optimize } from "../optimize/optimizer.ts";
import type { Semantics } from "../semantics.ts";
import { type Bytecode, bytecode } from "./bytecode.ts";
import { closure, placeCursors } from "./closures.ts";
import { type CodeMaker, codeMaker } from "./code.ts";
import { Frame } from "./frame.ts";
import { interpret } from "./interpreter.ts";
import { run } from "./machine.ts";
import { FrameRun, OutcomeRun, type Program, type Run, type Tier } from "./program.ts";

export interface CompileOptions {
  /** Default `bytecode`. `code` makes JavaScript from the formula: only for hot loops, and only where making code from strings is allowed. */
  readonly tier?: Tier;
  /** Of a formula that is not checked yet; a checked one keeps its own. */
  readonly semantics?: Semantics;
  /** Default true; false runs every operation as written. */
  readonly optimize?: boolean;
}

/** Compiles a formula, whatever its diagnostics: what is certain to fail fails only when a run reaches it (rule 8.17). */
export function compile(formula: Formula | Checked, options: CompileOptions = {}): Program {
  const checked = "program" in formula ? formula : check(formula, options);
  const tier = options.tier ?? "bytecode";
  if (tier === "interpreter") return new InterpretedProgram(checked);
  const ir = options.optimize === false ? checked.program : optimize(checked.program);
  const maker = tier === "code" ? codeMaker(ir) : undefined;
  return maker === undefined ? new MachineProgram(checked, ir) : new CodeProgram(checked, ir, maker);
}

class MachineProgram implements Program {
  readonly tier = "bytecode";
  readonly checked: Checked;
  readonly ir: IrProgram;
  private readonly bytecode: Bytecode;

  constructor(checked: Checked, ir: IrProgram) {
    this.checked = checked;
    this.ir = ir;
    this.bytecode = bytecode(ir);
  }

  bind(environment: Environment): Run {
    const { code, calls, inputs, extra } = this.bytecode;
    return new MachineRun(new Frame(this.ir, environment, extra), new Int32Array(code), calls, inputs);
  }
}

class MachineRun extends FrameRun {
  private readonly code: Int32Array;
  private readonly closures: readonly (() => void)[];
  /** What is read once before the code runs, and the registers it goes to. */
  readonly metrics: { readonly reader: MetricReader; readonly dst: Register }[] = [];
  readonly targets: CurrentInstruction[] = [];

  constructor(frame: Frame, code: Int32Array, calls: Bytecode["calls"], inputs: Bytecode["inputs"]) {
    super(frame);
    placeCursors(calls, frame);
    this.code = code;
    this.closures = calls.map((call) => closure(call, frame));
    for (const input of inputs) {
      if (input.op === "current") this.targets.push(input);
      else this.metrics.push({ reader: frame.reader(input.metric), dst: input.dst });
    }
  }

  evaluate(): boolean {
    const { doubles, environment } = this.frame;
    const { metrics, targets } = this;
    for (let i = 0; i < metrics.length; i++) {
      const { reader, dst } = metrics[i];
      doubles[dst] = reader.latest();
    }
    for (let i = 0; i < targets.length; i++) {
      const { name, dst } = targets[i];
      doubles[dst] = name === "$TargetDedicatedNodes" ? environment.targetDedicated : environment.targetLowPriority;
    }
    let reached = 0;
    try {
      reached = run(this.code, doubles, this.closures);
    } catch (signal) {
      return this.fail(signal);
    }
    return this.finish(reached);
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

class CodeRun extends FrameRun {
  private readonly code: () => boolean;

  constructor(frame: Frame, maker: CodeMaker) {
    super(frame);
    this.code = maker(frame, this);
  }

  evaluate(): boolean {
    return this.code();
  }
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
