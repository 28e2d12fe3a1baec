/**
 * Mistakes that come from elsewhere: characters of a word processor, operators, comments and statements of other languages. Each rule
 * looks at a spot and either knows it or leaves it to the next one; `explain.ts` asks them in order.
 */
import {
  Assign,
  Colon,
  Divide,
  Greater,
  Less,
  Minus,
  Name,
  NumberLiteral,
  OpenString,
  Plus,
  Semicolon,
  Times,
  Unknown,
} from "../../../grammar/tokens.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source.ts";
import { tokenEnd } from "./build.ts";
import { type Explained, finding, isBinary, type Spot, shown, touch, unicode } from "./spot.ts";

/** Characters that look like one of ours, with what was meant. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  [
    ['"', "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb\u2033\uff02"],
    ["-", "\u2212\u2010\u2011\u2012\u2013\u2014\u2015\ufe63\uff0d"],
    ["*", "\u00d7\u2217\u22c5\u00b7\uff0a"],
    ["/", "\u00f7\u2215\u2044\uff0f"],
    [
      " ",
      "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u2060\u3000\ufeff\u0085\u2028\u2029",
    ],
    ["<=", "\u2264\u2a7d"],
    [">=", "\u2265\u2a7e"],
    ["!=", "\u2260"],
    ["==", "\u2261"],
    ["!", "\u00ac\uff01"],
    ["&&", "\u2227"],
    ["||", "\u2228"],
    [";", "\u037e\uff1b"],
    [",", "\u201a\uff0c\u3001"],
    [":", "\uff1a\u2236"],
    ["?", "\uff1f"],
    ["(", "\uff08"],
    [")", "\uff09"],
    ["=", "\uff1d"],
    ["+", "\uff0b"],
    ["$", "\uff04"],
  ].flatMap(([ours, theirs]) => Array.from(theirs, (character) => [character, ours] as const)),
);

/** Words that begin a statement elsewhere. */
const STATEMENT_WORDS = new Set(
  "if else elseif elif while for foreach switch return var let const function def end then int double float".split(" "),
);

const replacement = (title: string, span: Span, text: string): Fix => ({
  title,
  edits: [{ start: span.start, end: span.end, text }],
});

/** A string that its line leaves open (rule 1.9), or a text in single quotes. */
export function quotes(spot: Spot): Explained | undefined {
  const { token, source, span } = spot;
  if (token?.tokenType === OpenString) return finding(spot, "unterminated-string");
  if (token?.image !== "'") return undefined;
  const inside = /^'([^'"\r\n]*)'/.exec(source.text.slice(span.start));
  if (inside === null) return finding(spot, "single-quotes", { instead: 'double quotes: "…"' });
  const whole = { start: span.start, end: span.start + inside[0].length };
  const instead = `"${inside[1]}"`;
  return finding(
    spot,
    "single-quotes",
    { instead: shown(instead) },
    { span: whole, fix: replacement("use double quotes", whole, instead) },
  );
}

/** Block comments and `#`: only `//` begins a comment (rule 1.4). */
export function commentForms(spot: Spot): Explained | undefined {
  const { token, before, after, tokens, index, source, span, first } = spot;
  if (token?.image === "#")
    return finding(
      spot,
      "comment-form",
      {},
      { fix: replacement("begin the comment with //", span, "//"), resume: lineEnd(spot) },
    );
  const atSlash = token?.tokenType === Divide && after?.tokenType === Times && touch(token, after);
  const atStar = token?.tokenType === Times && before?.tokenType === Divide && touch(before, token);
  if (!atSlash && !atStar) return undefined;
  const close = source.text.indexOf("*/", span.start + (atSlash ? 2 : 1));
  const end = close < 0 ? source.text.length : close + 2;
  const next = tokens.findIndex((item) => item.startOffset >= end);
  // In front of a statement the comment can simply be skipped; inside one the statement is lost.
  const resume = next < 0 ? tokens.length : atSlash && index === first ? next : behindSemicolon(spot, next);
  return finding(spot, "comment-form", {}, { span: { start: span.start, end }, resume });
}

