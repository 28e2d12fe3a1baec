/**
 * What Tab offers: commands behind `:`, their arguments (files, names), and everywhere else what the language allows at that place, the
 * session's variables included.
 */
import { complete } from "../../src/editor/complete.ts";
import { entries } from "../../src/editor/lookup.ts";
import { Source } from "../../src/language/source.ts";
import { commands } from "./commands.ts";
import { pathsFrom } from "./readFiles.ts";
import type { Session } from "./session.ts";

/** What readline wants of a completer: all words that fit, and the typed text that they replace. */
export type Offers = [words: string[], typed: string];

/** Completes the text before the cursor; `before` are the lines of the entry above it, empty when a new one begins. */
export function offers(session: Session, before: string, line: string): Offers {
  const command = before === "" ? /^\s*:(\S*)(?:(\s+)([\s\S]*))?$/.exec(line) : null;
  if (command === null) return names(session, before === "" ? "" : `${before}\n`, line);
  const [, name, gap, argument = ""] = command;
  if (gap === undefined)
    return [commands.rows.map((row) => `:${row.name}`).filter((word) => word.startsWith(`:${name}`)), `:${name}`];
  const row = commands.get(name);
  switch (row?.completes) {
    case "file":
      return [pathsFrom(argument), argument];
    case "name": {
      const all = [...new Set([...entries().map((entry) => entry.name), ...commands.rows.map((other) => other.name)])];
      const low = argument.toLowerCase();
      return [all.filter((word) => word.toLowerCase().startsWith(low) || word.toLowerCase().startsWith(`$${low}`)), argument];
    }
    case "expression":
      return names(session, "x = ", argument);
    default:
      return [[], argument];
  }
}

function names(session: Session, before: string, line: string): Offers {
  const text = before + line;
  const items = complete(new Source(text), text.length, { variables: session.types(), semantics: session.semantics });
  if (items.length === 0) return [[], ""];
  // Only the best kind of match: words that begin otherwise would shorten what readline has in common among them.
  const best = items[0].match;
  const { start } = items[0];
  return [
    items.filter((item) => item.match === best && !(item.obsolete && items[0].obsolete === false)).map((item) => item.insert),
    text.slice(start),
  ];
}
