/**
 * Hours and week days compared with numbers: they are in UTC (rule 2.3), and authors mostly think of the clock on the wall. A comment that says UTC
 * shows that the author knows; one that names a zone or speaks of local hours makes it a warning.
 */
import type { Expression, Member } from "../../../ast.ts";
import { onlyValue } from "../range.ts";
import { type LintContext, type Rule, shortText, spanOf } from "../rule.ts";
import { isSilencer } from "../silence.ts";

const MEMBERS = new Set(["hour", "weekday", "day"]);
const KNOWS = /\b(?:UTC|GMT|Zulu)\b/i;
const LOCAL_WORDS =
  /\b(?:local(?: time| hours?)?|(?:office|working|business|opening) hours?|time ?zones?|(?:daylight saving|summer|wall|Pacific|Eastern|Central|Mountain|European) time)\b/i;
const LOCAL_ZONES = /\b(?:[PCEM][SD]T|CES?T|BST|IST|JST|KST|SGT|AE[SD]T|NZ[SD]T|MSK)\b/;

export const hours: Rule = {
  codes: ["utc-hours", "local-hours"],
  find(context) {
    // A silencing comment names codes, `utc-hours` among them; it says nothing about what the author knows.
    const spoken = context.comments.filter((comment) => !isSilencer(comment));
    const text = spoken.map((comment) => comment.text).join("\n");
    if (KNOWS.test(text)) return;
    const words = (LOCAL_ZONES.exec(text) ?? LOCAL_WORDS.exec(text))?.[0];
    for (const node of context.facts.expressions) {
      if (node.kind !== "binary") continue;
      const member = comparedMember(context, node.left, node.right) ?? comparedMember(context, node.right, node.left);
      if (member === undefined || !["<", "<=", ">", ">=", "==", "!="].includes(node.operator)) continue;
      const details = { member: shortText(context, member), words: words ?? "" };
      context.report(words === undefined ? "utc-hours" : "local-hours", spanOf(node), details);
      return; // said once is enough
    }
  },
};

function comparedMember(context: LintContext, side: Expression, other: Expression): Member | undefined {
  const node = context.facts.resolve(side);
  if (node.kind !== "member" || !MEMBERS.has(node.name)) return undefined;
  const time = context.analysis.of(node.object);
  // time() + 7 * TimeInterval_Hour is a clock that someone has converted.
  if (time.kind !== "timestamp" || time.sinceNow === undefined || onlyValue(time.sinceNow) !== 0) return undefined;
  const number = context.analysis.double(other);
  return number !== undefined && onlyValue(number) !== undefined ? node : undefined;
}
