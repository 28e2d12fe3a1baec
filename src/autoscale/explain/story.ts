/**
 * Why an expression has its value, in one clause after the other: from `min($cap, $n)` to the argument that decided, from a variable to its
 * assignment, from a conditional to the branch that was taken and the reason for it, down to the samples, the constant or the arithmetic at the
 * bottom. Alongside it keeps the path of deciding expressions, for those who mark them in the text.
 */
import {
  type Binary,
  type Call,
  type Conditional,
  type Expression,
  type MethodCall,
  type Name,
  type Statement,
  ungroup,
} from "../../language/ast.ts";
import { fullName, variables } from "../../language/builtins/index.ts";
import type { Source, Span } from "../../language/source.ts";
import { doubleText } from "../../language/values/text.ts";
import type { Value } from "../../language/values/value.ts";
import { Conditions } from "./conditions.ts";
import { elementNoun, isStatistic, percentileNoun, percentNoun, roundingNoun, statisticNoun, windowNoun } from "./nouns.ts";
import type { RunRecord } from "./record.ts";
import { agoInWords, listed, ordinal, shownValue, writtenText } from "./texts.ts";

/** A story follows at most so many steps; a longer one helps no one. */
const STEPS_MAX = 14;

/** Tells how one target came about; made anew for each, because it keeps the path. */
export class Story {
  /** Places of the expressions that decided, outermost first. */
  readonly path: Span[] = [];
  private readonly source: Source;
  private readonly record: RunRecord;
  private readonly statements: readonly Statement[];

  constructor(source: Source, record: RunRecord, statements: readonly Statement[]) {
    this.source = source;
    this.record = record;
    this.statements = statements;
  }

  /** A whole clause about the value assigned by statement `index`: `min(25, 3.6) takes its second value, …` or `it is …`. */
  clause(index: number): string {
    const expression = ungroup(this.statements[index].value);
    this.path.push({ start: expression.start, end: expression.end });
    if (
      expression.kind === "call" &&
      (expression.name === "min" || expression.name === "max") &&
      !this.isOneWindow(expression)
    ) {
      return `${this.substituted(expression)} ${this.choice(expression, index, 0)}`;
    }
    return `it is ${this.phrase(expression, index, 0)}`;
  }

  /** A noun for the expression's value and, where there is more to say, a relative clause with the reason. */
  phrase(given: Expression, index: number, depth: number): string {
    const expression = ungroup(given);
    if (depth > 0) this.path.push({ start: expression.start, end: expression.end });
    const value = this.record.values.get(expression);
    const shown = value === undefined ? "no value" : shownValue(value);
    if (depth >= STEPS_MAX) return `${this.written(expression)} (${shown})`;
    switch (expression.kind) {
      case "number":
      case "string":
        return `the constant ${shown}`;
      case "name":
        return this.name(expression, shown, index, depth);
      case "conditional":
        return this.conditional(expression, index, depth);
      case "call":
        return this.call(expression, shown, index, depth);
      case "method":
        return this.method(expression, shown);
      case "binary":
        return this.isArithmetic(expression)
          ? this.arithmetic(expression, shown, index, depth)
          : `${shown}, because ${this.conditions(index).reason(expression)}`;
      case "unary":
        if (this.isConstant(expression, index)) return `the constant ${shown}`;
        return expression.operator === "-"
          ? `${this.written(expression)} (${shown})`
          : `${shown}, because ${this.conditions(index).reason(expression)}`;
      default:
        return `${this.written(expression)} (${shown})`;
    }
  }

  /** The statement before `index` that gave a name its value; undefined where none did. The full name of a target wins (rule 4.2). */
  definition(name: string, index: number): number | undefined {
    const row = variables.get(name);
    const full = row === undefined ? name : fullName(row);
    let found: number | undefined;
    let byFullName = false;
    for (let i = 0; i < Math.min(index, this.statements.length); i++) {
      const target = this.statements[i].target;
      if (target === undefined) continue;
      const targetRow = variables.get(target.name);
      if ((targetRow === undefined ? target.name : fullName(targetRow)) !== full) continue;
      const isFull = targetRow?.aliasOf === undefined;
      if (byFullName && !isFull) continue;
      byFullName = isFull;
      found = i;
    }
    return found;
  }

  private name(expression: Name, shown: string, index: number, depth: number): string {
    const row = variables.get(expression.name);
    if (row?.kind === "metric") return this.metric(expression, shown);
    if (row !== undefined && row.kind !== "target" && row.kind !== "option") return expression.name;
    const defined = this.definition(expression.name, index);
    if (defined === undefined)
      return row?.kind === "target" ? `the pool's current target (${shown})` : `${expression.name} (${shown})`;
    const value = ungroup(this.statements[defined].value);
    if (value.kind === "number" || value.kind === "string") return `${expression.name} (${shown})`;
    return `${expression.name} (${shown}), which ${this.predicate(value, defined, depth + 1)}`;
  }

