/**
 * Addresses of everything that has one. `base` is scheme, host and port as the client wrote them, so that a link leads back the way it came.
 * Ids are safe in a path as they are; file paths are encoded part by part.
 */
import type { ComputeNode } from "../../core/node.ts";
import type { Task } from "../../core/task.ts";

export const poolUrl = (base: string, poolId: string): string => `${base}/pools/${poolId}`;
export const nodeUrl = (base: string, node: ComputeNode): string => `${base}/pools/${node.pool.id}/nodes/${node.id}`;
export const jobUrl = (base: string, jobId: string): string => `${base}/jobs/${jobId}`;
export const taskUrl = (base: string, task: Task): string => `${base}/jobs/${task.job.id}/tasks/${task.id}`;
export const jobScheduleUrl = (base: string, id: string): string => `${base}/jobschedules/${id}`;
export const certificateUrl = (base: string, algorithm: string, thumbprint: string): string =>
  `${base}/certificates(thumbprintAlgorithm=${algorithm},thumbprint=${thumbprint})`;

/** A file or directory below a node or task, whose own address is `owner`; `path` has `/` between its parts. */
export function fileUrl(owner: string, path: string): string {
  return `${owner}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}
