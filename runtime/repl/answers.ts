/**
 * What a session answers: values, problems as `validate` shows them, and what an evaluation of the whole formula did to the pool's targets.
 */
import { instantText } from "../../src/base/time.ts";
import { serviceError } from "../../src/language/diagnostics/failure.ts";
import { type Diagnostic, showDiagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import type { Source } from "../../src/language/source.ts";
import type { PoolTargets } from "../../src/autoscale/results.ts";
import type { Context } from "./context.ts";
import type { Answer, Session } from "./session.ts";
import { valueLine } from "./show.ts";

/** Prints what entering a text gave. */
export function showAnswers(context: Context, answers: readonly Answer[]): void {
  for (const answer of answers) {
    if (answer.kind === "value") context.say(valueLine(answer.name, answer.value, context.paint));
    else if (answer.kind === "stopped") context.say(context.paint("quiet", "stop(): a formula's evaluation would end here"));
    else showProblems(context, answer.source, answer.diagnostics);
  }
}

/** Prints diagnostics; an error among them makes the entry a failure, advice does not. */
export function showProblems(context: Context, source: Source, diagnostics: readonly Diagnostic[]): void {
  for (const item of diagnostics) {
    const text = showDiagnostic(source, item, context.paint);
    if (item.severity === "error") context.fail(text);
    else context.say(text);
  }
}

/** Says which statements have no value in the world the session went to. They are no failure of what the user asked for. */
export function showLost(context: Context, answers: readonly Answer[]): void {
  for (const answer of answers) {
    if (answer.kind !== "problems") continue;
    for (const item of answer.diagnostics) context.say(showDiagnostic(answer.source, item, context.paint));
  }
}

/** One evaluation of the whole formula: the targets after it, and the line that tells about it. */
interface Evaluated {
  readonly targets: PoolTargets;
  readonly line: string;
}

/** Evaluates the session's formula at its instant, as the service would. */
export function evaluateOnce(session: Session, paint: Context["paint"]): Evaluated {
  const time = paint("quiet", instantText(session.now));
  const before = session.targets;
  const run = session.run();
  if ("diagnostics" in run) {
    const [first] = run.diagnostics;
    return {
      targets: before,
      line: `${time}  ${paint("error", "refused")}: ${first?.message ?? "the formula cannot be read"}`,
    };
  }
  const { outcome, source } = run;
  const targets = { dedicated: outcome.targetDedicated, lowPriority: outcome.targetLowPriority };
  if (outcome.failure !== undefined) {
    const { code, message } = serviceError(source, outcome.failure);
    return { targets: before, line: `${time}  ${paint("error", code)}: ${message}; ${poolText(before)} stay` };
  }
  const changes = [
    changeText("$TargetDedicatedNodes", before.dedicated, targets.dedicated, paint),
    changeText("$TargetLowPriorityNodes", before.lowPriority, targets.lowPriority, paint),
    outcome.nodeDeallocationOption,
  ];
  return { targets, line: `${time}  ${changes.join("  ")}` };
}

function changeText(name: string, before: number, after: number, paint: Context["paint"]): string {
  const shown = before === after ? `${after}` : `${before} → ${paint("value", String(after))}`;
  return `${paint("name", name)} ${shown}`;
}

/** `3 dedicated and 0 low-priority nodes`. */
export function poolText({ dedicated, lowPriority }: PoolTargets): string {
  return `${dedicated} dedicated and ${lowPriority} low-priority nodes`;
}
