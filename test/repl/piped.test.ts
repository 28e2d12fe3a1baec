/** Sessions over a pipe: statements, every command, and what happens when they are wrong. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { folder, piped } from "./repl.ts";

const METRICS = `time,$PendingTasks,$CPUPercent
2026-01-05T08:00:00Z,4,10
2026-01-05T08:05:00Z,8,20
2026-01-05T08:10:00Z,,30
2026-01-05T08:15:00Z,12,40
2026-01-05T08:20:00Z,16,50
`;
const FORMULA = `// a comment
pending = max(0, $PendingTasks.GetSample(1));
$TargetDedicatedNodes = min(10, pending / 4);
$NodeDeallocationOption = taskcompletion;
`;

const files = () =>
  folder({
    "m.csv": METRICS,
    "m.csv.gz": gzipSync(METRICS),
    "f.formula": FORMULA,
    "bad.formula": "x = (1;\ny = 2 $z;\n",
    "bad.csv": "time,$PendingTasks\n2026-01-05T08:00:00Z,abc\n",
    "b.bin": new Uint8Array([0, 1, 2, 255]),
  });

describe("statements", () => {
  it("print their value with its type, and later ones see earlier ones", async () => {
    const { output, errors, code } = await piped(
      'x = 1 / 4\ny = [x, 2] * 2;\nlen(y)\nt = time()\nt + TimeInterval_Hour\n"a;b"\nrequeue\n3 * TimeInterval_Day\n',
    );
    expect(output.split("\n")).toEqual([
      "x = 0.25  double",
      "y = [0.5,4]  doubleVec, 2 elements",
      "2  double",
      "t = 2026-01-05T12:00:00.000Z  timestamp",
      "2026-01-05T13:00:00.000Z  timestamp",
      '"a;b"  string',
      "requeue  deallocationOption",
      "3.00:00:00  timeinterval",
      "",
    ]);
    expect([errors, code]).toEqual(["", 0]);
  });

  it("a double that six digits do not say is shown exactly as well", async () => {
    expect((await piped("1 / 3\n1e21\n0/0\n-0")).output).toBe(
      "0.333333  double, exactly 0.3333333333333333\n1e+21  double\nnan  double\n0  double\n",
    );
  });

  it("every value survives from one statement to the next, with all its ticks, NaN and minus zero", async () => {
    const text =
      'n = 0/0\nz = 1 / -0 \nv = [0/0, 1e999]\nt = time("2026-01-05T08:00:00.1234567Z")\nd = t - time("0001-01-01")\no = terminate\ns = "%"\n';
    const { output, errors } = await piped(
      `${text}n == n\nz\nv\nt == time("2026-01-05T08:00:00.1234567Z")\nd == t - time("0001-01-01")\n-d == time("0001-01-01") - t\no\ns == "%"\n`,
    );
    expect(output.split("\n").slice(7)).toEqual([
      "0  double",
      "-inf  double",
      "[nan,inf]  doubleVec, 2 elements",
      "1  double",
      "1  double",
      "1  double",
      "terminate  deallocationOption",
      "1  double",
      "",
    ]);
    expect(errors).toBe("");
  });

  it("lines go on inside parentheses, behind operators, and before operators at the next line's start", async () => {
    const { output, code } = await piped(
      "x = max(1,\n  2,\n\n  3)\ny = x +\n 1\nz = x > 2\n  ? 10 // yes\n  : 20;\nw = 1\n+ 2\n-5\nq = 1\n-5;\n7",
    );
    expect(output).toBe(
      "x = 3  double\ny = 4  double\nz = 10  double\nw = 3  double\n-5  double\nq = 1  double\n-5  double\n7  double\n",
    );
    expect(code).toBe(0);
  });

  it("a failing statement is shown with a caret and a hint, is not kept, and makes the exit code 1", async () => {
    const { output, errors, code } = await piped(
      "x = 1\nx = y + 1\n$PendingTask\nx\navg($PendingTasks.GetSample(TimeInterval_Hour))\n$TargetDedicatedNodes = -1\nx = (1;\n",
    );
    expect(output).toBe("x = 1  double\n1  double\n");
    expect(errors).toContain("input:1:5: error[undefined-symbol]: Undefined symbol: y\n   1 | x = y + 1\n     |     ^\n");
    expect(errors).toContain("did you mean $PendingTasks?");
    expect(errors).toContain("input:1:28: error[insufficient-data]");
    expect(errors).toContain("error[target-out-of-range]");
    expect(errors).toContain("error[unclosed]");
    expect(code).toBe(1);
  });

  it("several statements on a line are kept up to the one that fails", async () => {
    const { output, errors } = await piped("a = 1; b = 2; c = nowhere; d = 4\n:vars\nd\n");
    expect(output).toBe("a = 1  double\nb = 2  double\na = 1  double\nb = 2  double\n");
    expect(errors).toContain("Undefined symbol: nowhere");
    expect(errors).toContain("Undefined symbol: d");
  });

  it("targets and option are remembered, the full name wins over the short one (4.2)", async () => {
    const { output } = await piped(
      "$TargetDedicatedNodes = 2.5\n$TargetDedicated = 7\n$TargetDedicatedNodes * 2\n$NodeDeallocationOption\n$NodeDeallocationOption = terminate\n$NodeDeallocationOption\n",
      { targetDedicated: 4 },
    );
    expect(output.split("\n")).toEqual(
      expect.arrayContaining(["5  double", "requeue  deallocationOption", "terminate  deallocationOption"]),
    );
  });

  it("stop() says what it would do, and nothing is lost", async () => {
    expect((await piped("x = 1\nstop()\ny = x > 5 ? 1 : stop()\nx\n:vars\n")).output).toBe(
      "x = 1  double\nstop(): a formula's evaluation would end here\nstop(): a formula's evaluation would end here\n1  double\nx = 1  double\n",
    );
  });

  it("hostile lines get an answer, not a crash", async () => {
    for (const line of [
      "(".repeat(9000),
      "!".repeat(8192),
      `x = ${"1+".repeat(4000)}1`,
      "constructor",
      "__proto__ = 1\n__proto__",
      ":constructor",
      ":__proto__ x",
      "\u0000\u0007\u001b[2J",
      `:${"x".repeat(5000)}`,
      ":help constructor",
      ":calc __proto__",
      `x = "${"a".repeat(9000)}"`,
    ]) {
      const { errors, output } = await piped(`${line}\n7\n`);
      // An unfinished line takes the next one with it; every other leaves the session usable.
      if (!line.startsWith("(") && !line.startsWith("!")) expect(output, line.slice(0, 20)).toContain("7  double");
      expect(`${errors}${output}`).not.toMatch(/\bat .*\.ts|\u001b|RangeError|TypeError/);
    }
  });
});

describe("the world", () => {
  it(":metrics reads CSV, also as gzip, and goes to the newest sample; values follow", async () => {
    const path = files();
    for (const name of ["m.csv", "m.csv.gz"]) {
      const { output, errors } = await piped(
        `x = $PendingTasks\n:metrics ${path}/${name}\nx\n$PendingTasks.GetSample(3)\ntime()\n`,
      );
      expect(output).toContain("2026-01-05T08:00:00.000Z to 2026-01-05T08:20:00.000Z, a sample every PT5M");
      expect(output).toContain("$PendingTasks $CPUPercent");
      expect(output).toContain("16  double\n[8,12,16]  doubleVec, 3 elements\n2026-01-05T08:20:00.000Z  timestamp\n");
      expect(errors).toBe("");
    }
  });

  it(":at moves in time, forwards and backwards, and everything is evaluated there", async () => {
    const { output } = await piped(
      `x = $PendingTasks\n:at first\nx\n:at +5m\nx\n:at -PT5M\nx\n:at 2026-01-05T08:15:00Z\nx\n:at\n:at last\nx`,
      { metricsFile: `${files()}/m.csv` },
    );
    const values = output.split("\n").filter((line) => line.endsWith("  double"));
    expect(values).toEqual(["x = 16  double", "4  double", "8  double", "4  double", "12  double", "16  double"]);
    expect(output).toContain("2026-01-05T08:15:00.000Z\n");
  });

  it("a statement that fails at another time loses its value there and has it again later", async () => {
    const { output, errors, code } = await piped(
      "x = avg($PendingTasks.GetSample(10 * TimeInterval_Minute, 100))\n:at 2026-01-05T08:05:00Z\nx\n:at 2026-01-06T20:00:00Z\nx\n:at 2026-01-05T08:05:00Z\nx\n",
      { metricsFile: `${files()}/m.csv`, at: undefined },
    );
    expect(output.match(/^6 {2}double$/gm)).toHaveLength(2);
    expect(output).toContain("error[insufficient-data]");
    expect(errors).toContain("Undefined symbol: x");
    expect(code).toBe(1);
  });

  it(":targets says what the pool has before the formula", async () => {
    const { output, errors } = await piped(
      ":targets\n:targets 3 1\n$TargetDedicatedNodes + $TargetLowPriorityNodes\n:targets 5\n$CurrentLowPriorityNodes\n:targets x\n:targets 1 2 3\n:targets 99999999999\n",
    );
    expect(output).toBe(
      "the pool has 0 dedicated and 0 low-priority nodes\nthe pool has 3 dedicated and 1 low-priority nodes\n4  double\nthe pool has 5 dedicated and 1 low-priority nodes\n1  double\n",
    );
    expect(errors.match(/:targets takes/g)).toHaveLength(3);
  });

  it(":step gives the pool its targets and moves on", async () => {
    const path = files();
    const { output } = await piped(":at first\n:step 2 5m\n:step PT10M\n:targets\n", {
      formulaFile: `${path}/f.formula`,
      metricsFile: `${path}/m.csv`,
      at: undefined,
    });
    const steps = output.split("\n").filter((line) => /^2026.*taskcompletion$/.test(line));
    expect(steps.slice(-3)).toEqual([
      "2026-01-05T08:05:00.000Z  $TargetDedicatedNodes 1 → 2  $TargetLowPriorityNodes 0  taskcompletion",
      "2026-01-05T08:10:00.000Z  $TargetDedicatedNodes 2  $TargetLowPriorityNodes 0  taskcompletion",
      "2026-01-05T08:20:00.000Z  $TargetDedicatedNodes 2 → 4  $TargetLowPriorityNodes 0  taskcompletion",
    ]);
    expect(output).toContain("the pool has 2 dedicated and 0 low-priority nodes");
  });

  it(":step keeps the targets of a failed run, and refuses what it cannot read", async () => {
    const { output, errors } = await piped(
      "$TargetDedicatedNodes = 3\n:step\nx = avg([1], 2)\n:step 0\n:step many\n:step 99999999\n",
      {},
    );
    expect(output).toContain("$TargetDedicatedNodes 3  $TargetLowPriorityNodes 0  requeue");
    expect(errors.match(/:step takes/g)).toHaveLength(3);
    expect((await piped(":step\n")).errors).toContain("there is no formula to step");
  });

  it("the same seed gives the same draws, statement by statement", async () => {
    const drawn = async (seed: number) =>
      (await piped(`x = rand()\ny = rand()\n:seed ${seed}\n:vars\n`)).output.split("\n").slice(2);
    expect(await drawn(7)).toEqual(await drawn(7));
    expect(await drawn(7)).not.toEqual(await drawn(8));
    expect((await piped(":seed\n:seed -1\n")).errors).toContain(":seed takes a whole number");
  });

  it("files that cannot be read are told apart, and nothing changes", async () => {
    const path = files();
    const { errors, output, code } = await piped(
      `x = 1\n:metrics ${path}/m.cvs\n:metrics ${path}\n:metrics ${path}/b.bin\n:metrics ${path}/bad.csv\n:load ${path}/nope\n:load\n:load ${path}/bad.formula\nx\n`,
    );
    expect(errors).toMatch(/m\.cvs: no such file; did you mean .*m\.csv/);
    expect(errors).toContain("is a directory");
    expect(errors).toContain("is not text");
    expect(errors).toContain('bad.csv:2: error: $PendingTasks: "abc" is not a number');
    expect(errors).toContain(":load needs a formula file");
    expect(errors).toContain("error[unclosed]");
    expect(errors).toContain("bad.formula:2:");
    expect(output.endsWith("1  double\n")).toBe(true);
    expect(code).toBe(1);
  });
});

describe("the formula", () => {
  it(":load shows advice as validate does, :list prints it, :run prints results in the service's order", async () => {
    const path = files();
    const { output, code } = await piped(`:load ${path}/f.formula\nextra = 5\n:list\n:run\n`, {
      metricsFile: `${path}/m.csv`,
      at: undefined,
    });
    expect(output).toContain("warning[truncated-quotient]");
    expect(output).toContain("f.formula: 3 statements");
    expect(output).toContain("   1 | // a comment\n   2 | pending = max(0, $PendingTasks.GetSample(1));\n");
    expect(output).toContain("   5 | extra = 5;\n");
    expect(output).toContain(
      "$TargetDedicatedNodes=4\n$TargetLowPriorityNodes=0\n$NodeDeallocationOption=taskcompletion\nextra=5\npending=16\n",
    );
    expect(code).toBe(0);
  });

  it("trying several values for one variable leaves one line, unless something read the older", async () => {
    expect((await piped("x = 1\nx = 2\nx = 3\n:list\n")).output.split("\n").slice(3)).toEqual(["   1 | x = 3;", ""]);
    expect((await piped("x = 1\ny = x\nx = 2\nx = x + 1\n:list\n:vars")).output.split("\n").slice(4)).toEqual([
      "   1 | x = 1;",
      "   2 | y = x;",
      "   3 | x = 2;",
      "   4 | x = x + 1;",
      "x = 3  double",
      "y = 1  double",
      "",
    ]);
  });

  it(":explain tells of an expression, and why the targets are what they are", async () => {
    const path = files();
    const { output } = await piped(`:explain\n:explain max(1, 2) + pending\n`, {
      formulaFile: `${path}/f.formula`,
      metricsFile: `${path}/m.csv`,
      at: undefined,
    });
    expect(output).toMatch(/\$TargetDedicatedNodes is 4/);
    expect(output).toContain("$PendingTasks.GetSample(1) → [16]");
    expect(output).toContain("   1 | max(1, 2) + pending\n       = 18\n");
    const target = await piped(":explain $TargetDedicated\n", {
      formulaFile: `${path}/f.formula`,
      metricsFile: `${path}/m.csv`,
    });
    expect(target.output).toMatch(/\$TargetDedicatedNodes is 4 \(was 0\): /);
    expect(target.output).not.toContain("$TargetLowPriorityNodes stays");
    const wrong = await piped(":explain\n:explain nowhere\n:explain (1\n");
    expect(wrong.errors).toContain("there is nothing to explain");
    expect(wrong.errors).toContain("Undefined symbol: nowhere");
    expect(wrong.errors).toContain("error[unclosed]");
  });

  it("reads other systems' metric names as the options map them", async () => {
    const path = folder({
      "m.json": JSON.stringify({
        value: [{ name: { value: "Queue" }, timeseries: [{ data: [{ timeStamp: "2026-01-05T11:55:00Z", average: 7 }] }] }],
      }),
    });
    const map = new Map([["Queue", "$PendingTasks"]]);
    const { output, errors } = await piped("$PendingTasks.GetSample(1)\n", { metricsFile: `${path}/m.json`, map });
    expect(errors).toBe("");
    expect(output).toContain("[7]");
  });

  it(":type says a type without evaluating", async () => {
    const { output, errors } = await piped(
      "t = time()\n:type t - time()\n:type stop()\n:type nowhere\n:type 1 ? t : 2\n:type [1]\n:type\n",
    );
    expect(output.split("\n").slice(1)).toEqual([
      "timeinterval",
      "no value: it ends the evaluation",
      "no type: it fails wherever it is reached",
      "depends on a condition",
      "doubleVec",
      "",
    ]);
    expect(errors).toBe(":type needs an expression\n");
  });

  it(":lint gives advice, :reset forgets the formula and keeps the world", async () => {
    const { output } = await piped(
      `$TargetDedicatedNodes = $PendingTasks / 10\n:lint\n:reset\n:list\n:vars\n$PendingTasks\n:lint\n`,
      { metricsFile: `${files()}/m.csv`, at: undefined },
    );
    expect(output).toContain("warning[");
    expect(output).toContain("no formula yet");
    expect(output).toContain("no variables yet");
    expect(output).toContain("16  double\nno advice\n");
  });
});

describe("help and the rest", () => {
  it(":help lists every command, :help NAME shows rows of the tables with examples", async () => {
    const { output } = await piped(
      ":help\n:help percentile\n:help $MemoryBytes\n:help GetSample\n:help weekday\n:help requeue\n:help insufficient-data\n:help :step\n:help step\n",
    );
    for (const name of [
      "load",
      "metrics",
      "at",
      "step",
      "targets",
      "type",
      "explain",
      "vars",
      "reset",
      "calc",
      "seed",
      "history",
      "quit",
      "help",
    ])
      expect(output).toContain(`:${name}`);
    expect(output).toContain("percentile(doubleVec v, double p) → double");
    expect(output).toContain("→ x=20");
    expect(output).toContain("Unit: megabytes.");
    expect(output).toContain("GetSample(startTime, endTime, double samplePercent) → doubleVec");
    expect(output).toContain("Monday is 1");
    expect(output).toContain("error[insufficient-data] fails the run that reaches it");
    expect(output.match(/:step 12 5m/g)).toHaveLength(2);
  });

  it("unknown names and commands get the nearest; a beginning that only one command has is enough", async () => {
    const { errors, output } = await piped(
      ":hlep\n:xyzzy\n:t 1\n:s\n:help GetSampel\n:help qqqqqq\n:help percenti\n:vars now\n:var\n:\n",
    );
    expect(errors.split("\n")).toEqual([
      "no such command: :hlep; did you mean :help?",
      "no such command: :xyzzy; try :help",
      "no such command: :t; did you mean :type or :targets?",
      "no such command: :s; did you mean :step or :seed?",
      "no help on GetSampel; did you mean GetSample?",
      "no help on qqqqqq; :help lists the commands",
      "no help on percenti; did you mean percentile, percentile-out-of-range?",
      ":vars takes no argument",
      "no such command: :; try :help",
      "",
    ]);
    expect(output).toBe("no variables yet\n");
  });

  it(":calc calculates with units and the session's variables, and shuts what is no calculation", async () => {
    const { output, errors } = await piped(
      'x = 3\nspan = 90 * TimeInterval_Minute\n:calc 3 minutes to s\n:calc x * 2\n:calc span to hours\n:calc 1 +\n:calc evaluate("1")\n:calc\n',
    );
    expect(output.split("\n").slice(2)).toEqual(["180 s", "6", "1.5 hours", ""]);
    expect(errors.match(/^:calc/gm)).toHaveLength(3);
    expect(errors).toContain("evaluate is not available here");
  });

  it(":quit leaves at once, with 0 if nothing failed", async () => {
    expect(await piped("1\n:quit\n2\n")).toEqual({ code: 0, output: "1  double\n", errors: "" });
    expect((await piped("nowhere\n:quit\n")).code).toBe(1);
  });

  it("a file named by the options that cannot be used ends the session with 2 before it begins", async () => {
    const path = files();
    for (const options of [
      { formulaFile: `${path}/none` },
      { metricsFile: `${path}/bad.csv` },
      { formulaFile: `${path}/bad.formula` },
    ]) {
      const { code, output, errors } = await piped("1\n", options);
      expect([code, output]).toEqual([2, ""]);
      expect(errors).not.toBe("");
    }
  });
});
