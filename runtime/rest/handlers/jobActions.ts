/** What stops, starts and ends jobs (J-20 to J-28). */
import type { Job } from "../../core/job.ts";
import type { Command } from "../../core/protocol.ts";
import type { Call, Reply } from "../call.ts";
import { versionOf } from "../show/tags.ts";
import { expectVersion, jobOf, perform } from "./acting.ts";
import { jobChanged } from "./jobs.ts";
import { given, text, word } from "./read.ts";

async function onJob(call: Call, make: (job: Job) => Command): Promise<void> {
  await perform(call, () => {
    const job = jobOf(call);
    expectVersion(call, versionOf(job));
    return make(job);
  });
}

/** Job_Disable. */
export async function disableJob(call: Call): Promise<Reply> {
  const disableTasks = word<"requeue" | "terminate" | "wait">(call.body, "disableTasks") ?? "requeue";
  await onJob(call, ({ id }) => ({ kind: "DisableJob", jobId: id, disableTasks }));
  return jobChanged(call);
}

/** Job_Enable. */
export async function enableJob(call: Call): Promise<Reply> {
  await onJob(call, ({ id }) => ({ kind: "EnableJob", jobId: id }));
  return jobChanged(call);
}

/** Job_Terminate. */
export async function terminateJob(call: Call): Promise<Reply> {
  const reason = text(call.body, "terminateReason");
  await onJob(call, ({ id }) => ({
    kind: "TerminateJob",
    jobId: id,
    ...given("terminateReason", reason === "" ? undefined : reason),
  }));
  return jobChanged(call);
}

/** Job_Delete. */
export async function deleteJob(call: Call): Promise<Reply> {
  await onJob(call, ({ id }) => ({ kind: "DeleteJob", jobId: id }));
  return { status: call.operation.status };
}
