/** Patterns of output files (T-75) on a real tree, and against a slow matcher that is plainly right. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFiles } from "../../runtime/agent/transfer/filePatterns.ts";
import { freshDirectory } from "./desk.ts";

const root = freshDirectory();
const wd = join(root, "wd");
const TREE = [
  "a.txt",
  "b.txt",
  "c1",
  "[x]",
  ".hidden",
  "d/a.txt",
  "d/e/a.txt",
  "d/e/f/z.log",
  "d/.dot/in.txt",
  "é.txt",
  "-",
  "b",
  "ab",
  "a/b",
];
beforeAll(() => {
  for (const name of TREE) {
    mkdirSync(dirname(join(wd, name)), { recursive: true });
    writeFileSync(join(wd, name), name);
  }
});
afterAll(() => rmSync(root, { recursive: true }));

const names = async (pattern: string) => (await findFiles(wd, pattern)).files.map(({ name }) => name);

describe("findFiles", () => {
  it.each<[string, string[]]>([
    ["*.txt", ["a.txt", "b.txt", "é.txt"]],
    ["?.txt", ["a.txt", "b.txt", "é.txt"]],
    ["[ab].txt", ["a.txt", "b.txt"]],
    ["[!a].txt", ["b.txt", "é.txt"]],
    ["[a-b]", ["b"]],
    ["[-]", ["-"]],
    ["[[]x]", ["[x]"]],
    ["**/*.txt", ["a.txt", "b.txt", "d/a.txt", "d/e/a.txt", "é.txt"]],
    ["d/**", ["a.txt", "e/a.txt", "e/f/z.log"]],
    ["d/**/*.log", ["e/f/z.log"]],
    ["*/a.txt", ["d/a.txt"]],
    [".*", [".hidden"]],
    ["d/.*/*", [".dot/in.txt"]],
    ["**/.dot/*", ["d/.dot/in.txt"]],
    ["nothing*", []],
    ["../wd/d/*.txt", ["a.txt"]],
    ["[", []],
  ])("T-75: %s finds %j", async (pattern, found) => {
    expect((await names(pattern)).sort()).toEqual([...found].sort());
  });

  it("T-75: without wildcards it names one file, absolute or not", async () => {
    expect(await findFiles(wd, "d/a.txt")).toMatchObject({ wildcards: false, files: [{ name: "a.txt", size: 7 }] });
    expect(await findFiles(wd, join(wd, "c1"))).toMatchObject({ wildcards: false, files: [{ name: "c1" }] });
    expect((await findFiles(wd, "d")).files).toEqual([]);
    expect((await findFiles(wd, "nosuch")).files).toEqual([]);
  });

  it("finds what a plain recursive matcher finds, for any pattern of a small alphabet", async () => {
    const part = fc.oneof(
      fc.constant("**"),
      fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "."), minLength: 1, maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 3 }), async (parts) => {
        if (parts.some((text) => text === "." || text === "..") || !parts.some((text) => /[*?]/.test(text))) return;
        const first = parts.findIndex((text) => /[*?]/.test(text));
        const base = parts
          .slice(0, first)
          .map((text) => `${text}/`)
          .join("");
        const expected = TREE.filter((name) => name.startsWith(base))
          .map((name) => name.slice(base.length))
          .filter((name) => slow(parts.slice(first), name.split("/")));
        expect((await names(parts.join("/"))).sort()).toEqual(expected.sort());
      }),
      { numRuns: 60 },
    );
  });

  it("takes no longer for a pattern that makes others go back and forth", async () => {
    writeFileSync(join(wd, "a".repeat(200)), "");
    expect(await names(`${"*a".repeat(100)}*b`)).toEqual([]);
    expect(await names(`${"**/".repeat(100)}nothing`)).toEqual([]);
  });
});

/** By the definition: tries everything. `**` in the place of a part that is not alone means `*`. */
function slow(parts: readonly string[], path: readonly string[]): boolean {
  if (parts.length === 0) return path.length === 0;
  const [part, ...rest] = parts;
  if (part === "**") {
    if (rest.length === 0) return path.length > 0 && path.every((name) => !name.startsWith("."));
    return slow(rest, path) || (path.length > 0 && !path[0].startsWith(".") && slow(parts, path.slice(1)));
  }
  return (
    path.length > 0 &&
    (!path[0].startsWith(".") || part.startsWith(".")) &&
    word([...part], [...path[0]]) &&
    slow(rest, path.slice(1))
  );
}

function word(pattern: readonly string[], text: readonly string[]): boolean {
  if (pattern.length === 0) return text.length === 0;
  if (pattern[0] === "*") return word(pattern.slice(1), text) || (text.length > 0 && word(pattern, text.slice(1)));
  return text.length > 0 && (pattern[0] === "?" || pattern[0] === text[0]) && word(pattern.slice(1), text.slice(1));
}
