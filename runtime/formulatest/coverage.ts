/**
 * Which branches and statements of a formula its cases took. A branch is one way of a decision: each conditional can go two ways, each `&&` and
 * `||` can need its right side or not (rules 2.13, 2.14). The judging interpreter reports what it does; nothing is instrumented.
 */
import type { Expression, Formula, Statement } from "../../src/language/ast.ts";
import { partsOf, ungroup } from "../../src/language/ast.ts";
import type { Observer } from "../../src/language/execute/interpreter.ts";
import type { Source, Span } from "../../src/language/source.ts";

/** One way of one decision, or a statement. */
export interface CoveragePart {
  readonly kind: "branch" | "statement";
  /** What was not shown while it was not taken: `the condition was never true`. */
  readonly words: string;
  /** The text that is not evaluated then; for an operator that always needed its right side, the operator. */
  readonly span: Span;
  /** How many evaluations took it. */
  taken: number;
}

interface Decision {
  /** When the condition held, or when `&&` and `||` needed their right side. */
  readonly first: CoveragePart;
  readonly second: CoveragePart;
}

/** How much of something was reached. */
export interface Share {
  readonly taken: number;
  readonly total: number;
  /** 0 to 100; 100 of nothing. */
  readonly percent: number;
}

/** Counts what evaluations of one formula take. */
export class FormulaCoverage {
  readonly source: Source;
  readonly formula: Formula;
  private readonly decisions = new Map<Expression, Decision>();
  private readonly statements = new Map<Statement, CoveragePart>();

  constructor(source: Source, formula: Formula) {
    this.source = source;
    this.formula = formula;
    for (const statement of formula.statements) {
      this.statements.set(statement, { kind: "statement", words: "never reached", span: statement, taken: 0 });
      this.findDecisions(statement.value);
    }
  }

  /** Watches one evaluation of this very tree. */
  observer(): Observer {
    return {
      branch: (expression, taken) => {
        const decision = this.decisions.get(expression);
        if (decision === undefined) return;
        const isFirst = expression.kind === "conditional" ? taken === expression.whenTrue : taken !== undefined;
        (isFirst ? decision.first : decision.second).taken++;
      },
      statement: (statement) => {
        const part = this.statements.get(statement);
        if (part !== undefined) part.taken++;
      },
    };
  }

  get branches(): Share {
    return shareOf([...this.decisions.values()].flatMap(({ first, second }) => [first, second]));
  }

  get reached(): Share {
    return shareOf([...this.statements.values()]);
  }

  /** What no evaluation took, in text order; of parts within one another only the outermost, which says it for all. */
  missed(): readonly CoveragePart[] {
    const parts = [
      ...this.statements.values(),
      ...[...this.decisions.values()].flatMap(({ first, second }) => [first, second]),
    ];
    const missed = parts
      .filter((part) => part.taken === 0)
      .sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end);
    let end = -1;
    return missed.filter(({ span }) => {
      const isInside = span.end <= end;
      end = Math.max(end, span.end);
      return !isInside;
    });
  }

  /** Walks with a list of its own: chains of operators may be thousands long (rule 8.18). */
  private findDecisions(root: Expression): void {
    const open: Expression[] = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      this.decide(node);
      open.push(...partsOf(node));
    }
  }

  private decide(node: Expression): void {
    const branch = (words: string, span: Span): CoveragePart => ({
      kind: "branch",
      words,
      span: { start: span.start, end: span.end },
      taken: 0,
    });
    if (node.kind === "conditional") {
      this.decisions.set(node, {
        first: branch("the condition was never true", ungroup(node.whenTrue)),
        second: branch("the condition was never false", ungroup(node.whenFalse)),
      });
    } else if (node.kind === "binary" && (node.operator === "&&" || node.operator === "||")) {
      const needs = node.operator === "&&" ? "true" : "false";
      const decides = node.operator === "&&" ? "false" : "true";
      this.decisions.set(node, {
        first: branch(`the left side of ${node.operator} was never ${needs}: this was never looked at`, ungroup(node.right)),
        second: branch(`the left side of ${node.operator} was never ${decides}`, { start: node.at, end: node.at + 2 }),
      });
    }
  }
}

function shareOf(parts: readonly CoveragePart[]): Share {
  const taken = parts.filter((part) => part.taken > 0).length;
  return { taken, total: parts.length, percent: parts.length === 0 ? 100 : (taken * 100) / parts.length };
}
