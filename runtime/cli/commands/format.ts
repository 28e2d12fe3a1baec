/**
 * `weir format`: formulas in canonical layout, to stdout, or back into their files (`--write`), or only looked at (`--check`, for CI). A
 * formula with a syntax error is never touched.
 */
import type { Diagnostic } from "../../../src/language/diagnostics/diagnostic.ts";
import type { Source } from "../../../src/language/source.ts";
import { format as formatFormula } from "../../../src/language/syntax/format.ts";
import { type ExitCode, exitCodes, UsageError } from "../exitCodes.ts";
import { distinctPaths, STANDARD_INPUT, writeText } from "../files.ts";
import { problemsText, readFormula } from "../formulas.ts";
import { counted, type Output } from "../output.ts";
import { jsonDiagnostic } from "../jsonDiagnostic.ts";

interface FormatOptions {
  readonly check?: boolean;
  readonly write?: boolean;
}

interface FormattedFile {
  readonly path: string;
  readonly source: Source;
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly changed: boolean;
}

/** Runs the command. */
export async function format(paths: readonly string[], options: FormatOptions, output: Output): Promise<ExitCode> {
  const distinct = distinctPaths(paths);
  if (options.write === true && distinct.includes(STANDARD_INPUT))
    throw new UsageError("standard input (-) cannot be written back", "format");
  // All files are read before the first one is written: an unreadable one must not leave half of them changed.
  const files: FormattedFile[] = [];
  for (const path of distinct) {
    const source = await readFormula(path);
    const { text, diagnostics } = formatFormula(source);
    files.push({ path, source, text, diagnostics, changed: text !== source.text && diagnostics.length === 0 });
  }
  const broken = files.filter((file) => file.diagnostics.length > 0);
  const changed = files.filter((file) => file.changed);
  if (options.write === true) for (const file of changed) writeText(file.path, file.text);
  if (output.json) output.document({ files: files.map((file) => jsonFile(file, options)) });
  else printFiles(files, options, output);
  for (const file of output.json ? [] : broken) output.problem(problemsText(file.source, file.diagnostics, output.paintError));
  if (broken.length > 0) return exitCodes.wrong;
  return options.check === true && changed.length > 0 ? exitCodes.wrong : exitCodes.done;
}

function printFiles(files: readonly FormattedFile[], options: FormatOptions, output: Output): void {
  const changed = files.filter((file) => file.changed);
  const broken = files.length - files.filter((file) => file.diagnostics.length === 0).length;
  if (options.check === true) {
    for (const file of changed) output.line(`${output.paint("place", file.source.name)}: not in canonical layout`);
    const rest = files.length - changed.length - broken;
    output.note(
      changed.length === 0 && broken === 0
        ? `${counted(rest, "file")} in canonical layout`
        : "`weir format --write` lays files out",
    );
    return;
  }
  if (options.write === true) {
    for (const file of changed) output.note(`${file.source.name}: laid out`);
    output.note(`${counted(changed.length, "file")} changed, ${files.length - changed.length - broken} left as they were`);
    return;
  }
  for (const file of files) {
    if (file.diagnostics.length > 0) continue;
    if (files.length > 1) output.line(`${output.paint("quiet", `// ${file.source.name}`)}`);
    process.stdout.write(file.text);
  }
}

function jsonFile(file: FormattedFile, options: FormatOptions) {
  const { source, diagnostics, changed } = file;
  const written = options.write === true && changed;
  return {
    file: source.name,
    changed,
    written,
    text: diagnostics.length === 0 ? file.text : null,
    diagnostics: diagnostics.map((item) => jsonDiagnostic(source, item)),
  };
}
