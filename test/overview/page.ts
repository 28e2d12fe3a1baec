/** The page of rows for people: what is not done first, then every test that proves rows, by section of the overview document. */
import { type Proof, ROWS, SECTIONS } from "./rows.ts";

const HEAD = `# The overview, statement by statement

Weir implements what the overview document of the Batch service (2017) describes. Its statements are numbered here from 1 to ${ROWS}. A statement counts as
proven when an automated test shows it from outside: by an answer over HTTP, a file on disk, a process, an exit code. The tables are made from the titles of
the tests.
`;

/** The page, complete. */
export function rowsPage(
  proofs: readonly Proof[],
  notDone: ReadonlyMap<number, string>,
  limits: ReadonlyMap<number, string>,
): string {
  const proven = new Set(proofs.flatMap(({ rows }) => rows));
  const within = `${limits.size} of them within a limit that is named below`;
  const lines = [HEAD, `Proven: ${proven.size} of ${ROWS}, ${within}.`, "", "## Not done", ""];
  if (notDone.size === 0) lines.push("Nothing.");
  else lines.push(...reasons(notDone));
  lines.push("", "## Proven within a limit", "", ...reasons(limits));
  lines.push("", "## Proven", "");
  SECTIONS.forEach(([first, heading], i) => {
    const last = (SECTIONS[i + 1]?.[0] ?? ROWS + 1) - 1;
    const here = proofs
      .map((proof) => ({ ...proof, rows: proof.rows.filter((row) => row >= first && row <= last) }))
      .filter(({ rows }) => rows.length > 0)
      .sort((a, b) => a.rows[0] - b.rows[0]);
    lines.push(`### ${heading} (${first} to ${last})`, "");
    if (here.length > 0) lines.push("| rows | what is shown | by |", "| --- | --- | --- |");
    for (const { rows, says, file } of here) lines.push(`| ${rows.join(", ")} | ${cell(says)} | \`${file}\` |`);
    lines.push("");
  });
  return lines.join("\n");
}

function reasons(rows: ReadonlyMap<number, string>): string[] {
  const sorted = [...rows].sort(([a], [b]) => a - b);
  return [
    "| row | what stands in the way |",
    "| --- | --- |",
    ...sorted.map(([row, reason]) => `| ${row} | ${cell(reason)} |`),
  ];
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
