/**
 * What one run of the judge saw, by place in the tree. The language has no loops, so an expression has at most one value in a run and the
 * tree itself is the key. Windows are copied at once, because cursors move on.
 */
import { type Expression, type MethodCall, type Statement, ungroup } from "../../language/ast.ts";
import type { SampleCursor } from "../../language/environment.ts";
import type { Observer } from "../../language/execute/interpreter.ts";
import type { Value } from "../../language/values/value.ts";
import type { BoundEnvironment } from "../bind.ts";
import { latestAge, readWindow, type WindowRead } from "./windows.ts";

/** An observer that keeps everything. */
export class RunRecord implements Observer {
  readonly values = new Map<Expression, Value>();
  /** What a conditional, `&&` or `||` went on with; undefined when `&&` or `||` needed no more. */
  readonly taken = new Map<Expression, Expression | undefined>();
  readonly windows = new Map<MethodCall, WindowRead>();
  /** Statements that were begun, in order. */
  readonly begun: Statement[] = [];
  private readonly environment: BoundEnvironment;

  constructor(environment: BoundEnvironment) {
    this.environment = environment;
  }

  value(expression: Expression, value: Value): void {
    this.values.set(expression, value);
  }

  branch(expression: Expression, taken: Expression | undefined): void {
    this.taken.set(expression, taken);
  }

  statement(statement: Statement): void {
    this.begun.push(statement);
  }

  window(call: MethodCall, metric: string, cursor: SampleCursor, wanted: number | undefined): void {
    const args = call.args.map((argument) => this.valueOf(argument) as Value);
    this.windows.set(call, readWindow(this.environment, metric, cursor, args, wanted));
  }

  /** The value of an expression; parentheses report nothing themselves. Undefined where it has none. */
  valueOf(expression: Expression): Value | undefined {
    return this.values.get(ungroup(expression));
  }

  /** Whether a statement came to its end: its value is known, and the run did not fail at its assignment. */
  completed(statement: Statement): boolean {
    return this.values.has(ungroup(statement.value));
  }

  /** Ticks since the latest visible sample of a metric was taken; undefined without one. */
  latestAge(metric: string): number | undefined {
    return latestAge(this.environment, metric);
  }
}