  /** `is …` or, for min and max, `takes its second value, …`. */
  private predicate(expression: Expression, index: number, depth: number): string {
    if (
      expression.kind === "call" &&
      (expression.name === "min" || expression.name === "max") &&
      !this.isOneWindow(expression)
    ) {
      this.path.push({ start: expression.start, end: expression.end });
      return `is ${this.substituted(expression)} and ${this.choice(expression, index, depth)}`;
    }
    return `is ${this.phrase(expression, index, depth)}`;
  }

  private metric(expression: Name, shown: string): string {
    const age = this.record.latestAge(expression.name);
    if (age !== undefined) return `the latest sample of ${expression.name} (${shown}, taken ${agoInWords(age)})`;
    return `${expression.name}, which has no visible sample and counts as ${shown}`;
  }

  private conditional(expression: Conditional, index: number, depth: number): string {
    const taken = this.record.taken.get(expression);
    if (taken === undefined) return this.written(expression);
    const reason = this.conditions(index).reason(expression.condition);
    const inner = ungroup(taken);
    const phrase = this.phrase(taken, index, depth + 1);
    // A choice within a choice: both reasons, the inner first.
    if (inner.kind === "conditional") return `${phrase}, and because ${reason}`;
    // `$x = c ? a : $x`: two values of one name, told apart.
    const isOwnName = inner.kind === "name" && inner.name === this.statements[index].target?.name;
    const own = isOwnName ? `${inner.name} (` : undefined;
    const noun = own !== undefined && phrase.startsWith(own) ? `its value before (${phrase.slice(own.length)}` : phrase;
    return `${noun}, chosen because ${reason}`;
  }

  private call(expression: Call, shown: string, index: number, depth: number): string {
    const { name, args } = expression;
    if ((name === "min" || name === "max") && !this.isOneWindow(expression)) {
      return `${this.substituted(expression)}, which ${this.choice(expression, index, depth)}`;
    }
    const rounding = roundingNoun(name);
    if (rounding !== undefined && args.length === 1 && typeof this.valueOf(args[0]) === "number")
      return `${rounding} ${this.phrase(args[0], index, depth + 1)}`;
    if (isStatistic(name) && args.length > 0)
      return `${statisticNoun(name, this.listNoun(args, index), this.countOf(args))} (${shown})`;
    if (name === "percentile" && args.length === 2)
      return `${percentileNoun(this.valueOf(args[1]) as number, this.listNoun(args.slice(0, 1), index))} (${shown})`;
    if (name === "val" && args.length === 2)
      return `${elementNoun(this.valueOf(args[1]) as number, this.listNoun(args.slice(0, 1), index))} (${shown})`;
    if (name === "rand") return `the random number ${shown}`;
    return `${this.written(expression)} (${shown})`;
  }

  private method(expression: MethodCall, shown: string): string {
    const window = this.record.windows.get(expression);
    if (window === undefined) return `${this.written(expression)} (${shown})`;
    return expression.name === "GetSamplePercent" ? percentNoun(window) : `${windowNoun(window)} (${shown})`;
  }

  /** How many values a list function joined. */
  private countOf(args: readonly Expression[]): number {
    let count = 0;
    for (const argument of args) {
      const value = this.valueOf(argument);
      count += value instanceof Float64Array ? value.length : 1;
    }
    return count;
  }

  /** What a list function looked at. */
  private listNoun(args: readonly Expression[], index: number): string {
    const nouns = args.map((argument) => {
      const window = this.windowOf(argument, index);
      if (window !== undefined) return windowNoun(window);
      const inner = ungroup(argument);
      const value = this.record.values.get(inner);
      if (inner.kind === "number" || value === undefined) return this.written(inner);
      return `${this.written(inner)} (${shownValue(value)})`;
    });
    return listed(nouns);
  }

  /** The window behind a call of GetSample or a variable that holds its samples. */
  private windowOf(given: Expression, index: number): ReturnType<RunRecord["windows"]["get"]> {
    const expression = ungroup(given);
    if (expression.kind === "method") return this.record.windows.get(expression);
    if (expression.kind !== "name") return undefined;
    const defined = this.definition(expression.name, index);
    const value = defined === undefined ? undefined : ungroup(this.statements[defined].value);
    return value?.kind === "method" && value.name === "GetSample" ? this.record.windows.get(value) : undefined;
  }

  private isOneWindow(expression: Call): boolean {
    return expression.args.length === 1;
  }

  /** `min(25, 3.6)`: the call with the values of its arguments in place. */
  private substituted(expression: Call): string {
    const shown = expression.args.map((argument) => {
      const value = this.valueOf(argument);
      return value === undefined
        ? this.written(argument)
        : value instanceof Float64Array && value.length === 0
          ? "no samples"
          : shownValue(value);
    });
    const text = `${expression.name}(${shown.join(", ")})`;
    return text.length <= 80 ? text : this.written(expression);
  }

