/**
 * From tree to typed instructions, in one walk. A formula has no loops and no conditional assignments, so each assignment makes a new register
 * and every type is exact, except behind a conditional whose branches differ (`any`). An operation that is certain to fail when it is reached
 * becomes a `fail` instruction behind its operands; the diagnostics of the checker are exactly these, so that what is said before a run and what
 * a run says cannot drift apart (rules 8.17, 8.20, 8.21).
 */
import type { Binary, Conditional, Expression, Formula, Statement, Unary } from "../ast.ts";
import { constantValue, fullName, variables } from "../builtins/index.ts";
import type { VariableRow } from "../builtins/index.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { IrProgram, Register, Step } from "../ir.ts";
import { NO_REGISTER } from "../ir.ts";
import { defaultSemantics, type Semantics } from "../semantics.ts";
import { operatorRow, unaryResult } from "../values/arithmetic.ts";
import { OptionWord, type Type, typeInWords } from "../values/value.ts";
import { type Lowering, lowerCall, lowerMember, lowerMethod, lowerVector } from "./calls.ts";
import { Emitter } from "./emitter.ts";
import { problemDiagnostics } from "./problems.ts";
import { Scope } from "./scope.ts";

/** A formula with everything that is known before it runs. */
export interface Checked {
  readonly formula: Formula;
  /** Not optimized: an instruction for every operation as written. */
  readonly program: IrProgram;
  /** Every certain failure, in text order, also in branches and statements that no run reaches. */
  readonly diagnostics: readonly Diagnostic[];
  /** Full names of the service-defined variables read, targets and option included, in order of first reading. */
  readonly reads: readonly string[];
  /** Full names of the targets and options assigned, in order of first assignment. */
  readonly writes: readonly string[];
  /** User-defined variables and the type each has at the end; those that never get a value are not listed. */
  readonly variables: ReadonlyMap<string, Type>;
}

/** Checks a formula. Never throws for anything a formula can say; takes microseconds. */
export function check(formula: Formula, options: { readonly semantics?: Semantics } = {}): Checked {
  return new Checker(formula, options.semantics ?? defaultSemantics);
}

class Checker extends Emitter implements Checked, Lowering {
  readonly formula: Formula;
  readonly program: IrProgram;
  readonly reads: string[] = [];
  readonly writes: string[] = [];
  private readonly semantics: Semantics;
  private readonly scope = new Scope();
  private readonly fixed: { readonly row: VariableRow; readonly register: Register }[] = [];
  private found: readonly Diagnostic[] | undefined;

  constructor(formula: Formula, semantics: Semantics) {
    super();
    this.formula = formula;
    this.semantics = semantics;
    const steps: Step[] = [];
    const { statements } = formula;
    for (let i = 0; i < statements.length; i++) this.statement(statements[i], steps);
    this.program = { semantics, steps, types: this.types, constants: this.constants };
  }

  get samplePercentDefault(): number {
    return this.semantics.samplePercentDefault;
  }

  get diagnostics(): readonly Diagnostic[] {
    this.found ??= problemDiagnostics(this.problems, this.formula, this.scope);
    return this.found;
  }

  get variables(): ReadonlyMap<string, Type> {
    const types = new Map<string, Type>();
    for (const { target } of this.formula.statements) {
      if (target === undefined || variables.get(target.name) !== undefined) continue;
      const register = this.scope.get(target.name) ?? NO_REGISTER;
      if (register >= 0) types.set(target.name, this.types[register] as Type);
    }
    return types;
  }

  noteRead(name: string): void {
    const full = fullName(variables.get(name)!);
    if (!this.reads.includes(full)) this.reads.push(full);
  }

  private statement(statement: Statement, steps: Step[]): void {
    const body: Step["body"] = (this.body = []);
    const before = this.isReached;
    const value = this.lower(statement.value);
    const { target } = statement;
    const assignment =
      target === undefined ? undefined : this.assign(target.name, value, target.start, target.end, steps.length);
    if (before) steps.push({ start: statement.start, end: statement.end, body, assignment });
  }

  private assign(name: string, value: Register, at: number, end: number, step: number): Step["assignment"] {
    const row = variables.get(name);
    if (row === undefined) return this.scope.bind(name, undefined, value, at, step, this.isReached);
    if (row.kind !== "target" && row.kind !== "option") {
      this.fail("read-only-variable", { name }, at, end, "writable");
      return undefined;
    }
    const full = fullName(row);
    if (!this.writes.includes(full)) this.writes.push(full);
    const isTarget = row.kind === "target";
    const checked = this.expect(
      value,
      isTarget ? "double" : "deallocationOption",
      isTarget ? "target-not-double" : "option-not-word",
      { name },
      at,
      end,
    );
    return this.scope.bind(name, row, checked, at, step, this.isReached);
  }

