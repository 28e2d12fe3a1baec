/**
 * The judge: walks the tree as it was written, one value after the other, with nothing folded, merged or fused. Slow and obvious on purpose; the
 * compiler's answers are compared with its answers. It also feeds `explain`: an observer sees every value and every window as they come.
 *
 * Order of evaluation and places of failures are those of rules 8.20 and 8.21.
 */
import type { Binary, Call, Expression, Formula, MethodCall, Statement } from "../ast.ts";
import { ungroup } from "../ast.ts";
import {
  chooseOverload,
  constantValue,
  countInWords,
  signaturesInWords,
  fullName,
  functions,
  members,
  memberValue,
  methods,
  stopSignal,
  takesCount,
  variables,
} from "../builtins/index.ts";
import type { FunctionRow, MemberRow, MethodRow, Overload, VariableRow } from "../builtins/index.ts";
import { EvaluationFailure } from "../diagnostics/failure.ts";
import type { Environment, SampleCursor } from "../environment.ts";
import { defaultSemantics, type Semantics } from "../semantics.ts";
import { applyBinary, applyUnary, isTrue } from "../values/arithmetic.ts";
import { Fault } from "../values/fault.ts";
import { join } from "../values/statistics.ts";
import { OptionWord, Timeinterval, Timestamp, typeInWords, typeOf, type Value } from "../values/value.ts";
import { judgeTarget, type Outcome, type TargetState } from "./outcome.ts";
import { aimBetween, aimLast, checkPercent, ticksBefore } from "./samples.ts";

/** Sees a run from inside; all calls come in the order of evaluation. */
export interface Observer {
  /** An expression got this value; groups are reported by what is inside. */
  value?(expression: Expression, value: Value): void;
  /** A window was aimed, before its percentage is judged; ask the cursor at once, it will move. `wanted` is undefined where no percentage is checked. */
  window?(call: MethodCall, metric: string, cursor: SampleCursor, wanted: number | undefined): void;
  /** A conditional, `&&` or `||` decided: `taken` is what will be evaluated next, undefined when nothing more is. */
  branch?(expression: Expression, taken: Expression | undefined): void;
  statement?(statement: Statement): void;
}

/** Runs a formula on the tree. Never throws for anything a formula can do. */
export function interpret(
  formula: Formula,
  environment: Environment,
  semantics: Semantics = defaultSemantics,
  observer: Observer = {},
): Outcome {
  return new Interpreter(environment, semantics, observer).run(formula);
}

class Interpreter {
  private readonly environment: Environment;
  private readonly semantics: Semantics;
  private readonly observer: Observer;
  private readonly user = new Map<string, Value>();
  private readonly written = new Map<string, { value: Value; at: number; byFullName: boolean }>();

  constructor(environment: Environment, semantics: Semantics, observer: Observer) {
    this.environment = environment;
    this.semantics = semantics;
    this.observer = observer;
  }

  run(formula: Formula): Outcome {
    try {
      for (const statement of formula.statements) this.statement(statement);
    } catch (signal) {
      if (signal instanceof EvaluationFailure) return this.failed(signal);
      if (signal !== stopSignal) throw signal;
    }
    const dedicated = judgeTarget(this.target("$TargetDedicatedNodes"));
    if (dedicated instanceof EvaluationFailure) return this.failed(dedicated);
    const lowPriority = judgeTarget(this.target("$TargetLowPriorityNodes"));
    if (lowPriority instanceof EvaluationFailure) return this.failed(lowPriority);
    const option = this.written.get("$NodeDeallocationOption")?.value as OptionWord | undefined;
    return {
      failure: undefined,
      targetDedicated: dedicated,
      targetLowPriority: lowPriority,
      nodeDeallocationOption: option?.word ?? "requeue",
      variables: this.user,
    };
  }

  private failed(failure: EvaluationFailure): Outcome {
    const { targetDedicated, targetLowPriority } = this.environment;
    return { failure, targetDedicated, targetLowPriority, nodeDeallocationOption: "requeue", variables: this.user };
  }

  private target(name: TargetState["name"]): TargetState {
    const assigned = this.written.get(name);
    return { name, value: this.writable(name) as number, assignedAt: assigned?.at };
  }

  /** A target or option: as assigned, else what the pool has now (rules 4.3, 4.5). */
  private writable(name: string): Value {
    const assigned = this.written.get(name);
    if (assigned !== undefined) return assigned.value;
    if (name === "$TargetDedicatedNodes") return this.environment.targetDedicated;
    if (name === "$TargetLowPriorityNodes") return this.environment.targetLowPriority;
    return new OptionWord("requeue");
  }

