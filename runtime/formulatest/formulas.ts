/**
 * The formulas that a run of tests is about, each read once: text, tree or the reasons why there is none, and what was covered. Test files that name
 * the same formula share it, so that its coverage is that of all of them.
 */
import type { Formula } from "../../src/language/ast.ts";
import type { Diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import { Source } from "../../src/language/source.ts";
import { type Comment, parse } from "../../src/language/syntax/parse.ts";
import { FormulaCoverage } from "./coverage.ts";

/** A formula under test. */
export interface TestedFormula {
  readonly source: Source;
  /** Undefined for one that does not parse. */
  readonly formula: Formula | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly comments: readonly Comment[];
  /** Undefined for one that does not parse. */
  readonly coverage: FormulaCoverage | undefined;
}

/** Formulas by name. The name is the path by which the user knows the file, or says where in a test file the text stands. */
export class TestedFormulas {
  private readonly known = new Map<string, TestedFormula>();

  /** The formula of this name and text. One name can have several: a text in a test file differs from row to row of `each:`. */
  get(name: string, text: string): TestedFormula {
    const key = `${name}\n${text}`;
    let formula = this.known.get(key);
    if (formula === undefined) {
      const source = new Source(text, name);
      const parsed = parse(source);
      const coverage = parsed.formula === undefined ? undefined : new FormulaCoverage(source, parsed.formula);
      formula = { source, formula: parsed.formula, diagnostics: parsed.diagnostics, comments: parsed.comments, coverage };
      this.known.set(key, formula);
    }
    return formula;
  }

  /** What was covered of every formula that parses, in the order in which cases asked for them. */
  coverage(): readonly FormulaCoverage[] {
    return [...this.known.values()].flatMap(({ coverage }) => (coverage === undefined ? [] : [coverage]));
  }
}
