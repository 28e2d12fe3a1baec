/**
 * An explanation as lines: for each statement its value and the tree beneath, samples and branches included; at the end why the targets are
 * what they are.
 */
import type { Explanation, ExplainedNode, ExplainedStatement } from "../../src/autoscale/explain.ts";
import type { Context } from "./context.ts";
import { visible, wrapped } from "./show.ts";

/** The lines for the last `count` statements, or for all and the targets when `count` is 0. */
export function explanationLines(explanation: Explanation, count: number, context: Context): string[] {
  const { paint } = context;
  const statements = count === 0 ? explanation.statements : explanation.statements.slice(-count);
  const lines = statements.flatMap((statement) => statementLines(statement, context));
  if (count === 0)
    lines.push(
      ...explanation.why.flatMap((why) => wrapped(visible(why.sentence), context.width).map((line) => paint("title", line))),
    );
  return lines;
}

/** The statement with its value, then what the value came from. */
function statementLines({ text, value }: ExplainedStatement, context: Context): string[] {
  if (isPlain(value) && value.state === "evaluated") return [context.paint("title", visible(text))];
  const lines = [nodeLine(text, value, "", "title", context)];
  for (const child of value.children) if (!isPlain(child)) nodeLines(child, "  ", context, lines);
  return lines;
}

function nodeLines(node: ExplainedNode, indent: string, context: Context, lines: string[]): void {
  lines.push(nodeLine(node.text, node, indent, node.state === "evaluated" ? "plain" : "notTaken", context));
  for (const child of node.children) if (!isPlain(child)) nodeLines(child, `${indent}  `, context, lines);
}

function nodeLine(text: string, node: ExplainedNode, indent: string, role: string, { paint, width }: Context): string {
  const room = Math.max(24, width - indent.length - 24);
  const value =
    node.valueText === null
      ? paint(node.state === "failed" ? "error" : "notTaken", stateWords(node.state))
      : paint("value", cut(visible(node.valueText), room));
  return `${indent}${paint(role, cut(visible(text), room))} ${paint("quiet", "→")} ${value}${windowNote(node, paint)}`;
}

/** How many of the expected samples a stretch of time held; of the most recent ones the value says it. */
function windowNote({ window }: ExplainedNode, paint: Context["paint"]): string {
  return window === null || window.slots === null ? "" : paint("quiet", `  ${window.found} of ${window.slots} samples`);
}

/** A literal says itself. */
const isPlain = (node: ExplainedNode) => node.kind === "number" || node.kind === "string";

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function stateWords(state: ExplainedNode["state"]): string {
  switch (state) {
    case "evaluated":
      return "evaluated";
    case "failed":
      return "failed here";
    case "interrupted":
      return "interrupted";
    case "stopped":
      return "stopped here";
    case "notTaken":
      return "not taken";
    case "notReached":
      return "not reached";
    default:
      return state satisfies never;
  }
}