  private statement(statement: Statement): void {
    this.observer.statement?.(statement);
    const value = this.evaluate(statement.value);
    if (statement.target !== undefined) this.assign(statement.target.name, value, statement.target.start);
  }

  private assign(name: string, value: Value, at: number): void {
    const row = variables.get(name);
    if (row === undefined) {
      this.user.set(name, value);
      return;
    }
    if (row.kind === "target") {
      if (typeof value !== "number")
        throw new EvaluationFailure("target-not-double", { name, received: typeInWords(typeOf(value)) }, at);
    } else if (row.kind === "option") {
      if (!(value instanceof OptionWord))
        throw new EvaluationFailure("option-not-word", { name, received: typeInWords(typeOf(value)) }, at);
    } else throw new EvaluationFailure("read-only-variable", { name }, at);
    const full = fullName(row);
    const byFullName = row.aliasOf === undefined;
    if (this.written.get(full)?.byFullName && !byFullName) return; // the full name wins, whatever the order (rule 4.2)
    this.written.set(full, { value, at, byFullName });
  }

  private evaluate(expression: Expression): Value {
    const value = this.valueOf(expression);
    if (expression.kind !== "group") this.observer.value?.(expression, value);
    return value;
  }

  private valueOf(expression: Expression): Value {
    switch (expression.kind) {
      case "number":
      case "string":
        return expression.value;
      case "group":
        return this.evaluate(expression.inner);
      case "name":
        return this.name(expression.name, expression.start);
      case "vector":
        return this.vector(expression.elements, expression.start);
      case "unary": {
        const operand = this.evaluate(expression.operand);
        return this.placed(expression.start, () => applyUnary(expression.operator, operand));
      }
      case "binary":
        return this.chain(expression);
      case "conditional": {
        const condition = this.evaluate(expression.condition);
        if (typeof condition !== "number") throw this.notCondition(condition, expression.at);
        const taken = isTrue(condition) ? expression.whenTrue : expression.whenFalse;
        this.observer.branch?.(expression, taken);
        return this.evaluate(taken);
      }
      case "call":
        return this.call(expression);
      case "member":
        return this.member(expression.object, expression.name, expression.at);
      case "method":
        return this.method(expression);
    }
  }

  /** A left-deep chain of operators, innermost first, without recursion: it may be thousands long (rule 8.18). */
  private chain(outermost: Binary): Value {
    const spine: Binary[] = [];
    let leftmost: Expression = outermost;
    while (leftmost.kind === "binary") {
      spine.push(leftmost);
      leftmost = leftmost.left;
    }
    let value = this.evaluate(leftmost);
    for (let i = spine.length - 1; i >= 0; i--) {
      value = this.binary(spine[i], value);
      if (i > 0) this.observer.value?.(spine[i], value);
    }
    return value;
  }

  private binary(node: Binary, left: Value): Value {
    const { operator } = node;
    if (operator === "&&" || operator === "||") {
      if (typeof left !== "number") throw this.notOperand(operator, left, node.at);
      const decided = isTrue(left) === (operator === "||");
      this.observer.branch?.(node, decided ? undefined : node.right);
      if (decided) return operator === "||" ? 1 : 0;
      const right = this.evaluate(node.right);
      if (typeof right !== "number") throw this.notOperand(operator, right, node.at);
      return isTrue(right) ? 1 : 0;
    }
    const right = this.evaluate(node.right);
    return this.placed(node.at, () => applyBinary(operator, left, right, this.semantics));
  }

  private name(name: string, at: number): Value {
    const row = variables.get(name);
    if (row !== undefined) return this.predefined(row);
    const value = this.user.get(name);
    if (value === undefined) throw new EvaluationFailure("undefined-symbol", { name }, at);
    return value;
  }

  private predefined(row: VariableRow): Value {
    if (row.kind === "metric") return this.environment.metric(fullName(row)).latest();
    if (row.kind === "target" || row.kind === "option") return this.writable(fullName(row));
    return constantValue(row, this.semantics);
  }

  private vector(elements: readonly Expression[], at: number): Value {
    const parts = elements.map((element) => this.evaluate(element));
    for (const part of parts) {
      if (typeof part !== "number" && !(part instanceof Float64Array)) {
        throw new EvaluationFailure("vector-element-type", { received: typeInWords(typeOf(part)) }, at);
      }
    }
    return join(parts as (number | Float64Array)[]);
  }

