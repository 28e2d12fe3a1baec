/**
 * The sample test files are right, prove what they say, and leave no branch of their formulas untried; the schema for editors is the one of the code.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { readTestFile, runTestFile, TestedFormulas, testJsonSchema } from "../../runtime/formulatest/index.ts";
import { readScenario, simulate } from "../../runtime/sim/index.ts";
import { verdict } from "./inputs.ts";

const folder = resolve(import.meta.dirname, "../../samples/tests");
const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
/** The run of a scenario file. */
function simulated(file: string) {
  const reading = readScenario(readFileSync(file, "utf8"), (named) => readFileSync(join(dirname(file), named), "utf8"));
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return simulate(reading.scenario);
}

const path = (reference: { readonly path: string }) => join(folder, reference.path);

describe("sample test files", () => {
  it("are there", () => expect(names.length).toBeGreaterThanOrEqual(4));

  for (const name of names) {
    it(`${name} passes, and takes every branch of the good formulas`, async () => {
      const reading = readTestFile(readFileSync(join(folder, name), "utf8"), name);
      if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
      const formulas = new TestedFormulas();
      const results = await runTestFile(
        reading.file,
        {
          readFile: (reference) => ({ text: readFileSync(path(reference), "utf8") }),
          nameOf: ({ path: named }) => named,
          simulate: async (scenario) => ({ kind: "ran", summary: simulated(join(folder, scenario)) }),
        },
        formulas,
      );
      expect(results.map(verdict)).toEqual(results.map(() => "passed"));
      expect(results.length).toBeGreaterThanOrEqual(7);
      const good = formulas.coverage().filter(({ source }) => /^\.\.\/formulas\/[\w-]+\.formula$/.test(source.name));
      expect(good.length).toBe(name === "mistakes.yaml" || name === "closed-loop.yaml" ? 0 : 1);
      for (const coverage of good) expect(coverage.missed()).toEqual([]);
    });
  }

  it("have a schema for editors that is the code's; WEIR_REWRITE=1 writes it", () => {
    const file = join(folder, "weir-test.schema.json");
    const schema = { title: "Weir formula test file", ...testJsonSchema({ placeholders: true }) };
    if (process.env.WEIR_REWRITE === "1") writeFileSync(file, `${JSON.stringify(schema, undefined, 2)}\n`);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(schema);
  });

  it("are what the schema for editors allows, placeholders included, and a misspelt key is not", () => {
    const schema = z.fromJSONSchema(JSON.parse(readFileSync(join(folder, "weir-test.schema.json"), "utf8")));
    for (const name of names) {
      const value = parse(readFileSync(join(folder, name), "utf8"));
      expect(schema.safeParse(value).error?.issues, name).toBeUndefined();
      expect(schema.safeParse({ ...value, case: [] }).success, name).toBe(false);
    }
  });
});
