/** Commands on jobs (J-01 to J-28). */
import { unreachable } from "../../../src/base/assert.ts";
import type { Outcome } from "../answers.ts";
import { emit } from "../apply.ts";
import { Job, type JobSpec } from "../job.ts";
import type { JobSchedule } from "../jobSchedule.ts";
import { idKey, isId } from "../limits.ts";
import type { JobCommand, JobProperties } from "../protocol/commands.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import { bindAutoPool } from "../schedule/autoPools.ts";
import { bindJob } from "../schedule/binding.ts";
import { deleteJob, disableJob, endJobIfAllComplete, terminateJob } from "../schedule/jobEnds.ts";
import { Task } from "../task.ts";
import type { World } from "../world.ts";
import { anyJob, fullJobSpec, jobSpecRefusal, openJob, wordRefusal } from "./jobChecks.ts";
import { changeJob } from "./jobProperties.ts";

export function jobCommand(world: World, command: JobCommand): Outcome {
  if (command.kind === "AddJob") return addJob(world, command.spec);
  const job = command.kind === "DeleteJob" ? anyJob(world, command.jobId) : openJob(world, command.jobId);
  if (!(job instanceof Job)) return job;
  switch (command.kind) {
    case "UpdateJob":
      return changeJob(world, job, withDefaults(command.properties));
    case "PatchJob":
      return changeJob(world, job, command.properties);
    case "DisableJob":
      return disable(world, job, command.disableTasks);
    case "EnableJob":
      return enable(world, job);
    case "TerminateJob":
      terminateJob(world, job, command.terminateReason ?? "UserTerminate");
      return undefined;
    case "DeleteJob":
      if (job.state === "deleting") return refuse("JobBeingDeleted", `job ${job.id} is being deleted`);
      deleteJob(world, job);
      return undefined;
    default:
      return unreachable(command);
  }
}

/** PUT: what is absent goes back to its default (J-07), the pool apart, which has none. */
function withDefaults(properties: JobProperties): JobProperties & { readonly replace: true } {
  return {
    ...properties,
    priority: properties.priority ?? 0,
    maxTaskRetryCount: properties.maxTaskRetryCount ?? 0,
    maxParallelTasks: properties.maxParallelTasks ?? -1,
    onAllTasksComplete: properties.onAllTasksComplete ?? "noaction",
    replace: true,
  };
}

function addJob(world: World, given: Partial<JobSpec> & { readonly id: string }): Refusal | undefined {
  if (!isId(given.id)) return refuseProperty("id", given.id, "1 to 64 letters, digits, hyphens and underscores");
  const spec = fullJobSpec(given);
  const wrong = jobSpecRefusal(spec);
  if (wrong !== undefined) return wrong;
  if (spec.autoPool?.lifetime === "jobschedule")
    return refuseProperty("poolLifetimeOption", "jobschedule", "a job without a schedule needs the lifetime job");
  const key = idKey(spec.id);
  if (world.jobs.has(key)) return refuse("JobExists", `there is a job ${spec.id}`);
  if (world.jobSchedules.has(key)) return refuse("JobScheduleWithSameIdExists", `there is a job schedule ${spec.id}`);
  const most = world.quotas.activeJobsAndSchedules;
  if (world.activeJobsAndSchedules >= most)
    return refuse("ActiveJobAndScheduleQuotaReached", `the account may have ${most} active jobs and schedules`);
  startJob(world, spec, undefined);
  return undefined;
}

/** Adds a job whose spec was found good, and its manager with it (J-50). An empty job that is to end with its tasks ends at once (J-42). */
export function startJob(world: World, spec: JobSpec, schedule: JobSchedule | undefined): Job {
  const job = new Job(spec, idKey(spec.id), world.now, schedule);
  emit(world, { kind: "JobAdded", job });
  const manager = spec.jobManager;
  if (manager !== undefined)
    emit(world, { kind: "TaskAdded", task: new Task(job, manager.id, 1, "manager", manager, world.now) });
  if (spec.autoPool === undefined) bindJob(world, job);
  else bindAutoPool(world, job, spec.autoPool);
  endJobIfAllComplete(world, job);
  return job;
}

/** J-20. */
function disable(
  world: World,
  job: Job,
  option: Extract<JobCommand, { kind: "DisableJob" }>["disableTasks"],
): Refusal | undefined {
  const wrong = wordRefusal("disableTasks", option, ["requeue", "terminate", "wait"]);
  if (wrong !== undefined) return wrong;
  if (job.state === "enabling") return refuse("OperationInvalidForCurrentState", `job ${job.id} is enabling`);
  disableJob(world, job, option);
  return undefined;
}

/** J-20. */
function enable(world: World, job: Job): Refusal | undefined {
  if (job.state !== "disabled") return refuse("OperationInvalidForCurrentState", `job ${job.id} is ${job.state}`);
  emit(world, { kind: "JobStateChanged", job, to: "enabling", reason: undefined });
  emit(world, { kind: "JobStateChanged", job, to: "active", reason: undefined });
  return undefined;
}
