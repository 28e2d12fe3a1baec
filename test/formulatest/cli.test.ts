/**
 * `weir test` as a user runs it: what it prints, its exit codes, its reports, and watching until Ctrl-C.
 */
import { spawn } from "node:child_process";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce, commandPath, Workplace } from "../cli/weir.ts";
import { readXml } from "./xml.ts";

let place: Workplace;

const right = `formula: pool.formula
defaults: { at: 2026-01-05T09:00:00Z }
cases:
  - name: few
    metrics: { $PendingTasks: 3 }
    expect: { targets: { dedicated: 3 } }
`;
const wrong = right.replace("dedicated: 3", "dedicated: 4");

beforeAll(() => {
  buildOnce();
  place = new Workplace();
  place.write("pool.formula", "n = $PendingTasks;\n$TargetDedicatedNodes = n > 10 ? 10 : n;\n");
  place.write("right.yaml", right);
  place.write("wrong.yaml", wrong);
});
afterAll(() => place.clear());

describe("weir test", () => {
  it("prints a line a case and a summary, and ends with 0", () => {
    expect(place.weir(["test", "right.yaml"])).toEqual({
      code: 0,
      stdout: "right.yaml\n  ✓ few\n\n1 case in 1 file: 1 passed\n",
      stderr: "",
    });
  });

  it("shows expected, actual, why and the caret of a case that fails, and ends with 1", () => {
    const { code, stdout } = place.weir(["test", "wrong.yaml"]);
    expect(code).toBe(1);
    const [why] = stdout.split("\n").filter((line) => line.includes("(was 0)"));
    expect(why).toMatch(/^ {8}\$TargetDedicatedNodes is 3 \(was 0\): .*because n > 10 is false \(3 > 10\)\.$/);
    expect(stdout.replace(why, "")).toBe(
      [
        "wrong.yaml",
        "  ✗ few (line 4)",
        "      $TargetDedicatedNodes: expected 4, got 3",
        "",
        "        pool.formula:2:1",
        "         2 | $TargetDedicatedNodes = n > 10 ? 10 : n;",
        `           | ${"^".repeat(39)}`,
        "",
        "1 case in 1 file: 1 failed",
        "",
      ].join("\n"),
    );
  });

  it("names file and line of a mistake in a test file, runs the other files, and ends with 1", () => {
    place.write("typo.yaml", right.replace("metrics", "metircs"));
    const { code, stdout } = place.weir(["test", "typo.yaml", "right.yaml"]);
    expect(code).toBe(1);
    expect(stdout).toContain('typo.yaml:5:5: error: "case 1" has no key "metircs" (did you mean "metrics"?)\n');
    expect(stdout).toContain("1 case in 2 files: 1 passed, 1 test file with problems, not run\n");
  });

  it("ends with 2 when a file cannot be read: the test file, or one that it names, relative to itself", () => {
    expect(place.weir(["test", "rihgt.yaml"])).toMatchObject({
      code: 2,
      stderr: "weir: rihgt.yaml: no such file; did you mean right.yaml?\n",
    });
    place.write("lost.yaml", right.replace("pool.formula", "poll.formula"));
    const lost = place.weir(["test", "lost.yaml"]);
    expect(lost.code).toBe(2);
    expect(lost.stdout).toContain("not run: lost.yaml:1:10: error: poll.formula: no such file; did you mean pool.formula?");
  });

  it("ends with 2 at a scenario that cannot be run, and says why", () => {
    place.write("closed.yaml", "cases:\n  - { name: s, scenario: pool.formula, expect: cost <= 1 }\n");
    const { code, stdout } = place.weir(["test", "closed.yaml"]);
    expect(code).toBe(2);
    expect(stdout).toContain("closed.yaml:2:26: error: pool.formula: is a formula, not a scenario");
  });

  it("refuses command lines that cannot be meant so, with 2", () => {
    expect(place.weir(["test"])).toMatchObject({ code: 2, stderr: expect.stringContaining("missing required argument") });
    expect(place.weir(["test", "right.yaml", "--min-coverage", "101"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("at most 100"),
    });
    expect(place.weir(["--json", "test", "right.yaml", "--watch"]).code).toBe(2);
    expect(place.weir(["test", "right.yaml", "--junit", "-"]).code).toBe(2);
  });

  it("reads a test file from standard input, with files relative to where it runs", () => {
    expect(place.weir(["test", "-"], { input: right })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("standard input\n  ✓ few"),
    });
  });

  it("with --quiet prints only what went wrong", () => {
    expect(place.weir(["--quiet", "test", "right.yaml"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(place.weir(["--quiet", "test", "right.yaml", "wrong.yaml"]).stdout).toMatch(/^wrong\.yaml\n {2}✗ few/);
  });
});

describe("coverage", () => {
  it("shows each branch that no case took, with its caret", () => {
    const { code, stdout } = place.weir(["test", "--coverage", "right.yaml"]);
    expect(code).toBe(0);
    expect(stdout).toContain("pool.formula  1 of 2 branches (50 %), 2 of 2 statements (100 %)\n");
    expect(stdout).toContain(
      "pool.formula:2:34: warning[not-covered]: the condition was never true\n   2 | $TargetDedicatedNodes = n > 10 ? 10 : n;\n     |                                  ^^\n",
    );
  });

  it("below --min-coverage ends with 1, at it with 0, and counts test files of one formula together", () => {
    expect(place.weir(["test", "--min-coverage", "50", "right.yaml"]).code).toBe(0);
    expect(place.weir(["test", "--min-coverage", "51", "right.yaml"])).toMatchObject({
      code: 1,
      stderr: "weir: pool.formula: the cases take 50 % of its branches, at least 51 % wanted\n",
    });
    place.write("many.yaml", right.replaceAll("3", "10").replace("$PendingTasks: 10", "$PendingTasks: 30"));
    expect(place.weir(["test", "--min-coverage", "100", "right.yaml", "./many.yaml"]).code).toBe(0);
  });
});

describe("reports", () => {
  it("--json puts one document on stdout", () => {
    const { code, stdout } = place.weir(["--json", "test", "--coverage", "right.yaml", "wrong.yaml"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      summary: { cases: 2, passed: 1, failed: 1, notRun: 0 },
      files: [
        { file: "right.yaml", problems: [], cases: [{ name: "few", line: 4, status: "passed", formula: "pool.formula" }] },
        {
          file: "wrong.yaml",
          cases: [
            {
              steps: [{ run: { targets: { dedicated: 3 } }, mismatches: [{ expected: "4", actual: "3", line: 2, column: 1 }] }],
            },
          ],
        },
      ],
      coverage: [
        {
          formula: "pool.formula",
          branches: { taken: 1, total: 2, percent: 50 },
          missed: [{ kind: "branch", line: 2, column: 34, endColumn: 36 }],
        },
      ],
    });
  });

  it("--junit writes XML with a suite a file", () => {
    const { code, stderr } = place.weir(["test", "right.yaml", "wrong.yaml", "--junit", "out.xml"]);
    expect([code, stderr]).toEqual([1, "wrote out.xml\n"]);
    const root = readXml(place.read("out.xml"));
    expect(root.attributes).toMatchObject({ tests: "2", failures: "1", errors: "0" });
    expect(root.children.map((suite) => suite.attributes.name)).toEqual(["right.yaml", "wrong.yaml"]);
  });
});

describe("watching", () => {
  it("runs again when the formula, then the test file changes, and ends at Ctrl-C with the last result", async () => {
    place.write("watched.yaml", right.replace("pool.formula", "watched.formula"));
    place.write("watched.formula", "$TargetDedicatedNodes = 1;");
    /** In one stroke, as editors do: a file that is written in two pieces is seen with the first alone where there is much else to do. */
    const replace = (name: string, content: string) =>
      renameSync(join(place.path, place.write(`${name}.new`, content)), join(place.path, name));
    const child = spawn(process.execPath, [commandPath, "test", "watched.yaml", "--watch"], { cwd: place.path });
    let shown = "";
    let heard = () => {};
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        shown += chunk;
        heard();
      });
    }
    /** Waits for the next run's end; vitest ends a wait without end. */
    const next = async (expected: RegExp) => {
      while (!/Ctrl-C ends\n/.test(shown)) await new Promise<void>((resolve) => (heard = resolve));
      expect(shown).toMatch(expected);
      shown = "";
    };
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    try {
      await next(/expected 3, got 1[\s\S]*watching 2 files/);
      replace("watched.formula", "$TargetDedicatedNodes = $PendingTasks;");
      await next(/1 passed/);
      replace("watched.yaml", right.replace("pool.formula", "watched.formula").replace("dedicated: 3", "dedicated: 55"));
      await next(/expected 55, got 3/);
      child.kill("SIGINT");
      expect(await ended).toBe(1);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
