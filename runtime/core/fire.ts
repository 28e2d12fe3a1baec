/** Due timers: each is taken from the heap and handed to whoever set it, who checks whether it still applies. */
import { unreachable } from "../../src/base/assert.ts";
import { evaluationDue } from "./autoscale/evaluate.ts";
import { sampleDue } from "./autoscale/observe.ts";
import { nodeRecoveryDue } from "./reports/nodes.ts";
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
      return resizeTimedOut(world, alarm.pool, alarm.resizeNumber);
    case "autoScaleEvaluation":
      return evaluationDue(world, alarm.pool);
    case "samplePool":
      return sampleDue(world, alarm.pool, dueAt);
    case "seekLowPriority":
      return seekDue(world, alarm.pool);
    case "nodeRecovery":
      return nodeRecoveryDue(world, alarm.node, alarm.stateNumber);
    case "retentionEnd":
      return retentionDue(world, alarm.node);
    case "jobTimeLimit":
      return jobTimeLimitDue(world, alarm.job);
    case "taskLifetime":
      return taskLifetimeDue(world, alarm.task);
    case "scheduleDue":
      return scheduleDue(world, alarm.schedule);
    default:
      return unreachable(alarm);
  }
}
