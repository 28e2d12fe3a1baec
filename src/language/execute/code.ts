/**
 * JavaScript made from instructions, for hot loops that may have it: straight statements on local doubles, so that the engine compiles the formula
 * like a function written by hand. Into the text go register numbers, our own operators and number literals, never a name or a string of the
 * formula; values and names stay in the frame, and what is not arithmetic is a closure of the frame, as in the machine.
 *
 * Only registers that someone else reads (a closure, the judge of a strange target) are stored: the variables are not, unless `storesVariables`
 * asks for a text of its own that does. Nested conditionals are the only nesting in the text.
 */
import { targetMax } from "../../base/limits.ts";
import type { Assignment, BranchInstruction, CallInstruction, Instruction, IrProgram, Register } from "../ir.ts";
import type { ClosureInstruction } from "./bytecode.ts";
import { closure, placeCursors } from "./closures.ts";
import type { Frame } from "./frame.ts";
import { bindingsBefore, type FrameRun } from "./program.ts";
import { type DeallocationOption, OptionWord } from "../values/value.ts";
import { operands } from "../optimize/facts.ts";

/** Makes the function that is the run's `evaluate`: it works on the frame and leaves the answer in the run. */
export type CodeMaker = (frame: Frame, run: FrameRun) => () => boolean;

/** Undefined where making code from strings is barred. Without `storesVariables` a run leaves its answer, but no variables, in the frame. */
export function codeMaker(program: IrProgram, storesVariables: boolean): CodeMaker | undefined {
  const written = new Writer(program, storesVariables).write();
  let make: (...parts: unknown[]) => () => boolean;
  try {
    make = new Function("run", "f", "calls", "readers", "environment", "option", written.text) as typeof make;
  } catch (signal) {
    if (signal instanceof EvalError) return undefined;
    throw signal;
  }
  return (frame, run) => {
    placeCursors(written.calls, frame);
    const calls = written.calls.map((call) => closure(call, frame));
    const readers = written.metrics.map((metric) => frame.reader(metric));
    return make(run, frame.doubles, calls, readers, frame.environment, written.option);
  };
}

const SCALAR: { readonly [name: string]: string | undefined } = Object.assign(Object.create(null), {
  floor: "Math.floor",
  ceil: "Math.ceil",
  lg: "Math.log2",
  ln: "Math.log",
  log: "Math.log10",
});
const JS_OPERATOR = {
  "==": "===",
  "!=": "!==",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  "+": "+",
  "-": "-",
  "*": "*",
  "/": "/",
} as const;

interface Written {
  /** Body of a function of the parts that `codeMaker` names. */
  readonly text: string;
  readonly calls: readonly ClosureInstruction[];
  readonly metrics: readonly string[];
  readonly option: DeallocationOption;
}

class Writer {
  private readonly program: IrProgram;
  private readonly storesVariables: boolean;
  private readonly calls: ClosureInstruction[] = [];
  private readonly metrics: string[] = [];
  /** Names for the closures and readers, so that the engine sees constants. */
  private readonly heads: string[] = [];
  private readonly lines: string[] = [];
  /** Doubles that closures or the outcome read, and so are stored. */
  private readonly isShared: Uint8Array;
  private step = 0;

  constructor(program: IrProgram, storesVariables: boolean) {
    this.program = program;
    this.storesVariables = storesVariables;
    this.isShared = new Uint8Array(program.types.length);
  }

  write(): Written {
    const { steps } = this.program;
    for (const { body, assignment } of steps) {
      if (assignment !== undefined && this.storesVariables) this.isShared[assignment.register] = 1;
      this.findShared(body);
    }
    for (; this.step < steps.length; this.step++) {
      for (const instruction of steps[this.step].body) this.instruction(instruction);
    }
    const option = this.ending();
    const body = this.lines.join("\n");
    const guarded = this.calls.length === 0 ? body : `try {\n${body}\n} catch (signal) { return run.fail(signal); }`;
    return {
      text: `"use strict";${this.heads.join("")}return () => {\n${guarded}\n};`,
      calls: this.calls,
      metrics: this.metrics,
      option,
    };
  }

