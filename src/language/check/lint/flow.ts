/**
 * Where a number comes from: which names go into a value by arithmetic and by choice (not those that only decide a condition), whether a count of
 * tasks alone moves it, and which names it takes over without change.
 */
import { type Call, type Expression, type Name, partsOf, ungroup } from "../../ast.ts";
import { variables } from "../../builtins/index.ts";
import { type Facts, fullNameOf, metricName } from "./facts.ts";
import { type Answer, fold } from "./fold.ts";

const NOTHING: ReadonlySet<string> = new Set();
const COMPARISONS = new Set(["<", "<=", ">", ">=", "==", "!=", "&&", "||"]);
/** Functions whose result is one of their arguments' values, or lies among them. */
const CHOOSING = new Set(["min", "max", "avg", "val", "percentile", "vec", "ceil", "floor", "round"]);

const TASKS = new Set(["$ActiveTasks", "$RunningTasks", "$PendingTasks"]);

/** Metrics that count tasks still to be done. */
export function isTaskCount(metric: string): boolean {
  return TASKS.has(metric);
}

/** The flow questions of one formula; answers are by full names. */
export class Flow {
  /** Names whose values go into this value: predefined ones, those behind user-defined variables included. */
  readonly dataNames: Answer<ReadonlySet<string>>;
  /** The same, and those in conditions, percentages and comparisons too. */
  readonly allNames: Answer<ReadonlySet<string>>;
  private readonly facts: Facts;
  private readonly alone = new Map<string, Answer<number>>();

  constructor(facts: Facts) {
    this.facts = facts;
    this.dataNames = fold(facts, (node, of, definition) => {
      if (node.kind === "name") return definition(node) ?? new Set([fullNameOf(node.name)]);
      return merged(dataParts(node).map(of));
    });
    this.allNames = fold(facts, (node, of, definition) => {
      if (node.kind === "name") return definition(node) ?? new Set([fullNameOf(node.name)]);
      return merged(partsOf(node).map(of));
    });
  }

  /**
   * Whether there is a way through the conditionals on which this count of tasks alone moves the value: no other count of tasks or nodes is added
   * to it or is a lower bound. `min(limit, x)` is either of the two.
   */
  isMovedByAlone(expression: Expression, metric: string): boolean {
    const known = this.alone.get(metric) ?? this.waysOf(metric);
    this.alone.set(metric, known);
    return (known(expression) & ONLY) !== 0;
  }

  /** Names that the value takes over unchanged: through parentheses, variables, branches, min, max and the like, and plus or minus a number. */
  takenOver(expression: Expression): Name[] {
    const found: Name[] = [];
    const seen = new Set<Expression>();
    const open: Expression[] = [expression];
    while (open.length > 0) {
      const node = ungroup(open.pop()!);
      if (seen.has(node)) continue;
      seen.add(node);
      if (node.kind === "name") {
        const definition = this.facts.definition(node);
        const isOwn = definition !== undefined && !variables.get(node.name);
        if (isOwn) open.push(definition.statement.value);
        else found.push(node);
      } else if (node.kind === "conditional") open.push(node.whenTrue, node.whenFalse);
      else if (node.kind === "call" && CHOOSING.has(node.name)) open.push(...chosenArguments(node));
      else if (node.kind === "method" && node.name === "GetSample") open.push(node.object);
      else if (
        node.kind === "binary" &&
        (node.operator === "+" || node.operator === "-") &&
        ungroup(node.right).kind === "number"
      )
        open.push(node.left);
    }
    return found.sort((a, b) => a.start - b.start);
  }

  /** Every expression whose value goes into this one, itself included, variables followed. */
  reached(expression: Expression): Expression[] {
    const seen = new Set<Expression>();
    const open: Expression[] = [expression];
    while (open.length > 0) {
      const node = open.pop()!;
      if (seen.has(node)) continue;
      seen.add(node);
      const definition = node.kind === "name" ? this.facts.definition(node) : undefined;
      if (definition !== undefined) open.push(definition.statement.value);
      open.push(...dataParts(node));
    }
    return [...seen];
  }

  /** Answers with a set of ways, a bit each: nothing counted, `metric` only, others only, both. */
  private waysOf(metric: string): Answer<number> {
    return fold(this.facts, (node, of, definition) => {
      if (node.kind === "name") return definition(node) ?? leafWays(fullNameOf(node.name), metric);
      if (node.kind === "conditional") return of(node.whenTrue) | of(node.whenFalse);
      const parts = dataParts(node).map(of);
      if (node.kind === "call" && node.name === "min") return parts.reduce((a, b) => a | b, 0) || NONE;
      return parts.reduce(together, NONE);
    });
  }
}

const NONE = 1;
const ONLY = 2;
const OTHERS = 4;
const BOTH = 8;

function leafWays(name: string, metric: string): number {
  if (name === metric) return ONLY;
  if (name === "$TaskSlotsPerNode") return NONE;
  const kind = variables.get(name)?.kind;
  return kind === "metric" || kind === "target" ? OTHERS : NONE;
}

/** Every way of one value with every way of the other. */
function together(a: number, b: number): number {
  let result = 0;
  for (const x of [NONE, ONLY, OTHERS, BOTH]) {
    if ((a & x) === 0) continue;
    for (const y of [NONE, ONLY, OTHERS, BOTH]) {
      if ((b & y) === 0) continue;
      result |= x === NONE ? y : y === NONE || x === y ? x : BOTH;
    }
  }
  return result;
}

/** Parts whose values go into the value of an expression. */
function dataParts(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "group":
      return [node.inner];
    case "unary":
      return node.operator === "-" ? [node.operand] : [];
    case "binary":
      return COMPARISONS.has(node.operator) ? [] : [node.left, node.right];
    case "conditional":
      return [node.whenTrue, node.whenFalse];
    case "vector":
      return node.elements;
    case "call":
      return node.name === "len" ? [] : chosenArguments(node);
    case "method":
      return node.name === "GetSample" ? [node.object] : [];
    default:
      return [];
  }
}

/** Arguments that are values of the result: not the index of val, not the percentage of percentile. */
function chosenArguments(node: Call): readonly Expression[] {
  return node.name === "val" || node.name === "percentile" ? node.args.slice(0, 1) : node.args;
}

function merged(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const filled = sets.filter((set) => set.size > 0);
  if (filled.length === 0) return NOTHING;
  const first = filled[0];
  if (filled.every((set) => set === first || [...set].every((name) => first.has(name)))) return first;
  return new Set(filled.flatMap((set) => [...set]));
}

/** The metric whose samples, or whose newest sample, an expression is, unchanged; undefined for anything computed from it. */
export function unchangedMetric(facts: Facts, expression: Expression): string | undefined {
  let node = facts.resolve(expression);
  while (node.kind === "call" && CHOOSING.has(node.name)) {
    const samples = chosenArguments(node).map((arg) => facts.resolve(arg));
    const others = samples.filter((arg) => arg.kind !== "number");
    if (others.length !== 1) return undefined;
    node = others[0];
  }
  if (node.kind === "method" && node.name === "GetSample") return metricName(node.object);
  return metricName(node);
}
