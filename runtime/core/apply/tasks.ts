/** What events of tasks write into the world. */
import type { TaskEvent } from "../protocol/events.ts";
import type { World } from "../world.ts";

export function applyTaskEvent(_world: World, _event: TaskEvent): void {}
