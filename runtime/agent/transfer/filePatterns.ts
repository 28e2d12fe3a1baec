/**
 * Patterns of output files (T-75): `*` and `?` within a part of a path, `**` over any number of parts, `[abc]`, `[a-c]`, `[!abc]` one character. What begins
 * with a dot is matched only where the pattern's part begins with one. Matching takes time proportional to pattern times text, whatever the pattern.
 */
import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

type Token =
  | "any"
  | "one"
  | { readonly text: string }
  | { readonly ranges: readonly (readonly [number, number])[]; readonly negated: boolean };
type Part = "**" | { readonly tokens: readonly Token[]; readonly dotted: boolean };

/** One file that a pattern found. */
export interface FoundFile {
  /** Absolute. */
  readonly path: string;
  /** Relative to the last directory before the first wildcard, with `/`. */
  readonly name: string;
  readonly size: number;
}

export interface FoundFiles {
  readonly wildcards: boolean;
  readonly files: readonly FoundFile[];
}

/** Files that one pattern may find, and parts a path may have below its base: a directory that a task has filled without end stops there. */
const FILES_MAX = 100_000;
const DEPTH_MAX = 64;

/** Regular files that match, in order of path; `pattern` is absolute or relative to `directory`. Links are followed to files, not into directories. */
export async function findFiles(directory: string, pattern: string): Promise<FoundFiles> {
  const whole = resolve(directory, pattern.replaceAll("\\", "/"));
  const parts = whole.split("/").slice(1);
  const first = parts.findIndex((part) => /[*?[]/.test(part));
  if (first < 0) {
    const size = await sizeOf(whole);
    const name = whole.slice(dirname(whole).length + 1);
    return { wildcards: false, files: size === undefined ? [] : [{ path: whole, name, size }] };
  }
  const base = `/${parts.slice(0, first).join("/")}`;
  const files: FoundFile[] = [];
  await walk(base, [], parts.slice(first).map(readPart), files);
  return { wildcards: true, files };
}

async function walk(base: string, below: readonly string[], pattern: readonly Part[], found: FoundFile[]): Promise<void> {
  if (below.length > DEPTH_MAX) return;
  const directory = join(base, ...below);
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (found.length >= FILES_MAX) return;
    const path = [...below, entry.name];
    if (entry.isDirectory()) {
      if (couldLead(pattern, path)) await walk(base, path, pattern, found);
    } else if (matchesParts(pattern, path)) {
      const size = await sizeOf(join(base, ...path));
      if (size !== undefined) found.push({ path: join(base, ...path), name: path.join("/"), size });
    }
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

/** Whether a file below this directory could match: its parts match a beginning of the pattern. */
function couldLead(pattern: readonly Part[], path: readonly string[]): boolean {
  for (let i = 0; i < path.length; i++) {
    const part = pattern[i];
    if (part === undefined) return false;
    if (part === "**") return path.slice(i).every((name) => !name.startsWith(".")) || pattern.length > i + 1;
    if (!matchesPart(part, path[i])) return false;
  }
  return pattern.length > path.length;
}

/** The whole path; `**` takes any number of parts that do not begin with a dot, at the end at least one: it stands for files as well as directories. */
function matchesParts(pattern: readonly Part[], path: readonly string[]): boolean {
  const taken = matched(pattern, path, {
    isWild: (part) => part === "**",
    matches: (part, name) => part !== "**" && matchesPart(part, name),
    mayPass: (name) => !name.startsWith("."),
  });
  return taken === pattern.length;
}

function matchesPart({ tokens, dotted }: Exclude<Part, "**">, name: string): boolean {
  if (name.startsWith(".") && !dotted) return false;
  const taken = matched(tokens, [...name], {
    isWild: (token) => token === "any",
    matches: (token, character) => token !== "any" && matchesOne(token, character),
    mayPass: () => true,
  });
  return taken !== undefined && tokens.slice(taken).every((token) => token === "any");
}

/** How the pieces of a pattern take items of a row. */
interface Taking<Piece, Item> {
  /** Takes any number of items, none too. */
  readonly isWild: (piece: Piece) => boolean;
  /** Of a piece that is not wild. */
  readonly matches: (piece: Piece, item: Item) => boolean;
  /** Whether a wild piece may take the item. */
  readonly mayPass: (item: Item) => boolean;
}

/** How many pieces it took to match the whole row; undefined when it does not match. Greedy with one step back: the last wild piece decides. */
function matched<Piece, Item>(
  pattern: readonly Piece[],
  row: readonly Item[],
  { isWild, matches, mayPass }: Taking<Piece, Item>,
): number | undefined {
  let p = 0;
  let t = 0;
  let wild = -1;
  let resume = 0;
  while (t < row.length) {
    if (p < pattern.length && isWild(pattern[p])) {
      wild = p++;
      resume = t;
    } else if (p < pattern.length && matches(pattern[p], row[t])) {
      p++;
      t++;
    } else if (wild >= 0 && mayPass(row[resume])) {
      p = wild + 1;
      t = ++resume;
    } else return undefined;
  }
  return p;
}

function matchesOne(token: Exclude<Token, "any">, character: string): boolean {
  if (token === "one") return true;
  if ("text" in token) return token.text === character;
  const point = character.codePointAt(0)!;
  return token.ranges.some(([from, to]) => point >= from && point <= to) !== token.negated;
}

function readPart(text: string): Part {
  if (text === "**") return "**";
  const characters = [...text];
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; ) {
    const character = characters[at];
    const end = character === "[" ? closing(characters, at) : -1;
    if (end > 0) {
      tokens.push(readClass(characters.slice(at + 1, end)));
      at = end + 1;
      continue;
    }
    // Two in a row within a part mean no more than one.
    if (character === "*") {
      if (tokens.at(-1) !== "any") tokens.push("any");
    } else tokens.push(character === "?" ? "one" : { text: character });
    at++;
  }
  return { tokens, dotted: text.startsWith(".") };
}

/** Where the class that opens here closes; a `]` directly after the opening belongs to it. */
function closing(characters: readonly string[], open: number): number {
  const first = open + (characters[open + 1] === "!" ? 2 : 1);
  return characters.indexOf("]", first + 1);
}

function readClass(inside: readonly string[]): Token {
  const negated = inside[0] === "!";
  const members = negated ? inside.slice(1) : inside;
  const ranges: [number, number][] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at].codePointAt(0)!;
    if (members[at + 1] === "-" && at + 2 < members.length) {
      ranges.push([from, members[at + 2].codePointAt(0)!]);
      at += 2;
    } else ranges.push([from, from]);
  }
  return { ranges, negated };
}
