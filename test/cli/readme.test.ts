/** The README is true: every `$ weir …` block prints what it says, and its library example gives its result. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { check, evaluate, MetricStore, parse, parseInstant } from "../../src/index.ts";
import { buildOnce, commandPath } from "./weir.ts";

const root = resolve(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```console\n\$ weir ([^\n]*)\n([\s\S]*?)\n```/g)];

describe("README", () => {
  beforeAll(buildOnce);

  it("shows at least four commands with their output", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(4);
  });

  it.each(blocks.map(([, command, output]) => [command, output] as const))("weir %s", (command, output) => {
    const line = `exec "${process.execPath}" "${commandPath}" ${command} 2>&1`;
    const ran = spawnSync("/bin/sh", ["-c", line], {
      cwd: root,
      encoding: "utf8",
      env: { NO_COLOR: "1", COLUMNS: "100", PATH: process.env.PATH },
    });
    expect(ran.stdout.trimEnd()).toBe(output);
  });

  it("the library example gives its result", () => {
    const store = new MetricStore({ samplePeriod: "PT30S" });
    store.load("$PendingTasks", parseInstant("2026-01-05T08:00:00Z")!, [3, 4, Number.NaN, 7, 8, 9]);
    const formula = /evaluate\("(.*)", \{ store \}\)/.exec(readme)![1];
    expect(evaluate(formula, { store }).results).toBe(/run\.results; \/\/ "(.*)"/.exec(readme)![1]);
    expect(check(parse("x = $PendingTask;").formula!).diagnostics[0].message).toBe("Undefined symbol: $PendingTask");
  });

  it("every file it links to is there", () => {
    for (const [, path] of readme.matchAll(/\]\((?!http)([^)#]+)\)/g))
      expect(() => readFileSync(join(root, path)), path).not.toThrow();
  });
});