  lower(expression: Expression): Register {
    switch (expression.kind) {
      case "number":
        return this.number(expression.value);
      case "string":
        return this.constant(expression.value, "string");
      case "name":
        return this.name(expression.name, expression.start, expression.end);
      case "binary":
        return this.chain(expression);
      case "call":
        return lowerCall(this, expression);
      case "method":
        return lowerMethod(this, expression);
      case "group":
        return this.lower(expression.inner);
      case "conditional":
        return this.conditional(expression);
      case "unary":
        return this.unary(expression);
      case "member":
        return lowerMember(this, expression);
      case "vector":
        return lowerVector(this, expression);
      default:
        return expression satisfies never;
    }
  }

  private name(name: string, start: number, end: number): Register {
    const own = this.scope.get(name);
    const row = variables.get(name);
    if (row === undefined) return own ?? this.fail("undefined-symbol", { name }, start, end, "variables");
    if (row.kind === "word" || row.kind === "constant") return this.predefined(row);
    this.noteRead(name);
    return row.kind === "metric" ? this.latest(row) : this.writable(row);
  }

  /** A constant or option word; one register however often it is read. */
  private predefined(row: VariableRow): Register {
    for (const known of this.fixed) if (known.row === row) return known.register;
    const register = this.constant(constantValue(row, this.semantics), row.type);
    this.fixed.push({ row, register });
    return register;
  }

  private latest(row: VariableRow): Register {
    const dst = this.register("double");
    this.emit({ op: "metric", what: "latest", metric: fullName(row), dst });
    return dst;
  }

  /** A target or the option: as assigned, else what the pool has now (rules 4.3, 4.5). */
  private writable(row: VariableRow): Register {
    const full = fullName(row);
    const assigned = this.scope.get(full);
    if (assigned !== undefined) return assigned;
    if (full !== "$TargetDedicatedNodes" && full !== "$TargetLowPriorityNodes")
      return this.constant(new OptionWord("requeue"), "deallocationOption");
    const dst = this.register("double");
    this.emit({ op: "current", name: full, dst });
    return dst;
  }

  private unary(node: Unary): Register {
    const a = this.lower(node.operand);
    if (a < 0) return a;
    const type = this.types[a] as Type;
    const result = type === "any" ? (node.operator === "!" ? "double" : "any") : unaryResult(node.operator, type);
    if (result === undefined) {
      return this.fail(
        "no-such-unary-operation",
        { operator: node.operator, operand: typeInWords(type) },
        node.start,
        node.start + 1,
      );
    }
    const dst = this.register(result);
    this.emit({ op: "unary", operator: node.operator, dst, a, at: node.start });
    return dst;
  }

  /** A left-deep chain of operators, innermost first, without recursion: it may be thousands long (rule 8.18). */
  private chain(outermost: Binary): Register {
    if (outermost.left.kind !== "binary") return this.binary(outermost, this.lower(outermost.left));
    const spine: Binary[] = [];
    let leftmost: Expression = outermost;
    while (leftmost.kind === "binary") {
      spine.push(leftmost);
      leftmost = leftmost.left;
    }
    let value = this.lower(leftmost);
    for (let i = spine.length - 1; i >= 0; i--) value = this.binary(spine[i], value);
    return value;
  }

  private binary(node: Binary, a: Register): Register {
    const { operator } = node;
    if (operator === "&&" || operator === "||") return this.logic(node, a);
    const b = this.lower(node.right);
    if (a < 0 || b < 0) return NO_REGISTER;
    const left = this.types[a] as Type;
    const right = this.types[b] as Type;
    let result: Type = "double";
    if (left !== "double" || right !== "double") {
      if (left === "any" || right === "any")
        result = operator === "+" || operator === "-" || operator === "*" || operator === "/" ? "any" : "double";
      else {
        const row = operatorRow(operator, left, right, this.semantics);
        if (row === undefined) {
          const details = { operator, left: typeInWords(left), right: typeInWords(right) };
          return this.fail("no-such-operation", details, node.at, node.at + operator.length);
        }
        result = row.result;
      }
    }
    const dst = this.register(result);
    this.emit({ op: "binary", operator, dst, a, b, at: node.at });
    return dst;
  }

  /** `a && b` is `a ? b != 0 : 0`, `a || b` is `a ? 1 : b != 0` (rule 2.13); NaN is not 0, so it is true (2.2). */
  private logic(node: Binary, a: Register): Register {
    const operator = node.operator as "&&" | "||";
    const expectDouble = (register: Register) =>
      this.expect(register, "double", "logic-not-double", { operator }, node.at, node.at + 2);
    const right = () => {
      const b = expectDouble(this.lower(node.right));
      if (b < 0) return b;
      const dst = this.register("double");
      this.emit({ op: "binary", operator: "!=", dst, a: b, b: this.number(0), at: node.at });
      return dst;
    };
    const condition = expectDouble(a);
    if (operator === "&&") return this.branch(condition, right, () => this.number(0));
    return this.branch(condition, () => this.number(1), right);
  }

  private conditional(node: Conditional): Register {
    const value = this.lower(node.condition);
    const condition = this.expect(value, "double", "condition-not-double", {}, node.at, node.at + 1);
    return this.branch(
      condition,
      () => this.lower(node.whenTrue),
      () => this.lower(node.whenFalse),
    );
  }
}
