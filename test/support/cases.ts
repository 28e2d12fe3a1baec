/**
 * Reads the case files of test/golden/syntax. A case is a title line `# …`, optional `@` lines, the formula, `---`, and what comes of it:
 * the service's text and each problem with its line and caret, or `ok` and the printed tree. `@escapes` reads \u{…}, \t, \r, \n in the
 * formula, `@repeat N text` makes it. WEIR_REWRITE=1 writes what came instead of comparing; read the difference before you keep it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface GoldenCase {
  readonly title: string;
  readonly formula: string;
  readonly expected: string;
}

interface Block extends GoldenCase {
  /** The case up to and with its `---`. */
  readonly head: string;
}

export interface CaseFile {
  readonly file: string;
  readonly cases: readonly GoldenCase[];
}

/** All case files of a folder; with WEIR_REWRITE=1 each is rewritten from `actual` first. */
export function readCases(folder: string, actual: (formula: string) => string): CaseFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".case"));
  return names.sort().map((file) => {
    const path = join(folder, file);
    if (process.env.WEIR_REWRITE === "1") {
      const blocks = parseFile(readFileSync(path, "utf8"));
      writeFileSync(path, blocks.map((block) => `${block.head}\n${actual(block.formula)}\n`).join("\n"));
    }
    return { file, cases: parseFile(readFileSync(path, "utf8")) };
  });
}

function parseFile(text: string): Block[] {
  return text
    .split(/^(?=# )/m)
    .filter((block) => block.startsWith("# "))
    .map((block) => {
      const lines = block.trimEnd().split("\n");
      const divider = lines.indexOf("---");
      if (divider < 0) throw new Error(`case without ---: ${lines[0]}`);
      const directives = lines.slice(1, divider).filter((line) => line.startsWith("@"));
      const written = lines.slice(1 + directives.length, divider).join("\n");
      const repeat = directives.map((line) => /^@repeat (\d+) (.*)$/.exec(line)).find((match) => match !== null);
      const formula = repeat
        ? repeat[2].repeat(Number(repeat[1])) + written
        : directives.includes("@escapes")
          ? unescaped(written)
          : written;
      return {
        title: lines[0].slice(2),
        formula,
        expected: lines.slice(divider + 1).join("\n"),
        head: lines.slice(0, divider + 1).join("\n"),
      };
    });
}

function unescaped(text: string): string {
  const simple: Record<string, string> = { t: "\t", r: "\r", n: "\n" };
  return text.replace(/\\(?:u\{([0-9a-f]+)\}|([trn]))/g, (_, hex, letter) =>
    hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : simple[letter],
  );
}
