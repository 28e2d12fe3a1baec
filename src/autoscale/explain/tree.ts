/**
 * A statement as a tree of what happened in it: every expression with its place, value and samples, the branch that was taken and the one that
 * was not. A chain such as `a + b - c` is one node with all its operands, so that the tree is as deep as the formula nests and no deeper.
 */
import { type Binary, type BinaryOperator, type Expression, ungroup } from "../../language/ast.ts";
import type { EvaluationFailure } from "../../language/diagnostics/failure.ts";
import type { Source } from "../../language/source.ts";
import { valueText } from "../../language/values/text.ts";
import { type JsonValue, jsonValue } from "../results.ts";
import type { RunRecord } from "./record.ts";
import { writtenText } from "./texts.ts";
import type { WindowRead } from "./windows.ts";

/**
 * `evaluated`: it has a value. `failed`: the run failed here. `interrupted`: the run ended (failed or stopped) inside it. `stopped`: the call of
 * stop(). `notTaken`: the other branch was chosen, or `&&` or `||` was decided before. `notReached`: the run ended before.
 */
export type NodeState = "evaluated" | "failed" | "interrupted" | "stopped" | "notTaken" | "notReached";

/** One expression of a statement. */
export interface ExplainedNode {
  /** Offsets into the formula's text, and the text between on one line. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly kind: Expression["kind"];
  /** What it is to the node above. */
  readonly role: "value" | "operand" | "argument" | "element" | "object" | "condition" | "whenTrue" | "whenFalse";
  readonly state: NodeState;
  /** Null unless evaluated. */
  readonly value: JsonValue | null;
  /** The value as the results string would print it. */
  readonly valueText: string | null;
  /** The samples it read; null for everything but GetSample and GetSamplePercent. */
  readonly window: WindowRead | null;
  /** In text order; empty for literals, names, branches not taken, and beyond DEPTH_MAX. */
  readonly children: readonly ExplainedNode[];
}

/** Deeper nodes are left out: no one reads them, and a hostile formula must not make a document without end. */
const DEPTH_MAX = 48;

/** Makes trees of one run. */
export class TreeMaker {
  private readonly source: Source;
  private readonly record: RunRecord;
  private readonly failedAt: number;

  constructor(source: Source, record: RunRecord, failure: EvaluationFailure | undefined) {
    this.source = source;
    this.record = record;
    this.failedAt = failure?.at ?? -1;
  }

  /** The tree of a statement's value; `begun` says whether the run came so far. */
  tree(value: Expression, begun: boolean): ExplainedNode {
    return this.node(ungroup(value), "value", begun ? "evaluated" : "notReached", 0);
  }

  /** `fate` is what must be true of a node without a value: that it was skipped, not reached, or that the run ended in it. */
  private node(expression: Expression, role: ExplainedNode["role"], fate: NodeState, depth: number): ExplainedNode {
    const value = this.record.values.get(expression);
    const state = value !== undefined ? "evaluated" : fate !== "evaluated" ? fate : this.endedIn(expression);
    const window = expression.kind === "method" ? (this.record.windows.get(expression) ?? null) : null;
    const isLeaf = state === "notTaken" || state === "notReached" || depth >= DEPTH_MAX;
    return {
      start: expression.start,
      end: expression.end,
      text: writtenText(this.source, expression, 200),
      kind: expression.kind,
      role,
      state,
      value: value === undefined ? null : jsonValue(value),
      valueText: value === undefined ? null : valueText(value),
      window,
      children: isLeaf ? [] : this.children(expression, depth + 1),
    };
  }

  /** An expression that was begun and has no value: the run failed at it, stopped in it, or ended inside one of its parts. */
  private endedIn(expression: Expression): NodeState {
    if (expression.kind === "call" && expression.name === "stop" && expression.args.length === 0) return "stopped";
    return placesOf(expression).includes(this.failedAt) ? "failed" : "interrupted";
  }

