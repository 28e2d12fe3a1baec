/**
 * Reads the case files of test/golden/lint. `== fires CODE: title` is followed by a formula that provokes the code, `== silent CODE: title` by a near
 * miss that does not, `== fix CODE: title` by a formula, `---` and the text after its fix. Lines `@slots N`, `@period PT5M`, `@delay PT0S` before the
 * formula say what is known besides it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { parseDuration } from "../../../src/base/time.ts";
import type { Diagnostic, Fix } from "../../../src/language/diagnostics/diagnostic.ts";
import { lint, type LintOptions } from "../../../src/language/check/lint/index.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";

export interface LintCase {
  readonly kind: "fires" | "silent" | "fix";
  readonly code: string;
  readonly title: string;
  readonly formula: string;
  /** After the fix. */
  readonly fixed: string;
  readonly options: LintOptions;
}

const folder = new URL("../../golden/lint/", import.meta.url);

export function lintCases(): LintCase[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".case"));
  return files.flatMap((name) => readFileSync(new URL(name, folder), "utf8").split(/^== /m).slice(1).map(readCase));
}

function readCase(block: string): LintCase {
  const lines = block.trimEnd().split("\n");
  const head = /^(fires|silent|fix) ([a-z0-9-]+): (.+)$/.exec(lines.shift()!);
  if (head === null) throw new Error(`not a case: ${block}`);
  let options: LintOptions = {};
  while (lines[0].startsWith("@")) options = { ...options, ...option(lines.shift()!) };
  const [formula, fixed = ""] = lines.join("\n").split("\n---\n");
  return { kind: head[1] as LintCase["kind"], code: head[2], title: head[3], formula, fixed, options };
}

function option(line: string): LintOptions {
  const [name, value] = line.slice(1).split(" ");
  if (name === "slots") return { pool: { taskSlotsPerNode: Number(value) } };
  if (name === "period") return { samplePeriod: parseDuration(value)! };
  if (name === "delay") return { sampleDelay: parseDuration(value)! };
  throw new Error(`unknown option ${line}`);
}

/** Lints a text that must parse. */
export function lintText(text: string, options: LintOptions = {}): Diagnostic[] {
  const source = new Source(text);
  const { formula, diagnostics } = parse(source);
  if (formula === undefined) throw new Error(`does not parse: ${text}: ${diagnostics[0].message}`);
  return lint(source, formula, options);
}

/** The text after a fix. */
export function applied(text: string, fix: Fix): string {
  let result = text;
  for (const edit of [...fix.edits].reverse()) result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  return result;
}
