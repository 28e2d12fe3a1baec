/**
 * What can be written at a place of a formula, half typed as it may be: names in scope, functions, methods behind a metric, members behind
 * a timestamp, option words behind `$NodeDeallocationOption =`. Everything offered is read from the tables of built-ins; the order is the
 * order of usefulness, so that an editor need not sort. Nothing is offered in comments, strings, numbers and behind a complete operand.
 */
import { variables } from "../language/builtins/index.ts";
import type { Source, Span } from "../language/source.ts";
import type { Type } from "../language/values/value.ts";
import { entries, type Entry, type EntryKind } from "./lookup.ts";
import { type Known, typeOfText, variablesBefore } from "./scope.ts";
import { enclosingCall } from "./signature.ts";
import { type StatementTokens, statementsOf, type Token, tokensOf } from "./tokens.ts";

/** One thing to write; its span is the text it replaces, the word under the cursor or nothing. */
export interface CompletionItem extends Span {
  readonly label: string;
  readonly kind: EntryKind | "user";
  /** What to write: a function comes with its parenthesis. */
  readonly insert: string;
  /** One line beside the label: signature, type or unit. */
  readonly detail: string;
  readonly doc: string;
  readonly obsolete: boolean;
  /** How the typed letters fit: 0 begins so, 1 does so behind its `$`, 2 in another case, 3 begins a later part of the name. */
  readonly match: 0 | 1 | 2 | 3;
}

type Place =
  | { readonly kind: "nothing" }
  | { readonly kind: "statement" | "expression"; readonly before: number }
  | { readonly kind: "member"; readonly before: number };

/** All items for the place, best first. Never fails, whatever the text and the offset; an offset beyond the text counts as its end. */
export function complete(source: Source, offset: number, known: Known = {}): CompletionItem[] {
  const { text } = source;
  const at = Number.isNaN(offset) ? 0 : Math.max(0, Math.min(Math.trunc(offset), text.length));
  const tokens = tokensOf(text);
  const inside = tokens.find((token) => token.start < at && (at < token.end || (at === token.end && isOpenEnded(token))));
  if (inside !== undefined && inside.kind !== "name" && inside.kind !== "sign") return [];
  const word = tokens.find((token) => token.kind === "name" && token.start < at && at <= token.end);
  const typed = word === undefined ? "" : text.slice(word.start, at);
  const span = { start: word?.start ?? at, end: word?.end ?? at };
  const code = tokens.filter((token) => token.kind !== "comment");
  const place = placeOf(text, code, span);
  if (place.kind === "nothing") return [];
  const statements = statementsOf(tokens);
  const types = variablesBefore(text, statements, indexAt(statements, span.start, place), known);
  const offers =
    place.kind === "member" ? memberOffers(text, code, place.before, types, known) : nameOffers(code, place, types, typed);
  const opened = code.find((token) => token.start >= span.end)?.text === "(";
  return offers
    .map((offer) => ({ offer, match: matchOf(offer.name, typed) }))
    .filter((found): found is { offer: Offer; match: 0 | 1 | 2 | 3 } => found.match !== undefined)
    .sort((a, b) => a.match - b.match || a.offer.rank - b.offer.rank)
    .map(({ offer, match }) => item(offer, match, span, opened));
}

/** The statement that the place is in. One that no semicolon closed goes on to the end of the text, unless a new one begins below it. */
function indexAt(statements: readonly StatementTokens[], offset: number, place: Place): number {
  const index = statements.findIndex(({ closed, end }) => closed > offset || closed === end);
  if (index < 0) return statements.length;
  return place.kind === "statement" && statements[index].start < offset ? index + 1 : index;
}

/** Behind a comment or an open string one is still in it; behind a number its digits go on. */
function isOpenEnded(token: Token): boolean {
  return token.kind === "comment" || token.kind === "number" || (token.kind === "illegal" && token.text[0] === '"');
}

function placeOf(text: string, code: readonly Token[], word: Span): Place {
  let before = -1;
  while (before + 1 < code.length && code[before + 1].end <= word.start) before++;
  const last = code[before];
  if (last === undefined || (last.kind === "sign" && last.text === ";")) return { kind: "statement", before };
  if (last.kind === "sign" && last.text === ".") return { kind: "member", before };
  const isOperand = last.kind !== "sign" ? last.kind !== "illegal" : last.text === ")" || last.text === "]";
  if (!isOperand) return { kind: "expression", before };
  // Behind an operand no name can stand, unless the semicolon at the line's end was forgotten.
  return /[\r\n]/.test(text.slice(last.end, word.start)) ? { kind: "statement", before } : { kind: "nothing" };
}

interface Offer {
  readonly name: string;
  readonly rank: number;
  readonly entry: Entry | undefined;
  readonly type: Type | undefined;
}

