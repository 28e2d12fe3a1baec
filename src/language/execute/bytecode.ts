/**
 * From instructions to the code of the machine. Arithmetic on doubles becomes operations; a read of a metric's or target's present value becomes
 * an input, read once before the code runs (it cannot fail and does not change within a run); everything else becomes a call of a closure, which
 * the binding makes from its instruction.
 */
import { assert } from "../../base/assert.ts";
import type { BinaryOperator } from "../ast.ts";
import type {
  BranchInstruction,
  CallInstruction,
  Comparison,
  CurrentInstruction,
  Instruction,
  IrProgram,
  MetricInstruction,
  Register,
} from "../ir.ts";
import * as m from "./opcodes.ts";

/** A value moved into a boxed register: the result of a branch. */
export interface MoveInstruction {
  readonly op: "move";
  readonly dst: Register;
  readonly a: Register;
}

/** What a closure is made of. */
export type ClosureInstruction = Instruction | MoveInstruction;

/** A program for the machine; it holds no state and may be bound many times. */
export interface Bytecode {
  /** For the machine as an Int32Array; a plain array here, because one that is never bound need not have the other. */
  readonly code: readonly number[];
  /** Instruction of the closure that each CALL names. */
  readonly calls: readonly ClosureInstruction[];
  readonly inputs: readonly (MetricInstruction | CurrentInstruction)[];
  /** Values of the registers behind those of the program, which hold constants and passing results of the machine's own. */
  readonly extra: readonly number[];
}

const BINARY: { readonly [operator in BinaryOperator]?: number } = {
  "<": m.LESS,
  "<=": m.LESS_EQUAL,
  ">": m.GREATER,
  ">=": m.GREATER_EQUAL,
  "==": m.EQUAL,
  "!=": m.UNEQUAL,
  "+": m.ADD,
  "-": m.SUBTRACT,
  "*": m.MULTIPLY,
  "/": m.DIVIDE,
};
const SCALAR = new Map([
  ["floor", m.FLOOR],
  ["ceil", m.CEIL],
  ["round", m.ROUND],
  ["lg", m.LG],
  ["ln", m.LN],
  ["log", m.LOG],
]);

/** Registers are 16 bits wide in the code; a formula of 8192 units makes fewer than 30,000. */
const REGISTERS_MAX = 65536;

export function bytecode(program: IrProgram): Bytecode {
  return new Writer(program).write();
}

class Writer {
  private readonly program: IrProgram;
  private readonly code: number[] = [];
  private readonly calls: ClosureInstruction[] = [];
  private readonly inputs: (MetricInstruction | CurrentInstruction)[] = [];
  private readonly extra: number[] = [];
  /** Where the last instruction begins if another may still be joined to it or its dst be changed; -1 if not. */
  private last = -1;
  /** Whether the last instruction is a pair: its dst then is in the third word. */
  private isPair = false;
  private step = 0;

  constructor(program: IrProgram) {
    this.program = program;
  }

  write(): Bytecode {
    const { steps, types } = this.program;
    for (; this.step < steps.length; this.step++) this.block(steps[this.step].body);
    this.put(m.END, steps.length, 0, 0);
    assert(types.length + this.extra.length <= REGISTERS_MAX, "registers fit into 16 bits");
    return { code: this.code, calls: this.calls, inputs: this.inputs, extra: this.extra };
  }

  private word(value: number): void {
    this.code.push(value);
  }

  private put(operation: number, dst: Register, a: Register, b: Register): void {
    if (this.last >= 0 && !this.isPair && operation >= m.ADD && operation <= m.MAX && this.join(operation, dst, a, b)) return;
    this.last = this.code.length;
    this.isPair = false;
    this.word(operation | (dst << 8));
    this.word(a | (b << 16));
  }

  /** Joins an operation to the last one, if it takes that one's result. */
  private join(operation: number, dst: Register, a: Register, b: Register): boolean {
    const head = this.code[this.last];
    const first = head & 0xff;
    if (first < m.ADD || first > m.MAX) return false;
    const result = head >>> 8;
    const isEitherWay = operation !== m.SUBTRACT && operation !== m.DIVIDE;
    if (a !== result && !(isEitherWay && b === result)) return false;
    this.code[this.last] = (head & ~0xff) | (m.PAIR + 6 * (first - m.ADD) + (operation - m.ADD));
    this.word((a === result ? b : a) | (dst << 16));
    this.isPair = true;
    return true;
  }

  private call(instruction: ClosureInstruction): void {
    this.put(m.CALL, this.calls.push(instruction) - 1, 0, 0);
    this.last = -1;
  }

