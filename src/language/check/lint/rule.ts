/**
 * What a lint rule is: a function that looks at one formula through a LintContext and reports what it finds under the codes it owns. Rules do not
 * see each other's findings, and the order in which they run shows nowhere: reports are sorted by place.
 */
import type { Expression, Formula } from "../../ast.ts";
import type { Ticks } from "../../../base/time.ts";
import type { Fix } from "../../diagnostics/diagnostic.ts";
import type { LintCode } from "../../diagnostics/lintCodes.ts";
import type { Details } from "../../diagnostics/row.ts";
import type { Semantics } from "../../semantics.ts";
import type { Source, Span } from "../../source.ts";
import type { Comment } from "../../syntax/comments.ts";
import type { Analysis, FinalTarget, Supposed } from "./analysis.ts";
import type { Facts } from "./facts.ts";
import type { Flow } from "./flow.ts";
import type { GuardFinder } from "./guards.ts";
import type { Window } from "./windows.ts";

/** What is known besides the formula; everything may be left out. */
export interface LintOptions {
  /** How undocumented points are read. */
  readonly semantics?: Semantics;
  /** The pool that the formula is for. */
  readonly pool?: {
    /** Tasks that a node runs at a time. */
    readonly taskSlotsPerNode?: number;
    /** False if the pool can have no low-priority nodes. */
    readonly hasLowPriority?: boolean;
  };
  /** Spacing of the samples, in ticks; by default the live service's 30 seconds. */
  readonly samplePeriod?: Ticks;
  /** How long a sample takes until it can be read, in ticks; by default the live service's minute (rule 5.12). */
  readonly sampleDelay?: Ticks;
  /** The comments of the text, if they are known already. */
  readonly comments?: readonly Comment[];
}

/** One formula, as rules see it. */
export interface LintContext {
  readonly source: Source;
  readonly formula: Formula;
  readonly facts: Facts;
  readonly analysis: Analysis;
  readonly flow: Flow;
  readonly guards: GuardFinder;
  readonly windows: readonly Window[];
  /** The targets assigned, dedicated first. */
  readonly targets: readonly FinalTarget[];
  readonly comments: readonly Comment[];
  readonly semantics: Semantics;
  readonly pool: NonNullable<LintOptions["pool"]>;
  readonly samplePeriod: Ticks;
  readonly sampleDelay: Ticks;
  /** A second look at the formula, supposing a size of the pool. */
  suppose(supposed: Supposed): Analysis;
  report(code: LintCode, span: Span, details?: Details, extra?: { readonly hint?: string; readonly fix?: Fix }): void;
}

/** One rule: the codes it may report, and how it looks for them. */
export interface Rule {
  readonly codes: readonly LintCode[];
  readonly find: (context: LintContext) => void;
}

/** A span as rules report it, without the rest of a node. */
export function spanOf(node: Span): Span {
  return { start: node.start, end: node.end };
}

/** The text of an expression in one line, cut to what a message can hold. */
export function shortText(context: LintContext, expression: Expression): string {
  const line = context.facts.text(expression).replace(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
