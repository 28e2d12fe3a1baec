/**
 * What happened in one evaluation, as data: every statement with its value, the samples it read and the branches taken and not taken, and for each
 * target one sentence why. The judge runs the formula and is watched; so an explanation shows exactly what was evaluated, in its order.
 */
import { variables } from "../language/builtins/index.ts";
import { interpret } from "../language/execute/interpreter.ts";
import { Source } from "../language/source.ts";
import { parse, serviceSyntaxError } from "../language/syntax/parse.ts";
import { bind } from "./bind.ts";
import { RunRecord } from "./explain/record.ts";
import { writtenText } from "./explain/texts.ts";
import { type ExplainedNode, type NodeState, TreeMaker } from "./explain/tree.ts";
import { type Why, whyRefused, whyTargets } from "./explain/why.ts";
import { type AutoScaleRun, completedRun, type EvaluateOptions, evaluation, refusedRun } from "./run.ts";

export type { ExplainedNode, NodeState } from "./explain/tree.ts";
export type { Why } from "./explain/why.ts";
export type { WindowRead } from "./explain/windows.ts";

/** One statement of the formula. */
export interface ExplainedStatement {
  /** Offsets into the formula's text; line and column of its first character, from 1; its text on one line. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  /** The name it assigns; null for a bare expression. */
  readonly assigns: string | null;
  /** The full name whose assignment before makes this one, by an older name, change nothing (rule 8.24); null for all others. */
  readonly overruledBy: string | null;
  /** `evaluated`, or what ended the run in it, or `notReached`. */
  readonly state: NodeState;
  readonly value: ExplainedNode;
}

/** One evaluation, explained. Plain data, ready for JSON. */
export interface Explanation {
  /** The same answer that `evaluate` gives. */
  readonly run: AutoScaleRun;
  /** In text order; empty for a formula that was refused before it ran. */
  readonly statements: readonly ExplainedStatement[];
  /** Why the two targets are what they are, dedicated first. */
  readonly why: readonly Why[];
}

/** Evaluates a formula and explains the answer. RangeError for options that cannot be; nothing about the formula makes it throw. */
export function explain(formula: string, options: EvaluateOptions = {}): Explanation {
  const { store, now, targets, seed, semantics } = evaluation(options);
  const source = new Source(formula);
  const { formula: tree, diagnostics } = parse(source);
  if (tree === undefined) {
    const run = refusedRun(now, targets, serviceSyntaxError(source, diagnostics));
    return { run, statements: [], why: whyRefused(run.error?.values[0]?.value ?? run.error?.message ?? "", targets) };
  }
  const environment = bind(store, { now, targets, seed });
  const record = new RunRecord(environment);
  const outcome = interpret(tree, environment, semantics, record);
  const maker = new TreeMaker(source, record, outcome.failure);
  const begun = new Set(record.begun);
  const byFullName = new Set<string>();
  const statements = tree.statements.map((statement): ExplainedStatement => {
    const { line, column } = source.position(statement.start);
    const value = maker.tree(statement.value, begun.has(statement));
    const failedAtName = statement.target !== undefined && outcome.failure?.at === statement.target.start;
    const state = failedAtName ? "failed" : value.state;
    const row = statement.target === undefined ? undefined : variables.get(statement.target.name);
    const full = row?.aliasOf;
    if (row !== undefined && full === undefined && state === "evaluated") byFullName.add(row.name);
    return {
      start: statement.start,
      end: statement.end,
      line,
      column,
      text: writtenText(source, statement, 400),
      assigns: statement.target?.name ?? null,
      overruledBy: full !== undefined && state === "evaluated" && byFullName.has(full) ? full : null,
      state,
      value,
    };
  });
  return {
    run: completedRun(now, source, outcome),
    statements,
    why: whyTargets({ source, statements: tree.statements, record, outcome, before: targets }),
  };
}
