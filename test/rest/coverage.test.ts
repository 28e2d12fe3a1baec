/** Which operations are proven by a test, read from the tests' titles; the page for people is made of it. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { coverageTable, operationsIn, type TestTitle, titlesByOperation } from "../../runtime/rest/coverage.ts";
import { operations } from "../../runtime/rest/operations.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = `${root}docs/service.md`;
const BEGIN = "<!-- operations -->\n\n";
const END = "\n<!-- end of operations -->";

function titles(): TestTitle[] {
  const found: TestTitle[] = [];
  const files = readdirSync(`${root}test`, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".test.ts"));
  for (const path of files.sort()) {
    const text = readFileSync(`${root}test/${path}`, "utf8");
    for (const [, , title] of text.matchAll(/\bit\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g))
      found.push({ file: `test/${path}`, title });
    // Tables of cases: a title that begins with %s begins with each row's first cell.
    for (const [, rows, title] of text.matchAll(/\bit\.each\(\[\n([\s\S]*?)\n {2}\]\)\(\s*"([^"]*)"/g)) {
      const first = title.startsWith("%s ") ? [...rows.matchAll(/^ *\[\s*"(\w+)"/gm)].map(([, name]) => name) : ["%s"];
      for (const name of first) found.push({ file: `test/${path}`, title: title.replace("%s", name) });
    }
  }
  return found;
}

it("titles name operations by their ids, and only what is one counts", () => {
  expect(operationsIn("Pool_Add, Task_AddCollection: T-02 and no Pool_Addx, pool_add, Pool_Nope")).toEqual([
    "Pool_Add",
    "Task_AddCollection",
  ]);
  expect(titlesByOperation([{ file: "test/a.test.ts", title: "Pool_Add and Pool_Add again" }]).get("Pool_Add")).toHaveLength(1);
});

it("every operation is named in the title of a test that proves it", () => {
  const proven = titlesByOperation(titles());
  expect(operations.rows.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
});

it("docs/service.md has the table made of the operations and the tests' titles; WEIR_REWRITE=1 writes it anew", () => {
  const text = readFileSync(page, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest.split(END)[1];
  const made = `${before}${BEGIN}${coverageTable(titles())}${END}${after}`;
  if (process.env.WEIR_REWRITE === "1") writeFileSync(page, made);
  expect(readFileSync(page, "utf8")).toBe(made);
});
