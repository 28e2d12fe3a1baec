/**
 * The lint codes as data and as the page `docs/lint.md`, both made from the rows: there is no second list. A test makes the page again and compares.
 */
import { type LintRow, lintChapters, lintRows } from "../../diagnostics/lintCodes.ts";

/** Every row in the order of the page. */
export function ruleReference(): readonly LintRow[] {
  return lintRows;
}

const FIX_WORDS = {
  keeps: "A fix may come with it; it changes no result of any run, only places in messages.",
  improves: "A fix may come with it; it changes only the results that are the problem.",
} as const;

/** The reference page, in Markdown. */
export function lintReference(): string {
  const chapters = lintChapters.map(
    ({ title, rows }) => `## ${title}\n\n${(rows as readonly LintRow[]).map(section).join("\n")}`,
  );
  return `${HEAD}\n${overview()}\n${chapters.join("\n")}`;
}

const HEAD = `# What lint looks for

This page is made from the table of lint codes; change the rows, not the page.

Lint is advice on formulas that are accepted but probably do not do what their author wants. A **warning** is probably a mistake, a **hint** is
worth a thought. Metrics are taken as what they are: counts are never negative, percentages go from 0 to 100; what follows from that is worked out
through variables, conditionals, min and max, so a bound counts wherever it stands.

## Silencing

\`// weir-ignore: code, code\` behind a statement silences these codes in its line; on a line of its own, in the line below. \`// weir-ignore-file: code\`
silences a code in the whole formula. A code that does not exist, or that nothing provokes, is reported itself.
`;

function overview(): string {
  const lines = lintRows.map(
    (row) => `| [${row.name}](#${row.name}) | ${row.severity} | ${row.fix === undefined ? "" : "yes"} |`,
  );
  return `## All codes\n\n| code | severity | fix |\n| --- | --- | --- |\n${lines.join("\n")}\n`;
}

function section(row: LintRow): string {
  const fix = row.fix === undefined ? "" : ` ${FIX_WORDS[row.fix]}`;
  return `### ${row.name}\n\n*${row.severity}, rule${row.rules.includes(",") ? "s" : ""} ${row.rules}.* ${row.reason}${fix}\n\n\`\`\`\n${row.example}\n\`\`\`\n`;
}
