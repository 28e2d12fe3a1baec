/** What events of preparation and release tasks write (J-60 to J-70). They hold no slots of their own (P-132); nodes count them apart. */
import { assert, unreachable } from "../../../src/base/assert.ts";
import type { SpecialRun } from "../job.ts";
import type { JobEvent } from "../protocol/events.ts";
import type { World } from "../world.ts";
import { occupySpecial, vacateSpecial } from "./occupancy.ts";

type SpecialEvent = Extract<
  JobEvent,
  { kind: "SpecialStarted" | "SpecialRetried" | "SpecialEnded" | "SpecialLapsed" | "SpecialPostponed" }
>;

export function applySpecialEvent(world: World, event: SpecialEvent): void {
  const run = event.run;
  const job = run.job;
  switch (event.kind) {
    case "SpecialStarted":
      started(world, run);
      break;
    case "SpecialRetried":
      run.retryCount++;
      run.startAt = world.now;
      run.lastRetryAt = world.now;
      break;
    case "SpecialEnded": {
      assert(run.state === "running", "a run ends once");
      if (!run.awaitsNode) vacateSpecial(world, run.node);
      run.state = "completed";
      run.awaitsNode = false;
      run.endAt = world.now;
      run.exitCode = event.exitCode;
      run.failure = event.failure;
      run.result = event.exitCode === 0 && event.failure === undefined ? "success" : "failure";
      job.specialsUnderWay--;
      world.specials.delete(run.id);
      if (run.kind === "preparation") judge(run);
      break;
    }
    case "SpecialLapsed":
      run.stands = false;
      if (!event.wiped) break;
      run.tasksRan = false;
      job.excluded?.delete(run.node);
      break;
    case "SpecialPostponed":
      assert(run.state === "running" && !run.awaitsNode, "a run is postponed that was running");
      run.awaitsNode = true;
      vacateSpecial(world, run.node);
      break;
    default:
      unreachable(event);
      return;
  }
  world.markChanged(job);
}

function started(world: World, run: SpecialRun): void {
  const { job, node } = run;
  if (run.awaitsNode) {
    run.awaitsNode = false;
    run.stands = true;
    run.startAt = world.now;
  } else {
    assert(!world.specials.has(run.id), "a run starts once");
    world.specialSequence = Math.max(world.specialSequence, run.id);
    world.specials.set(run.id, run);
    const runs = run.kind === "preparation" ? job.preparations : job.releases;
    const before = runs.get(node);
    // The latest is last, so that the order is that of the runs' ids.
    runs.delete(node);
    runs.set(node, run);
    let here = world.specialsByNode.get(node);
    if (here === undefined) world.specialsByNode.set(node, (here = new Set()));
    if (before !== undefined) {
      here.delete(before);
      // A release is due for tasks that ran after an earlier preparation too.
      run.tasksRan = before.tasksRan;
    }
    if (run.kind === "release") job.released = true;
    here.add(run);
    job.specialsUnderWay++;
  }
  occupySpecial(world, node);
}

/** A preparation that failed keeps the job's tasks off the node; one that was killed or lost says nothing (J-62). */
function judge(run: SpecialRun): void {
  if (run.stands && run.result === "failure" && run.job.spec.preparation?.waitForSuccess === true) {
    run.job.excluded ??= new Set();
    run.job.excluded.add(run.node);
  }
}
