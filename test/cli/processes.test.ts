/** How the command behaves among other programs: pipes, colour, standard input, files it writes, and its own bugs. */
import { spawn } from "node:child_process";
import { chmodSync, lstatSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce, commandPath, Workplace } from "./weir.ts";

let place: Workplace;
beforeAll(() => {
  buildOnce();
  place = new Workplace();
});
afterAll(() => place.clear());

const ESCAPE = "\u001b[";

describe("colour", () => {
  it("is off in a pipe, on when forced, and off whatever else is said under --no-color and NO_COLOR", () => {
    const args = ["validate", "broken.formula"];
    const force = { FORCE_COLOR: "1" };
    expect(place.weir(args).stdout).not.toContain(ESCAPE);
    expect(place.weir(args, { env: force }).stdout).toContain(ESCAPE);
    expect(place.weir([...args, "--no-color"], { env: force }).stdout).not.toContain(ESCAPE);
    expect(place.weir(args, { env: { ...force, NO_COLOR: "1" } }).stdout).not.toContain(ESCAPE);
    expect(place.weir(args, { env: { ...force, NO_COLOR: "" } }).stdout).toContain(ESCAPE);
  });

  it("never gets into a JSON document", () => {
    expect(place.weir(["validate", "broken.formula", "--json"], { env: { FORCE_COLOR: "1" } }).stdout).not.toContain(ESCAPE);
  });

  it("control characters of a file's name and text do not reach the terminal", () => {
    const name = place.write("red\u001b[31m.formula", 'x = "\u001b[31m" + 1;');
    const { stdout, stderr, code } = place.weir(["validate", name, "no\u001b[31m.formula"]);
    expect(code).toBe(2);
    expect(stdout).toContain("no-such-operation");
    expect(stdout + stderr).not.toContain("\u001b");
  });
});

describe("pipes", () => {
  it("a reader that leaves early ends the command quietly", () => {
    place.write("many.jsonl", '{"formula":"x = 1;","at":"2026-01-05T08:00:00Z"}\n'.repeat(20_000));
    const { stdout, stderr } = place.shell("weir evaluate --cases many.jsonl | head -1");
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stderr).toBe("");
  });

  it("answers a case as soon as it came, and keeps what is split between two pieces together", async () => {
    const child = spawn(process.execPath, [commandPath, "evaluate", "--cases", "-"], { stdio: ["pipe", "pipe", "inherit"] });
    const lines: string[] = [];
    let heard = () => {};
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      lines.push(...text.split("\n").filter((line) => line !== ""));
      heard();
    });
    const answer = () => new Promise<void>((resolve) => (heard = resolve));
    const first = answer();
    child.stdin.write('{"id":1,"formula":"x = 1;","at":"2026-01-05T08:00:00Z"}\n{"id":"\u00e4');
    await first;
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([1]);
    const ended = new Promise((resolve) => child.on("close", resolve));
    child.stdin.end('\u00f6","formula":"x = 1;","at":"2026-01-05T08:00:00Z"}');
    expect(await ended).toBe(0);
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, "\u00e4\u00f6"]);
  });

  it("metrics come from standard input as well, packed or not", () => {
    const args = ["evaluate", "good.formula", "--metrics", "-", "--json"];
    const plain = place.weir(args, { input: place.read("tasks.csv") });
    const packed = place.weir(args, { input: gzipSync(place.read("tasks.csv")) });
    expect(plain.code).toBe(0);
    expect(packed.stdout).toBe(plain.stdout);
    expect(plain.stdout).toBe(place.weir([...args.slice(0, 3), "tasks.csv", "--json"]).stdout);
  });
});

