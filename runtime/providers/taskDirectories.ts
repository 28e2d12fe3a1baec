/**
 * Where the files of jobs and tasks lie on a node, relative to the node's root (T-85): a plain job's tasks in `workitems/<job>/job-1/<task>`, those of the
 * n-th job of a schedule in `workitems/<schedule>/job-<n>/<task>`. One place for providers that make the directories and for the wire that names them.
 */
import type { Job } from "../core/job.ts";

/** Everything of a job on a node: its tasks, its preparation and its release task. */
export function jobDirectory(job: Job): string {
  // A scheduled job is called `<schedule>:job-<n>` (S-10), and a schedule's id has no colon.
  if (job.schedule !== undefined) return `workitems/${job.schedule.id}/${job.id.slice(job.id.lastIndexOf(":") + 1)}`;
  return `workitems/${job.id}/job-1`;
}

/** Of one task, special tasks included: stdout.txt, stderr.txt and wd are in it. */
export function taskDirectory(job: Job, taskId: string): string {
  return `${jobDirectory(job)}/${taskId}`;
}
