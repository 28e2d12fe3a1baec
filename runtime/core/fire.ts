/** Due timers: each is taken from the heap and handed to whoever set it, who checks whether it still applies. */
import { unreachable } from "../../src/base/assert.ts";
import { evaluationDue } from "./autoscale/evaluate.ts";
import { sampleDue } from "./autoscale/observe.ts";
import { nodeRecoveryDue, releaseAgain } from "./reports/nodes.ts";
import { retentionDue } from "./resize/deallocate.ts";
import { resizeTimedOut, seekDue } from "./resize/operation.ts";
import { jobTimeLimitDue, taskLifetimeDue } from "./schedule/lifetimes.ts";
import { scheduleDue } from "./schedule/schedules.ts";
import type { Alarm } from "./timers.ts";
import type { World } from "./world.ts";

/** Fires every timer that is due now, in order of due time; timers set meanwhile for now or earlier too. */
export function fire(world: World): void {
  for (let timer = world.timers.takeDue(world.now); timer !== undefined; timer = world.timers.takeDue(world.now)) {
    ring(world, timer.alarm, timer.dueAt);
  }
}

function ring(world: World, alarm: Alarm, dueAt: number): void {
  switch (alarm.kind) {
    case "resizeTimeout":
      resizeTimedOut(world, alarm.pool, alarm.resizeNumber);
      return;
    case "autoScaleEvaluation":
      evaluationDue(world, alarm.pool);
      return;
    case "samplePool":
      sampleDue(world, alarm.pool, dueAt);
      return;
    case "seekLowPriority":
      seekDue(world, alarm.pool);
      return;
    case "nodeRecovery":
      nodeRecoveryDue(world, alarm.node, alarm.stateNumber);
      return;
    case "releaseAgain":
      releaseAgain(world, alarm.pool, alarm.nodeId);
      return;
    case "retentionEnd":
      retentionDue(world, alarm.node);
      return;
    case "jobTimeLimit":
      jobTimeLimitDue(world, alarm.job);
      return;
    case "taskLifetime":
      taskLifetimeDue(world, alarm.task);
      return;
    case "scheduleDue":
      // It is over; whether there is another is decided now.
      alarm.schedule.timer = undefined;
      world.markChanged(alarm.schedule);
      scheduleDue(world, alarm.schedule);
      return;
    default:
      unreachable(alarm);
  }
}
