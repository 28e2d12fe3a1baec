/**
 * Walks a formula once, before any sample is there, and notes what is known of every expression: `max(0, x)` is at least 0, `x / n` may be nan if
 * n may be 0. Metrics are taken as what they are (counts from 0 on, percentages from 0 to 100), constants exactly, branches of conditionals
 * apart and with what their condition says. Every value of every run lies in what is noted; a test holds the interpreter against it.
 */
import { targetMax } from "../../../base/limits.ts";
import { parseInstant } from "../../../base/time.ts";
import { type Expression, type MethodCall, partsOf, ungroup } from "../../ast.ts";
import { constantValue, fullName, variables } from "../../builtins/index.ts";
import type { Semantics } from "../../semantics.ts";
import { unaryResult } from "../../values/arithmetic.ts";
import type { Timeinterval } from "../../values/value.ts";
import { combined } from "./combine.ts";
import { type Facts, fullNameOf, isStop, leftSpine, metricName, type StatementFact } from "./facts.ts";
import { double, either, fromZero, type Known, rangeOf, timeinterval, unknown } from "./known.ts";
import { callResult } from "./lists.ts";
import { exactly, negated, negatedTruth, range, type Range, truth, zeroOrOne } from "./range.ts";
import { type Constraint, constraints, narrowed, type Surroundings } from "./refine.ts";

/** What is known of a target at the end of a run: the value and every assignment that may have given it. */
export interface FinalTarget {
  readonly name: "$TargetDedicatedNodes" | "$TargetLowPriorityNodes";
  readonly known: Known;
  readonly givenBy: readonly StatementFact[];
}

/** The pool's size, where a question supposes one; otherwise any. */
export interface Supposed {
  readonly dedicated?: number;
  readonly lowPriority?: number;
  /** False: forget what conditions say about their branches. */
  readonly followsConditions?: boolean;
}

/** What conditions say about longer texts than this is not followed. */
const KEY_MAX = 200;
const nodeCount = range(0, targetMax.value, { whole: true });
const percentage = range(0, 100);
const memberRanges: Readonly<Record<string, Range>> = {
  year: range(1, 9999, { whole: true }),
  month: range(1, 12, { whole: true }),
  day: range(1, 31, { whole: true }),
  hour: range(0, 23, { whole: true }),
  minute: range(0, 59, { whole: true }),
  second: range(0, 59, { whole: true }),
};

/** The notes of one walk. */
export class Analysis {
  private readonly facts: Facts;
  private readonly semantics: Semantics;
  private readonly supposed: Supposed;
  private readonly notes = new Map<Expression, Known>();
  private readonly values = new Map<string, { known: Known; by: StatementFact }>();
  private readonly finals = new Map<string, FinalTarget>();
  /** What the conditions around the present place say, by the text of what they speak about. */
  private narrowings = new Map<string, Constraint>();
  private readonly surroundings: Surroundings = {
    known: (expression) => this.of(expression),
    lastingDefinition: (expression) => this.lastingDefinition(expression),
  };

  constructor(facts: Facts, semantics: Semantics, supposed: Supposed = {}) {
    this.facts = facts;
    this.semantics = semantics;
    this.supposed = supposed;
    for (const fact of facts.statements) {
      const known = this.walk(fact.statement.value);
      if (fact.isEffective) this.values.set(fact.assigns!, { known, by: fact });
    }
    this.noteEnd();
  }

  /** What is known of an expression, where it stands. */
  of(expression: Expression): Known {
    return this.notes.get(ungroup(expression)) ?? unknown;
  }

  /** The range of a double; undefined if it is not known to be one. */
  double(expression: Expression): Range | undefined {
    const known = this.of(expression);
    return known.kind === "double" ? known.range : undefined;
  }