  /**
   * The end of a run as `finish` means it, written out for the frequent case: targets that a pool can have, and an option that is a constant,
   * which is returned. Everything else is left to `finish`.
   */
  private ending(): DeallocationOption {
    const { steps, constants } = this.program;
    const bound = bindingsBefore(this.program, steps.length);
    const option = bound.option === undefined ? new OptionWord("requeue") : constants[bound.option.register];
    if (option instanceof OptionWord) {
      this.target("targetDedicated", bound.dedicated);
      this.target("targetLowPriority", bound.lowPriority);
      this.lines.push(
        `run.nodeDeallocationOption = option; run.failure = undefined; run.reached = ${steps.length}; return true;`,
      );
      return option.word;
    }
    this.lines.push(this.finishing(steps.length));
    return "requeue";
  }

  private target(field: "targetDedicated" | "targetLowPriority", bound: Assignment | undefined): void {
    if (bound === undefined) {
      this.lines.push(`run.${field} = environment.${field};`);
      return;
    }
    const value = this.read(bound.register);
    // `| 0` cuts to a whole number; it says so to the engine, which then need not make an object for a double.
    this.lines.push(
      `if (!(${value} > -1 && ${value} < ${targetMax.value + 1})) { ${this.finishing(this.program.steps.length)} }`,
    );
    this.lines.push(`run.${field} = ${value} | 0;`);
  }

  /** Leaves the end of the run to `finish`, with the targets where it looks for them. */
  private finishing(reached: number): string {
    const { dedicated, lowPriority } = bindingsBefore(this.program, reached);
    const stores = [dedicated, lowPriority].map((bound) =>
      bound === undefined || this.program.constants[bound.register] !== undefined
        ? ""
        : `f[${bound.register}] = r${bound.register}; `,
    );
    return `${stores.join("")}return run.finish(${reached});`;
  }

  private findShared(body: readonly Instruction[]): void {
    for (const i of body) {
      if (i.op === "branch") {
        this.findShared(i.whenTrue.body);
        this.findShared(i.whenFalse.body);
        if (i.dst >= 0 && !this.isDouble(i.dst)) {
          if (i.whenTrue.result >= 0) this.isShared[i.whenTrue.result] = 1;
          if (i.whenFalse.result >= 0) this.isShared[i.whenFalse.result] = 1;
        }
      } else if (this.expression(i) === undefined) operands(i, (register) => (this.isShared[register] = 1));
    }
  }

  private isDouble(register: Register): boolean {
    return this.program.types[register] === "double";
  }

  /** A double where it is read. */
  private read(register: Register): string {
    const value = this.program.constants[register];
    if (typeof value !== "number") return `r${register}`;
    if (Number.isNaN(value)) return "NaN";
    const digits = Object.is(value, -0) ? "-0" : String(value);
    return value < 0 || Object.is(value, -0) ? `(${digits})` : digits;
  }

  /** The instruction as one expression on doubles; undefined if it is a closure or control. */
  private expression(i: Instruction): string | undefined {
    switch (i.op) {
      case "binary": {
        if (!this.isDouble(i.a) || !this.isDouble(i.b)) return undefined;
        const text = `${this.read(i.a)} ${JS_OPERATOR[i.operator]} ${this.read(i.b)}`;
        return i.operator === "+" || i.operator === "-" || i.operator === "*" || i.operator === "/" ? text : `${text} ? 1 : 0`;
      }
      case "unary":
        if (!this.isDouble(i.a)) return undefined;
        return i.operator === "-" ? `-${this.read(i.a)}` : `${this.read(i.a)} === 0 ? 1 : 0`;
      case "select":
        return `${this.read(i.a)} ${JS_OPERATOR[i.operator]} ${this.read(i.b)} ? ${this.read(i.whenTrue)} : ${this.read(i.whenFalse)}`;
      case "current":
        return i.name === "$TargetDedicatedNodes" ? "environment.targetDedicated" : "environment.targetLowPriority";
      case "metric":
        return i.what === "latest" ? `${this.reader(i.metric)}.latest()` : undefined;
      case "call":
        return this.onDoubles(i);
      default:
        return undefined;
    }
  }

