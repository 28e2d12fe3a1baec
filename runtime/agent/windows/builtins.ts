/** The commands that are cmd's own and no programs: what they do to variables, to the directory, to the output. Those on files are in `fileCommands.ts`. */
import { statSync } from "node:fs";
import type { Variables } from "./expand.ts";
import { FILE_COMMANDS } from "./fileCommands.ts";

/** What a command works on. */
export interface Shell {
  readonly variables: Variables;
  directory: string;
  readonly write: (text: string | Uint8Array) => void;
  readonly error: (text: string) => void;
  /** Absolute path of a name as it was written: quotes off, `\` for `/`. */
  readonly path: (word: string) => string;
}

/** Thrown to end the batch file, or everything. */
export class Exit extends Error {
  readonly code: number;
  /** `exit /b`: of the batch file alone. */
  readonly ofBatch: boolean;

  constructor(code: number, ofBatch: boolean) {
    super("exit");
    this.code = code;
    this.ofBatch = ofBatch;
  }
}

/** `rest`: what stands after the command's name, as it was written. Gives the code. */
type Builtin = (rest: string, words: readonly string[], shell: Shell, errorLevel: number) => number;

const unquoted = (text: string) => text.replace(/"/g, "");

/** Words between blanks, quotes on. */
export function wordsOf(text: string): string[] {
  return text.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];
}

function echo(rest: string, _: readonly string[], shell: Shell): number {
  // `echo.`, `echo:` and `echo/` print what follows, were it nothing.
  const text = /^[.:/]/.test(rest) ? rest.slice(1) : rest.replace(/^\s/, "");
  if (/^(?:on|off)$/i.test(text.trim())) return 0;
  shell.write(text === "" && rest.trim() === "" && !/^[.:/]/.test(rest) ? "ECHO is on.\n" : `${text}\n`);
  return 0;
}

function set(rest: string, words: readonly string[], shell: Shell): number {
  const { variables } = shell;
  if (words[0]?.toLowerCase() === "/a") return arithmetic(rest.replace(/^\s*\/a/i, ""), shell);
  const text = /^\s*"(.*)"[^"]*$/.exec(rest)?.[1] ?? rest.trimStart();
  const equals = text.indexOf("=");
  if (equals > 0) {
    variables.set(text.slice(0, equals), text.slice(equals + 1));
    return 0;
  }
  const prefix = text.trim().toLowerCase();
  const found = variables.entries().filter(([name]) => name.toLowerCase().startsWith(prefix));
  shell.write(found.map(([name, value]) => `${name}=${value}\n`).join(""));
  if (found.length > 0) return 0;
  shell.error(`Environment variable ${text.trim()} not defined\n`);
  return 1;
}

/** `NAME=a op b op …`, whole numbers, from left to right with * / % before + and -. */
function arithmetic(text: string, { variables, error }: Shell): number {
  const match = /^\s*"?\s*([^\s=+*/%-]+)\s*([-+*/%]?)=(.+?)"?\s*$/.exec(text);
  if (match === null) return 0;
  const [, name, operator, right] = match;
  const whole = operator === "" ? right : `${name}${operator}(${right})`;
  const numbers = whole.replace(/[a-z_]\w*/gi, (each) => String(Number.parseInt(variables.get(each) ?? "0", 10) || 0));
  const value = calculated(numbers);
  if (value === undefined) {
    error("Missing operand.\n");
    return 1;
  }
  variables.set(name, String(value));
  return 0;
}

/** Of numbers, + - * / % and parentheses; undefined for anything else and for a division by nothing. */
function calculated(text: string): number | undefined {
  const tokens = text.match(/\d+|[-+*/%()]/g) ?? [];
  if (tokens.join("") !== text.replace(/\s/g, "")) return undefined;
  let at = 0;
  const factor = (): number => {
    const token = tokens[at++];
    if (token === "-") return -factor();
    if (token !== "(") return Number(token ?? Number.NaN);
    const inner = sum();
    return tokens[at++] === ")" ? inner : Number.NaN;
  };
  const product = (): number => {
    let left = factor();
    for (let operator = tokens[at]; operator === "*" || operator === "/" || operator === "%"; operator = tokens[at]) {
      at++;
      const right = factor();
      left = operator === "*" ? left * right : operator === "/" ? Math.trunc(left / right) : left % right;
    }
    return left;
  };
  const sum = (): number => {
    let left = product();
    for (let operator = tokens[at]; operator === "+" || operator === "-"; operator = tokens[at]) {
      at++;
      left = operator === "+" ? left + product() : left - product();
    }
    return left;
  };
  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? value | 0 : undefined;
}

function changeDirectory(rest: string, words: readonly string[], shell: Shell): number {
  const name = rest.replace(/^\s*\/d/i, "").trim();
  if (name === "") {
    shell.write(`${shell.directory}\n`);
    return 0;
  }
  const path = shell.path(words.length > 1 && words[0].toLowerCase() === "/d" ? name : name);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    shell.error("The system cannot find the path specified.\n");
    return 1;
  }
  shell.directory = path;
  return 0;
}

function exit(_: string, words: readonly string[], __: Shell, errorLevel: number): number {
  const ofBatch = words[0]?.toLowerCase() === "/b";
  const code = Number.parseInt(words[ofBatch ? 1 : 0] ?? "", 10);
  throw new Exit(Number.isNaN(code) ? errorLevel : code, ofBatch);
}

/** A process that sleeps: this program does one thing at a time. */
function sleep(seconds: number): void {
  if (seconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

function timeout(_: string, words: readonly string[]): number {
  sleep(Number.parseInt(words.find((word) => /^\d+$/.test(word)) ?? "0", 10));
  return 0;
}

/** What it is used for in tasks: to wait a second less than it has echoes. Nothing is sent. */
function ping(_: string, words: readonly string[], shell: Shell): number {
  const option = words.findIndex((word) => /^[-/]n$/i.test(word));
  const count = option < 0 ? 4 : Number.parseInt(words[option + 1] ?? "", 10) || 1;
  for (let echoes = 0; echoes < count; echoes++) {
    if (echoes > 0) sleep(1);
    shell.write(`Reply from ${words.find((word) => /^[\w.]+$/.test(word) && !/^\d+$/.test(word)) ?? "127.0.0.1"}: time<1ms\n`);
  }
  return 0;
}

const nothing: Builtin = () => 0;

/** All of them by name. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  echo,
  set,
  cd: changeDirectory,
  chdir: changeDirectory,
  exit,
  timeout,
  ping,
  ver: (_, __, shell) => {
    shell.write("\nMicrosoft Windows command lines, understood by Weir\n");
    return 0;
  },
  rem: nothing,
  title: nothing,
  color: nothing,
  cls: nothing,
  setlocal: nothing,
  endlocal: nothing,
  verify: nothing,
  ...Object.fromEntries(
    Object.entries(FILE_COMMANDS).map(([name, command]): [string, Builtin] => [
      name,
      (_, words, shell) => command(words.map(unquoted), shell),
    ]),
  ),
};
