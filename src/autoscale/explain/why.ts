/**
 * Why a target is what it is: one sentence for a person, with the places in the formula that decided. Every way a target can come about has one:
 * assigned, not assigned, stopped before it was, failed.
 */
import type { Statement } from "../../language/ast.ts";
import { type EvaluationFailure, evaluationRow } from "../../language/diagnostics/failure.ts";
import type { Outcome } from "../../language/execute/outcome.ts";
import type { Source, Span } from "../../language/source.ts";
import { doubleText } from "../../language/values/text.ts";
import type { PoolTargets } from "../results.ts";
import { shareNoun } from "./nouns.ts";
import type { RunRecord } from "./record.ts";
import { cutText, Story } from "./story.ts";
import { percentText } from "./texts.ts";

/** One target and its reason. */
export interface Why {
  readonly name: "$TargetDedicatedNodes" | "$TargetLowPriorityNodes";
  /** Nodes after the evaluation, and what the pool had before. */
  readonly value: number;
  readonly before: number;
  /** `assigned`: the formula gave it. `notAssigned`: no statement did. `stopped`: stop() came first. `failed`: the run failed, or never began. */
  readonly cause: "assigned" | "notAssigned" | "stopped" | "failed";
  /** One English sentence. */
  readonly sentence: string;
  /** Places of the assignment's name and of the expressions that decided, outermost first; empty unless assigned. */
  readonly path: readonly Span[];
}

/** What the reasons of a run are read from. */
export interface Told {
  readonly source: Source;
  readonly statements: readonly Statement[];
  readonly record: RunRecord;
  readonly outcome: Outcome;
  readonly before: PoolTargets;
}

/** The reasons of both targets, dedicated first. */
export function whyTargets(told: Told): readonly Why[] {
  const { outcome, before } = told;
  return [
    why(told, "$TargetDedicatedNodes", outcome.targetDedicated, before.dedicated),
    why(told, "$TargetLowPriorityNodes", outcome.targetLowPriority, before.lowPriority),
  ];
}

/** The reasons when the formula was refused before it ran. */
export function whyRefused(message: string, before: PoolTargets): readonly Why[] {
  const refused = (name: Why["name"], value: number): Why => {
    return {
      name,
      value,
      before: value,
      cause: "failed",
      path: [],
      sentence: `${name} stays ${value}: the formula was refused before it ran (${message}).`,
    };
  };
  return [refused("$TargetDedicatedNodes", before.dedicated), refused("$TargetLowPriorityNodes", before.lowPriority)];
}

function why(told: Told, name: Why["name"], value: number, before: number): Why {
  const { source, statements, record, outcome } = told;
  const base = { name, value, before };
  if (outcome.failure !== undefined) {
    return {
      ...base,
      cause: "failed",
      path: [],
      sentence: `${name} stays ${value}, as before: the evaluation failed at ${failureText(told, outcome.failure)}.`,
    };
  }
  const begun = record.begun.length;
  const wasStopped = begun > 0 && !record.completed(statements[begun - 1]);
  const completed = wasStopped ? begun - 1 : begun;
  const story = new Story(source, record, statements);
  const index = story.definition(name, completed);
  if (index === undefined) {
    const stoppedFirst = wasStopped && story.definition(name, statements.length) !== undefined;
    const reason = stoppedFirst
      ? `stop() ended the evaluation at line ${lineOf(source, statements[completed])}, before it was assigned`
      : "the formula does not assign it";
    return {
      ...base,
      cause: stoppedFirst ? "stopped" : "notAssigned",
      path: [],
      sentence: `${name} stays ${value}, as before: ${reason}.`,
    };
  }
  const statement = statements[index];
  const assigned = record.valueOf(statement.value);
  const clause = story.clause(index);
  const change = value === before ? `is ${value}, as before` : `is ${value} (was ${before})`;
  const sentence = `${name} ${change}: ${clause}${typeof assigned === "number" ? cutText(assigned) : ""}.`;
  const target = statement.target as Span;
  return { ...base, cause: "assigned", path: [{ start: target.start, end: target.end }, ...story.path], sentence };
}

function lineOf(source: Source, statement: Statement): number {
  return source.position(statement.start).line;
}

/** `line 2, column 14: only 3 of 12 expected samples … exist, 25% where 70% are wanted`. */
function failureText(told: Told, failure: EvaluationFailure): string {
  const { line, column } = told.source.position(failure.at);
  const place = `line ${line}, column ${column}`;
  const message = evaluationRow(failure.code).message(failure.details);
  if (failure.code === "target-out-of-range") {
    // The run came to its end and the value was refused then: the statement's own story tells where it came from.
    const index = told.statements.findIndex((statement) => statement.target?.start === failure.at);
    // "it" would be the target that the sentence is about, which may be the other one.
    const clause = new Story(told.source, told.record, told.statements).clause(index).replace(/^it is /, "the value is ");
    return `${place} (${message}): ${clause}`;
  }
  if (failure.code !== "insufficient-data") return `${place} (${message})`;
  for (const [call, window] of told.record.windows) {
    if (call.open !== failure.at || window.wanted === null) continue;
    return `${place}, as ${shareNoun(window, true)}, ${percentText(window.percent ?? 0)}% where ${doubleText(window.wanted)}% are wanted`;
  }
  return `${place} (${message})`;
}
