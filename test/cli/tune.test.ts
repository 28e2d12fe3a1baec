/** `weir tune`: the same search whatever the threads, a front that is one, formulas that can be used as they are. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce, Workplace } from "./weir.ts";

let place: Workplace;
// biome-ignore lint/suspicious/noExplicitAny: the shape of the document is what is tested.
let found: any;
const search = ["tune", "tuned.formula", "--scenario", "burst.yaml", "--seeds", "2", "--param", "maxNodes=2..8/2"];
beforeAll(() => {
  buildOnce();
  place = new Workplace();
  found = documentOf(["--jobs", "2"]);
});
afterAll(() => place.clear());

function documentOf(more: readonly string[]) {
  const { code, stdout, stderr } = place.weir([...search, ...more, "--json"]);
  expect([code, stderr]).toEqual([0, "4 points and the formula as it is, under 2 seeds each: 10 runs\n"]);
  return JSON.parse(stdout);
}

describe("tune --json", () => {
  it("tells what was searched, each point with its figures, the front with its formulas", () => {
    const number = expect.any(Number);
    const figures = {
      cost: number,
      waitSeconds: { mean: number, p95: number },
      nodeHours: number,
      utilization: number,
      unfinished: 0,
      failedEvaluations: number,
    };
    expect(found).toMatchObject({
      formula: "tuned.formula",
      scenario: "burst.yaml",
      seeds: [7, 8],
      params: [{ name: "maxNodes", values: [2, 4, 6, 8] }],
      current: figures,
    });
    expect(found.points.map((point: { constants: unknown }) => point.constants)).toEqual(
      [2, 4, 6, 8].map((maxNodes) => ({ maxNodes })),
    );
    for (const point of found.points) expect(point).toMatchObject(figures);
    for (const { constants, formula } of found.front) expect(formula).toContain(`\nmaxNodes = ${constants.maxNodes};\n`);
  });

  it("the formula as it is has the figures of the point that it is", () => {
    const { constants: _, onFront: __, ...same } = found.points[2];
    expect(found.current).toEqual(same);
  });

  it("no point is better than one of the front in cost and wait, and every other has a better one", () => {
    type Point = { cost: number; waitSeconds: { p95: number }; onFront: boolean };
    const beats = (a: Point, b: Point) =>
      a.cost <= b.cost && a.waitSeconds.p95 <= b.waitSeconds.p95 && (a.cost < b.cost || a.waitSeconds.p95 < b.waitSeconds.p95);
    for (const point of found.points as Point[])
      expect(found.points.some((other: Point) => beats(other, point))).toBe(!point.onFront);
    expect(found.front.length).toBe(found.points.filter((point: Point) => point.onFront).length);
    expect(found.front.length).toBeGreaterThanOrEqual(2);
  });

  it("is the same with one thread, and each figure is the mean over the seeds", () => {
    expect(documentOf(["--jobs", "1"])).toEqual(found);
    const cost = (seed: string) => JSON.parse(place.weir(["simulate", "burst.yaml", "--seed", seed, "--json"]).stdout).cost;
    expect(found.current.cost).toBeCloseTo((cost("7") + cost("8")) / 2, 9);
  });
});

describe("what tune writes", () => {
  it("formulas that run as they are, and a page that is complete in itself", () => {
    expect(place.weir([...search, "--write", "front", "--html", "front.html", "--quiet"]).code).toBe(0);
    const names = readdirSync(join(place.path, "front"));
    expect(names.sort()).toEqual(
      found.front
        .map(({ constants }: { constants: { maxNodes: number } }) => `tuned.maxNodes-${constants.maxNodes}.formula`)
        .sort(),
    );
    expect(place.weir(["validate", ...names.map((name) => join("front", name))]).code).toBe(0);
    const page = place.read("front.html");
    expect(page.match(/<script/g)).toHaveLength(3);
    const data = JSON.parse(/<script id="data" type="application\/json">(.*?)<\/script>/s.exec(page)![1]);
    expect(data.points).toHaveLength(4);
    expect(data.points[0]).toMatchObject({ constants: { maxNodes: 2 }, cost: found.points[0].cost });
  });

  it("a comment that is no range is told with its line", () => {
    place.write("odd.formula", "x = 1;\n// tune: x 1 to 5\n$TargetDedicatedNodes = x;\n");
    const { code, stderr } = place.weir(["tune", "odd.formula", "--scenario", "burst.yaml"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^odd\.formula:2: error: /)]);
  });

  it("without prices cost is node hours", () => {
    place.write(
      "free.yaml",
      place.read("burst.yaml").replace("price: { dedicated: 0.10 }", "").replace("PT2M }, }", "PT2M } }"),
    );
    const { code, stdout } = place.weir([
      "tune",
      "tuned.formula",
      "--scenario",
      "free.yaml",
      "--seeds",
      "1",
      "--param",
      "maxNodes=2,6",
      "--json",
    ]);
    expect(code).toBe(0);
    for (const point of JSON.parse(stdout).points) expect(point.cost).toBeCloseTo(point.nodeHours, 9);
  });
});
