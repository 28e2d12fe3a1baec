/** The documents that scripts read: their shapes, one document on stdout, and exit codes that go with them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce, Workplace } from "./weir.ts";

let place: Workplace;
beforeAll(() => {
  buildOnce();
  place = new Workplace();
});
afterAll(() => place.clear());

// biome-ignore lint/suspicious/noExplicitAny: the shape of the document is what is tested.
function document(args: readonly string[], input = ""): { code: number | null; value: any } {
  const { code, stdout } = place.weir([...args, "--json"], { input });
  return { code, value: JSON.parse(stdout) };
}

describe("validate --json", () => {
  it("lists each file with validity, diagnostics, reads, writes and the types of its variables", () => {
    const { code, value } = document(["validate", "good.formula", "broken.formula", "misspelt.formula"]);
    expect(code).toBe(1);
    const [good, broken, misspelt] = value.files;
    expect(Object.keys(value)).toEqual(["files"]);
    expect(good).toEqual({
      file: "good.formula",
      valid: true,
      diagnostics: [],
      reads: ["$PendingTasks"],
      writes: ["$TargetDedicatedNodes", "$NodeDeallocationOption"],
      variables: { span: "timeinterval", pending: "double" },
    });
    expect(broken).toMatchObject({ valid: false, reads: [], writes: [], variables: {} });
    expect(broken.diagnostics.map((item: { code: string }) => item.code)).toEqual(["unclosed", "missing-semicolon"]);
    expect(broken.diagnostics[1]).toMatchObject({ severity: "error", line: 3, column: 1, endLine: 3, endColumn: 24 });
    expect(broken.diagnostics[1].fix.edits).toEqual([{ line: 2, column: 41, endLine: 2, endColumn: 41, text: ";" }]);
    const error = misspelt.diagnostics.find((item: { severity: string }) => item.severity === "error");
    expect(error).toMatchObject({
      code: "undefined-symbol",
      line: 1,
      column: 36,
      endLine: 1,
      endColumn: 48,
      hint: "did you mean $PendingTasks?",
    });
  });

  it("calls standard input -", () => {
    expect(document(["validate", "-", "--no-lint"], "x = 1;").value.files[0]).toMatchObject({
      file: "-",
      valid: true,
      variables: { x: "double" },
    });
  });

  it("keeps names of Object.prototype as variables", () => {
    const { stdout } = place.weir(["validate", "-", "--json", "--no-lint"], {
      input: "__proto__ = 1; constructor = time(); toString = 2;",
    });
    expect(stdout).toContain('"__proto__": "double"');
    expect(stdout).toContain('"constructor": "timestamp"');
  });

  it("--strict refuses documented extensions", () => {
    const input = "x = 2 * [1, 2];";
    expect(document(["validate", "-", "--no-lint"], input).code).toBe(0);
    const { code, value } = document(["validate", "-", "--no-lint", "--strict"], input);
    expect(code).toBe(1);
    expect(value.files[0].diagnostics[0].code).toBe("no-such-operation");
  });

  it("warnings do not make a formula invalid, and fail only under --max-warnings", () => {
    const args = ["validate", "unguarded.formula"];
    const { code, value } = document(args);
    expect(code).toBe(0);
    expect(value.files[0].valid).toBe(true);
    expect(value.files[0].diagnostics.some((item: { severity: string }) => item.severity === "warning")).toBe(true);
    expect(document([...args, "--max-warnings", "0"]).code).toBe(1);
    expect(document([...args, "--max-warnings", "100"]).code).toBe(0);
  });
});

describe("evaluate --json", () => {
  const at = ["--at", "2026-01-05T08:00:00Z"];
  const values =
    'a = 1.5; b = 1/0; c = -1/0; d = 0/0; e = [1, 0/0]; f = time(); g = 90 * TimeInterval_Second; h = "x"; i = requeue;';

  it("gives results byte for byte, targets, and each variable with its type", () => {
    const { code, value } = document(["evaluate", "-", ...at, "--target-dedicated", "3", "--target-low-priority", "4"], values);
    expect(code).toBe(0);
    expect(Object.keys(value)).toEqual(["timestamp", "results", "error", "targets", "variables"]);
    expect(value.timestamp).toBe("2026-01-05T08:00:00.000Z");
    expect(value.results).toBe(
      "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=4;$NodeDeallocationOption=requeue;a=1.5;b=inf;c=-inf;d=nan;e=[1,nan];f=2026-01-05T08:00:00.000Z;g=00:01:30;h=x;i=requeue",
    );
    expect(value.error).toBeNull();
    expect(value.targets).toEqual({ dedicated: 3, lowPriority: 4, nodeDeallocationOption: "requeue" });
    expect(value.variables).toEqual({
      a: { type: "double", value: 1.5 },
      b: { type: "double", value: "Infinity" },
      c: { type: "double", value: "-Infinity" },
      d: { type: "double", value: "NaN" },
      e: { type: "doubleVec", value: [1, "NaN"] },
      f: { type: "timestamp", value: "2026-01-05T08:00:00Z" },
      g: { type: "timeinterval", value: "PT1M30S" },
      h: { type: "string", value: "x" },
      i: { type: "deallocationOption", value: "requeue" },
    });
  });

  it("fills in the error of a failed run, of a syntax error and of a formula that is too long (rules 6.9, 8.13), with exit codes 3, 1, 1", () => {
    const failed = document(["evaluate", "-", ...at, "--target-dedicated", "3"], "a = 1; b = $Nope; c = 2;");
    expect(failed.code).toBe(3);
    expect(failed.value.error).toEqual({
      code: "AutoScalingFormulaEvaluationError",
      message: "The specified auto-scaling formula has evaluation error",
      values: [{ name: "Message", value: "Line 1, Col 12: Undefined symbol: $Nope" }],
    });
    expect(failed.value.targets.dedicated).toBe(3);
    expect(failed.value.variables).toEqual({ a: { type: "double", value: 1 } });
    const refused = document(["evaluate", "-", ...at], "a = (;");
    expect(refused.code).toBe(1);
    expect(refused.value.error).toMatchObject({
      code: "AutoScalingFormulaSyntaxError",
      values: [{ value: "Line 1, Col 6: Syntax error near ';'" }],
    });
    const long = document(["evaluate", "-", ...at], `a = 1;${" ".repeat(9000)}`);
    expect(long.code).toBe(1);
    expect(long.value.error).toMatchObject({ code: "AutoScalingFormulaTooLong", values: [] });
  });

  it("rand() repeats from its seed", () => {
    const run = (seed: string) => document(["evaluate", "-", ...at, "--seed", seed], "x = rand();").value.variables.x.value;
    expect(run("7")).toBe(run("7"));
    expect(run("7")).not.toBe(run("8"));
  });

  it("--sample-delay hides the newest samples (rule 8.2)", () => {
    const at835 = ["evaluate", "-", "--metrics", "tasks.csv", "--at", "2026-01-05T08:35:00Z"];
    const newest = "x = val($PendingTasks.GetSample(1), 0);";
    expect(document(at835, newest).value.variables.x.value).toBe(31);
    expect(document([...at835, "--sample-delay", "PT1M"], newest).value.variables.x.value).toBe(25);
  });
});

describe("other documents", () => {
  it("format --json gives each file's text and whether it would change", () => {
    const { code, value } = document(["format", "untidy.formula", "broken.formula"]);
    expect(code).toBe(1);
    expect(value.files).toMatchObject([
      {
        file: "untidy.formula",
        changed: true,
        written: false,
        text: "x = 1;\ny = x + 2; // why\n$TargetDedicatedNodes = max(0, y);\n",
        diagnostics: [],
      },
      { file: "broken.formula", changed: false, written: false, text: null },
    ]);
  });

  it("explain --json holds the run, the statements and the reasons", () => {
    const { code, value } = document(["explain", "good.formula", "--metrics", "tasks.csv"]);
    expect(code).toBe(0);
    expect(value.run.targets.dedicated).toBe(0);
    expect(value.statements.map((statement: { assigns: string }) => statement.assigns)).toEqual([
      "span",
      "pending",
      "$TargetDedicatedNodes",
      "$NodeDeallocationOption",
    ]);
    expect(value.why).toHaveLength(2);
  });

  it("backtest --json holds the timeline and the figures of each formula", () => {
    const { code, value } = document([
      "backtest",
      "good.formula",
      "unguarded.formula",
      "--metrics",
      "tasks.csv",
      "--interval",
      "PT5M",
      "--target-dedicated",
      "2",
    ]);
    expect(code).toBe(0);
    expect(value).toMatchObject({
      from: "2026-01-05T08:00:00Z",
      to: "2026-01-05T10:00:00Z",
      interval: "PT5M",
      steps: 25,
      initialTargets: { dedicated: 2, lowPriority: 0 },
      demand: { metric: "$PendingTasks" },
    });
    expect(value.formulas.map((formula: { name: string }) => formula.name)).toEqual(["good", "unguarded"]);
    expect(value.formulas[0]).toMatchObject({ file: "good.formula", maxTarget: 25, failures: [] });
    expect(value.formulas[1].failures[0]).toMatchObject({ code: "InsufficientSampleData" });
  });
});
