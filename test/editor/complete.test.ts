/** Completion in whole and half-typed formulas. `‸` in a text is the cursor. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CompletionItem, complete } from "../../src/editor/complete.ts";
import type { Known } from "../../src/editor/scope.ts";
import { signatureAt } from "../../src/editor/signature.ts";
import { functions, members, methods } from "../../src/language/builtins/index.ts";
import { Source } from "../../src/language/source.ts";
import { parse } from "../../src/language/syntax/parse.ts";
import { arbitraryBrokenFormula, arbitraryCharacterSoup, arbitraryTokenSoup, hostileTexts } from "../support/formulas.ts";

function at(marked: string, known: Known = {}): CompletionItem[] {
  const offset = marked.indexOf("‸");
  expect(offset).toBeGreaterThanOrEqual(0);
  return complete(new Source(marked.replace("‸", "")), offset, known);
}
const labels = (marked: string, known: Known = {}) => at(marked, known).map((item) => item.label);
const names = (rows: readonly { name: string }[]) => rows.map((row) => row.name);

describe("after a point", () => {
  it("a metric has its methods, in half-typed text too", () => {
    for (const text of [
      "x = $PendingTasks.‸",
      "x = max(0, $PendingTasks.‸",
      "x = ($PendingTasks) . ‸;",
      "y = (; x = $PendingTasks.‸ ; z = )",
    ]) {
      expect(labels(text), text).toEqual(names(methods.rows));
    }
    expect(labels("x = $PendingTasks.GetSampleP‸")).toEqual(["GetSamplePercent", "GetSamplePeriod"]);
  });

  it("a timestamp has its members: a call, a variable, a sum in parentheses, a method's answer", () => {
    for (const text of [
      "x = time().‸",
      "t = time(); x = t.‸",
      "x = (time() - TimeInterval_Hour).‸ > 3",
      "x = $ActiveTasks.HistoryBeginTime().‸",
    ]) {
      expect(labels(text), text).toEqual(names(members.rows));
    }
    expect(labels("t = time(); x = t.we‸")).toEqual(["weekday"]);
  });

  it("what is no timestamp and no metric has nothing", () => {
    for (const text of [
      "x = (1).‸",
      "x = max(1, 2).‸",
      'x = "a".‸',
      "v = [1]; x = v.‸",
      "x = requeue.‸",
      "x = $TargetDedicatedNodes.‸",
    ])
      expect(labels(text), text).toEqual([]);
  });

  it("a name that nobody knows may be either", () => {
    expect(labels("x = $PendingTask.‸")).toEqual(expect.arrayContaining(["GetSample", "hour"]));
  });
});

describe("names", () => {
  it("a statement begins with what it may write, an expression with what it may read", () => {
    expect(labels("‸")[0]).toBe("$TargetDedicatedNodes");
    expect(labels("x = 1; ‸").slice(0, 3)).toEqual([
      "$TargetDedicatedNodes",
      "$TargetLowPriorityNodes",
      "$NodeDeallocationOption",
    ]);
    expect(labels("abc = 1; y = ‸")[0]).toBe("abc");
    expect(labels("y = ‸")[0]).toBe("$ActiveTasks");
  });

  it("only variables assigned in earlier statements are in scope, with their types", () => {
    const items = at('a = time(); b = "s"; c = a‸; aa = 1');
    expect(items.filter((item) => item.kind === "user").map((item) => [item.label, item.detail])).toEqual([["a", "timestamp"]]);
    expect(labels("a = (; b = ‸")).toContain("a");
    expect(labels("y = s‸", { variables: new Map([["session", "double"]]) })[0]).toBe("session");
  });

  it("letters match the beginning first, then behind the $, then in another case, then a later part", () => {
    expect(labels("x = Pend‸")).toEqual(["$PendingTasks"]);
    expect(labels("x = pend‸")).toEqual(["$PendingTasks"]);
    expect(labels("x = Minute‸")).toEqual(["TimeInterval_Minute"]);
    expect(labels("x = m‸")).toEqual(expect.arrayContaining(["min", "max", "$MemoryBytes"]));
    expect(labels("x = m‸").slice(0, 2).sort()).toEqual(["max", "min"]);
    expect(labels("x = zzz‸")).toEqual([]);
  });

  it("the word around the cursor is what is replaced, and a function brings its parenthesis unless one is there", () => {
    const [item] = at("x = av‸g");
    expect([item.label, item.insert, item.start, item.end]).toEqual(["avg", "avg(", 4, 7]);
    expect(at("x = av‸(1)")[0].insert).toBe("avg");
    expect(at("x = ran‸").map((found) => found.insert)).toEqual(["range(", "rand()"]);
  });

  it("obsolete names come last and are marked", () => {
    const items = at("x = $CurrentDed‸");
    expect(items.map((item) => [item.label, item.obsolete])).toEqual([
      ["$CurrentDedicatedNodes", false],
      ["$CurrentDedicated", true],
    ]);
  });

  it("inside GetSample the interval constants come first", () => {
    expect(labels("x = $PendingTasks.GetSample(10 * ‸")[0]).toMatch(/^TimeInterval_/);
    expect(labels("x = $PendingTasks.GetSample(‸)")[0]).toMatch(/^TimeInterval_/);
  });

  it.each([
    "$NodeDeallocationOption = ‸",
    "$TVMDeallocationOption = ‸;",
    "$NodeDeallocationOption = 1 ? ‸",
    "$NodeDeallocationOption = 1 ? requeue : ‸",
  ])("%s wants an option word (1.10)", (text) => {
    expect(labels(text)).toEqual(["requeue", "terminate", "taskcompletion", "retaineddata"]);
  });

  it("option words are not offered elsewhere until one is typed", () => {
    expect(labels("x = ‸")).not.toContain("requeue");
    expect(labels("x = req‸")).toEqual(["requeue"]);
    expect(labels("$NodeDeallocationOption = $Pend‸")).toContain("$PendingTasks");
  });

  it.each([
    "// com‸",
    "x = 1 // ‸",
    'x = time("20‸")',
    'x = time("20‸',
    "x = 12‸",
    "x = 1.‸",
    "x = a ‸",
    "x = a b‸",
    "x = (1) ‸",
    'x = "a"‸',
  ])("nothing is offered in `%s`", (text) => {
    expect(labels(text)).toEqual([]);
  });

  it("a line below a statement without its semicolon is a new statement", () => {
    expect(labels("x = 1\n$Tar‸")[0]).toBe("$TargetDedicatedNodes");
  });
});

describe("what is offered", () => {
  it("every completion of a prefix of a formula begins or holds what was typed, in its place", () => {
    const text =
      "t = time(); $NodeDeallocationOption = t.hour > 8 ? requeue : taskcompletion; x = max(0, $PendingTasks.GetSample(3 * TimeInterval_Hour));";
    let seen = 0;
    for (let offset = 0; offset <= text.length; offset++) {
      const items = complete(new Source(text.slice(0, offset)), offset);
      const fits = (item: CompletionItem) =>
        item.label.toLowerCase().includes(text.slice(item.start, offset).toLowerCase()) && item.end === offset;
      expect(items.filter((item) => !fits(item))).toEqual([]);
      seen += items.length;
    }
    expect(seen).toBeGreaterThan(500);
    expect(parse(new Source(text)).diagnostics).toEqual([]);
  });

  it("never fails, at any offset of any text", () => {
    const anything = fc.oneof(arbitraryBrokenFormula, arbitraryTokenSoup, arbitraryCharacterSoup);
    fc.assert(
      fc.property(anything, (text) => {
        const source = new Source(text);
        const step = Math.max(1, Math.floor(text.length / 12));
        for (let offset = -1; offset <= text.length + 1; offset += step) {
          const wrong = complete(source, offset).filter(
            ({ start, end }) => !(0 <= start && start <= end && end <= source.text.length),
          );
          expect(wrong).toEqual([]);
          signatureAt(source, offset);
        }
      }),
      { numRuns: 100 },
    );
    for (const [, text] of hostileTexts) {
      for (const offset of [0, text.length >> 1, text.length, Number.NaN, Number.POSITIVE_INFINITY]) {
        complete(new Source(text), offset);
        signatureAt(new Source(text), offset);
      }
    }
  });

  it("names such as constructor and __proto__ are names like any other", () => {
    expect(labels("constructor = 1; __proto__ = 2; x = constr‸")).toEqual(["constructor"]);
    expect(labels("constructor = 1; __proto__ = 2; x = __p‸")).toEqual(["__proto__"]);
    expect(labels("x = constructor.‸").length).toBe(methods.rows.length + members.rows.length);
  });
});

describe("signatures", () => {
  it.each([
    ["x = percentile(v, ‸", "percentile", 1],
    ["x = max(1, [2, 3, ‸", "max", 1],
    ["x = max(1, (2), min(3, 4), ‸", "max", 3],
    ["x = $PendingTasks.GetSample(time(), ‸", "GetSample", 1],
    ["x = max(‸)", "max", 0],
  ])("in `%s` it is %s, argument %i", (marked, name, argument) => {
    const help = signatureAt(new Source(marked.replace("‸", "")), marked.indexOf("‸"));
    expect([help?.name, help?.argument]).toEqual([name, argument]);
    expect(help?.entry.signatures.length).toBeGreaterThan(0);
  });

  it("outside calls, in calls of unknown names and behind a semicolon there is none", () => {
    for (const marked of ["x = ‸", "x = foo(‸", "x = max(1);‸", "x = max(1; ‸", "x = max(1)‸"]) {
      expect(signatureAt(new Source(marked.replace("‸", "")), marked.indexOf("‸")), marked).toBeUndefined();
    }
    expect(functions.rows.length).toBeGreaterThan(0);
  });
});
