/**
 * Walks the tree of a line: redirections, pipes, conditions, loops, cmd's own commands, programs of this machine, batch files. One thing at a time, with
 * the output of everything going straight where it belongs, so that a task's files grow as it runs.
 */
import { spawnSync } from "node:child_process";
import { accessSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { constants as system, tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { BUILTINS, Exit, type Shell, wordsOf } from "./builtins.ts";
import { expandDelayed, expandPercents, type Surroundings, Variables } from "./expand.ts";
import { matching } from "./fileCommands.ts";
import { type Command, type Condition, parseLine, type Redirect, SyntaxProblem } from "./parse.ts";

/** Descriptors of input, output and errors. */
type Streams = readonly [input: number, output: number, errors: number];

/** What cmd ends with for a name it does not know. */
const UNKNOWN_COMMAND = 1;
const SYNTAX_ERROR = 1;
/** Batch files that call each other without end. */
const NESTING_MAX = 50;

/** One cmd. */
export class Interpreter {
  private readonly variables: Variables;
  private readonly delays: boolean;
  private directory: string;
  private errorLevel = 0;
  private batch: readonly string[] | undefined = undefined;
  private nesting = 0;

  /** `delays`: `!NAME!` is expanded, as with /v:on. */
  constructor(environment: Readonly<Record<string, string | undefined>>, directory: string, delays: boolean) {
    this.variables = new Variables(environment);
    this.directory = directory;
    this.delays = delays;
  }

  /** Runs one line; the code that cmd ends with. */
  run(line: string): number {
    try {
      return this.line(line, [0, 1, 2]);
    } catch (error) {
      if (error instanceof Exit) return error.code;
      throw error;
    }
  }

  private line(line: string, streams: Streams): number {
    let command: Command;
    try {
      command = parseLine(expandPercents(line, this.surroundings()));
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      writeSync(streams[2], `${error.message}\n`);
      return (this.errorLevel = SYNTAX_ERROR);
    }
    return this.command(command, streams);
  }

  private surroundings(): Surroundings {
    return { variables: this.variables, dynamic: (name) => this.dynamic(name), batch: this.batch };
  }

  private dynamic(name: string): string | undefined {
    switch (name) {
      case "CD":
        return this.directory;
      case "ERRORLEVEL":
        return String(this.errorLevel);
      case "RANDOM":
        return String(Math.floor(Math.random() * 32_768));
      case "DATE":
        return new Date().toISOString().slice(0, 10);
      case "TIME":
        return new Date().toISOString().slice(11, 22);
      case "OS":
        return "Windows_NT";
      default:
        return undefined;
    }
  }

  private command(command: Command, streams: Streams): number {
    switch (command.kind) {
      case "sequence":
        this.command(command.left, streams);
        return this.command(command.right, streams);
      case "and":
        return this.command(command.left, streams) === 0 ? this.command(command.right, streams) : this.errorLevel;
      case "or":
        return this.command(command.left, streams) !== 0 ? this.command(command.right, streams) : this.errorLevel;
      case "pipe":
        return this.pipe(command.left, command.right, streams);
      case "group":
        return this.redirected(command.redirects, streams, (inner) => this.command(command.body, inner));
      case "if": {
        const holds = this.holds(command.condition, command.ignoresCase) !== command.not;
        const branch = holds ? command.then : command.otherwise;
        return branch === undefined ? this.errorLevel : this.command(branch, streams);
      }
      case "for":
        for (const value of this.values(command.set, command.counts)) {
          this.command(substituted(command.body, command.variable, value), streams);
        }
        return this.errorLevel;
      case "simple":
        return this.redirected(command.redirects, streams, (inner) => this.simple(command.text, inner));
    }
  }

  /** The left side runs to its end, and then the right side reads what it wrote. */
  private pipe(left: Command, right: Command, [input, output, errors]: Streams): number {
    const folder = mkdtempSync(join(tmpdir(), "weir-pipe-"));
    const between = openSync(join(folder, "pipe"), "w+");
    try {
      this.command(left, [input, between, errors]);
      const reading = openSync(join(folder, "pipe"), "r");
      try {
        return this.command(right, [reading, output, errors]);
      } finally {
        closeSync(reading);
      }
    } finally {
      closeSync(between);
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private redirected(redirects: readonly Redirect[], streams: Streams, run: (streams: Streams) => number): number {
    const opened: number[] = [];
    const inner: number[] = [...streams];
    try {
      for (const redirect of redirects) {
        if (redirect.mode === "same") inner[redirect.fd] = inner[redirect.as] ?? inner[redirect.fd];
        else {
          const flags = redirect.mode === "read" ? "r" : redirect.mode === "append" ? "a" : "w";
          const descriptor = openSync(this.path(this.delayed(redirect.path)), flags);
          opened.push(descriptor);
          inner[redirect.fd] = descriptor;
        }
      }
      return run(inner as unknown as Streams);
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).code !== "string") throw error;
      writeSync(streams[2], "The system cannot find the path specified.\n");
      return (this.errorLevel = 1);
    } finally {
      for (const descriptor of opened) closeSync(descriptor);
    }
  }

  private simple(written: string, streams: Streams): number {
    const text = this.delayed(written).trimStart();
    if (text.trim() === "") return this.errorLevel;
    const name = /^(?:"[^"]*"|[^\s"=,;]+)/.exec(text)?.[0] ?? text;
    // `echo.`, `cd..` and `dir/b`: the name ends where it can be no part of it.
    const short = /^([a-z]+)(?=[./\\:])/i.exec(name)?.[1].toLowerCase();
    const word = short !== undefined && Object.hasOwn(BUILTINS, short) ? short : name.toLowerCase();
    if (Object.hasOwn(BUILTINS, word)) {
      const rest = text.slice(word.length);
      return (this.errorLevel = BUILTINS[word](rest, wordsOf(rest), this.shell(streams), this.errorLevel));
    }
    if (word === "call") return this.line(text.slice(word.length), streams);
    return (this.errorLevel = this.program(wordsOf(text), streams));
  }

  private program([first, ...rest]: readonly string[], [input, output, errors]: Streams): number {
    const name = first.replace(/"/g, "");
    const path = this.find(name);
    if (path === undefined) {
      writeSync(errors, `'${name}' is not recognized as an internal or external command,\noperable program or batch file.\n`);
      return UNKNOWN_COMMAND;
    }
    const words = rest.map((word) => word.replace(/"/g, ""));
    if (/^\.(?:bat|cmd)$/i.test(extname(path))) return this.batchFile(path, words, [input, output, errors]);
    const { status, signal, error } = spawnSync(path, words.map(withSlashes), {
      argv0: name,
      cwd: this.directory,
      env: Object.fromEntries(this.variables.entries()),
      stdio: [input, output, errors],
    });
    if (error !== undefined) {
      writeSync(errors, `${name}: ${(error as NodeJS.ErrnoException).code}\n`);
      return UNKNOWN_COMMAND;
    }
    return status ?? -(system.signals[signal!] ?? 1);
  }

  /** A path, or a name that is sought here and along PATH, as it is, without `.exe` and as a batch file. */
  private find(name: string): string | undefined {
    const folders = /[\\/]/.test(name) ? [""] : [this.directory, ...(this.variables.get("PATH") ?? "").split(/[:;]/)];
    const names = [name, name.replace(/\.exe$/i, ""), `${name}.bat`, `${name}.cmd`];
    for (const folder of folders) {
      for (const each of names) {
        const path = this.path(folder === "" ? each : join(folder, each));
        const isScript = /\.(?:bat|cmd)$/i.test(path);
        try {
          if (!statSync(path).isFile()) continue;
          accessSync(path, isScript ? constants.R_OK : constants.X_OK);
          return path;
        } catch {
          // Not this one.
        }
      }
    }
    return undefined;
  }

  private batchFile(path: string, words: readonly string[], streams: Streams): number {
    if (++this.nesting > NESTING_MAX) throw new Exit(1, false);
    const before = this.batch;
    this.batch = [path, ...words];
    try {
      for (const line of joined(readFileSync(path, "utf8"))) this.line(line, streams);
      return this.errorLevel;
    } catch (error) {
      if (!(error instanceof Exit && error.ofBatch)) throw error;
      return error.code;
    } finally {
      this.batch = before;
      this.nesting--;
    }
  }

  private holds(condition: Condition, ignoresCase: boolean): boolean {
    switch (condition.kind) {
      case "exist":
        return matching(this.path(condition.of)).some((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
      case "defined":
        return this.variables.get(condition.of) !== undefined;
      case "errorlevel":
        return this.errorLevel >= Number(condition.of);
      case "compare":
        return compares(this.delayed(condition.left), condition.operator, this.delayed(condition.right), ignoresCase);
    }
  }

  private values(set: string, counts: boolean): string[] {
    const words = (this.delayed(set).match(/"[^"]*"|[^\s,;]+/g) ?? []) as string[];
    if (!counts) return words.flatMap((word) => (/[*?]/.test(word) ? matching(this.path(word)) : [word]));
    const [from, step, to] = words.map(Number);
    const found: string[] = [];
    if (step !== 0) for (let at = from; step > 0 ? at <= to : at >= to; at += step) found.push(String(at));
    return found;
  }

  private delayed(text: string): string {
    return this.delays ? expandDelayed(text, this.surroundings()) : text;
  }

  private path(word: string): string {
    const name = word.replace(/"/g, "").replace(/\\/g, "/");
    return /^nul$/i.test(name) ? "/dev/null" : resolve(this.directory, name);
  }

  private shell([, output, errors]: Streams): Shell {
    const setDirectory = (path: string) => {
      this.directory = path;
    };
    return {
      variables: this.variables,
      get directory() {
        return process.cwd();
      },
      set directory(path: string) {
        process.chdir(path);
        setDirectory(path);
      },
      write: (text) => writeAll(output, text),
      error: (text) => writeAll(errors, text),
      path: (word) => this.path(word),
    };
  }
}

function writeAll(descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  for (let from = 0; from < bytes.length; ) from += writeSync(descriptor, bytes, from);
}

/** A path that came out of a variable has slashes before and backslashes after; programs of this machine know only the first. */
const withSlashes = (word: string) => (/^\.{0,2}\//.test(word) ? word.replace(/\\/g, "/") : word);

/** Lines of a batch file: a group in parentheses is one, labels and what only says `echo off` are none. */
function joined(text: string): string[] {
  const lines: string[] = [];
  let depth = 0;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?::|@?echo\s+o(?:n|ff)\s*$)/i.test(line)) continue;
    if (depth > 0) lines[lines.length - 1] += `\n${line}`;
    else lines.push(line);
    const plain = line.replace(/"[^"]*"|\^./g, "");
    depth = Math.max(0, depth + plain.split("(").length - plain.split(")").length);
  }
  return lines;
}

function compares(left: string, operator: string, right: string, ignoresCase: boolean): boolean {
  const numbers = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
  const [a, b] = ignoresCase ? [left.toLowerCase(), right.toLowerCase()] : [left, right];
  const order = numbers && operator !== "equ" ? Number(left) - Number(right) : a < b ? -1 : a > b ? 1 : 0;
  switch (operator) {
    case "equ":
      return order === 0;
    case "neq":
      return order !== 0;
    case "lss":
      return order < 0;
    case "leq":
      return order <= 0;
    case "gtr":
      return order > 0;
    default:
      return order >= 0;
  }
}

/** The command with `%v` replaced wherever text stands. */
function substituted(command: Command, variable: string, value: string): Command {
  const change = (text: string) => text.replaceAll(variable, () => value).replaceAll(`%~${variable.slice(1)}`, () => value);
  return JSON.parse(JSON.stringify(command, (_, each: unknown) => (typeof each === "string" ? change(each) : each))) as Command;
}