  private onDoubles({ row, overload, args, dst }: CallInstruction): string | undefined {
    if (overload === undefined || args.length === 0 || !args.every((arg) => this.isDouble(arg))) return undefined;
    switch (row.name) {
      case "min":
      case "max": {
        // Pairs, each in a statement of its own further down, would be as fast; the engine unfolds calls of two only.
        if (args.length === 1) return this.read(args[0]);
        if (args.length > 16) return undefined;
        return args.slice(1).reduce((text, arg) => `Math.${row.name}(${text}, ${this.read(arg)})`, this.read(args[0]));
      }
      case "sum":
        return args.length > 256 ? undefined : `0 + ${args.map((arg) => this.read(arg)).join(" + ")}`;
      case "avg":
        return args.length > 256 ? undefined : `(0 + ${args.map((arg) => this.read(arg)).join(" + ")}) / ${args.length}`;
      default: {
        if (row.name === "round" && this.isDouble(dst)) return rounded(this.read(args[0]));
        const kernel = this.isDouble(dst) ? SCALAR[row.name] : undefined;
        return kernel === undefined ? undefined : `${kernel}(${this.read(args[0])})`;
      }
    }
  }

  private reader(metric: string): string {
    let number = this.metrics.indexOf(metric);
    if (number < 0) {
      number = this.metrics.push(metric) - 1;
      this.heads.push(`const m${number} = readers[${number}];`);
    }
    return `m${number}`;
  }

  private closure(i: ClosureInstruction): void {
    const number = this.calls.push(i) - 1;
    this.heads.push(`const c${number} = calls[${number}];`);
    const dst = "dst" in i ? i.dst : -1;
    this.lines.push(dst >= 0 && this.isDouble(dst) ? `c${number}(); const r${dst} = f[${dst}];` : `c${number}();`);
  }

  private instruction(i: Instruction): void {
    if (i.op === "branch") this.branch(i);
    else if (i.op === "stop") this.lines.push(this.finishing(this.step));
    else {
      const expression = this.expression(i);
      if (expression === undefined) this.closure(i);
      else if ("dst" in i) {
        this.lines.push(`const r${i.dst} = ${expression};`);
        this.store(i.dst);
      }
    }
  }

  private store(register: Register): void {
    if (this.isShared[register] === 1) this.lines.push(`f[${register}] = r${register};`);
  }

  private branch(i: BranchInstruction): void {
    const isDouble = i.dst >= 0 && this.isDouble(i.dst);
    if (isDouble) this.lines.push(`let r${i.dst} = 0;`);
    this.lines.push(`if (${this.read(i.condition)} !== 0) {`);
    this.side(i.whenTrue.body, i.whenTrue.result, i.dst);
    this.lines.push("} else {");
    this.side(i.whenFalse.body, i.whenFalse.result, i.dst);
    this.lines.push("}");
    if (isDouble) this.store(i.dst);
  }

  private side(body: readonly Instruction[], result: Register, dst: Register): void {
    for (const instruction of body) this.instruction(instruction);
    if (dst < 0 || result < 0) return;
    if (this.isDouble(dst)) this.lines.push(`r${dst} = ${this.read(result)};`);
    else this.closure({ op: "move", dst, a: result });
  }
}

/** As statistics.round, written out so that the engine need not call it. */
function rounded(x: string): string {
  return `Math.abs(${x} - Math.trunc(${x})) >= 0.5 ? Math.trunc(${x}) + Math.sign(${x}) : Math.trunc(${x})`;
}
