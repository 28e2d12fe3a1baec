/**
 * Reads the case files of test/golden/rules. A case is a title line `# rule …`, optional `@` lines, the formula, `---`, and what to expect:
 * `name=value` for a variable of a run that went well, `results …` for the whole results string, `! CODE place: text` for an error (what is
 * written must be the beginning of what comes), `message …` for the error's message. A run without `!` must not fail.
 *
 * `@metrics $Name: 1 _ 3` gives samples one period apart, the last one at now; `_` is a gap. `@now`, `@period`, `@delay`, `@history`, `@targets D L`,
 * `@strict`; `@escapes` reads \u{…}, \t, \r, \n in formula and expectation; `@repeat N text` makes the formula.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDuration, parseInstant } from "../../src/base/time.ts";
import { defaultSemantics, type Semantics, strictSemantics } from "../../src/language/semantics.ts";
import { MetricStore } from "../../src/metrics/index.ts";

export interface RuleCase {
  readonly title: string;
  readonly formula: string;
  readonly now: bigint;
  readonly store: MetricStore;
  readonly targets: { readonly dedicated: number; readonly lowPriority: number };
  readonly semantics: Semantics;
  readonly expected: readonly string[];
}

export function readRuleCases(folder: string): { file: string; cases: RuleCase[] }[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".case"));
  return names.sort().map((name) => ({ file: name, cases: parseCases(readFileSync(join(folder, name), "utf8")) }));
}

function parseCases(text: string): RuleCase[] {
  const blocks = text.split(/^# /m).slice(1);
  return blocks.map((block) => {
    const lines = block.split("\n");
    const title = lines.shift()!;
    const directives = new Map<string, string[]>();
    while (lines[0].startsWith("@")) {
      const [, name, rest] = /^@(\w+) ?(.*)$/.exec(lines.shift()!)!;
      directives.set(name, [...(directives.get(name) ?? []), rest]);
    }
    const divider = lines.indexOf("---");
    if (divider < 0) throw new Error(`case without ---: ${title}`);
    const plain = (line: string) => line;
    const readEscapes = directives.has("escapes") ? unescaped : plain;
    const expected = lines.slice(divider + 1).map(readEscapes);
    while (expected.length > 0 && expected[expected.length - 1] === "") expected.pop();
    if (expected.length === 0) throw new Error(`case that expects nothing: ${title}`);
    const repeat = /^(\d+) (.*)$/.exec(directives.get("repeat")?.[0] ?? "");
    const formula = repeat ? repeat[2].repeat(Number(repeat[1])) : readEscapes(lines.slice(0, divider).join("\n"));
    return { title, formula, expected, ...world(directives) };
  });
}

function world(directives: ReadonlyMap<string, string[]>): Omit<RuleCase, "title" | "formula" | "expected"> {
  const one = (name: string) => directives.get(name)?.[0];
  const now = parseInstant(one("now") ?? "2026-01-05T12:00:00Z")!;
  const period = parseDuration(one("period") ?? "PT5M")!;
  const store = new MetricStore({
    samplePeriod: period,
    sampleDelay: one("delay") ?? "PT0S",
    history: one("history") ?? "PT24H",
  });
  for (const line of directives.get("metrics") ?? []) {
    const [, name, list] = /^(\S+): (.*)$/.exec(line)!;
    const values = list
      .trim()
      .split(/\s+/)
      .map((word) => (word === "_" ? Number.NaN : Number(word)));
    store.load(name, now - BigInt(values.length - 1) * period, values);
  }
  const [dedicated, lowPriority] = (one("targets") ?? "0 0").split(" ").map(Number);
  return {
    now,
    store,
    targets: { dedicated, lowPriority },
    semantics: directives.has("strict") ? strictSemantics : defaultSemantics,
  };
}

function unescaped(text: string): string {
  const simple: Record<string, string> = { t: "\t", r: "\r", n: "\n" };
  return text.replace(/\\(?:u\{([0-9a-f]+)\}|([trn]))/g, (_, hex, letter) =>
    hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : simple[letter],
  );
}