  private call(node: Call): Value {
    const row = functions.get(node.name);
    if (row === undefined) throw new EvaluationFailure("undefined-symbol", { name: node.name }, node.start);
    const overload = this.arguments(row, node.args, node.open);
    const { args } = overload;
    const context = { now: this.environment.now, random: this.environment.random, semantics: this.semantics };
    return this.placed(node.open, () => row.evaluate(args, context, overload.overload));
  }

  /** Judges the count, evaluates the arguments, judges their types, joins a list. */
  private arguments(
    row: FunctionRow | MethodRow,
    expressions: readonly Expression[],
    open: number,
  ): { overload: Overload; args: Value[] } {
    if (!takesCount(row.overloads, expressions.length)) {
      const details = {
        function: row.name,
        wanted: countInWords(row.overloads),
        received: String(expressions.length),
        signature: signaturesInWords(row.overloads),
      };
      throw new EvaluationFailure("wrong-argument-count", details, open);
    }
    const args = expressions.map((expression) => this.evaluate(expression));
    const overload = chooseOverload(row.overloads, args.map(typeOf));
    if (overload === undefined) {
      const received = `(${args.map(typeOf).join(", ")})`;
      throw new EvaluationFailure(
        "wrong-argument-type",
        { function: row.name, received, signature: row.overloads[0].signature },
        open,
      );
    }
    return { overload, args: overload.parameters[0] === "list" ? [join(args as (number | Float64Array)[])] : args };
  }

  private member(object: Expression, name: string, at: number): Value {
    const holder = ungroup(object);
    if (holder.kind !== "name" || variables.get(holder.name)?.kind !== "metric") {
      const value = this.evaluate(object);
      if (value instanceof Timestamp && members.get(name) !== undefined)
        return memberValue(name as MemberRow["name"], value.ticks, this.semantics);
    }
    throw new EvaluationFailure("undefined-symbol", { name }, at);
  }

  private method(node: MethodCall): Value {
    const holder = ungroup(node.object);
    const metric = holder.kind === "name" ? variables.get(holder.name) : undefined;
    if (metric?.kind !== "metric") {
      this.evaluate(node.object);
      throw new EvaluationFailure("undefined-symbol", { name: node.name }, node.at);
    }
    const row = methods.get(node.name);
    if (row === undefined) throw new EvaluationFailure("undefined-symbol", { name: node.name }, node.at);
    const { args, overload } = this.arguments(row, node.args, node.open);
    const reader = this.environment.metric(fullName(metric));
    switch (row.name) {
      case "Count":
        return reader.count();
      case "GetSamplePeriod":
        return new Timeinterval(reader.period());
      case "HistoryBeginTime":
        return new Timestamp(reader.historyBegin());
      case "GetSamplePercent": {
        const cursor = this.aim(reader.cursor(), args);
        this.observer.window?.(node, metric.name, cursor, undefined);
        return cursor.percent;
      }
      case "GetSample": {
        const cursor = reader.cursor();
        let wanted: number | undefined;
        if (overload.parameters[0] === "double") aimLast(cursor, args[0] as number);
        else {
          const last = args[args.length - 1];
          wanted = typeof last === "number" ? last : this.semantics.samplePercentDefault;
          this.aim(cursor, typeof last === "number" ? args.slice(0, -1) : args);
        }
        this.observer.window?.(node, metric.name, cursor, wanted);
        if (wanted !== undefined) this.placed(node.open, () => checkPercent(cursor, metric.name, wanted));
        const samples = cursor.copy();
        return this.semantics.sampleOrder === "newestFirst" ? samples.reverse() : samples;
      }
    }
  }

  private aim(cursor: SampleCursor, ends: readonly Value[]): SampleCursor {
    const { now } = this.environment;
    aimBetween(cursor, ticksBefore(ends[0], now), ends.length > 1 ? ticksBefore(ends[1], now) : 0);
    return cursor;
  }

  private placed<T>(at: number, operation: () => T): T {
    try {
      return operation();
    } catch (signal) {
      if (signal instanceof Fault) throw new EvaluationFailure(signal.code, signal.details, at);
      throw signal;
    }
  }

  private notCondition(value: Value, at: number): EvaluationFailure {
    return new EvaluationFailure("condition-not-double", { received: typeInWords(typeOf(value)) }, at);
  }

  private notOperand(operator: string, value: Value, at: number): EvaluationFailure {
    return new EvaluationFailure("logic-not-double", { operator, received: typeInWords(typeOf(value)) }, at);
  }
}
