/** What the checker knows before a run: certain failures with their places, types, and what a formula reads and writes. */
import { describe, expect, it } from "vitest";
import { check } from "../../../src/language/check/checker.ts";
import { evaluationRows } from "../../../src/language/diagnostics/evaluationCodes.ts";
import { interpret } from "../../../src/language/execute/interpreter.ts";
import { strictSemantics } from "../../../src/language/semantics.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { FakeEnvironment } from "../execute/fakeEnvironment.ts";

const checked = (text: string, semantics?: typeof strictSemantics) =>
  check(parse(new Source(text)).formula!, semantics === undefined ? {} : { semantics });
/** `code at..end` of each diagnostic. */
const problems = (text: string, semantics?: typeof strictSemantics) =>
  checked(text, semantics).diagnostics.map((item) => `${item.code} ${item.start}..${item.end}`);

describe("certain failures (rules 8.17, 8.20)", () => {
  const table: readonly [string, string, readonly string[]][] = [
    ["an undefined name, at its first character", "x = 1 + nowhere", ["undefined-symbol 8..15"]],
    ["an undefined function, and still its arguments", "x = foo(bar)", ["undefined-symbol 4..7", "undefined-symbol 8..11"]],
    ["a wrong count of arguments, from the parenthesis on", "x = val(vec(1))", ["wrong-argument-count 7..15"]],
    ["a wrong type of argument, from the parenthesis on", "x = percentile(1, 50)", ["wrong-argument-type 14..21"]],
    ["an operator without meaning, at the operator", "x = time() + 1", ["no-such-operation 11..12"]],
    ["a unary operator without meaning", "x = -time()", ["no-such-unary-operation 4..5"]],
    ["a condition that is no double, at its ?", 'x = "a" ? 1 : 2', ["condition-not-double 8..9"]],
    [
      "logic on no double, left and right",
      "x = time() && 1; y = 1 || [1]",
      ["logic-not-double 11..13", "logic-not-double 23..25"],
    ],
    ["an element that no vector can hold, at the [", 'x = [1, "a"]', ["vector-element-type 4..12"]],
    [
      "a member that a timestamp has not, and one of no timestamp",
      "x = time().century; y = (1).hour",
      ["undefined-symbol 11..18", "undefined-symbol 28..32"],
    ],
    [
      "a method of what is no metric, and an unknown one",
      "x = (1).Count(); y = $PendingTasks.GetSamples(1)",
      ["undefined-symbol 8..13", "undefined-symbol 35..45"],
    ],
    [
      "an assignment to a read-only name (rule 4.11)",
      "$PendingTasks = 1; requeue = 2",
      ["read-only-variable 0..13", "read-only-variable 19..26"],
    ],
    [
      "a target that is no double, an option that is no word (rule 8.25)",
      '$TargetDedicatedNodes = [1]; $NodeDeallocationOption = "requeue"',
      ["target-not-double 0..21", "option-not-word 29..52"],
    ],
    [
      "all of them, in branches and behind stop() as well",
      "x = 1 ? a : b; stop(); y = c",
      ["undefined-symbol 8..9", "undefined-symbol 12..13", "undefined-symbol 27..28"],
    ],
    [
      "each once: what follows from a failure is no second one",
      "x = nowhere; y = x + 1; z = max(y, x.hour)",
      ["undefined-symbol 4..11"],
    ],
    [
      "nothing where a branch may still give the right type",
      'm = $PendingTasks ? 1 : "a"; x = m + 1; y = max(m); $TargetDedicatedNodes = m',
      [],
    ],
  ];
  for (const [title, text, wanted] of table) {
    it(title, () => expect(problems(text)).toEqual(wanted));
  }

  it("extensions fail only where they are refused (rule 2.10)", () => {
    const text = "x = 2 * [1]; y = time() - TimeInterval_Hour";
    expect(problems(text)).toEqual([]);
    expect(problems(text, strictSemantics)).toEqual(["no-such-operation 6..7", "no-such-operation 24..25"]);
  });

  it("a single certain failure is exactly what a run says: code, details' message and place", () => {
    let compared = 0;
    for (const row of evaluationRows) {
      if (row.example === undefined) continue;
      const { formula } = parse(new Source(row.example));
      const [found] = check(formula!).diagnostics;
      const { failure } = interpret(formula!, new FakeEnvironment());
      expect(failure?.code, row.example).toBe(row.name);
      if (found === undefined) continue; // known only when it runs: a value, not a type
      expect([found.code, found.start, found.message]).toEqual([failure!.code, failure!.at, row.message(failure!.details)]);
      compared++;
    }
    expect(compared).toBeGreaterThan(9);
  });

  it("names what was probably meant", () => {
    const hint = (text: string) => checked(text).diagnostics[0].hint;
    expect(hint("x = $PendingTask")).toBe("did you mean $PendingTasks?");
    expect(hint("maxNodes = 3; x = maxNode")).toBe("did you mean maxNodes?");
    expect(hint("x = mx(1)")).toBe("did you mean max?");
    expect(hint("x = $PendingTasks.GetSampel(1)")).toBe("did you mean GetSample?");
    expect(hint("x = time().hours")).toBe("did you mean hour?");
    expect(hint("x = max")).toBe("max is a function: write max(…)");
    expect(hint("x = later; later = 1")).toMatch(/^it is assigned only here or further down/);
    expect(hint("x = constructor")).toBeUndefined();
  });

  it("say what stands for names of other languages, and that a method wants its parentheses (rules 1.12, 3.13, 8.23)", () => {
    const hint = (text: string) => checked(text).diagnostics[0].hint;
    expect(hint("x = true")).toBe("there are no truth values: write 1 for true, 0 for false");
    expect(hint("x = Math.max(1, 2)")).toBe("functions stand alone: max(a, b)");
    expect(hint("x = mean(1, 2)")).toBe("write avg(…)");
    expect(hint("mean = 1; x = maen")).toBe("did you mean mean?");
    expect(hint("x = $PendingTasks.Count")).toBe("Count is a method: write Count()");
    expect(hint("x = $PendingTasks.GetSample")).toBe("GetSample is a method: write GetSample(…)");
    expect(hint("y = 1; x = y.GetSample(1)")).toBe("only a metric has this method: $PendingTasks.GetSample(1)");
    expect(hint("x = $PendingTasks.avg(5)")).toMatch(/^a metric only gives samples; functions take them/);
    expect(hint("x = pow(2, 3)")).toBe("there is no power: write x * x");
    expect(hint("x = $PendingTasks.constructor")).toBeUndefined();
    expect(hint("x = toString()")).toBeUndefined();
  });
});

describe("types, reads and writes", () => {
  it("gives the last type of every user-defined variable (rule 2.17)", () => {
    const text =
      'a = 1; a = [1]; t = time(); i = t - t; s = "x"; o = requeue; m = $PendingTasks ? 1 : "a"; p = $PendingTasks.GetSamplePeriod(); bad = nowhere';
    expect([...checked(text).variables]).toEqual([
      ["a", "doubleVec"],
      ["t", "timestamp"],
      ["i", "timeinterval"],
      ["s", "string"],
      ["o", "deallocationOption"],
      ["m", "any"],
      ["p", "timeinterval"],
    ]);
  });

  it("lists service-defined variables by full name, once each (rules 4.1, 8.23)", () => {
    const { reads, writes } = checked(
      "$TargetDedicated = $CurrentDedicated + $PendingTasks.Count() + $TargetDedicatedNodes + $PendingTasks; $TVMDeallocationOption = requeue",
    );
    expect(reads).toEqual(["$CurrentDedicatedNodes", "$PendingTasks", "$TargetDedicatedNodes"]);
    expect(writes).toEqual(["$TargetDedicatedNodes", "$NodeDeallocationOption"]);
  });
});
