/**
 * A line of cmd, percent signs expanded, as a tree. Operators bind as cmd has them: `|` most, then `&&`, then `||`, then `&`; the body of `if` and of `for`
 * goes on to the end of the line or of the group. Quotes and text stay as they were written, because many commands read their line as a whole; `^` is
 * resolved here, since it only keeps a character from being an operator.
 */

/** Where output goes or input comes from. `fd` 0, 1 or 2. */
export type Redirect =
  | { readonly fd: number; readonly mode: "read" | "write" | "append"; readonly path: string }
  | { readonly fd: number; readonly mode: "same"; readonly as: number };

/** What `if` asks. */
export type Condition =
  | { readonly kind: "exist" | "defined" | "errorlevel"; readonly of: string }
  | { readonly kind: "compare"; readonly left: string; readonly operator: string; readonly right: string };

/** One command, or several that belong together. */
export type Command =
  | { readonly kind: "simple"; readonly text: string; readonly redirects: readonly Redirect[] }
  | { readonly kind: "sequence" | "and" | "or" | "pipe"; readonly left: Command; readonly right: Command }
  | { readonly kind: "group"; readonly body: Command; readonly redirects: readonly Redirect[] }
  | {
      readonly kind: "if";
      readonly not: boolean;
      readonly ignoresCase: boolean;
      readonly condition: Condition;
      readonly then: Command;
      readonly otherwise: Command | undefined;
    }
  | {
      readonly kind: "for";
      readonly counts: boolean;
      readonly variable: string;
      readonly set: string;
      readonly body: Command;
    };

/** Thrown for a line that cannot be understood; what cmd says of it. */
export class SyntaxProblem extends Error {}

const NOTHING: Command = { kind: "simple", text: "", redirects: [] };
/** Groups and bodies in one another; deeper ones are nobody's command line. */
const DEPTH_MAX = 100;

/** The tree of a line. Throws SyntaxProblem. */
export function parseLine(line: string): Command {
  const reader = new Reader(line);
  const command = reader.line();
  if (!reader.ended) throw reader.problem();
  return command;
}

class Reader {
  private readonly text: string;
  private at = 0;
  private depth = 0;
  /** Parentheses that are open. */
  private groups = 0;

