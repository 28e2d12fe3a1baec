/**
 * An explanation as a person reads it: every statement with its value, beneath it as a tree what the value came from, with the samples that were
 * read and the branches taken and not taken; at the end, why the targets are what they are.
 */
import type { ExplainedNode, ExplainedStatement, Explanation, WindowRead } from "../../src/autoscale/explain.ts";
import { counted, type PaintText, visibleText } from "./output.ts";

/** Samples of a window that are listed; the newest ones, with the count of the rest. */
const SAMPLES_SHOWN = 10;

/** The text of an explanation, without a last line end; lines are cut to `width` columns, the reasons excepted. */
export function explanationText(explanation: Explanation, width: number, paint: PaintText): string {
  const numberWidth = Math.max(2, ...explanation.statements.map(({ line }) => String(line).length));
  const blocks = explanation.statements.map((statement) => statementText(statement, numberWidth, width, paint));
  const reasons = explanation.why.map(({ sentence }) => `${paint("title", "•")} ${visible(sentence)}`);
  return [...blocks, ...(blocks.length === 0 ? [] : [""]), ...reasons].join("\n");
}

function statementText(statement: ExplainedStatement, numberWidth: number, width: number, paint: PaintText): string {
  const { value } = statement;
  const gutter = paint("gutter", `${String(statement.line).padStart(numberWidth)} |`);
  const room = width - numberWidth - 3;
  const says = isPlain(value) ? "" : ` ${paint("quiet", "→")} ${valueWords(value, paint)}`;
  const isDim = statement.state === "notReached";
  const head = `${gutter} ${paint(isDim ? "notTaken" : "title", cut(visible(statement.text), room))}${isDim ? paint("notTaken", "  (not reached)") : says}`;
  const below = isDim ? [] : childLines(value, " ".repeat(numberWidth + 3), width, paint);
  return [head, ...windowLines(value.window, " ".repeat(numberWidth + 3), paint), ...below].join("\n");
}

function childLines(node: ExplainedNode, indent: string, width: number, paint: PaintText): string[] {
  const children = node.children.filter(
    (child) => !isPlain(child) || (child.role.startsWith("when") && child.state === "evaluated"),
  );
  return children.flatMap((child, i) => {
    const isLast = i === children.length - 1;
    const deeper = `${indent}${paint("quiet", isLast ? "   " : "│  ")}`;
    const line = `${indent}${paint("quiet", isLast ? "└─ " : "├─ ")}${nodeText(child, width - indent.length - 3, paint)}`;
    return [line, ...windowLines(child.window, deeper, paint), ...childLines(child, deeper, width, paint)];
  });
}

/** An expression with its value, and for a branch whether it was taken. */
function nodeText(node: ExplainedNode, room: number, paint: PaintText): string {
  const text = cut(visible(node.text), Math.max(20, room - 24));
  const isBranch = node.role === "whenTrue" || node.role === "whenFalse";
  switch (node.state) {
    case "notTaken":
      return paint("notTaken", `${text}  (not taken)`);
    case "notReached":
      return paint("notTaken", `${text}  (not reached)`);
    case "failed":
    case "interrupted":
    case "stopped":
      return `${text} ${valueWords(node, paint)}`;
    case "evaluated":
      if (isPlain(node)) return `${paint("taken", "taken:")} ${text}`;
      return `${isBranch ? `${paint("taken", "taken:")} ` : ""}${text} ${paint("quiet", "→")} ${valueWords(node, paint)}`;
    default:
      return node.state satisfies never;
  }
}

function valueWords(node: ExplainedNode, paint: PaintText): string {
  switch (node.state) {
    case "failed":
      return paint("error", "failed here");
    case "interrupted":
      return paint("notTaken", "(the run ended in it)");
    case "stopped":
      return paint("warning", "stopped here");
    default:
      break;
  }
  if (node.valueText === null) return paint("notTaken", "-");
  // A window says its samples below; a vector of its own is as long as it is.
  if (node.window !== null && node.kind === "method" && node.valueText.startsWith("["))
    return paint("value", counted(node.window.found, "sample"));
  return paint("value", cut(visible(node.valueText), 60));
}

/** Where a window looked, what it found there and what not. */
function windowLines(window: WindowRead | null, indent: string, paint: PaintText): string[] {
  if (window === null) return [];
  const { kind, from, to, found, slots, percent, wanted, samples, missing, missingAt } = window;
  const span =
    from === null || to === null
      ? ""
      : kind === "span"
        ? ` after ${time(from)} up to ${time(to)}`
        : found > 1
          ? ` from ${time(from)} to ${time(to)}`
          : ` of ${time(to)}`;
  const counts = slots === null ? counted(found, "sample") : `${found} of ${counted(slots, "sample")}`;
  const shares =
    percent === null ? "" : `, ${Math.round(percent * 10) / 10} %${wanted === null ? "" : ` (wanted ${wanted} %)`}`;
  const shown = samples.slice(-SAMPLES_SHOWN).map((sample) => String(Math.round(sample * 1e4) / 1e4));
  const list = shown.length === 0 ? "" : `: ${found > shown.length ? "… " : ""}${shown.join(" ")}`;
  const lines = [`${indent}${paint("quiet", `${window.metric} ${counts}${span}${shares}${list}`)}`];
  if (missing > 0 && missingAt.length > 0) {
    const more = missing > missingAt.length ? ` and ${missing - missingAt.length} more` : "";
    lines.push(`${indent}${paint("warning", `missing: ${missingAt.map(clock).join(", ")}${more}`)}`);
  }
  return lines;
}

/** What says itself: literals, interval constants, option words. */
function isPlain(node: ExplainedNode): boolean {
  return (
    node.kind === "number" ||
    node.kind === "string" ||
    (node.kind === "name" && (/^TimeInterval_/.test(node.text) || node.value?.type === "deallocationOption"))
  );
}

const time = (text: string) => text.replace(/\.000Z$/, "Z").replace("T", " ");
const clock = (text: string) => time(text).slice(11);
const visible = (text: string) => visibleText(text.slice(0, 4000));
const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text);
