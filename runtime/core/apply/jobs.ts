/** What events of jobs write into the world. */
import type { JobEvent } from "../protocol/events.ts";
import type { World } from "../world.ts";

export function applyJobEvent(_world: World, _event: JobEvent): void {}