describe("many cases", () => {
  it("results stand opposite their cases, in order, each as evaluate alone would give it", () => {
    const formulas = [
      "x = rand();",
      "$TargetDedicatedNodes = $PendingTasks;",
      "x = $Nope;",
      "x = avg($PendingTasks.GetSample(TimeInterval_Hour));",
    ];
    const metrics = {
      samplePeriod: "PT5M",
      series: { $PendingTasks: { start: "2026-01-05T08:00:00Z", values: [3, 4, null, 7] } },
    };
    const cases = Array.from({ length: 200 }, (_, i) => ({
      id: `c${i}`,
      formula: formulas[i % 4],
      metrics,
      targets: { dedicated: i, lowPriority: 1 },
      seed: i,
    }));
    const { stdout, code } = place.weir(["evaluate", "--cases", "-"], {
      input: cases.map((one) => JSON.stringify(one)).join("\n"),
    });
    const results = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(results.map((result) => result.id)).toEqual(cases.map((one) => one.id));
    place.write("metrics.json", JSON.stringify(metrics));
    for (const i of [4, 101, 102, 103]) {
      const args = [
        "evaluate",
        "-",
        "--metrics",
        "metrics.json",
        "--target-dedicated",
        String(i),
        "--target-low-priority",
        "1",
        "--seed",
        String(i),
        "--json",
      ];
      const { id: _id, ...alone } = results[i];
      expect(alone).toEqual(JSON.parse(place.weir(args, { input: cases[i].formula }).stdout));
    }
  });

  it("what a case leaves out comes from the command line", () => {
    const { stdout } = place.weir(
      ["evaluate", "good.formula", "--cases", "-", "--metrics", "tasks.csv", "--target-low-priority", "5"],
      {
        input: '{"id":1,"at":"2026-01-05T08:30:00Z"}\n{"id":2}\n{"id":3,"formula":"x = 1;"}\n',
      },
    );
    const [first, second, third] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first.targets).toMatchObject({ dedicated: 25, lowPriority: 5 });
    expect(second.timestamp).toBe("2026-01-05T10:00:00.000Z");
    expect(third.variables).toEqual({ x: { type: "double", value: 1 } });
  });
});

describe("files that are written", () => {
  it("format --write changes only what is laid out otherwise, keeps mode and link, and is content afterwards", () => {
    const untidy = join(place.path, place.write("w.formula", "x=1"));
    place.write("t.formula", "x = 1;\n");
    chmodSync(untidy, 0o600);
    symlinkSync("w.formula", join(place.path, "link.formula"));
    const { code, stderr } = place.weir(["format", "--write", "link.formula", "t.formula"]);
    expect([code, stderr]).toEqual([0, "link.formula: laid out\n1 file changed, 1 left as they were\n"]);
    expect(place.read("w.formula")).toBe("x = 1;\n");
    expect(statSync(untidy).mode & 0o777).toBe(0o600);
    expect(lstatSync(join(place.path, "link.formula")).isSymbolicLink()).toBe(true);
    expect(place.weir(["format", "--check", "w.formula", "t.formula"]).code).toBe(0);
  });

  it("format --write touches nothing when one file cannot be read", () => {
    place.write("u.formula", "x=1");
    expect(place.weir(["format", "--write", "u.formula", "nothing.formula"]).code).toBe(2);
    expect(place.read("u.formula")).toBe("x=1");
  });

  it("validate --fix makes the fixes that are safe, says which, and judges what is left", () => {
    place.write("fix.formula", "a = 1\nb = time('2026-01-05T08:00:00Z');\nc = $Nope;\n");
    const { code, stdout, stderr } = place.weir(["validate", "--fix", "--no-lint", "fix.formula"]);
    expect(place.read("fix.formula")).toBe('a = 1;\nb = time("2026-01-05T08:00:00Z");\nc = $Nope;\n');
    expect(stderr).toBe("fix.formula: 2 fixes made: insert ;; use double quotes\n");
    expect(stdout).toContain("Undefined symbol: $Nope");
    expect(code).toBe(1);
  });

  it("validate --fix and format --write refuse standard input", () => {
    expect(place.weir(["validate", "--fix", "-"]).code).toBe(2);
    expect(place.weir(["format", "--write", "-"]).code).toBe(2);
  });
});

describe("a bug of ours", () => {
  const bug = `--import=data:text/javascript,${encodeURIComponent('JSON.stringify=()=>{throw new Error("planted")}')}`;

  it("ends with 70 and a request to report it, without a stack trace", () => {
    const { code, stderr } = place.weir(["validate", "good.formula", "--json"], { env: { NODE_OPTIONS: bug } });
    expect(code).toBe(70);
    expect(stderr).toContain("internal error: planted");
    expect(stderr).toContain("report it");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("shows where it happened under WEIR_DEBUG=1", () => {
    expect(place.weir(["validate", "good.formula", "--json"], { env: { NODE_OPTIONS: bug, WEIR_DEBUG: "1" } }).stderr).toMatch(
      /^\s+at /m,
    );
  });
});

describe("hostile formulas", () => {
  const texts = [
    "(".repeat(8192),
    "!".repeat(8192),
    "a?".repeat(4000),
    "[".repeat(8000),
    "x=1".repeat(2700),
    "1+".repeat(4000),
    "\u0000",
    ";".repeat(8192),
  ];
  it.each(
    texts.map((text) => [text.slice(0, 6), text]),
  )("%s… gets an answer from validate and evaluate, and no stack trace", (_, text) => {
    for (const command of [["validate"], ["evaluate", "--at", "2026-01-05"], ["explain", "--at", "2026-01-05"]]) {
      const { code, stderr } = place.weir([...command, "-"], { input: text });
      expect([0, 1, 2, 3]).toContain(code);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });
});
