/**
 * What the conditions around a place ask about samples: which percentages, of which metric and range, and whether they are known to be large or
 * small enough there. Conditions are followed through variables, `&&`, `||`, `!` and min: `enough = min(a.GetSamplePercent(s), b.…) >= 70` guards both.
 */
import { type Binary, type Expression, type MethodCall, ungroup } from "../../ast.ts";
import type { Analysis } from "./analysis.ts";
import { type Facts, metricName, metricOfCall } from "./facts.ts";
import { type Answer, fold } from "./fold.ts";
import { onlyValue } from "./range.ts";

/** What is asked about one GetSamplePercent. */
export interface Guard {
  readonly call: MethodCall;
  /** At this place the percentage is at least (or more than) so much. */
  readonly atLeast?: number;
  /** At this place the percentage is below (or at most) so much. */
  readonly below?: number;
}

/** Everything that guards a place. */
export interface Guards {
  readonly percentages: readonly Guard[];
  /** Metrics whose Count() is asked. */
  readonly counts: ReadonlySet<string>;
  /** A condition asks how far the run is from a fixed time: a start-up phase. */
  readonly asksTime: boolean;
}

type Question = MethodCall | "time";
const NO_QUESTIONS: readonly Question[] = [];
/** More questions than this in one condition are not told apart. */
const QUESTIONS_MAX = 64;
const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
const OPPOSITE: Readonly<Record<string, string>> = { "<": ">=", "<=": ">", ">": "<=", ">=": "<" };

/** Finds the guards of places in one formula. */
export class GuardFinder {
  private readonly facts: Facts;
  private readonly analysis: Analysis;
  private readonly questions: Answer<readonly Question[]>;

  constructor(facts: Facts, analysis: Analysis) {
    this.facts = facts;
    this.analysis = analysis;
    this.questions = fold(facts, (node, of, definition) => {
      if (node.kind === "name") return definition(node) ?? NO_QUESTIONS;
      const own: readonly Question[] = isQuestion(node) ? [node] : isFixedTime(node) ? ["time"] : NO_QUESTIONS;
      const parts = questionParts(node)
        .map(of)
        .filter((part) => part.length > 0);
      if (parts.length === 0) return own;
      if (parts.length === 1 && own.length === 0) return parts[0];
      return [...new Set([...own, ...parts.flat()])].slice(0, QUESTIONS_MAX);
    });
  }

  /** The guards of every condition that decides whether the expression is evaluated. */
  around(expression: Expression): Guards {
    const percentages: Guard[] = [];
    const counts = new Set<string>();
    let asksTime = false;
    let inner = expression;
    for (let outer = this.facts.parent(inner); outer !== undefined; inner = outer, outer = this.facts.parent(outer)) {
      const decided = decision(outer, inner);
      if (decided === undefined) continue;
      percentages.push(...this.guards(decided.condition, decided.holds));
      for (const question of this.questions(decided.condition)) {
        if (question === "time") asksTime = true;
        else if (question.name === "Count") counts.add(metricName(question.object)!);
      }
    }
    return { percentages, counts, asksTime };
  }

  /** What a condition that holds (or does not) says about percentages; each part is looked at once. */
  private guards(condition: Expression, holds: boolean): Guard[] {
    const found: Guard[] = [];
    const seen = { true: new Set<Expression>(), false: new Set<Expression>() };
    const open: [Expression, boolean][] = [[condition, holds]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const node = ungroup(next[0]);
      const nodeHolds = next[1];
      if (seen[`${nodeHolds}`].has(node)) continue;
      seen[`${nodeHolds}`].add(node);
      const definition = node.kind === "name" ? this.facts.definition(node) : undefined;
      if (definition !== undefined) open.push([definition.statement.value, nodeHolds]);
      else if (node.kind === "unary" && node.operator === "!") open.push([node.operand, !nodeHolds]);
      else if (
        node.kind === "binary" &&
        (node.operator === "&&") === nodeHolds &&
        (node.operator === "&&" || node.operator === "||")
      ) {
        open.push([node.left, nodeHolds], [node.right, nodeHolds]);
      } else {
        const decided = node.kind === "binary" ? this.decided(node, nodeHolds) : undefined;
        found.push(...(decided ?? this.percentageCalls(node).map((call) => ({ call }))));
      }
    }
    return found;
  }

  private decided(node: Binary, holds: boolean): Guard[] | undefined {
    const { operator, left, right } = node;
    return this.compared(operator, left, right, holds) ?? this.compared(MIRRORED[operator], right, left, holds);
  }

  /** `percentage operator number`. */
  private compared(operator: string | undefined, left: Expression, right: Expression, holds: boolean): Guard[] | undefined {
    const limit = this.analysis.double(right);
    const number = limit && onlyValue(limit);
    const calls = this.percentages(left);
    if (operator === undefined || !Object.hasOwn(MIRRORED, operator) || number === undefined || calls === undefined)
      return undefined;
    const actual = holds ? operator : OPPOSITE[operator];
    if (actual === ">" || actual === ">=") return calls.map((call) => ({ call, atLeast: number }));
    return calls.length === 1 ? calls.map((call) => ({ call, below: number })) : calls.map((call) => ({ call }));
  }

  /** GetSamplePercent itself, or the smallest of several. */
  private percentages(expression: Expression): MethodCall[] | undefined {
    const node = this.facts.resolve(expression);
    if (metricOfCall(node, "GetSamplePercent") !== undefined) return [node as MethodCall];
    if (node.kind !== "call" || node.name !== "min") return undefined;
    const calls = node.args
      .map((arg) => this.facts.resolve(arg))
      .filter((arg) => metricOfCall(arg, "GetSamplePercent") !== undefined);
    return calls.length === 0 ? undefined : (calls as MethodCall[]);
  }

  private percentageCalls(node: Expression): MethodCall[] {
    return this.questions(node).filter(
      (question): question is MethodCall => question !== "time" && question.name === "GetSamplePercent",
    );
  }
}

/** Whether `outer` decides if `inner`, a part of it, is evaluated, and by which condition. */
function decision(outer: Expression, inner: Expression): { condition: Expression; holds: boolean } | undefined {
  if (outer.kind === "conditional" && inner !== outer.condition)
    return { condition: outer.condition, holds: inner === outer.whenTrue };
  if (outer.kind === "binary" && inner === outer.right && (outer.operator === "&&" || outer.operator === "||")) {
    return { condition: outer.left, holds: outer.operator === "&&" };
  }
  return undefined;
}

function isQuestion(node: Expression): node is MethodCall {
  return metricOfCall(node, "GetSamplePercent") !== undefined || metricOfCall(node, "Count") !== undefined;
}

function isFixedTime(node: Expression): boolean {
  return node.kind === "call" && node.name === "time" && node.args.length === 1;
}

function questionParts(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "group":
      return [node.inner];
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "conditional":
      return [node.condition, node.whenTrue, node.whenFalse];
    case "call":
      return node.args;
    case "member":
      return [node.object];
    default:
      return [];
  }
}
