import fc from "fast-check";
import { it } from "vitest";
import { Work, workActions } from "../core/jobModel.ts";
import { Twins } from "./twins.ts";
it("debug", () => {
  const t0 = performance.now();
  const seed = Number(process.env.SEED ?? Date.now() % 1e6);
  let n = 0;
  for (const [list, every] of fc.sample(fc.tuple(workActions, fc.nat({ max: 30 })), { numRuns: Number(process.env.RUNS ?? 60), seed })) {
    n++;
    const log: string[] = [];
    const work = new Work(list[0]?.[2] ?? 0);
    const twins = new Twins(work.cluster);
    const inner = work.cluster.do;
    work.cluster.do = (input) => { log.push(JSON.stringify(input).slice(0, 300)); return inner(input); };
    try {
      list.forEach((action, i) => {
        if (i % (every + 3) === 0) { twins.restore(); log.push("RESTORE"); }
        work.do(action);
      });
      twins.restore();
      work.settle();
    } catch (e) {
      for (const w of [work.cluster.world, (twins as any).twin]) for (const p of w.pools.values()) console.log(p.id, p.free.nodesWithRoom, p.queue.pass, JSON.stringify(p.queue.levels.map((l: any) => [l.priority, l.rings.map((r: any) => { const o: any[] = []; for (let n = r.first; n; n = n.next) o.push([n.job.id, n.turn, n.head()?.id, n.head()?.passedOver, n.stuckInPass]); return [r.shape.slots, r.shape.instances, r.stuckInPass, o]; })])));
      console.log("seed", seed, "run", n, log.slice(-60).join("\n"));
      throw e;
    }
  }
  console.log("ms", performance.now() - t0);
}, 100000);
