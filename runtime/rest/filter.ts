/**
 * `$filter` (L-54): a text becomes a predicate over items. The grammar is the part of OData that the service documents:
 *
 *     or      = and { "or" and }          and = term { "and" term }
 *     term    = "(" or ")" | "startswith(" name "," string ")" | name operator literal
 *     literal = 'text' with '' for a quote | DateTime'2026-01-05T08:00:00Z' | number | true | false
 *
 * Names are exact in case, texts compare without case. An item that lacks a property fails every comparison but `ne`.
 */
import { badQuery } from "./errors.ts";
import { type Comparison, type FilterKind, type FilterOperator, filterProperties, wireName } from "./filterTable.ts";
import { parseInstantMs } from "./times.ts";

/** What a filter asks of an item: the property at a path with `/`; instants as texts or milliseconds; undefined when it has none. */
type Lookup<Item> = (item: Item, name: string) => unknown;

/** Whether an item passes. */
export type Predicate = <Item>(item: Item, lookup: Lookup<Item>) => boolean;

/** Deepest parentheses; longer chains of `and` and `or` cost no depth. */
const DEPTH_MAX = 32;
/** A reason repeats a part of the caller's text. */
const REASON_LENGTH_MAX = 600;
const OPERATORS: readonly string[] = ["eq", "ne", "gt", "ge", "lt", "le"];

interface Token {
  readonly kind: "name" | "string" | "date" | "number" | "mark" | "end";
  readonly text: string;
  /** Offset in the filter, from 0. */
  readonly at: number;
}

const SPACE = /\s*/y;
const TOKEN = /(?:([A-Za-z_][\w./]*)('(?:[^']|'')*')?|('(?:[^']|'')*')|(-?\d+(?:\.\d+)?)|([(),]))/y;

class Reader {
  private readonly text: string;
  private readonly properties: ReadonlyMap<string, FilterKind>;
  private readonly tokens: Token[] = [];
  private next = 0;
  private depth = 0;

  constructor(text: string, properties: ReadonlyMap<string, FilterKind>) {
    this.text = text;
    this.properties = properties;
    this.split();
  }

  read(): Predicate {
    const predicate = this.or();
    const rest = this.tokens[this.next];
    if (rest.kind !== "end") throw this.wrong(rest, `"and", "or" or the end was expected, not ${rest.text}`);
    return predicate;
  }

  private wrong(token: Token, reason: string): Error {
    return badQuery("$filter", this.text, `character ${token.at + 1}: ${reason.slice(0, REASON_LENGTH_MAX)}`);
  }

  private split(): void {
    let at = 0;
    for (;;) {
      SPACE.lastIndex = at;
      SPACE.test(this.text);
      const start = SPACE.lastIndex;
      if (start >= this.text.length) break;
      TOKEN.lastIndex = start;
      const found = TOKEN.exec(this.text);
      if (found === null)
        throw this.wrong({ kind: "end", text: "", at: start }, "no name, text, number or operator begins here");
      const [, name, attached, string, number, mark] = found;
      at = TOKEN.lastIndex;
      if (attached !== undefined) {
        if (name.toLowerCase() !== "datetime") {
          throw this.wrong({ kind: "name", text: name, at: start }, `${name}'…' is no literal; DateTime'…' is`);
        }
        this.tokens.push({ kind: "date", text: unquoted(attached), at: start });
      } else if (name !== undefined) this.tokens.push({ kind: "name", text: name, at: start });
      else if (string !== undefined) this.tokens.push({ kind: "string", text: unquoted(string), at: start });
      else if (number !== undefined) this.tokens.push({ kind: "number", text: number, at: start });
      else this.tokens.push({ kind: "mark", text: mark, at: start });
    }
    this.tokens.push({ kind: "end", text: "the end", at: this.text.length });
  }

  private accept(text: string): boolean {
    const token = this.tokens[this.next];
    if ((token.kind !== "name" && token.kind !== "mark") || token.text !== text) return false;
    this.next++;
    return true;
  }

  private expect(text: string): void {
    const token = this.tokens[this.next];
    if (!this.accept(text)) throw this.wrong(token, `"${text}" was expected, not ${token.text}`);
  }

  private or(): Predicate {
    const parts = [this.and()];
    while (this.accept("or")) parts.push(this.and());
    return parts.length === 1 ? parts[0] : (item, lookup) => parts.some((part) => part(item, lookup));
  }

