/** Definition, uses, rename and outline. `‸` is the cursor. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits, definition, outline, rename, uses, variableAt } from "../../src/editor/navigate.ts";
import { interpret } from "../../src/language/execute/interpreter.ts";
import { Source } from "../../src/language/source.ts";
import { parse } from "../../src/language/syntax/parse.ts";
import { valueText } from "../../src/language/values/text.ts";
import { FakeEnvironment } from "../language/execute/fakeEnvironment.ts";
import { formulaText, samples } from "../language/execute/formulas.ts";
import { arbitraryBrokenFormula, arbitraryCharacterSoup, hostileTexts } from "../support/formulas.ts";

const place = (marked: string): [Source, number] => [new Source(marked.replace("‸", "")), marked.indexOf("‸")];
const renamed = (marked: string, to: string) => {
  const [source, offset] = place(marked);
  const result = rename(source, offset, to);
  return "edits" in result ? applyEdits(source.text, result.edits) : result.refusal;
};

describe("definition and uses", () => {
  it.each([
    ["x = 1; y = ‸x;", 0],
    ["x = 1; x = 2; y = ‸x;", 7],
    ["x = 1; x = ‸x + 1;", 0],
    ["x = 1; ‸x = x + 1;", 7],
    ["x = (; y = ‸x", 0],
  ])("in `%s` it is the assignment at %i", (marked, start) => {
    expect(definition(...place(marked))?.start).toBe(start);
  });

  it.each([
    "y = ‸x; x = 1",
    "y = ‸$PendingTasks",
    "max = 1; y = ‸max(1)",
    "y = ‸1",
    "// ‸x = 1",
  ])("in `%s` there is none", (marked) => {
    expect(definition(...place(marked))).toBeUndefined();
  });

  it("lists reads and writes of a variable, and leaves functions and members of its name alone (8.22)", () => {
    const found = uses(...place("‸max = 1; y = max(1, max); z = time().max; max = max; // max"));
    expect(found.map(({ start, access }) => [start, access])).toEqual([
      [0, "write"],
      [20, "read"],
      [42, "write"],
      [48, "read"],
    ]);
  });

  it("$x and x are two names (1.5)", () => {
    expect(uses(...place("‸x = 1; $x = x; y = $x")).map((use) => use.start)).toEqual([0, 12]);
  });
});

describe("rename", () => {
  it("changes every place of the variable and nothing else", () => {
    expect(renamed("‸n = 1;\nm = n * n; // n\ns = max(n, time().hour);", "$nodes")).toBe(
      "$nodes = 1;\nm = $nodes * $nodes; // n\ns = max($nodes, time().hour);",
    );
    expect(renamed("hour = 1; y = time().hour + ‸hour", "h")).toBe("h = 1; y = time().hour + h");
    expect(renamed("‸n = 1", "max")).toBe("max = 1");
  });

  it.each([
    ["‸n = 1; m = 2", "m", "m is in use in this formula"],
    ["‸n = 1; y = q", "q", "q is in use in this formula"],
    ["‸n = 1", "$PendingTasks", "$PendingTasks is predefined"],
    ["‸n = 1", "requeue", "requeue is predefined"],
    ["‸$TargetDedicatedNodes = 1", "t", "$TargetDedicatedNodes is predefined"],
    ["‸n = 1", "1n", "a name is a letter, _ or $, then letters, digits and _"],
    ["‸n = 1", "a b", "a name is a letter, _ or $, then letters, digits and _"],
    ["‸n = 1", "ä", "a name is a letter, _ or $, then letters, digits and _"],
    ["n ‸= 1", "m", "there is no variable here"],
    ["y = ‸max(1)", "m", "there is no variable here"],
  ])("`%s` to %s is refused: %s", (marked, to, refusal) => {
    expect(renamed(marked, to)).toBe(refusal);
  });

  it("keeps the meaning: targets, failures and every value, under the new name", () => {
    let changed = 0;
    const run = (text: string, series: Parameters<typeof FakeEnvironment.prototype.metric> | unknown) => {
      const { formula } = parse(new Source(text));
      const outcome = interpret(formula!, new FakeEnvironment(series as ConstructorParameters<typeof FakeEnvironment>[0]));
      return {
        ...outcome,
        failure: outcome.failure?.code,
        variables: new Map(Array.from(outcome.variables, ([name, value]) => [name, valueText(value)])),
      };
    };
    fc.assert(
      fc.property(formulaText, samples, fc.constantFrom("x0", "x1", "$x2", "x3", "m0"), (text, series, name) => {
        const source = new Source(text);
        fc.pre(parse(source).formula !== undefined);
        const offset = text
          .split(/(?<![\w$])(?=[$\w])/)
          .reduce(
            (found, piece, i, all) =>
              found < 0 && new RegExp(`^${name.replace("$", "\\$")}(?!\\w)`).test(piece)
                ? all.slice(0, i).join("").length
                : found,
            -1,
          );
        fc.pre(offset >= 0 && variableAt(source, offset)?.name === name);
        const result = rename(source, offset, "$renamed_1");
        expect(result).toHaveProperty("edits");
        const after = run(applyEdits(text, (result as { edits: [] }).edits), series);
        const before = run(text, series);
        const value = before.variables.get(name);
        before.variables.delete(name);
        if (value !== undefined) before.variables.set("$renamed_1", value);
        expect(new Map([...after.variables].sort())).toEqual(new Map([...before.variables].sort()));
        expect({ ...after, variables: 0 }).toEqual({ ...before, variables: 0 });
        changed++;
      }),
      { numRuns: 150 },
    );
    expect(changed).toBeGreaterThan(50);
  });
});

describe("outline", () => {
  it("lists each statement with what it assigns and its type", () => {
    const items = outline(
      new Source("a = time(); // c\n$TargetDedicatedNodes = a.hour;\nstop();\nb = (;\n$NodeDeallocationOption = requeue; a"),
    );
    expect(items.map(({ label, kind, type }) => [label, kind, type])).toEqual([
      ["a", "variable", "timestamp"],
      ["$TargetDedicatedNodes", "target", "double"],
      ["stop()", "call", "none"],
      ["b", "variable", "any"],
      ["$NodeDeallocationOption", "option", "deallocationOption"],
      ["a", "expression", "timestamp"],
    ]);
    expect(items[1].selection).toEqual({ start: 17, end: 38 });
  });

  it("never fails, whatever the text, and neither do definition, uses and rename", () => {
    const visit = (text: string) => {
      const source = new Source(text);
      outline(source);
      for (const offset of [0, text.length >> 1, text.length, -1, Number.NaN]) {
        definition(source, offset);
        uses(source, offset);
        rename(source, offset, "renamed");
      }
    };
    fc.assert(fc.property(fc.oneof(arbitraryBrokenFormula, arbitraryCharacterSoup), visit), { numRuns: 100 });
    expect(hostileTexts.length).toBeGreaterThan(10);
    for (const [, text] of hostileTexts) visit(text);
  });
});
