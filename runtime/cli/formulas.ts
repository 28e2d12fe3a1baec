/**
 * Formula files as the commands want them: read, named, parsed, checked. A formula is small, so a file that is not is refused unread.
 */
import { basename } from "node:path";
import { showDiagnostic, type Diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import { defaultSemantics, type Semantics, strictSemantics } from "../../src/language/semantics.ts";
import { Source } from "../../src/language/source.ts";
import { decodeText, inputName, readBytes } from "./files.ts";
import type { PaintText } from "./output.ts";

/** The longest formula has 8,192 characters; a file with more bytes than this is something else. */
const FORMULA_BYTES_MAX = 1_048_576;

/** Reads a formula from a file or, for `-`, from standard input. Throws InputError. */
export async function readFormula(path: string): Promise<Source> {
  const bytes = await readBytes(path, "a formula", FORMULA_BYTES_MAX);
  return new Source(decodeText(bytes, path, "a formula"), inputName(path));
}

/** The settings of the language that the command line asks for. */
export function semanticsOf(options: { readonly strict?: boolean }): Semantics {
  return options.strict === true ? strictSemantics : defaultSemantics;
}

/** All of a formula's problems, each with its line and a caret, a blank line between them. */
export function problemsText(source: Source, diagnostics: readonly Diagnostic[], paint: PaintText): string {
  return diagnostics.map((item) => showDiagnostic(source, item, paint)).join("\n\n");
}

/** File names without folder and ending, or the paths where those would not tell them apart. */
export function shortNames(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(path).replace(/\.formula$/, ""));
  return new Set(short).size === short.length ? short : [...paths];
}
