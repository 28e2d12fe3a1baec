/**
 * Task_AddCollection: one command for the whole body, so that a hundred tasks cost one transaction, and one result for each task (T-02). A task that is
 * wrong is told so in its own result; only a job that takes no tasks at all refuses the request.
 */
import type { AddTaskSpec } from "../../core/protocol/commands.ts";
import { taskCollectionMax } from "../../core/limits.ts";
import type { Refusal } from "../../core/refusals.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { BatchError, badProperty, refused } from "../errors.ts";
import { entityTag } from "../show/tags.ts";
import { instant } from "../show/when.ts";
import { jobOf, perform } from "./acting.ts";
import { taskSpec } from "./decode/task.ts";
import { objects, text } from "./read.ts";

/** Task_AddCollection. */
export async function addTaskCollection(call: Call): Promise<Reply> {
  const bodies = objects(call.body, "value") ?? [];
  const most = taskCollectionMax.value;
  if (bodies.length > most) throw badProperty("value", bodies.length, `at most ${most} tasks`);
  const job = jobOf(call);
  const errors: (BatchError | undefined)[] = [];
  const tasks: AddTaskSpec[] = [];
  for (const body of bodies) {
    const task = decoded(call, body);
    errors.push(task instanceof BatchError ? task : undefined);
    if (!(task instanceof BatchError)) tasks.push(task);
  }
  const { answer, at } = await perform(call, () => ({ kind: "AddTasks", jobId: call.path.jobId, tasks }));
  const refusals = answer as readonly (Refusal | undefined)[];
  // All were added at the same instant, so they share tag and time.
  const added = { status: "Success", eTag: entityTag(at, 1), lastModified: instant(at) };
  const base = `${call.account.url}/jobs/${job.id}/tasks/`;
  let next = 0;
  const value = bodies.map((body, i): JsonObject => {
    const taskId = text(body, "id") ?? "";
    const refusal = errors[i] === undefined ? refusals[next++] : undefined;
    const error = errors[i] ?? (refusal === undefined ? undefined : refused(refusal));
    if (error === undefined) return { ...added, taskId, location: base + taskId };
    return { status: error.status >= 500 ? "servererror" : "clienterror", taskId, error: shown(error) };
  });
  return { status: 200, body: { value } };
}

function decoded(call: Call, body: JsonObject): AddTaskSpec | BatchError {
  try {
    return { id: text(body, "id") ?? "", spec: taskSpec(call, body) };
  } catch (error) {
    if (error instanceof BatchError) return error;
    throw error;
  }
}

/** BatchError as a property of a result. */
function shown(error: BatchError): JsonObject {
  return {
    code: error.code,
    message: { lang: "en-US", value: error.message },
    ...(error.values.length === 0 ? {} : { values: error.values.map(({ key, value }) => ({ key, value })) }),
  };
}