/** Characters that begin no token. */
export function characters(spot: Spot): Explained | undefined {
  const { token, tokens, index, span } = spot;
  if (token?.tokenType !== Unknown) return undefined;
  const { image } = token;
  const ours = LOOK_ALIKES.get(image);
  if (ours !== undefined) {
    const details = {
      token: ours === " " ? unicode(image) : `'${image}' (${unicode(image)})`,
      instead: ours === " " ? "a blank" : `'${ours}'`,
    };
    return finding(spot, "look-alike", details, { fix: replacement(`write ${ours === " " ? "a blank" : ours}`, span, ours) });
  }
  if (image === "{" || image === "}") {
    if (image === "}" && tokens.slice(0, index).some((item) => item.image === "{"))
      return { diagnostic: undefined, resume: index + 1 };
    return finding(spot, "braces", { token: image }, { resume: index === spot.first ? index + 1 : undefined });
  }
  if (image === "&" || image === "|") {
    const doubled = image + image;
    return finding(
      spot,
      "unknown-operator",
      { token: image, instead: `write ${doubled}` },
      { fix: replacement(`write ${doubled}`, span, doubled) },
    );
  }
  if (image === "%")
    return finding(spot, "unknown-operator", { token: image, instead: "the rest of a / b is a - b * floor(a / b)" });
  if (image === "^") return finding(spot, "unknown-operator", { token: image, instead: "there is no power: write x * x" });
  if (image === "~")
    return finding(spot, "unknown-operator", { token: image, instead: "there are no bit operators; ! is the logical not" });
  const visible = /^[\u0021-\u007e]$/.test(image) ? `'${image}'` : `'${shown(image)}' (${unicode(image)})`;
  return finding(spot, "unexpected-character", {
    token: /[\u0000-\u0020\u007f-\u009f]/.test(image) ? unicode(image) : visible,
  });
}

/** Operators written with signs that we have, `<>`, `=>`, `**`, `++`, `+=`, `:=`, `===`. */
export function operators(spot: Spot): Explained | undefined {
  const { token, before, after } = spot;
  if (token === undefined) return undefined;
  const pair = touch(before, token) ? `${before!.image}${token.image}` : "";
  if (pair === "=>" || pair === "=<" || pair === "<>") {
    const instead = pair === "=>" ? ">=" : pair === "=<" ? "<=" : "!=";
    // Of `x => 1` no one can tell whether a comparison was meant or an assignment.
    const fix = pair === "<>" ? replacement(`write ${instead}`, pairSpan(spot), instead) : undefined;
    return finding(spot, "unknown-operator", { token: pair, instead: `write ${instead}` }, { fix });
  }
  // In `x = a => 1` the second `=` is refused already; in `a => 1` only what follows it.
  if (spot.afterValue && token.tokenType === Assign && touch(token, after) && (after?.image === "<" || after?.image === ">")) {
    const instead = `${after.image}=`;
    const both = { start: spot.span.start, end: tokenEnd(after) };
    return finding(
      spot,
      "unknown-operator",
      { token: `=${after.image}`, instead: `write ${instead}` },
      { span: both, fix: replacement(`write ${instead}`, both, instead) },
    );
  }
  if (pair === "**") return finding(spot, "unknown-operator", { token: pair, instead: "there is no power: write x * x" });
  if (pair === "===" || pair === "!==") {
    const instead = pair.slice(0, 2);
    const fix = replacement(`write ${instead}`, pairSpan(spot), instead);
    return finding(spot, "unknown-operator", { token: pair, instead: `write ${instead}` }, { fix });
  }
  if (pair === "??") {
    const instead = "no value is ever missing: a metric without a sample counts as 0";
    return finding(spot, "unknown-operator", { token: pair, instead });
  }
  if (token.tokenType === Colon && after?.tokenType === Assign && touch(token, after)) {
    return finding(spot, "assignment-form", { token: ":=" }, { fix: replacement("assign with =", spot.span, "") });
  }
  if (token.tokenType === Assign && before !== undefined && isBinary(before) && touch(before, token)) {
    return finding(spot, "assignment-form", { token: pair });
  }
  if (pair === "++" || pair === "--") return finding(spot, "assignment-form", { token: pair });
  if (token.tokenType === Plus && !spot.afterValue) {
    return finding(
      spot,
      "unknown-operator",
      { token: "+", instead: "a value needs no + before it" },
      { fix: replacement("leave the + out", spot.span, "") },
    );
  }
  // `x--;` fails behind the second sign, which could have been a negation.
  if (
    before?.tokenType === Minus &&
    touch(spot.tokens[spot.index - 2], before) &&
    spot.tokens[spot.index - 2].tokenType === Minus &&
    endsStatement(spot)
  ) {
    return finding(spot, "assignment-form", { token: "--" });
  }
  if (
    !spot.afterValue &&
    (token.tokenType === Less || token.tokenType === Greater) &&
    (before?.tokenType === Less || before?.tokenType === Greater) &&
    pair
  ) {
    return finding(spot, "unknown-operator", { token: pair, instead: "there are no bit operators" });
  }
  return undefined;
}

