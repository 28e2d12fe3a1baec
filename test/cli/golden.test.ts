/**
 * What people see. Each case in test/golden/cli is a title, a line of shell as a user types it, and what came: stdout as it is, stderr with `! `
 * before each line, then the exit code. Commands run on the files beside the cases. WEIR_REWRITE=1 writes what came instead of comparing; read the
 * difference before you keep it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce, exampleFiles, Workplace } from "./weir.ts";

const folder = join(exampleFiles, "..");
const files = readdirSync(folder).filter((name) => name.endsWith(".case"));
let place: Workplace;

beforeAll(() => {
  buildOnce();
  place = new Workplace();
});
afterAll(() => place.clear());

/** What a line of shell gives, in the form of the case files. */
function outcome(line: string): string {
  const { code, stdout, stderr } = place.shell(line);
  const errors = stderr === "" ? "" : `${stderr.replace(/\n$/, "").replace(/^/gm, "! ")}\n`;
  const end = stdout === "" || stdout.endsWith("\n") ? "" : "\n(no line end)\n";
  return `${stdout}${end}${errors}=> ${code}\n`;
}

interface Case {
  readonly title: string;
  readonly line: string;
  readonly expected: string;
}

function casesOf(file: string): Case[] {
  return readFileSync(join(folder, file), "utf8")
    .split(/^# /m)
    .filter((block) => block.trim() !== "")
    .map((block) => {
      const match = /^(.*)\n\$ (.*)\n([\s\S]*)$/.exec(block);
      if (match === null) throw new Error(`${file}: a case needs a title and a line with $: ${block.slice(0, 80)}`);
      return { title: match[1], line: match[2], expected: match[3].replace(/\n+$/, "\n") };
    });
}

describe("what the command prints", () => {
  it("has its case files", () => expect(files.length).toBeGreaterThanOrEqual(5));

  for (const file of files) {
    describe(file, () => {
      const cases = casesOf(file);
      if (process.env.WEIR_REWRITE === "1") {
        it("is rewritten", () => {
          writeFileSync(
            join(folder, file),
            cases.map(({ title, line }) => `# ${title}\n$ ${line}\n${outcome(line)}`).join("\n"),
          );
        });
        return;
      }
      for (const { title, line, expected } of cases) it(title, () => expect(outcome(line)).toBe(expected));
    });
  }
});
