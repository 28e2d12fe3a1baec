/**
 * The 310 numbered statements of the service's overview document, and which tests prove them: a title that begins with `row 12: …` or
 * `rows 12, 14 and 20-22: …` claims these rows. What no test can show here stands in the list of rows not done, with the reason.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Rows are numbered from 1 to this. */
export const ROWS = 310;

/** Sections of the document, each with its first row. */
export const SECTIONS: readonly (readonly [first: number, heading: string])[] = [
  [1, "Introduction"],
  [4, "Batch service workflow"],
  [17, "Batch service resources"],
  [20, "Account"],
  [34, "Compute node"],
  [45, "Pool"],
  [58, "Pool: operating system and version"],
  [73, "Pool: node size"],
  [79, "Pool: target number of nodes"],
  [82, "Pool: scaling policy"],
  [85, "Pool: task scheduling policy"],
  [89, "Pool: communication"],
  [95, "Pool: start task, packages, network, quota"],
  [102, "Job"],
  [124, "Job priority"],
  [131, "Scheduled jobs"],
  [135, "Task"],
  [148, "Start task"],
  [162, "Job manager task"],
  [172, "Job preparation and release tasks"],
  [183, "Multi-instance task"],
  [186, "Task dependencies"],
  [192, "Environment settings"],
  [199, "Files and directories"],
  [212, "Application packages"],
  [220, "Pool and compute node lifetime"],
  [227, "Pool network configuration"],
  [243, "Scaling compute resources"],
  [262, "Security with certificates"],
  [270, "Error handling: task failures"],
  [277, "Error handling: debugging"],
  [282, "Error handling: failures and interruptions"],
  [287, "Connecting to compute nodes"],
  [293, "Troubleshooting nodes"],
  [306, "Next steps"],
];

/** A test by where it stands. */
export interface Proof {
  /** Path below the project's root. */
  readonly file: string;
  /** Without the rows it begins with. */
  readonly says: string;
  readonly rows: readonly number[];
}

/** The rows that a title claims and what it says beside them; undefined when it claims none. Throws for a claim that cannot be. */
export function claimOf(title: string): { rows: number[]; says: string } | undefined {
  const found = /^rows? (\d[\d, and-]*): (.*)$/s.exec(title);
  if (found === null) {
    if (/^rows? \d/.test(title)) throw new Error(`unreadable rows in the title ${JSON.stringify(title)}`);
    return undefined;
  }
  const rows: number[] = [];
  for (const part of found[1].split(/, | and /)) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part);
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? first);
    if (range === null || first < 1 || last > ROWS || last < first)
      throw new Error(`${JSON.stringify(part)} is no row or range of rows, in the title ${JSON.stringify(title)}`);
    for (let row = first; row <= last; row++) rows.push(row);
  }
  return { rows, says: found[2] };
}

/** All tests of this folder that claim rows, by file and place in it. Elsewhere `row 12` may mean a row of another table. */
export function proofs(): Proof[] {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const found: Proof[] = [];
  const files = readdirSync(folder).filter((path) => path.endsWith(".test.ts"));
  for (const path of files.sort()) {
    const source = readFileSync(folder + path, "utf8");
    // The string that begins a call of it, test or a form of them, such as it.skipIf(reason)("…").
    for (const [, , quoted] of source.matchAll(
      /\b(?:it|test)(?:\.\w+)*(?:\([^()"'`]*(?:\([^()]*\)[^()"'`]*)*\))?\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g,
    )) {
      const claim = claimOf(quoted.replace(/\\(["'`])/g, "$1"));
      if (claim !== undefined) found.push({ file: `test/overview/${path}`, ...claim });
    }
  }
  return found;
}
