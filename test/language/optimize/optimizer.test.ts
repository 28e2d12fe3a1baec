/** Each optimization before and after, in the text of the instructions. That no answer changes is proven in ../execute/agreement.test.ts. */
import { describe, expect, it } from "vitest";
import { check } from "../../../src/language/check/checker.ts";
import { irText } from "../../../src/language/ir.ts";
import { optimize } from "../../../src/language/optimize/optimizer.ts";
import { defaultSemantics, type Semantics } from "../../../src/language/semantics.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";

function both(text: string, semantics: Semantics = defaultSemantics): { before: string; after: string } {
  const { program } = check(parse(new Source(text)).formula!, { semantics });
  const before = irText(program);
  const after = irText(optimize(program));
  expect(irText(program)).toBe(before); // the program given is not changed
  return { before, after };
}

/** Lines without the common margin and the empty first and last. */
function lines(text: string): string {
  const margin = / *$/.exec(text)?.[0].length ?? 0;
  return `${text
    .trim()
    .split("\n")
    .map((line, i) => (i === 0 ? line : line.slice(margin + 2)))
    .join("\n")}\n`;
}

describe("fold", () => {
  it("computes what depends on nothing but constants, spans of time too", () => {
    const { before, after } = both(
      'span = 15 * TimeInterval_Minute; n = max(2, 3) + floor(2.5); t = time("2026-01-05").weekday',
    );
    expect(before).toContain("r2 = 15 * 00:01:00");
    expect(after).toBe(
      lines(`
      step 1
        span: timeinterval = 00:15:00
      step 2
        n: double = 5
      step 3
        t: double = 1
    `),
    );
  });

  it("never folds a failure away, nor rand(), nor the clock", () => {
    const { after } = both(
      'a = percentile([1], 101); b = time("never"); c = [1, 2] + [1]; d = TimeInterval_Hour / 0; e = rand() - rand(); f = time().hour',
    );
    for (const kept of ["percentile([1], 101)", 'time("never")', "[1,2] + [1]", "01:00:00 / 0", "now", ".hour"])
      expect(after).toContain(kept);
    expect(after.match(/rand\(\)/g)).toHaveLength(2);
  });

  it("takes the branch that a constant condition leaves, and its type", () => {
    const { before, after } = both('x = 1 > 2 ? "text" : $PendingTasks; y = x + 1');
    expect(before).toContain("x: any");
    expect(after).toBe(
      lines(`
      step 1
        r4 = latest $PendingTasks
        x: double = r4
      step 2
        r6 = r4 + 1
        y: double = r6
    `),
    );
  });

  it("ends the program at an end that has become certain", () => {
    expect(both("x = 1; 2 > 1 ? stop() : 0; y = 2").after).toBe(
      lines(`
      step 1
        x: double = 1
      step 2
        stop
    `),
    );
  });
});

describe("share", () => {
  it("computes equal expressions once, but only on the way that leads past the first", () => {
    const { after } = both("a = $PendingTasks / $CPUPercent; b = $PendingTasks / $CPUPercent + $PendingTasks");
    expect(after.match(/latest/g)).toHaveLength(2);
    expect(after.match(/\//g)).toHaveLength(1);
    const branches = both("x = $PendingTasks > 1 ? lg($CPUPercent) : 0; y = lg($CPUPercent)").after;
    expect(branches.match(/lg\(/g)).toHaveLength(2);
  });

  it("aims equal windows once and judges them once (rules 5.6, 5.7)", () => {
    const { before, after } = both(
      "a = avg($PendingTasks.GetSample(TimeInterval_Hour)); b = max($PendingTasks.GetSample(TimeInterval_Hour, 70))",
    );
    expect([before.match(/aim/g)?.length, before.match(/check/g)?.length]).toEqual([2, 2]);
    expect(after).toBe(
      lines(`
      step 1
        w1 = aim $PendingTasks between 01:00:00
        check w1 70
        r4 = avg(w1)
        a: double = r4
      step 2
        r7 = max(w1)
        b: double = r7
    `),
    );
  });
});

describe("windows instead of vectors", () => {
  it("statistics ask the window; an assigned vector is its window until someone asks", () => {
    const { before, after } = both(
      "v = $PendingTasks.GetSample(5); x = max(0, v); y = val(v, 0); z = percentile(v, 95); s = std(v); n = len(v, v)",
    );
    expect(before).toContain("samples");
    expect(after).toBe(
      lines(`
      step 1
        w1 = aim $PendingTasks last 5
        v: window = w1
      step 2
        r4 = max(0, w1)
        x: double = r4
      step 3
        r5 = val(w1, 0)
        y: double = r5
      step 4
        r7 = percentile(w1, 95)
        z: double = r7
      step 5
        r8 = std(w1)
        s: double = r8
      step 6
        r9 = len(w1, w1)
        n: double = r9
    `),
    );
  });

  it("vectors stay where a vector is needed: arithmetic, norm, std of a mixed list", () => {
    const { after } = both(
      "x = norm($PendingTasks.GetSample(5)); y = std(1, $PendingTasks.GetSample(5)); z = max($PendingTasks.GetSample(5) * 2)",
    );
    expect(after.match(/samples/g)).toHaveLength(1);
    expect(after).toMatch(/norm\(r\d+\)/);
    expect(after).toMatch(/std\(1, r\d+\)/);
  });

  it("with the newest sample first, sums keep their vector, because they add from left to right (rules 8.1, 8.30)", () => {
    const { after } = both("x = avg($PendingTasks.GetSample(5)); y = max($PendingTasks.GetSample(5))", {
      ...defaultSemantics,
      sampleOrder: "newestFirst",
    });
    expect(after).toMatch(/avg\(r\d+\)/);
    expect(after).toMatch(/max\(w\d+\)/);
  });
});

describe("select", () => {
  it("cheap branches become straight lines, comparison included", () => {
    expect(both("x = $PendingTasks > 5 ? $PendingTasks - 5 : 0; y = $PendingTasks > 1 && $PendingTasks < 9").after).toBe(
      lines(`
      step 1
        r0 = latest $PendingTasks
        r4 = r0 - 5
        r6 = r0 > 5 ? r4 : 0
        x: double = r6
      step 2
        r12 = r0 < 9
        r14 = r0 > 1 ? r12 : 0
        y: double = r14
    `),
    );
  });

  it("what can fail, draws or costs stays in its branch (rule 2.14)", () => {
    const { after } = both(
      "x = $PendingTasks > 5 ? rand() : 0; y = $PendingTasks > 5 ? avg($CPUPercent.GetSample(TimeInterval_Hour)) : 1; z = $PendingTasks > 7 || std($CPUPercent, 1) > 1",
    );
    expect(after.match(/if/g)).toHaveLength(3);
    expect(after).not.toContain("?");
  });
});

describe("dead code", () => {
  it("drops what nobody reads and assignments that cannot be seen", () => {
    expect(both("1 + $PendingTasks; x = $CPUPercent; x = $ActiveTasks").after).toBe(
      lines(`
      step 1
      step 2
      step 3
        r4 = latest $ActiveTasks
        x: double = r4
    `),
    );
  });

  it("keeps an assignment that a failure in between would show (rule 8.10), and everything that can fail or draws", () => {
    const { after } = both("x = $CPUPercent; [1] + $PendingTasks.GetSample(1); x = 2; rand(); val(vec(rand()), 9)");
    expect(after).toContain("x: double = r0");
    expect(after).toMatch(/\[1\] \+ r\d+/);
    expect(after.match(/rand\(\)/g)).toHaveLength(2);
    expect(after).not.toContain("val(");
  });
});
