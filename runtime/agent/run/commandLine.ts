/**
 * A command line split into arguments without a shell (T-20): blanks separate, quotes hold together, a backslash takes the next character as it is.
 * Nothing is expanded: `$NAME`, `*`, `~`, `;`, `|`, `>` are ordinary characters, so whoever wants them calls `/bin/sh -c '…'`.
 *
 *     outside quotes   \x is x
 *     '…'              everything as it is
 *     "…"              \" is ", \\ is \, any other backslash stays
 *
 * The service does not document its splitting; these are the rules of POSIX word splitting as programs without a shell use them (assumed).
 */

/** Arguments, the program first; or what is wrong with the line, in a sentence. */
export type SplitCommand = { readonly arguments: readonly string[] } | { readonly problem: string };

const BLANK = /[ \t\r\n]/;

/** Splits; there is a problem when a quote does not end, the line ends in a backslash, holds a NUL character or no program. */
export function splitCommandLine(line: string): SplitCommand {
  if (line.includes("\0")) return { problem: "The command line holds a NUL character, which no program can be given." };
  const found: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < line.length) {
    const character = line[at];
    if (BLANK.test(character)) {
      if (word !== undefined) found.push(word);
      word = undefined;
      at++;
    } else if (character === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) return { problem: `The single quote at character ${at + 1} of the command line does not end.` };
      word = (word ?? "") + line.slice(at + 1, end);
      at = end + 1;
    } else if (character === '"') {
      const quoted = readQuoted(line, at + 1);
      if (quoted === undefined) return { problem: `The double quote at character ${at + 1} of the command line does not end.` };
      word = (word ?? "") + quoted.text;
      at = quoted.end;
    } else if (character === "\\") {
      if (at + 1 === line.length) return { problem: "The command line ends in a backslash, which takes a character after it." };
      word = (word ?? "") + line[at + 1];
      at += 2;
    } else {
      const end = plainEnd(line, at + 1);
      word = (word ?? "") + line.slice(at, end);
      at = end;
    }
  }
  if (word !== undefined) found.push(word);
  if (found.length === 0 || found[0] === "") return { problem: "The command line names no program." };
  return { arguments: found };
}

/** Where a run of ordinary characters ends. */
function plainEnd(line: string, from: number): number {
  const special = /[ \t\r\n'"\\]/g;
  special.lastIndex = from;
  return special.exec(line)?.index ?? line.length;
}

/** What stands in double quotes that have been opened before `from`. */
function readQuoted(line: string, from: number): { readonly text: string; readonly end: number } | undefined {
  const parts: string[] = [];
  let start = from;
  for (let at = from; at < line.length; at++) {
    const character = line[at];
    if (character === '"') {
      parts.push(line.slice(start, at));
      return { text: parts.join(""), end: at + 1 };
    }
    const next = line[at + 1];
    if (character === "\\" && (next === '"' || next === "\\")) {
      parts.push(line.slice(start, at), next);
      start = at + 2;
      at++;
    }
  }
  return undefined;
}
