/**
 * Everything that a command prints goes through an Output: results to stdout, notes and problems to stderr, colour only where someone sees
 * it. The rules: `--json` puts exactly one document on stdout; `--quiet` drops notes, never results and errors; colour is on for a terminal
 * unless `--no-color` or a non-empty NO_COLOR says otherwise, and FORCE_COLOR turns it on for pipes that keep it.
 */
import picocolors from "picocolors";

/** What a piece of text is; the roles of `showDiagnostic` and of explanations among them. */
export type Role =
  | "error"
  | "warning"
  | "place"
  | "gutter"
  | "caret"
  | "hint"
  | "name"
  | "value"
  | "title"
  | "quiet"
  | "good"
  | "taken"
  | "notTaken";

export type PaintText = (role: Role, text: string) => string;

/** How the user wants to be spoken to. */
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  /** False after `--no-color`. */
  readonly color: boolean;
}

export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether stdout gets colour. */
  readonly color: boolean;
  /** Columns to fit results in: the terminal's, 100 when stdout is none. */
  readonly width: number;
  /** Decorates text for stdout. */
  readonly paint: PaintText;
  /** Decorates text for stderr. */
  readonly paintError: PaintText;
  /** A result line, to stdout. */
  line(text: string): void;
  /** The one JSON document, to stdout; two-space indentation. */
  document(value: unknown): void;
  /** Something worth knowing that is no result, to stderr; dropped by `--quiet`. */
  note(text: string): void;
  /** A problem, to stderr. */
  problem(text: string): void;
}

/** Makes the Output of a run from its options, the environment and the two streams. */
export function createOutput(
  options: OutputOptions,
  streams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
): Output {
  const { stdout, stderr } = streams;
  const onStdout = wantsColor(options, stdout);
  return {
    json: options.json,
    quiet: options.quiet,
    color: onStdout,
    width: Math.max(40, stdout.columns || 100),
    paint: painter(onStdout),
    paintError: painter(wantsColor(options, stderr)),
    line: (text) => void stdout.write(`${text}\n`),
    document: (value) => void stdout.write(`${JSON.stringify(value, undefined, 2)}\n`),
    note: (text) => {
      if (!options.quiet) stderr.write(`${text}\n`);
    },
    problem: (text) => void stderr.write(`${text}\n`),
  };
}

function wantsColor(options: OutputOptions, stream: NodeJS.WriteStream): boolean {
  if (!options.color || (process.env.NO_COLOR ?? "") !== "" || process.env.TERM === "dumb") return false;
  const forced = process.env.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true;
}

function painter(color: boolean): PaintText {
  if (!color) return (_role, text) => text;
  const c = picocolors.createColors(true);
  const styles: Record<Role, (text: string) => string> = {
    error: (text) => c.bold(c.red(text)),
    warning: (text) => c.bold(c.yellow(text)),
    place: c.bold,
    gutter: c.blue,
    caret: c.red,
    hint: c.cyan,
    name: c.cyan,
    value: c.bold,
    title: c.bold,
    quiet: c.dim,
    good: c.green,
    taken: c.green,
    notTaken: c.dim,
  };
  // A role that a library invents later is printed plain, not refused.
  return (role, text) => (Object.hasOwn(styles, role) ? styles[role](text) : text);
}

/** `1 file`, `2 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** Text from outside as one visible line: control characters and changes of writing direction become `·`. */
export function visibleText(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "·");
}

/** A name from outside, visible and cut where it is very long. */
export function visibleName(name: string): string {
  const shown = visibleText(name);
  return shown.length > 200 ? `${shown.slice(0, 199)}…` : shown;
}
