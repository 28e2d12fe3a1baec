/**
 * The type of every expression, read off the tables of built-ins and operators without running anything: what hover and completion show.
 * The compiler's checker decides what runs; this walk only informs, so it goes on behind mistakes: `undefined` means that the expression
 * never has a value (it fails wherever it is reached), `any` that its type depends on a condition. A test compares it with the judge's values.
 */
import type { Binary, Call, Expression, Formula, MethodCall } from "../language/ast.ts";
import { ungroup } from "../language/ast.ts";
import { fits, functions, members, methods, variables, type Overload } from "../language/builtins/index.ts";
import { defaultSemantics, type Semantics } from "../language/semantics.ts";
import { operatorRow, operatorRows, type StrictOperator, unaryResult } from "../language/values/arithmetic.ts";
import type { Type } from "../language/values/value.ts";

/** Types of user-defined variables; undefined for one that never gets a value. */
export type VariableTypes = ReadonlyMap<string, Type | undefined>;

/** What `typesOf` found out about a formula. */
export interface FormulaTypes {
  /** The type of an expression of the formula. */
  of(expression: Expression): Type | undefined;
  /** User-defined variables after the last statement, the known ones included. */
  readonly variables: VariableTypes;
}

/** Types of all expressions of a formula, whose statements may read the `known` variables as well. */
export function typesOf(
  formula: Formula,
  known: VariableTypes = new Map(),
  semantics: Semantics = defaultSemantics,
): FormulaTypes {
  const walk = new Walk(new Map(known), semantics);
  for (const statement of formula.statements) {
    const type = walk.type(statement.value);
    const name = statement.target?.name;
    if (name !== undefined && variables.get(name) === undefined) walk.variables.set(name, type === "none" ? undefined : type);
  }
  return { of: (expression) => walk.types.get(expression), variables: walk.variables };
}

/** What comes out where one of two types does; one that never comes leaves the other. */
function either(a: Type | undefined, b: Type | undefined): Type | undefined {
  if (a === undefined || a === "none") return b === undefined ? a : b;
  if (b === undefined || b === "none" || a === b) return a;
  return "any";
}

class Walk {
  readonly types = new Map<Expression, Type | undefined>();
  readonly variables: Map<string, Type | undefined>;
  private readonly semantics: Semantics;

  constructor(variables: Map<string, Type | undefined>, semantics: Semantics) {
    this.variables = variables;
    this.semantics = semantics;
  }

  type(expression: Expression): Type | undefined {
    const type = this.find(expression);
    this.types.set(expression, type);
    return type;
  }

  private find(expression: Expression): Type | undefined {
    switch (expression.kind) {
      case "number":
        return "double";
      case "string":
        return "string";
      case "name":
        return variables.get(expression.name)?.type ?? this.variables.get(expression.name);
      case "group":
        return this.type(expression.inner);
      case "vector":
        return expression.elements.map((element) => this.type(element)).every((type) => couldFit("list", type))
          ? "doubleVec"
          : undefined;
      case "unary": {
        const operand = this.type(expression.operand);
        return operand === "any"
          ? expression.operator === "!"
            ? "double"
            : "any"
          : operand && unaryResult(expression.operator, operand);
      }
      case "binary":
        return this.chain(expression);
      case "conditional": {
        const condition = this.type(expression.condition);
        const result = either(this.type(expression.whenTrue), this.type(expression.whenFalse));
        return couldFit("double", condition) ? result : undefined;
      }
      case "call":
        return this.call(expression, functions.get(expression.name)?.overloads);
      case "member": {
        const object = this.type(expression.object);
        const isMetric = metricOf(expression.object) !== undefined;
        return !isMetric && (object === "timestamp" || object === "any") && members.get(expression.name) ? "double" : undefined;
      }
      case "method": {
        this.type(expression.object);
        const isMetric = metricOf(expression.object) !== undefined;
        return this.call(expression, isMetric ? methods.get(expression.name)?.overloads : undefined);
      }
    }
  }

  /** Along the left spine without recursion: a chain may be thousands long. */
  private chain(outermost: Binary): Type | undefined {
    const spine: Binary[] = [];
    let leftmost: Expression = outermost;
    for (; leftmost.kind === "binary"; leftmost = leftmost.left) spine.push(leftmost);
    let type = this.type(leftmost);
    for (const node of spine.reverse()) {
      type = this.operation(node, type, this.type(node.right));
      this.types.set(node, type);
    }
    return type;
  }

  private operation(node: Binary, left: Type | undefined, right: Type | undefined): Type | undefined {
    if (node.operator === "&&" || node.operator === "||") {
      // The right side may never be asked, so its type does not stand in the way.
      return couldFit("double", left) ? "double" : undefined;
    }
    if (left === undefined || right === undefined || left === "none" || right === "none") return undefined;
    const operator: StrictOperator = node.operator;
    if (left !== "any" && right !== "any") return operatorRow(operator, left, right, this.semantics)?.result;
    const rows = operatorRows.filter(
      (row) =>
        row.operators.includes(operator) && (left === "any" || row.left === left) && (right === "any" || row.right === right),
    );
    return rows.map((row): Type | undefined => row.result).reduce(either, undefined);
  }

  private call(node: Call | MethodCall, overloads: readonly Overload[] | undefined): Type | undefined {
    const types = node.args.map((arg) => this.type(arg));
    if (overloads === undefined) return undefined;
    // The first overload that surely fits decides; before it, every one that a value of type `any` could choose.
    let result: Type | undefined;
    for (const overload of overloads) {
      const { parameters } = overload;
      const parameter = (i: number) => (parameters[0] === "list" ? "list" : parameters[i]);
      if (parameters[0] !== "list" && parameters.length !== types.length) continue;
      if (!types.every((type, i) => couldFit(parameter(i), type))) continue;
      result = either(result, overload.result);
      if (!types.includes("any")) return result;
    }
    return result;
  }
}

function couldFit(parameter: Parameters<typeof fits>[0], type: Type | undefined): boolean {
  return type === "any" || (type !== undefined && type !== "none" && fits(parameter, type));
}

function metricOf(expression: Expression): string | undefined {
  const holder = ungroup(expression);
  return holder.kind === "name" && variables.get(holder.name)?.kind === "metric" ? holder.name : undefined;
}