  constructor(text: string) {
    this.text = text;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  problem(): SyntaxProblem {
    const rest = this.text.slice(this.at).trim().split(/\s/)[0];
    return new SyntaxProblem(rest === "" ? "The syntax of the command is incorrect." : `${rest} was unexpected at this time.`);
  }

  /** `&` and ends of lines. */
  line(): Command {
    if (++this.depth > DEPTH_MAX) throw this.problem();
    let left = this.or();
    while (this.takes("&") || this.takes("\n")) {
      this.blanks();
      if (this.ended || this.peek(")")) break;
      left = { kind: "sequence", left, right: this.or() };
    }
    this.depth--;
    return left;
  }

  private or(): Command {
    let left = this.and();
    while (this.takes("||")) left = { kind: "or", left, right: this.and() };
    return left;
  }

  private and(): Command {
    let left = this.pipe();
    while (this.takes("&&")) left = { kind: "and", left, right: this.pipe() };
    return left;
  }

  private pipe(): Command {
    let left = this.command();
    while (!this.peek("||") && this.takes("|")) left = { kind: "pipe", left, right: this.command() };
    return left;
  }

  private command(): Command {
    this.blanks();
    while (this.takes("@")) this.blanks();
    if (this.takes("(")) {
      this.groups++;
      const body = this.line();
      this.groups--;
      this.blanks();
      if (!this.takes(")")) throw this.problem();
      const redirects: Redirect[] = [];
      for (this.blanks(); this.redirectBegins(); this.blanks()) redirects.push(this.redirect());
      return { kind: "group", body, redirects };
    }
    const word = /^[a-z]+(?=[\s(%]|$)/i.exec(this.text.slice(this.at))?.[0].toLowerCase();
    if (word === "if") return this.conditional();
    if (word === "for") return this.loop();
    if (word === "rem") {
      const end = this.text.indexOf("\n", this.at);
      this.at = end < 0 ? this.text.length : end;
      return NOTHING;
    }
    return this.simple();
  }

  private simple(): Command {
    const redirects: Redirect[] = [];
    let text = "";
    let quoted = false;
    for (; !this.ended; ) {
      const character = this.text[this.at];
      if (!quoted && character === "^" && this.at + 1 < this.text.length) {
        text += this.text[this.at + 1];
        this.at += 2;
        continue;
      }
      if (!quoted && (character === "&" || character === "|" || character === "\n")) break;
      if (!quoted && character === ")" && this.groups > 0) break;
      if (!quoted && (character === ">" || character === "<")) {
        // A digit of its own right before says which: `2>`.
        const digit = /(?:^|\s)([0-2])$/.exec(text)?.[1];
        if (digit !== undefined) text = text.slice(0, -1);
        redirects.push(this.redirect(digit === undefined ? undefined : Number(digit)));
        continue;
      }
      if (character === '"') quoted = !quoted;
      text += character;
      this.at++;
    }
    return { kind: "simple", text, redirects };
  }

  private redirectBegins(): boolean {
    return /^[0-2]?[<>]/.test(this.text.slice(this.at, this.at + 2));
  }

  private redirect(before?: number): Redirect {
    let fd = before;
    if (fd === undefined && /\d/.test(this.text[this.at])) fd = Number(this.text[this.at++]);
    if (this.takes("<")) {
      this.blanks();
      return { fd: fd ?? 0, mode: "read", path: this.word() };
    }
    const mode = this.takes(">>") ? "append" : "write";
    if (mode === "write") this.takes(">");
    if (this.takes("&")) return { fd: fd ?? 1, mode: "same", as: Number(this.text[this.at++]) };
    this.blanks();
    return { fd: fd ?? 1, mode, path: this.word() };
  }

  private conditional(): Command {
    this.at += 2;
    let ignoresCase = false;
    if (this.takesWord("/i")) ignoresCase = true;
    const not = this.takesWord("not");
    if (this.takesWord("/i")) ignoresCase = true;
    const condition = this.condition();
    const then = this.body();
    const otherwise = this.takesWord("else") ? this.body() : undefined;
    return { kind: "if", not, ignoresCase, condition, then, otherwise };
  }

  private condition(): Condition {
    for (const kind of ["exist", "defined", "errorlevel"] as const)
      if (this.takesWord(kind)) return { kind, of: this.nextWord() };
    const left = this.nextWord();
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
    if (this.takes("==")) return { kind: "compare", left, operator: "equ", right: this.nextWord() };
    return { kind: "compare", left, operator: this.nextWord().toLowerCase(), right: this.nextWord() };
  }

  /** A group in parentheses, after which `else` may come, or all the rest. */
  private body(): Command {
    this.blanks();
    if (this.ended) throw this.problem();
    return this.peek("(") ? this.command() : this.line();
  }

  private loop(): Command {
    this.at += 3;
    const counts = this.takesWord("/l");
    const variable = this.nextWord();
    if (!/^%[a-z]$/i.test(variable) || !this.takesWord("in")) throw this.problem();
    this.blanks();
    if (!this.takes("(")) throw this.problem();
    const end = this.text.indexOf(")", this.at);
    if (end < 0) throw this.problem();
    const set = this.text.slice(this.at, end);
    this.at = end + 1;
    if (!this.takesWord("do")) throw this.problem();
    return { kind: "for", counts, variable, set, body: this.body() };
  }

  private nextWord(): string {
    this.blanks();
    const word = this.word();
    if (word === "") throw this.problem();
    return word;
  }

  /** Up to a blank or an operator; what stands in quotes belongs to it, with them. */
  private word(): string {
    const match = /^(?:"[^"\n]*"?|\^.|[^\s"&|<>()=]|=(?!=))+/.exec(this.text.slice(this.at))?.[0] ?? "";
    this.at += match.length;
    return match.replace(/\^(.)/g, "$1");
  }

  private takesWord(word: string): boolean {
    this.blanks();
    const next = this.text.slice(this.at, this.at + word.length).toLowerCase();
    if (next !== word || /[^\s("]/.test(this.text[this.at + word.length] ?? " ")) return false;
    this.at += word.length;
    return true;
  }

  private blanks(): void {
    while (/[ \t\r,;=]/.test(this.text[this.at] ?? "")) this.at++;
  }

  private peek(operator: string): boolean {
    return this.text.startsWith(operator, this.at);
  }

  /** `&` is not the beginning of `&&`. */
  private takes(operator: string): boolean {
    if (!this.peek(operator) || (operator === "&" && this.peek("&&"))) return false;
    this.at += operator.length;
    return true;
  }
}