  /** A register of the machine's own that holds this constant, or at first this value. */
  private own(value: number): Register {
    return this.program.types.length + this.extra.push(value) - 1;
  }

  private isDouble(register: Register): boolean {
    return this.program.types[register] === "double";
  }

  private block(body: readonly Instruction[]): void {
    for (let i = 0; i < body.length; i++) this.instruction(body[i]);
  }

  private instruction(i: Instruction): void {
    switch (i.op) {
      case "binary":
        if (this.isDouble(i.a) && this.isDouble(i.b)) this.put(BINARY[i.operator] as number, i.dst, i.a, i.b);
        else this.call(i);
        break;
      case "unary":
        if (this.isDouble(i.a)) this.put(i.operator === "-" ? m.NEGATE : m.NOT, i.dst, i.a, 0);
        else this.call(i);
        break;
      case "select":
        this.put(m.SELECT + (BINARY[i.operator as Comparison] as number), i.dst, i.a, i.b);
        this.word(i.whenFalse | (i.whenTrue << 16));
        break;
      case "metric":
        if (i.what === "latest") this.inputs.push(i);
        else this.call(i);
        break;
      case "current":
        this.inputs.push(i);
        break;
      case "call":
        if (!this.isOnDoubles(i) || !this.onDoubles(i)) this.call(i);
        break;
      case "branch":
        this.branch(i);
        break;
      case "stop":
        this.put(m.END, this.step, 0, 0);
        break;
      default:
        this.call(i);
    }
  }

  private isOnDoubles(i: CallInstruction): boolean {
    if (i.overload === undefined || i.args.length === 0) return false;
    for (let k = 0; k < i.args.length; k++) if (!this.isDouble(i.args[k])) return false;
    return true;
  }

  /** A function of doubles only, as operations with the meaning of values/statistics.ts; false if it has no operations. */
  private onDoubles({ row, dst, args }: CallInstruction): boolean {
    switch (row.name) {
      case "min":
        this.fold(m.MIN, dst, args);
        return true;
      case "max":
        this.fold(m.MAX, dst, args);
        return true;
      case "sum":
        this.total(dst, args);
        return true;
      case "avg":
        this.total(dst, args);
        this.put(m.DIVIDE, dst, dst, this.own(args.length));
        return true;
      default: {
        const operation = this.isDouble(dst) ? SCALAR.get(row.name) : undefined;
        if (operation === undefined) return false;
        this.put(operation, dst, args[0], 0);
        return true;
      }
    }
  }

  private fold(operation: number, dst: Register, args: readonly Register[]): void {
    if (args.length === 1) this.put(m.MOVE, dst, args[0], 0);
    else this.put(operation, dst, args[0], args[1]);
    for (let k = 2; k < args.length; k++) this.put(operation, dst, dst, args[k]);
  }

  /** Adds from 0, as a sum does: 0 + -0 is 0. */
  private total(dst: Register, args: readonly Register[]): void {
    this.put(m.ADD, dst, this.own(0), args[0]);
    for (let k = 1; k < args.length; k++) this.put(m.ADD, dst, dst, args[k]);
  }

  private branch(i: BranchInstruction): void {
    this.put(m.JUMP_IF_ZERO, i.condition, 0, 0);
    const toFalse = this.code.length - 1;
    this.side(i.whenTrue.body, i.whenTrue.result, i.dst);
    this.put(m.JUMP, 0, 0, 0);
    const toEnd = this.code.length - 1;
    this.code[toFalse] = this.code.length;
    this.side(i.whenFalse.body, i.whenFalse.result, i.dst);
    this.code[toEnd] = this.code.length;
    this.last = -1;
  }

  /** A block that leaves its result in `dst`. Nothing but the branch reads the result, so the block's last operation may write to dst itself. */
  private side(body: readonly Instruction[], result: Register, dst: Register): void {
    this.last = -1;
    this.block(body);
    if (dst < 0 || result < 0) return;
    if (!this.isDouble(dst)) this.call({ op: "move", dst, a: result });
    else if (this.last < 0 || body.length === 0 || !writes(body[body.length - 1], result)) this.put(m.MOVE, dst, result, 0);
    else if (this.isPair) this.code[this.code.length - 1] = (this.code[this.code.length - 1] & 0xffff) | (dst << 16);
    else this.code[this.last] = (this.code[this.last] & 0xff) | (dst << 8);
  }
}

/** Whether the instruction gives the register its value by one operation. */
function writes(instruction: Instruction, register: Register): boolean {
  return (
    (instruction.op === "binary" || instruction.op === "unary" || instruction.op === "select") && instruction.dst === register
  );
}
