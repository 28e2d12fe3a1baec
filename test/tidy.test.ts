/**
 * Style is a test: who imports whom (read from ARCHITECTURE.md), what pure folders must not touch, how long a file may get, and that the
 * project speaks of itself alone.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const LANGUAGE_ORDER = [
  ["source", "ast", "environment", "semantics"],
  ["values"],
  ["diagnostics"],
  ["builtins"],
  ["ir", "irText"],
  ["syntax"],
  ["check"],
  ["optimize"],
  ["execute"],
  ["index"],
];
const LENGTH_MAX = 400;

function files(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder))) {
    const path = `${folder}/${entry}`;
    if (statSync(join(root, path)).isDirectory()) found.push(...files(path));
    else if (/\.(ts|mjs)$/.test(entry) && !entry.endsWith(".d.ts")) found.push(path);
  }
  return found;
}

const text = (path: string) => readFileSync(join(root, path), "utf8");
const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");

interface Rule {
  readonly folder: string;
  readonly allowed: readonly string[];
}

const rules: Rule[] = text("ARCHITECTURE.md")
  .split("\n")
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
    return { folder: names(cells[2])[0], allowed: names(cells[4]) };
  });

const ours = [...files("grammar"), ...files("src"), ...files("runtime")];
const ruleOf = (path: string) =>
  rules
    .filter((rule) => path === rule.folder || path.startsWith(`${rule.folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];

function imports(path: string): string[] {
  const specifiers = [
    ...withoutComments(text(path)).matchAll(
      /(?:^|[;\s])(?:import|export)\s[^"'`;]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|^import\s+["']([^"']+)["']/gm,
    ),
  ];
  return specifiers.map((match) => match[1] ?? match[2] ?? match[3]);
}

function target(path: string, specifier: string): string {
  if (specifier.startsWith(".")) return relative(root, resolve(root, dirname(path), specifier));
  return specifier.startsWith("node:") ? "node" : specifier;
}

describe("who imports whom", () => {
  it("reads a table with the pure folders and the processes", () => {
    expect(rules.map((rule) => rule.folder)).toEqual(
      expect.arrayContaining(["grammar", "src/base", "src/metrics", "src/language", "src/autoscale", "runtime/cli"]),
    );
    expect(ours.length).toBeGreaterThan(40);
  });

  it("every file imports only what its row allows", () => {
    const wrong: string[] = [];
    for (const path of ours) {
      const rule = ruleOf(path);
      if (rule === undefined) wrong.push(`${path}: its folder is not in the table`);
      else {
        for (const specifier of imports(path)) {
          const to = target(path, specifier);
          const allowed = [rule.folder, ...rule.allowed].some((name) => to === name || to.startsWith(`${name}/`));
          if (!allowed) wrong.push(`${path} imports ${specifier}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("inside src/language imports go from right to left only", () => {
    const stage = (path: string) =>
      LANGUAGE_ORDER.findIndex((names) => names.includes(path.split("/")[2].replace(/\.ts$/, "")));
    const wrong: string[] = [];
    for (const path of files("src/language")) {
      expect(stage(path), path).toBeGreaterThanOrEqual(0);
      for (const specifier of imports(path)) {
        const to = target(path, specifier);
        if (to.startsWith("src/language/") && stage(to) > stage(path)) wrong.push(`${path} imports ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("the base has its five files and no more", () => {
    expect(files("src/base").sort()).toEqual(
      ["assert", "limits", "random", "table", "time"].map((name) => `src/base/${name}.ts`),
    );
  });
});

describe("pure folders", () => {
  const bans: [RegExp, string][] = [
    [/["']node:/, "a node: import"],
    [/\basync\b|\bawait\b/, "async"],
    [/\bDate\.now\b|new Date\(\s*\)/, "the clock; take the time as an argument"],
    [/\bMath\.random\b/, "Math.random; take a RandomStream"],
    [/\bset(?:Timeout|Interval|Immediate)\b/, "a timer"],
    [/\bprocess\./, "process"],
    [/\blocaleCompare\b/, "localeCompare; compare by code units"],
    [/\bconsole\./, "console; return data"],
  ];
  it("grammar, src and the scheduler's core touch neither clock, chance, process nor console", () => {
    const wrong: string[] = [];
    for (const path of [...files("grammar"), ...files("src"), ...files("runtime/core")]) {
      const code = withoutComments(text(path));
      for (const [pattern, what] of bans) if (pattern.test(code)) wrong.push(`${path} uses ${what}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("readable files", () => {
  it(`no file is longer than ${LENGTH_MAX} lines, and each opens with a comment that says what it holds`, () => {
    const wrong: string[] = [];
    for (const path of ours) {
      const source = text(path);
      if (source.split("\n").length > LENGTH_MAX) wrong.push(`${path} has more than ${LENGTH_MAX} lines`);
      if (!/^(#!.*\n)?(\/\*\*|\/\/)/.test(source)) wrong.push(`${path} has no head comment`);
    }
    expect(wrong).toEqual([]);
  });

  it("the project speaks of itself alone: no path of a machine in any text", () => {
    const texts = [
      ...ours,
      ...files("test"),
      ...files("bench"),
      ...files("samples"),
      "README.md",
      "CHANGELOG.md",
      "ARCHITECTURE.md",
    ];
    const wrong = texts.filter(
      (path) => path !== "test/tidy.test.ts" && /(?<![\w.])\/(?:work|home|root|Users)\/\w/.test(text(path)),
    );
    expect(wrong).toEqual([]);
  });

  it("nothing is left open, and no file name says nothing", () => {
    const wrong: string[] = [];
    for (const path of [...ours, ...files("test"), ...files("bench")]) {
      if (path === "test/tidy.test.ts") continue;
      if (/\b(TODO|FIXME|XXX)\b|\.(skip|only|todo)\(/.test(text(path))) wrong.push(`${path} leaves something open`);
      if (/(^|\/)(utils?|helpers?|common|misc)(\.|\/)/.test(path)) wrong.push(`${path}: name the file by what it holds`);
    }
    expect(wrong).toEqual([]);
  });
});
