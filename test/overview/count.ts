/**
 * Prints `rows proven N of 310` from vitest's JSON report: rows whose tests all ran and passed. A row of a test that failed or did not run is named.
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
const not = new Map<number, string>();
for (const { title, status } of tests) {
  for (const row of claimOf(title)?.rows ?? []) {
    if (status === "passed") proven.add(row);
    else not.set(row, status);
  }
}
for (const [row, status] of [...not].sort(([a], [b]) => a - b)) {
  proven.delete(row);
  console.log(`row ${row}: a test of it ${status === "failed" ? "failed" : "did not run"}`);
}
console.log(`rows proven ${proven.size} of ${ROWS}`);
