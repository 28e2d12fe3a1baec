/**
 * From instructions to a WebAssembly module of one function, for programs that run often. It does what the code of the machine does: arithmetic
 * on doubles is its own, everything else is a closure of the frame that it imports and calls. Its memory is the frame's registers, so closures
 * and the outcome find what they read where they look for it; a register that nobody else reads is a local variable only.
 *
 *     (import "c" "0" (func)) …  (import "m" "m" (memory 1))
 *     (func (export "run") (param $frame i32) (result i32) …)     ;; gives the number of steps that came to their end
 *
 * Into the module go only opcodes, register numbers and doubles: no name and no string of the formula, and no text that anyone would parse.
 */
import type { BinaryOperator } from "../ast.ts";
import type { BranchInstruction, CallInstruction, Instruction, IrProgram, Register } from "../ir.ts";
import { operands } from "../optimize/facts.ts";
import type { ClosureInstruction } from "./bytecode.ts";
import * as w from "./wasmFormat.ts";

/** A program as a module; it holds no state and may be bound many times. */
export interface WasmCode {
  readonly bytes: Uint8Array;
  /** Instruction of the closure that each function import, in order, stands for. */
  readonly calls: readonly ClosureInstruction[];
}

const BINARY: { readonly [operator in BinaryOperator]?: number } = {
  "==": w.F64_EQ,
  "!=": w.F64_NE,
  "<": w.F64_LT,
  ">": w.F64_GT,
  "<=": w.F64_LE,
  ">=": w.F64_GE,
  "+": w.F64_ADD,
  "-": w.F64_SUB,
  "*": w.F64_MUL,
  "/": w.F64_DIV,
};

/** The parameter: where the frame's registers begin in the memory, in bytes. */
const FRAME = 0;
/** A local for passing results. */
const SCRATCH = 1;

/** Takes microseconds; the engine then takes a hundred times that. */
export function wasmCode(program: IrProgram): WasmCode {
  return new Writer(program).write();
}

class Writer {
  private readonly program: IrProgram;
  private readonly code: number[] = [];
  private readonly calls: ClosureInstruction[] = [];
  /** The local of each double register; 0 before it has one. */
  private readonly locals: Uint32Array;
  private localCount = SCRATCH + 1;
  /** Doubles that closures or the outcome read, and so are stored. */
  private readonly isShared: Uint8Array;
  private step = 0;

  constructor(program: IrProgram) {
    this.program = program;
    this.locals = new Uint32Array(program.types.length);
    this.isShared = new Uint8Array(program.types.length);
  }

  write(): WasmCode {
    const { steps } = this.program;
    for (const { body, assignment } of steps) {
      if (assignment !== undefined) this.isShared[assignment.register] = 1;
      this.findShared(body);
    }
    for (; this.step < steps.length; this.step++) this.block(steps[this.step].body);
    this.op(w.I32_CONST, ...w.signed(steps.length), w.END);
    const locals = this.localCount - SCRATCH;
    return { bytes: w.moduleBytes(this.code, locals, this.calls.length), calls: this.calls };
  }

  private op(...bytes: number[]): void {
    for (const byte of bytes) this.code.push(byte);
  }

  private isDouble(register: Register): boolean {
    return this.program.types[register] === "double";
  }

  /** Marks the doubles that must be in the memory when a closure runs. */
  private findShared(body: readonly Instruction[]): void {
    for (const i of body) {
      if (i.op === "branch") {
        this.findShared(i.whenTrue.body);
        this.findShared(i.whenFalse.body);
        if (i.dst >= 0 && !this.isDouble(i.dst)) {
          if (i.whenTrue.result >= 0) this.isShared[i.whenTrue.result] = 1;
          if (i.whenFalse.result >= 0) this.isShared[i.whenFalse.result] = 1;
        }
      } else if (!this.isArithmetic(i)) operands(i, (register) => (this.isShared[register] = 1));
    }
  }

  /** Whether the instruction is written out; the others but `branch` and `stop` are closures. */
  private isArithmetic(i: Instruction): boolean {
    switch (i.op) {
      case "binary":
        return this.isDouble(i.a) && this.isDouble(i.b);
      case "unary":
        return this.isDouble(i.a);
      case "select":
      case "current":
        return true;
      case "metric":
        return i.what === "latest";
      case "call":
        return (
          OWN.has(i.row.name) &&
          this.isDouble(i.dst) && // `floor(1.5, 2.5)` is a vector
          i.overload !== undefined &&
          i.args.length > 0 &&
          i.args.every((arg) => this.isDouble(arg))
        );
      default:
        return false;
    }
  }

  private local(register: Register): number {
    if (this.locals[register] === 0) this.locals[register] = this.localCount++;
    return this.locals[register];
  }

  private constant(value: number): void {
    this.op(w.F64_CONST, ...w.doubleBytes(value));
  }

  private read(register: Register): void {
    const value = this.program.constants[register];
    if (typeof value === "number") this.constant(value);
    else this.op(w.LOCAL_GET, ...w.unsigned(this.local(register)));
  }

