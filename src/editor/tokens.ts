/**
 * A formula cut into tokens without ever giving up, because an editor is asked about text that is half typed. The parser's own scanner
 * stops at the first thing it cannot read; this one calls it `illegal` and goes on, and takes an open string up to the end of its line.
 * On text that the parser accepts both cut alike (rules 1.3 to 1.9, 1.15); a test holds them together.
 */
import type { Span } from "../language/source.ts";

export type TokenKind = "name" | "number" | "string" | "sign" | "comment" | "illegal";

/** A piece of the text; blanks between tokens are left out. An open string is `illegal`, from its quote to the end of the line. */
export interface Token extends Span {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Names as rule 1.5 has them. */
export const NAME_FORM = /^[A-Za-z_$][A-Za-z0-9_]*$/;

// One alternative a kind, in the order in which they are tried; a match is never empty.
const TOKEN = new RegExp(
  [
    "(?<blank>[ \\t\\v\\f\\r\\n]+)",
    "(?<comment>//[^\\r\\n]*)",
    "(?<name>[A-Za-z_$][A-Za-z0-9_]*)",
    "(?<number>(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?)",
    '(?<string>"[^"\\r\\n]*")',
    "(?<sign>&&|\\|\\||[<>=!]=|[-+*/<>!=?:;,.()[\\]])",
    '(?<illegal>"[^\\r\\n]*|[\\ud800-\\udbff][\\udc00-\\udfff]|[\\s\\S])',
  ].join("|"),
  "y",
);

/** All tokens in text order, comments included. Takes any text, of any length, in time proportional to it. */
export function tokensOf(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let start = 0; start < text.length; start = TOKEN.lastIndex) {
    const groups = (TOKEN.exec(text) as RegExpExecArray).groups as Record<string, string | undefined>;
    if (groups.blank !== undefined) continue;
    const kind = KINDS.find((name) => groups[name] !== undefined) as TokenKind;
    found.push({ kind, text: groups[kind] as string, start, end: TOKEN.lastIndex });
  }
  return found;
}

const KINDS: readonly TokenKind[] = ["name", "sign", "number", "comment", "string", "illegal"];

/** What stands between two semicolons, without comments; never empty. */
export interface StatementTokens extends Span {
  readonly tokens: readonly Token[];
  /** The name on the left, when the statement begins with `name =`. */
  readonly target: Token | undefined;
  /** One past the semicolon that ends it, or past the last token. */
  readonly closed: number;
}

/** The statements of a text, whatever state they are in. A semicolon always ends one: the language has no place for it inside. */
export function statementsOf(tokens: readonly Token[]): StatementTokens[] {
  const statements: StatementTokens[] = [];
  let current: Token[] = [];
  const close = (closed: number) => {
    if (current.length === 0) return;
    const target = current[0].kind === "name" && current[1]?.text === "=" ? current[0] : undefined;
    statements.push({ tokens: current, target, start: current[0].start, end: current[current.length - 1].end, closed });
    current = [];
  };
  for (const token of tokens) {
    if (token.kind === "comment") continue;
    if (token.text === ";" && token.kind === "sign") close(token.end);
    else current.push(token);
  }
  if (current.length > 0) close(current[current.length - 1].end);
  return statements;
}

/** What a name token is used as: functions, members and variables have name spaces of their own (rule 8.22). */
export function roleOf(tokens: readonly Token[], index: number): "function" | "member" | "variable" {
  if (tokens[index - 1]?.text === ".") return "member";
  return tokens[index + 1]?.text === "(" ? "function" : "variable";
}

/** The index of the token that an offset lies in or at the end of; the one it begins wins, then a name or number it ends. -1 for none. */
export function tokenAt(tokens: readonly Token[], offset: number): number {
  let ended = -1;
  for (let i = 0; i < tokens.length && tokens[i].start <= offset; i++) {
    if (offset < tokens[i].end) return tokens[i].kind === "sign" && ended >= 0 ? ended : i;
    if (offset === tokens[i].end && tokens[i].kind !== "sign") ended = i;
  }
  return ended;
}

/**
 * Whether a text is waiting for more: an open parenthesis or bracket, an operator, `=`, `,`, `.`, `?` or `:` at its end, or a `?` whose `:`
 * has not come. A text that no continuation could repair (a closing parenthesis too many) is not unfinished.
 */
export function isUnfinished(text: string): boolean {
  const statements = statementsOf(tokensOf(text));
  const last = statements[statements.length - 1];
  if (last === undefined || last.closed > last.end) return false;
  const open: string[] = [];
  for (const { kind, text: sign } of last.tokens) {
    if (kind === "illegal") return false;
    if (kind !== "sign") continue;
    if (sign === "(" || sign === "[" || sign === "?") open.push(sign);
    else if (sign === ":") {
      if (open.pop() !== "?") return false;
    } else if (sign === ")" || sign === "]") {
      while (open[open.length - 1] === "?") open.pop();
      if (open.pop() !== (sign === ")" ? "(" : "[")) return false;
    }
  }
  const end = last.tokens[last.tokens.length - 1];
  return open.length > 0 || (end.kind === "sign" && end.text !== ")" && end.text !== "]");
}
