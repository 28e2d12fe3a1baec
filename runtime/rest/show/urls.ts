/**
 * Addresses of everything that has one. `base` is scheme, host and port as the client wrote them, so that a link leads back the way it came.
 * Ids are safe in a path as they are; file paths are encoded part by part.
 */
import type { ComputeNode } from "../../core/node.ts";
import type { Task } from "../../core/task.ts";

/** Of a pool. */
export const poolUrl = (base: string, poolId: string): string => `${base}/pools/${poolId}`;
/** Of a compute node. */
export const nodeUrl = (base: string, node: ComputeNode): string => `${base}/pools/${node.pool.id}/nodes/${node.id}`;
/** Of a job. */
export const jobUrl = (base: string, jobId: string): string => `${base}/jobs/${jobId}`;
/** Of a task. */
export const taskUrl = (base: string, task: Task): string => `${base}/jobs/${task.job.id}/tasks/${task.id}`;
/** Of a job schedule. */
export const jobScheduleUrl = (base: string, id: string): string => `${base}/jobschedules/${id}`;
/** Of a certificate, which has its key in parentheses. */
export const certificateUrl = (base: string, algorithm: string, thumbprint: string): string =>
  `${base}/certificates(thumbprintAlgorithm=${algorithm},thumbprint=${thumbprint})`;

/** A file or directory below a node or task, whose own address is `owner`; `path` has `/` between its parts. */
export function fileUrl(owner: string, path: string): string {
  return `${owner}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}
