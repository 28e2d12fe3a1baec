/**
 * An explanation as lines for a terminal: each statement with its line number, beneath it a tree of what it was made of, and at the end why the
 * targets are what they are. Colour is the caller's: `paint` gets each piece with its role and gives it back decorated.
 *
 *     3 | $n = $pct < 70 ? max(0, $PendingTasks.GetSample(1)) : avg($PendingTasks.GetSample(TimeInterval_Hour))
 *       = 3.66667
 *       ├─ $pct < 70 → 0
 *       ├─ not taken: max(0, $PendingTasks.GetSample(1))
 *       └─ taken: avg($PendingTasks.GetSample(TimeInterval_Hour)) → 3.66667
 *          └─ $PendingTasks.GetSample(TimeInterval_Hour) → [3,4,4]
 *               3 of 12 samples (25%, wanted 10%) from 08:00:00 to 09:00:00; missing 08:05:00, 08:10:00, … 7 more
 */
import type { Explanation, ExplainedNode, ExplainedStatement } from "./explain.ts";
import { percentText } from "./explain/texts.ts";
import type { WindowRead } from "./explain/windows.ts";

/** What a piece of the text is; a caller without colours gives the text back as it is. */
export type ExplanationRole =
  | "gutter"
  | "source"
  | "value"
  | "expression"
  | "branch"
  | "skipped"
  | "samples"
  | "missing"
  | "failure"
  | "heading"
  | "why";
/** Decorates a piece of the text by its role; gives it back unchanged where there is no colour. */
export type PaintExplanation = (role: ExplanationRole, text: string) => string;

/** Longest values and texts in a line; the data of the explanation have the whole. */
const VALUE_MAX = 72;
const TEXT_MAX = 100;

/** The lines of an explanation, joined by `\n`, without one at the end. Control characters of the formula are shown as `·`. */
export function explanationText(explanation: Explanation, paint: PaintExplanation = (_role, text) => text): string {
  const lines: string[] = [];
  for (const statement of explanation.statements) statementLines(statement, paint, lines);
  if (lines.length > 0) lines.push("");
  for (const why of explanation.why) lines.push(paint("why", plain(why.sentence)));
  return lines.join("\n");
}

function statementLines(statement: ExplainedStatement, paint: PaintExplanation, lines: string[]): void {
  const number = String(statement.line).padStart(4);
  const blank = " ".repeat(number.length);
  const isReached = statement.state !== "notReached";
  lines.push(`${paint("gutter", `${number} |`)} ${paint(isReached ? "source" : "skipped", cut(statement.text, 2 * TEXT_MAX))}`);
  const margin = `${blank}   `;
  if (!isReached) {
    lines.push(`${margin}${paint("skipped", "not reached")}`);
    return;
  }
  const { value } = statement;
  if (value.valueText !== null) lines.push(`${margin}= ${paint("value", cut(value.valueText, VALUE_MAX))}`);
  if (statement.overruledBy !== null)
    lines.push(
      `${margin}${paint("skipped", `changes nothing: ${statement.overruledBy} was assigned before, and the full name wins`)}`,
    );
  if (statement.state === "failed") lines.push(`${margin}${paint("failure", "failed here")}`);
  else if (statement.state === "stopped") lines.push(`${margin}${paint("branch", "stop() ended the evaluation")}`);
  else if (statement.state === "interrupted") lines.push(`${margin}${paint("branch", "the evaluation ended inside")}`);
  if (value.window !== null) lines.push(...windowLines(value.window, `${margin}  `, paint));
  childLines(value, margin, paint, lines);
}

/** The parts of a node that say something: literals and names of constants do not. */
function childLines(node: ExplainedNode, margin: string, paint: PaintExplanation, lines: string[]): void {
  const children = node.children.filter(isTelling);
  children.forEach((child, i) => {
    const isLast = i === children.length - 1;
    lines.push(`${margin}${paint("gutter", isLast ? "└─" : "├─")} ${nodeText(child, paint)}`);
    const inner = `${margin}${paint("gutter", isLast ? "  " : "│ ")} `;
    if (child.window !== null) lines.push(...windowLines(child.window, `${inner}  `, paint));
    childLines(child, inner, paint, lines);
  });
}

function isTelling(node: ExplainedNode): boolean {
  if (node.state !== "evaluated" || node.role === "whenTrue" || node.role === "whenFalse") return true;
  if (node.kind === "number" || node.kind === "string") return false;
  return node.value?.type !== "timeinterval" && node.value?.type !== "deallocationOption";
}

function nodeText(node: ExplainedNode, paint: PaintExplanation): string {
  const text = cut(node.text, TEXT_MAX);
  if (node.state === "notTaken") return paint("skipped", `${node.role === "operand" ? "not needed" : "not taken"}: ${text}`);
  if (node.state === "notReached") return paint("skipped", `not reached: ${text}`);
  const taken = node.role === "whenTrue" || node.role === "whenFalse" ? `${paint("branch", "taken:")} ` : "";
  if (node.state === "failed") return `${taken}${paint("expression", text)} ${paint("failure", "failed here")}`;
  if (node.state === "stopped") return `${taken}${paint("expression", text)} ${paint("branch", "ended the evaluation")}`;
  if (node.valueText === null) return `${taken}${paint("expression", text)}`;
  return `${taken}${paint("expression", text)} → ${paint("value", cut(node.valueText, VALUE_MAX))}`;
}

/** Which samples a window found, and which are not there. */
function windowLines(window: WindowRead, margin: string, paint: PaintExplanation): string[] {
  const lines = [`${margin}${paint("samples", windowText(window))}`];
  if (window.found > 0) {
    const earlier = window.found > window.samples.length ? "… " : "";
    lines.push(
      `${margin}${paint("samples", cut(`${earlier}${window.samples.map((sample) => String(Math.round(sample * 1e4) / 1e4)).join(" ")}`, TEXT_MAX))}`,
    );
  }
  if (window.missing > 0) {
    const more = window.missing - window.missingAt.length;
    const times = window.missingAt.map((time) => clock(time, window.to)).join(", ");
    const rest = window.missingAt.length === 0 ? `all ${window.missing}` : `${times}${more > 0 ? ` and ${more} more` : ""}`;
    lines.push(`${margin}${paint("missing", `missing: ${rest}`)}`);
  }
  return lines;
}

function windowText(window: WindowRead): string {
  const { metric, found, from, to } = window;
  if (window.kind === "last") {
    if (from === null || to === null) return `no sample of ${metric} is visible`;
    const when = found === 1 ? `of ${from}` : `from ${from} to ${clock(to, from)}`;
    return `${found} of the ${window.asked} asked for, ${when}`;
  }
  const wanted = window.wanted === null ? "" : `, wanted ${percentText(window.wanted)}%`;
  const stretch = from === null || to === null ? "" : `, after ${from} up to ${clock(to, from)}`;
  return `${found} of ${window.slots} samples (${percentText(window.percent ?? 0)}%${wanted})${stretch}`;
}

/** A time without its day where that is the other's too. */
function clock(time: string, other: string | null): string {
  return other !== null && time.slice(0, 10) === other.slice(0, 10) ? time.slice(11, 19) : time;
}

function cut(text: string, most: number): string {
  const shown = plain(text);
  return shown.length <= most ? shown : `${shown.slice(0, most - 1).trimEnd()}…`;
}

function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "·");
}
