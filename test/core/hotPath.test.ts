/** Shortcuts of the hot path do what the long way does: ids of attempts, lanes and rings that are used again, recent tasks, retained data, the digest. */
import { describe, expect, it } from "vitest";
import { Attempts } from "../../runtime/core/attempt.ts";
import { EventDigest } from "../../runtime/core/digest.ts";
import { brokenInvariants } from "../../runtime/core/invariants.ts";
import { step } from "../../runtime/core/step.ts";
import { World } from "../../runtime/core/world.ts";
import { Cluster, MINUTE } from "./cluster.ts";
import { addJob, addTasks, job, TASK, task } from "./jobs.ts";

describe("attempts", () => {
  it("ids rise, none is given twice, and a place held for long is passed over", () => {
    const attempts = new Attempts();
    const make = () => attempts.add({} as never, {} as never, undefined, 1, 0);
    const held = [make(), make(), make()];
    let last = held[2].id;
    for (let i = 0; i < 1000; i++) {
      const attempt = make();
      expect(attempt.id).toBeGreaterThan(last);
      last = attempt.id;
      attempts.remove(attempt);
    }
    for (let i = 0; i < 500; i++) held.push(make());
    expect(held.every((attempt) => attempts.get(attempt.id) === attempt)).toBe(true);
    expect([...attempts]).toEqual(held);
    const again = new Attempts();
    again.restore(held, attempts.made);
    expect([...again].map(({ id }) => id)).toEqual(held.map(({ id }) => id));
    expect(again.add({} as never, {} as never, undefined, 1, 0).id).toBeGreaterThan(held.at(-1)!.id);
  });
});

describe("ready tasks", () => {
  it("more shapes and priorities than rings are kept: all come to their turn, highest priority first (J-30)", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1, taskSlotsPerNode: 4, coresPerNode: 4 });
    for (let priority = 0; priority < 6; priority++) addJob(cluster, { id: `j${priority}`, priority });
    for (let round = 0; round < 3; round++) {
      const before = cluster.kinds().length;
      cluster.ok({ kind: "DisableScheduling", poolId: "p", nodeId: "tvm-1", nodeDisableSchedulingOption: "requeue" });
      for (let priority = 0; priority < 6; priority++)
        for (const slots of [1, 2, 3, 4])
          cluster.ok({
            kind: "AddTask",
            jobId: `j${priority}`,
            id: `r${round}-${slots}`,
            spec: { ...TASK, requiredSlots: slots },
          });
      cluster.ok({ kind: "EnableScheduling", poolId: "p", nodeId: "tvm-1" });
      for (let i = 0; i < 100 && cluster.world.attempts.size > 0; i++)
        for (const attempt of [...cluster.world.attempts])
          cluster.do({ kind: "TaskEnded", attempt: attempt.id, cause: "exit", exitCode: 0, failure: undefined });
      const placed = cluster.events
        .slice(before)
        .flatMap((event) => (event.kind === "TaskPlaced" ? [Number(event.task.job.id.slice(1))] : []));
      expect(placed).toHaveLength(24);
      expect(placed.filter((priority) => priority === 5).length).toBe(4);
      expect(placed[0]).toBe(5);
      expect(cluster.pool().queue.size).toBe(0);
    }
  });

  it("a line of thousands that empties and fills again gives tasks in order (J-33)", () => {
    const cluster = new Cluster({ events: "off" });
    cluster.readyPool({ targetDedicatedNodes: 1 });
    addJob(cluster);
    const { world, now } = cluster;
    const order: number[] = [];
    world.listener = { note: (event) => void (event.kind === "TaskPlaced" && order.push(event.task.sequence)) };
    for (let round = 0; round < 3; round++) {
      // Not checked after every step, as the cluster would: that costs the square of the tasks.
      for (let i = 0; i < 2500; i++) step(world, { kind: "AddTask", jobId: "j", id: `r${round}-${i}`, spec: TASK }, now);
      while (world.attempts.size > 0) {
        const [attempt] = world.attempts;
        step(world, { kind: "TaskEnded", attempt: attempt.id, cause: "exit", exitCode: 0, failure: undefined }, now);
      }
      expect(brokenInvariants(world)).toEqual([]);
    }
    expect(order).toEqual(Array.from({ length: 7500 }, (_, i) => i + 1));
  });
});

describe("what nodes remember", () => {
  it("P-93: a task that ran again moves to the end of the recent ones, also when they are full", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    addJob(cluster, { maxTaskRetryCount: 1 });
    const end = (exitCode: number) => {
      const [attempt] = cluster.world.attempts;
      cluster.do({ kind: "TaskEnded", attempt: attempt.id, cause: "exit", exitCode, failure: undefined });
    };
    for (let i = 1; i <= 12; i++) {
      addTasks(cluster, [`t${i}`]);
      end(0);
    }
    addTasks(cluster, ["again"]);
    end(1);
    const recent = () => cluster.node("tvm-1").recentTasks.map(({ id }) => id);
    expect(recent()).toEqual(["t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11", "t12", "again"]);
    end(0);
    expect(recent()).toEqual(["t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11", "t12", "again"]);
    addTasks(cluster, ["t13"]);
    end(0);
    expect(recent()).toEqual(["t5", "t6", "t7", "t8", "t9", "t10", "t11", "t12", "again", "t13"]);
  });

  it("T-87, P-57: the first drain that waits for retained data finds what was kept before, but nothing older than a wiped disk", () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    addJob(cluster);
    addTasks(cluster, ["t"]);
    const [attempt] = cluster.world.attempts;
    cluster.do({ kind: "TaskEnded", attempt: attempt.id, cause: "exit", exitCode: 0, failure: undefined });
    const node = cluster.node("tvm-1");
    expect([node.retained, cluster.world.listsRetained]).toEqual([[], false]);
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 0, nodeDeallocationOption: "retaineddata" });
    expect([node.retained.map(({ id }) => id), node.state]).toEqual([["t"], "idle"]);
    cluster.advance(MINUTE);
    expect(node.gone).toBe(false);
    expect(job(cluster).tasks.get("t")).toBe(task(cluster, "t"));
  });
});

describe("digest", () => {
  it("is the same whenever it is looked at, and differs by any one of a thousand words", () => {
    const digests = new Set<string>();
    for (let odd = -1; odd < 1000; odd += 7) {
      const [often, once] = [new EventDigest(), new EventDigest()];
      for (let i = 0; i < 1000; i++) {
        for (const digest of [often, once]) digest.number("n", i === odd ? -i - 1 : i);
        if (i % 100 === 0) often.toString();
      }
      expect(often.toString()).toBe(once.toString());
      digests.add(once.toString());
    }
    expect(digests.size).toBe(Math.ceil(1001 / 7));
  });

  it("a listener hears every event in order, whatever the mode", () => {
    for (const events of ["keep", "digest", "off"] as const) {
      const cluster = new Cluster({ events });
      const heard: string[] = [];
      cluster.world.listener = {
        note: (event, at) => void heard.push(`${event.kind}${at === cluster.world.now ? "" : " late"}`),
      };
      cluster.readyPool({ targetDedicatedNodes: 1 });
      expect(heard.length).toBeGreaterThan(3);
      if (events === "keep") expect(heard).toEqual(cluster.kinds());
      expect(heard.filter((kind) => kind.endsWith("late"))).toEqual([]);
    }
    expect(new World().listener).toBeUndefined();
  });
});
