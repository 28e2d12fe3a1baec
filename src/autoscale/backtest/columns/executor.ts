/**
 * The optimized instructions of a formula, each as one loop over a block of steps. Both sides of a branch are computed, for the steps that take
 * them, unless all steps of the block agree; what a step may not do in columns marks it to be run again alone. `columnExecutor` gives undefined
 * for formulas whose steps depend on each other or on chance, and for what columns do not hold (vectors, strings).
 */
import type {
  AimInstruction,
  BinaryInstruction,
  BranchInstruction,
  CheckInstruction,
  Instruction,
  IrProgram,
  MetricInstruction,
  Register,
  RegisterType,
} from "../../../language/ir.ts";
import { INSTANT_MAX, INSTANT_MIN } from "../../../base/time.ts";
import { evaluationRow } from "../../../language/diagnostics/failure.ts";
import { Timeinterval, Timestamp } from "../../../language/values/value.ts";
import { callOperation } from "./calls.ts";
import { BLOCK, binary, choose, Column, unary } from "./column.ts";
import type { History } from "./history.ts";
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
        return this.metric(i);
      case "aim":
        return this.aim(i);
      case "percent": {
        const dst = this.column(i.dst);
        return () => {
          dst.take(this.window(i.window).percent);
          return true;
        };
      }
      case "check":
        return this.check(i);
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

  private metric(i: MetricInstruction): Operation {
    const dst = this.column(i.dst);
    const metric = this.history.metric(i.metric);
    const { fates } = this;
    switch (i.what) {
      case "latest": {
        const dependsOnTarget = i.metric === "$CurrentDedicatedNodes" || i.metric === "$CurrentLowPriorityNodes";
        const otherwise = i.metric === "$TaskSlotsPerNode" ? 1 : 0;
        return (mask) => {
          const latest = metric.latest();
          if (latest.isUniform) {
            dst.setUniform(Number.isNaN(latest.uniform) ? otherwise : latest.uniform);
            if (dependsOnTarget && Number.isNaN(latest.uniform)) return false;
            return true;
          }
          const from = latest.lanes(this.count);
          const to = dst.write();
          for (let step = 0; step < this.count; step++) {
            const isMissing = Number.isNaN(from[step]);
            to[step] = isMissing ? otherwise : from[step];
            if (isMissing && dependsOnTarget && (mask === undefined || mask[step] === 1)) fates.markStep(step, AGAIN);
          }
          return true;
        };
      }
      case "Count":
        return () => {
          dst.take(metric.visible());
          return true;
        };
      case "GetSamplePeriod":
        return () => {
          dst.setUniform(Number(metric.view.period()));
          return true;
        };
      case "HistoryBeginTime":
        return () => {
          metric.begin();
          const { series } = metric.view;
          const lanes = dst.write();
          for (let step = 0; step < this.count; step++) {
            const first = metric.firstEdge.at(step);
            const offset = first < metric.endEdge.at(step) ? series.offsetAt(first) : this.history.offsetOf(step);
            lanes[step] = this.history.sinceStart(offset);
          }
          return true;
        };
    }
  }

  private aim(i: AimInstruction): Operation {
    const metric = this.history.metric(i.metric);
    const a = i.a < 0 ? undefined : this.end(i.a);
    const b = i.b < 0 ? () => 0 : this.end(i.b);
    if (i.form === "last") {
      const asked = this.column(i.a);
      return () => {
        if (!asked.isUniform) return false;
        const whole = Math.trunc(asked.uniform);
        this.windows[i.dst] = metric.last(whole >= 1 ? Math.min(whole, 2 ** 31) : 0);
        return true;
      };
    }
    return () => {
      const from = a?.();
      const to = b();
      if (from === undefined || to === undefined) return false;
      this.windows[i.dst] = metric.between(Math.max(from, to), Math.min(from, to));
      return true;
    };
  }

  /** An end of a window as ticks before now; undefined where it differs from step to step. */
  private end(register: Register): () => number | undefined {
    const constant = this.program.constants[register];
    if (constant instanceof Timeinterval) {
      const ticks = Number(constant.ticks);
      return () => ticks;
    }
    const column = this.column(register);
    if (this.program.types[register] === "timeinterval")
      return () => (column.isUniform && !Number.isNaN(column.uniform) ? column.uniform : undefined);
    return () => {
      const { first, timeline } = this.history;
      const lanes = column.lanes(this.count);
      const age = first * timeline.interval - lanes[0];
      for (let step = 1; step < this.count; step++) {
        if ((first + step) * timeline.interval - lanes[step] !== age) return undefined;
      }
      return Number.isNaN(age) ? undefined : age;
    };
  }

  private check(i: CheckInstruction): Operation {
    const wanted = this.column(i.wanted);
    const { fates } = this;
    return (mask) => {
      const { percent } = this.window(i.window);
      if (percent.isUniform && wanted.isUniform) {
        if (percent.uniform < wanted.uniform) fates.mark(mask, INSUFFICIENT);
        return true;
      }
      const received = percent.lanes(this.count);
      const least = wanted.lanes(this.count);
      for (let step = 0; step < this.count; step++) {
        if (received[step] < least[step] && (mask === undefined || mask[step] === 1)) fates.markStep(step, INSUFFICIENT);
      }
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
