/** A few seeds of the storm (`npm run soak` runs thousands), a planted bug for everything it checks, and what it covers. */
import { describe, expect, it } from "vitest";
import { explainTask } from "../../runtime/core/explain/tasks.ts";
import type { World } from "../../runtime/core/world.ts";
import { endClaims, runStorm, type Storm, stormSeed } from "./storm.ts";
import { commandKinds } from "./stormCommands.ts";

const SEEDS = Array.from({ length: 30 }, (_, i) => i + 1);
/** A task that succeeded, of an active job with a free node. */
const spoilable = (world: World) =>
  [...world.jobs.values()]
    .filter((job) => job.state === "active")
    .filter((job) => [...(job.pool?.nodes.values() ?? [])].some((node) => node.schedulable && node.empty))
    .flatMap((job) => [...job.tasks.values()])
    .find(({ state, result, spec }) => state === "completed" && result === "success" && spec.requiredSlots === 1);
const firstJob = (world: World) => [...world.jobs.values()][0];

describe("clients and machines without a plan", () => {
  const storms = SEEDS.map((seed) => runStorm(seed));

  it("whatever is asked and whatever goes wrong, the rules hold: 30 seeds", () => {
    expect(
      storms.flatMap((storm) => endClaims.flatMap(({ name, check }) => check(storm).map((what) => [storm.seed, name, what]))),
    ).toEqual([]);
  });

  it("every kind of command was accepted in them and every kind of them was refused at least once", () => {
    const taken = new Set(storms.flatMap((storm) => [...storm.inputs.keys()]));
    expect(commandKinds.filter((kind) => !taken.has(kind))).toEqual([]);
    const refused = new Set([...taken].filter((name) => name.includes(" ")).map((name) => name.split(" ")[0]));
    expect(commandKinds.filter((kind) => !refused.has(kind))).toEqual(["SetQuotas"]);
  });

  it("groups, special tasks, comebacks, upgrades and troubled resizes all happened in them", () => {
    const happened = new Set(storms.flatMap((storm) => [...storm.events.keys()]));
    const wanted = [
      "AttemptNodeLost",
      "SpecialRetried",
      "SpecialLapsed",
      "TaskReactivated",
      "TaskReturned",
      "DependencySatisfied",
      "PoolUpgradeCompleted",
      "ResizeTroubled",
      "ResizeStopping",
      "JobScheduleRemoved",
      "PoolRemoved",
      "StaleReport",
      "NodeDrainEnded",
    ];
    expect(wanted.filter((kind) => !happened.has(kind))).toEqual([]);
  });

  it("the same seed makes the same events, another seed others", () => {
    expect(runStorm(1).digest).toBe(storms[0].digest);
    expect(new Set(storms.map((storm) => storm.digest)).size).toBe(storms.length);
  });
});

const planted: Record<string, (storm: Storm) => void> = {
  "jobs are through": ({ world }) => void (firstJob(world).state = "terminating"),
  "schedules are through": ({ world }) => void world.jobSchedules.set("x", { id: "x", state: "deleting" } as never),
  "pools are through": ({ world }) => void ([...world.pools.values()][0].allocationState = "stopping"),
  "no attempt is left to end": ({ world }) => {
    const task = { id: "t", job: { id: "j" } };
    world.attempts.add(task as never, { id: "n", state: "idle" } as never, undefined, 1, 0).kill = "requeue";
  },
  "whoever could run does": ({ world }) => {
    // A task that has run is made to wait though a node is free.
    const task = spoilable(world)!;
    Object.assign(task, { state: "active", queued: true });
    expect(explainTask(task)[0].code).toBe("behind-others");
  },
};

describe("checkers of a storm's end", () => {
  /** The first that can be spoilt in every way. */
  const spoilt = () => {
    for (const seed of SEEDS) {
      const storm = runStorm(seed);
      if (spoilable(storm.world) !== undefined) return storm;
    }
    throw new Error("no storm ends with a free node");
  };

  it("there is a planted bug for each", () => {
    expect(Object.keys(planted)).toEqual(endClaims.map(({ name }) => name));
  });

  it.each(Object.keys(planted))("%s: catches its planted bug", (name) => {
    const storm = spoilt();
    const claim = endClaims.find((one) => one.name === name)!;
    expect(claim.check(storm)).toEqual([]);
    planted[name](storm);
    expect(claim.check(storm)).not.toEqual([]);
  });

  it("a bug planted in the middle of a storm is caught there, and the seed says how to repeat it", () => {
    const [told] = stormSeed(1, (world, steps) => {
      if (steps === 200) firstJob(world).counts.running++;
    });
    expect(told).toMatch(/^seed 1: .*step 2[01]\d, 2026-.*repeat it with: WEIR_SEED=1 npm run soak -- test\/sim\/storm$/);
  });

  it("a refused command that leaves something behind is caught", () => {
    const [told] = stormSeed(1, (world, steps) => {
      if (steps === 100) world.events.push({ kind: "StaleReport", report: "planted", about: "" });
    });
    expect(told).toContain("seed 1: step:");
  });
});