  /** The targets that are assigned, dedicated first. */
  targets(): FinalTarget[] {
    return [...this.finals.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A run may end here: at the last statement, or at a `stop()`. */
  private noteEnd(): void {
    for (const name of ["$TargetDedicatedNodes", "$TargetLowPriorityNodes"] as const) {
      const value = this.values.get(name);
      if (value === undefined) continue;
      const before = this.finals.get(name);
      if (before === undefined) this.finals.set(name, { name, known: value.known, givenBy: [value.by] });
      else if (!before.givenBy.includes(value.by)) {
        this.finals.set(name, { name, known: either(before.known, value.known), givenBy: [...before.givenBy, value.by] });
      }
    }
  }

  private walk(expression: Expression): Known {
    const spine = leftSpine(ungroup(expression));
    let left = spine.links.length === 0 ? this.simple(spine.first) : this.walk(spine.first);
    const note = (node: Expression, known: Known) => {
      const narrow = this.applied(node, known);
      this.notes.set(node, narrow);
      return narrow;
    };
    if (spine.links.length === 0) return note(spine.first, left);
    for (const link of spine.links) {
      if (link.kind === "binary") left = note(link, this.binary(link.operator, left, link.left, link.right));
      else if (link.kind === "member") left = note(link, this.member(left, link.name));
      else left = note(link, this.method(link));
    }
    return left;
  }

  /** With what the conditions around say about this very expression. */
  private applied(node: Expression, known: Known): Known {
    if (this.narrowings.size === 0 || known.kind !== "double" || node.kind === "number" || node.end - node.start > KEY_MAX)
      return known;
    const constraint = this.narrowings.get(this.facts.key(node));
    return constraint === undefined ? known : double(narrowed(known.range, constraint));
  }

  private simple(node: Expression): Known {
    switch (node.kind) {
      case "number":
        return double(exactly(node.value));
      case "string":
        return { kind: "string" };
      case "name":
        return this.named(node.name);
      case "vector":
        return callResult(
          "vec",
          node.elements.map((element) => this.walk(element)),
          this.semantics,
        );
      case "unary": {
        const operand = this.walk(node.operand);
        const type =
          operand.kind === "double" || operand.kind === "timeinterval" ? unaryResult(node.operator, operand.kind) : undefined;
        if (type === undefined) return unknown;
        if (node.operator === "-") return { kind: operand.kind, range: negated(rangeOf(operand)) } as Known;
        return double(negatedTruth(truthRange(rangeOf(operand))));
      }
      case "conditional": {
        const condition = this.walk(node.condition);
        const outcome = condition.kind === "double" ? truth(condition.range) : "either";
        const whenTrue = this.within(node.condition, true, () => this.walk(node.whenTrue));
        const whenFalse = this.within(node.condition, false, () => this.walk(node.whenFalse));
        return outcome === "true" ? whenTrue : outcome === "false" ? whenFalse : either(whenTrue, whenFalse);
      }
      case "call":
        return this.call(node.name, node);
      default:
        return this.walk(node);
    }
  }

  /** Walks a branch knowing what its condition says. */
  private within(condition: Expression, holds: boolean, walk: () => Known): Known {
    if (this.supposed.followsConditions === false) return walk();
    const before = this.narrowings;
    const inside = new Map(before);
    constraints(condition, holds, this.surroundings, (about, constraint) => {
      if (about.kind === "number" || about.end - about.start > KEY_MAX) return;
      const key = this.facts.key(about);
      if (/\brand\b/.test(key)) return; // each draw is another number
      const known = inside.get(key);
      inside.set(key, known === undefined ? constraint : both(known, constraint));
    });
    this.narrowings = inside;
    const result = walk();
    this.narrowings = before;
    return result;
  }

  private named(name: string): Known {
    const value = this.values.get(fullNameOf(name));
    if (value !== undefined) return value.known;
    const row = variables.get(name);
    if (row === undefined) return unknown;
    switch (row.kind) {
      case "metric":
        return double(this.metricRange(fullName(row)));
      case "target":
        return double(
          this.supposedSize(fullName(row) === "$TargetDedicatedNodes" ? this.supposed.dedicated : this.supposed.lowPriority),
        );
      case "constant":
        return timeinterval(exactly(Number((constantValue(row, this.semantics) as Timeinterval).ticks)));
      default:
        return { kind: "option" };
    }
  }

  private supposedSize(size: number | undefined): Range {
    return size === undefined ? nodeCount : exactly(size);
  }

  private metricRange(metric: string): Range {
    switch (metric) {
      case "$CPUPercent":
        return percentage;
      case "$TaskSlotsPerNode":
        return range(1, 256, { whole: true });
      case "$CurrentDedicatedNodes":
        return this.supposedSize(this.supposed.dedicated);
      case "$CurrentLowPriorityNodes":
        return this.supposedSize(this.supposed.lowPriority);
      default:
        return fromZero;
    }
  }

  private binary(operator: string, left: Known, leftNode: Expression, rightNode: Expression): Known {
    if (operator === "&&" || operator === "||") {
      const right = this.within(leftNode, operator === "&&", () => this.walk(rightNode));
      if (left.kind !== "double" || right.kind !== "double") return double(zeroOrOne);
      const deciding = operator === "||" ? "true" : "false";
      const [a, b] = [truth(left.range), truth(right.range)];
      if (a === deciding || b === deciding) return double(exactly(operator === "||" ? 1 : 0));
      return double(a === "either" || b === "either" ? zeroOrOne : exactly(operator === "||" ? 0 : 1));
    }
    return combined(operator as "+", left, this.walk(rightNode), this.semantics);
  }

  private member(object: Known, name: string): Known {
    if (object.kind !== "timestamp") return unknown;
    if (name === "weekday")
      return double(this.semantics.sundayWeekday === 7 ? range(1, 7, { whole: true }) : range(0, 6, { whole: true }));
    return Object.hasOwn(memberRanges, name) ? double(memberRanges[name]) : unknown;
  }

  private call(name: string, node: Expression): Known {
    const args = partsOf(node).map((arg) => this.walk(arg));
    if (isStop(node)) {
      this.noteEnd();
      return unknown;
    }
    if (name === "rand") return double(range(0, 1));
    if (name === "time") {
      const text = node.kind === "call" ? node.args[0] : undefined;
      if (text === undefined) return { kind: "timestamp", sinceNow: exactly(0) };
      const written = ungroup(text);
      if (written.kind === "string" && written.value === "") return { kind: "timestamp", sinceNow: exactly(0) };
      return written.kind === "string" && parseInstant(written.value) === undefined
        ? unknown
        : { kind: "timestamp", sinceNow: undefined };
    }
    return callResult(name, args, this.semantics);
  }

  private method(node: MethodCall): Known {
    const args = node.args.map((arg) => this.walk(arg));
    const metric = metricName(node.object);
    if (metric === undefined) return unknown;
    switch (node.name) {
      case "GetSamplePercent":
        return double(percentage);
      case "Count":
        return double({ ...fromZero, whole: true });
      case "GetSamplePeriod":
        return timeinterval(fromZero);
      case "HistoryBeginTime":
        return { kind: "timestamp", sinceNow: range(Number.NEGATIVE_INFINITY, 0) };
      case "GetSample": {
        const element = this.metricRange(metric);
        const [first] = args;
        if (first?.kind === "double")
          return { kind: "vector", element, least: 0, most: Math.max(0, Math.trunc(first.range.hi) || 0) };
        const last = args[args.length - 1];
        const wanted = last?.kind === "double" ? last.range.lo : this.semantics.samplePercentDefault;
        return { kind: "vector", element, least: wanted > 0 ? 1 : 0, most: Number.POSITIVE_INFINITY };
      }
      default:
        return unknown;
    }
  }

  private lastingDefinition(expression: Expression): Expression | undefined {
    if (expression.kind !== "name") return undefined;
    const by = this.facts.definition(expression);
    if (by === undefined) return undefined;
    const open: Expression[] = [by.statement.value];
    while (open.length > 0) {
      const node = open.pop()!;
      if (node.kind === "call" && node.name === "rand") return undefined;
      if (node.kind === "name" && this.values.get(fullNameOf(node.name))?.by !== this.facts.definition(node)) return undefined;
      open.push(...partsOf(node));
    }
    return by.statement.value;
  }
}

/** A condition's value as 1 and 0. */
function truthRange(r: Range): Range {
  const outcome = truth(r);
  return outcome === "either" ? zeroOrOne : exactly(outcome === "true" ? 1 : 0);
}

function both(a: Constraint, b: Constraint): Constraint {
  return { lo: Math.max(a.lo, b.lo), hi: Math.min(a.hi, b.hi), notZero: a.notZero || b.notZero, notNan: a.notNan || b.notNan };
}
