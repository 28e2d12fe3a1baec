/** Time limits of jobs (J-40) and the life of tasks (T-16). */
import type { Job } from "../job.ts";
import type { Task } from "../task.ts";
import type { World } from "../world.ts";

export function jobTimeLimitDue(_world: World, _job: Job): void {}
export function taskLifetimeDue(_world: World, _task: Task): void {}
