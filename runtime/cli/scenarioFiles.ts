/**
 * Scenario files as the commands want them: read with the files that they name, which lie beside them, `.gz` by content; checked as a whole, each
 * problem as `file:line:column`. The simulator reads no file itself.
 */
import { basename, dirname, isAbsolute, join } from "node:path";
import { Source } from "../../src/language/source.ts";
import { parse } from "../../src/language/syntax/parse.ts";
import { readScenario, type Scenario, type ScenarioProblem, type TextReader } from "../sim/index.ts";
import { InputError } from "./exitCodes.ts";
import { decodeText, inputName, readBytes, readFileBytes, STANDARD_INPUT, unpacked } from "./files.ts";
import { problemsText } from "./formulas.ts";
import { type Output, visibleName, visibleText } from "./output.ts";

const SCENARIO_BYTES_MAX = 16_777_216;
/** Packed and unpacked: logs of some ten million tasks. */
const NAMED_BYTES_MAX = 500_000_000;

/** A scenario's text and where the files that it names are looked for. */
export interface ScenarioText {
  /** As the user gave it. */
  readonly path: string;
  readonly text: string;
}

/** A scenario that was read, whole or not. `files` are the paths that it names, from where the command runs. */
export type ScenarioFileReading = { readonly files: readonly string[] } & (
  | {
      readonly ok: true;
      readonly scenario: Scenario;
      readonly formula: Source | undefined;
      /** Null for a formula that stands in the scenario itself. */
      readonly formulaFile: string | null;
    }
  | { readonly ok: false; readonly problems: readonly string[]; readonly unreadable: boolean }
);

/** Reads the text of a scenario. Throws InputError. */
export async function readScenarioText(path: string): Promise<ScenarioText> {
  if (/\.formula$/i.test(path))
    throw new InputError(
      `${inputName(path)}: is a formula, not a scenario; a scenario names it: formula: ${visibleName(basename(path))}`,
    );
  const bytes = await readBytes(path, "a scenario", SCENARIO_BYTES_MAX);
  return { path, text: decodeText(bytes, path, "a scenario") };
}

/** Reads files that a scenario names; each is read once and kept, so that other seeds find it again. */
export class NamedFiles {
  private readonly folder: string;
  private readonly texts = new Map<string, string>();
  /** From where the command runs, in the order in which they were asked for. */
  readonly paths = new Set<string>();
  /** Whether one of them could not be read. */
  failed = false;

  /** `scenarioPath` is the scenario's own path; what comes on standard input names files from where the command runs. */
  constructor(scenarioPath: string) {
    this.folder = scenarioPath === STANDARD_INPUT ? "." : dirname(scenarioPath);
  }

  readonly read: TextReader = (name) => {
    const path = isAbsolute(name) ? name : join(this.folder, name);
    this.paths.add(path);
    const known = this.texts.get(path);
    if (known !== undefined) return known;
    try {
      const text = decodeText(unpacked(readFileBytes(path, "a text", NAMED_BYTES_MAX), path, NAMED_BYTES_MAX), path, "a text");
      this.texts.set(path, text);
      return text;
    } catch (error) {
      this.failed = true;
      // The scenario's problem names the file already.
      if (error instanceof InputError) throw new Error(error.message.replace(`${inputName(path)}: `, ""));
      throw error;
    }
  };

  /** The path of the file that has this text. */
  pathOf(text: string): string | undefined {
    return [...this.texts].find(([, known]) => known === text)?.[0];
  }
}

/** Makes a scenario of its text; `output` paints the problems. */
export function openScenario(
  { path, text }: ScenarioText,
  seed: number | undefined,
  output: Pick<Output, "paintError">,
  files: NamedFiles = new NamedFiles(path),
): ScenarioFileReading {
  const name = inputName(path);
  const reading = readScenario(text, files.read, seed);
  const paths = [...files.paths];
  if (!reading.ok) {
    const problems = reading.problems.map((problem) => problemLine(name, problem, output));
    return { files: paths, ok: false, problems, unreadable: files.failed };
  }
  const { scenario } = reading;
  if (scenario.pool.formula === undefined) return { files: paths, ok: true, scenario, formula: undefined, formulaFile: null };
  const formulaFile = files.pathOf(scenario.pool.formula) ?? null;
  const formula = new Source(scenario.pool.formula, formulaFile ?? `${name}#formulaText`);
  const { diagnostics } = parse(formula);
  if (diagnostics.length > 0)
    return { files: paths, ok: false, problems: [problemsText(formula, diagnostics, output.paintError)], unreadable: false };
  return { files: paths, ok: true, scenario, formula, formulaFile };
}

function problemLine(name: string, { line, column, message }: ScenarioProblem, output: Pick<Output, "paintError">): string {
  const place = output.paintError("place", `${name}:${line}:${column}:`);
  return `${place} ${output.paintError("error", "error")}: ${visibleText(message)}`;
}
