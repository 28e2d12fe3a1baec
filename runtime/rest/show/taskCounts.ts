/** Counts of a job's tasks and of their slots by state (T-90). */
import type { Job } from "../../core/job.ts";
import type { JsonObject } from "../call.ts";
import type { View } from "./view.ts";

/** Above this the service of 2017 did not compare its counts with the tasks. */
const VALIDATED_TASKS_MAX = 200_000;

interface Counts {
  active: number;
  running: number;
  completed: number;
  succeeded: number;
  failed: number;
}

/** TaskCountsResult; one flat object for versions without counts of slots. Preparing counts as running. */
export function showTaskCounts(job: Job, { version }: View): JsonObject {
  const { active, preparing, running, completed, succeeded, failed } = job.counts;
  const taskCounts: Counts = { active, running: running + preparing, completed, succeeded, failed };
  if (!version.flatTaskCounts) return { taskCounts: { ...taskCounts }, taskSlotCounts: { ...slotCounts(job) } };
  if (version.date >= "2018-12-01") return { ...taskCounts };
  return { ...taskCounts, validationStatus: job.tasks.size > VALIDATED_TASKS_MAX ? "unvalidated" : "validated" };
}

function slotCounts(job: Job): Counts {
  const counts: Counts = { active: 0, running: 0, completed: 0, succeeded: 0, failed: 0 };
  for (const task of job.tasks.values()) {
    const slots = task.spec.requiredSlots;
    counts[task.state === "preparing" ? "running" : task.state] += slots;
    if (task.result === "success") counts.succeeded += slots;
    else if (task.result === "failure") counts.failed += slots;
  }
  return counts;
}
