/**
 * What most handlers have in common: find the entity of the path, hold the request's conditions against it, have one command done and answer with the new
 * version. A command is made when its turn comes, so conditions and merges see exactly what the step will change.
 */
import type { Job } from "../../core/job.ts";
import type { JobSchedule } from "../../core/jobSchedule.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import type { Command } from "../../core/protocol.ts";
import type { StepResult } from "../../core/step.ts";
import type { Task } from "../../core/task.ts";
import type { Call, Reply } from "../call.ts";
import { checkConditions } from "../conditions.ts";
import { BatchError, refused, repeated } from "../errors.ts";
import type { Version } from "../show/tags.ts";

/** Has a command done; resolves when it is durable, throws what it was refused with. */
export async function perform(call: Call, make: () => Command): Promise<StepResult> {
  const result = await call.service.submit(make);
  if (result.refusal !== undefined) throw refused(result.refusal);
  return result;
}

/** Throws ConditionNotMet where the request's conditions do not hold for this version. */
export function expectVersion(call: Call, { eTag, lastModifiedAt }: Version): void {
  checkConditions(call, eTag, lastModifiedAt);
}

/**
 * The answer to a change or action: no body, the entity's version as it is now (undefined: it is gone, or has none), and the address of what was made, or
 * the request's own.
 */
export function changed(call: Call, version: Version | undefined, url = addressOf(call)): Reply {
  return { status: call.operation.status, ...version, url };
}

/** Address of the request itself, without its query. */
export function addressOf(call: Call): string {
  const path = call.operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(call.path[name]));
  return call.account.url + path;
}

/** The pool of the path; 404 PoolNotFound. */
export function poolOf(call: Call): Pool {
  const { poolId } = call.path;
  return call.service.world.pool(poolId) ?? notFound("PoolNotFound", "pool", poolId);
}

/** The node of the path; 404 PoolNotFound or NodeNotFound. */
export function nodeOf(call: Call): ComputeNode {
  const { nodeId } = call.path;
  return poolOf(call).node(nodeId) ?? notFound("NodeNotFound", "node", nodeId);
}

/** The job of the path; 404 JobNotFound. */
export function jobOf(call: Call): Job {
  const { jobId } = call.path;
  return call.service.world.job(jobId) ?? notFound("JobNotFound", "job", jobId);
}

/** The task of the path; 404 JobNotFound or TaskNotFound. */
export function taskOf(call: Call): Task {
  const { taskId } = call.path;
  return jobOf(call).task(taskId) ?? notFound("TaskNotFound", "task", taskId);
}

/** The job schedule of the path; 404 JobScheduleNotFound. */
export function jobScheduleOf(call: Call): JobSchedule {
  const { jobScheduleId } = call.path;
  return call.service.world.jobSchedule(jobScheduleId) ?? notFound("JobScheduleNotFound", "job schedule", jobScheduleId);
}

function notFound(code: string, what: string, id: string): never {
  throw new BatchError(code, `There is no ${what} ${repeated(id)}.`);
}
