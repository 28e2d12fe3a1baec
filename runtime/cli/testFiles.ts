/**
 * The files that formula tests are made of, read for the engine, which reads none itself: test files, and the formulas, metrics and scenarios that
 * they name relative to themselves. What cannot be read is told at the place where it is named.
 */
import { dirname, isAbsolute, join } from "node:path";
import type { FileReference, FileText } from "../formulatest/index.ts";
import { InputError } from "./exitCodes.ts";
import { decodeText, readBytes, STANDARD_INPUT, unpacked } from "./files.ts";

const TEST_FILE_BYTES_MAX = 4_194_304;
const FORMULA_BYTES_MAX = 1_048_576;
const SCENARIO_BYTES_MAX = 16_777_216;
/** Packed and unpacked; a test needs days of samples, not years. */
const METRICS_BYTES_MAX = 100_000_000;

/** The text of a test file. Throws InputError. */
export async function readTestText(path: string): Promise<string> {
  return decodeText(await readBytes(path, "a formula test file", TEST_FILE_BYTES_MAX), path, "a formula test file");
}

/** The path that a reference means, from where the command runs. */
export function referencePath(testFile: string, reference: Pick<FileReference, "path">): string {
  if (isAbsolute(reference.path)) return reference.path;
  const path = join(testFile === STANDARD_INPUT ? "." : dirname(testFile), reference.path);
  // A file named like the sign for standard input is still a file.
  return path === STANDARD_INPUT ? `./${path}` : path;
}

/** Reads what a test file names; never throws for what is in the files. */
export async function readReferences(
  testFile: string,
  references: readonly FileReference[],
): Promise<ReadonlyMap<string, FileText>> {
  const texts = new Map<string, FileText>();
  for (const reference of references) {
    const path = referencePath(testFile, reference);
    if (texts.has(path)) continue;
    try {
      texts.set(path, { text: await readReference(path, reference.kind) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      texts.set(path, { trouble: error.message });
    }
  }
  return texts;
}

async function readReference(path: string, kind: FileReference["kind"]): Promise<string> {
  switch (kind) {
    case "formula":
      return decodeText(await readBytes(path, "a formula", FORMULA_BYTES_MAX), path, "a formula");
    case "scenario":
      return decodeText(await readBytes(path, "a scenario", SCENARIO_BYTES_MAX), path, "a scenario");
    case "metrics":
      return decodeText(
        unpacked(await readBytes(path, "a metrics file", METRICS_BYTES_MAX), path, METRICS_BYTES_MAX),
        path,
        "a metrics file",
      );
    default:
      return kind satisfies never;
  }
}
