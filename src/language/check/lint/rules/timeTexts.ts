/**
 * Texts given to time("…") that it does not read (rules 3.17, 3.20, 8.26). Where one small change makes a time of it that can only be the one meant,
 * the change comes as a fix.
 */
import { parseInstant } from "../../../../base/time.ts";
import { type StringLiteral, ungroup } from "../../../ast.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";

const LONG_FRACTION = /(\.\d{7})(\d+)/;

export const timeTexts: Rule = {
  codes: ["time-fraction-digits", "unreadable-time"],
  find(context) {
    for (const node of context.facts.expressions) {
      if (node.kind !== "call" || node.name !== "time" || node.args.length !== 1) continue;
      const text = ungroup(node.args[0]);
      if (text.kind === "string" && text.value !== "" && parseInstant(text.value) === undefined) judge(context, text);
    }
  },
};

function judge(context: LintContext, literal: StringLiteral): void {
  const cut = literal.value.replace(LONG_FRACTION, "$1");
  if (cut !== literal.value && parseInstant(cut) !== undefined) {
    const digits = LONG_FRACTION.exec(literal.value)![0].length - 1;
    context.report(
      "time-fraction-digits",
      spanOf(literal),
      { digits: String(digits) },
      { fix: replacement(literal, cut, "cut to 7 digits") },
    );
    return;
  }
  const repaired = repair(literal.value);
  const text = literal.value.length > 60 ? `${literal.value.slice(0, 60)}…` : literal.value;
  const fix = repaired === undefined ? {} : { fix: replacement(literal, repaired, `write ${repaired}`) };
  context.report("unreadable-time", spanOf(literal), { text }, fix);
}

/** A text in the form that people often write, turned into the form that is read; undefined if it is still no time. */
function repair(text: string): string | undefined {
  const repaired = text
    .trim()
    .replace(/^(\d{4})\/(\d\d)\/(\d\d)/, "$1-$2-$3")
    .replace(/^(\d{4}-\d\d-\d\d)(?:[ \t]+|t)(?=\d)/, "$1T")
    .replace(LONG_FRACTION, "$1")
    .replace(/(T[\d:.]+)\s*(?:[zZ]|UTC|GMT)$/, "$1Z")
    .replace(/(T[\d:.]+)\s*([+-]\d\d):?(\d\d)$/, "$1$2:$3");
  return parseInstant(repaired) === undefined ? undefined : repaired;
}

function replacement(literal: StringLiteral, text: string, title: string) {
  return { title, edits: [{ start: literal.start + 1, end: literal.end - 1, text }] };
}
