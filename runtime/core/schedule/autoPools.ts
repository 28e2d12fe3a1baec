/** Auto pools */
import type { Job } from "../job.ts";
import type { World } from "../world.ts";
export function autoPoolOfEndedJob(_world: World, _job: Job): void {}
