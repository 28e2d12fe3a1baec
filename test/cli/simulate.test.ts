/** `weir simulate`: the document that scripts read, the same in every process; scenarios wherever they lie and however they come; the report's page. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce, type Ran, Workplace } from "./weir.ts";

let place: Workplace;
beforeAll(() => {
  buildOnce();
  place = new Workplace();
});
afterAll(() => place.clear());

// biome-ignore lint/suspicious/noExplicitAny: the shape of the document is what is tested.
function documentOf(ran: Ran): any {
  expect(ran.stderr).toBe("");
  expect(ran.code).toBe(0);
  return JSON.parse(ran.stdout);
}
const simulated = (...args: string[]) => documentOf(place.weir(["simulate", ...args, "--json"]));

describe("simulate --json", () => {
  it("has every member of the interface, numbers as numbers", () => {
    const document = simulated("burst.yaml");
    const number = expect.any(Number);
    expect(document).toMatchObject({
      tasks: { total: 120, succeeded: 120, failed: 0, retries: 0, requeues: 0 },
      waitSeconds: { mean: number, p50: number, p95: number, p99: number, max: number },
      makespanSeconds: number,
      nodeHours: { dedicated: number, lowPriority: 0 },
      cost: number,
      utilization: number,
      resizes: number,
      evaluations: number,
      preemptions: 0,
      eventDigest: expect.stringMatching(/^[0-9a-f]{8,}$/),
    });
    for (const row of document.timeline)
      expect(row).toMatchObject({
        time: expect.stringMatching(/^2026-01-05T\d\d:\d\d:\d\d\.\d{3}Z$/),
        currentDedicated: number,
        targetDedicated: number,
        activeTasks: number,
        runningTasks: number,
      });
    expect(document.timeline.length).toBeGreaterThan(10);
  });

  it("three tasks behind one node that boots for three minutes: the figures are those of paper and pencil", () => {
    const { waitSeconds, makespanSeconds, cost, nodeHours, utilization, tasks } = simulated("three.yaml");
    expect(tasks).toMatchObject({ total: 3, succeeded: 3 });
    expect(waitSeconds.mean).toBeCloseTo((180 + 230 + 280) / 3, 9);
    expect(waitSeconds).toMatchObject({ p50: 230, max: 280 });
    expect(makespanSeconds).toBe(360);
    expect(nodeHours.dedicated).toBeCloseTo(0.1, 9);
    expect(cost).toBeCloseTo(0.6, 9);
    expect(utilization).toBeCloseTo(0.5, 9);
  });

  it("the same scenario and seed give the same text in another process, another seed another run", () => {
    const run = (...args: string[]) => place.weir(["simulate", "burst.yaml", "--json", ...args]).stdout;
    const first = run();
    expect(run()).toBe(first);
    expect(run("--seed", "7")).toBe(first);
    expect(JSON.parse(run("--seed", "8")).eventDigest).not.toBe(JSON.parse(first).eventDigest);
  });

  it("another seed draws another workload", () => {
    const waits = (seed: string) => simulated("burst.yaml", "--seed", seed).waitSeconds.mean;
    expect(waits("8")).not.toBe(waits("9"));
  });

  it("--until cuts the run, drained lets it end", () => {
    const cut = simulated("burst.yaml", "--until", "PT1H");
    expect(cut.tasks.succeeded).toBe(60);
    expect(cut.timeline.at(-1).time).toBe("2026-01-05T01:00:00.000Z");
    expect(simulated("burst.yaml", "--until", "drained")).toEqual(simulated("burst.yaml"));
  });

  it("--compare gives a run for each formula, as if it had run alone; a single one is preceded by the scenario's own", () => {
    const { runs } = simulated("burst.yaml", "--compare", "tuned.formula", "good.formula");
    expect(runs.map(({ name, file }: { name: string; file: string }) => [name, file])).toEqual([
      ["tuned", "tuned.formula"],
      ["good", "good.formula"],
    ]);
    expect(runs[0]).toMatchObject(simulated("burst.yaml"));
    const own = simulated("three.yaml", "--compare", "good.formula").runs;
    expect(own.map(({ name, file }: { name: string; file: string }) => [name, file])).toEqual([
      ["fixed size", null],
      ["good", "good.formula"],
    ]);
    expect(own[0].eventDigest).not.toBe(own[1].eventDigest);
  });
});

describe("a scenario", () => {
  it("names files beside itself, wherever the command runs; gzip is known by its content", () => {
    mkdirSync(join(place.path, "deep"));
    place.write("deep/three.yaml", place.read("three.yaml").replace("three.jsonl", "packed.jsonl"));
    place.write("deep/packed.jsonl", gzipSync(place.read("three.jsonl")));
    expect(simulated("deep/three.yaml")).toEqual(simulated("three.yaml"));
  });

  it("may be JSON, and may come on standard input, with files from where the command runs", () => {
    const json = JSON.stringify({
      seed: 7,
      pool: { targetDedicatedNodes: 1, node: { boot: { kind: "constant", mean: "PT3M" }, price: { dedicated: 6 } } },
      workload: { trace: "three.jsonl" },
    });
    expect(documentOf(place.weir(["simulate", "-", "--json"], { input: json }))).toEqual(simulated("three.yaml"));
  });

  it("a mistake in a log is told with the log's line, one in a formula with the formula's", () => {
    place.write("bad.jsonl", '{"submit":0,"duration":60}\n{"submit":"soon"}\n');
    place.write("bad-log.yaml", place.read("three.yaml").replace("three.jsonl", "bad.jsonl"));
    const log = place.weir(["simulate", "bad-log.yaml"]);
    expect(log.code).toBe(1);
    expect(log.stderr).toMatch(/^bad-log\.yaml:7:\d+: error: bad\.jsonl, line 2: /);
    place.write("bad-formula.yaml", place.read("burst.yaml").replace("tuned.formula", "broken.formula"));
    const formula = place.weir(["simulate", "bad-formula.yaml"]);
    expect(formula.code).toBe(1);
    expect(formula.stderr).toMatch(/^broken\.formula:1:43: error/);
  });

  it.each([
    ["constructor: 1", "constructor"],
    ["__proto__: { pool: 1 }", "__proto__"],
    [`seed: ${"[".repeat(20_000)}`, "deep"],
    [`a: &a [1, 1]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n`.repeat(1), "a"],
    ["\u0000\u0001", "binary"],
    ["", ""],
    [`pool: { formulaText: "${"x".repeat(9000)}" }\nworkload: { trace: three.jsonl }`, "long"],
    ["pool: { targetDedicatedNodes: 1 }\nworkload: { trace: /dev/zero }", "device"],
    ["pool: { targetDedicatedNodes: 1 }\nworkload: { trace: . }", "directory"],
  ])("hostile text %#: refused in words, never with a stack", (text) => {
    const { code, stdout, stderr } = place.weir(["simulate", "-"], { input: text });
    expect([1, 2]).toContain(code);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/internal error|\n\s+at /);
    expect(stderr.length).toBeGreaterThan(10);
  });
});

describe("a formula that never works", () => {
  it("ends with 3, says so also with --quiet, and has no waits that could look good beside another's", () => {
    place.write("misspelt.formula", "$TargetDedicatedNodes = $PendingTask;");
    const ran = place.weir(["simulate", "burst.yaml", "--compare", "misspelt.formula", "--quiet"]);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("misspelt: every evaluation failed, so the figures say nothing of the formula");
    expect(ran.stdout).toMatch(/^mean wait, seconds +[\d.]+\S* +-$/m);
    expect(ran.stdout).toMatch(/^makespan, hours +[\d.]+\S* +-$/m);
  });
});

describe("files that simulate writes", () => {
  it("the CSV has a line for each row of the timeline and run", () => {
    const args = ["simulate", "burst.yaml", "--compare", "tuned.formula", "good.formula"];
    expect(place.weir([...args, "--csv", "rows.csv", "--quiet"]).code).toBe(0);
    const { runs } = simulated(...args.slice(1));
    const rows = place.read("rows.csv").trimEnd().split("\n");
    expect(rows).toHaveLength(1 + runs[0].timeline.length + runs[1].timeline.length);
    expect(rows[0]).toBe(
      "time,formula,demandNodes,targetDedicated,targetLowPriority,currentDedicated,currentLowPriority,activeTasks,runningTasks,cost",
    );
    const last = runs[1].timeline.at(-1);
    expect(rows.at(-1)).toBe(
      `${last.time},good,${last.demandNodes},${last.targetDedicated},0,${last.currentDedicated},0,0,0,${last.cost}`,
    );
  });

  it("the page is complete in itself, and names and texts cannot become markup", () => {
    const hostile = "<img src=x onerror=alert(1)>.formula";
    place.write(hostile, "// </script><script>alert(1)</script>\n$TargetDedicatedNodes = 2;\n");
    expect(place.weir(["simulate", "burst.yaml", "--compare", hostile, "--html", "page.html", "--quiet"]).code).toBe(0);
    const page = place.read("page.html");
    expect(page).toContain(`content="default-src 'none'`);
    expect(page.replace(/http:\/\/www\.w3\.org\/\S*/g, "")).not.toMatch(
      /\b(src|href)\s*=\s*["']|@import|url\(\s*["']?https?:/i,
    );
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)).toHaveLength(3);
    const data = JSON.parse(/<script id="data" type="application\/json">(.*?)<\/script>/s.exec(page)![1]);
    expect(data).toMatchObject({ kind: "simulation", hasCost: true, hasLowPriority: false });
    for (const run of data.runs) {
      for (const column of ["nodes", "target", "demand", "waiting", "cost"])
        expect(run[column]).toHaveLength(data.times.length);
      // What a run adds up to by its end is in its document, too.
      expect(run.cost.findLast((value: number | null) => value !== null)).toBeGreaterThan(0);
    }
    for (const { columns } of [data.wait, data.slowdown]) for (const column of columns) expect(column.at(-1)).toBe(100);
  });
});
