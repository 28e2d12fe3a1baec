/** The journal of an agent: what the next one finds in it, wherever the last one was killed. */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Records } from "../../runtime/agent/leftovers/records.ts";
import { freshDirectory } from "./desk.ts";

const directories: string[] = [];
function freshPath(): string {
  const directory = freshDirectory();
  directories.push(directory);
  return join(directory, "records");
}
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function filled(path: string): void {
  const records = new Records(path);
  records.node({ node: "n1", address: "127.1.0.1", cores: 2, boot: 1 });
  records.node({ node: "n2", address: "127.1.0.2", cores: 2, boot: 1 });
  records.begin("t1", "n1", "/d/t1", false);
  records.begin("t2", "n1", "/d/t2", false);
  records.begin("t3", "n1", "/d/t3", true);
  records.started("t1", 11, 111);
  records.started("t2", 12, 112);
  records.node({ node: "n1", address: "127.1.0.1", cores: 2, boot: 2 });
  records.gone("n2");
  records.ended({ run: "t1", node: "n1", cause: "exit", exitCode: 3, endedAt: 5 }, true);
  records.ended({ run: "t3", node: "n1", cause: "exit", exitCode: 0, endedAt: 6 }, false);
  records.ended({ run: "t2", node: "n1", cause: "killed", endedAt: 7 }, true);
  records.acknowledged("t2");
  records.flush();
  records.close();
}

describe("Records", () => {
  it("finds again nodes, runs, pids and endings that nobody acknowledged", () => {
    const path = freshPath();
    filled(path);
    const again = new Records(path);
    const { nodes, runs } = again.remembered;
    again.close();
    expect([...nodes.values()]).toEqual([{ node: "n1", address: "127.1.0.1", cores: 2, boot: 2 }]);
    expect([...runs.keys()]).toEqual(["t1", "t3"]);
    expect(runs.get("t1")).toMatchObject({ pid: 11, startTicks: 111, over: true, ending: { exitCode: 3 } });
    expect(runs.get("t3")).toMatchObject({ pid: undefined, lingers: true, over: false, ending: { exitCode: 0 } });
  });

  it("cut off anywhere it still opens, and no run appears that was not begun", () => {
    const path = freshPath();
    filled(path);
    const whole = readFileSync(path);
    for (let length = 0; length <= whole.length; length += 7) {
      writeFileSync(path, whole.subarray(0, length));
      const again = new Records(path);
      for (const run of again.remembered.runs.keys()) expect(["t1", "t2", "t3"]).toContain(run);
      again.close();
    }
    expect(whole.length).toBeGreaterThan(300);
  });

  it("passes over lines that are none of its own", () => {
    const path = freshPath();
    writeFileSync(path, `{"a":1}\nnull\n[]\n["run"]\n["end"]\n["what",1]\n["pid","t9",1,1]\n["run","t1","n1","/d",false]\n`);
    const again = new Records(path);
    expect(again.remembered.runs.has("t1")).toBe(true);
    again.close();
  });

  it("is written anew before it grows without end", () => {
    const path = freshPath();
    const records = new Records(path);
    const directory = `/${"d".repeat(2_000)}`;
    for (let i = 0; i < 12_000; i++) {
      records.begin(`t${i}`, "n1", directory, false);
      records.acknowledged(`t${i}`);
      if (i % 100 === 0) records.flush();
    }
    records.flush();
    records.close();
    expect(statSync(path).size).toBeLessThan(17 * 1024 * 1024);
    const again = new Records(path);
    expect(again.remembered.runs.size).toBe(0);
    again.close();
    expect(statSync(path).size).toBe(0);
  });
});