  /** Which argument of min or max decided: `takes its second value, …`. */
  private choice(expression: Call, index: number, depth: number): string {
    const result = this.record.values.get(expression);
    const decides = (argument: Expression) => {
      const value = this.valueOf(argument);
      return value instanceof Float64Array
        ? value.some((x) => Object.is(x, result) || x === result)
        : Object.is(value, result) || value === result;
    };
    const { args } = expression;
    const deciding = args.filter(decides);
    if (deciding.length === 0)
      return `has no value to choose from and gives ${result === undefined ? "nothing" : shownValue(result)}`;
    // Of equals the one that is no constant tells more.
    const chosen = deciding.find((argument) => !this.isConstant(argument, index)) ?? deciding[0];
    const place = ordinal(args.indexOf(chosen));
    const value = this.valueOf(chosen);
    if (value instanceof Float64Array && value.length > 1) {
      const extreme = expression.name === "min" ? "the smallest" : "the largest";
      return `takes ${extreme} of ${this.listNoun([chosen], index)} (${shownValue(result as Value)})`;
    }
    const empty = args.find((argument) => this.isEmptyWindow(argument));
    const noun = this.phrase(chosen, index, depth + 1);
    if (empty !== undefined) return `takes its ${place} value, ${noun}, as there are ${this.listNoun([empty], index)}`;
    return `takes its ${place} value, ${noun}${this.notThe(args, chosen, index)}`;
  }

  /** Where a constant decided: what it kept from deciding. */
  private notThe(args: readonly Expression[], chosen: Expression, index: number): string {
    if (!this.isConstant(chosen, index)) return "";
    const others = args.filter((argument) => argument !== chosen && !this.isConstant(argument, index));
    return others.length === 1 ? `, and not ${this.listNoun(others, index)}` : "";
  }

  private isEmptyWindow(argument: Expression): boolean {
    const value = this.valueOf(argument);
    return value instanceof Float64Array && value.length === 0;
  }

  /** A literal, a sign before it, or a variable that was assigned one. */
  private isConstant(given: Expression, index: number): boolean {
    const expression = ungroup(given);
    if (expression.kind === "number") return true;
    if (expression.kind === "unary") return ungroup(expression.operand).kind === "number";
    if (expression.kind !== "name") return false;
    const defined = this.definition(expression.name, index);
    return defined !== undefined && ungroup(this.statements[defined].value).kind === "number";
  }

  private isArithmetic(expression: Binary): boolean {
    return "+-*/".includes(expression.operator);
  }

  /** `($PendingTasks + 3) / 4 (4.25), with …`: names and calls in it, the only one in full. */
  private arithmetic(expression: Binary, shown: string, index: number, depth: number): string {
    const leaves = this.leaves(expression, index);
    const own = `${this.written(expression)} (${shown})`;
    if (leaves.length === 0) return own;
    if (leaves.length === 1) return `${own}, with ${this.phrase(leaves[0], index, depth + 1)}`;
    const shortly = leaves.slice(0, 3).map((leaf) => {
      const reason = leaf.kind === "conditional" ? ` because ${this.conditions(index).reason(leaf.condition)}` : "";
      return `${this.written(leaf)} being ${shownValue(this.valueOf(leaf) as Value)}${reason}`;
    });
    return `${own}, with ${listed(shortly)}${leaves.length > 3 ? " among others" : ""}`;
  }

  /** The parts of an arithmetic expression that are no constants, each written text once; looks through signs and groups, not into calls. */
  private leaves(outermost: Expression, index: number): Expression[] {
    const found = new Map<string, Expression>();
    const open: Expression[] = [outermost];
    while (open.length > 0 && found.size < 5) {
      const expression = ungroup(open.pop() as Expression);
      if (expression.kind === "binary" && this.isArithmetic(expression)) open.push(expression.right, expression.left);
      else if (expression.kind === "unary") open.push(expression.operand);
      else if (expression.kind !== "number" && !this.isConstant(expression, index) && this.record.values.has(expression)) {
        const key = this.written(expression);
        if (!found.has(key)) found.set(key, expression);
      }
    }
    return [...found.values()];
  }

  private conditions(index: number): Conditions {
    return new Conditions(this.source, this.record, (name) => {
      const defined = this.definition(name, index);
      return defined === undefined ? undefined : { value: this.statements[defined].value, index: defined };
    });
  }

  private valueOf(expression: Expression): Value | undefined {
    return this.record.values.get(ungroup(expression));
  }

  private written(expression: Expression): string {
    return writtenText(this.source, expression);
  }
}

/** `3.6 becomes 3`, or nothing where the value is whole already (rule 4.6). */
export function cutText(value: number): string {
  return Number.isInteger(value)
    ? ""
    : `, and the fraction is cut off: ${doubleText(value)} becomes ${doubleText(Math.trunc(value))}`;
}
