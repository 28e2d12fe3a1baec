/**
 * Prints `rows proven N of 310` from vitest's JSON report: rows of which a test passed and none failed. A row of a test that failed is named, and a row whose
 * tests all did not run. A test that did not run takes nothing from a row that another test has shown: one row may have a proof with a tool that a machine
 * need not have and another without it.
 *
 *     npx tsx test/overview/count.ts report.json
 */
import { readFileSync } from "node:fs";
import { claimOf, ROWS } from "./rows.ts";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

const report = JSON.parse(readFileSync(process.argv[2], "utf8")) as Report;
const tests = report.testResults
  .filter(({ name }) => name.includes("/test/overview/"))
  .flatMap(({ assertionResults }) => assertionResults);
const proven = new Set<number>();
const failed = new Set<number>();
const claimed = new Set<number>();
for (const { title, status } of tests) {
  for (const row of claimOf(title)?.rows ?? []) {
    claimed.add(row);
    if (status === "passed") proven.add(row);
    else if (status === "failed") failed.add(row);
  }
}
for (const row of [...claimed].sort((a, b) => a - b)) {
  if (failed.has(row)) {
    proven.delete(row);
    console.log(`row ${row}: a test of it failed`);
  } else if (!proven.has(row)) console.log(`row ${row}: no test of it ran`);
}
console.log(`rows proven ${proven.size} of ${ROWS}`);