/** Methods behind a metric, members behind what is or may be a timestamp; both where nothing is known about the object. */
function memberOffers(
  text: string,
  code: readonly Token[],
  dot: number,
  types: ReadonlyMap<string, Type | undefined>,
  known: Known,
): Offer[] {
  const first = objectStart(code, dot);
  if (first === dot) return [];
  const object = code.slice(first, dot);
  const names = object.filter((token) => token.text !== "(" && token.text !== ")");
  // A name alone or in parentheses, not the name of a call.
  const isBare = names.length === 1 && names[0].kind === "name" && (object[0].text === "(" || object.length === 1);
  const bare = isBare ? names[0].text : undefined;
  const row = bare === undefined ? undefined : variables.get(bare);
  const type = typeOfText(text.slice(object[0].start, object[object.length - 1].end), types, known.semantics);
  const isKnown = bare === undefined || row !== undefined || types.has(bare);
  const wanted = (kind: EntryKind) => {
    if (row?.kind === "metric") return kind === "method";
    if (kind === "method") return !isKnown;
    return kind === "member" && (type === "timestamp" || type === "any" || (type === undefined && row === undefined));
  };
  return entries()
    .filter((entry) => wanted(entry.kind))
    .map((entry, rank) => ({ name: entry.name, rank, entry, type: entry.type }));
}

/** Index of the first token of the operand that a `.` belongs to: a name, a call, parentheses, or a chain of such. */
function objectStart(code: readonly Token[], dot: number): number {
  let first = dot;
  while (first > 0) {
    let at = first - 1;
    if (code[at].text === ")" || code[at].text === "]") {
      let open = 0;
      for (; at >= 0; at--) {
        if (code[at].text === ")" || code[at].text === "]") open++;
        else if ((code[at].text === "(" || code[at].text === "[") && --open === 0) break;
      }
      if (at < 0) return dot;
      if (code[at].text === "(" && code[at - 1]?.kind === "name") at--;
    } else if (code[at].kind === "sign" || code[at].kind === "illegal") return dot;
    if (code[at - 1]?.text !== ".") return at;
    first = at - 1;
  }
  return dot;
}

const RANK: Record<EntryKind | "user", number> = {
  user: 1,
  metric: 2,
  function: 3,
  target: 4,
  constant: 5,
  option: 6,
  word: 7,
  method: 8,
  member: 8,
};
const RANK_AT_START: Partial<Record<EntryKind | "user", number>> = { target: 0, option: 0, user: 1 };

function nameOffers(
  code: readonly Token[],
  place: Place & { before: number },
  types: ReadonlyMap<string, Type | undefined>,
  typed: string,
): Offer[] {
  const atStart = place.kind === "statement";
  const sign = code[place.before]?.text;
  const wantsWord = !atStart && targetKind(code, place.before) === "option" && (sign === "=" || sign === "?" || sign === ":");
  const call = enclosingCall(code, place.before + 1);
  const wantsTime = call?.role === "member" && (sign === "(" || sign === "," || sign === "*");
  const rank = (kind: EntryKind | "user", entry?: Entry) => {
    const plain = (atStart ? RANK_AT_START[kind] : undefined) ?? RANK[kind];
    const wanted = (wantsWord && kind === "word") || (wantsTime && kind === "constant");
    return (wanted ? 0 : plain) + (entry?.obsolete === undefined ? 0 : 10);
  };
  const offers: Offer[] = [];
  for (const [name, type] of types) {
    if (wantsWord && typed === "" && type !== "deallocationOption" && type !== "any") continue;
    offers.push({ name, rank: rank("user"), entry: undefined, type });
  }
  for (const entry of entries()) {
    if (entry.kind === "method" || entry.kind === "member") continue;
    // Option words are of no use elsewhere, and where one is wanted nothing else is; typing shows what is meant.
    if (typed === "" && (entry.kind === "word") !== wantsWord) continue;
    offers.push({ name: entry.name, rank: rank(entry.kind, entry), entry, type: entry.type });
  }
  return offers;
}

/** What the statement around a token assigns to. */
function targetKind(code: readonly Token[], at: number): string | undefined {
  let first = at;
  while (first >= 0 && code[first].text !== ";") first--;
  const isAssignment = code[first + 1]?.kind === "name" && code[first + 2]?.text === "=";
  return isAssignment ? variables.get(code[first + 1].text)?.kind : undefined;
}

/** Parts of a name that people begin with: behind `$`, `_` and at a capital. */
const PART = /(?<=[$_])[A-Za-z0-9]|(?<=[a-z])[A-Z]/g;

function matchOf(name: string, typed: string): 0 | 1 | 2 | 3 | undefined {
  if (name.startsWith(typed)) return 0;
  if (name.startsWith(`$${typed}`)) return 1;
  const low = name.toLowerCase();
  const sought = typed.toLowerCase();
  if (low.startsWith(sought) || low.startsWith(`$${sought}`)) return 2;
  if (sought.length < 2) return undefined;
  for (const part of name.matchAll(PART)) if (low.startsWith(sought, part.index)) return 3;
  return undefined;
}

function item({ name, entry, type }: Offer, match: CompletionItem["match"], span: Span, opened: boolean): CompletionItem {
  const takesArguments = entry?.signatures.some((signature) => !signature.includes("()")) ?? false;
  const isCall = entry?.kind === "function" || entry?.kind === "method";
  const detail =
    entry === undefined
      ? (type ?? "never has a value")
      : isCall
        ? entry.signatures[0]
        : [entry.type, entry.unit].filter(Boolean).join(", ");
  return {
    label: name,
    kind: entry?.kind ?? "user",
    insert: isCall && !opened ? (takesArguments ? `${name}(` : `${name}()`) : name,
    detail,
    doc: entry?.doc ?? "Variable of this formula.",
    obsolete: entry?.obsolete !== undefined,
    match,
    ...span,
  };
}