/** `and`, `or`, `not`, `if`, units behind numbers: names where no name can stand. */
export function words(spot: Spot): Explained | undefined {
  const { token, before, tokens, first, index, span } = spot;
  const opening = tokens[first];
  if (
    opening?.tokenType === Name &&
    index > first &&
    STATEMENT_WORDS.has(opening.image) &&
    tokens[first + 1]?.tokenType !== Assign
  ) {
    return finding(spot, "control-statement", { token: opening.image }, { resume: wordResume(spot) });
  }
  if (before?.tokenType === Name && before.image.toLowerCase() === "not")
    return finding(spot, "word-operator", { token: before.image, instead: "!" });
  if (token?.tokenType !== Name || !spot.afterValue) return undefined;
  const instead = { and: "&&", or: "||", is: "==", eq: "==", ne: "!=", lt: "<", gt: ">", le: "<=", ge: ">=" }[
    token.image.toLowerCase()
  ];
  if (instead !== undefined && spot.after?.tokenType !== Assign) {
    return finding(
      spot,
      "word-operator",
      { token: token.image, instead },
      { fix: replacement(`write ${instead}`, span, instead) },
    );
  }
  if (before?.tokenType === NumberLiteral && touch(before, token)) {
    if (/^(?:_\d+)+$/.test(token.image)) {
      const number = before.image + token.image.replaceAll("_", "");
      return finding(spot, "thousands-separator", { instead: shown(number) });
    }
    const unit = { ms: "Millisecond", s: "Second", sec: "Second", m: "Minute", min: "Minute", h: "Hour", d: "Day" }[
      token.image.toLowerCase()
    ];
    const written = unit === undefined ? undefined : `write ${shown(before.image)} * TimeInterval_${unit}`;
    return finding(spot, "number-suffix", {
      token: shown(token.image),
      ...(written === undefined ? {} : { instead: written }),
    });
  }
  return undefined;
}

/** Behind `if (…) {` the block's statements are read; behind `if (…) $x = 1` the assignment. */
function wordResume({ token, index }: Spot): number | undefined {
  return token?.image === "{" ? index + 1 : token?.tokenType === Name ? index : undefined;
}

function endsStatement({ token }: Spot): boolean {
  return token === undefined || token.tokenType === Semicolon;
}

function behindSemicolon({ tokens }: Spot, from: number): number {
  for (let i = from; i < tokens.length; i++) if (tokens[i].tokenType === Semicolon) return i + 1;
  return tokens.length;
}

/** The first token of a later line. */
function lineEnd({ source, tokens, index, span }: Spot): number {
  const { line } = source.position(span.start);
  for (let i = index; i < tokens.length; i++) {
    if (source.position(tokenEnd(tokens[i])).line > line) return i;
  }
  return tokens.length;
}

/** The token before and this one, which touch. */
function pairSpan({ before, span }: Spot): Span {
  return { start: before?.startOffset ?? span.start, end: span.end };
}
