/** Job schedules: due times and the jobs they make (S-01 to S-12). */
import type { JobSchedule } from "../jobSchedule.ts";
import type { World } from "../world.ts";

export function scheduleDue(_world: World, _schedule: JobSchedule): void {}
export function jobOfScheduleEnded(_world: World, _schedule: JobSchedule): void {}
