/**
 * Comments that silence lint: `// weir-ignore: code, code` behind a statement speaks of its own line, on a line of its own of the next line that is
 * not such a comment; `// weir-ignore-file: code` speaks of the whole formula. A code that does not exist, or that nothing provoked, is reported:
 * a silencer that does nothing would silence the next mistake.
 */
import { nearest } from "../../../base/table.ts";
import { type Diagnostic, diagnostic } from "../../diagnostics/diagnostic.ts";
import { lintTable } from "../../diagnostics/lintCodes.ts";
import type { Source } from "../../source.ts";
import type { Comment } from "../../syntax/comments.ts";

/** One code of one silencing comment. */
interface Silencer {
  readonly code: string;
  readonly start: number;
  readonly end: number;
  /** Undefined for the whole formula. */
  readonly line: number | undefined;
}

const FORM = /^\s*weir-ignore(-file)?(?![\w-])\s*:?/;

/** True of a comment that is addressed to lint. */
export function isSilencer(comment: Comment): boolean {
  return FORM.test(comment.text);
}

/** The diagnostics that are not silenced, and what is to say about the comments themselves. */
export function silence(source: Source, comments: readonly Comment[], diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const silencers = comments.flatMap((comment, i) => silencersOf(source, comments, comment, i));
  if (silencers.length === 0) return [...diagnostics];
  const used = new Set<Silencer>();
  const isHeard = (item: Diagnostic) => {
    const line = source.position(item.start).line;
    const by = silencers.filter((one) => one.code === item.code && (one.line === undefined || one.line === line));
    for (const one of by) used.add(one);
    return by.length === 0;
  };
  const heard = diagnostics.filter(isHeard);
  const own: Diagnostic[] = [];
  for (const one of silencers) {
    if (lintTable.get(one.code) === undefined) {
      const suggestion =
        nearest(
          one.code,
          lintTable.rows.map((row) => row.name),
        ) ?? "";
      own.push(diagnostic(lintTable.get("unknown-ignore")!, one, { code: one.code, nearest: suggestion }));
    } else if (!used.has(one) && one.code !== "unused-ignore" && one.code !== "unknown-ignore") {
      own.push(diagnostic(lintTable.get("unused-ignore")!, one, { code: one.code }));
    }
  }
  return [...heard, ...own.filter(isHeard)];
}

function silencersOf(source: Source, comments: readonly Comment[], comment: Comment, index: number): Silencer[] {
  const form = FORM.exec(comment.text);
  if (form === null) return [];
  const line = form[1] ? undefined : lineSilenced(source, comments, index);
  const list = comment.text.slice(form[0].length);
  const offset = comment.start + 2 + form[0].length;
  const codes = [...list.matchAll(/[^\s,]+/g)].map((match) => ({
    code: match[0],
    start: offset + match.index,
    end: offset + match.index + match[0].length,
    line,
  }));
  return codes.length > 0 ? codes : [{ code: "", start: comment.start, end: comment.end, line }];
}

/** The comment's own line if something stands before it, else the first line below that is not a silencing comment too. */
function lineSilenced(source: Source, comments: readonly Comment[], index: number): number {
  const { line, column } = source.position(comments[index].start);
  if (
    source
      .line(line)
      .slice(0, column - 1)
      .trim() !== ""
  )
    return line;
  let next = line + 1;
  for (const below of comments.slice(index + 1)) {
    const place = source.position(below.start);
    const isAlone =
      place.line === next &&
      source
        .line(next)
        .slice(0, place.column - 1)
        .trim() === "";
    if (!isAlone || !FORM.test(below.text)) break;
    next++;
  }
  return next;
}
