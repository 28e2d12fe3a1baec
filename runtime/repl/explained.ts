/**
 * An explanation as lines: for each statement its value and the tree beneath, samples and branches included; at the end why the targets are
 * what they are.
 */
import type { Explanation, ExplainedNode, ExplainedStatement } from "../../src/autoscale/explain.ts";
import type { Context } from "./context.ts";
import { visible } from "./show.ts";

/** The lines for the last `count` statements, or for all and the targets when `count` is 0. */
export function explanationLines(explanation: Explanation, count: number, context: Context): string[] {
  const { paint } = context;
  const statements = count === 0 ? explanation.statements : explanation.statements.slice(-count);
  const lines = statements.flatMap((statement) => statementLines(statement, context));
  if (count === 0) lines.push(...explanation.why.map((why) => paint("title", visible(why.sentence))));
  return lines;
}

function statementLines(statement: ExplainedStatement, context: Context): string[] {
  const lines = [`${context.paint("title", visible(statement.text))}`];
  nodeLines(statement.value, "  ", context, lines);
  return lines;
}

function nodeLines(node: ExplainedNode, indent: string, context: Context, lines: string[]): void {
  const { paint, width } = context;
  const isTaken = node.state === "evaluated";
  const room = Math.max(24, width - indent.length - 24);
  const text = visible(node.text.length > room ? `${node.text.slice(0, room - 1)}…` : node.text);
  const value =
    node.valueText === null
      ? paint(node.state === "failed" ? "error" : "notTaken", stateWords(node.state))
      : paint("value", cut(visible(node.valueText), room));
  lines.push(`${indent}${isTaken ? text : paint("notTaken", text)} ${paint("quiet", "→")} ${value}`);
  for (const child of node.children) if (!isPlain(child)) nodeLines(child, `${indent}  `, context, lines);
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
