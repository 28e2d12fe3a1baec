/**
 * Says what was probably meant where reading stopped. The place is never a guess: it is the token at which the grammar cannot go on
 * (rule 8.19). The explanation is one: an ordered list of rules, the special ones first, of which the first that knows the spot speaks.
 */
import {
  CloseBracket,
  CloseParenthesis,
  Colon,
  Comma,
  Dot,
  Name,
  NumberLiteral,
  OpenBracket,
  OpenParenthesis,
  Semicolon,
  type Token,
} from "../../../grammar/tokens.ts";
import type { Source } from "../source.ts";
import { tokenEnd } from "./build.ts";
import { characters, commentForms, operators, quotes, words } from "./habits.ts";
import { type Explained, finding, isAssign, onNewLine, type Spot, shown, shownToken, spotAt, touch } from "./spot.ts";

type Rule = (spot: Spot) => Explained | undefined;

const RULES: readonly Rule[] = [
  quotes,
  commentForms,
  // Before characters and operators: in `if (x) {` the word is the mistake, not the brace.
  words,
  characters,
  // Before assignments: `+=` and `:=` say more than `=` alone.
  operators,
  assignments,
  members,
  commas,
  closers,
  neighbours,
  ends,
];

/** Explains one mistake; `from` is the token with which reading began. */
export function explain(
  source: Source,
  tokens: readonly Token[],
  mistake: { readonly index: number; readonly limit: string | undefined },
  from: number,
): Explained {
  const spot = spotAt(source, tokens, mistake.index, from);
  if (mistake.limit === "statements") return finding(spot, "too-many-statements");
  if (mistake.limit !== undefined) return finding(spot, "too-deep");
  for (const rule of RULES) {
    const explained = rule(spot);
    if (explained !== undefined) return explained;
  }
  return finding(spot, "unexpected-token", { token: shownToken(spot) });
}

/** `=` where no assignment can stand (rule 2.17). */
function assignments(spot: Spot): Explained | undefined {
  const { token, before, tokens, first, index, openers, span } = spot;
  if (!isAssign(token)) return undefined;
  const assigned = isAssign(tokens[first + 1]) && index > first + 1;
  if (before?.tokenType === Name && assigned && index === first + 3) return finding(spot, "chained-assignment");
  const compares = openers.length > 1 || assigned;
  if (!compares) return finding(spot, "assignment-target");
  if (!spot.afterValue) return undefined;
  const fix = { title: "compare with ==", edits: [{ start: span.start, end: span.end, text: "==" }] };
  return finding(spot, "assignment-in-expression", {}, { fix });
}

/** Behind a point stands a name. */
function members(spot: Spot): Explained | undefined {
  return spot.before?.tokenType === Dot ? finding(spot, "missing-member", { token: shownToken(spot) }) : undefined;
}

/** `1,000`, `max(1,,2)`, a comma in plain parentheses. */
function commas(spot: Spot): Explained | undefined {
  const { token, before, after, openers } = spot;
  const inner = openers[openers.length - 1];
  if (
    before?.tokenType === Comma &&
    (token?.tokenType === Comma || token?.tokenType === CloseParenthesis || token?.tokenType === CloseBracket)
  ) {
    return finding(spot, "missing-argument", { token: token.image });
  }
  if (token?.tokenType !== Comma) return undefined;
  if (!spot.afterValue && inner.call) return finding(spot, "missing-argument", { token: "," });
  const grouped =
    touch(before, token) && touch(token, after) && /^\d+$/.test(before!.image) && /^\d{3}(?:\.|$)/.test(after!.image);
  if (!inner.call && before?.tokenType === NumberLiteral && after?.tokenType === NumberLiteral && grouped) {
    const instead = before.image + after.image;
    const fix = { title: `write ${shown(instead)}`, edits: [{ start: spot.span.start, end: spot.span.end, text: "" }] };
    return finding(spot, "thousands-separator", { instead: shown(instead) }, { fix });
  }
  if (!spot.afterValue) return undefined;
  return finding(
    spot,
    "unexpected-token",
    { token: "','" },
    { hint: "commas separate the arguments of a function or the elements of [ ]" },
  );
}

/** Brackets that close nothing or the wrong thing, and brackets and choices that the end of something finds open. */
function closers(spot: Spot): Explained | undefined {
  const { token, source, openers, afterValue } = spot;
  const inner = openers[openers.length - 1];
  const closes = token?.tokenType === CloseParenthesis || token?.tokenType === CloseBracket;
  const stops = token === undefined || token.tokenType === Semicolon || isAssignmentOnNewLine(spot);
  if (!closes && !stops) return undefined;
  if (closes && inner.token === undefined) return afterValue ? finding(spot, "unmatched", { token: token.image }) : undefined;
  if (!afterValue) return undefined;
  if (inner.questions > 0) return finding(spot, "missing-colon", { token: shownToken(spot) });
  if (inner.token === undefined) return undefined;
  const { line, column } = source.position(inner.token.startOffset);
  const details = {
    opener: inner.token.image,
    place: `line ${line}, column ${column}`,
    instead: inner.token.image === "(" ? ")" : "]",
    token: shownToken(spot),
  };
  return finding(spot, "unclosed", details, { resume: token?.tokenType === Name ? spot.index : undefined });
}

/** `name =` at the begin of a line: whatever is open was meant to end before. */
function isAssignmentOnNewLine(spot: Spot): boolean {
  return spot.token?.tokenType === Name && isAssign(spot.after) && onNewLine(spot);
}

/** Two values side by side. */
function neighbours(spot: Spot): Explained | undefined {
  const { token, before, after, openers, afterValue, index } = spot;
  if (!afterValue || before === undefined || token === undefined) return undefined;
  if (token.tokenType === OpenBracket && !onNewLine(spot)) return finding(spot, "indexing");
  const begins =
    token.tokenType === Name ||
    token.tokenType === NumberLiteral ||
    token.tokenType === OpenParenthesis ||
    token.tokenType === OpenBracket ||
    token.image === "!" ||
    token.image.startsWith('"');
  if (!begins) return undefined;
  const inner = openers[openers.length - 1];
  if (
    inner.token === undefined &&
    inner.questions === 0 &&
    (onNewLine(spot) || (token.tokenType === Name && isAssign(after)))
  ) {
    const fix = { title: "insert ;", edits: [{ start: tokenEnd(before), end: tokenEnd(before), text: ";" }] };
    return finding(spot, "missing-semicolon", { token: shown(token.image) }, { fix, resume: index });
  }
  return finding(
    spot,
    "missing-operator",
    { token: shown(token.image) },
    { hint: inner.call ? "arguments are separated by commas" : undefined },
  );
}

/** A value is wanted and something else stands there. */
function ends(spot: Spot): Explained | undefined {
  const { token, afterValue } = spot;
  if (afterValue)
    return token?.tokenType === Colon
      ? finding(spot, "unexpected-token", { token: "':'" }, { hint: "a ':' belongs to a '?' before it" })
      : undefined;
  return finding(spot, "missing-operand", { token: shownToken(spot) });
}
