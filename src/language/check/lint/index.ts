/**
 * Advice on a formula that parses: what experience says goes wrong, found before the formula runs. `rules.ts` is the list of what is looked for;
 * `lintCodes.ts` says it to people. The formula may still have errors of type or name: those are the checker's, and rules stay silent where they
 * depend on them.
 */
import { samplePeriodMsLive } from "../../../base/limits.ts";
import { TICKS_PER_MINUTE, TICKS_PER_MS } from "../../../base/time.ts";
import type { Formula } from "../../ast.ts";
import { byPlace, type Diagnostic, diagnostic } from "../../diagnostics/diagnostic.ts";
import { lintTable } from "../../diagnostics/lintCodes.ts";
import { defaultSemantics } from "../../semantics.ts";
import type { Source } from "../../source.ts";
import { comments as findComments } from "../../syntax/comments.ts";
import { Analysis } from "./analysis.ts";
import { Facts } from "./facts.ts";
import { Flow } from "./flow.ts";
import { GuardFinder } from "./guards.ts";
import type { LintContext, LintOptions } from "./rule.ts";
import { rules } from "./rules.ts";
import { silence } from "./silence.ts";
import { windowsOf } from "./windows.ts";

export { lintReference, ruleReference } from "./reference.ts";
export type { LintOptions } from "./rule.ts";

/** How long a sample takes until it can be read, where no one says otherwise: the service calls about a minute typical (rule 5.12). */
const SAMPLE_DELAY_LIVE = TICKS_PER_MINUTE;

/**
 * Warnings and hints on a formula, in text order, those left out that a comment silences. Never throws, whatever the formula; the tree must be
 * the one of this source.
 */
export function lint(source: Source, formula: Formula, options: LintOptions = {}): Diagnostic[] {
  const comments = options.comments ?? findComments(source);
  const semantics = options.semantics ?? defaultSemantics;
  const facts = new Facts(source, formula);
  const analysis = new Analysis(facts, semantics);
  const found: Diagnostic[] = [];
  const context: LintContext = {
    source,
    formula,
    facts,
    analysis,
    flow: new Flow(facts),
    guards: new GuardFinder(facts, analysis),
    windows: windowsOf(facts, analysis, semantics),
    targets: analysis.targets(),
    comments,
    semantics,
    pool: options.pool ?? {},
    samplePeriod: options.samplePeriod ?? BigInt(samplePeriodMsLive.value) * TICKS_PER_MS,
    sampleDelay: options.sampleDelay ?? SAMPLE_DELAY_LIVE,
    suppose: (supposed) => new Analysis(facts, semantics, supposed),
    report: (code, span, details, extra) => found.push(diagnostic(lintTable.get(code)!, span, details, extra)),
  };
  for (const rule of rules) rule.find(context);
  return silence(source, comments, found.sort(byPlace)).sort(byPlace);
}
