/**
 * The optimized instructions of a formula, each as one loop over a block of steps. Both sides of a branch are computed, for the steps that take
 * them, unless all steps of the block agree; what a step may not do in columns marks it to be run again alone. `columnExecutor` gives undefined
 * for formulas whose steps depend on each other or on chance, and for what columns do not hold (vectors, strings).
 */
import type {
  BinaryInstruction,
  BranchInstruction,
  Instruction,
  IrProgram,
  Register,
  RegisterType,
} from "../../../language/ir.ts";
import { INSTANT_MAX, INSTANT_MIN } from "../../../base/time.ts";
import { evaluationRow } from "../../../language/diagnostics/failure.ts";
import { Timeinterval, Timestamp } from "../../../language/values/value.ts";
import { callOperation } from "./calls.ts";
import { BLOCK, binary, choose, Column, unary } from "./column.ts";
import type { History } from "./history.ts";
import { aimOperation, checkOperation, metricOperation } from "./inputs.ts";
import { AGAIN, EVALUATION_ERROR, Fates, INSUFFICIENT, type Mask } from "./lanes.ts";
import { guardTimes, roundTimes, timeAsDouble, timeMember } from "./times.ts";
import type { WindowColumns } from "./windows.ts";

/** Computes one instruction for the block at hand; false where the block must go step by step. */
export type Operation = (mask: Mask) => boolean;

/** The targets of a block, not yet cut to whole numbers; undefined where the formula does not assign one. */
export interface BlockTargets {
  readonly dedicated: Column | undefined;
  readonly lowPriority: Column | undefined;
}

/** Columns for a program; undefined where it must go step by step. */
export function columnExecutor(program: IrProgram, history: History): Executor | undefined {
  const { from, interval, steps } = history.timeline;
  // Near the ends of the calendar a time could leave it unseen (rule 8.28).
  const margin = BigInt(Number.MAX_SAFE_INTEGER);
  if (from - margin < INSTANT_MIN || from + margin > INSTANT_MAX || interval * steps > Number.MAX_SAFE_INTEGER)
    return undefined;
  const executor = new Executor(program, history);
  return executor.isComplete ? executor : undefined;
}

const numeric: ReadonlySet<RegisterType> = new Set(["double", "timestamp", "timeinterval"] as const);

/** A formula's operations and columns; `run` computes the block that the history is at. */
export class Executor {
  readonly program: IrProgram;
  readonly history: History;
  readonly fates: Fates = new Fates();
  /** Whether every instruction has an operation. */
  readonly isComplete: boolean;
  private readonly columns: (Column | undefined)[] = [];
  private readonly windows: (WindowColumns | undefined)[] = [];
  private readonly operations: Operation[] = [];
  private readonly targets: BlockTargets;

  constructor(program: IrProgram, history: History) {
    this.program = program;
    this.history = history;
    let dedicated: Column | undefined;
    let lowPriority: Column | undefined;
    let isComplete = true;
    for (const step of program.steps) {
      const operations = this.block(step.body);
      if (operations === undefined) {
        isComplete = false;
        break;
      }
      this.operations.push(...operations);
      const { assignment } = step;
      if (assignment?.name === "$TargetDedicatedNodes") dedicated = this.column(assignment.register);
      if (assignment?.name === "$TargetLowPriorityNodes") lowPriority = this.column(assignment.register);
    }
    this.isComplete = isComplete;
    this.targets = { dedicated, lowPriority };
  }

  /** Steps in the block at hand. */
  get count(): number {
    return this.history.count;
  }

  /** Computes the history's block; undefined where it must go step by step. What became of the steps is in `fates`. */
  run(): BlockTargets | undefined {
    this.fates.begin(this.count);
    for (const operation of this.operations) if (!operation(undefined)) return undefined;
    return this.targets;
  }

  /** The column of a double or time register. */
  column(register: Register): Column {
    let column = this.columns[register];
    if (column === undefined) {
      this.columns[register] = column = new Column();
      const value = this.program.constants[register];
      if (typeof value === "number") column.setUniform(value);
      else if (value instanceof Timestamp || value instanceof Timeinterval)
        column.setUniform(timeAsDouble(value, this.history.timeline.from) ?? Number.NaN);
    }
    return column;
  }

  /** The window that the block's `aim` of this register found. */
  window(register: Register): WindowColumns {
    return this.windows[register] as WindowColumns;
  }

  setWindow(register: Register, window: WindowColumns): void {
    this.windows[register] = window;
  }

  isWindow(register: Register): boolean {
    return this.program.types[register] === "window";
  }

  private block(body: readonly Instruction[]): Operation[] | undefined {
    const operations: Operation[] = [];
    for (const instruction of body) {
      const operation = this.operation(instruction);
      if (operation === undefined) return undefined;
      operations.push(operation);
    }
    return operations;
  }

  private isNumeric(...registers: readonly Register[]): boolean {
    return registers.every((register) => numeric.has(this.program.types[register]));
  }