  /** From the memory to the register's local. */
  private load(register: Register): void {
    this.op(w.LOCAL_GET, FRAME, w.F64_LOAD, 3, ...w.unsigned(8 * register), w.LOCAL_SET, ...w.unsigned(this.local(register)));
  }

  /** The value on the stack becomes the register's. */
  private keep(register: Register): void {
    this.op(w.LOCAL_SET, ...w.unsigned(this.local(register)));
    this.share(register);
  }

  private share(register: Register): void {
    if (this.isShared[register] === 0) return;
    this.op(w.LOCAL_GET, FRAME);
    this.read(register);
    this.op(w.F64_STORE, 3, ...w.unsigned(8 * register));
  }

  private closure(i: ClosureInstruction): void {
    this.op(w.CALL, ...w.unsigned(this.calls.push(i) - 1));
    if ("dst" in i && i.dst >= 0 && this.isDouble(i.dst)) this.load(i.dst);
  }

  private block(body: readonly Instruction[]): void {
    for (const i of body) {
      if (i.op === "branch") this.branch(i);
      else if (i.op === "stop") this.op(w.I32_CONST, ...w.signed(this.step), w.RETURN);
      else if (this.isArithmetic(i)) this.arithmetic(i);
      else this.closure(i);
    }
  }

  private arithmetic(i: Instruction): void {
    switch (i.op) {
      case "metric":
      case "current":
        this.load(i.dst); // read into the memory before the run
        return;
      case "binary": {
        const operation = BINARY[i.operator] as number;
        this.read(i.a);
        this.read(i.b);
        this.op(operation);
        if (operation <= w.F64_GE) this.op(w.F64_FROM_I32);
        break;
      }
      case "unary":
        this.read(i.a);
        if (i.operator === "-") this.op(w.F64_NEG);
        else {
          this.constant(0);
          this.op(w.F64_EQ, w.F64_FROM_I32);
        }
        break;
      case "select":
        this.read(i.whenTrue);
        this.read(i.whenFalse);
        this.read(i.a);
        this.read(i.b);
        this.op(BINARY[i.operator] as number, w.SELECT);
        break;
      case "call":
        this.function(i);
        break;
      default:
        return;
    }
    this.keep(i.dst);
  }

  /** One of OWN, with the meaning of values/statistics.ts. */
  private function({ row, args }: CallInstruction): void {
    switch (row.name) {
      case "min":
        this.chain(args, w.F64_MIN);
        break;
      case "max":
        this.chain(args, w.F64_MAX);
        break;
      case "sum":
        this.total(args);
        break;
      case "avg":
        this.total(args);
        this.constant(args.length);
        this.op(w.F64_DIV);
        break;
      case "floor":
        this.read(args[0]);
        this.op(w.F64_FLOOR);
        break;
      case "ceil":
        this.read(args[0]);
        this.op(w.F64_CEIL);
        break;
      default:
        this.round(args[0]);
    }
  }

  private chain(args: readonly Register[], operation: number): void {
    this.read(args[0]);
    for (let k = 1; k < args.length; k++) {
      this.read(args[k]);
      this.op(operation);
    }
  }

  /** Adds from 0, as a sum does: 0 + -0 is 0. */
  private total(args: readonly Register[]): void {
    this.constant(0);
    for (let k = 0; k < args.length; k++) {
      this.read(args[k]);
      this.op(w.F64_ADD);
    }
  }

  /** Away from zero by one where at least a half was cut off. */
  private round(a: Register): void {
    this.read(a);
    this.op(w.F64_TRUNC, w.LOCAL_TEE, SCRATCH);
    this.constant(1);
    this.read(a);
    this.op(w.F64_COPYSIGN, w.F64_ADD, w.LOCAL_GET, SCRATCH);
    this.read(a);
    this.op(w.LOCAL_GET, SCRATCH, w.F64_SUB, w.F64_ABS);
    this.constant(0.5);
    this.op(w.F64_GE, w.SELECT);
  }

  private branch(i: BranchInstruction): void {
    this.read(i.condition);
    this.constant(0);
    this.op(w.F64_NE, w.IF, w.TYPE_NOTHING);
    this.side(i.whenTrue.body, i.whenTrue.result, i.dst);
    this.op(w.ELSE);
    this.side(i.whenFalse.body, i.whenFalse.result, i.dst);
    this.op(w.END);
    if (i.dst >= 0 && this.isDouble(i.dst)) this.share(i.dst);
  }

  private side(body: readonly Instruction[], result: Register, dst: Register): void {
    this.block(body);
    if (dst < 0 || result < 0) return;
    if (this.isDouble(dst)) {
      this.read(result);
      this.op(w.LOCAL_SET, ...w.unsigned(this.local(dst)));
    } else this.closure({ op: "move", dst, a: result });
  }
}

/** Functions of doubles that are written out; `lg`, `ln` and `log` have no instruction and are closures. */
const OWN = new Set(["min", "max", "sum", "avg", "floor", "ceil", "round"]);
