/** Hover: what stands at the cursor `‸`. */
import fc from "fast-check";
import { describe as group, expect, it } from "vitest";
import { describe, describeText, type KnownValues } from "../../src/editor/describe.ts";
import { entries, lookUp } from "../../src/editor/lookup.ts";
import { functions, members, methods, variables } from "../../src/language/builtins/index.ts";
import { Source } from "../../src/language/source.ts";
import { arbitraryBrokenFormula, arbitraryCharacterSoup, arbitraryTokenSoup, hostileTexts } from "../support/formulas.ts";

const at = (marked: string, known: KnownValues = {}) =>
  describe(new Source(marked.replace("‸", "")), marked.indexOf("‸"), known);

group("hover", () => {
  it("a function shows its signature, doc and examples", () => {
    const found = at("x = per‸centile(v, 95);");
    expect(found).toMatchObject({
      kind: "function",
      start: 4,
      end: 14,
      signatures: ["percentile(doubleVec v, double p) → double"],
    });
    expect(describeText(found!)).toContain("nearest rank");
    expect(describeText(found!)).toContain("gives `20`");
  });

  it("a metric shows its unit, and what is wrong with its name", () => {
    expect(at("x = $Memory‸Bytes;")).toMatchObject({
      kind: "metric",
      unit: "megabytes",
      type: "double",
      obsolete: expect.stringContaining("2024"),
    });
    expect(at("x = $CPUPercent‸")?.unit).toBe("percent, 0 to 100");
  });

  it("methods and members are told by the point before them (8.22)", () => {
    expect(at("x = $PendingTasks.Get‸Sample(1)")?.kind).toBe("method");
    expect(at("x = $PendingTasks.GetSample(1)")).toBeUndefined();
    expect(at("x = time().ho‸ur")).toMatchObject({ kind: "member", type: "double" });
    expect(at("hour = 1; x = ho‸ur")?.kind).toBe("user");
    expect(at("max = 3; y = ma‸x(1, max)")?.kind).toBe("function");
    expect(at("max = 3; y = max(1, ma‸x)")?.kind).toBe("user");
  });

  it("a variable has the type and the assignment that hold where it stands", () => {
    const text = "x = 1;\ny = x;\nx = time();\nz = x;";
    const hover = (offset: number) => describe(new Source(text), offset);
    expect(hover(0)).toMatchObject({ type: "double", signatures: ["x: double"] });
    expect(hover(11)).toMatchObject({ type: "double", doc: "Assigned at line 1: x = 1" });
    expect(hover(14)).toMatchObject({ type: "timestamp" });
    expect(hover(text.length - 2)).toMatchObject({ type: "timestamp", doc: "Assigned at line 3: x = time()" });
  });

  it("the right side of an assignment still sees the value from before", () => {
    expect(at("x = 1; x = [‸x, x]")?.type).toBe("double");
    expect(at("x = 1; ‸x = [x, x]")?.type).toBe("doubleVec");
  });

  it("a run's value is shown as the service prints it", () => {
    expect(at("x = 1 / 3; y = ‸x", { values: new Map([["x", 1 / 3]]) })?.value).toBe("0.333333");
    expect(at("y = ‸s", { variables: new Map([["s", "double"]]), values: new Map([["s", 2]]) })).toMatchObject({
      value: "2",
      doc: "Variable of this session.",
    });
  });

  it("a name without a value says so, with the nearest name", () => {
    expect(at("x = $Pending‸Task;")).toMatchObject({
      kind: "unknown",
      doc: "No value was assigned to it before. Did you mean $PendingTasks?",
    });
    expect(at("x = avrg‸(1)")?.doc).toBe("There is no function of this name. Did you mean avg?");
    expect(at("x = $PendingTasks.GetSampel‸(1)")?.doc).toContain("GetSample");
    expect(at("y = x‸; x = 1")?.kind).toBe("unknown");
  });

  it("an operator shows the types it joins, and when there is no such operation", () => {
    expect(at("x = 2 ‸* TimeInterval_Hour")?.signatures).toEqual(["double * timeinterval → timeinterval"]);
    expect(at("t = time(); x = t ‸+ 1")).toMatchObject({ type: undefined, doc: expect.stringContaining("fails") });
    expect(at("a = 1; b = (a > 2 ‸&& 1)")?.signatures).toEqual(["double && double → double"]);
  });

  it("in half-typed text the rest is still described", () => {
    expect(at("x = (1 + ;\ny = $Pending‸Tasks * ")).toMatchObject({ name: "$PendingTasks" });
    expect(at("x = (1 + ;\ny = ‸x")?.type).toBe("any");
  });

  it("blanks, comments, numbers, strings and punctuation have nothing to say", () => {
    for (const marked of ["‸", "x = ‸ 1", "// ma‸x", "x = 1‸2", 'x = "ma‸x"', "x = (‸1)", "x ‸= 1"])
      expect(at(marked), marked).toBeUndefined();
  });

  it("never fails, at any offset of any text", () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryBrokenFormula, arbitraryTokenSoup, arbitraryCharacterSoup), (text) => {
        const source = new Source(text);
        for (let offset = -1; offset <= text.length + 1; offset += Math.max(1, Math.floor(text.length / 12))) {
          const found = describe(source, offset);
          if (found !== undefined) expect(describeText(found).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 100 },
    );
    for (const [, text] of hostileTexts)
      for (const offset of [0, 4000, 8191, 8192, Number.NaN]) describe(new Source(text), offset);
  });
});

group("lookup", () => {
  it("knows every row of the tables, and nothing by way of Object.prototype", () => {
    expect(entries().length).toBe(functions.rows.length + methods.rows.length + members.rows.length + variables.rows.length);
    for (const row of [...functions.rows, ...methods.rows, ...members.rows, ...variables.rows])
      expect(lookUp(row.name)[0].doc).toBe(row.doc);
    for (const name of ["constructor", "__proto__", "toString", ""]) expect(lookUp(name)).toEqual([]);
  });
});
