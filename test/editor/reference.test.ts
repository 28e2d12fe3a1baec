/** The checked-in reference page is the one the tables give. WEIR_REWRITE=1 writes it anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referencePage } from "../../src/editor/reference.ts";
import { functions, members, methods, variables } from "../../src/language/builtins/index.ts";
import { evaluationRows } from "../../src/language/diagnostics/evaluationCodes.ts";
import { syntaxRows } from "../../src/language/diagnostics/syntaxCodes.ts";

const path = new URL("../../docs/language.md", import.meta.url);

describe("reference page", () => {
  it("docs/language.md is what the tables say", () => {
    if (process.env.WEIR_REWRITE === "1") writeFileSync(path, referencePage());
    expect(readFileSync(path, "utf8")).toBe(referencePage());
  });

  it("names every built-in and every diagnostic", () => {
    const page = referencePage();
    const names = [
      ...functions.rows,
      ...methods.rows,
      ...members.rows,
      ...variables.rows,
      ...evaluationRows,
      ...syntaxRows,
    ].map((row) => row.name);
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });

  it("has whole tables: every row as many cells as its head, no undefined, no line end in a cell", () => {
    const lines = referencePage().split("\n");
    const cells = (line: string) => line.replaceAll("\\|", "").split("|").length;
    let head = 0;
    const wrong = lines.filter((line, i) => {
      if (!line.startsWith("|")) return false;
      if (!lines[i - 1].startsWith("|")) head = cells(line);
      return cells(line) !== head;
    });
    expect(wrong).toEqual([]);
    expect(referencePage()).not.toMatch(/undefined(?!-symbol|Symbol| symbol)|\[object/);
  });
});
