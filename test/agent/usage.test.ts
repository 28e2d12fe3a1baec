/** What the samples tell of real processes: of whom, and how much. Bounds are wide; what is exact is who is counted and that nothing is counted twice. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FromAgent } from "../../runtime/agent/protocol.ts";
import { Desk, until } from "./desk.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
  desk.send({ kind: "CreateNode", node: "n2", address: "127.1.0.2", cores: 1 });
  await desk.told("NodeUp", ({ node }) => node === "n2");
});
afterEach(() => desk.close());

const samples = (node: string) =>
  desk.heard.filter(
    (message): message is Extract<FromAgent, { kind: "UsageSampled" }> =>
      message.kind === "UsageSampled" && message.node === node,
  );
const values = (node: string, metric: string) => samples(node).map((sample) => new Map(sample.values).get(metric)!);
const LOOP = "while :; do :; done";

describe("usage of nodes", () => {
  it("rule 4.10: has the metrics that the kernel tells of and the bytes that the agent moves, each time all of them", async () => {
    desk.send({ kind: "Usage", everyMs: 100 });
    await until(() => samples("n1").length >= 2);
    for (const { values: sample } of samples("n1")) {
      expect(sample.map(([name]) => name).sort()).toEqual([
        "$CPUPercent",
        "$DiskBytes",
        "$DiskReadBytes",
        "$DiskReadOps",
        "$DiskWriteBytes",
        "$DiskWriteOps",
        "$MemoryBytes",
        "$NetworkInBytes",
        "$NetworkOutBytes",
      ]);
      for (const [, value] of sample) expect(Number.isFinite(value) && value >= 0).toBe(true);
    }
    expect(values("n1", "$DiskBytes")[0]).toBeGreaterThan(0);
  });

  it("counts processor time for the node whose task uses it, children too, and never more than 100 percent", async () => {
    desk.run("t1", `/bin/sh -c 'sh -c "${LOOP}" & sh -c "${LOOP}" & wait'`, { node: "n2" });
    await desk.started("t1");
    desk.send({ kind: "Usage", everyMs: 200 });
    await until(() => values("n2", "$CPUPercent").some((percent) => percent > 5));
    await until(() => samples("n1").length >= 3);
    expect(Math.max(...values("n2", "$CPUPercent"))).toBeLessThanOrEqual(100);
    expect(values("n1", "$CPUPercent").every((percent) => percent === 0)).toBe(true);
  });

  it("counts processes that came and went between two samples", async () => {
    desk.send({ kind: "Usage", everyMs: 600_000 });
    await desk.result("t1", "/bin/sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'");
    // @ts-expect-error: the sampler is the agent's own; one sample now in place of a wait.
    desk.agent.usage.sample();
    await until(() => samples("n1").length === 1);
    expect(values("n1", "$CPUPercent")[0]).toBeGreaterThan(0);
    // @ts-expect-error: as above.
    desk.agent.usage.sample();
    await until(() => samples("n1").length === 2);
    expect(values("n1", "$CPUPercent")[1]).toBe(0);
  });

  it("tells megabytes of memory that are the processes' own", async () => {
    desk.run(
      "t1",
      `${process.execPath} -e 'globalThis.kept=Buffer.alloc(64*1024*1024,1);setInterval(()=>{},1000);console.log(1)'`,
    );
    await until(() => {
      try {
        return desk.text("t1") === "1\n";
      } catch {
        return false;
      }
    });
    desk.send({ kind: "Usage", everyMs: 100 });
    await until(() => samples("n1").length >= 1);
    expect(values("n1", "$MemoryBytes")[0]).toBeGreaterThan(60);
    expect(values("n1", "$MemoryBytes")[0]).toBeLessThan(400);
    expect(values("n2", "$MemoryBytes")[0]).toBe(0);
  });
});
