/** Every row of the overview is either claimed by a test or listed as not done; the page for people is made of both. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { limits, notDone } from "./notDone.ts";
import { rowsPage } from "./page.ts";
import { claimOf, proofs, ROWS } from "./rows.ts";

const page = fileURLToPath(new URL("../../docs/overview.md", import.meta.url));

it("titles claim rows one by one, in lists and in ranges; what only looks like a claim is an error", () => {
  expect(claimOf("row 12: a task runs")).toEqual({ rows: [12], says: "a task runs" });
  expect(claimOf("rows 12, 14 and 20-22: tasks: they run")).toEqual({ rows: [12, 14, 20, 21, 22], says: "tasks: they run" });
  expect(claimOf("a row 12: nothing")).toBeUndefined();
  for (const wrong of ["row 311: a", "rows 5-3: a", "rows 1;2: a", "row 0: a", "row 12 a task runs"])
    expect(() => claimOf(wrong), wrong).toThrow(JSON.stringify(wrong));
});

it("no row is missing, and none is proven and not done at once", () => {
  const proven = new Set(proofs().flatMap(({ rows }) => rows));
  const all = Array.from({ length: ROWS }, (_, i) => i + 1);
  expect(all.filter((row) => !proven.has(row) && !notDone.has(row))).toEqual([]);
  expect([...notDone.keys()].filter((row) => proven.has(row) || row < 1 || row > ROWS)).toEqual([]);
  expect([...limits.keys()].filter((row) => !proven.has(row))).toEqual([]);
});

it("docs/overview.md is made of the tests' titles; WEIR_REWRITE=1 writes it anew", () => {
  const made = rowsPage(proofs(), notDone, limits);
  if (process.env.WEIR_REWRITE === "1") writeFileSync(page, made);
  expect(readFileSync(page, "utf8")).toBe(made);
});