  /** Undefined where columns have none. */
  private operation(i: Instruction): Operation | undefined {
    const { fates, history } = this;
    switch (i.op) {
      case "unary": {
        if (!this.isNumeric(i.dst, i.a)) return undefined;
        const [dst, a] = [this.column(i.dst), this.column(i.a)];
        return () => {
          unary(i.operator, dst, a, this.count);
          return true;
        };
      }
      case "binary":
        return this.binary(i);
      case "select": {
        const [dst, a, b] = [this.column(i.dst), this.column(i.a), this.column(i.b)];
        const [whenTrue, whenFalse] = [this.column(i.whenTrue), this.column(i.whenFalse)];
        const condition = new Column();
        return () => {
          binary(i.operator, condition, a, b, this.count);
          choose(dst, condition, whenTrue, whenFalse, this.count);
          return true;
        };
      }
      case "call":
        return callOperation(i, this);
      case "member": {
        if (!this.isNumeric(i.a)) return undefined;
        const [dst, a] = [this.column(i.dst), this.column(i.a)];
        return (mask) => {
          guardTimes(a, fates, mask);
          timeMember(dst, a, i.member, history.timeline.from, this.program.semantics, this.count);
          return true;
        };
      }
      case "now": {
        const dst = this.column(i.dst);
        return () => {
          const { interval } = history.timeline;
          const lanes = dst.write();
          for (let step = 0; step < this.count; step++) lanes[step] = (history.first + step) * interval;
          return true;
        };
      }
      case "metric":
        return metricOperation(i, this);
      case "aim":
        return aimOperation(i, this);
      case "percent": {
        const dst = this.column(i.dst);
        return () => {
          dst.take(this.window(i.window).percent);
          return true;
        };
      }
      case "check":
        return checkOperation(i, this);
      case "branch":
        return this.branch(i);
      case "fail": {
        const isInsufficient = evaluationRow(i.code).serviceCode === "InsufficientSampleData";
        return (mask) => {
          fates.mark(mask, isInsufficient ? INSUFFICIENT : EVALUATION_ERROR);
          return true;
        };
      }
      case "stop":
        return (mask) => {
          fates.mark(mask, AGAIN);
          return true;
        };
      default:
        return undefined; // reads the current target, or makes vectors, or decides types when it runs
    }
  }

  private binary(i: BinaryInstruction): Operation | undefined {
    if (!this.isNumeric(i.dst, i.a, i.b)) return undefined;
    const [dst, a, b] = [this.column(i.dst), this.column(i.a), this.column(i.b)];
    const { types } = this.program;
    if (types[i.a] === "double" && types[i.b] === "double") {
      return () => {
        binary(i.operator, dst, a, b, this.count);
        return true;
      };
    }
    const isScaled = i.operator === "*" || i.operator === "/";
    return (mask) => {
      if (types[i.a] !== "double") guardTimes(a, this.fates, mask);
      if (types[i.b] !== "double") guardTimes(b, this.fates, mask);
      binary(i.operator, dst, a, b, this.count);
      if (isScaled) roundTimes(dst, this.count);
      if (types[i.dst] !== "double") guardTimes(dst, this.fates, mask);
      return true;
    };
  }

  /** One side alone where all steps agree, else both, each for its steps. */
  private branch(i: BranchInstruction): Operation | undefined {
    const whenTrue = this.block(i.whenTrue.body);
    const whenFalse = this.block(i.whenFalse.body);
    if (whenTrue === undefined || whenFalse === undefined) return undefined;
    const { dst } = i;
    const hasResult = dst >= 0 && this.isNumeric(dst);
    if (dst >= 0 && !hasResult && this.program.types[dst] !== "deallocationOption") return undefined;
    const condition = this.column(i.condition);
    const to = hasResult ? this.column(dst) : undefined;
    // A side that cannot come to its end has no result; its steps are marked, and any number will do.
    const results = [i.whenTrue.result, i.whenFalse.result].map((result) =>
      hasResult && result >= 0 ? this.column(result) : new Column(),
    );
    const masks = [new Uint8Array(BLOCK), new Uint8Array(BLOCK)];
    return (mask) => {
      const truth = condition.isUniform ? (condition.uniform !== 0 ? 1 : 0) : this.split(condition, mask, masks[0], masks[1]);
      const side = truth === 1 ? whenTrue : truth === 0 ? whenFalse : undefined;
      if (side !== undefined) {
        for (const operation of side) if (!operation(mask)) return false;
        to?.take(results[truth === 1 ? 0 : 1]);
        return true;
      }
      for (const operation of whenTrue) if (!operation(masks[0])) return false;
      for (const operation of whenFalse) if (!operation(masks[1])) return false;
      if (to !== undefined) choose(to, condition, results[0], results[1], this.count);
      return true;
    };
  }

  /** Sorts the mask's steps by their condition; 1 or 0 if all agree, -1 if not. */
  private split(condition: Column, mask: Mask, whenTrue: Uint8Array, whenFalse: Uint8Array): number {
    const lanes = condition.lanes(this.count);
    let trues = 0;
    let falses = 0;
    for (let step = 0; step < this.count; step++) {
      const isActive = mask === undefined ? 1 : mask[step];
      const isTrue = lanes[step] !== 0 ? isActive : 0;
      whenTrue[step] = isTrue;
      whenFalse[step] = isActive - isTrue;
      trues += isTrue;
      falses += isActive - isTrue;
    }
    return falses === 0 ? 1 : trues === 0 ? 0 : -1;
  }
}
