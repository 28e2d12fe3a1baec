/**
 * The coverage page: every operation with what it does here and which tests prove it. Tests name the operations they prove in their titles; whoever
 * writes the page collects those titles and hands them in.
 */
import { type Operation, operations } from "./operations.ts";

/** A test by where it stands. */
export interface TestTitle {
  /** Path below the project's root, with `/`. */
  readonly file: string;
  readonly title: string;
}

/** The operations that a title names. */
export function operationsIn(title: string): string[] {
  return [...title.matchAll(/\b[A-Z]\w+_[A-Z]\w+\b/g)]
    .map(([name]) => name)
    .filter((name) => operations.get(name) !== undefined);
}

/** Titles by operation; operations without a test have no entry. */
export function titlesByOperation(titles: readonly TestTitle[]): Map<string, TestTitle[]> {
  const found = new Map<string, TestTitle[]>();
  for (const title of titles) {
    for (const name of new Set(operationsIn(title.title))) {
      const known = found.get(name);
      if (known === undefined) found.set(name, [title]);
      else known.push(title);
    }
  }
  return found;
}

function versionsText({ since, until, isAddition }: Operation): string {
  if (isAddition) return "an addition";
  if (since !== undefined) return `since ${since}`;
  return until === undefined ? "all" : `until ${until}`;
}

/** The table of the page, Markdown, one line an operation in the order of the operations table. */
export function coverageTable(titles: readonly TestTitle[]): string {
  const proofs = titlesByOperation(titles);
  const lines = operations.rows.map((row) => {
    const tests = proofs.get(row.name) ?? [];
    const links = [...new Set(tests.map(({ file }) => file))]
      .sort()
      .map((file) => `[${file.replace(/^test\//, "").replace(/\.test\.ts$/, "")}](../${file})`);
    return `| \`${row.name}\` | \`${row.method} ${row.path}\` | ${versionsText(row)} | ${row.does} | ${links.join(", ") || "none"} |`;
  });
  return ["| operation | request | versions | what it does here | proven by |", "|---|---|---|---|---|", ...lines, ""].join(
    "\n",
  );
}