  private and(): Predicate {
    const parts = [this.term()];
    while (this.accept("and")) parts.push(this.term());
    return parts.length === 1 ? parts[0] : (item, lookup) => parts.every((part) => part(item, lookup));
  }

  private term(): Predicate {
    const token = this.tokens[this.next];
    if (this.accept("(")) {
      if (++this.depth > DEPTH_MAX) throw this.wrong(token, `more than ${DEPTH_MAX} parentheses are open`);
      const inner = this.or();
      this.expect(")");
      this.depth--;
      return inner;
    }
    if (token.kind !== "name") throw this.wrong(token, `the name of a property was expected, not ${token.text}`);
    this.next++;
    if (token.text === "startswith" && this.tokens[this.next].text === "(") return this.startsWith();
    if (token.text === "not") throw this.wrong(token, `"not" is not supported; use ne`);
    const kind = this.kindOf(token);
    const operator = this.tokens[this.next++];
    if (operator.kind !== "name" || !OPERATORS.includes(operator.text)) {
      throw this.wrong(operator, `one of ${kind.operators.join(", ")} was expected, not ${operator.text}`);
    }
    this.checkOperator(operator, token.text, kind, operator.text as Comparison);
    const literal = this.literal(kind);
    return comparison(wireName(token.text), kind, operator.text as Comparison, literal);
  }

  private startsWith(): Predicate {
    this.expect("(");
    const token = this.tokens[this.next++];
    const kind = this.kindOf(token);
    this.checkOperator(token, token.text, kind, "startswith");
    this.expect(",");
    const prefix = String(this.literal(kind)).toLowerCase();
    this.expect(")");
    if (this.accept("eq")) this.expect("true");
    const name = wireName(token.text);
    return (item, lookup) => {
      const value = lookup(item, name);
      return typeof value === "string" && value.toLowerCase().startsWith(prefix);
    };
  }

  private kindOf(token: Token): FilterKind {
    const kind = token.kind === "name" ? this.properties.get(token.text) : undefined;
    if (kind !== undefined) return kind;
    throw this.wrong(token, `${token.text} cannot be filtered by; ${[...this.properties.keys()].join(", ")} can`);
  }

  private checkOperator(token: Token, name: string, kind: FilterKind, operator: FilterOperator): void {
    if (!kind.operators.includes(operator)) {
      throw this.wrong(token, `${name} cannot be compared by ${operator}, only by ${kind.operators.join(", ")}`);
    }
  }

  private literal(kind: FilterKind): string | number | boolean {
    const token = this.tokens[this.next++];
    if (kind.literal === "string" && token.kind === "string") return token.text;
    if (kind.literal === "number" && token.kind === "number") return Number(token.text);
    if (kind.literal === "boolean" && (token.text === "true" || token.text === "false")) return token.text === "true";
    // Some clients leave the DateTime away and send a plain text.
    if (kind.literal === "date" && (token.kind === "date" || token.kind === "string")) {
      const at = parseInstantMs(token.text);
      if (at !== undefined) return at;
    }
    const forms = {
      string: "a text in single quotes",
      number: "a number",
      boolean: "true or false",
      date: "DateTime'2026-01-05T08:00:00Z'",
    };
    throw this.wrong(token, `${forms[kind.literal]} was expected, not ${token.text}`);
  }
}

const unquoted = (text: string): string => text.slice(1, -1).replaceAll("''", "'");

function comparison(name: string, kind: FilterKind, operator: Comparison, literal: string | number | boolean): Predicate {
  const right = typeof literal === "string" ? literal.toLowerCase() : literal;
  const value = (found: unknown): string | number | boolean | undefined => {
    if (kind.literal === "date") return typeof found === "string" ? parseInstantMs(found) : (found as number | undefined);
    return typeof found === "string" ? found.toLowerCase() : (found as number | boolean | undefined);
  };
  const holds = holders[operator];
  return (item, lookup) => {
    const left = value(lookup(item, name));
    return left === undefined ? operator === "ne" : holds(left, right);
  };
}

type Comparable = string | number | boolean;
const holders: Readonly<Record<Comparison, (left: Comparable, right: Comparable) => boolean>> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
};

/** The predicate of a list's filter. Throws 400 with the place and reason. */
export function filter(operation: string, text: string): Predicate {
  const properties = filterProperties(operation);
  if (properties === undefined) throw badQuery("$filter", text, `${operation} takes no filter`, "UnsupportedQueryParameter");
  return new Reader(text, properties).read();
}