  private children(expression: Expression, depth: number): ExplainedNode[] {
    switch (expression.kind) {
      case "number":
      case "string":
      case "name":
        return [];
      case "group":
        return [this.node(ungroup(expression), "operand", "evaluated", depth)];
      case "unary":
        return this.inOrder([expression.operand], "operand", depth);
      case "vector":
        return this.inOrder(expression.elements, "element", depth);
      case "call":
        return this.inOrder(expression.args, "argument", depth);
      case "member":
        return this.inOrder([expression.object], "object", depth);
      case "method":
        return this.inOrder(expression.args, "argument", depth);
      case "binary":
        return this.operands(expression, depth);
      case "conditional": {
        const taken = this.record.taken.get(expression);
        const undecided = taken === undefined ? "notReached" : undefined;
        return [
          this.node(ungroup(expression.condition), "condition", "evaluated", depth),
          this.node(
            ungroup(expression.whenTrue),
            "whenTrue",
            undecided ?? (taken === expression.whenTrue ? "evaluated" : "notTaken"),
            depth,
          ),
          this.node(
            ungroup(expression.whenFalse),
            "whenFalse",
            undecided ?? (taken === expression.whenFalse ? "evaluated" : "notTaken"),
            depth,
          ),
        ];
      }
    }
  }

  /** Parts that are evaluated one after the other: behind one without a value none was reached. */
  private inOrder(parts: readonly Expression[], role: ExplainedNode["role"], depth: number): ExplainedNode[] {
    let fate: NodeState = "evaluated";
    return parts.map((part) => {
      const inner = ungroup(part);
      const begun = fate === "evaluated";
      if (begun && !this.record.values.has(inner)) {
        // A call with the wrong number of arguments fails before it looks at the first one.
        const node = this.node(inner, role, this.wasBegun(inner) ? "evaluated" : "notReached", depth);
        fate = "notReached";
        return node;
      }
      return this.node(inner, role, fate, depth);
    });
  }

  /** Whether an expression without a value was begun: the place of the failure, or the call that stopped, lies in it. */
  private wasBegun(expression: Expression): boolean {
    return this.failedAt < 0 || (this.failedAt >= expression.start && this.failedAt < expression.end);
  }

  /** The operands of a chain of operators of one level, left to right. */
  private operands(outermost: Binary, depth: number): ExplainedNode[] {
    const links = linksOf(outermost);
    const nodes = this.inOrder([links[links.length - 1].left], "operand", depth);
    let fate: NodeState = nodes[0].state === "evaluated" ? "evaluated" : "notReached";
    for (let i = links.length - 1; i >= 0; i--) {
      const link = links[i];
      const skipped = fate === "evaluated" && this.record.taken.has(link) && this.record.taken.get(link) === undefined;
      const right = ungroup(link.right);
      const begun = fate === "evaluated" && !skipped && (this.record.values.has(right) || this.wasBegun(right));
      nodes.push(this.node(right, "operand", skipped ? "notTaken" : begun ? "evaluated" : "notReached", depth));
      if (!this.record.values.has(link)) fate = "notReached";
    }
    return nodes;
  }
}

/** The offsets at which an expression itself can fail (rule 8.20). */
function placesOf(expression: Expression): readonly number[] {
  switch (expression.kind) {
    case "call":
      return [expression.start, expression.open];
    case "method":
      return [expression.at, expression.open];
    case "member":
      return [expression.at];
    case "binary":
      return linksOf(expression).map((link) => link.at);
    case "conditional":
      return [expression.at];
    default:
      return [expression.start];
  }
}

/** A chain of operators of one level, outermost first. */
function linksOf(outermost: Binary): Binary[] {
  const level = levelOf(outermost.operator);
  const links = [outermost];
  let left = outermost.left;
  while (left.kind === "binary" && levelOf(left.operator) === level) {
    links.push(left);
    left = left.left;
  }
  return links;
}

const levels: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/"],
];

function levelOf(operator: BinaryOperator): number {
  return levels.findIndex((level) => level.includes(operator));
}
