/** The commands of cmd that work on files: type, copy, move, del, md, rd, ren, dir. Each gives the code that cmd has: 0, or 1 with a sentence on standard error. */
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Shell } from "./builtins.ts";

const NOT_FOUND = "The system cannot find the file specified.";

/** Options begin with a slash and one letter, which no path of a node does that is longer than that. */
const isOption = (word: string) => /^\/-?[a-z](?::\S*)?$/i.test(word);

/** Options in small letters without their slash, and the rest as paths. */
function read(words: readonly string[], shell: Shell): { options: Set<string>; paths: string[] } {
  const options = new Set(words.filter(isOption).map((word) => word.slice(1).toLowerCase()));
  return { options, paths: words.filter((word) => !isOption(word)).map((word) => shell.path(word)) };
}

/** Paths that a name with `*` or `?` in its last part means; a name without is itself, there or not. */
export function matching(path: string): string[] {
  if (!/[*?]/.test(basename(path))) return [path];
  const pattern = basename(path) === "*.*" ? "*" : basename(path);
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  const form = new RegExp(`^${source}$`, "i");
  try {
    return readdirSync(dirname(path))
      .filter((name) => form.test(name))
      .sort()
      .map((name) => join(dirname(path), name));
  } catch {
    return [];
  }
}

const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const exists = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function fails(shell: Shell, message: string): number {
  shell.error(`${message}\n`);
  return 1;
}

/** What a file system says, as cmd's code and sentence. */
function tries(shell: Shell, what: () => void): number {
  try {
    what();
    return 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fails(
      shell,
      code === "ENOENT" ? NOT_FOUND : code === "EACCES" || code === "EPERM" ? "Access is denied." : `${code}.`,
    );
  }
}

function type(words: readonly string[], shell: Shell): number {
  const found = read(words, shell).paths.flatMap(matching);
  if (found.length === 0) return fails(shell, NOT_FOUND);
  return found.reduce(
    (worst, path) =>
      Math.max(
        worst,
        tries(shell, () => shell.write(readFileSync(path))),
      ),
    0,
  );
}

/** Several sources, `a+b` or a pattern, go into one file or each into a directory. */
function copy(words: readonly string[], shell: Shell): number {
  const { paths } = read(words, shell);
  if (paths.length === 0) return fails(shell, "The syntax of the command is incorrect.");
  const target = paths.length > 1 ? paths[paths.length - 1] : shell.path(".");
  const sources = paths
    .slice(0, Math.max(1, paths.length - 1))
    .flatMap((path) => path.split("+"))
    .flatMap(matching);
  if (sources.length === 0 || !sources.every(exists)) return fails(shell, NOT_FOUND);
  return tries(shell, () => {
    for (const source of sources) copyFileSync(source, isDirectory(target) ? join(target, basename(source)) : target);
    shell.write(`        ${sources.length} file(s) copied.\n`);
  });
}

function move(words: readonly string[], shell: Shell): number {
  const { paths } = read(words, shell);
  const [from = "", to = shell.path(".")] = paths;
  const sources = matching(from);
  if (sources.length === 0 || !sources.every(exists)) return fails(shell, NOT_FOUND);
  return tries(shell, () => {
    for (const source of sources) renameSync(source, isDirectory(to) ? join(to, basename(source)) : to);
    shell.write(`        ${sources.length} file(s) moved.\n`);
  });
}

/** Folders stay; with /s those below are looked into. */
function del(words: readonly string[], shell: Shell): number {
  const { paths, options } = read(words, shell);
  const remove = (path: string): void => {
    for (const found of matching(isDirectory(path) ? join(path, "*") : path)) {
      if (!isDirectory(found)) rmSync(found, { force: true });
      else if (options.has("s")) remove(found);
    }
  };
  return paths.reduce(
    (worst, path) =>
      Math.max(
        worst,
        tries(shell, () => remove(path)),
      ),
    0,
  );
}

function makeDirectory(words: readonly string[], shell: Shell): number {
  return read(words, shell).paths.reduce((worst, path) => {
    if (exists(path)) return fails(shell, `A subdirectory or file ${basename(path)} already exists.`);
    return Math.max(
      worst,
      tries(shell, () => mkdirSync(path, { recursive: true })),
    );
  }, 0);
}

function removeDirectory(words: readonly string[], shell: Shell): number {
  const { paths, options } = read(words, shell);
  const remove = (path: string) => (options.has("s") ? rmSync(path, { recursive: true }) : rmdirSync(path));
  return paths.reduce(
    (worst, path) =>
      Math.max(
        worst,
        tries(shell, () => remove(path)),
      ),
    0,
  );
}

function rename(words: readonly string[], shell: Shell): number {
  const [from = "", to = ""] = read(words, shell).paths;
  return tries(shell, () => renameSync(from, join(dirname(from), basename(to))));
}

/** With /b the names alone; /s goes down and then gives whole paths. */
function dir(words: readonly string[], shell: Shell): number {
  const { paths, options } = read(words, shell);
  const lines: string[] = [];
  const list = (path: string): void => {
    for (const found of matching(isDirectory(path) ? join(path, "*") : path)) {
      const seen = statSync(found);
      const name = options.has("s") ? found : basename(found);
      const size = seen.isDirectory() ? "<DIR>         " : String(seen.size).padStart(14);
      const bare = options.has("b") || options.has("s");
      lines.push(bare ? name : `${seen.mtime.toISOString().slice(0, 16).replace("T", "  ")}    ${size} ${name}`);
      if (options.has("s") && seen.isDirectory()) list(found);
    }
  };
  const all = paths.length === 0 ? [shell.path(".")] : paths;
  if (!all.every((path) => matching(path).some(exists))) return fails(shell, "File Not Found");
  return tries(shell, () => {
    for (const path of all) list(path);
    shell.write(lines.map((line) => `${line}\n`).join(""));
  });
}

/** By every name that cmd has for them. */
export const FILE_COMMANDS: Readonly<Record<string, (words: readonly string[], shell: Shell) => number>> = {
  type,
  copy,
  move,
  del,
  erase: del,
  md: makeDirectory,
  mkdir: makeDirectory,
  rd: removeDirectory,
  rmdir: removeDirectory,
  ren: rename,
  rename,
  dir,
};
